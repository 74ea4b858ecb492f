"""The composition root: everything is built here once, from settings and a clock, and run until it is told to stop."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError

from bot import slack
from bot.catalogue import Importer, Report, Watch
from bot.deliver.delays import Delays
from bot.deliver.worker import Worker
from bot.delivery import Delivery, deliver, github_of, send_again
from bot.follow import Follow
from bot.playbooks import read as read_playbooks
from bot.rhythm import schedule_of
from bot.schedule import Schedule
from bot.settings import BadSettings, Settings
from bot.socket import Socket
from bot.web import DRAIN, Metrics, Web
from commands.app import Desks, Outside, register
from commands.listen import Listeners
from customers import bugs, calendars
from customers.alerts import Alerts
from customers.backlog import Backlog
from customers.clock import Clock as Belief
from customers.desk import Desk
from customers.digests import Digests
from customers.errors import StorageProblem
from customers.intents import State
from customers.judging import Judgements
from customers.logbook import Logbook
from customers.personal import Personal
from customers.plays import Playbooks
from customers.reviewing import Reviews
from customers.scope import All
from customers.sweep import Sweep
from customers.tracker import Tracker
from storage.database import Database, open_database

HEARTBEAT = 5  # seconds
REMEMBER_INPUTS = timedelta(days=7)
REMEMBER_SENT = timedelta(days=30)
REMEMBER_SLOTS = timedelta(days=400)
COUNT = timedelta(seconds=30)  # how often the outbox is counted for /metrics
SCHEDULE = timedelta(minutes=1)  # how often it is looked whether something is due by itself
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
    desks: Desks
    listeners: Listeners
    metrics: Metrics
    web: Web
    socket: Socket | None
    importer: Importer | None
    watch: Watch | None
    worker: Worker
    follow: Follow | None
    identify: Callable[[], Awaitable[None]]
    delays: Delays
    schedule: Schedule
    port: int = 0
    ready: bool = False
    _scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone=UTC))
    _looked: datetime | None = None
    _done: dict[str, datetime] = field(default_factory=dict)  # when something that is done now and then was done

    @property
    def desk(self) -> Desk:
        """Everything about customers."""
        return self.desks.customers

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
        await self._go_on()
        await self.schedule.believes(self.clock())  # before anything is given up for being old
        self.worker.start()
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
        ends = [
            self.worker.stop(DRAIN),
            self.web.stop(),
            self.schedule.stop(),
        ]  # at once: what runs has ten seconds, not ten each
        if self.socket:
            ends.append(self.socket.stop(DRAIN))
        await asyncio.gather(*ends)
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
        await self.desks.backlog.refresh()
        if await self.schedule.believes(now):
            await self._by_itself(now)
        if self.follow and self._is_time("github", now, timedelta(seconds=self.settings.github_poll_seconds)):
            await self.follow.poll(now)
        if self._is_time("holidays", now, timedelta(days=1)):
            await self._learn_holidays()
        if self._is_time("count", now, COUNT):
            await self._count(now)
        self.worker.wake()

    async def _by_itself(self, now: datetime) -> None:
        """What would be done a thousandfold by a clock that stands wrong; it waits until the clock is believed."""
        if self._is_time("sweep", now, timedelta(hours=1)):
            await self.database.inbox.forget(All("inbox"), now - REMEMBER_INPUTS)
            await self.database.outbox.forget(All("outbox"), now - REMEMBER_SENT)
            await self.database.slots.forget(All("slots"), now - REMEMBER_SLOTS)
            await self.desks.sweep.forget(now)
        if self._is_time("schedule", now, SCHEDULE):
            await self.schedule.run(now)

    def _is_time(self, what: str, now: datetime, every: timedelta) -> bool:
        """Whether it was done long enough ago, by a clock that may jump either way; then it counts as done."""
        last = self._done.get(what)
        if last is not None and abs(now - last) < every:
            return False
        self._done[what] = now
        return True

    async def _go_on(self) -> None:
        """What an earlier process left: calls that may have been made, and bugs that waited for GitHub."""
        now, scope = self.clock(), All("start")
        if self.database.file:  # no other bot is on this file, so whoever was sending has died
            slack_due, github_due = now + self.delays.look_slack, now + self.delays.look_github
            await self.database.outbox.adopt(scope, slack_due, github_due, now)
        if self.follow:
            await self.database.outbox.wake_parked(scope, bugs.FILE, now)

    async def _count(self, now: datetime) -> None:
        counts = await self.database.outbox.counts(All("metrics"))
        for state in State:
            self.metrics.outbox.labels(state.value).set(counts.get(state.value, 0))
        oldest = await self.database.outbox.oldest_due(All("metrics"), now)
        self.web.waiting = int(oldest.total_seconds())
        self.metrics.outbox_oldest.set(oldest.total_seconds())

    async def _learn_holidays(self) -> None:
        """Holidays of the countries that documents name: loading the first takes half a second, so not in a form."""
        countries = await self.database.records.countries(All("holidays"))
        await asyncio.to_thread(calendars.learn, countries, self.clock().year)

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
            await self._learn_holidays()

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
async def build(settings: Settings, clock: Clock = utc_now, delays: Delays | None = None) -> AsyncIterator[Bot]:
    """A bot from settings and a clock. Raises BadSettings, BadUrl, NewerDatabase or a StorageProblem."""
    delays = delays or Delays()
    if (problems := settings.cannot_run()) or settings.slack_bot_token is None:
        raise BadSettings(problems)
    token = settings.slack_bot_token.get_secret_value()
    async with contextlib.AsyncExitStack() as stack:
        database = await open_database(settings.database)
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(slack.new_session(delays.call_slack))
        web_client = slack.client(token, settings.slack_api_url, session)
        known: list[slack.Identity] = []

        def who() -> slack.Identity:
            return known[0]

        async def identify() -> None:
            known[:] = [await slack.identify(web_client)]

        desks = desks_of(database, settings)
        schedule = schedule_of(database, desks, settings)
        people = slack.People(web_client, who, settings.admin_ids, clock)
        places = slack.Places(web_client, clock)
        mark_key = await database.secret("mark")
        github = github_of(settings, session, clock, delays.call_github)
        parts = Delivery(database, desks, settings, web_client, people, places, who, github, mark_key)
        worker = deliver(parts, clock, delays, desks.clock.doubts)
        outside = _outside(database, people, places, slack.Outbound(web_client, session), worker, who)
        listeners = register(desks, outside, clock)
        app = slack.bolt(web_client, token, who, listeners)
        metrics = Metrics()
        app_token = settings.slack_app_token
        socket = Socket(app, app_token.get_secret_value(), metrics.timed) if app_token else None

        async def ready() -> dict[str, str]:
            return await _readiness(bot)

        hook, path = _bytes(settings.github_webhook_secret), settings.customer_docs
        follow = Follow(github, hook, mark_key, desks.tracker, database.watermarks, database.outbox) if github else None
        hear = follow.hear if follow and hook else None
        web = Web(app, _bytes(settings.slack_signing_secret), clock, metrics, ready, hear)
        bot = Bot(
            settings,
            clock,
            database,
            desks,
            listeners,
            metrics,
            web,
            socket,
            Importer(database.catalogue, path, clock, settings.document_max_mb) if path else None,
            Watch(path) if path else None,
            worker,
            follow,
            identify,
            delays,
            schedule,
        )
        yield bot


def _outside(
    database: Database,
    people: slack.People,
    places: slack.Places,
    outbound: slack.Outbound,
    worker: Worker,
    who: Callable[[], slack.Identity],
) -> Outside:
    return Outside(
        people,
        places,
        outbound,
        lambda key, now: database.inbox.first(All("inbox"), key, now),
        lambda key, now, heard: send_again(database, worker, key, now, heard),
        worker.wake,
        lambda: who().url,
    )


def _bytes(secret: SecretStr | None) -> bytes | None:
    return secret.get_secret_value().encode() if secret else None


def desks_of(database: Database, settings: Settings) -> Desks:
    """What people can do, over this database."""
    desk = Desk(database.records, database.channels, database.looks, settings.thresholds, settings.zone)
    tracker = Tracker(database.bugs, database.records, desk.open, settings.calendar, settings.bug_channel)
    judgements = Judgements(database.judgements, desk.open, desk.today, settings.zone)
    backlog = Backlog(database.requests)
    alerts = Alerts(database.alerts, settings.thresholds, settings.zone)
    return Desks(
        desk,
        backlog,
        tracker,
        Logbook(database.history),
        Belief(database.watermarks),
        judgements=judgements,
        personal=Personal(database.preferences, settings.zone),
        reviews=Reviews(database.reviews, database.records, desk, backlog, settings.zone),
        alerts=alerts,
        sweep=Sweep(database.sweeps, alerts, settings.check, settings.thresholds, settings.zone),
        digests=Digests(database.digests, desk.cards, database.requests.some, alerts.of, settings.check),
        playbooks=Playbooks(
            database.playbooks, database.records, lambda: read_playbooks(settings.playbooks), settings.zone
        ),
    )


async def _readiness(bot: Bot) -> dict[str, str]:
    problems = {} if bot.ready else {"start": "not ready yet"}
    try:
        await bot.database.can_write()
    except StorageProblem as problem:
        problems["database"] = type(problem).__name__
    if bot.socket and not await bot.socket.is_alive():
        problems["socket"] = "not connected"
    return problems
