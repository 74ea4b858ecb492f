"""`dossier sandbox`: the small Slack and the unchanged bot in one process, sharing a clock. Only settings differ."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import customers
from bot import manifest
from bot.app import Bot, build
from bot.deliver.delays import Delays
from bot.demo_usage import STORIES, Figure, Figures, Story
from bot.feed import import_usage
from bot.sandbox import HARBOUR, Clock, Feed, Sandbox
from bot.settings import BadSettings, load
from customers import weeks
from customers.errors import AskedBadly, StorageProblem
from customers.people import Reader, Standing
from customers.schedule import Daily
from customers.scope import All
from customers.usage import NoUsageFile

EXAMPLES = Path(customers.__file__).resolve().parent / "examples"
LOCKED = 8  # seconds: time to press the button of a form that is filled in
LINKED = {"C0BRIGHT": "Brightwater Logistics", "C0KESTREL": "Kestrel Health"}
DIGEST = "digest"  # the kind of a digest's occasions
MORNING = time(9)
RETRIED = timedelta(minutes=1)  # what waits no longer is tried again anyway
SHOWN = 20  # wrong rows in the report of an import
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@contextlib.asynccontextmanager
async def workspace(
    port: int = 0, *, documents: Path = EXAMPLES, http: bool = False, frozen: bool = False, database: str | None = None
) -> AsyncIterator[tuple[Sandbox, Bot]]:
    """The seeded workspace with a bot connected to it; Socket Mode unless `http`."""
    _drop_proxies()
    clock = Clock(HARBOUR.starts_at, frozen=frozen)
    built: list[Bot] = []
    async with contextlib.AsyncExitStack() as stack:
        slack = Sandbox(
            manifest.file(),
            clock,
            HARBOUR,
            port=port,
            settle=lambda: _quiet(built),
            on_reset=lambda: _begin_anew(built),
            troubles={f"Database locked for {LOCKED} seconds": lambda: _lock(built)},
            on_time=lambda: _look_round(built),
            next_occasion=lambda: _next_digest(built),
            next_due=lambda: _next_due(built),
            feed=_feed(built),
        )
        await stack.enter_async_context(slack)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dossier-"))
        environment = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "DATA_DIR": folder,
            "CUSTOMER_DOCS": str(documents),
            "ADMINS": "U0IRIS",
            "PORT": "0",
            "LOG_LEVEL": "WARNING",
            "BUG_CHANNEL": "C0ENG",
            "FALLBACK_CHANNEL": "C0CSTEAM",
            "GITHUB_API_URL": slack.github.api_url,
            "GITHUB_REPOSITORY": slack.github.repository,
            "GITHUB_TOKEN": slack.github.token,
            "GITHUB_WEBHOOK_SECRET": slack.github.webhook_secret,
        }
        environment |= {"SLACK_SIGNING_SECRET": slack.signing_secret} if http else {"SLACK_APP_TOKEN": slack.app_token}
        if database:
            environment["DATABASE_URL"] = database
        pace = timedelta() if frozen else Delays().pace  # a clock that stands still would never be due again
        bot = await stack.enter_async_context(build(load(environment), clock.now, Delays(pace=pace)))
        built.append(bot)
        stack.push_async_callback(bot.stop)
        await bot.start()
        await _seed(bot)
        await _link(bot)
        slack.github.webhook_url = f"http://127.0.0.1:{bot.port}/github/webhooks"
        if http:
            slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        else:
            await slack.connected()
        yield slack, bot


async def _quiet(built: list[Bot]) -> None:
    """Everything that is due is delivered."""
    for bot in built:
        if bot.ready:
            await bot.worker.quiet()


async def _look_round(built: list[Bot]) -> None:
    """What the heartbeat does; a database that is busy is no reason to stop the clock."""
    for bot in built:
        with contextlib.suppress(StorageProblem):
            await bot.tick(bot.clock())


async def _next_digest(built: list[Bot]) -> datetime | None:
    """When the next digest of any channel is due."""
    for bot in built:
        due = [one.due for one in await bot.schedule.coming(bot.clock()) if one.kind == DIGEST]
        return min(due, default=None)
    return None


async def _next_due(built: list[Bot]) -> datetime | None:
    """When something happens by itself next: what recurs, the weekly check, a morning, or what waits to be sent."""
    for bot in built:
        now = bot.clock()
        mornings = Daily(MORNING, bot.settings.zone)  # of what is no timetable: playbooks, snoozes, planned actions
        dues = [one.due for one in await bot.schedule.coming(now)]
        dues += [rule.next(now).due for rule in (bot.settings.check, mornings)]
        waiting = await bot.database.outbox.next_due(All("sandbox"))
        if waiting and waiting > now + RETRIED:
            dues.append(waiting)
        return min(dues)
    return None


async def _begin_anew(built: list[Bot]) -> None:
    """What people did in the workspace is undone, and usage is the seed's again; documents are not changed by it."""
    for bot in built:
        await bot.database.begin_anew(All("sandbox reset"))
        bot.desks.backlog.forget()
        bot.schedule.forget()
        await _seed(bot)
        await _link(bot)


async def _lock(built: list[Bot]) -> None:
    """Somebody else writes to the database and takes their time, so that one can watch what the bot says.

    Returns when they are done; cancelled, they stop at once.
    """
    enough = threading.Event()
    try:
        await asyncio.gather(*(asyncio.to_thread(_hold, bot.database.file, enough) for bot in built))
    finally:
        enough.set()


def _hold(file: Path | None, enough: threading.Event) -> None:
    if file is None:  # PostgreSQL: nobody holds up everybody else there
        return
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        enough.wait(LOCKED)


def _feed(built: list[Bot]) -> Feed:
    """What the page offers: stories about the weeks since the newest stored ones, and whatever somebody pastes."""

    def told(label: str) -> Callable[[], Awaitable[str]]:
        return lambda: _tell(built, STORIES[label])

    example = (EXAMPLES / "usage.csv").read_text(encoding="utf-8").splitlines()[:2]
    return Feed({label: told(label) for label in STORIES}, lambda text: _take(built, text), "\n".join(example))


async def _seed(bot: Bot) -> None:
    """Stores the usage of the examples."""
    await _take([bot], (EXAMPLES / "usage.csv").read_text(encoding="utf-8"))


async def _tell(built: list[Bot], story: Story) -> str:
    """Only weeks that have no row yet, so that what somebody pasted, and what was judged, stays as it is."""
    for bot in built:
        today = bot.clock().astimezone(bot.settings.zone).date()
        try:
            figures = await _stored(bot)
        except StorageProblem as problem:
            return problem.sentence
        if not figures.known:
            return "No usage is stored yet. Paste some first."
        if figures.is_complete(today):
            return "Every complete week is there already. Move the clock to next Monday first."
        return await _take([bot], figures.told(story, today))
    return ""


async def _stored(bot: Bot) -> Figures:
    scope = All("sandbox")
    _, named = await bot.database.records.names(scope)
    slugs = {one.customer_id: one.aliases[0] for one in named}
    found = await bot.database.records.records(scope, list(slugs), Reader("", Standing.BOT))
    weekly = {one.customer_id: {week.start: Figure(week.active, week.seats) for week in one.recent} for one in found}
    return Figures({slugs[one]: known for one, known in weekly.items() if known})


async def _take(built: list[Bot], text: str) -> str:
    for bot in built:
        now = bot.clock()
        today = now.astimezone(bot.settings.zone).date()
        try:
            report = await import_usage(bot.database, text.splitlines(True), now, today)
        except (NoUsageFile, StorageProblem) as problem:
            return problem.sentence if isinstance(problem, StorageProblem) else str(problem)
        newest = f", newest week {weeks.label(weeks.start(report.last_week))}" if report.last_week else ""
        said = f"{report.stored} row{'' if report.stored == 1 else 's'} stored{newest}, {report.left_out} left out"
        return "\n".join([said, *(str(row) for row in report.bad[:SHOWN])])
    return ""


async def _link(bot: Bot) -> None:
    """Channels about one customer, so that captures there know whom they are about."""
    for channel, name in LINKED.items():
        with contextlib.suppress(AskedBadly):  # other documents than the examples
            customer_id = await bot.desk.find(name, channel, "/customer link")
            await bot.desk.link(customer_id, channel, Reader("U0MAYA", Standing.MEMBER), bot.clock())


def _drop_proxies() -> None:
    """slack_sdk honours proxy variables and ignores NO_PROXY, so calls to this machine would leave it."""
    for name in _PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


async def serve(port: int, documents: Path, http: bool) -> int:
    """Keeps the workspace open until somebody stops it."""
    from bot.logs import set_up

    set_up("WARNING")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with socket.socket() as probe:  # before anything is built, so that the message is the only one
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise BadSettings([f"port {port} is taken; stop the other sandbox, or use --port {port + 1}"])
    async with workspace(port, documents=documents, http=http) as (slack, bot):
        report = await bot.database.catalogue.last_report(All("sandbox"))
        for problem in json.loads(report[1])["problems"] if report else ():
            print(f"{problem['file']}:{problem['line']}: {problem['message']}", file=sys.stderr)  # noqa: T201
        print(f"Dossier sandbox: {slack.url}\nTry /brief demo. Stop with Ctrl-C.", flush=True)  # noqa: T201
        await stop.wait()
    return 0
