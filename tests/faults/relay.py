"""A long queue and two bots: one is killed in the middle, another one comes, each row is delivered once."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

from customers import history
from customers.history import Draft
from customers.intents import Source
from customers.scope import One
from storage.database import Database, open_database
from tests.faults.forms import Place
from tests.faults.ledger import Found
from tests.faults.plan import Press
from tests.faults.slack import INSIDE
from tests.faults.weather import pause
from tests.faults.world import World


@dataclass
class Relayed:
    """What came of it; `by_bot`: how many posts each of the three made."""

    rows: int
    by_bot: list[int]
    left: int  # rows that waited when the one was killed
    found: Found


async def relay(world: World, rows: int) -> Relayed:
    """The queue is filled before anybody delivers."""
    presses = await _queue(world, rows)
    one, two = await asyncio.gather(world.bot(), world.bot())
    while len(world.slack.marks()) < rows // 2:
        await pause(0.001)
    await one.kill()
    left = await world.ledger.open_rows()
    three = await world.bot()
    await world.drain()
    found = await world.compared(presses)
    posted: Counter[str] = Counter()
    for line in world.slack.weather.journal:
        if "chat.postMessage" in line and line.endswith("done"):
            posted[line.split()[1].partition("-")[2]] += 1
    return Relayed(rows, [posted[bot.name] for bot in (one, two, three)], left, found)


async def _queue(world: World, rows: int) -> list[Press]:
    database = await open_database(world.url)
    customer = int(await world.ledger.one("SELECT min(id) FROM customers"))
    made = [
        Press(f"V{number}", "history", _place(number), f"history {number}", (customer,), {}) for number in range(rows)
    ]
    await asyncio.gather(*(_add(database, one) for one in made))
    await database.close()
    return made


async def _add(database: Database, one: Press) -> None:
    place = one.place
    draft = Draft(one.customers[0], date(2026, 1, 5), one.words, Source(place.channel, place.ts, "", place.ts))
    key = f"view:{one.view}"
    await database.history.add(
        One(draft.customer_id), draft, "U1", key, datetime.now(UTC),
        lambda entry: history.announced(entry, "U1", draft.source, key),
    )  # fmt: skip
    one.acknowledged = True


def _place(number: int) -> Place:
    return Place(INSIDE[number % len(INSIDE)], f"1795000003.{number:06}")
