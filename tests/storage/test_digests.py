"""Digests in the database: subscriptions, plans that are kept once, and what has changed since an earlier week."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from customers import digest, requests
from customers.digest import Section, Tally, Window
from customers.digests import leaving, told
from customers.editions import Edition, Wanted
from customers.intents import Source
from customers.model import Person, Status, Tier
from customers.requests import Importance
from customers.scope import One
from customers.subscriptions import Csm, Subscription, keys_of
from storage.database import Database
from storage.engine import transaction, writer_engine
from storage.watch_tables import alerts, slots, snapshots
from tests.storage.harbour import ALL, MAYA, ids, profile, put, run

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WEEK = 2967  # 2026-W47
BERLIN = ZoneInfo("Europe/Berlin")
MINE = Subscription("C1", 0, time(9), BERLIN, (Tier.GROWTH,), ("maya",), NOW, "U0MAYA", NOW)
WINDOW = Window(WEEK, WEEK - 1, None, NOW - timedelta(weeks=1), False)
EVERYBODY = Wanted((), (), NOW.date(), NOW.date() - timedelta(weeks=1))
LETTERS = {"g": "green", "y": "yellow", "r": "red", "u": "unknown"}


async def judge(database: Database, week: int, rules: int = 2, **letters: str) -> None:
    """Snapshots of a week, one letter a customer (_ for a blank in the name)."""
    known = await ids(database)
    rows = [
        {
            "week": week, "customer_id": known[name.replace("_", " ")], "colour": LETTERS[letter], "marks": "g" * 9,
            "rules": rules, "active": 50, "before": 60, "seats": 100,
        }
        for name, letter in letters.items()
    ]  # fmt: skip
    await add(database, snapshots, rows)


async def add(database: Database, table: Any, rows: list[dict[str, Any]]) -> None:
    engine = writer_engine(database.url)
    async with transaction(engine) as connection:
        await connection.execute(insert(table), rows)
    await engine.dispose()


async def found(
    database: Database, wanted: Wanted = EVERYBODY, window: Window = WINDOW, now: datetime = NOW
) -> dict[Section, list[str]]:
    """Names, or ids of what has none, by section."""
    named = {one: name for name, one in (await ids(database)).items()}
    material = await database.digests.material(ALL, wanted, window, now)
    people = (Section.RED, Section.YELLOW, Section.RECOVERED, Section.UNKNOWN, Section.CORRECTED, Section.RENEWALS)
    return {
        one.section: [named[row] if one.section in people else str(row) for row in one.ids]
        for one in material.lines
        if one.ids
    }


async def test_a_subscription_is_kept_changed_paused_and_dropped(database: Database) -> None:
    store = database.digests
    assert await store.find(ALL, "C1") is None
    before = await store.version(ALL)
    await store.save(ALL, MINE)
    assert await store.find(ALL, "C1") == MINE
    assert await store.version(ALL) != before
    changed = replace(MINE, weekday=3, tiers=(), csms=(), changed_at=NOW + timedelta(minutes=1))
    await store.save(ALL, changed)
    assert await store.every(ALL) == [changed]
    later = NOW + timedelta(hours=1)
    assert await store.pause(ALL, "C1", "", "outsiders", later, [told(changed, "outsiders", later)])
    assert not await store.pause(ALL, "C1", "", "outsiders", later, [told(changed, "outsiders", NOW)])
    paused = await store.find(ALL, "C1")
    assert paused
    assert (paused.paused_at, paused.paused_by, paused.paused_why) == (later, "", "outsiders")
    assert await run(database, "SELECT count(*) FROM outbox") == 1
    assert await store.resume(ALL, "C1", later)
    assert not await store.resume(ALL, "C1", later)
    assert await store.find(ALL, "C1") == replace(changed, since=later, changed_at=later)
    assert await store.drop(ALL, "C1")
    assert not await store.drop(ALL, "C1")


async def test_of_two_plans_for_one_occasion_the_first_is_kept(database: Database) -> None:
    first = digest.plan(digest.Material(WINDOW, Tally(1), (digest.Lines(Section.RED, (7,), 1),), ()))
    second = digest.plan(digest.Material(WINDOW, Tally(2), (), ()))
    store, later = database.digests, NOW + timedelta(days=7)
    one = await store.keep(ALL, "C1", Edition("2026-W48", WEEK, first, NOW))
    assert await store.keep(ALL, "C1", Edition("2026-W48", WEEK, second, later)) == one
    assert one.plan == first
    assert await store.edition(ALL, "C1", "2026-W48") == one
    assert await store.last(ALL, "C1") is None  # nobody has read it yet
    await post(database, "2026-W48", "sending")
    assert await store.last(ALL, "C1") is None
    await run(database, "UPDATE outbox SET state = 'done'")
    assert await store.last(ALL, "C1") == one
    assert await store.last(ALL, "C2") is None
    assert await store.last(ALL, "C1", "2026-W48") is None
    newer = await store.keep(ALL, "C1", Edition("2026-W49", WEEK + 1, second, later))
    await post(database, "2026-W49", "cancelled")
    assert await store.last(ALL, "C1") == one  # refused, so it told nobody anything
    await run(database, "UPDATE outbox SET state = 'done'")
    assert await store.last(ALL, "C1") == newer


async def post(database: Database, key: str, state: str) -> None:
    """What became of the first message of a digest in C1."""
    await database.outbox.add(ALL, [leaving(MINE, key, NOW)], NOW)
    await run(
        database, "UPDATE outbox SET state = :state WHERE key = :key", {"state": state, "key": f"digest:C1:{key}"}
    )


async def test_a_clock_that_stood_ahead_hides_no_later_change(database: Database) -> None:
    store, far = database.digests, NOW + timedelta(days=3_000)
    await store.save(ALL, replace(MINE, changed_at=far))
    seen = [await store.version(ALL)]
    other = replace(MINE, channel="C2")
    for change in (
        store.save(ALL, other),
        store.pause(ALL, "C2", "", "outsiders", NOW),
        store.resume(ALL, "C2", NOW),
        store.save(ALL, replace(other, weekday=2)),
        store.drop(ALL, "C2"),
        store.save(ALL, other),
    ):
        await change
        seen.append(await store.version(ALL))
    assert len(set(seen)) == len(seen)
    assert await store.version(ALL) == seen[-1]
    assert not await store.pause(ALL, "C9", "", "outsiders", NOW)
    assert await store.version(ALL) == seen[-1]


async def test_a_zone_that_is_not_known_here_hides_nobody_else(database: Database) -> None:
    await database.digests.save(ALL, MINE)
    await database.digests.save(ALL, replace(MINE, channel="C2"))
    await run(database, "UPDATE digests SET zone = 'Mars/Base' WHERE channel = 'C2'")
    mine, lost = await database.digests.every(ALL)
    assert mine == MINE
    assert (lost.zone.key, lost.unknown_zone) == ("UTC", "Mars/Base")
    assert lost.words == "Mondays at 09:00 (Mars/Base, a time zone that is not known here)"


async def test_channels_of_somebodys_customers(database: Database) -> None:
    await put(
        database,
        profile("Mine", csm=Person("Maya Lindqvist", "maya@harbour.example")),
        profile("By name", csm=Person("Maya Lindqvist")),
        profile("By handle", csm=Person(handle="maya")),
        profile("Namesake", csm=Person("Maya Lindqvist", "other@harbour.example")),
        profile("Gone", csm=Person("Maya Lindqvist", "maya@harbour.example"), status=Status.CHURNED),
    )
    for name, one in (await ids(database)).items():
        await database.channels.link(One(one), f"C-{name}", "U1", NOW)
    assert await database.digests.linked(ALL, keys_of(MAYA)) == {"C-Mine", "C-By name", "C-By handle"}
    assert await database.digests.linked(ALL, ()) == set()


async def test_how_far_judgements_and_usage_reach(database: Database) -> None:
    store = database.digests
    bounds = await store.bounds(ALL, WEEK)
    assert (bounds.judged, bounds.fed, bounds.checked) == (None, None, False)
    await put(database, profile("Acme"))
    await judge(database, WEEK - 3, Acme="g")
    await judge(database, WEEK, Acme="g")
    await judge(database, WEEK + 1, Acme="g")
    await database.usage.finish(ALL, NOW, WEEK)
    done = {"kind": "usage_check", "key": "2026-W47:12", "due": NOW, "at": NOW, "state": "taken"}
    await add(database, slots, [done])
    bounds = await store.bounds(ALL, WEEK)
    assert (bounds.judged, bounds.fed, bounds.checked) == (WEEK, WEEK, True)
    assert not (await store.bounds(ALL, WEEK + 1)).checked
    assert await store.earlier(ALL, WEEK - 1, WEEK - 5) == WEEK - 3
    assert await store.earlier(ALL, WEEK - 1, WEEK - 2) is None


async def test_only_changes_are_told_and_internal_and_churned_customers_never(database: Database) -> None:
    names = ("New red", "Still red", "New yellow", "Better", "Lost", "Green", "Other rules", "Fresh")
    inner = profile("Inner", qualifier="Internal")
    await put(database, *map(profile, names), inner, profile("Gone", status=Status.CHURNED))
    await judge(
        database,
        WEEK - 1,
        New_red="g",
        Still_red="r",
        New_yellow="u",
        Better="r",
        Lost="g",
        Green="g",
        Inner="g",
        Gone="g",
    )
    await judge(database, WEEK - 1, rules=1, Other_rules="g")
    await judge(
        database, WEEK, New_red="r", Still_red="r", New_yellow="y", Better="y", Lost="u", Green="g", Other_rules="r",
        Fresh="r", Inner="r", Gone="r",
    )  # fmt: skip
    assert await found(database) == {
        Section.RED: ["Fresh", "New red"],
        Section.YELLOW: ["New yellow"],
        Section.RECOVERED: ["Better"],
        Section.UNKNOWN: ["Lost"],
    }
    material = await database.digests.material(ALL, EVERYBODY, WINDOW, NOW)
    assert material.tally == Tally(4, 2, 1, 1, still_red=1, still_yellow=0, rules_changed=1, new_red=2, new_yellow=1)
    first = replace(WINDOW, before=None, first=True)
    assert (await found(database, window=first))[Section.RED] == ["Fresh", "New red", "Other rules", "Still red"]
    assert Section.UNKNOWN not in await found(database, window=replace(WINDOW, missing=WEEK))


async def test_filters_by_tier_and_by_csm_go_together(database: Database) -> None:
    maya, jo = Person("Maya Okafor", "Maya@Harbour.example"), Person("Jo Ek")
    await put(
        database,
        profile("A", tier=Tier.GROWTH, csm=maya),
        profile("B", tier=Tier.STARTUP, csm=maya),
        profile("C", tier=Tier.GROWTH, csm=jo),
        profile("D", csm=Person(handle="sam")),
        profile("E", tier=Tier.ENTERPRISE, csm=Person("Maya Okafor", "other@harbour.example")),
    )
    await judge(database, WEEK, A="r", B="r", C="r", D="r", E="r")
    known = await database.digests.csms(ALL)
    assert known == [
        Csm("@sam", "@sam"),
        Csm("jo ek", "Jo Ek"),
        Csm("maya@harbour.example", "Maya Okafor"),
        Csm("other@harbour.example", "Maya Okafor"),
    ]
    for tiers, csms, names in (
        ((), (), ["E", "A", "C", "B", "D"]),
        ((Tier.GROWTH,), (), ["A", "C"]),
        ((), ("maya@harbour.example",), ["A", "B"]),
        ((Tier.GROWTH, Tier.STARTUP), ("jo ek", "@sam"), ["C"]),
        ((), ("@sam", "jo ek", "other@harbour.example"), ["E", "C", "D"]),
        ((Tier.ENTERPRISE,), ("jo ek",), []),
    ):
        wanted = Wanted(tiers, csms, NOW.date(), NOW.date())
        assert (await found(database, wanted, replace(WINDOW, before=None))).get(Section.RED, []) == names
        material = await database.digests.material(ALL, wanted, WINDOW, NOW)
        assert material.tally.red == len(names)
        assert sum(one.seats for one in material.adoption) == 100 * len(names)


async def test_adoption_before_the_first_judgement_comes_from_the_feed(database: Database) -> None:
    await put(database, profile("Acme"), profile("Inner", qualifier="Internal"))
    known = await ids(database)
    await database.usage.put(ALL, [(known[name], WEEK - at, 30 + at, None) for name in known for at in range(15)])
    await database.usage.finish(ALL, NOW, WEEK)
    await judge(database, WEEK, Acme="g", Inner="g")
    points = (await database.digests.material(ALL, EVERYBODY, WINDOW, NOW)).adoption
    assert [(one.week - WEEK, one.active, one.seats) for one in points] == [
        *((-at, 30 + at, 100) for at in range(11, 0, -1)),
        (0, 50, 100),
    ]


async def test_a_renewal_is_told_when_a_mark_is_passed(database: Database) -> None:
    """Playbooks, "Renewal": 90 days before; and 60, 30 and 7."""
    today, days = NOW.date(), (-1, 0, 1, 7, 8, 30, 60, 75, 83, 84, 90, 91)
    everybody = [profile(f"{one:02d}", renewal=today + timedelta(days=one)) for one in days]
    await put(database, *everybody, now=NOW - timedelta(days=200))

    async def told(since: int, first: bool = False) -> list[int]:
        wanted = Wanted((), (), today, today - timedelta(days=since))
        window = replace(WINDOW, since=NOW - timedelta(days=since), first=first)
        return [int(one) for one in (await found(database, wanted, window))[Section.RENEWALS]]

    assert await told(7) == [1, 7, 30, 60, 84, 90]  # 0 days were told as 7 a week ago
    assert await told(20) == [0, 1, 7, 30, 60, 75, 83, 84, 90]  # the last digest was long ago
    assert await told(7, first=True) == [0, 1, 7, 8, 30, 60, 75, 83, 84, 90]


async def test_a_customer_who_is_new_here_has_their_renewal_told(database: Database) -> None:
    await put(database, profile("Acme", renewal=date(2027, 1, 30)), now=NOW - timedelta(days=1))
    assert await found(database) == {Section.RENEWALS: ["Acme"]}


async def test_a_renewal_that_moved_is_told_where_it_is_now(database: Database) -> None:
    """Whoever moved it from next summer to six weeks from now passed no mark on the way."""
    near, before, later = date(2027, 1, 5), NOW - timedelta(days=99), NOW - timedelta(days=1)

    async def write(at: datetime, contract: str, **renewals: date) -> None:
        await put(database, *(profile(name, renewal=one, contract=contract) for name, one in renewals.items()), now=at)

    await write(before, "$4/month", Moved=date(2027, 7, 1), Edited=near, Away=near)
    await write(later, "$5/month", Moved=near, Edited=near, Away=date(2028, 1, 1))
    assert await found(database) == {Section.RENEWALS: ["Moved"]}
    week_after = replace(WINDOW, since=NOW)
    assert await found(database, replace(EVERYBODY, since_day=NOW.date()), week_after) == {}


async def test_a_renewal_comes_with_whoever_takes_the_customer_over(database: Database) -> None:
    mine = Person("Maya Lindqvist", "maya@harbour.example")
    for at, csm in ((NOW - timedelta(days=99), None), (NOW - timedelta(days=1), mine)):
        await put(database, profile("Acme", renewal=date(2027, 1, 5), csm=csm), now=at)
    assert await found(database) == {}
    assert await found(database, replace(EVERYBODY, csms=("maya@harbour.example",))) == {Section.RENEWALS: ["Acme"]}


async def test_a_request_is_told_when_a_second_customer_comes(database: Database) -> None:
    """Feature requests: "If requested by 2+ customers, prioritize"."""
    await put(database, *map(profile, ("A", "B", "C")), profile("Inner", qualifier="Internal"))
    known = await ids(database)

    async def wanted(title: str, into: int | None, days_ago: int, *names: str) -> int:
        source = Source("C9", f"{title}{names}.1")
        draft = requests.Draft(title, "", tuple((known[one], Importance.NICE) for one in names), source, into)
        at = NOW - timedelta(days=days_ago)
        logged = await database.requests.log(ALL, draft, MAYA.id, f"view:{title}{names}", at, lambda _: [])
        return logged.request.id

    old = await wanted("Both long ago", None, 20, "A", "B")
    await wanted("Both long ago", old, 2, "C")
    second = await wanted("Second this week", None, 20, "A")
    await wanted("Second this week", second, 2, "B")
    inner = await wanted("Only ours", None, 20, "A")
    await wanted("Only ours", inner, 2, "Inner")
    both = await wanted("Both this week", None, 3, "B", "C")
    await wanted("Alone", None, 3, "C")
    assert await found(database) == {Section.REQUESTS: [str(second), str(both)]}


async def test_alerts_of_the_week_are_drops_and_older_ones_wait(database: Database) -> None:
    await put(database, *map(profile, ("A", "B", "C", "D", "E", "F")), profile("Inner", qualifier="Internal"))
    known = await ids(database)
    rows = [
        {"week": WEEK - ago, "customer_id": known[name], "kind": "usage_drop", "before": 100, "active": active,
         "created_at": NOW, "note": "", "claimed_by": None, "snoozed_until": None, "done_at": None, **more}
        for name, ago, active, more in (
            ("A", 0, 70, {}),
            ("B", 0, 20, {"claimed_by": "U0MAYA"}),
            ("C", 0, 10, {"done_at": NOW}),
            ("D", 0, 10, {"snoozed_until": NOW + timedelta(days=1)}),
            ("D", 1, 50, {}),  # the newer one speaks for the customer
            ("F", 1, 50, {"snoozed_until": NOW - timedelta(days=1)}),
            ("E", 3, 50, {}),
            ("A", 2, 50, {"claimed_by": "U0MAYA"}),
            ("Inner", 0, 1, {}),
        )
    ]  # fmt: skip
    await add(database, alerts, rows)
    await judge(database, WEEK, A="r", B="g")
    numbers = {(row["customer_id"], row["week"]): at for at, row in enumerate(rows, start=1)}
    of = {name: {ago: str(numbers.get((known[name], WEEK - ago))) for ago in range(4)} for name in known}
    assert await found(database) == {
        Section.RED: ["A"],
        Section.DROPS: [of["B"][0]],  # A is told as red
        Section.ALERTS: [of["E"][3], of["F"][1]],
    }
    material = await database.digests.material(ALL, EVERYBODY, WINDOW, NOW)
    assert material.attached == {known["A"]: int(of["A"][0])}
    again = replace(WINDOW, before=WEEK)  # this week's drops were told by the last digest already
    assert (await found(database, window=again)) == {Section.ALERTS: [of["E"][3], of["F"][1], of["A"][0]]}
