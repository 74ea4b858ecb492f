"""Guests, outsiders, bots and unknown people get a polite sentence and no hint that a customer exists."""

from datetime import timedelta

import pytest

from bot.sandbox import Sandbox
from tests.conftest import Story

REFUSED = "Dossier answers full members of this workspace only."


@pytest.mark.parametrize(
    "typed", ["/brief brightwater", "/brief nobody", "/known-issues demo", "/health", "/customer list"]
)
async def test_a_guest_is_refused_whatever_they_type(slack: Sandbox, typed: str) -> None:
    seen = await slack.command("gus", "#general", typed)
    assert seen.text.startswith(REFUSED)
    assert "rightwater" not in seen.text


async def test_an_outsider_cannot_type_commands_at_all(slack: Sandbox) -> None:
    seen = await slack.command("olga", "#shared-brightwater", "/brief brightwater")
    assert seen.errors
    assert "rightwater Logistics" not in seen.text


async def test_an_outsider_who_presses_a_button_gets_nothing(fresh: Story) -> None:
    slack = fresh.slack
    seen = await slack.command("maya", "#cs-team", "/brief brightwater")
    await slack.press("maya", seen, "Share in channel")
    await slack.share("#cs-team")
    await slack.join("olga", "#cs-team")
    shared = slack.messages("#cs-team", "olga")[-1]
    told = await slack.press("olga", shared, "Open for me")
    assert told.text.startswith(REFUSED)


async def test_nobody_is_answered_while_slack_does_not_say_who_they_are(fresh: Story) -> None:
    fresh.slack.faults.add("users.info", "http_500")
    seen = await fresh.slack.command("maya", "#cs-team", "/brief brightwater")
    assert "Slack did not confirm who you are, so nothing is shown." in seen
    assert "Brightwater Logistics" in await fresh.slack.command("maya", "#cs-team", "/brief brightwater")


async def test_a_member_who_becomes_a_guest_is_refused_at_once(fresh: Story) -> None:
    assert "Brightwater" in await fresh.slack.command("maya", "#cs-team", "/brief brightwater")
    await fresh.slack.change("maya", is_restricted=True)
    assert REFUSED in await fresh.slack.command("maya", "#cs-team", "/brief brightwater")


async def test_what_is_known_about_a_person_is_asked_again_after_five_minutes(fresh: Story) -> None:
    for minutes in (0, 4, 2):
        await fresh.slack.move(timedelta(minutes=minutes))
        await fresh.slack.command("maya", "#cs-team", "/brief brightwater")
    assert len(fresh.slack.transcript.calls("users.info")) == 2
