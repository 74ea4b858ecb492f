"""The trends of a month, and which code is the same code."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers import reviews
from customers.facts import Colour
from customers.reviews import Csm, Decision, Kind, Piece, Verdict
from customers.snapshots import Snapshot

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


def _snapshot(colour: str, rules: int = 2) -> Snapshot:
    return Snapshot(date(2026, 11, 9), Colour(colour), "ggggggggg", rules, 8, 9, 10)


@pytest.mark.parametrize(
    ("then", "now", "rules", "told"),
    [
        ("green", "red", 2, "1 got worse, 0 better, 0 unchanged"),
        ("red", "yellow", 2, "0 got worse, 1 better, 0 unchanged"),
        ("yellow", "yellow", 2, "0 got worse, 0 better, 1 unchanged"),
        ("unknown", "red", 2, "no earlier week to compare"),
        ("green", "unknown", 2, "no earlier week to compare"),
        ("green", "red", 1, "no earlier week to compare"),  # other rules are no change of the customer
    ],
)
def test_a_month_counts_who_got_worse_and_who_better(then: str, now: str, rules: int, told: str) -> None:
    assert told in reviews.month([(1, _snapshot(then, rules), _snapshot(now))]).words


def _piece(customer_id: int, location: str, description: str = "") -> Piece:
    return Piece(customer_id, f"Customer {customer_id}", location, description, "", None)


def test_code_is_the_same_when_its_file_has_the_same_name_or_it_has_no_file_and_is_for_the_same() -> None:
    pieces = [
        _piece(1, "src/customers/a/lanes.py"),
        _piece(2, "src/customers/b/Lanes.py"),
        _piece(3, "src/customers/c/lanes.ts"),
        _piece(4, "", "Lane review"),
        _piece(5, "", "lane review"),
        _piece(6, "src/customers/f/lanes/"),
        _piece(7, "src/customers/g/lanes"),
    ]
    assert [sorted(reviews.users_of(one, pieces)) for one in pieces] == [
        [1, 2], [1, 2], [3], [4, 5], [4, 5], [6, 7], [6, 7]
    ]  # fmt: skip


def test_an_invitation_names_nobody_and_comes_once_a_month() -> None:
    csm = Csm(reviews.mark_of("e:maya@harbour.example"), 7)
    first = reviews.invitation("2026-12", csm)
    assert first.key == reviews.invitation("2026-12", csm).key != reviews.invitation("2027-01", csm).key
    assert "maya" not in first.key + first.lane


def test_a_plan_for_today_is_not_reminded_of_in_the_past() -> None:
    decision = Decision(Kind.HEALTH, "2026-11", 7, "", Verdict.PLAN, "Call", NOW.date())
    at = NOW - timedelta(hours=3)
    assert reviews.reminder(decision, "U1", "k", NOW, at).wait == timedelta()
    assert reviews.reminder(decision, "U1", "k", NOW, at + timedelta(days=1)).wait == timedelta(hours=21)
