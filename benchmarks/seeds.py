"""Databases with customers in them, filled through our own import, or through storage where there are very many."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import documents
from bot.catalogue import Importer
from bot.feed import import_usage
from customers.documents import parse, slug_of
from customers.model import Profile
from customers.scope import All
from storage.catalogue import Counts
from storage.database import Database, open_database

WEEKS = 13
UTC_ZONE = ZoneInfo("UTC")
_BATCH = 500


def now() -> datetime:
    """The real time: commands are signed with it, and health is judged at it."""
    return datetime.now(UTC)


async def imported(url: str, folder: Path, count: int) -> None:
    """`count` customers from documents, with thirteen weeks of usage each."""
    numbers = range(count)
    documents.write_folder(folder / "customers", numbers)
    usage = folder / "usage.csv"
    documents.write_usage(usage, numbers, WEEKS)
    database = await open_database(url)
    try:
        report = await Importer(database.catalogue, folder / "customers", now, 16).run()
        if report.counts.added != count:
            raise AssertionError(f"{report.counts.added} of {count} customers imported: {report.problems[:3]}")
        await _feed(database, usage)
    finally:
        await database.close()


async def stored(url: str, folder: Path, count: int) -> None:
    """`count` customers put straight into storage: the documents of the first hundred, renamed; usage for all."""
    models = [profile for number in range(100) for profile in parse(documents.customer(number), "bench").customers]
    usage = folder / f"usage-{count}.csv"
    documents.write_usage(usage, range(count), WEEKS)
    database = await open_database(url)
    counts = Counts()
    try:
        for start in range(0, count, _BATCH):
            batch = [_renamed(models[n % 100], n) for n in range(start, min(count, start + _BATCH))]
            await database.catalogue.put(All("benchmark"), batch, now(), counts)
        await database.catalogue.finish(All("benchmark"), {slug_of(documents.name(n)) for n in range(count)}, now(),
                                        counts, "{}")  # fmt: skip
        await _feed(database, usage)
    finally:
        await database.close()
    if counts.added != count:
        raise AssertionError(f"{counts.added} of {count} customers stored")


def _renamed(profile: Profile, number: int) -> Profile:
    title = documents.name(number)
    return dataclasses.replace(profile, name=title, slug=slug_of(title))


async def _feed(database: Database, usage: Path) -> None:
    with usage.open(encoding="utf-8") as lines:
        report = await import_usage(database, lines, now(), now().date())
    if report.left_out:
        raise AssertionError(f"{report.left_out} usage rows left out: {report.bad[:3]}")
