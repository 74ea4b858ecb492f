"""When data contradict an override, what a form may say, and who hears of what."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import judgements
from customers.facts import Colour
from customers.judgements import LONGEST, Judgement, Kept, Kind, contradicts, problems

GREEN, YELLOW, RED, UNKNOWN = Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.UNKNOWN
TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


def override(colour: Colour | None, against: Colour | None, until: date | None = TODAY) -> Judgement:
    return Judgement(7, 3, Kind.OVERRIDE, "a strike", "U0MAYA", NOW, colour, against, until)


@pytest.mark.parametrize(
    ("said", "then", "contradicting"),
    [
        # set to something better: only what is worse than it was then is news
        (GREEN, YELLOW, {RED}),
        (GREEN, RED, set()),
        (YELLOW, RED, set()),
        # set to something worse: worse than feared, or better than it ever was
        (YELLOW, GREEN, {RED}),
        (RED, YELLOW, {GREEN}),
        (RED, GREEN, set()),
        # what was computed then was confirmed by hand
        (GREEN, GREEN, {YELLOW, RED}),
        (YELLOW, YELLOW, {GREEN, RED}),
        (RED, RED, {GREEN, YELLOW}),
        # nothing was known then: whatever is known now and says otherwise
        (GREEN, UNKNOWN, {YELLOW, RED}),
        (YELLOW, None, {GREEN, RED}),
        (RED, UNKNOWN, {GREEN, YELLOW}),
    ],
)
def test_data_contradict_an_override(said: Colour, then: Colour | None, contradicting: set[Colour]) -> None:
    assert {one for one in Colour if contradicts(one, override(said, then))} == contradicting


@given(st.sampled_from(Colour), st.none() | st.sampled_from(Colour), st.sampled_from(Colour))
def test_neither_what_was_said_nor_what_was_known_then_is_news(said: Colour, then: Colour | None, now: Colour) -> None:
    assert not (contradicts(now, override(said, then)) and now in (said, then, UNKNOWN))


def test_what_is_no_colour_is_contradicted_by_nothing() -> None:
    assert not any(contradicts(one, override(None, None)) for one in Colour)


@pytest.mark.parametrize(("until", "holds"), [(TODAY, True), (TODAY - timedelta(days=1), False), (None, True)])
def test_an_override_holds_through_its_last_day(until: date | None, holds: bool) -> None:
    assert override(GREEN, RED, until).holds(TODAY) is holds


@pytest.mark.parametrize(
    ("colour", "reason", "days", "wrong"),
    [
        (GREEN, "a strike", 0, ""),
        (GREEN, "a strike", LONGEST, ""),
        (GREEN, "a strike", LONGEST + 1, "until"),
        (GREEN, "a strike", -1, "until"),
        (GREEN, "a strike", None, "until"),
        (GREEN, "", 30, "reason"),
        (None, "a strike", 30, "colour"),
        (RED, "a strike", 30, "colour"),
        (None, "", None, "colour reason until"),
    ],
)
def test_what_is_wrong_with_an_override(colour: Colour | None, reason: str, days: int | None, wrong: str) -> None:
    until = None if days is None else TODAY + timedelta(days=days)
    assert list(problems(colour, reason, until, RED, TODAY)) == wrong.split()


@pytest.mark.parametrize("kind", Kind)
def test_a_csm_hears_of_all_but_colours_and_only_escalations_are_history(kind: Kind) -> None:
    one = Judgement(7, 3, kind, "Dana Park: three outages", "U0MAYA", NOW)
    kept = Kept(one, "Acme")
    over = Kept(one, "Acme", NOW, "U0JONAS", "They stay")
    told = [intent.about | {"kind": intent.kind} for intent in (*judgements.opened(one), *judgements.closed(over))]
    history = [judgements.history_of(kept), judgements.history_of(over)]
    if kind is Kind.OVERRIDE:
        assert (told, history) == ([], ["", ""])
        return
    assert [(one["kind"], one.get("what"), one.get("by")) for one in told] == [
        ("judged_csm", "opened", "U0MAYA"),
        ("judged_csm", "closed", "U0JONAS"),
        ("judged_over", None, None),
        ("judged_author", None, "U0JONAS"),
    ]
    alone = judgements.closed(Kept(one, "Acme", NOW, "U0MAYA", "They stay"))
    assert [intent.kind for intent in alone] == ["judged_csm", "judged_over"]  # they did it themselves
    escalated = ["Escalation opened. Dana Park: three outages", "Escalation closed. They stay"]
    assert history == (escalated if kind is Kind.ESCALATION else ["", ""])
