"""How we talk to the engines: addresses, settings that are really set, locks, and what a failure is called."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from customers.errors import StorageBusy, StorageProblem, StorageUnavailable
from storage.database import Database, open_database
from storage.engine import (
    BUSY_MS,
    BadUrl,
    database_url,
    migration_engine,
    snapshot,
    sqlite_file,
    transaction,
    translated,
    writer_engine,
)
from tests.storage.conftest import Postgres
from tests.storage.harbour import ALL, NOW, profile, put

# Addresses


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////srv/dossier.sqlite3", "sqlite+aiosqlite"),
        ("sqlite:///dossier.sqlite3", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///dossier.sqlite3", "sqlite+aiosqlite"),
        ("postgresql://me@host/dossier", "postgresql+asyncpg"),
        ("postgres://me@host/dossier", "postgresql+asyncpg"),
        ("postgresql+psycopg://me@host/dossier", "postgresql+asyncpg"),
    ],
)
def test_the_driver_is_filled_in(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "DATABASE_URL is not a URL; write sqlite:////path/to/file or postgresql://user@host/name"),
        ("dossier.sqlite3", "DATABASE_URL is not a URL; write sqlite:////path/to/file or postgresql://user@host/name"),
        ("sqlite://", "DATABASE_URL names no SQLite file; write sqlite:////path/to/file"),
        ("sqlite:///:memory:", "DATABASE_URL names no SQLite file; write sqlite:////path/to/file"),
        ("mysql://me:secret@host/x", "DATABASE_URL uses 'mysql'; Dossier runs on sqlite and postgresql"),
        ("oracle://me:secret@host/x", "DATABASE_URL uses 'oracle'; Dossier runs on sqlite and postgresql"),
        ("nonsense://host/x", "DATABASE_URL uses 'nonsense'; Dossier runs on sqlite and postgresql"),
        ("postgresql://host:port/x", "DATABASE_URL is not a URL; write sqlite:////path/to/file or postgresql://user@host/name"),
    ],
)  # fmt: skip
async def test_another_address_is_refused_with_a_sentence_and_no_password(given: str, sentence: str) -> None:
    with pytest.raises(BadUrl) as refused:
        await open_database(given)
    assert str(refused.value) == sentence


def test_only_sqlite_has_a_file() -> None:
    assert sqlite_file(database_url("sqlite:////srv/d.sqlite3")) == Path("/srv/d.sqlite3")
    assert sqlite_file(database_url("postgresql://host/d")) is None


# SQLite's settings and locks


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = writer_engine(database_url(sqlite_url), busy_ms=1)
    yield made
    await made.dispose()


@pytest.fixture
def somebody(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Another process on the same file, which waits for nothing."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", BUSY_MS)],
)
async def test_sqlite_is_set_up_for_writing(sqlite_url: str, pragma: str, value: str | int) -> None:
    made = writer_engine(database_url(sqlite_url))
    async with transaction(made) as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
    await made.dispose()


@pytest.mark.parametrize(("pragma", "value"), [("foreign_keys", 0), ("busy_timeout", 30_000), ("secure_delete", 1)])
async def test_sqlite_is_set_up_for_migrations(sqlite_url: str, pragma: str, value: int) -> None:
    made = migration_engine(database_url(sqlite_url))
    async with transaction(made) as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
    await made.dispose()


async def test_a_transaction_takes_the_write_lock_before_it_writes(
    engine: AsyncEngine, somebody: sqlite3.Connection
) -> None:
    async with transaction(engine):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            somebody.execute("BEGIN IMMEDIATE")
    somebody.execute("BEGIN IMMEDIATE")


async def test_reading_takes_no_lock(engine: AsyncEngine, somebody: sqlite3.Connection) -> None:
    async with snapshot(engine) as connection:
        await connection.scalar(text("SELECT count(*) FROM customers"))
        somebody.execute("BEGIN IMMEDIATE")
        somebody.execute("INSERT INTO inbox VALUES ('key', '2026-11-18')")
        somebody.execute("COMMIT")
        assert await connection.scalar(text("SELECT count(*) FROM inbox")) == 0  # still the same moment


async def test_while_somebody_writes_reading_goes_on_and_writing_says_busy(
    sqlite_url: str, somebody: sqlite3.Connection
) -> None:
    database = await open_database(sqlite_url, busy_ms=1)
    await put(database, profile())
    somebody.execute("BEGIN IMMEDIATE")
    for writing in (put(database, profile("Beta")), database.inbox.first(ALL, "key", NOW), database.can_write()):
        with pytest.raises(StorageBusy):
            await writing
    assert (await database.records.page(ALL, "", 0, 5)).total == 1
    assert len(await database.records.all_current(ALL, 5)) == 1
    assert (await database.records.names(ALL))[0] == await database.records.names_version(ALL) == 1
    somebody.execute("COMMIT")
    assert await database.inbox.first(ALL, "key", NOW)  # nothing was half done
    await database.close()


async def test_a_transaction_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with transaction(engine) as connection:
            await connection.execute(text("INSERT INTO inbox VALUES ('key', '2026-11-18')"))
            raise RuntimeError("changed my mind")
    async with transaction(engine) as connection:
        assert await connection.scalar(text("SELECT count(*) FROM inbox")) == 0


# What a failure is called


@pytest.mark.parametrize(
    ("pragma", "reason"), [("max_page_count = 1", "disk is full"), ("query_only = ON", "readonly database")]
)
async def test_a_full_or_readonly_file_is_unavailable(engine: AsyncEngine, pragma: str, reason: str) -> None:
    with pytest.raises(StorageUnavailable) as told:
        async with transaction(engine) as connection:
            await connection.execute(text(f"PRAGMA {pragma}"))
            await connection.execute(text("INSERT INTO inbox VALUES (hex(zeroblob(100000)), '2026-11-18')"))
    assert told.value.reason == reason
    assert isinstance(told.value.__cause__, DBAPIError)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("sqlite:///{tmp}/a file/dossier.sqlite3", "FileExistsError"),
        ("sqlite:///{tmp}/a file/deeper/dossier.sqlite3", "NotADirectoryError"),
        ("sqlite:///{tmp}/a folder", "unable to open database file"),
        ("sqlite:///{tmp}/a file", "file is not a database"),
        ("postgresql://nobody@127.0.0.1:1/x", "ConnectionRefusedError"),
        ("postgresql:///x?host={tmp}", "FileNotFoundError"),
    ],
)
async def test_what_cannot_be_opened_is_unavailable(tmp_path: Path, address: str, reason: str) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").write_bytes(b"this is no database " * 100)
    with pytest.raises(StorageUnavailable) as told:
        await open_database(address.format(tmp=tmp_path))
    assert told.value.reason == reason


async def test_a_file_that_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"this is no database " * 100)
    with pytest.raises(StorageUnavailable):
        await open_database(f"sqlite:///{file}")
    assert file.read_bytes() == b"this is no database " * 100


async def test_a_database_that_went_away_is_unavailable(postgres_url: str, postgres: Postgres) -> None:
    database = await open_database(postgres_url)
    await database.records.names_version(ALL)
    await postgres.drop(postgres_url)
    for asked in (database.records.names_version(ALL), database.usage.count(ALL), open_database(postgres_url)):
        with pytest.raises(StorageUnavailable) as told:
            await asked
        assert told.value.reason == "no such database"
    await database.close()


class Refused(Exception):
    """An error of the driver, as PostgreSQL numbers them."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("problem", "ours"),
    [
        (Refused("40P01"), StorageBusy),  # deadlock
        (Refused("55P03"), StorageBusy),  # lock not available
        (Refused("53100"), StorageUnavailable),  # disk full
        (Refused("57P01"), StorageUnavailable),  # shutting down
        (Refused("28P01"), StorageUnavailable),  # wrong password
        (Refused("25006"), StorageUnavailable),  # read-only
        (sqlite3.OperationalError("database is locked"), StorageBusy),
        (sqlite3.OperationalError("disk I/O error"), StorageUnavailable),
        (sqlite3.DatabaseError("database disk image is malformed"), StorageUnavailable),
        (ConnectionResetError(), StorageUnavailable),
    ],
)
def test_errors_of_drivers_become_ours_with_their_cause(problem: Exception, ours: type[StorageProblem]) -> None:
    with pytest.raises(ours) as told, translated():
        raise problem
    assert told.value.__cause__ is problem


@pytest.mark.parametrize(
    "problem", [Refused("23505"), sqlite3.IntegrityError("UNIQUE constraint failed"), ValueError("no"), StorageBusy()]
)
def test_what_we_do_not_know_goes_through(problem: Exception) -> None:
    with pytest.raises(type(problem)) as told, translated():
        raise problem
    assert told.value is problem


async def test_a_broken_rule_of_ours_is_no_failure_of_the_database(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await database.usage.put(ALL, [(4711, 1, 1, None)])


async def test_a_well_database_can_write(database: Database) -> None:
    assert await database.can_write()
