"""Many weekly digests are due at once, and bots are killed while they take and post them: each comes once."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.settings import load
from customers import weeks
from customers.digests import ROOT
from customers.schedule import Weekly
from customers.subscriptions import Subscription
from storage.database import open_database
from tests.faults.ledger import Found, mark_of
from tests.faults.nursery import Bot, Nursery
from tests.faults.weather import pause
from tests.faults.world import DELAYS, World, world
from tests.storage.harbour import ALL

# of a hundred answers to posts, fifteen are none; of a hundred answers to questions as well
WRITING = {"429": 3, "500 before": 2, "500 after": 3, "cut before": 2, "cut after": 3, "nonsense after": 2}
READING = {"429": 5, "500 before": 5, "cut before": 5}
MOMENTS = (0.02, 0.1, 0.3, 1.0, 4.0)  # seconds after the last kill, at most, at which the next one comes
GROWS = 10.0  # seconds in which bots that have begun take something, if anything is due
LATEST = 150.0  # seconds until everything must be there
MINUTE = timedelta(minutes=1)
_UTC = ZoneInfo("UTC")


@dataclass
class Occasions:
    """The figures of one run."""

    bots: int
    slots: int
    kills: int = 0
    taken: int = 0
    posts: int = 0
    at_it: int = 0  # times that all bots were killed at the moment at which slots were taken
    late: int = 0  # kills while something was still to be taken
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    faults: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def wrong(self) -> dict[str, int]:
        """What must be zero."""
        own = {"digests that are missing": len(self.missing), "digests that came twice": len(self.twice)}
        return {**own, **self.found.counts(), "defects in logs": len(self.defects)}


async def occasions(
    nursery: Nursery, url: str, crew: int, slots: int, kills: int, waves: int = 1, seed: int = 1
) -> Occasions:
    """`waves`: the digests are due in so many minutes, one after the other, the first of which has come."""
    began, told = time.monotonic(), Occasions(crew, slots)
    known = {"writing": WRITING, "reading": READING}
    async with world(nursery, url, f"occasions {crew} {seed}", delays=DELAYS | {"pace": 0.0}, **known) as made:
        dues = await _subscribed(url, slots, waves)
        bots = [made.start(at_once=True) for _ in range(crew)]
        await _killed_at_it(made, bots, told, kills, len(dues))
        await _killed(made, bots, told, kills, len(dues))
        await _awaited(made, len(dues))
        await made.drain()
        for bot in bots:
            await bot.kill()
        told.found = await made.compared([])
        await _counted(made, dues, told)
        told.faults = made.slack.weather.seen
    told.defects = nursery.defects()
    told.seconds = time.monotonic() - began
    return told


async def _subscribed(url: str, slots: int, waves: int) -> list[str]:
    """One digest in each of so many channels; the keys of the occasions that are to come."""
    now = datetime.now(UTC)
    keys = []
    database = await open_database(url)
    for number in range(slots):
        due = (now + number % waves * MINUTE).replace(second=0, microsecond=0)
        rule = Weekly(due.weekday(), due.time(), _UTC)
        channel = f"C1{number:05}"
        wanted = Subscription(channel, due.weekday(), due.time(), _UTC, (), (), now - timedelta(hours=2), "U1", now)
        await database.digests.save(ALL, wanted)
        keys.append(f"{ROOT}:{channel}:{rule.latest(due).key}")
    # of the week that these digests tell of: they wait for the check, which is not what is looked at here
    checked = load({}).check.latest(now)
    week = weeks.label(checked.day - timedelta(weeks=1))
    await database.slots.take(ALL, "usage_check", f"{week}:0", checked.due, now)
    await database.close()
    return keys


async def _killed_at_it(made: World, bots: list[Bot], told: Occasions, kills: int, slots: int) -> None:
    """All of them, as soon as slots can be seen that could not be before: what leaves with them must be there."""
    before = 0
    while before < slots and told.kills + len(bots) <= kills and (now := await _grown(made, before)) > before:
        await asyncio.gather(*(bot.kill() for bot in bots))
        told.kills, before = told.kills + len(bots), now
        told.at_it += 1
        bots[:] = [made.start(at_once=True) for _ in bots]
    await asyncio.gather(*(bot.ready() for bot in bots))


async def _grown(made: World, before: int) -> int:
    """How many slots are taken as soon as they are more than before, or after a while."""
    until = time.monotonic() + GROWS
    while (now := await _taken(made)) <= before and time.monotonic() < until:
        await pause(0.001)
    return now


async def _killed(made: World, bots: list[Bot], told: Occasions, kills: int, slots: int) -> None:
    """Mostly whoever came last: its first heartbeat is what finds something to take."""
    random, newest = made.random, 0
    while told.kills < kills:
        await pause(random.uniform(0, random.choice(MOMENTS)))
        at = newest if random.random() < 0.6 else random.randrange(len(bots))
        await bots[at].kill()
        told.kills += 1
        told.late += await _taken(made) < slots
        bots[at], newest = made.start(at_once=True), at
        await bots[at].ready()


async def _awaited(made: World, slots: int) -> None:
    until = time.monotonic() + LATEST
    while await _taken(made) < slots and time.monotonic() < until:
        await pause(0.2)


async def _taken(made: World) -> int:
    return int(await made.ledger.one("SELECT count(*) FROM slots WHERE kind = 'digest' AND state = 'taken'"))


async def _counted(made: World, keys: Sequence[str], told: Occasions) -> None:
    """By the mark that every post carries."""
    marks = made.slack.marks()
    places = {key: marks.get(mark_of(key), []) for key in keys}
    told.taken = await _taken(made)
    told.posts = sum(map(len, places.values()))
    told.missing = [key for key, there in places.items() if not there]
    told.twice = [key for key, there in places.items() if len(there) > 1]
