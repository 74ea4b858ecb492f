"""The fault command, small: a few kills, floods and writers. The whole of it: `python3 run.py faults`."""

import asyncio

from tests.faults.floods import Floods
from tests.faults.kills import kill_run
from tests.faults.nursery import Nursery
from tests.faults.occasions import occasions
from tests.faults.relay import relay
from tests.faults.world import CALM, RELAY_DELAYS, world
from tests.faults.writers import write_at_once

KILLS = 3
FLOODED = {"form report_bug", "button again:issue", "webhook closed"}


async def test_nothing_is_lost_or_doubled_when_bots_are_killed(bots: Nursery, urls: dict[str, str]) -> None:
    """On SQLite, and on PostgreSQL one of two; side by side, because most of it is waiting."""
    runs = [kill_run(bots, url, engine, 4, KILLS, short=True) for engine, url in urls.items()]
    for done in await asyncio.gather(*runs):
        assert done.told() == []
        assert (done.kills, done.acknowledged) == (KILLS, done.forms)
        assert sum(done.wrong().values()) == 0


async def test_an_input_delivered_many_times_does_what_one_delivery_does(bots: Nursery, postgres_url: str) -> None:
    async with world(bots, postgres_url, "flood", **CALM) as made:
        crew = await asyncio.gather(made.bot(), made.bot())
        found = await Floods(made, crew, times=10).run(FLOODED)
        assert {one.name for one in found} == FLOODED
        assert [one for one in found if not one.is_right] == []
        for bot in crew:
            await bot.kill()


async def test_two_bots_deliver_each_row_once_while_one_of_them_is_killed(bots: Nursery, postgres_url: str) -> None:
    async with world(bots, postgres_url, "relay", delays=RELAY_DELAYS, **CALM) as made:
        done = await relay(made, 60)
        assert sum(done.found.counts().values()) == 0, done.found
        assert sum(done.by_bot) == 60


async def test_digests_that_are_due_at_once_come_once_while_bots_are_killed(bots: Nursery, postgres_url: str) -> None:
    done = await occasions(bots, postgres_url, crew=2, slots=40, kills=3)
    assert sum(done.wrong().values()) == 0, done
    assert (done.taken, done.posts, done.kills) == (40, 40, 3)


async def test_nobody_is_told_that_the_file_is_busy(bots: Nursery, sqlite_url: str) -> None:
    async with world(bots, sqlite_url, "writers", **CALM):
        found = await write_at_once(bots, sqlite_url, writers=4, transactions=50)
    assert found["saved"] == 200
    assert (found["told otherwise"], found["rows that differ"], found["unsound"]) == (0, 0, 0)
