"""Alerts on both engines: told once, claimed by one, back from a snooze once, closed together with the history."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from customers import outreach, weeks
from customers.alerts import WITHDRAWN, Alert, Change
from customers.errors import AlertGone, AlertOver
from customers.facts import Thresholds
from customers.intents import Intent, Queued
from customers.model import Person, Status
from customers.outreach import Fallen
from customers.people import Reader, Standing
from customers.scope import All, One
from storage.database import Database
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
    changes = [row.intent for row in await outbox(database) if row.intent.kind == "usage_alert_changed"]
    assert [intent.number("alert") for intent in changes] == ([] if shown else [alert_id])


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
