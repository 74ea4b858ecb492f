"""An engineer asks before touching a custom setup."""

from pathlib import Path

from bot.demo import workspace
from bot.sandbox import Sandbox


async def test_issues_come_with_their_workarounds_and_the_custom_code(slack: Sandbox) -> None:
    seen = await slack.command("jonas", "#engineering", "/known-issues brightwater")
    assert "1. The depot board shows yesterday's loads" in seen
    assert "Workaround: press “Re-read drop” on the board" in seen
    assert "src/customers/brightwater/lane_review.py" in seen
    assert "owner Priya Raman, reviewed 2026-08-21" in seen


async def test_expected_behaviour_is_marked_as_such(slack: Sandbox) -> None:
    assert "(expected)" in await slack.command("jonas", "#engineering", "/known-issues demo")


async def test_a_customer_without_issues_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Acme\n\n**Status:** Active\n**Tier:** Growth\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        assert "No known issues are documented." in await slack.command("jonas", "#engineering", "/known-issues acme")


async def test_hostile_text_is_shown_literally_and_notifies_nobody(tmp_path: Path) -> None:
    hostile = "<!channel> <@U0IRIS> <https://x.example|Acme> *Acme*_ & <b> `code"
    text = f"# Acme\n\n**Status:** Active\n**Tier:** Growth\n**Contract:** {hostile}\n\n## Known Issues\n- {hostile}\n"
    (tmp_path / "a.md").write_text(text)
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        for command in ("/brief acme", "/known-issues acme"):
            seen = await slack.command("jonas", "#engineering", command)
            assert not seen.errors, slack.render_transcript()
            typed = [one for one in _texts(seen.blocks) if "channel" in str(one)]
            assert all(one["type"] in ("text", "plain_text") for one in typed)
            assert hostile in seen.text


async def test_a_very_long_document_is_read_page_by_page(tmp_path: Path) -> None:
    lines = "\n".join(f"- Step {n}: {'turn the wheel and wait ' * 8}" for n in range(400))
    (tmp_path / "a.md").write_text(f"# Acme\n\n**Status:** Active\n**Tier:** Growth\n\n## Technical Setup\n{lines}\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, _bot):
        seen = await slack.press("jonas", await slack.command("jonas", "#engineering", "/brief acme"), "Setup")
        found, pages = seen.text, 1
        while any(button.startswith("Read on") for button in seen.buttons):
            seen = await slack.press("jonas", seen, next(b for b in seen.buttons if b.startswith("Read on")))
            assert not seen.errors, slack.render_transcript()
            found, pages = found + seen.text, pages + 1
        assert pages > 10
        assert all(f"Step {n}:" in found for n in range(400))


def _texts(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        own = [value] if isinstance(value.get("text"), str) else []
        return own + [one for part in value.values() for one in _texts(part)]
    return [one for part in value for one in _texts(part)] if isinstance(value, list | tuple) else []
