"""One occasion is used once, with what leaves because of it, whoever asks and how often; on both engines."""

import asyncio
from datetime import timedelta

import pytest

from customers.intents import Intent
from customers.model import Status
from customers.rhythm import Renewing
from customers.timetable import Slot
from storage.database import Database, open_database
from storage.slots import take
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put

DAY = timedelta(days=1)


def _slot(number: int, kind: str = "digest") -> Slot:
    key = f"C{number}:2026-W48"
    return Slot(kind, key, NOW, (Intent(kind, f"{kind}:{key}", f"C{number}", {"channel": f"C{number}"}),))


async def _keys(database: Database) -> list[str]:
    return sorted(row.intent.key for row in await database.outbox.page(ALL, (), 1_000))


async def test_a_slot_is_taken_once_and_its_message_leaves_once(database: Database, url: str) -> None:
    other = await open_database(url)
    every = [_slot(number) for number in range(230)]
    async with asyncio.timeout(30):
        taken = await asyncio.gather(*(one.slots.take_all(ALL, every, NOW) for one in (database, other) * 3))
    assert sum(taken) == 230
    assert await _keys(database) == sorted(slot.intents[0].key for slot in every)
    assert not await other.slots.take(ALL, "digest", "C3:2026-W48", NOW, NOW + HOUR, [Intent("x", "x", "C3")])
    assert len(await _keys(database)) == 230
    await other.close()


async def test_what_is_skipped_is_told_by_whoever_skips_it(database: Database) -> None:
    told = [Intent("skipped", "skipped:1", "team")]
    late = [_slot(1), _slot(2), _slot(3, "renewal")]
    assert await database.slots.skip_all(ALL, late, NOW, told) == 3
    assert await database.slots.skip_all(ALL, late, NOW + HOUR, [Intent("skipped", "skipped:2", "team")]) == 0
    assert await _keys(database) == ["skipped:1"]
    found = await database.slots.skipped(ALL, NOW, 10)
    assert [(one.kind, one.key) for one in found] == [(one.kind, one.key) for one in late]
    assert await database.slots.skipped(ALL, NOW + HOUR, 10) == []
    assert await database.slots.take_all(ALL, late, NOW + HOUR) == 0


async def test_what_a_clock_that_stood_ahead_skipped_can_still_be_taken_once(database: Database) -> None:
    await database.slots.skip_all(ALL, [_slot(1)], NOW + 3 * DAY, ())
    assert await database.slots.used(ALL, "digest", ["C1:2026-W48"], NOW) == set()
    assert [await database.slots.take_all(ALL, [_slot(1)], NOW) for _ in range(2)] == [1, 0]
    assert await database.slots.used(ALL, "digest", ["C1:2026-W48"], NOW) == {"C1:2026-W48"}


async def test_slots_are_known_by_kind_and_key(database: Database) -> None:
    await database.slots.take_all(ALL, [_slot(1), _slot(2)], NOW)
    keys = [_slot(number).key for number in range(5)]
    assert await database.slots.used(ALL, "digest", keys, NOW) == {"C1:2026-W48", "C2:2026-W48"}
    assert await database.slots.used(ALL, "renewal", keys, NOW) == set()
    assert (await database.slots.latest(ALL, "digest"), await database.slots.latest(ALL, "renewal")) == (NOW, None)


async def test_a_slot_and_the_fact_it_belongs_to_are_kept_together(database: Database) -> None:
    def work(connection: object) -> None:
        assert take(connection, "usage_check", "2026-W47:12", NOW, NOW)  # type: ignore[arg-type]
        raise KeyError("the fact could not be stored")

    with pytest.raises(KeyError):
        await database.slots._writer.run(work)
    assert await database.slots.take(ALL, "usage_check", "2026-W47:12", NOW, NOW)


async def test_old_slots_are_forgotten_and_only_those(database: Database) -> None:
    await database.slots.take_all(ALL, [_slot(1)], NOW)
    await database.slots.take(ALL, "digest", "C9:2027-W01", NOW + 40 * DAY, NOW)
    assert await database.slots.forget(ALL, NOW + DAY) == 1
    assert await database.slots.used(ALL, "digest", ["C1:2026-W48", "C9:2027-W01"], NOW) == {"C9:2027-W01"}


async def test_rows_that_wait_for_a_time_in_2099_come_back(database: Database) -> None:
    far, near = NOW + 26_000 * DAY, NOW + HOUR
    await database.outbox.add(ALL, [Intent("x", "far", "C1")], far)
    await database.outbox.add(ALL, [Intent("x", "near", "C1")], near)
    await database.outbox.brake(ALL, "C1", far)
    assert await database.outbox.come_back(ALL, NOW, 35 * DAY) == 1
    assert {row.intent.key: row.due for row in await database.outbox.page(ALL, (), 9)} == {"far": NOW, "near": near}
    assert not await database.outbox.is_held(ALL, "C1", NOW)


async def test_renewals_of_customers_that_count_are_found_by_their_day(database: Database) -> None:
    day = NOW.date() + 60 * DAY
    await put(
        database,
        profile("Acme", renewal=day),
        profile("Later", renewal=day + DAY),
        profile("Gone", renewal=day, status=Status.CHURNED),
        profile("Inside", renewal=day, qualifier="Internal"),
        profile("Unknown"),
    )
    known = await ids(database)
    assert await database.records.renewing(ALL, [day, day + 30 * DAY]) == [Renewing(known["Acme"], day)]
    assert await database.records.renewing(ALL, [day, day + DAY]) == [
        Renewing(known["Acme"], day),
        Renewing(known["Later"], day + DAY),
    ]
