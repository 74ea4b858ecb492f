"""The trends of a month, and which code is the same code."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers import reviews
from customers.facts import Colour
from customers.reviews import Action, Csm, Piece
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
        _piece(8, "src/customers/h/index.ts"),
        _piece(9, "src/customers/i/index.ts"),
    ]
    assert [sorted(reviews.users_of(one, pieces)) for one in pieces] == [
        [1, 2], [1, 2], [3], [4, 5], [4, 5], [6, 7], [6, 7], [8], [9]
    ]  # fmt: skip


def test_an_invitation_names_nobody_and_comes_once_a_month() -> None:
    csm = Csm(reviews.mark_of("e:maya@harbour.example"), 7, NOW)
    first = reviews.invitation("2026-12", csm)
    assert first.key == reviews.invitation("2026-12", csm).key != reviews.invitation("2027-01", csm).key
    assert "maya" not in first.key + first.lane


def test_a_reminder_names_the_plan_and_not_its_words() -> None:
    action = Action(4, 7, "2026-11", NOW.date(), "U1")
    assert reviews.reminder(action).key == "review_action:4"
    assert (reviews.reminder(action).lane, reviews.reminder(action).wait) == ("U1", timedelta())


@pytest.mark.parametrize(
    ("said", "here", "shown"),
    [
        (None, None, None),
        (None, NOW, NOW.date()),
        (date(2026, 1, 1), NOW, NOW.date()),
        (date(2027, 1, 1), NOW, date(2027, 1, 1)),
        (date(2026, 1, 1), None, date(2026, 1, 1)),
    ],
)
def test_the_last_review_is_the_newer_of_the_documents_and_ours(
    said: date | None, here: datetime | None, shown: date | None
) -> None:
    piece = Piece(1, "Acme", "src/a.py", "", "", said)
    assert reviews.read(piece, here).reviewed == shown
