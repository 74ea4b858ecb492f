"""A heartbeat at which nothing is due, with a thousand weekly digests: what runs every minute for nothing."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import seeds
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_most, figure
from benchmarks.postgres import NoPostgres, postgres
from benchmarks.rounds import Sample, Side, Spread, interleave
from bot.app import desks_of
from bot.rhythm import schedule_of
from bot.schedule import Schedule
from bot.settings import load
from customers.scope import All
from customers.subscriptions import Subscription
from storage.database import Database, open_database

GOAL = at_most(1.0)
NOW = datetime(2026, 11, 25, 12, 0, 20, tzinfo=UTC)  # a Wednesday; digests come at 09:00, seven hours ago or later
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney")
Measure = Callable[[], Coroutine[Any, Any, Sample]]


async def measure(bench: Bench) -> Outcome:
    """SQLite with a thousand and with ten; PostgreSQL with a thousand."""
    many, ticks, customers = bench.size(1_000, 100), bench.size(600, 60), bench.size(300, 60)
    file = f"sqlite:///{bench.folder}"
    rows = []
    try:
        with postgres() as url:
            rows.append(await _row(f"{many:,} schedules on PostgreSQL", url, many, customers, ticks, bench))
    except NoPostgres as problem:
        rows.append(Row.absent(f"{many:,} schedules on PostgreSQL", None, str(problem)))
    for count in (many, 10):
        url = f"{file}/{count}.sqlite3"
        rows.insert(0, await _row(f"{count:,} schedules on SQLite", url, count, customers, ticks, bench))
    return Outcome("ticks", tuple(rows), _notes())


async def _row(what: str, url: str, count: int, customers: int, ticks: int, bench: Bench) -> Row:
    await seeds.imported(url, bench.folder, customers)
    database = await open_database(url)
    try:
        await _subscribed(database, count)
        settings = load({"DATABASE_URL": url})
        schedule = schedule_of(database, desks_of(database, settings), settings)
        await schedule.run(NOW)  # reads what there is
        started = [NOW]
        samples = await interleave([Side(what, lambda: _ticked(schedule, started, ticks))], bench.rounds)
    finally:
        await database.close()
    found = samples.spread(what, "ms")
    goal = GOAL if "SQLite" in what and count > 10 else None
    return Row.of(f"one look at everything that happens by itself, {what}", found, goal, unit="ms", ours=_rate(found))


def _rate(found: Spread) -> str:
    return f"{figure(found.median)} ms"


async def _subscribed(database: Database, count: int) -> None:
    for number in range(count):
        zone = ZoneInfo(ZONES[number % len(ZONES)])
        wanted = Subscription(f"C{number:06}", 0, time(9), zone, (), (), NOW, "U0MAYA", NOW)
        await database.digests.save(All("benchmark"), wanted)


async def _ticked(schedule: Schedule, started: list[datetime], ticks: int) -> Sample:
    """The mean over heartbeats of five seconds; the clock goes on from round to round."""
    began = perf_counter()
    for _ in range(ticks):
        started[0] += timedelta(seconds=5)
        await schedule.run(started[0])
    return {"ms": (perf_counter() - began) / ticks * 1_000}


def _notes() -> tuple[str, ...]:
    return (
        "One look asks whether subscriptions or customers have changed, and everything else that happens by itself: "
        "bugs to warn about, alerts that were snoozed, steps of playbooks, overrides, late usage, renewals. The bot "
        "looks once a minute; the other heartbeats only compare the clock with the last one.",
        "Every next instant is kept in memory: ten schedules cost as much as a thousand.",
    )
