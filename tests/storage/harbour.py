"""What the tests of storage put into a database, and the shortest way to put it there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from customers.model import Profile, Status
from customers.people import Reader, Standing
from customers.records import Record
from customers.scope import All, One
from storage.catalogue import Counts
from storage.database import Database
from storage.engine import transaction, writer_engine

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = All("test")
MAYA = Reader("U0MAYA", Standing.MEMBER, "Maya Lindqvist", "maya@harbour.example", "maya")


def profile(name: str = "Acme", **known: Any) -> Profile:
    """A customer of whom only the name is known."""
    slug = known.pop("slug", name.casefold().replace(" ", "-")[:80])
    return Profile(slug, name, known.pop("status", Status.ACTIVE), **known)


async def put(database: Database, *profiles: Profile, now: datetime = NOW) -> Counts:
    """An import that names exactly these customers."""
    counts = Counts()
    await database.catalogue.put(ALL, profiles, now, counts)
    await database.catalogue.finish(ALL, {one.slug for one in profiles}, now, counts, "{}")
    return counts


async def ids(database: Database) -> dict[str, int]:
    """Everybody's id by name."""
    _, named = await database.records.names(ALL)
    return {one.name: one.customer_id for one in named}


async def record(database: Database, name: str = "Acme", reader: Reader = MAYA) -> Record:
    """The whole record of a customer."""
    found = await database.records.record(One((await ids(database))[name]), reader, whole=True)
    assert found is not None
    return found


async def run(database: Database, statement: str, values: Mapping[str, Any] | None = None) -> Any:
    """One statement past all nouns: what an administrator could do. The first column of the first row, if any."""
    engine = writer_engine(database.url)
    try:
        async with transaction(engine) as connection:
            done = await connection.execute(text(statement), values or {})
            return done.scalar() if done.returns_rows else None
    finally:
        await engine.dispose()
