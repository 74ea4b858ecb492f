"""Rows of the usage feed; on both engines."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from customers import weeks
from customers.usage import Row
from storage.database import Database
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run


@pytest.fixture
async def acme(database: Database) -> int:
    await put(database, profile())
    return (await ids(database))["Acme"]


async def rows(database: Database) -> list[tuple[int, int, int | None]]:
    return [(weeks.number(week.start), week.active, week.seats) for week in (await record(database)).recent]


async def test_the_same_rows_twice_are_stored_once(database: Database, acme: int) -> None:
    fed: list[Row] = [(acme, 2966, 80, 100), (acme, 2965, 70, None)]
    for _ in range(2):
        await database.usage.put(ALL, fed)
    assert await rows(database) == [(2966, 80, 100), (2965, 70, None)]
    assert await database.usage.count(ALL) == 2


async def test_a_corrected_row_takes_the_place_of_the_first(database: Database, acme: int) -> None:
    await database.usage.put(ALL, [(acme, 2966, 80, 100), (acme, 2965, 70, 100)])
    await database.usage.put(ALL, [(acme, 2966, 81, None)])
    assert await rows(database) == [(2966, 81, None), (2965, 70, 100)]


async def test_thousands_of_rows_and_none_go_in(database: Database, acme: int) -> None:
    await database.usage.put(ALL, [])
    await database.usage.put(ALL, [(acme, week, 100_000_000, None) for week in range(3_000)])
    assert await database.usage.count(ALL) == 3_000
    assert (await rows(database))[0] == (2999, 100_000_000, None)


@pytest.mark.parametrize("row", [(0, 2966, 5, None), (None, 2966, -1, None)], ids=["of nobody", "negative"])
async def test_rows_that_cannot_be_true_are_refused_with_their_batch(
    database: Database, acme: int, row: tuple[int | None, int, int, int | None]
) -> None:
    customer, week, active, seats = row
    wrong = (acme if customer is None else customer, week, active, seats)
    with pytest.raises(IntegrityError):
        await database.usage.put(ALL, [(acme, 2965, 1, None), wrong])
    assert await database.usage.count(ALL) == 0


async def test_the_feed_never_reaches_less_far_than_before(database: Database, acme: int) -> None:
    reached = []
    for hours, week in enumerate([None, 5, 7, 6, None]):
        await database.usage.finish(ALL, NOW + hours * HOUR, week)
        fed = (await record(database)).fed
        reached.append(fed and weeks.number(fed))
    assert reached == [None, 5, 7, 7, 7]


async def test_feeds_that_finish_at_once_all_count(database: Database, acme: int) -> None:
    async with asyncio.timeout(10):
        await asyncio.gather(*(database.usage.finish(ALL, NOW, week) for week in [3, 20, 11, 2, 7, 19, 1, 5]))
    assert (await record(database)).fed == weeks.start(20)
    assert await run(database, "SELECT version FROM feeds WHERE kind = 'usage'") == 8


async def test_imports_at_once_do_not_stand_in_each_others_way(database: Database, acme: int) -> None:
    fed: list[Row] = [(acme, week, 1, None) for week in range(200)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(database.usage.put(ALL, batch) for batch in (fed, fed[::-1], fed, fed[::-1])))
    assert await database.usage.count(ALL) == 200
