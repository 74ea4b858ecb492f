"""One input has one effect, however often and at whatever moment it is delivered; on both engines."""

import asyncio

from storage.database import Database, open_database
from tests.storage.harbour import ALL, HOUR, NOW


async def test_one_of_fifty_deliveries_at_once_is_the_first(database: Database) -> None:
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(database.inbox.first(ALL, "act:1", NOW) for _ in range(50)))
    assert sorted(answers) == [False] * 49 + [True]


async def test_another_process_knows_what_was_delivered(database: Database, url: str) -> None:
    assert await database.inbox.first(ALL, "act:1", NOW)
    other = await open_database(url)
    assert not await other.inbox.first(ALL, "act:1", NOW + HOUR)
    assert await other.inbox.first(ALL, "act:2", NOW + HOUR)
    await other.close()


async def test_old_keys_are_forgotten_and_only_those(database: Database) -> None:
    for number in range(3):
        await database.inbox.first(ALL, f"act:{number}", NOW + number * HOUR)
    assert await database.inbox.forget(ALL, NOW + HOUR) == 1
    assert [await database.inbox.first(ALL, f"act:{number}", NOW) for number in range(3)] == [True, False, False]


async def test_a_key_of_any_length_is_remembered(database: Database) -> None:
    assert [await database.inbox.first(ALL, "ä" * 1_000, NOW) for _ in range(2)] == [True, False]


async def test_two_processes_that_write_at_once_do_not_fail(database: Database, url: str) -> None:
    other = await open_database(url)
    async with asyncio.timeout(15):
        answers = await asyncio.gather(
            *(one.inbox.first(ALL, f"act:{number}", NOW) for number in range(60) for one in (database, other))
        )
    assert answers.count(True) == 60
    await other.close()
