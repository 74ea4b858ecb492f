"""Channels that are about a customer, and who looked when; on both engines."""

from datetime import timedelta

import pytest

from customers.people import Reader, Standing
from customers.records import Linked
from customers.scope import One
from storage.database import Database
from storage.looks import MOST_PENDING
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run


@pytest.fixture
async def two(database: Database) -> dict[str, One]:
    await put(database, profile("Acme"), profile("Beta"))
    return {name: One(customer) for name, customer in (await ids(database)).items()}


async def erase(database: Database, customer: One) -> None:
    await run(database, "DELETE FROM customers WHERE id = :id", {"id": customer.customer_id})


# Channels


async def test_a_channel_is_about_the_customer_it_was_linked_to_last(database: Database, two: dict[str, One]) -> None:
    assert await database.channels.link(two["Acme"], "C1", "U1", NOW)
    assert await database.channels.link(two["Beta"], "C1", "U2", NOW + HOUR)
    assert await database.channels.link(two["Beta"], "C2", "U2", NOW)
    beta = Linked(two["Beta"].customer_id, "Beta")
    assert [await database.channels.linked(ALL, channel) for channel in ("C1", "C2", "C3")] == [beta, beta, None]


async def test_a_link_is_forgotten_once(database: Database, two: dict[str, One]) -> None:
    await database.channels.link(two["Acme"], "C1", "U1", NOW)
    assert [await database.channels.unlink(ALL, "C1") for _ in range(2)] == [True, False]
    assert await database.channels.linked(ALL, "C1") is None


async def test_a_channel_is_not_linked_to_somebody_who_is_gone(database: Database, two: dict[str, One]) -> None:
    await database.channels.link(two["Beta"], "C1", "U1", NOW)
    assert not await database.channels.link(One(4711), "C1", "U1", NOW)
    assert await database.channels.linked(ALL, "C1") == Linked(two["Beta"].customer_id, "Beta")


async def test_whoever_is_deleted_takes_everything_along(database: Database, two: dict[str, One]) -> None:
    acme = two["Acme"]
    await put(database, profile("Acme", contract="$5/month"), profile("Beta"), now=NOW + HOUR)
    await database.channels.link(acme, "C1", "U1", NOW)
    await database.usage.put(ALL, [(acme.customer_id, 2966, 5, None), (two["Beta"].customer_id, 2966, 5, None)])
    database.looks.note(acme, "U1", None, NOW)
    await database.looks.flush(ALL)
    await erase(database, acme)
    for table, left in {"changes": 0, "usage": 1, "channel_links": 0, "looks": 0, "customers": 1}.items():
        assert (table, await run(database, f"SELECT count(*) FROM {table}")) == (table, left)


# Looks


async def test_looks_within_fifteen_minutes_are_one_look(database: Database, two: dict[str, One]) -> None:
    table = {"never": None, "15 minutes": 900, "just less": 899, "now": 0, "clock set back": -3600}
    for person, seconds in table.items():
        before = None if seconds is None else NOW - timedelta(seconds=seconds)
        database.looks.note(two["Acme"], person, before, NOW)
    await database.looks.flush(ALL)
    readers = {person: Reader(person, Standing.MEMBER) for person in table}
    noted = [person for person, reader in readers.items() if (await record(database, reader=reader)).looked_at]
    assert noted == ["never", "15 minutes"]


async def test_the_first_look_of_several_is_kept_and_written_once(database: Database, two: dict[str, One]) -> None:
    for minutes in (0, 1, 20):
        database.looks.note(two["Acme"], "U0MAYA", None, NOW + timedelta(minutes=minutes))
    await database.looks.flush(ALL)
    await database.looks.flush(ALL)
    assert (await record(database)).looked_at == NOW


async def test_a_later_sitting_takes_the_place_of_the_earlier(database: Database, two: dict[str, One]) -> None:
    for looked in (NOW, NOW + HOUR):
        database.looks.note(two["Acme"], "U0MAYA", None, looked)
        await database.looks.flush(ALL)
    assert (await record(database)).looked_at == NOW + HOUR


async def test_a_look_at_somebody_who_is_gone_is_dropped(database: Database, two: dict[str, One]) -> None:
    for customer in two.values():
        database.looks.note(customer, "U1", None, NOW)
    await erase(database, two["Acme"])
    await database.looks.flush(ALL)
    assert (await record(database, "Beta", reader=Reader("U1", Standing.MEMBER))).looked_at == NOW


async def test_looks_do_not_fill_the_memory(database: Database, two: dict[str, One]) -> None:
    for number in range(MOST_PENDING + 50):
        database.looks.note(One(number + 10**6), "U1", None, NOW)
    database.looks.note(two["Acme"], "U1", None, NOW)
    await database.looks.flush(ALL)
    assert (await record(database, reader=Reader("U1", Standing.MEMBER))).looked_at is None  # the memory was full
    database.looks.note(two["Acme"], "U1", None, NOW)
    await database.looks.flush(ALL)
    assert (await record(database, reader=Reader("U1", Standing.MEMBER))).looked_at == NOW
