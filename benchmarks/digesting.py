"""A database as it is on a Monday morning: judged for the week that is over, with alerts that wait for their CSMs."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import documents, seeds
from bot.catalogue import Importer
from bot.feed import import_usage
from bot.settings import Settings
from customers import weeks
from customers.scope import All
from customers.sweep import Day
from storage.database import Database, open_database

WEEKS = 26
_SCOPE = All("benchmark")


async def monday(settings: Settings, folder: Path, count: int, at_risk: int) -> int:
    """`count` customers of whom exactly `at_risk` are red or yellow; returns how many alerts there are."""
    documents.write_folder(folder, range(count))
    usage = folder.with_suffix(".csv")
    _write_usage(usage, range(count))
    database = await open_database(settings.database)
    try:
        report = await Importer(database.catalogue, folder, seeds.now, 16).run()
        if report.counts.added != count:
            raise AssertionError(f"{report.counts.added} of {count} customers imported")
        with usage.open(encoding="utf-8") as lines:
            await import_usage(database, lines, seeds.now(), documents.TODAY)
        return await _judged(database, settings, at_risk)
    finally:
        await database.close()


async def _judged(database: Database, settings: Settings, at_risk: int) -> int:
    """As the weekly check does it, but nobody is told: the measurement says when."""
    now = seeds.now()
    occasion, feed = settings.check.latest(now), await database.sweeps.feed(_SCOPE)
    day = Day(settings.thresholds, occasion.day, feed.last_week)
    await database.sweeps.judge(_SCOPE, day.settled, now)
    await database.sweeps.checked(_SCOPE, f"{weeks.label(day.week)}:{feed.version}", occasion.due, now)
    return await database._facts.run(lambda one: _settle(one, day.week, at_risk))


def _settle(connection: Connection, week: date, at_risk: int) -> int:
    """Snapshots of those who are too many are made green; a digest goes by snapshots."""
    number = weeks.number(week)
    risky = f"SELECT customer_id FROM snapshots WHERE week = {number} AND colour IN ('red', 'yellow')"
    connection.exec_driver_sql(
        f"UPDATE snapshots SET colour = 'green' WHERE week = {number} AND customer_id IN "
        f"({risky} ORDER BY colour, customer_id LIMIT -1 OFFSET {at_risk})"
    )
    found = len(connection.exec_driver_sql(risky).all())
    if found != at_risk:
        raise AssertionError(f"{found} customers are at risk instead of {at_risk}")
    return len(connection.exec_driver_sql("SELECT id FROM alerts").all())


def _write_usage(file: Path, numbers: Sequence[int]) -> None:
    """Half a year; every fifth customer lost two fifths of its users in the last week."""
    last = weeks.number(documents.TODAY) - 1
    with file.open("w", encoding="utf-8") as out:
        out.write("customer,week,active_users,seats\n")
        for week in range(last - WEEKS + 1, last + 1):
            label = weeks.label(weeks.start(week))
            for number in numbers:
                active = 120 + (number * 31 + week * 7) % 60
                active = active * 6 // 10 if week == last and number % 5 == 0 else active
                out.write(f"{documents.name(number)},{label},{active},{200 + number % 50}\n")
