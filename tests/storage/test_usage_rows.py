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
    version = await run(database, "SELECT version FROM feeds WHERE kind = 'usage'")
    assert 2 <= version <= 8  # those that found one that reached further changed nothing


async def test_the_version_counts_imports_that_changed_something_that_is_judged(database: Database, acme: int) -> None:
    running = 2967
    first: list[Row] = [(acme, 2966, 80, 100), (acme, 2965, 70, None), (acme, running, 5, 100)]
    other: list[Row] = [*first[:2], (acme, running, 9, 100), (acme, running + 1, 1, None)]
    seats: list[Row] = [(acme, 2966, 80, None), *first[1:]]
    found = []
    for hours, (fed, newest) in enumerate(
        [(first, 2966), (first, 2966), (other, 2966), (seats, 2966), (seats, None), (seats, running)]
    ):
        await database.usage.put(ALL, fed, running)
        await database.usage.finish(ALL, NOW + hours * HOUR, newest)
        reach = await database.usage.reach(ALL)
        found.append((reach.version, reach.at and (reach.at - NOW) // HOUR, reach.last_week))
    assert found == [(1, 0, 2966), (1, 0, 2966), (1, 0, 2966), (2, 3, 2966), (2, 3, 2966), (3, 5, running)]
    assert await rows(database) == [(2968, 1, None), (2967, 5, 100), (2966, 80, None), (2965, 70, None)]


async def test_what_an_import_changed_that_was_cut_off_counts_with_the_next_one(database: Database, acme: int) -> None:
    await database.usage.put(ALL, [(acme, 2966, 80, 100)])
    await database.usage.finish(ALL, NOW, 2966)
    await database.usage.put(ALL, [(acme, 2966, 10, 100)])  # and nobody finishes it
    await database.usage.put(ALL, [(acme, 2966, 10, 100)])
    await database.usage.finish(ALL, NOW + HOUR, 2966)
    assert (await database.usage.reach(ALL)).version == 2


async def test_imports_at_once_do_not_stand_in_each_others_way(database: Database, acme: int) -> None:
    fed: list[Row] = [(acme, week, 1, None) for week in range(200)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(database.usage.put(ALL, batch) for batch in (fed, fed[::-1], fed, fed[::-1])))
    assert await database.usage.count(ALL) == 200
