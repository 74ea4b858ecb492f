"""Starting the servers from a measurement: one line each."""

from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.processes import Child, module
from benchmarks.signing import SECRET

BOT_TOKEN = "xoxb-bench-0000"


async def started(stack: AsyncExitStack, log: Path, command: list[str], extra: dict[str, str] | None = None) -> Child:
    """A child that is ready; it is stopped when the stack closes."""
    child = await stack.enter_async_context(Child(command, extra, log=log))
    await child.ready()
    return child


async def slack(stack: AsyncExitStack, folder: Path) -> str:
    """The small Slack; returns its base URL."""
    child = await started(stack, folder / "slack.log", module("benchmarks.servers.slack"))
    return f"http://127.0.0.1:{child.told['port']}/api/"


def settings(api: str, folder: Path, database: str) -> dict[str, str]:
    """The variables of an HTTP bot."""
    return {
        "SLACK_API_URL": api,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "PORT": "0",
    }


async def ours(stack: AsyncExitStack, folder: Path, name: str, extra: dict[str, str], *options: str) -> Child:
    """Dossier; `name` is its log's."""
    return await started(stack, folder / f"{name}.log", module("benchmarks.servers.ours", *options), extra)


async def bare(stack: AsyncExitStack, folder: Path, *options: str) -> Child:
    """Bolt as it comes."""
    return await started(stack, folder / "bare.log", module("benchmarks.servers.bare", *options))


async def ceiling(stack: AsyncExitStack, folder: Path) -> Child:
    """The server that does nothing."""
    return await started(stack, folder / "ceiling.log", module("benchmarks.servers.ceiling"))


async def writer(stack: AsyncExitStack, folder: Path, database: str, customers: int, first: int, count: int) -> Child:
    """A process that saves `count` requests when it is told something."""
    numbers = (str(customers), str(first), str(count))
    return await started(stack, folder / "writers.log", module("benchmarks.saving", database, *numbers))
