"""`Add to history`: a dated entry, never of a day that is still to come."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from customers.history import Draft
from customers.intents import Source
from customers.model import Profile, Status
from customers.people import Standing
from tests.commands.anybody import HOSTILE, typed
from tests.commands.paper import Paper

ACME, BOLT = (Profile(name.lower(), name, Status.ACTIVE) for name in ("Acme", "Bolt"))
SOURCE = Source("C1", "5.1", "https://harbour.slack.com/archives/C1/p51", "5.1")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


async def _paper(text: str = "Renewed for <@U1> &amp; two years", channel: str = "C1") -> Paper:
    return await Paper(ACME, BOLT).take("add_history", text, channel)


async def test_the_form_opens_with_what_is_known() -> None:
    paper = await _paper()
    fields = paper.elements
    assert list(fields) == ["customer", "on", "text"]
    assert fields["customer"]["initial_option"]["text"]["text"] == "Acme"
    assert fields["on"]["initial_date"] == "2026-11-18"
    assert fields["text"]["initial_value"] == "Renewed for @U1 & two years"
    assert SOURCE.permalink in paper.said


async def test_today_is_the_teams_day() -> None:
    paper = Paper(ACME)
    paper.now = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)  # past midnight in Stockholm
    await paper.take("add_history", "Renewed")
    assert paper.elements["on"]["initial_date"] == "2026-11-19"


async def test_an_entry_is_saved_with_its_message() -> None:
    paper = await _paper()
    await paper.set("on", selected_date="2026-11-02")
    assert await paper.submit() == "clear"
    draft = Draft(1, date(2026, 11, 2), "Renewed for @U1 & two years", SOURCE)
    assert paper.history.added == [(draft, "U0MAYA", "view:V1")]


async def test_without_a_day_it_is_today() -> None:
    paper = await _paper(channel="C2")
    await paper.set("on", selected_date=None)
    await paper.pick("customer", "bolt")
    paper.now = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    assert await paper.submit() == "clear"
    draft = paper.history.added[0][0]
    assert (draft.customer_id, draft.on) == (2, date(2026, 11, 19))


@pytest.mark.parametrize(
    ("block", "state", "told"),
    [
        ("on", {"selected_date": "2026-11-19"}, "This day is still to come; choose today or an earlier one."),
        ("text", {"value": None}, "Write what happened."),
        ("text", {"value": " \0 "}, "Write what happened."),
        ("text", {"value": "x" * 1_001}, "Shorten this to 1,000 characters."),
        ("customer", {"selected_option": None}, "Choose the customer it is about."),
        ("customer", {"selected_option": {"value": "99"}}, "This customer is no longer in Dossier."),
    ],
)
async def test_what_is_wrong_is_told_where_it_is_wrong(block: str, state: dict[str, Any], told: str) -> None:
    paper = await _paper()
    await paper.set(block, **state)
    assert (await paper.submit(), list(paper.errors), paper.saved) == ("errors", [block], 0)
    assert paper.errors[block].startswith(told)


async def test_a_long_message_is_taken_over_in_part_and_that_is_said() -> None:
    paper = await _paper("x" * 1_500)
    assert paper.elements["text"]["initial_value"] == "x" * 1_000
    assert "The first 1,000 characters; the rest stays in the message." in paper.said
    assert (await paper.submit(), len(paper.history.added[0][0].text)) == ("clear", 1_000)
    assert "the rest stays" not in (await _paper()).said


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.OUTSIDER, Standing.BOT, Standing.UNKNOWN])
async def test_nobody_else_may_even_with_an_open_form(standing: Standing) -> None:
    paper = await _paper()
    paper.refuse(standing)
    assert (await paper.submit(), paper.saved) == ("update", 0)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed(), typed() | st.sampled_from([*HOSTILE, "🎉" * 1_200, "x" * 10_000, "\u202e" * 200, "\0"]))
async def test_slack_takes_every_form_whatever_people_write(name: str, message: str) -> None:
    paper = await Paper(Profile("acme", name, Status.ACTIVE)).take("add_history", message)
    await paper.submit()
    assert paper.saved or paper.errors
