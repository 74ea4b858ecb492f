"""A CSM opens Slack two minutes before a call and types /brief."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo import EXAMPLES, workspace
from bot.sandbox import Sandbox
from tests.conftest import Story


@pytest.mark.parametrize("name", ["demo", "Brightwater Logistics", "bwl", "BRIGHTWATER", "kestrel-health", "oakline"])
async def test_a_brief_is_private_and_ends_with_the_age_of_its_data(slack: Sandbox, name: str) -> None:
    seen = await slack.command("maya", "#cs-team", f"/brief {name}")
    assert seen.is_private
    assert not seen.errors
    assert "Document of 2026-" in seen.text
    assert "usage up to 2026-W46" in seen.text


async def test_a_brief_says_what_a_csm_needs(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/brief brightwater")
    for words in (
        "Brightwater Logistics",
        "Green  Adoption 89.2 %: 214 of 240 contracted seats in 2026-W46.",
        "Enterprise",
        "CSM: Maya Okafor",
        "$18,000/month, 240 users",
        "2027-02-12, in 88 days",
        "Workaround: press “Re-read drop”",
        "2026-11-04",
    ):
        assert words in seen, slack.render_transcript()


async def test_a_typing_mistake_is_forgiven(slack: Sandbox) -> None:
    assert "Brightwater Logistics" in await slack.command("maya", "#cs-team", "/brief brihgtwater")


async def test_an_unknown_name_is_answered_with_the_next_step(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/brief zzz corp")
    assert "No customer is called “zzz corp”. See all names with /customer list." in seen


async def test_no_name_outside_a_customer_channel_asks_which(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/brief")
    assert "Which customer? Type /brief and a name, or link this channel with /customer link." in seen


@pytest.mark.parametrize(
    "typed",
    [
        "💥" * 40,
        "a" * 3_900,
        "\u202eemca",
        "\x00\x01",
        "<!channel> & <@U0IRIS>",
        "*Acme*_ ~x~ `y`",
        "…",
        "'; DROP TABLE customers;--",
    ],
)
async def test_whatever_is_typed_is_answered_literally_and_never_guessed(slack: Sandbox, typed: str) -> None:
    seen = await slack.command("maya", "#cs-team", f"/brief {typed}")
    assert not seen.errors, slack.render_transcript()
    assert ("No customer is called" in seen) or ("Which customer?" in seen)
    assert "mrkdwn" not in str(seen.blocks)
    assert len(seen.text) < 300


async def test_similar_names_become_a_choice_and_a_press_opens_the_chosen(tmp_path: Path) -> None:
    for name in ("Harbor Foods", "Harbor Freight", "Harbor Films"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n**Status:** Active\n**Tier:** Growth\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        seen = await slack.command("maya", "#cs-team", "/brief harbor")
        assert "could be more than one customer" in seen
        assert {"Harbor Films", "Harbor Foods", "Harbor Freight"} <= set(seen.buttons)
        opened = await slack.press("maya", seen, "Harbor Freight")
        assert "Harbor Freight" in opened
        assert "Status: Active" in opened


async def test_every_view_is_one_press_away_and_replaces_the_brief_in_place(fresh: Story) -> None:
    seen = await fresh.slack.command("maya", "#cs-team", "/brief kestrel")
    before = len(fresh.slack.messages("#cs-team", "maya"))
    for button, words in (
        ("Setup", "Technical Setup"),
        ("History", "Support History"),
        ("More", "Notes"),
        ("Health", "Yellow"),
        ("Brief", "Contract"),
    ):
        seen = await fresh.slack.press("maya", seen, button)
        assert words in seen, fresh.slack.render_transcript()
    assert len(fresh.slack.messages("#cs-team", "maya")) == before


async def test_what_changed_since_the_last_look_is_told(tmp_path: Path) -> None:
    document = tmp_path / "acme.md"
    document.write_text("# Acme\n\n**Status:** Pilot\n**Tier:** Growth\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, bot):
        first = await slack.command("maya", "#cs-team", "/brief acme")
        assert "Since you last looked" not in first
        await bot.tick(bot.clock())
        document.write_text("# Acme\n\n**Status:** Active\n**Tier:** Growth\n\n## Known Issues\n- Exports are slow\n")
        await slack.move(timedelta(hours=20))
        for _ in range(2):  # the first look sees the change, the second that nobody is writing any more
            await bot.tick(bot.clock())
            await slack.move(timedelta(minutes=1))
        again = await slack.command("maya", "#cs-team", "/brief acme")
        assert "Since you last looked (20 hours ago)" in again, slack.render_transcript()
        assert "Status: Pilot → Active" in again
        assert "Known Issues added" in again


async def test_the_last_good_version_stays_while_the_document_is_broken(tmp_path: Path) -> None:
    document = tmp_path / "acme.md"
    document.write_text("# Acme\n\n**Status:** Active\n**Tier:** Growth\n**CSM:** Maya Okafor\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, bot):
        document.write_text("# Acme\n\n**Status:** Activ\n**Tier:** Growth\n**CSM:** Maya Okafor\n")
        for _ in range(2):
            await slack.move(timedelta(minutes=1))
            await bot.tick(bot.clock())
        seen = await slack.command("maya", "#cs-team", "/brief acme")
        assert "The document has an error since 2026-11-16; this is the last good version." in seen
        assert "Status: Active" in seen


async def test_a_customer_missing_from_the_documents_is_flagged_and_kept(tmp_path: Path) -> None:
    for name in ("Acme", "Bolt"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n**Status:** Active\n**Tier:** Growth\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, bot):
        (tmp_path / "Acme.md").unlink()
        for _ in range(2):
            await slack.move(timedelta(minutes=1))
            await bot.tick(bot.clock())
        assert "No document names this customer since 2026-11-16." in await slack.command(
            "maya", "#cs-team", "/brief acme"
        )


async def test_the_examples_are_there(slack: Sandbox) -> None:
    listed = await slack.command("iris", "#general", "/customer list")
    assert len(list(EXAMPLES.glob("*.md"))) == 4
    for name in ("Brightwater Logistics", "Demo Account (Internal Testing)", "Kestrel Health", "Oakline Retail"):
        assert name in listed


@pytest.mark.parametrize("typed", ["Brown & Sons", "brown & sons", "B&S"])
async def test_a_name_with_an_ampersand_is_found_as_it_is_written(tmp_path: Path, typed: str) -> None:
    for name, alias in (("Brown & Sons", "B&S"), ("Brown Amp Sons", "BAS")):
        text = f"# {name}\n\n**Status:** Active\n**Tier:** Growth\n**Aliases:** {alias}\n"
        (tmp_path / f"{alias}.md").write_text(text)
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        assert "Status: Active" in await slack.command("maya", "#cs-team", f"/brief {typed}")


async def test_what_looks_like_a_link_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Booking.com\n\n**Status:** Active\n**Tier:** Growth\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        assert "Status: Active" in await slack.command("maya", "#cs-team", "/brief booking.com")
        assert "“nobody@x.example & <b>”" in await slack.command("maya", "#cs-team", "/brief nobody@x.example & <b>")


@pytest.mark.parametrize("command", ["/brief", "/known-issues", "/health", "/customer"])
async def test_every_command_has_help(slack: Sandbox, command: str) -> None:
    assert "What Dossier answers" in await slack.command("maya", "#cs-team", f"{command} help")


async def test_more_shows_the_lines_that_the_brief_does_not(slack: Sandbox) -> None:
    seen = await slack.press("maya", await slack.command("maya", "#cs-team", "/brief brightwater"), "More")
    assert "Executive sponsor: " in seen
    assert "Timezone: America/Chicago" in seen


async def test_one_similar_name_is_offered_as_what_was_meant(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/brief oak ret")
    assert "No customer is called “oak ret”. Did you mean:" in seen
    assert "Status: Active" in await slack.press("maya", seen, "Oakline Retail")
