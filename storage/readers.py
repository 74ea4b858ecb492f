"""Reading connections that stay open: one statement, one hop, one consistent answer.

SQLAlchemy's per-statement work and a hop for each of execute, fetch and close cost three quarters of the throughput of
a brief (docs/performance.md), so reads go to the drivers directly. Writes do not: there a disk flush costs more.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from sqlalchemy.engine.url import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.engine import BUSY_MS, READ_PRAGMAS, translated

CONNECTIONS = 16  # to PostgreSQL; four left the loop waiting (0.57 of bare Bolt, sixteen 0.72)

Parameters = Sequence[Any]
Rows = Sequence[Any]
_Asked = tuple[str, Parameters, "asyncio.Future[Rows]"]


class Reader(Protocol):
    """Answers one reading statement; raises StorageBusy or StorageUnavailable."""

    async def rows(self, sql: str, parameters: Parameters) -> Rows: ...

    async def close(self) -> None: ...


def open_reader(url: URL) -> Reader:
    """The reader for this database."""
    if url.get_backend_name() == "sqlite":
        return SqliteReader(str(url.database))
    return PostgresReader(create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT"), CONNECTIONS)


class SqliteReader:
    """One thread with one connection that serves everybody who waits in one visit.

    A thread per statement fights with the event loop for the interpreter; a batch crosses over once. Under load a
    visit answers dozens of statements, alone it costs what a thread hop costs.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._inbox: SimpleQueue[list[_Asked] | None] = SimpleQueue()
        self._waiting: list[_Asked] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def rows(self, sql: str, parameters: Parameters) -> Rows:
        """All rows of the statement."""
        if self._thread is None:
            self._start()
        answer: asyncio.Future[Rows] = self._loop.create_future()  # type: ignore[union-attr]
        if not self._waiting:
            self._loop.call_soon(self._send)  # type: ignore[union-attr]
        self._waiting.append((sql, parameters, answer))
        with translated():
            return await answer

    async def close(self) -> None:
        """Ends the thread after what it has been asked."""
        if self._thread is not None:
            self._send()
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._serve, name="sqlite-reader", daemon=True)
        self._thread.start()

    def _send(self) -> None:
        if self._waiting:
            self._inbox.put(self._waiting)
            self._waiting = []

    def _serve(self) -> None:
        """Runs in the thread."""
        connection: sqlite3.Connection | None = None
        while (batch := self._inbox.get()) is not None:
            with contextlib.suppress(Empty):
                while (more := self._inbox.get_nowait()) is not None:
                    batch = batch + more
                self._inbox.put(None)  # the end came with the batch: answer first
            answers: list[tuple[asyncio.Future[Rows], Rows, BaseException | None]] = []
            for sql, parameters, answer in batch:
                try:
                    if connection is None:
                        connection = self._connect()
                    answers.append((answer, connection.execute(sql, parameters).fetchall(), None))
                except BaseException as problem:
                    answers.append((answer, (), problem))
                    if connection is not None:
                        connection.close()
                        connection = None
            assert self._loop is not None
            self._loop.call_soon_threadsafe(_hand_out, answers)
        if connection is not None:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=BUSY_MS / 1000, isolation_level=None)
        for pragma in READ_PRAGMAS:
            connection.execute(pragma)
        return connection


def utc(value: datetime | str) -> datetime:
    """A moment as a driver answers it, without SQLAlchemy's types: text on SQLite, aware on PostgreSQL."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _hand_out(answers: Sequence[tuple["asyncio.Future[Rows]", Rows, BaseException | None]]) -> None:
    for answer, rows, problem in answers:
        if answer.done():  # whoever asked has gone
            continue
        if problem is None:
            answer.set_result(rows)
        else:
            answer.set_exception(problem)


class PostgresReader:
    """A few connections in autocommit; asyncpg prepares each statement once and answers in one round trip."""

    def __init__(self, engine: AsyncEngine, size: int) -> None:
        self._engine = engine
        self._idle: asyncio.LifoQueue[_Open | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._idle.put_nowait(None)  # a place where a connection may be opened

    async def rows(self, sql: str, parameters: Parameters) -> Rows:
        """All rows of the statement; a connection that broke is replaced and the statement tried once more."""
        with translated():
            try:
                return await self._once(sql, parameters)
            except _broken_connections():
                return await self._once(sql, parameters, fresh=True)

    async def _once(self, sql: str, parameters: Parameters, *, fresh: bool = False) -> Rows:
        place = await self._idle.get()
        try:
            if fresh and place:  # when one is broken the others are as well
                await _drop(place)
                place = None
            opened = place or await self._open()
        except BaseException:
            self._idle.put_nowait(None)
            raise
        try:
            found: Rows = await opened.driver.fetch(sql, *parameters)
        except BaseException:
            self._idle.put_nowait(None)
            await _drop(opened)
            raise
        self._idle.put_nowait(opened)
        return found

    async def _open(self) -> "_Open":
        connection = await self._engine.connect()
        raw = await connection.get_raw_connection()
        return _Open(connection, raw.driver_connection)

    async def close(self) -> None:
        for place in [self._idle.get_nowait() for _ in range(self._idle.qsize())]:
            self._idle.put_nowait(None)  # whoever still asks opens anew instead of waiting for ever
            if place:
                await place.connection.close()
        await self._engine.dispose()


@dataclass(frozen=True, slots=True)
class _Open:
    connection: AsyncConnection
    driver: Any


async def _drop(opened: _Open) -> None:
    for farewell in (opened.connection.invalidate, opened.connection.close):
        with contextlib.suppress(Exception):
            await farewell()


def _broken_connections() -> tuple[type[BaseException], ...]:
    """InternalClientError: the server's farewell was already there when the statement was sent."""
    from asyncpg import exceptions as told

    lost = (told.PostgresConnectionError, told.OperatorInterventionError, told.InterfaceError, told.InternalClientError)
    return (ConnectionError, *lost)
