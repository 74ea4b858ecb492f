"""Every answer about any customer is a message that Slack takes and that misleads and notifies nobody."""

import pytest
from hypothesis import HealthCheck, given, settings

from commands import brief, health, known_issues, section, views
from customers.records import Card
from tests.commands.anybody import CARDS, READER, objects, wrong

RENDERS = {
    "brief": brief.render,
    "issues": known_issues.render,
    "health": health.render,
    **{view: (lambda card, view=view: section.render(card, view, 0)) for view in section.TITLES},
}
A_FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("view", RENDERS)
@A_FEW
@given(card=CARDS)
def test_an_answer_about_anybody_is_sound(view: str, card: Card) -> None:
    assert wrong(RENDERS[view](card).body()) == []


@pytest.mark.parametrize("view", RENDERS)
@A_FEW
@given(card=CARDS)
def test_a_shared_answer_is_sound_and_names_who_shared_it(view: str, card: Card) -> None:
    body = views.public(card, view, 0, READER)
    assert wrong(body) == []
    assert "Shared by Maya Lindqvist · as of 2026-11-18 09:00 UTC" in str(body["blocks"])
    assert not [one for one in objects(body["blocks"]) if one.get("type") == "user"]
