"""What people set for themselves, and their sittings at the Home tab; on both engines."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers.facts import RULES_VERSION, Colour
from customers.glance import Checked
from customers.people import Reader, Standing
from customers.personal import Personal
from customers.preferences import Dates, Preferences, Quiet
from customers.records import SITTING
from customers.weeks import number, start
from storage.database import Database
from tests.storage.harbour import ALL, HOUR, MAYA, NOW, ids, profile, put, run

NIGHT = Quiet(time(22), time(6, 30))
JONAS = Reader("U0JONAS", Standing.MEMBER, zone="Europe/Stockholm")


@pytest.fixture
def personal(database: Database) -> Personal:
    return Personal(database.preferences, ZoneInfo("Europe/Berlin"))


async def test_whoever_set_nothing_has_the_defaults(personal: Personal) -> None:
    mine = await personal.of(MAYA)
    assert (mine.preferences, str(mine.zone), mine.since) == (Preferences(), "Europe/Berlin", None)
    assert str((await personal.of(JONAS)).zone) == "Europe/Stockholm"  # as Slack says
    assert await personal.quiet_until("U0NOBODY", NOW) is None


async def test_what_was_set_last_is_kept_for_that_person_alone(personal: Personal) -> None:
    await personal.save(MAYA, Quiet(time(20), time(8)), "Asia/Tokyo", Dates.GERMAN)
    await personal.save(MAYA, NIGHT, "Asia/Kolkata", Dates.ENGLISH_UK)
    mine = await personal.of(MAYA)
    assert mine.preferences == Preferences(NIGHT, "Asia/Kolkata", Dates.ENGLISH_UK)
    assert str(mine.zone) == "Asia/Kolkata"
    assert (await personal.of(JONAS)).preferences == Preferences()
    await personal.save(MAYA, None, "Asia/Kolkata", Dates.ISO)
    assert (await personal.of(MAYA)).preferences.quiet is None


async def test_quiet_hours_count_by_the_persons_own_clock(personal: Personal) -> None:
    await personal.save(MAYA, NIGHT, "Asia/Kolkata", Dates.ISO)
    evening = NOW.replace(hour=17)  # 22:30 in Kolkata, 18:00 in Berlin
    assert await personal.quiet_until(MAYA.id, evening) == NOW.replace(hour=1) + timedelta(days=1)
    assert await personal.quiet_until(MAYA.id, evening - HOUR) is None


async def test_the_home_tab_remembers_the_sitting_before_and_keeps_what_was_set(personal: Personal) -> None:
    await personal.save(MAYA, NIGHT, "UTC", Dates.ISO)
    sinces = [(await personal.opened(MAYA, NOW + at)).since for at in (HOUR * 0, SITTING / 2, HOUR, HOUR + SITTING / 2)]
    assert sinces == [None, None, NOW, NOW]
    await personal.save(MAYA, NIGHT, "UTC", Dates.FRENCH)
    mine = await personal.of(MAYA)
    assert (mine.since, mine.preferences.quiet, mine.preferences.dates) == (NOW, NIGHT, Dates.FRENCH)
    assert mine.preferences.home_at == NOW + HOUR


async def test_a_language_that_is_no_longer_offered_is_none(database: Database, personal: Personal) -> None:
    await personal.save(MAYA, None, "UTC", Dates.GERMAN)
    await run(database, "UPDATE preferences SET dates = 'tlh'")
    assert (await personal.of(MAYA)).preferences.dates is Dates.ISO


async def test_colours_are_those_of_the_week_that_was_complete_then_by_todays_rules(
    database: Database, personal: Personal
) -> None:
    await put(database, *(profile(name) for name in ("Acme", "Beta", "Corp")))
    known = await ids(database)
    week = number(NOW.date())
    add = "INSERT INTO snapshots (week, customer_id, colour, marks, rules) VALUES (:week, :id, :colour, '', :rules)"
    for name, at, colour, rules in (
        ("Acme", week - 1, "yellow", RULES_VERSION),
        ("Acme", week, "red", RULES_VERSION),  # not complete yet
        ("Acme", week - 2, "green", RULES_VERSION),
        ("Beta", week - 1, "red", RULES_VERSION - 1),
        ("Corp", week - 1, "green", RULES_VERSION),
    ):
        await run(database, add, {"week": at, "id": known[name], "colour": colour, "rules": rules})
    asked = (known["Acme"], known["Beta"])
    assert await personal.checked_by(NOW, asked) == {known["Acme"]: Checked(Colour.YELLOW, start(week - 1))}
    assert await database.preferences.colours(ALL, week, ()) == {}
