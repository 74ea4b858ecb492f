"""Sharing an answer with a channel: once, on purpose, and never with outsiders."""

import pytest

from tests.conftest import Story


async def _share(story: Story, channel: str, command: str = "/brief brightwater") -> str:
    seen = await story.slack.command("maya", channel, command)
    return (await story.slack.press("maya", seen, "Share in channel")).text


async def test_a_shared_brief_is_public_and_says_who_shared_it(fresh: Story) -> None:
    await _share(fresh, "#cs-team")
    seen = fresh.slack.messages("#cs-team", "iris")[-1]
    assert "Shared by Maya Okafor · as of 2026-11-16 08:00 UTC" in str(seen.blocks)
    assert "Share in channel" not in str(seen.blocks)


async def test_the_dialog_can_be_answered_with_no(fresh: Story) -> None:
    seen = await fresh.slack.command("maya", "#cs-team", "/brief brightwater")
    before = len(fresh.slack.messages("#cs-team", "iris"))
    await fresh.slack.press("maya", seen, "Share in channel", confirm=False)
    assert len(fresh.slack.messages("#cs-team", "iris")) == before


async def test_the_button_below_a_shared_brief_answers_privately(fresh: Story) -> None:
    await _share(fresh, "#cs-team")
    shared = fresh.slack.messages("#cs-team", "iris")[-1]
    seen = await fresh.slack.press("iris", shared, "Open for me")
    assert seen.is_private
    assert "Brightwater Logistics" in seen


async def test_nothing_is_shared_where_outsiders_read(fresh: Story) -> None:
    before = len(fresh.slack.messages("#shared-brightwater", "olga"))
    told = await _share(fresh, "#shared-brightwater")
    assert "Not shared: people from outside your organisation can read this channel." in told
    assert len(fresh.slack.messages("#shared-brightwater", "olga")) == before


async def test_nothing_is_shared_when_slack_does_not_say_who_reads(fresh: Story) -> None:
    fresh.slack.faults.add("conversations.info", "http_500")
    assert "Not shared: Slack did not confirm that this channel is internal." in await _share(fresh, "#cs-team")


async def test_a_channel_that_became_shared_a_moment_ago_is_refused(fresh: Story) -> None:
    await _share(fresh, "#cs-team")
    await fresh.slack.share("#cs-team")
    assert "Not shared" in await _share(fresh, "#cs-team")


async def test_where_the_bot_cannot_post_the_next_step_is_told(fresh: Story) -> None:
    assert "/invite @Dossier" in await _share(fresh, "#random")


async def test_a_press_that_is_delivered_again_shares_once(fresh: Story) -> None:
    await _share(fresh, "#cs-team")
    press = fresh.slack.deliveries.last
    before = len(fresh.slack.messages("#cs-team", "iris"))
    for _ in range(20):
        await fresh.slack.deliver(press)
    assert len(fresh.slack.messages("#cs-team", "iris")) == before


@pytest.mark.parametrize(
    ("kind", "after_doing", "told"),
    [
        ("ratelimited", False, "Not shared: Slack answered “ratelimited”."),
        ("http_500", True, "Slack did not say whether the post arrived."),
        ("cut", True, "Slack did not say whether the post arrived."),
        ("error", False, "Not shared: Slack answered"),
    ],
)
async def test_a_post_that_fails_is_told_truthfully(fresh: Story, kind: str, after_doing: bool, told: str) -> None:
    fresh.slack.faults.add("chat.postMessage", kind, after_doing=after_doing, error="is_archived")
    assert told in await _share(fresh, "#cs-team")
    assert len(fresh.slack.transcript.calls("chat.postMessage")) == 1
