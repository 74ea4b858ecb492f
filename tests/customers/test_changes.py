"""What an import says about a customer who changed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.changes import between
from customers.model import HistoryEntry, Person, Profile, Section, Status, Tier, Topic

OLD = Profile("acme", "Acme", Status.ACTIVE)


def section(body: str, title: str = "Notes", topic: Topic | None = Topic.NOTES) -> Section:
    return Section(title, topic, f"#### {title}", body, 1)


def with_sections(*sections: Section, entries: int = 0) -> Profile:
    return replace(OLD, sections=sections, history=(HistoryEntry("called"),) * entries)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, ()),
        ({"name": "Acme Ltd"}, ("Name: Acme → Acme Ltd",)),
        (
            {"status": Status.CHURNED, "churned": date(2026, 11, 1)},
            ("Status: Active → Churned", "Churned: none → 2026-11-01"),
        ),
        ({"qualifier": "Internal"}, ("Qualifier: none → Internal",)),
        ({"tier": Tier.GROWTH}, ("Tier: none → Growth",)),
        ({"csm": Person("Maya")}, ("CSM: none → Maya",)),
        ({"contract": "$5/month"}, ("Contract: none → $5/month",)),
        ({"renewal": date(2027, 1, 1)}, ("Renewal: none → 2027-01-01",)),
        ({"onboarded": date(2026, 1, 1)}, ("Onboarded: none → 2026-01-01",)),
        ({"line": 7, "file": "moved.md"}, ()),
    ],
)
def test_every_field_that_differs_is_one_sentence(now: dict[str, object], said: tuple[str, ...]) -> None:
    assert between(OLD, replace(OLD, **now)) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (with_sections(), with_sections(section("secret")), "Notes added"),
        (with_sections(section("secret")), with_sections(), "Notes removed"),
        (with_sections(section("secret")), with_sections(section("other")), "Notes edited"),
        (
            with_sections(section("a", "Support History", Topic.HISTORY)),
            with_sections(section("b", "Support History", Topic.HISTORY), entries=1),
            "1 new history entry",
        ),
        (
            with_sections(section("a", "Support History", Topic.HISTORY)),
            with_sections(section("b", "Support History", Topic.HISTORY), entries=2),
            "2 new history entries",
        ),
        (
            with_sections(section("a", "Support History", Topic.HISTORY), entries=2),
            with_sections(section("b", "Support History", Topic.HISTORY), entries=1),
            "Support History edited",
        ),
        (
            with_sections(section("a", "Stack", None)),
            with_sections(section("b", "Stack", None)),
            "Stack edited",
        ),
        (
            with_sections(section("a", "Stack", None), section("c", "Stack", None)),
            with_sections(section("b", "Stack", None), section("c", "Stack", None)),
            "Stack edited",  # the first of two with one title
        ),
    ],
)
def test_a_section_is_named_and_never_repeated(before: Profile, after: Profile, said: str) -> None:
    assert between(before, after) == (said,)


def test_spaces_around_a_section_are_no_change() -> None:
    assert between(with_sections(section("one\n")), with_sections(section("\none\n\n"))) == ()


def test_two_values_that_look_alike_are_only_called_edited() -> None:
    before, after = (replace(OLD, csm=Person("Maya", email)) for email in ("maya@old.example", "maya@new.example"))
    assert between(before, after) == ("CSM edited",)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_sentences_stay_short_whatever_was_written(old: str, new: str, title: str) -> None:
    before = replace(OLD, name=old, contract=old, sections=(section(old, title, None),))
    after = replace(OLD, name=new, contract=new, sections=(section(new, title, None),))
    assert all(len(said) <= 200 for said in between(before, after))
    assert bool(between(before, after)) is (old != new)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_change_is_told_both_ways(one: str, other: str) -> None:
    a, b = replace(OLD, contract=one), replace(OLD, contract=other)
    assert len(between(a, b)) == len(between(b, a)) == (one != other)
    assert between(a, a) == ()
