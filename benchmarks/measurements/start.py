"""From the command to a connected bot, and what it holds in memory, beside slack-machine."""

import asyncio
import shutil
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from benchmarks import documents, rivals, seeds, signing
from benchmarks.bench import Bench
from benchmarks.briefs import FULL
from benchmarks.link import SocketSlack
from benchmarks.load import drive
from benchmarks.outcome import Goal, Outcome, Row, at_most, compared
from benchmarks.processes import ROOT, Child, module
from benchmarks.rounds import Sample, Samples, Side, Spread, interleave
from benchmarks.servers import starting

INCIDENT_BOT = 116.0  # MiB resident, from a study of autumn 2026; it cannot be installed by this benchmark
EXAMPLES = ROOT / "customers" / "examples"
CONNECTED = 30.0
IMPORTS = (
    "Nearly all of it is the import of libraries: SQLAlchemy, aiohttp, Bolt, pydantic; slack-machine has no database."
)
SPEED, MEMORY = at_most(1.2), at_most(0.7)
_DOSSIER = module("bot", "run")


async def measure(bench: Bench) -> Outcome:
    """Both connect over Socket Mode to the same Slack of ours; a start ends when its WebSocket is open."""
    count = bench.size(300, 40)
    await seeds.imported(f"sqlite:///{bench.folder}/dossier.sqlite3", bench.folder, count)
    absent = ""
    async with SocketSlack() as slack:
        starts = Starts(slack, bench.folder)
        sides = [Side("again", starts.again), Side("first", starts.first)]
        try:
            python = await asyncio.to_thread(rivals.slack_machine, bench.tools)
            machine = [str(python), "-m", "benchmarks.servers.machine_bot"]
            sides.append(Side("slack-machine", lambda: starts.timed(machine, "xapp-machine", {})))
        except rivals.NotInstalled as problem:
            absent = str(problem)
        samples = await interleave(sides, bench.rounds)
    used = [await _memory(bench, count) for _ in range(min(3, bench.rounds))]
    rows = [*_started(samples, absent), *_held(used)]
    return Outcome("start", tuple(rows), _notes(count))


class Starts:
    """Starts a bot, waits until it is connected, stops it."""

    def __init__(self, slack: SocketSlack, folder: Path) -> None:
        self._slack = slack
        self._folder = folder

    async def timed(self, command: list[str], token: str, extra: dict[str, str]) -> Sample:
        variables = {"SLACK_API_URL": self._slack.api, "SLACK_BOT_TOKEN": starting.BOT_TOKEN, "SLACK_APP_TOKEN": token}
        link = self._slack.link(token)
        began = perf_counter()
        async with Child(command, variables | extra, log=self._folder / f"{token}.log") as child:
            async with asyncio.timeout(CONNECTED):
                await link.connected.wait()
            seconds = perf_counter() - began
            await asyncio.sleep(0.3)
            memory = child.memory()
        await link.gone()
        return {"seconds": seconds, "memory": memory}

    async def again(self) -> Sample:
        """With a database and documents that it knows."""
        return await self._ours(self._folder / "dossier.sqlite3")

    async def first(self) -> Sample:
        """With no database yet."""
        new = self._folder / "new"
        new.mkdir()
        try:
            return await self._ours(new / "dossier.sqlite3")
        finally:
            shutil.rmtree(new)

    async def _ours(self, file: Path) -> Sample:
        extra = {
            "DATABASE_URL": f"sqlite:///{file}",
            "CUSTOMER_DOCS": str(EXAMPLES),
            "PORT": "0",
        }
        return await self.timed(_DOSSIER, "xapp-ours", extra)


async def _memory(bench: Bench, count: int) -> tuple[float, float]:
    """Resident MiB of `dossier run` over HTTP: when it is ready, and after a thousand briefs."""
    async with AsyncExitStack() as stack:
        port = _free_port()
        extra = starting.settings(await starting.slack(stack, bench.folder), bench.folder,
                                  f"sqlite:///{bench.folder}/dossier.sqlite3") | {"PORT": str(port)}  # fmt: skip
        child = await stack.enter_async_context(Child(_DOSSIER, extra, log=bench.folder / "memory.log"))
        await _listening(port)
        await asyncio.sleep(0.5)
        ready = child.memory()
        names = [documents.name(one) for one in range(count)]
        answered = 0
        while answered < 1_000:
            requests = signing.asking("/brief", names)
            answered += len((await drive(port, requests, 8, 0.25, FULL)).latencies)
        return ready, child.memory()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _listening(port: int) -> None:
    async with asyncio.timeout(CONNECTED):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def _started(samples: Samples, absent: str) -> list[Row]:
    what = "start until connected ÷ slack-machine's"
    if absent:
        return [Row.absent(what, SPEED, absent)]
    ours, first, other = ("again", "slack-machine"), ("first", "slack-machine"), "s"
    return [
        compared(what, samples, "seconds", ours, SPEED, unit=other, why=IMPORTS),
        compared("… of the very first start, which makes the database", samples, "seconds", first, unit=other),
        compared("resident memory when connected ÷ slack-machine's", samples, "memory", ours, unit="MiB"),
    ]


def _held(used: list[tuple[float, float]]) -> list[Row]:
    def row(what: str, values: list[float], goal: Goal) -> Row:
        found = Spread.of(values)
        share = Spread(*(one / INCIDENT_BOT for one in (found.median, found.low, found.high)))
        return Row.of(
            what, share, goal, ours=f"{found.median:.0f} MiB", theirs=f"{INCIDENT_BOT:.0f} MiB (quoted)", why=IMPORTS
        )

    return [
        row("resident memory when ready ÷ incident-bot's", [one for one, _ in used], MEMORY),
        row("resident memory after a thousand briefs ÷ incident-bot's", [two for _, two in used], MEMORY),
    ]


def _notes(count: int) -> tuple[str, ...]:
    return (
        "Both start as their own command does, with Python's compiled files in place; the clock runs from the start of "
        f"the process until our Slack has its WebSocket. Ours reads {len(list(EXAMPLES.glob('*')))} example "
        f"files and the names of {count} customers on the way; slack-machine loads its default plugins.",
        f"incident-bot is not installed by this benchmark; its {INCIDENT_BOT:.0f} MiB are quoted from a study of "
        "autumn 2026, not measured here.",
    )
