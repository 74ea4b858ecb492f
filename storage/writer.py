"""Facts are written here: everything about one of them in one durable transaction, then the acknowledgement.

A fact's statements are a plain function of a connection. On PostgreSQL it runs in a transaction of its own. On SQLite
one thread runs whatever waits in one transaction with a savepoint for each, because a flush to disk costs more than
the statements of a dozen facts; nobody is answered before the flush (docs/decisions/0009). Questions about facts have
a thread and a connection of their own there, so that they wait for no flush and take no lock.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import StaticPool

from storage.engine import settings_of_sqlite, transaction, translated

T = TypeVar("T")
Work = Callable[[Connection], Any]
TOGETHER = 64  # facts in one transaction, or a few more
ASK_MS = 8  # SQLite asks for the lock after 1, 3 and 8 ms, and less and less often when it may wait for longer


class Writer(Protocol):
    """Runs a fact's statements in one transaction; when it raises a StorageProblem nothing is kept."""

    async def run(self, work: Callable[[Connection], T]) -> T: ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """For statements that only read: they see everything that was answered before, and make nobody wait."""

    async def close(self) -> None: ...


def open_writer(url: URL, engine: AsyncEngine, busy_ms: int) -> Writer:
    """The writer for this database."""
    return SqliteWriter(url, busy_ms) if url.get_backend_name() == "sqlite" else PostgresWriter(engine)


class PostgresWriter:
    """A transaction for each fact, side by side."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, work: Callable[[Connection], T]) -> T:
        async with transaction(self._engine) as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.run(work)

    async def close(self) -> None:
        """The engine belongs to the database."""


class SqliteWriter:
    """A thread for facts and one for questions."""

    def __init__(self, url: URL, busy_ms: int) -> None:
        self._facts = _Line(url, "sqlite-writer", min(ASK_MS, busy_ms), partial(_write, busy_ms))
        self._questions = _Line(url, "sqlite-facts-reader", busy_ms, _answer)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returned, after the flush. It is not undone when whoever asked stops waiting."""
        return await self._facts.run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returned."""
        return await self._questions.run(work)

    async def close(self) -> None:
        """Ends the threads after what they have been asked."""
        await self._facts.close()
        await self._questions.close()


@dataclass(slots=True)
class _Asked:
    work: Work
    answer: "asyncio.Future[Any]"
    result: Any = None
    problem: BaseException | None = None


class _Line:
    """One thread with one connection that does whatever waits at once."""

    def __init__(self, url: URL, name: str, busy_ms: int, do: Callable[[Engine, list[_Asked]], None]) -> None:
        self._url = url.set(drivername="sqlite")
        self._name = name
        self._busy_ms = busy_ms
        self._do = do
        self._inbox: SimpleQueue[list[_Asked] | None] = SimpleQueue()
        self._gathered: list[_Asked] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        asked = _Asked(work, loop.create_future())
        if not self._gathered:  # whoever asks in the same turn of the event loop crosses over together
            loop.call_soon(self._send)
        self._gathered.append(asked)
        with translated():
            result: T = await asked.answer
            return result

    def _send(self) -> None:
        if self._gathered:
            self._inbox.put(self._gathered)
            self._gathered = []

    async def close(self) -> None:
        if self._thread is not None:
            self._send()
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _serve(self) -> None:
        """Runs in the thread."""
        engine = create_engine(
            self._url,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
        settings_of_sqlite(engine, self._busy_ms)
        more = True
        while more:
            asked, more = self._waiting()
            if asked:
                try:
                    self._do(engine, asked)
                except BaseException as problem:
                    for one in asked:
                        one.problem = one.problem or problem
                    with suppress(Exception):
                        engine.dispose()  # a connection that could not roll back is not used again
                assert self._loop is not None
                self._loop.call_soon_threadsafe(_hand_out, asked)
        engine.dispose()

    def _waiting(self) -> tuple[list[_Asked], bool]:
        asked: list[_Asked] = []
        wanted = self._inbox.get()
        while wanted is not None:
            asked += wanted
            if len(asked) >= TOGETHER:
                return asked, True
            try:
                wanted = self._inbox.get_nowait()
            except Empty:
                return asked, True
        return asked, False


def _write(busy_ms: int, engine: Engine, facts: list[_Asked]) -> None:
    with ExitStack() as stack:
        connection = _begun(busy_ms, engine, stack)
        driver = connection.connection.driver_connection
        for fact in facts:
            _apart(connection, driver, fact)


def _begun(busy_ms: int, engine: Engine, stack: ExitStack) -> Connection:
    """A transaction. Left to itself SQLite asks every 100 ms, and beside three others that write it may starve."""
    until = monotonic() + busy_ms / 1_000
    while True:
        try:
            return stack.enter_context(engine.begin())
        except OperationalError as problem:
            if "locked" not in str(problem.orig) or monotonic() >= until:
                raise


def _apart(connection: Connection, driver: Any, fact: _Asked) -> None:
    """One fact's failure leaves the others alone. Savepoints go to the driver: SQLAlchemy takes six times as long."""
    driver.execute("SAVEPOINT fact")
    try:
        fact.result = fact.work(connection)
    except Exception as problem:
        fact.problem = problem
        driver.execute("ROLLBACK TO fact")
    driver.execute("RELEASE fact")


def _answer(engine: Engine, questions: list[_Asked]) -> None:
    with engine.execution_options(reading=True).begin() as connection:
        for question in questions:
            try:
                question.result = question.work(connection)
            except Exception as problem:
                question.problem = problem


def _hand_out(asked: list[_Asked]) -> None:
    for one in asked:
        if one.answer.done():  # whoever asked has gone
            continue
        if one.problem is None:
            one.answer.set_result(one.result)
        else:
            one.answer.set_exception(one.problem)
