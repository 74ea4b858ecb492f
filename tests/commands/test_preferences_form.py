"""The form behind Preferences: what it shows, what it takes, and what it refuses."""

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import check_view
from commands.form import Errors, Filled
from commands.preferences_form import OFFERED, form, quiet_of, zones_named
from customers.people import Reader, Standing
from customers.personal import Mine
from customers.preferences import Dates, Preferences, Quiet
from tests.commands.anybody import NOW

READER = Reader("U0MAYA", Standing.MEMBER)


def filled(starts: Any, ends: Any) -> Filled:
    values = {"quiet_from": {"x": {"selected_time": starts}}, "quiet_to": {"x": {"selected_time": ends}}}
    return Filled(READER, NOW, "view:V1", {}, values)


@pytest.mark.parametrize(
    ("starts", "ends", "quiet"),
    [
        (None, None, None),
        ("22:00", "07:00", Quiet(time(22), time(7))),
        ("12:00", "13:00", Quiet(time(12), time(13))),
        ("00:00", "20:00", Quiet(time(0), time(20))),
        ("nonsense", None, None),
    ],
)
def test_hours_that_can_be_kept(starts: Any, ends: Any, quiet: Quiet | None) -> None:
    assert quiet_of(filled(starts, ends)) == quiet


@pytest.mark.parametrize(
    ("starts", "ends", "under"),
    [
        ("22:00", None, {"quiet_to": "Fill in both times, or none."}),
        (None, "07:00", {"quiet_from": "Fill in both times, or none."}),
        ("07:00", "07:00", {"quiet_to": "The hours end when they begin; choose another time, or clear both."}),
        ("07:00", "03:01", {"quiet_to": "At most 20 hours, or nothing would reach you."}),
    ],
)
def test_hours_that_cannot(starts: Any, ends: Any, under: dict[str, str]) -> None:
    assert quiet_of(filled(starts, ends)) == Errors(under)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("berl", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New_York", "America/New_York"),
        ("kolk", "Asia/Kolkata"),
    ],
)
def test_a_zone_is_found_by_its_city(typed: str, first: str) -> None:
    assert zones_named(typed)[0] == first


def test_zones_are_few_or_none() -> None:
    assert len(zones_named("e")) == OFFERED
    assert zones_named("atlantis") == []


def test_the_form_shows_what_is_set() -> None:
    mine = Mine(Preferences(Quiet(time(22), time(7)), None, Dates.FRENCH), ZoneInfo("Asia/Tokyo"), None)
    view = form(mine).view()
    assert check_view(view) == []
    first, second, zone, dates = (one["element"] for one in view["blocks"])
    assert (first["initial_time"], second["initial_time"]) == ("22:00", "07:00")
    assert zone["initial_option"]["value"] == "Asia/Tokyo"
    assert dates["initial_option"]["text"]["text"] == "Français"


def test_the_form_of_whoever_set_nothing_is_empty() -> None:
    view = form(Mine(Preferences(), ZoneInfo("UTC"), None)).view()
    assert check_view(view) == []
    assert ["initial_time" in one["element"] for one in view["blocks"][:2]] == [False, False]
