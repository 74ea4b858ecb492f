"""Somebody leaves the team: what was meant for them is heard by whoever is still there."""

from datetime import timedelta

import pytest

from bot.sandbox.seen import text_in
from tests.conftest import Story
from tests.stories.test_digest import CHANNEL, HOUR, later


def _told(story: Story, person: str) -> list[str]:
    """What they were told about messages that could not be delivered."""
    return [text_in(one).partition(" (")[0] for one in story.slack.dms(person) if "could not be delivered" in one.text]


@pytest.mark.parametrize("left", [False, True])
async def test_that_a_digest_is_paused_is_told_to_whoever_made_it_or_else_to_the_team(fresh: Story, left: bool) -> None:
    form = await fresh.slack.command("jonas", CHANNEL, "/digest here")
    await fresh.slack.submit("jonas", form, {})
    await later(fresh)
    if left:
        await fresh.slack.change("jonas", deleted=True)
    await fresh.slack.archive(CHANNEL)  # which is the team's own, so an admin is told
    await later(fresh, HOUR)
    heard = [one for one in fresh.slack.dms("jonas") if "digest" in one.text and "paused" in one.text]
    assert len(heard) == int(not left)
    assert ("Word that a weekly digest is paused could not be delivered" in _told(fresh, "iris")) is left


async def test_steps_of_a_playbook_that_belong_to_nobody_any_more_are_told_to_the_team(fresh: Story) -> None:
    form = await fresh.slack.command("maya", "#engineering", "/playbook start renewal brightwater")
    assert not (await fresh.slack.submit("maya", form, {"owner:engineering": "jonas"})).errors
    await fresh.slack.change("jonas", deleted=True)
    await later(fresh)
    await later(fresh, timedelta(days=8, hours=2))
    team = [text_in(one) for one in fresh.slack.messages(CHANNEL, "maya") if one.bot_id]
    assert any(one.startswith("A reminder of a playbook could not be delivered (the person") for one in team)
