"""What one attempt comes to, as a table: every result, fresh and uncertain rows, in time and too late."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from bot.deliver.delays import Delays
from bot.deliver.results import Absent, Dropped, Given, Later, Parked, Result, Sent, Uncertain
from bot.deliver.worker import outcome_of
from customers.intents import GITHUB, TEAM, Intent, Queued, State, undelivered

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
DELAYS = Delays()
NEWS = (Intent("bug_filed", "bug_filed:1", "C1"),)


def row(state: State = State.NEW, lane: str = "C1", attempts: int = 1, tried: timedelta = timedelta()) -> Queued:
    return Queued(7, Intent("bug_issue", "bug_issue:1", lane), state, attempts, NOW - tried, NOW, NOW - tried)


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        (Sent("C1/1.2"), State.DONE, ""),
        (Given("Slack refused: no_text"), State.DEAD, "Slack refused: no_text"),
        (Dropped("no longer true"), State.CANCELLED, "no longer true"),
        (Parked("GitHub is not set up"), State.PARKED, "GitHub is not set up"),
    ],
)
@pytest.mark.parametrize("before", [State.NEW, State.UNKNOWN])
def test_what_ends_a_row_ends_it_for_good(result: Result, state: State, reason: str, before: State) -> None:
    found = outcome_of(row(before), result, NOW, DELAYS)
    assert (found.id, found.attempt, found.state, found.due, found.reason) == (7, 1, state, None, reason)


def test_a_place_and_what_follows_are_kept() -> None:
    found = outcome_of(row(), Sent("C1/1.2", NEWS), NOW, DELAYS)
    assert (found.result, found.follow) == ("C1/1.2", NEWS)
    assert outcome_of(row(), Given("refused", NEWS), NOW, DELAYS).follow == NEWS


@pytest.mark.parametrize(
    ("before", "result", "after", "seconds"),
    [
        (State.NEW, Later("429", 30.0), State.NEW, 30),
        (State.NEW, Later("a label was made", 0.0), State.NEW, 0),
        (State.UNKNOWN, Later("429", 30.0), State.UNKNOWN, 30),
        (State.NEW, Uncertain("http_500"), State.UNKNOWN, 20),
        (State.UNKNOWN, Absent(), State.NEW, 0),
    ],
)
def test_what_is_not_over_is_done_at_its_time(before: State, result: Result, after: State, seconds: int) -> None:
    found = outcome_of(row(before), result, NOW, DELAYS)
    assert (found.state, found.due) == (after, NOW + timedelta(seconds=seconds))


def test_an_uncertain_issue_is_looked_for_when_github_lists_it() -> None:
    assert outcome_of(row(lane=GITHUB), Uncertain("cut"), NOW, DELAYS).due == NOW + timedelta(seconds=90)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (10_000, 900)])
@pytest.mark.parametrize("before", [State.NEW, State.UNKNOWN])
def test_waiting_doubles_up_to_a_quarter_of_an_hour(attempts: int, seconds: int, before: State) -> None:
    result = Later("no connection") if before is State.NEW else Uncertain("http_500")
    random.seed(1)
    waits = []
    for _ in range(200):
        due = outcome_of(row(before, attempts=attempts), result, NOW, DELAYS).due
        assert due is not None
        waits.append((due - NOW).total_seconds())
    assert seconds * 0.5 <= min(waits) < seconds * 0.6
    assert seconds * 1.4 < max(waits) <= seconds * 1.5


@pytest.mark.parametrize(
    ("lane", "before", "result", "reason"),
    [
        ("C1", State.NEW, Later("rate limited", 30.0), "given up: rate limited"),
        ("C1", State.NEW, Uncertain("http_500"), "uncertain whether it was done: http_500"),
        ("C1", State.UNKNOWN, Later("rate limited", 30.0), "uncertain whether it was done: rate limited"),
        (GITHUB, State.NEW, Later("unreachable"), "given up: unreachable"),
        (GITHUB, State.UNKNOWN, Uncertain("cut"), "uncertain whether it was done: cut"),
    ],
)
def test_after_a_day_or_a_week_it_is_given_up_and_the_reason_is_true(
    lane: str, before: State, result: Result, reason: str
) -> None:
    limit = DELAYS.give_up_issue if lane == GITHUB else DELAYS.give_up_post
    just_in_time = outcome_of(row(before, lane, tried=limit - timedelta(seconds=1)), result, NOW, DELAYS)
    assert just_in_time.state in (State.NEW, State.UNKNOWN)
    too_late = outcome_of(row(before, lane, tried=limit), result, NOW, DELAYS)
    assert (too_late.state, too_late.due, too_late.reason) == (State.DEAD, None, reason)


@pytest.mark.parametrize("before", [State.NEW, State.UNKNOWN])
def test_what_only_an_admin_can_mend_is_waited_for_without_end(before: State) -> None:
    result = Later("token_revoked", 60.0, endless=True)
    found = outcome_of(row(before, tried=timedelta(days=400)), result, NOW, DELAYS)
    assert (found.state, found.due) == (before, NOW + timedelta(seconds=60))


@pytest.mark.parametrize("result", [Sent("there"), Absent()])
def test_what_is_settled_late_is_settled_all_the_same(result: Result) -> None:
    found = outcome_of(row(State.UNKNOWN, tried=timedelta(days=30)), result, NOW, DELAYS)
    assert found.state is (State.DONE if isinstance(result, Sent) else State.NEW)


@pytest.mark.parametrize(
    ("kind", "about", "told", "of"),
    [
        ("digest", {"channel": "C1", "by": "U1"}, "U1", 7),
        ("bug_late", {"channel": "C1", "person": "U2"}, "U2", 7),
        ("bug_late", {"channel": "C1"}, TEAM, 7),
        ("digest_paused", {"channel": "U1", "person": "U1"}, TEAM, 7),  # they could not be told this either
        ("undelivered", {"channel": "U1", "row": 3}, TEAM, 3),
        ("undelivered", {"channel": TEAM, "row": 3}, None, 0),
    ],
)
def test_somebody_who_can_be_told_hears_what_was_given_up(
    kind: str, about: dict[str, int | str], told: str | None, of: int
) -> None:
    given = Queued(7, Intent(kind, f"{kind}:1", "C1", about), State.DEAD, 2, NOW)
    found = [(one.word("channel"), one.lane, one.number("row"), one.key) for one in undelivered(given)]
    assert found == ([(told, told, of, "undelivered:7:2")] if told else [])
