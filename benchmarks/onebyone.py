"""What the weekly check would cost as a loop over customers: seconds for all of them, reckoned from a sample."""

from collections.abc import Sequence
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from benchmarks import herd
from benchmarks.watching import LIMITS, NOW, TODAY, Watching
from customers import health
from customers.people import Reader, Standing
from customers.scope import One
from storage.engine import writer_engine
from storage.tables import usage


class _Base(DeclarativeBase):
    pass


class Usage(_Base):
    """A row of usage as an object."""

    __table__ = usage


def sample(watching: Watching, size: int) -> Sequence[int]:
    """Ids that are spread over everybody."""
    return range(herd.MODELS + 1, watching.count + 1, max(1, watching.count // size))


async def objects(watching: Watching, ids: Sequence[int]) -> float:
    """An ORM's query for the rows of each customer; nothing is judged."""
    made = writer_engine(watching.database.url)
    try:
        async with AsyncSession(made) as session:
            began = perf_counter()
            for one in ids:
                query = select(Usage).where(usage.c.customer_id == one).order_by(usage.c.week.desc())
                (await session.scalars(query)).all()
            return (perf_counter() - began) * watching.count / len(ids)
    finally:
        await made.dispose()


async def records(watching: Watching, ids: Sequence[int]) -> float:
    """A brief's one statement for each customer, and the rules."""
    began, reader = perf_counter(), Reader("U1", Standing.MEMBER)
    for one in ids:
        record = await watching.database.records.record(One(one), reader)
        if record is None:
            raise AssertionError(f"there is no customer {one}")
        health.of(record.profile, record.recent, record.fed, TODAY, LIMITS, record.counted(NOW))
    return (perf_counter() - began) * watching.count / len(ids)
