"""The weekly check in SQL: the same marks and colours as the rules give one by one; on both engines."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from customers import health, weeks
from customers.facts import RULES_VERSION, Thresholds
from customers.judgements import Judgement, Kind
from customers.model import Profile, Stated, Status
from customers.scope import One
from customers.snapshots import LETTERS, Snapshot
from customers.sweep import Day, Feed, Judged
from storage.database import Database
from storage.engine import transaction, writer_engine
from storage.judged import judged_of
from storage.sweep import Sweeps
from storage.tables import bugs, customers, feature_evidence, features, feeds, usage
from storage.watch_tables import alerts, judgements, snapshots
from tests.storage.harbour import ALL, MAYA, ids, profile, put

MONDAY = date(2026, 11, 23)
W47 = date(2026, 11, 16)
LETTER = {colour: letter for letter, colour in LETTERS.items()}
WIPED = (alerts, snapshots, judgements, feature_evidence, features, bugs, usage, feeds, customers)


@dataclass(frozen=True, slots=True)
class Made:
    """Made up: `usage` is (active, seats) by weeks back; a bug is its severity, hours until due, paused, closed."""

    profile: Profile
    usage: Mapping[int, tuple[int, int | None]]
    bugs: tuple[tuple[str, int, bool, bool], ...] = ()
    requests: tuple[tuple[str, int], ...] = ()  # status, days old
    said: tuple[tuple[Kind, bool], ...] = ()  # kind, over


@dataclass(frozen=True, slots=True)
class World:
    """Everything a check looks at."""

    made: tuple[Made, ...]
    now: datetime
    fed: int | None  # weeks back
    limits: Thresholds

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def running(self) -> int:
        return weeks.number(self.today)

    @property
    def day(self) -> Day:
        fed = None if self.fed is None else weeks.start(self.running - self.fed)
        return Day(self.limits, self.today, fed)

    @property
    def is_fed(self) -> bool:
        """Whether the feed has brought the whole of the last week that is over."""
        return self.fed is not None and self.fed <= 1


ACTIVE = (0, 0, 1, 4, 5, 6, 7, 8, 9, 10, 12)


def crowd(size: int, seed: int) -> tuple[Made, ...]:
    """Customers out of a number: many in one example, since most have nothing that is rare."""
    chance = Random(seed)
    return tuple([_somebody(chance) for _ in range(size)])


def _somebody(chance: Random) -> Made:
    def few(make: Callable[[], Any]) -> tuple[Any, ...]:
        return tuple([make() for _ in range(chance.choice((0, 0, 1, 2)))])

    bug = few(lambda: (chance.choice(("critical", "high")), chance.randint(-1, 1), *chance.choices((False, True), k=2)))
    request = few(lambda: (chance.choice(("backlog", "backlog", "planned")), chance.choice((1, 29, 30, 31))))
    said = few(lambda: (chance.choice(list(Kind)), chance.random() < 0.5))
    return Made(_anybody(chance), _fed(chance), bug, request, tuple(dict(said).items()))


def _anybody(chance: Random) -> Profile:
    status = chance.choice((Status.ACTIVE, Status.ACTIVE, Status.ACTIVE, Status.PILOT, Status.CHURNED))
    nps, users, seats = (chance.choice((None, None, chance.randint(low, 12))) for low in (-3, 0, 0))
    qualifier = "Internal" if chance.random() < 0.2 else None
    return profile("x", status=status, qualifier=qualifier, seats=seats, stated=Stated(None, nps, users))


def _fed(chance: Random) -> dict[int, tuple[int, int | None]]:
    """Steady, falling, silent or with gaps, with and without the running week; seats now and then."""
    first, length, falls = chance.choice((0, 1, 1, 1, 2, 3, 9)), chance.randint(0, 18), chance.random() < 0.3
    gaps, silent = chance.choice((0, 0, 0.2, 0.6)), chance.choice((0, 0, 0, 1, 2, 3, 9))
    seats = chance.choice(((None,), (None, 0, 5, 10), (10,)))
    rows = {}
    for back in range(first, first + length):
        active = 0 if back < first + silent else back + 3 if falls else chance.choice(ACTIVE)
        if chance.random() >= gaps:
            rows[back] = (active, chance.choice(seats))
    return rows


def limits() -> st.SearchStrategy[Thresholds]:
    def made(green: float, drop: float, base: int, falling: int, idle: int, feed: int, feedback: int) -> Thresholds:
        return Thresholds(
            adoption_green=green,
            adoption_yellow=green / 2,
            usage_drop=drop,
            drop_base=base,
            falling_weeks=falling,
            idle_days=max(idle, feed + 1),
            feed_days=feed,
            feedback_negative=feedback,
        )

    share = st.sampled_from([0.1, 0.2, 0.5, 0.8, 1.0])
    days = st.sampled_from([2, 7, 8, 13, 14, 15, 21, 60, 120])
    other = st.builds(
        made, share, st.sampled_from([0.1, 0.2, 0.5]), st.integers(1, 8), st.integers(2, 12), days,
        st.sampled_from([1, 3, 9, 13, 20, 40]), st.integers(-2, 2),
    )  # fmt: skip
    return st.one_of(st.just(Thresholds()), other)


NOW = st.integers(0, 6).map(lambda days: datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=days))
FED = st.sampled_from([None, 0, 1, 1, 1, 2, 3, 6])
CROWDS = st.builds(crowd, st.integers(1, 100), st.integers(0, 2**32))
WORLDS = st.builds(World, CROWDS, NOW, FED, limits())


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    made = writer_engine(database.url)
    yield made
    await made.dispose()


@pytest.fixture
def sweeps(database: Database) -> Sweeps:
    return database.sweeps


async def fill(database: Database, engine: AsyncEngine, world: World) -> dict[int, Made]:
    """Puts the world into an emptied database; the customers by id."""
    async with transaction(engine) as connection:
        for table in WIPED:
            await connection.execute(table.delete())
    named = {f"Customer {at:03}": one for at, one in enumerate(world.made)}
    wanted = [profile(n, **_known(one.profile)) for n, one in named.items()]
    await put(database, *wanted, now=world.now)
    by_id = {customer: named[name] for name, customer in (await ids(database)).items()}
    rows = _rows(by_id, world)
    async with transaction(engine) as connection:
        for table, filled in rows.items():
            if filled:
                await connection.execute(insert(table), filled)
        for customer in {row["customer_id"] for row in rows[judgements]}:
            said = [
                Judgement(row["id"], customer, Kind(row["kind"]), "why", "U0MAYA", world.now)
                for row in rows[judgements]
                if row["customer_id"] == customer and row["ended_at"] is None
            ]
            update = customers.update().where(customers.c.id == customer)
            await connection.execute(update.values(judged=judged_of(said)))
    return by_id


def _known(one: Profile) -> dict[str, Any]:
    return {"status": one.status, "qualifier": one.qualifier, "seats": one.seats, "stated": one.stated}


def _rows(by_id: Mapping[int, Made], world: World) -> dict[Table, list[dict[str, Any]]]:
    rows: dict[Table, list[dict[str, Any]]] = {
        one: [] for one in (usage, feeds, bugs, features, feature_evidence, judgements)
    }
    now, words = world.now, {"channel": "", "message_ts": "", "thread_ts": "", "permalink": ""}
    if world.fed is not None:
        fed = {"kind": "usage", "version": 1, "at": now, "last_week": world.running - world.fed}
        rows[feeds].append(fed)
    for customer, made in by_id.items():
        for back, (active, seats) in made.usage.items():
            rows[usage].append(
                {"customer_id": customer, "week": world.running - back, "active": active, "seats": seats}
            )
        for severity, hours, paused, closed in made.bugs:
            due, over = now + timedelta(hours=hours), {"paused_at": now if paused else None, "closed_why": ""}
            rows[bugs].append(
                {"customer_id": customer, "title": "t", "steps": "s", "severity": severity, "due_at": due, "warned": 0,
                 "reported_by": "U", "reported_at": now, "filing": "filed", "filing_why": "", "paused_why": "",
                 "closed_at": now if closed else None, **words, **over}
            )  # fmt: skip
        for status, days in made.requests:
            one, at = len(rows[features]) + 1, now - timedelta(days=days)
            rows[features].append(
                {"id": one, "title": "t", "title_key": "t", "status": status, "reason": "", "created_by": "U",
                 "requested_by_customers": [customer], "customers_count": 1, "created_at": at, "status_at": at}
            )  # fmt: skip
            rows[feature_evidence].append(
                {"feature_id": one, "customer_id": customer, "importance": "blocker", "quote": "q", **words,
                 "logged_by": "U", "at": at}
            )  # fmt: skip
        for kind, over in made.said:
            open_key = None if over else f"{customer}:{kind}"
            rows[judgements].append(
                {"id": len(rows[judgements]) + 1, "customer_id": customer, "kind": kind.value, "reason": "why",
                 "by": "U0MAYA", "at": now, "ended_at": now if over else None, "ended_why": "", "open_key": open_key}
            )  # fmt: skip
    return rows


async def one_by_one(
    database: Database, world: World, by_id: Mapping[int, Made]
) -> dict[int, tuple[str, str, int | None]]:
    """Marks, colour and seats as the rules give them."""
    found = {}
    for record in await database.records.records(ALL, list(by_id), MAYA):
        counted = record.counted(world.now)
        judged = health.of(record.profile, record.recent, record.fed, world.today, world.limits, counted)
        if record.profile.status is not Status.CHURNED:
            marks = "".join(LETTER[one.colour] for one in judged.indicators)
            seats = health.facts(record.profile, record.recent, record.fed, world.today).seats
            found[record.customer_id] = (marks, judged.colour.value, seats)
    return found


def dropped(
    world: World, by_id: Mapping[int, Made], marks: Mapping[int, tuple[str, str, int | None]]
) -> dict[int, tuple[int, int]]:
    """Whose fall is told: both weeks known, the trend known, a real customer."""
    found = {}
    for customer, made in by_id.items():
        (now, _), (before, _) = made.usage.get(1, (None, None)), made.usage.get(2, (None, None))
        if not (world.is_fed and customer in marks) or made.profile.internal:
            continue
        if now is not None and before is not None:
            fell = before >= world.limits.drop_base and (before - now) / before > world.limits.usage_drop
            if fell and marks[customer][0][1] != "u":
                found[customer] = (before, now)
    return found


EDGES = World(
    (
        Made(profile(), {at: (at, None) for at in range(1, 15)}),  # falls as long as a record reaches
        Made(profile(), {at: (at, None) for at in range(15)}),
        Made(profile(), {1: (0, None), 2: (0, None), 17: (3, 5)}),
        Made(profile(), {0: (0, None), 1: (0, None), 2: (0, None)}),  # the data only begins
        Made(profile(), {1: (0, None), 2: (5, None)}),  # the data ends too early to say
        Made(profile(), {**dict.fromkeys(range(1, 14), (9, None)), 14: (9, 10)}),  # seats further back than a record
        Made(profile(stated=Stated(users=0)), {1: (9, None)}),
        Made(profile(seats=10), {1: (8, None), 2: (10, None)}),  # on the limits, which are not passed
    ),
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    1,
    Thresholds(),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@example(EDGES)
@example(replace(EDGES, limits=Thresholds(falling_weeks=12)))
@example(replace(EDGES, fed=0, limits=Thresholds(idle_days=15)))
@example(replace(EDGES, fed=2))  # the week that is over came in part
@example(replace(EDGES, fed=None))
@example(replace(EDGES, fed=6, limits=Thresholds(feed_days=40, idle_days=60, falling_weeks=6)))
@example(replace(EDGES, fed=6, limits=Thresholds(feed_days=40, idle_days=60, falling_weeks=7)))
@example(replace(EDGES, now=EDGES.now + timedelta(days=6)))
@given(world=WORLDS)
async def test_the_statement_judges_as_the_rules_do(
    database: Database, engine: AsyncEngine, sweeps: Sweeps, world: World
) -> None:
    by_id = await fill(database, engine, world)
    await sweeps.judge(ALL, world.day, world.now)
    wanted = await one_by_one(database, world, by_id)
    async with transaction(engine) as connection:
        rows = (await connection.execute(select(snapshots))).all()
        told = (await connection.execute(select(alerts.c.customer_id, alerts.c.before, alerts.c.active))).all()
    assert {row.customer_id: (row.marks, row.colour, row.seats) for row in rows} == wanted
    assert {(row.week, row.rules) for row in rows} <= {(world.running - 1, RULES_VERSION)}
    nothing = (None, None)
    assert {row.customer_id: (row.active, row.before) for row in rows} == {
        customer: (made.usage.get(1, nothing)[0], made.usage.get(2, nothing)[0]) if world.is_fed else nothing
        for customer, made in by_id.items()
        if customer in wanted
    }
    assert {customer: (before, active) for customer, before, active in told} == dropped(world, by_id, wanted)


async def test_a_week_that_is_checked_again_is_corrected_and_told_once(
    database: Database, engine: AsyncEngine, sweeps: Sweeps
) -> None:
    fell = World((Made(profile(seats=10), {1: (6, None), 2: (9, None)}),), EDGES.now, 1, Thresholds())
    (customer,) = await fill(database, engine, fell)
    for active in (6, 6, 9):
        await database.usage.put(ALL, [(customer, fell.running - 1, active, None)])
        await sweeps.judge(ALL, fell.day, fell.now)
    (snapshot,) = await sweeps.history(One(customer), 12)
    assert snapshot == Snapshot(W47, health.Colour.GREEN, "gggu" + "g" * 5, 2, 9, 9, 10)
    async with transaction(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(alerts)) == 1


async def test_everybody_is_judged_in_chunks(
    database: Database, engine: AsyncEngine, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sweep.CHUNKS", {"sqlite": 3, "postgresql": 3})
    world = World(tuple(Made(profile(seats=10), {1: (9, None)}) for _ in range(7)), EDGES.now, 1, Thresholds())
    await fill(database, engine, world)
    await asyncio.gather(*(sweeps.judge(ALL, world.day, world.now) for _ in range(3)))  # as three processes may
    async with transaction(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(snapshots)) == 7
    judged = []
    chunk: tuple[list[Judged], int | None] = ([], 0)
    while chunk[1] is not None:
        chunk = await sweeps.judged(ALL, world.day, chunk[1], world.now)
        judged += chunk[0]
    assert [one.name for one in judged] == [f"Customer {at:03}" for at in range(7)]
    assert {one.colour for one in judged} == {health.Colour.GREEN}


async def test_a_history_is_of_the_newest_weeks_and_old_ones_are_forgotten(
    database: Database, engine: AsyncEngine, sweeps: Sweeps
) -> None:
    world = World((Made(profile(), {}), Made(profile(), {})), EDGES.now, 1, Thresholds())
    customer, other = await fill(database, engine, world)
    rows = [
        {"week": world.running - back, "customer_id": one, "colour": "red", "marks": "r" * 9, "rules": 1}
        for back in (1, 2, 4, 12, 13, 104, 105)
        for one in (customer, other)
        if (one, back) != (customer, 2)
    ]
    async with transaction(engine) as connection:
        await connection.execute(insert(snapshots), rows)
    assert [world.running - weeks.number(one.week) for one in await sweeps.history(One(customer), 12)] == [1, 4, 12]
    assert await sweeps.forget(ALL, weeks.start(world.running - 104)) == 2
    assert await sweeps.forget(ALL, weeks.start(world.running - 104)) == 0
    assert len(await sweeps.history(One(customer), 200)) == 5


async def test_of_two_processes_one_says_that_it_checked(database: Database, sweeps: Sweeps) -> None:
    assert await sweeps.feed(ALL) == Feed(0)
    await database.usage.finish(ALL, EDGES.now, weeks.number(W47))
    assert await sweeps.feed(ALL) == Feed(1, EDGES.now, W47)
    assert not await sweeps.is_checked(ALL, "2026-W47:1")
    assert await sweeps.checked(ALL, "2026-W47:1", EDGES.now, EDGES.now)
    assert not await sweeps.checked(ALL, "2026-W47:1", EDGES.now, EDGES.now)
    assert await sweeps.is_checked(ALL, "2026-W47:1")
    assert not await sweeps.is_checked(ALL, "2026-W47:2")
