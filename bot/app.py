"""The composition root: everything is built here once, from settings and a clock, and run until it is told to stop."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_sdk.errors import SlackApiError

from bot import slack
from bot.catalogue import Importer, Report, Watch
from bot.settings import BadSettings, Settings
from bot.socket import Socket
from bot.web import DRAIN, Metrics, Web
from commands.app import register
from commands.listen import Listeners
from customers.desk import Desk
from customers.errors import StorageProblem
from customers.scope import All
from storage.database import Database, open_database

HEARTBEAT = 5  # seconds
REMEMBER_INPUTS = timedelta(days=7)
RETRY = 5.0  # seconds between tries to reach Slack at start
log = structlog.get_logger()
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Bot:
    """A bot that is built and can be started, ticked and stopped. Make it with `build`."""

    settings: Settings
    clock: Clock
    database: Database
    desk: Desk
    listeners: Listeners
    metrics: Metrics
    web: Web
    socket: Socket | None
    importer: Importer | None
    watch: Watch | None
    identify: Callable[[], Awaitable[None]]
    port: int = 0
    ready: bool = False
    _scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone=UTC))
    _looked: datetime | None = None
    _swept: datetime | None = None

    async def start(self) -> None:
        """Documents, Slack, HTTP, heartbeat, in this order; answers Slack when it returns."""
        if self.importer and self.watch:
            await self.watch.settle()
            self._told(await self.importer.run())
        await self.desk.refresh_names()
        self.metrics.customers.set(self.desk.known)
        self.port = await self.web.start(self.settings.host, self.settings.port)
        await self._reach_slack("SLACK_BOT_TOKEN", self.identify)
        self.web.answering = True
        if self.socket:
            await self._reach_slack("SLACK_APP_TOKEN", self.socket.connect)
        self._scheduler.add_job(self._beat, "interval", seconds=HEARTBEAT, max_instances=1, coalesce=True)
        self._scheduler.start()
        self.ready = True
        gc.collect()
        gc.freeze()  # what is loaded now stays; the collector need not walk it at every command
        gc.set_threshold(10_000, 20, 50)  # one answer is made of some hundred objects, all of which go by themselves
        log.info("ready", transport="socket" if self.socket else "http", port=self.port)

    async def stop(self) -> None:
        """Design, "Operate": not ready → nothing new → finish what runs (at most ten seconds) → close."""
        self.web.stopping = True
        self.ready = False
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self.socket:
            await self.socket.stop(DRAIN)
        await self.web.stop()
        with contextlib.suppress(StorageProblem):
            await self.database.looks.flush(All("looks"))
        log.info("stopped")

    async def tick(self, now: datetime) -> None:
        """Everything that happens by itself at `now`; the heartbeat calls it, and so does every story."""
        poll = timedelta(seconds=self.settings.document_poll_seconds)
        if self._looked is None or abs(now - self._looked) >= poll:
            self._looked = now
            await self._look_at_documents()
        await self.database.looks.flush(All("looks"))
        await self.desk.refresh_names()
        self.metrics.customers.set(self.desk.known)
        if self._swept is None or abs(now - self._swept) >= timedelta(hours=1):
            self._swept = now
            await self.database.inbox.forget(All("inbox"), now - REMEMBER_INPUTS)

    async def _beat(self) -> None:
        try:
            await self.tick(self.clock())
        except StorageProblem as problem:
            log.error("heartbeat_skipped", why=type(problem).__name__, reason=getattr(problem, "reason", ""))
        except Exception:
            log.exception("heartbeat_failed")

    async def _look_at_documents(self) -> None:
        if self.importer and self.watch and await self.watch.changed():
            self._told(await self.importer.run(gentle=True))
            self.watch.imported()

    def _told(self, report: Report) -> None:
        counts = report.counts
        self.metrics.imports.labels("broken" if counts.broken or not report.complete else "ok").inc()
        log.info(
            "imported",
            files=report.files,
            added=counts.added,
            changed=counts.changed,
            unchanged=counts.unchanged,
            missing=len(counts.missing),
            broken=len(counts.broken),
            problems=len(report.problems),
        )

    async def _reach_slack(self, name: str, ask: Callable[[], Awaitable[None]]) -> None:
        """Tries until Slack answers; a refused token is a problem of the settings and ends the start."""
        while True:
            try:
                await ask()
                return
            except SlackApiError as problem:
                why = slack.code_of(problem)
                if why in slack.REFUSED:
                    told = f"{name} is refused by Slack ({why}); install the app again and copy its token"
                    raise BadSettings([told]) from problem
                log.warning("slack_unreachable", why=why)
            except slack.UNREACHED as problem:
                log.warning("slack_unreachable", why=type(problem).__name__)
            await asyncio.sleep(RETRY)


@contextlib.asynccontextmanager
async def build(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Bot]:
    """A bot from settings and a clock. Raises BadSettings, BadUrl, NewerDatabase or a StorageProblem."""
    if problems := settings.cannot_run():
        raise BadSettings(problems)
    assert settings.slack_bot_token is not None
    token = settings.slack_bot_token.get_secret_value()
    async with contextlib.AsyncExitStack() as stack:
        database = await open_database(settings.database)
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(slack.new_session())
        web_client = slack.client(token, settings.slack_api_url, session)
        known: list[slack.Identity] = []

        def who() -> slack.Identity:
            return known[0]

        async def identify() -> None:
            known[:] = [await slack.identify(web_client)]

        desk = Desk(database.records, database.channels, database.looks, settings.thresholds, settings.zone)
        listeners = register(
            desk,
            slack.People(web_client, who, settings.admin_ids, clock),
            slack.Places(web_client, clock),
            slack.Outbound(web_client, session),
            lambda key, now: database.inbox.first(All("inbox"), key, now),
            clock,
        )
        app = slack.bolt(web_client, token, who, listeners)
        metrics = Metrics()
        socket = (
            Socket(app, settings.slack_app_token.get_secret_value(), metrics.timed)
            if settings.slack_app_token
            else None
        )
        secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None
        path = settings.customer_docs

        async def ready() -> dict[str, str]:
            return await _readiness(bot)

        bot = Bot(
            settings,
            clock,
            database,
            desk,
            listeners,
            metrics,
            Web(app, secret, clock, metrics, ready),
            socket,
            Importer(database.catalogue, path, clock, settings.document_max_mb) if path else None,
            Watch(path) if path else None,
            identify,
        )
        yield bot


async def _readiness(bot: Bot) -> dict[str, str]:
    problems = {} if bot.ready else {"start": "not ready yet"}
    try:
        await bot.database.can_write()
    except StorageProblem as problem:
        problems["database"] = type(problem).__name__
    if bot.socket and not await bot.socket.is_alive():
        problems["socket"] = "not connected"
    return problems
