"""Connections that stay open for reading; on both engines."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.engine import make_url

from customers.errors import StorageUnavailable
from storage.database import open_database
from storage.engine import database_url
from storage.readers import CONNECTIONS, Reader, open_reader
from tests.storage.conftest import Postgres
from tests.storage.harbour import ALL, NOW


@pytest.fixture
async def reader(url: str) -> AsyncIterator[Reader]:
    made = open_reader(database_url(url))
    yield made
    await made.close()


@pytest.fixture
async def postgres_reader(postgres_url: str) -> AsyncIterator[Reader]:
    made = open_reader(database_url(postgres_url))
    yield made
    await made.close()


def echo(url: str) -> str:
    return "SELECT CAST(?1 AS INTEGER)" if url.startswith("sqlite") else "SELECT $1::int"


async def test_everybody_who_asks_at_once_gets_the_own_answer(reader: Reader, url: str) -> None:
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(reader.rows(echo(url), (number,)) for number in range(200)))
    assert [rows[0][0] for rows in answers] == list(range(200))


async def test_a_wrong_question_fails_alone(reader: Reader, url: str) -> None:
    asked = [reader.rows(echo(url) if number % 3 else "SELECT nonsense", (number,)) for number in range(30)]
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [number for number, rows in enumerate(answers) if isinstance(rows, Exception)] == list(range(0, 30, 3))
    assert all(rows[0][0] == number for number, rows in enumerate(answers) if not isinstance(rows, BaseException))


async def test_somebody_who_no_longer_waits_takes_nothing_from_the_others(reader: Reader, url: str) -> None:
    tasks = [asyncio.create_task(reader.rows(echo(url), (number,))) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        again = await asyncio.gather(*(reader.rows(echo(url), (1,)) for _ in range(3 * CONNECTIONS)))
    assert [answers[number][0][0] for number in range(1, 20, 2)] == list(range(1, 20, 2))  # type: ignore[index]
    assert len(again) == 3 * CONNECTIONS


async def test_a_closed_reader_opens_again_when_asked(reader: Reader, url: str) -> None:
    for number in range(3):
        assert (await reader.rows(echo(url), (number,)))[0][0] == number
        await reader.close()
    await reader.close()


async def test_closing_answers_what_was_asked_before(sqlite_url: str) -> None:
    made = open_reader(database_url(sqlite_url))
    tasks = [asyncio.create_task(made.rows(echo(sqlite_url), (number,))) for number in range(20)]
    await asyncio.sleep(0)
    await made.close()
    async with asyncio.timeout(10):
        assert [rows[0][0] for rows in await asyncio.gather(*tasks)] == list(range(20))


async def test_a_reader_cannot_write(sqlite_url: str) -> None:
    made = open_reader(database_url(sqlite_url))
    with pytest.raises(StorageUnavailable) as told:
        await made.rows("DELETE FROM customers", ())
    assert told.value.reason == "readonly database"
    await made.close()


# Connections that break


async def break_all(postgres: Postgres, url: str) -> None:
    await postgres.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{make_url(url).database}'"
    )


async def test_broken_connections_are_replaced_and_nobody_notices(
    postgres_reader: Reader, postgres_url: str, postgres: Postgres
) -> None:
    sql = echo(postgres_url)
    for _ in range(3):
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*(postgres_reader.rows(sql, (number,)) for number in range(12)))
        assert [rows[0][0] for rows in answers] == list(range(12))
        await break_all(postgres, postgres_url)


async def test_one_after_the_other_finds_only_broken_ones_and_still_gets_an_answer(
    postgres_reader: Reader, postgres_url: str, postgres: Postgres
) -> None:
    """Somebody else may take the place that the first try left, so the second try must not trust another old one."""
    sql = echo(postgres_url)
    await asyncio.gather(*(postgres_reader.rows(sql, (number,)) for number in range(CONNECTIONS)))
    await break_all(postgres, postgres_url)
    async with asyncio.timeout(10):
        tasks = []
        for number in range(20):
            tasks.append(asyncio.create_task(postgres_reader.rows(sql, (number,))))
            for _ in range(number):
                await asyncio.sleep(0)
        assert [rows[0][0] for rows in await asyncio.gather(*tasks)] == list(range(20))


async def test_when_nothing_can_be_opened_everybody_is_told_and_nobody_waits(
    postgres_reader: Reader, postgres_url: str, postgres: Postgres
) -> None:
    await postgres_reader.rows(echo(postgres_url), (1,))
    await postgres.drop(postgres_url)
    async with asyncio.timeout(10):
        asked = (postgres_reader.rows(echo(postgres_url), (1,)) for _ in range(3 * CONNECTIONS))
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageUnavailable] * 3 * CONNECTIONS


async def test_writing_goes_on_when_connections_broke(postgres_url: str, postgres: Postgres) -> None:
    database = await open_database(postgres_url)
    for turn in range(3):
        async with asyncio.timeout(10):
            firsts = await asyncio.gather(*(database.inbox.first(ALL, f"{turn}:{number}", NOW) for number in range(8)))
        assert firsts == [True] * 8
        await break_all(postgres, postgres_url)
    await database.close()
