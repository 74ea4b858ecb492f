"""Facts are written here: everything about one of them in one durable transaction, then the acknowledgement.

A fact's statements are a plain function of a connection. On PostgreSQL it runs in a transaction of its own. On SQLite
one thread runs whatever waits in one transaction with a savepoint for each, because a flush to disk costs more than
the statements of a dozen facts; nobody is answered before the flush (docs/decisions/0009).
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import StaticPool

from storage.engine import settings_of_sqlite, transaction, translated

T = TypeVar("T")
Work = Callable[[Connection], Any]
TOGETHER = 64  # facts in one transaction
ASK_MS = 8  # SQLite asks for the lock after 1, 3 and 8 ms, and less and less often when it may wait for longer


class Writer(Protocol):
    """Runs a fact's statements in one transaction; when it raises a StorageProblem nothing is kept."""

    async def run(self, work: Callable[[Connection], T]) -> T: ...

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

    async def close(self) -> None:
        """The engine belongs to the database."""


@dataclass(slots=True)
class _Fact:
    work: Work
    answer: "asyncio.Future[Any]"
    result: Any = None
    problem: BaseException | None = None


class SqliteWriter:
    """One thread with one connection."""

    def __init__(self, url: URL, busy_ms: int) -> None:
        self._url = url.set(drivername="sqlite")
        self._busy_ms = busy_ms
        self._inbox: SimpleQueue[_Fact | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returned, after the flush. It is not undone when whoever asked stops waiting."""
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
            self._thread.start()
        fact = _Fact(work, asyncio.get_running_loop().create_future())
        self._inbox.put(fact)
        with translated():
            result: T = await fact.answer
            return result

    async def close(self) -> None:
        """Ends the thread after what it has been asked."""
        if self._thread is not None:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _serve(self) -> None:
        """Runs in the thread."""
        engine = create_engine(self._url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        settings_of_sqlite(engine, min(ASK_MS, self._busy_ms))
        more = True
        while more:
            facts, more = self._waiting()
            if facts:
                self._write(engine, facts)
                assert self._loop is not None
                self._loop.call_soon_threadsafe(_hand_out, facts)
        engine.dispose()

    def _waiting(self) -> tuple[list[_Fact], bool]:
        facts: list[_Fact] = []
        wanted = self._inbox.get()
        while wanted is not None:
            facts.append(wanted)
            if len(facts) == TOGETHER:
                return facts, True
            try:
                wanted = self._inbox.get_nowait()
            except Empty:
                return facts, True
        return facts, False

    def _write(self, engine: Engine, facts: list[_Fact]) -> None:
        try:
            with ExitStack() as stack:
                connection = self._begun(engine, stack)
                driver = connection.connection.driver_connection
                for fact in facts:
                    _apart(connection, driver, fact)
        except BaseException as problem:
            for fact in facts:
                fact.problem = fact.problem or problem
            with suppress(Exception):
                engine.dispose()  # a connection that could not roll back is not used again

    def _begun(self, engine: Engine, stack: ExitStack) -> Connection:
        """A transaction. Left to itself SQLite asks every 100 ms, and beside three others that write it may starve."""
        until = monotonic() + self._busy_ms / 1_000
        while True:
            try:
                return stack.enter_context(engine.begin())
            except OperationalError as problem:
                if "locked" not in str(problem.orig) or monotonic() >= until:
                    raise


def _apart(connection: Connection, driver: Any, fact: _Fact) -> None:
    """One fact's failure leaves the others alone. Savepoints go to the driver: SQLAlchemy takes six times as long."""
    driver.execute("SAVEPOINT fact")
    try:
        fact.result = fact.work(connection)
    except Exception as problem:
        fact.problem = problem
        driver.execute("ROLLBACK TO fact")
    driver.execute("RELEASE fact")


def _hand_out(facts: list[_Fact]) -> None:
    for fact in facts:
        if fact.answer.done():  # whoever asked has gone
            continue
        if fact.problem is None:
            fact.answer.set_result(fact.result)
        else:
            fact.answer.set_exception(fact.problem)
