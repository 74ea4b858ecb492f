"""What `/health override | escalate | risk` understand, and what their forms refuse."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from commands import judgement_forms as forms
from commands.blocks import unnamed
from customers.model import Profile, Status
from customers.records import Card
from tests.commands import paper
from tests.commands.anybody import CARDS, TODAY, card_of, wrong
from tests.commands.fakes import Office

A_FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def _named(slug: str, *names: str) -> Profile:
    return Profile(slug, names[0], Status.ACTIVE, aliases=names[1:])


def _office() -> Office:
    known = (_named("acme", "Acme"), _named("risk", "Risk"), _named("override-group", "Override Group", "OGR"))
    office = Office(*known, _named("seven-group", "Group Seven"), _named("risk-zenith", "Risk Zenith"))
    office.store.links["C7"] = 1
    return office


@pytest.mark.parametrize(
    ("typed", "title", "about"),
    [
        ("override acme", "Override colour", "Acme"),
        ("Override ACME", "Override colour", "Acme"),
        ("escalate acme", "Escalate", "Acme"),
        ("risk acme", "Flag churn risk", "Acme"),
        ("risk Group Seven", "Flag churn risk", "Group Seven"),
        ("override", "Override colour", "Acme"),  # the channel's
        ("override risk", "Override colour", "Risk"),
        ("risk override group", "Flag churn risk", "Override Group"),
        ("override override group", "Override colour", "Override Group"),
        ("override OGR", "Override colour", "Override Group"),
        ("override zenith", "Override colour", "Risk Zenith"),
    ],
)
async def test_a_word_and_a_customer_open_a_form(typed: str, title: str, about: str) -> None:
    office = _office()
    body = {"command": "/health", "text": typed, "user_id": "U0MAYA", "channel_id": "C7", "trigger_id": "t1"}
    assert await office.on.hear(body) == {}
    (opened,) = office.outbound.opened
    assert opened[1]["title"]["text"] == title
    assert about in str(opened[1]["blocks"][0])
    assert paper.wrong(opened[1]) == []


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        ("risk", "Risk"),
        ("override group", "Override Group"),
        ("risk zeni", "Risk Zenith"),
        ("Override Grop", "Override Group"),
    ],
)
async def test_a_customer_who_is_called_so_is_found(typed: str, about: str) -> None:
    office = _office()
    answer = await office.type(f"/health {typed}", "C7")
    assert office.outbound.opened == []
    assert answer["text"].startswith(f"{about}: ")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("escalate", "Type /health escalate and a name"), ("escalate nobody like this", "“nobody like this”")],
)
async def test_nobody_is_guessed(typed: str, said: str) -> None:
    office = _office()
    answer = await office.type(f"/health {typed}", "C1")
    assert said in answer["text"]
    assert office.outbound.opened == []


@pytest.mark.parametrize("made", [forms.override, forms.escalate, forms.risk])
@A_FEW
@given(card=CARDS)
def test_a_form_about_anybody_is_sound(made: Any, card: Card) -> None:
    assert paper.wrong(made(card).view()) == []


@A_FEW
@given(card=CARDS)
def test_what_a_form_says_in_the_end_is_sound(card: Card) -> None:
    for one in card.record.judgements:
        told = forms.overridden(card, one) if one.colour else forms.said(card, one)
        assert paper.wrong(told.view()) == []


async def test_a_button_of_another_version_does_nothing() -> None:
    office = _office()
    assert "earlier version" in (await office.press("judge:promote", "1"))["text"]
    assert "no longer in Dossier" in (await office.press("judge:risk", "4711"))["text"]
    assert "no longer in Dossier" in (await office.press("judge:risk", "x"))["text"]


def test_whoever_is_mentioned_becomes_a_colleague() -> None:
    blocks = [{"type": "rich_text", "elements": [{"type": "user", "user_id": "U1"}, {"type": "text", "text": "user"}]}]
    assert unnamed(blocks) == [
        {"type": "rich_text", "elements": [{"type": "text", "text": "a colleague"}, {"type": "text", "text": "user"}]}
    ]


def test_the_last_day_offered_is_within_what_is_allowed() -> None:
    blocks = forms.override(card_of(_named("acme", "Acme"))).blocks
    (picker,) = [one["element"] for one in blocks if one.get("block_id") == "until"]
    assert picker["initial_date"] == (TODAY + timedelta(days=30)).isoformat()


def test_a_churned_customer_has_no_buttons_to_judge() -> None:
    from commands.judgement_views import buttons

    card = card_of(_named("acme", "Acme"))
    gone = card_of(replace(card.profile, status=Status.CHURNED))
    assert [len(buttons(one)) for one in (card, gone)] == [1, 0]
    assert wrong({"text": "x", "blocks": buttons(card)}) == []
