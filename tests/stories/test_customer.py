"""/customer list, link, unlink, help."""

from pathlib import Path

import pytest

from bot.demo import workspace
from bot.sandbox import Sandbox
from tests.conftest import Story


async def test_a_linked_channel_needs_no_name(fresh: Story) -> None:
    slack = fresh.slack
    asked = await slack.command("maya", "#engineering", "/customer link brightwater")
    assert "Make this channel about Brightwater Logistics?" in asked
    assert "This channel is now about Brightwater Logistics." in await slack.press("maya", asked, "Link")
    for command in ("/brief", "/known-issues", "/health"):
        assert "Brightwater Logistics" in await slack.command("jonas", "#engineering", command)
    assert "Kestrel Health" in await slack.command("jonas", "#engineering", "/brief kestrel")


async def test_a_link_that_is_not_confirmed_changes_nothing(fresh: Story) -> None:
    asked = await fresh.slack.command("maya", "#engineering", "/customer link brightwater")
    assert "Nothing was changed." in await fresh.slack.press("maya", asked, "Cancel")
    assert "Which customer?" in await fresh.slack.command("maya", "#engineering", "/brief")


async def test_a_link_can_be_taken_back(fresh: Story) -> None:
    slack = fresh.slack
    await slack.press("maya", await slack.command("maya", "#engineering", "/customer link brightwater"), "Link")
    asked = await slack.command("maya", "#engineering", "/customer unlink")
    assert "Unlink this channel from Brightwater Logistics?" in asked
    assert "no longer linked" in await slack.press("maya", asked, "Unlink")
    assert "This channel is not linked to a customer." in await slack.command(
        "maya", "#engineering", "/customer unlink"
    )


async def test_the_list_is_filtered_and_paged(tmp_path: Path) -> None:
    for n in range(40):
        tier = "Growth" if n % 2 else "Startup"
        (tmp_path / f"{n}.md").write_text(f"# Customer {n:02}\n\n**Status:** Active\n**Tier:** {tier}\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        seen = await slack.command("maya", "#cs-team", "/customer list growth")
        assert "1–15 of 20" in seen
        last = await slack.press("maya", seen, "Next ›")
        assert "16–20 of 20" in last
        assert "Customer 39" in last
        assert "1–15 of 20" in await slack.press("maya", last, "‹ Previous")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/customer", "What Dossier answers"),
        ("/customer help", "What Dossier answers"),
        ("/customer list nothing like this", "No customers matching “nothing like this”."),
        ("/customer frobnicate", "/customer knows no “frobnicate”. Try /customer list, /customer link"),
        ("/customer link", "Which customer?"),
        ("/customer link zzz", "No customer is called “zzz”."),
        ("/customer list %", "No customers matching “%”."),
    ],
)
async def test_whatever_is_typed_has_an_answer(slack: Sandbox, typed: str, said: str) -> None:
    assert said in await slack.command("maya", "#cs-team", typed)


async def test_a_new_link_says_what_it_replaces(fresh: Story) -> None:
    slack = fresh.slack
    await slack.press("maya", await slack.command("maya", "#engineering", "/customer link brightwater"), "Link")
    again = await slack.command("jonas", "#engineering", "/customer link bwl")
    assert "This channel is about Brightwater Logistics already." in again
    other = await slack.command("jonas", "#engineering", "/customer link kestrel")
    assert "Make this channel about Kestrel Health instead of Brightwater Logistics?" in other


async def test_a_reset_of_the_sandbox_undoes_what_people_did(fresh: Story) -> None:
    slack = fresh.slack
    await slack.press("maya", await slack.command("maya", "#engineering", "/customer link brightwater"), "Link")
    await slack.reset()
    assert "Which customer?" in await slack.command("maya", "#engineering", "/brief")
