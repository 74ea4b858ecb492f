"""Engines: how we talk to SQLite and to PostgreSQL. The settings and their reasons: docs/decisions/0003."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from customers.errors import StorageBusy, StorageUnavailable

BUSY_MS = 2_000  # shorter than Slack's three seconds, so that the person is told instead of a time-out

_PRAGMAS = (f"PRAGMA busy_timeout = {BUSY_MS}", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")
READ_PRAGMAS = (f"PRAGMA busy_timeout = {BUSY_MS}", "PRAGMA query_only = ON")


class BadUrl(ValueError):
    """`DATABASE_URL` cannot be used; the message says what is wrong and what to write instead."""


def database_url(text: str) -> URL:
    """`sqlite:///file`, `postgresql://…` or a path-less driver variant, with the async driver filled in."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadUrl(
            "DATABASE_URL is not a URL; write sqlite:////path/to/file or postgresql://user@host/name"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise BadUrl("DATABASE_URL names no SQLite file; write sqlite:////path/to/file")
        return url.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+asyncpg")
    raise BadUrl(f"DATABASE_URL uses {backend!r}; Dossier runs on sqlite and postgresql")


def writer_engine(url: URL) -> AsyncEngine:
    """For transactions. SQLite: BEGIN IMMEDIATE, because a deferred one fails at once when it later wants to write."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_size=5, max_overflow=5, pool_pre_ping=True)
    engine = create_async_engine(url, pool_size=2, max_overflow=4, connect_args={"timeout": BUSY_MS / 1000})
    _sqlite_settings(engine)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def migration_engine(url: URL) -> AsyncEngine:
    """Foreign keys are off: rebuilding a parent table in batch mode would delete its children otherwise."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, poolclass=NullPool)
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
    _sqlite_settings(engine, foreign_keys=False)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _sqlite_settings(engine: AsyncEngine, *, foreign_keys: bool = True) -> None:
    pragmas = [*_PRAGMAS, f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}", "PRAGMA journal_mode = WAL"]

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN lost 174 of 200 increments; ours is in "begin"
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ours at this border, with the cause kept; what we do not know goes through."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as problem:
        text = str(problem)
        if "locked" in text or "busy" in text:
            raise StorageBusy() from problem
        raise StorageUnavailable(_plain(text)) from problem
    except (OSError, DBAPIError) as problem:
        if isinstance(problem, DBAPIError) and not problem.connection_invalidated:
            raise
        raise StorageUnavailable(type(problem).__name__) from problem


def _plain(text: str) -> str:
    known = ("readonly database", "unable to open database file", "disk is full", "disk I/O error", "malformed")
    return next((words for words in known if words in text), "the database refused")


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One fact, one transaction: committed when the block ends, rolled back when it raises."""
    with translated():
        async with engine.begin() as connection:
            yield connection


def sqlite_file(url: URL) -> Path | None:
    """The database file, or None on PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
