"""Facts of many people in one flush: each stands or falls by itself, and nobody is answered before the flush."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from customers.errors import StorageBusy
from storage.database import Database, open_database
from tests.storage.harbour import run

ADD = "INSERT INTO inbox (key, at) VALUES (:key, '2026-11-18 09:00:00')"


def add(key: str) -> object:
    return lambda connection: connection.execute(text(ADD), {"key": key}).rowcount


@pytest.fixture
async def impatient(sqlite_url: str) -> AsyncIterator[Database]:
    """A database that waits a moment only."""
    opened = await open_database(sqlite_url, busy_ms=1)
    yield opened
    await opened.close()


async def test_facts_side_by_side_are_all_kept(database: Database) -> None:
    writer = database._facts
    done = await asyncio.gather(*(writer.run(add(f"k{number}")) for number in range(200)))  # type: ignore[arg-type]
    assert done == [1] * 200
    assert await run(database, "SELECT count(*) FROM inbox") == 200


async def test_one_that_fails_leaves_the_others_alone(database: Database) -> None:
    writer = database._facts

    def halfway(connection: Connection) -> None:
        connection.execute(text(ADD), {"key": "half"})
        raise LookupError("half way")

    await writer.run(add("a"))  # type: ignore[arg-type]
    works = [add("x"), halfway, add("b"), add("a"), add("c")]
    found = await asyncio.gather(*(writer.run(work) for work in works), return_exceptions=True)  # type: ignore[arg-type]
    assert [type(one) for one in found] == [int, LookupError, int, IntegrityError, int]
    assert await run(database, "SELECT count(*) FROM inbox") == 4
    assert await run(database, "SELECT count(*) FROM inbox WHERE key = 'half'") == 0


async def test_an_answer_means_that_somebody_else_can_read_it(impatient: Database) -> None:
    await impatient._facts.run(add("k"))  # type: ignore[arg-type]
    with sqlite3.connect(str(impatient.file)) as other:
        assert other.execute("SELECT count(*) FROM inbox").fetchone() == (1,)


async def test_a_locked_database_is_busy_and_nothing_is_kept_then_all_is_well_again(impatient: Database) -> None:
    with sqlite3.connect(str(impatient.file), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        works = [impatient._facts.run(add(f"k{n}")) for n in range(3)]  # type: ignore[arg-type]
        found = await asyncio.gather(*works, return_exceptions=True)
        assert [type(one) for one in found] == [StorageBusy] * 3
        other.execute("ROLLBACK")
    await impatient._facts.run(add("k0"))  # type: ignore[arg-type]
    assert await run(impatient, "SELECT count(*) FROM inbox") == 1


async def test_a_full_disk_is_told_and_nothing_is_kept(impatient: Database) -> None:
    def fill_up(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.execute(text(ADD), {"key": "x" * 10_000_000})

    works = [impatient._facts.run(add("before")), impatient._facts.run(fill_up)]  # type: ignore[arg-type]
    found = await asyncio.gather(*works, return_exceptions=True)
    assert "full" in str(getattr(found[1], "reason", found[1]))
    kept = await run(impatient, "SELECT count(*) FROM inbox")
    assert kept == (1 if found[0] == 1 else 0)  # whoever was told that it is saved finds it


async def test_closing_answers_what_was_asked(sqlite_url: str) -> None:
    opened = await open_database(sqlite_url)
    asked = [asyncio.ensure_future(opened._facts.run(add(f"k{n}"))) for n in range(20)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await opened.close()
    assert await asyncio.gather(*asked) == [1] * 20
