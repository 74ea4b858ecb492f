"""Alerts on both engines: told once, claimed by one, back from a snooze once, closed together with the history."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from customers import outreach, weeks
from customers.alerts import WITHDRAWN, Alert, Change
from customers.errors import AlertGone, AlertOver
from customers.facts import Thresholds
from customers.intents import Intent, Queued, State
from customers.model import Person, Status
from customers.outreach import Fallen
from customers.people import Reader, Standing
from customers.scope import All, One
from storage.database import Database
from storage.engine import transaction, writer_engine
from storage.marks import real
from storage.sweep import _ALERT, moments
from tests.storage.harbour import ALL, HOUR, MAYA, NOW, ids, profile, put, run

WEEK = date(2026, 11, 9)
LIMITS = Thresholds()
IRIS = Person("Iris", "iris@harbour.example")


async def fell(database: Database, name: str, before: int = 100, active: int = 50, week: date = WEEK) -> int:
    """An alert as the weekly check adds it."""
    values = {"who": (await ids(database))[name], "week": weeks.number(week), "before": before, "active": active}
    add = (
        "INSERT INTO alerts (customer_id, kind, week, before, active, created_at, note) "
        "VALUES (:who, 'usage_drop', :week, :before, :active, CURRENT_TIMESTAMP, '') RETURNING id"
    )
    return int(await run(database, add, values))


async def judged(database: Database, name: str, before: int | None, active: int | None) -> None:
    """What the weekly check knows of the same week by now."""
    values = {"who": (await ids(database))[name], "week": weeks.number(WEEK), "before": before, "active": active}
    add = (
        "INSERT INTO snapshots (week, customer_id, colour, marks, rules, active, before) "
        "VALUES (:week, :who, 'yellow', 'gy', 2, :active, :before)"
    )
    await run(database, add, values)


async def tell(database: Database, late: bool = False, week: date = WEEK) -> int:
    def speak(fallen: Sequence[Fallen], told: Mapping[str, int]) -> list[Intent]:
        return outreach.overslept(week, fallen) if late else outreach.outreach(week, fallen, told)

    return await database.alerts.tell(ALL, week, LIMITS, NOW, speak)


async def outbox(database: Database) -> list[Queued]:
    return (await database.outbox.page(ALL, (), 1_000))[::-1]


async def drawn_anew(database: Database) -> list[str]:
    """Keys of the messages that are changed."""
    rows = await outbox(database)
    known = {row.id: row.intent.key for row in await database.outbox.page(ALL, list(State), 1_000)}
    return [known[row.intent.number("row")] for row in rows if row.intent.kind == "usage_alert_changed"]


async def sent(database: Database) -> None:
    """Everything has left, each message at a place of its own."""
    await run(database, "UPDATE outbox SET state = 'done', result = 'D1/' || CAST(id AS text)")


async def one(database: Database, alert_id: int) -> Alert:
    (found,) = await database.alerts.some(ALL, [alert_id])
    return found


def press(alert_id: int, person: str = "U0MAYA", key: str = "press:1", pressed: str = "") -> Change:
    return Change(alert_id, person, key, pressed)


async def test_an_alert_is_told_once_whoever_asks(database: Database) -> None:
    await put(database, profile("Acme", csm=IRIS), profile("Beta"))
    acme, beta = await fell(database, "Acme"), await fell(database, "Beta", 100, 70)
    assert sum(await asyncio.gather(tell(database), tell(database))) == 2
    assert await tell(database) == 0
    rows = [(row.intent.kind, row.intent.key, row.intent.lane) for row in await outbox(database)]
    assert rows == [
        ("usage_alert", f"usage_alert:{acme}", "csm:iris@harbour.example"),
        ("usage_alert", f"usage_alert:{beta}", "csm:"),
    ]


async def test_internal_and_churned_customers_are_silent(database: Database) -> None:
    await put(database, profile("Demo", qualifier="Internal"), profile("Gone", status=Status.CHURNED), profile("Acme"))
    for name in ("Demo", "Gone", "Acme"):
        await fell(database, name)
    assert await tell(database) == 1
    assert [alert.customer for alert in await database.alerts.waiting(ALL, NOW, 10, None)] == ["Acme"]


async def test_after_five_messages_the_others_share_one_even_when_they_come_later(database: Database) -> None:
    names = [f"Customer {at}" for at in range(9)]
    await put(database, *[profile(name, csm=IRIS) for name in names])
    told = [await fell(database, name, 100, 10 + at) for at, name in enumerate(names[:4])]
    await tell(database)
    later = [await fell(database, name, 100, 50 + at) for at, name in enumerate(names[4:])]
    await tell(database)
    rows = await outbox(database)
    assert [row.intent.number("alert") for row in rows if row.intent.kind == "usage_alert"] == [*told, later[0]]
    (more,) = [row.intent for row in rows if row.intent.kind == "usage_alerts"]
    assert more.word("alerts") == ",".join(map(str, later[1:]))
    assert more.number("count") == 4


async def test_a_check_that_came_too_late_tells_the_team_and_nobody_else(database: Database) -> None:
    await put(database, profile("Acme", csm=IRIS), profile("Beta"))
    await fell(database, "Acme")
    await fell(database, "Beta")
    await tell(database, late=True)
    await tell(database)  # in time again, but these have been dealt with
    (row,) = await outbox(database)
    assert (row.intent.kind, row.intent.word("channel"), row.intent.number("count")) == ("usage_alerts_late", "team", 2)


async def test_corrected_numbers_change_an_alert_or_take_it_back(database: Database) -> None:
    await put(database, *[profile(name) for name in ("Still", "No more", "Unknown", "Done")])
    still, gone, unknown, done = [await fell(database, name) for name in ("Still", "No more", "Unknown", "Done")]
    await database.alerts.done(ALL, press(done), "They are back", NOW.date(), NOW)
    await judged(database, "Still", 110, 44)
    await judged(database, "No more", 100, 80)  # exactly 20 % is no such fall
    await judged(database, "Unknown", None, 50)
    await judged(database, "Done", 100, 99)
    assert await tell(database) == 2
    assert [row.intent.number("alert") for row in await outbox(database)] == [still, unknown]
    first = await one(database, still)
    assert (first.before, first.active, first.is_open) == (110, 44, True)
    taken = await one(database, gone)
    assert (taken.is_open, taken.done_by, taken.note) == (False, "", WITHDRAWN)
    assert (await one(database, unknown)).is_open
    assert (await one(database, done)).note == "They are back"


async def test_of_two_who_claim_at_once_one_has_it(database: Database) -> None:
    await put(database, profile("Acme"))
    alert_id = await fell(database, "Acme")
    people = ["U0MAYA", "U0IRIS", "U0JONAS"]
    found = await asyncio.gather(
        *(database.alerts.claim(ALL, press(alert_id, person, f"press:{person}"), NOW, over=False) for person in people)
    )
    assert len({alert.claimed_by for alert in found}) == 1
    assert found[0].claimed_by in people
    assert found[0].claimed_at == NOW


async def test_somebody_may_take_it_over_and_a_repeated_press_changes_nothing(database: Database) -> None:
    await put(database, profile("Acme"))
    alert_id = await fell(database, "Acme")
    await database.alerts.claim(ALL, press(alert_id), NOW, over=False)
    taken = await database.alerts.claim(ALL, press(alert_id, "U0IRIS", "press:2"), NOW + HOUR, over=True)
    assert (taken.claimed_by, taken.claimed_at) == ("U0IRIS", NOW + HOUR)
    again = await database.alerts.claim(ALL, press(alert_id, "U0MAYA", "press:1"), NOW + HOUR, over=True)
    assert again == taken


async def test_what_was_snoozed_comes_back_once_to_whoever_snoozed_it(database: Database) -> None:
    await put(database, profile("Acme"))
    alert_id = await fell(database, "Acme")
    until = NOW + timedelta(days=1)
    await database.alerts.snooze(ALL, press(alert_id), until, NOW)
    assert await database.alerts.waiting(ALL, NOW, 10, None) == []
    assert await database.alerts.come_back(ALL, until - timedelta(seconds=1), outreach.returned) == 0
    back = await asyncio.gather(*(database.alerts.come_back(ALL, until, outreach.returned) for _ in range(3)))
    assert sum(back) == 1
    (row,) = await outbox(database)
    assert (row.intent.kind, row.intent.lane, row.intent.number("alert")) == ("usage_alert", "U0MAYA", alert_id)
    assert [alert.id for alert in await database.alerts.waiting(ALL, until, 10, None)] == [alert_id]


async def test_many_that_come_back_at_once_share_a_message(database: Database) -> None:
    names = [f"Customer {at}" for at in range(8)]
    await put(database, *[profile(name) for name in names])
    for at, name in enumerate(names):
        await database.alerts.snooze(ALL, press(await fell(database, name), key=f"press:{at}"), NOW + HOUR, NOW)
    await database.alerts.come_back(ALL, NOW + timedelta(weeks=3), outreach.returned)
    kinds = [row.intent.kind for row in await outbox(database)]
    assert (kinds.count("usage_alert"), kinds.count("usage_alerts")) == (5, 1)


async def test_claiming_or_closing_ends_a_snooze(database: Database) -> None:
    await put(database, profile("Acme"), profile("Beta"))
    for at, (name, how) in enumerate((("Acme", "claim"), ("Beta", "done"))):
        alert_id = await fell(database, name)
        await database.alerts.snooze(ALL, press(alert_id, key=f"snooze:{at}"), NOW + HOUR, NOW)
        if how == "claim":
            await database.alerts.claim(ALL, press(alert_id, key=f"press:{at}"), NOW, over=False)
        else:
            await database.alerts.done(ALL, press(alert_id, key=f"press:{at}"), "Fine", NOW.date(), NOW)
    assert await database.alerts.come_back(ALL, NOW + HOUR, outreach.returned) == 0


async def test_done_is_one_fact_with_its_entry_in_the_history(database: Database) -> None:
    await put(database, profile("Acme"))
    alert_id, acme = await fell(database, "Acme", 120, 79), (await ids(database))["Acme"]
    for _ in range(2):  # delivered twice
        done = await database.alerts.done(ALL, press(alert_id), "A stocktake", NOW.date(), NOW)
        assert (done.done_by, done.note, done.is_open) == ("U0MAYA", "A stocktake", False)
    with pytest.raises(AlertOver):
        await database.alerts.done(ALL, press(alert_id, "U0IRIS", "press:2"), "No idea", NOW.date(), NOW)
    (entry,) = await database.history.of(One(acme))
    assert entry.text == "Usage fell 34.2 % (120 → 79 weekly users in 2026-W46): A stocktake"
    assert (entry.on, entry.added_by) == (NOW.date(), "U0MAYA")


async def test_a_closed_alert_stays_as_it_is(database: Database) -> None:
    await put(database, profile("Acme"))
    alert_id = await fell(database, "Acme")
    done = await database.alerts.done(ALL, press(alert_id), "Fine", NOW.date(), NOW)
    later = press(alert_id, "U0IRIS", "press:2")
    assert await database.alerts.claim(ALL, later, NOW, over=True) == done
    assert await database.alerts.snooze(ALL, replace(later, key="press:3"), NOW + HOUR, NOW) == done


async def test_an_alert_of_nobody(database: Database) -> None:
    with pytest.raises(AlertGone):
        await database.alerts.claim(ALL, press(7), NOW, over=False)
    assert await database.alerts.some(ALL, [7]) == []


@pytest.mark.parametrize("shown", ["", "D1/1.5"], ids=["elsewhere", "there"])
async def test_its_message_is_changed_unless_the_press_was_there(database: Database, shown: str) -> None:
    await put(database, profile("Acme"))
    alert_id = await fell(database, "Acme")
    await tell(database)
    await run(database, "UPDATE outbox SET state = 'done', result = 'D1/1.5/F1'")
    await database.alerts.claim(ALL, press(alert_id, pressed=shown), NOW, over=False)
    assert await drawn_anew(database) == ([] if shown else [f"usage_alert:{alert_id}"])


async def test_an_alert_without_a_message_of_its_own_changes_none(database: Database) -> None:
    await put(database, profile("Acme"))
    await database.alerts.claim(ALL, press(await fell(database, "Acme")), NOW, over=False)
    assert await outbox(database) == []


async def test_a_csm_sees_theirs_and_what_they_claimed_the_deepest_fall_first(database: Database) -> None:
    maya = Person("Maya Lindqvist", "MAYA@harbour.example")
    namesake = Person("Maya Lindqvist", "other@harbour.example")
    csms = {"Mine": maya, "By name": Person("Maya Lindqvist"), "Other": IRIS, "Namesake": namesake, "Claimed": IRIS}
    await put(database, *[profile(name, csm=csm) for name, csm in csms.items()])
    alerts = {}
    for at, name in enumerate(csms):
        alerts[name] = await fell(database, name, 100, 70 - at)
    await database.alerts.claim(ALL, press(alerts["Claimed"]), NOW, over=False)
    theirs = await database.alerts.waiting(ALL, NOW, 10, MAYA)
    assert [alert.customer for alert in theirs] == ["Claimed", "By name", "Mine"]
    assert theirs[2].csm == maya
    everybody = await database.alerts.waiting(ALL, NOW, 3, None)
    assert [alert.customer for alert in everybody] == ["Claimed", "Namesake", "Other"]
    stranger = Reader("U9", Standing.MEMBER)
    assert await database.alerts.waiting(All("test"), NOW, 3, stranger) == []


async def test_the_newest_open_alert_of_a_customer(database: Database) -> None:
    await put(database, profile("Acme"))
    acme = One((await ids(database))["Acme"])
    assert await database.alerts.of_customer(acme, NOW) is None
    await fell(database, "Acme", week=WEEK - timedelta(weeks=1))
    newest = await fell(database, "Acme")
    found = await database.alerts.of_customer(acme, NOW)
    assert found is not None
    assert (found.id, found.week) == (newest, WEEK)


# corrections


async def corrected(database: Database, name: str, before: int, active: int) -> None:
    """The weekly check with other numbers: its snapshot, and an alert of what counts as a fall."""
    who = (await ids(database))[name]
    await run(database, "DELETE FROM snapshots WHERE customer_id = :who", {"who": who})
    await judged(database, name, before, active)
    statement = moments(text(_ALERT.format(week=weeks.number(WEEK), base=5, drop=real(0.2))))
    engine = writer_engine(database.url)
    async with transaction(engine) as connection:
        await connection.execute(statement, {"after": 0, "until": 10**6, "now": NOW})
    await engine.dispose()


async def test_what_was_taken_back_comes_back_and_is_told_again(database: Database) -> None:
    await put(database, profile("Acme", csm=IRIS))
    await corrected(database, "Acme", 100, 40)
    assert await tell(database) == 1
    await sent(database)
    alert = (await database.alerts.waiting(ALL, NOW, 10, None))[0]
    await database.alerts.claim(ALL, press(alert.id), NOW, over=False)
    await corrected(database, "Acme", 100, 99)
    assert await tell(database) == 0
    assert (await one(database, alert.id)).is_withdrawn
    await corrected(database, "Acme", 100, 30)
    assert await tell(database) == 1
    again = await one(database, alert.id)
    assert (again.is_open, again.active, again.claimed_by, again.note) == (True, 30, "", "")
    (new,) = [row.intent for row in await outbox(database) if row.intent.kind == "usage_alert"]
    assert (new.number("alert"), new.lane) == (alert.id, "csm:iris@harbour.example")
    await database.alerts.done(ALL, press(alert.id, key="press:2"), "Fine", NOW.date(), NOW)
    await corrected(database, "Acme", 100, 20)
    assert await tell(database) == 0  # what a person closed stays closed


async def test_corrections_change_the_messages_that_were_sent(database: Database) -> None:
    await put(database, *[profile(name, csm=IRIS) for name in ("Still", "No more", "Same")])
    told = [await fell(database, name) for name in ("Still", "No more", "Same")]
    await tell(database)
    await sent(database)
    await judged(database, "Still", 100, 44)
    await judged(database, "No more", 100, 90)
    await judged(database, "Same", 100, 50)
    await tell(database)
    assert sorted(await drawn_anew(database)) == [f"usage_alert:{one}" for one in told[:2]]


# older alerts of the same customer


async def test_closing_one_closes_the_older_ones_of_the_customer(database: Database) -> None:
    await put(database, profile("Acme"), profile("Beta"))
    older = await fell(database, "Acme", week=WEEK - timedelta(weeks=2))
    newest, other = await fell(database, "Acme"), await fell(database, "Beta", week=WEEK - timedelta(weeks=2))
    later = await fell(database, "Acme", week=WEEK + timedelta(weeks=1))
    await tell(database, week=WEEK - timedelta(weeks=2))
    await sent(database)
    await database.alerts.done(ALL, press(newest), "A stocktake", NOW.date(), NOW)
    closed = await one(database, older)
    assert (closed.done_by, closed.note) == ("U0MAYA", "Closed with the one of 2026-W46: A stocktake")
    assert [(await one(database, one_)).is_open for one_ in (newest, other, later)] == [False, True, True]
    assert await drawn_anew(database) == [f"usage_alert:{older}"]
    assert len(await database.history.of(One((await ids(database))["Acme"]))) == 1


async def test_closed_ones_count_among_the_messages_of_a_week(database: Database) -> None:
    names = [f"Customer {at}" for at in range(6)]
    await put(database, *[profile(name, csm=IRIS) for name in names])
    for name in names[:5]:
        alert_id = await fell(database, name)
    await tell(database)
    await database.alerts.done(ALL, press(alert_id), "Fine", NOW.date(), NOW)
    await fell(database, names[5])
    await tell(database)
    kinds = [row.intent.kind for row in await outbox(database)]
    assert (kinds.count("usage_alert"), kinds.count("usage_alerts")) == (5, 1)


# one CSM, whatever a document calls them


async def test_a_bare_name_is_the_only_address_known_with_it(database: Database) -> None:
    csms = {
        "Address": Person("Iris", "iris@harbour.example"),
        "Name": Person("iris"),
        "Handle": Person("Iris", None, "irisb"),
        "Only handle": Person(None, None, "irisb"),
        "Twice": Person("Tom", "tom@harbour.example"),
        "Twice too": Person("Tom", "tom@other.example"),
        "Which": Person("Tom"),
    }
    await put(database, *[profile(name, csm=csm) for name, csm in csms.items()])
    alerts = [await fell(database, name, 100, 50 - at) for at, name in enumerate(csms)]
    await tell(database)
    lanes = sorted(row.intent.lane for row in await outbox(database))
    iris = ["csm:iris@harbour.example"] * 4
    assert lanes == [*iris, "csm:tom", "csm:tom@harbour.example", "csm:tom@other.example"]
    assert [(await one(database, at)).csm for at in (alerts[1], alerts[6])] == [
        Person("iris", "iris@harbour.example"),
        Person("Tom"),
    ]


# reminders


async def remind(database: Database, week: date, now: datetime) -> list[int]:
    """The alerts that this week's check reminds of."""
    since = week - timedelta(weeks=4)
    kinds = "usage_alerts_waiting"
    before = [row.id for row in await outbox(database)]
    await database.alerts.remind(
        ALL, week, since, now - timedelta(days=6), now, lambda one: outreach.reminders(week, one)
    )
    fresh = [row.intent for row in await outbox(database) if row.id not in before and row.intent.kind == kinds]
    return sorted(one for intent in fresh for one in outreach.told_of(intent))


async def test_what_nobody_claims_is_reminded_of_once_a_week_for_four_weeks(database: Database) -> None:
    await put(database, *map(profile, ("Waits", "Claimed", "Snoozed", "Done", "Again")))
    alerts = {name: await fell(database, name) for name in ("Waits", "Claimed", "Snoozed", "Done", "Again")}
    newer = await fell(database, "Again", week=WEEK + timedelta(weeks=1))
    await run(
        database,
        "UPDATE alerts SET created_at = '2026-11-16 06:00:00+00:00'"
        if database.file is None
        else "UPDATE alerts SET created_at = '2026-11-16 06:00:00'",
    )
    await database.alerts.claim(ALL, press(alerts["Claimed"]), NOW, over=False)
    await database.alerts.snooze(ALL, press(alerts["Snoozed"], key="2"), NOW + timedelta(weeks=9), NOW)
    await database.alerts.done(ALL, press(alerts["Done"], key="3"), "Fine", NOW.date(), NOW)
    first = datetime(2026, 11, 23, 6, tzinfo=UTC)
    found = [await remind(database, WEEK + timedelta(weeks=at), first + timedelta(weeks=at - 1)) for at in range(1, 7)]
    waits = alerts["Waits"]
    assert found == [[waits], [waits, newer], [waits, newer], [waits, newer], [newer], []]
    assert await remind(database, WEEK + timedelta(weeks=1), first) == []  # once


async def test_an_older_alert_speaks_again_when_the_newer_one_was_taken_back(database: Database) -> None:
    await put(database, profile("Acme"))
    older, newer = await fell(database, "Acme"), await fell(database, "Acme", week=WEEK + timedelta(weeks=1))
    week, now = WEEK + timedelta(weeks=2), NOW + timedelta(weeks=60)
    assert await remind(database, week, now) == [newer]
    await run(database, "UPDATE alerts SET done_at = created_at, done_by = '' WHERE id = :one", {"one": newer})
    assert await remind(database, week + timedelta(weeks=1), now) == [older]


async def test_many_processes_remind_once(database: Database) -> None:
    await put(database, profile("Acme"))
    await fell(database, "Acme", week=WEEK - timedelta(weeks=1))
    now = NOW + timedelta(weeks=60)
    speak = [lambda found: outreach.reminders(WEEK, found)] * 3
    told = await asyncio.gather(
        *(database.alerts.remind(ALL, WEEK, WEEK - timedelta(weeks=4), now, now, one) for one in speak)
    )
    assert sorted(told) == [0, 0, 1]


async def test_who_claims_is_asked_about_it_once(database: Database) -> None:
    await put(database, profile("Acme"), profile("Beta"))
    acme, beta = await fell(database, "Acme"), await fell(database, "Beta")
    later = outreach.unfinished("U0MAYA", NOW.date(), timedelta(days=14))
    for alert_id in (acme, beta):
        await database.alerts.claim(ALL, press(alert_id, key=f"{alert_id}"), NOW, over=False, later=later)
    (row,) = await outbox(database)
    assert row.due == NOW + timedelta(days=14)
    assert [one.id for one in await database.alerts.shown(ALL, row.intent.key)] == [acme, beta]


async def test_looking_for_snoozes_that_are_over_takes_the_index(database: Database) -> None:
    if database.file is None:
        pytest.skip("PostgreSQL chooses by how many there are")
    plan = "EXPLAIN QUERY PLAN SELECT id FROM alerts WHERE snoozed_until <= '2026-11-23' LIMIT 1"
    engine = writer_engine(database.url)
    async with transaction(engine) as connection:
        rows = [row.detail for row in await connection.execute(text(plan))]
    await engine.dispose()
    assert ["ix_alerts_snoozed_until" in row for row in rows] == [True]


async def test_whoever_is_taken_over_from_hears_it_once_and_only_the_owner_gives_back(database: Database) -> None:
    await put(database, profile("Acme"))
    alert_id = await fell(database, "Acme")
    await database.alerts.claim(ALL, press(alert_id), NOW, over=False)
    for key in ("press:2", "press:2", "press:3"):
        await database.alerts.claim(ALL, press(alert_id, "U0IRIS", key), NOW + HOUR, over=True)
    told = [row.intent for row in await outbox(database) if row.intent.kind == outreach.TAKEN]
    assert [(one.lane, one.word("channel"), one.word("by")) for one in told] == [("U0MAYA", "U0MAYA", "U0IRIS")]
    theirs = await database.alerts.give_back(ALL, press(alert_id, "U0MAYA", "press:4"), NOW)
    assert theirs.claimed_by == "U0IRIS"
    free = await database.alerts.give_back(ALL, press(alert_id, "U0IRIS", "press:5"), NOW)
    assert (free.claimed_by, free.claimed_at, free.is_open) == ("", None, True)


async def test_usage_of_a_later_week_says_whether_it_recovered(database: Database) -> None:
    await put(database, profile("Acme"), profile("Zenith"))
    both = [await fell(database, name, 100, 50) for name in ("Acme", "Zenith")]
    for name, active in (("Acme", 50), ("Zenith", 50)):
        await judged(database, name, 100, active)
    assert [(await one(database, it)).latest for it in both] == [None, None]
    await run(database, "UPDATE snapshots SET week = week + 1, active = 99")
    assert [(await one(database, it)).is_recovered for it in both] == [False, False]
    await run(database, "UPDATE snapshots SET active = 100")
    found = await database.alerts.waiting(ALL, NOW, 10, None)
    assert [(it.is_recovered, it.since) for it in found] == [(True, "100 in 2026-W47")] * 2
