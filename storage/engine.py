"""Engines: how we talk to SQLite and to PostgreSQL. The settings and their reasons: docs/decisions/0003."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from customers.errors import StorageBusy, StorageProblem, StorageUnavailable

BUSY_MS = 1_500  # shorter than Slack's three seconds, so that the person is told instead of a time-out
WAL_RETRY_MS = 20
MIGRATION_MS = 30_000  # nobody waits for a migration in Slack, and another process may be running one

READ_PRAGMAS = (f"PRAGMA busy_timeout = {BUSY_MS}", "PRAGMA query_only = ON")


class BadUrl(ValueError):
    """`DATABASE_URL` cannot be used; the message says what is wrong and what to write instead."""


def database_url(text: str) -> URL:
    """`sqlite:///file`, `postgresql://…` or a path-less driver variant, with the async driver filled in."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadUrl(
            "DATABASE_URL is not a URL; write sqlite:////path/to/file or postgresql://user@host/name"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadUrl("DATABASE_URL names no SQLite file; write sqlite:////path/to/file")
        return url.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        return _for_asyncpg(url.set(drivername="postgresql+asyncpg"))
    raise BadUrl(f"DATABASE_URL uses {backend!r}; Dossier runs on sqlite and postgresql")


def _for_asyncpg(url: URL) -> URL:
    """libpq's `sslmode` is asyncpg's `ssl`; what asyncpg does not take is told, instead of failing at a query."""
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    if unknown := sorted(set(query) - {"ssl", "host", "port"}):
        raise BadUrl(f"DATABASE_URL has {unknown[0]!r} behind the question mark; only sslmode and host are known")
    return url.set(query=query)


def writer_engine(url: URL, busy_ms: int = BUSY_MS) -> AsyncEngine:
    """For transactions. SQLite: BEGIN IMMEDIATE, because a deferred one fails at once when it later wants to write."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_size=5, max_overflow=5, pool_pre_ping=True)
    engine = create_async_engine(url, pool_size=2, max_overflow=4)
    settings_of_sqlite(engine.sync_engine, busy_ms)
    return engine


def migration_engine(url: URL) -> AsyncEngine:
    """Foreign keys are off: rebuilding a parent table in batch mode would delete its children otherwise."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, poolclass=NullPool)
    engine = create_async_engine(url, poolclass=NullPool)
    settings_of_sqlite(engine.sync_engine, MIGRATION_MS, foreign_keys=False)
    return engine


def settings_of_sqlite(engine: Engine, busy_ms: int, *, foreign_keys: bool = True) -> None:
    """For every connection of the engine that writes."""
    pragmas = (
        f"PRAGMA busy_timeout = {busy_ms}",  # WAL is not here: see `to_wal`
        "PRAGMA synchronous = FULL",
        "PRAGMA secure_delete = ON",
        "PRAGMA cache_size = -16384",  # KiB; a usage import touches many pages and should not spill them
        f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN lost 174 of 200 increments; ours is in "begin"
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


async def to_wal(engine: AsyncEngine) -> None:
    """Once per file, kept in it. SQLite does not wait for others in this one change, whatever `busy_timeout` says."""
    for left in reversed(range(MIGRATION_MS // WAL_RETRY_MS)):
        try:
            async with engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await (await driver.execute("PRAGMA journal_mode = WAL")).close()
            return
        except (OperationalError, sqlite3.OperationalError) as problem:
            if "locked" not in str(problem) or not left:
                raise
        await asyncio.sleep(WAL_RETRY_MS / 1_000)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ours at this border, with the cause kept; what we do not know goes through."""
    try:
        yield
    except Exception as problem:
        ours = _ours(problem)
        if ours is None:
            raise
        raise ours from problem


_SQLITE = (
    "readonly database", "unable to open database file", "disk is full", "disk I/O error", "malformed",
    "file is not a database",
)  # fmt: skip
_POSTGRESQL = {  # beginnings of SQLSTATE codes (PostgreSQL manual, appendix A)
    "08": "connection lost", "28": "login refused", "3D": "no such database", "25006": "read-only server",
    "42501": "permission denied", "53": "out of resources", "57": "the server is stopping", "58": "system error",
    "XX": "internal error",
}  # fmt: skip
_POSTGRESQL_BUSY = ("40", "55")  # deadlock, lock not available


def _ours(problem: Exception) -> StorageProblem | None:
    driver = problem.orig if isinstance(problem, DBAPIError) else problem
    if isinstance(driver, sqlite3.DatabaseError):
        return _of_sqlite(driver)
    state = str(getattr(driver, "sqlstate", None) or "")
    if state.startswith(_POSTGRESQL_BUSY) or isinstance(problem, PoolTimeout):
        return StorageBusy()
    if reason := next((reason for start, reason in _POSTGRESQL.items() if state.startswith(start)), None):
        return StorageUnavailable(reason)
    if isinstance(problem, OSError) or (isinstance(problem, DBAPIError) and problem.connection_invalidated):
        return StorageUnavailable(type(driver).__name__)
    return None


def _of_sqlite(problem: sqlite3.DatabaseError) -> StorageProblem | None:
    words, operational = str(problem), isinstance(problem, sqlite3.OperationalError)
    if operational and ("locked" in words or "busy" in words):
        return StorageBusy()
    if reason := next((reason for reason in _SQLITE if reason in words), None):
        return StorageUnavailable(reason)
    return StorageUnavailable("the database refused") if operational else None


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One fact, one transaction: committed when the block ends, rolled back when it raises."""
    with translated():
        async with engine.begin() as connection:
            yield connection


@contextlib.asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Reads that belong together; on SQLite they neither wait for a writer nor make one wait."""
    async with transaction(engine.execution_options(reading=True)) as connection:
        yield connection


async def take_turns(connection: AsyncConnection) -> None:
    """For imports, which read before they write: one at a time on PostgreSQL too, as BEGIN IMMEDIATE makes them."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(72177602)"))


def sqlite_file(url: URL) -> Path | None:
    """The database file, or None on PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
