"""`dossier check`: every problem of the set-up at once, each with its mend."""

from pathlib import Path

import pytest

from bot import manifest
from bot.check import Finding, examine
from bot.sandbox import HARBOUR, Clock, Sandbox
from bot.settings import Settings, load
from tests.conftest import Story


def _settings(story: Story, folder: Path, **changed: str) -> Settings:
    environment = {
        "SLACK_API_URL": story.slack.api_url,
        "SLACK_BOT_TOKEN": story.slack.bot_token,
        "SLACK_APP_TOKEN": story.slack.app_token,
        "DATA_DIR": str(folder),
        "CUSTOMER_DOCS": str(folder / "docs"),
    }
    (folder / "docs").mkdir(exist_ok=True)
    return load(environment | changed)


def _mends(found: list[Finding]) -> dict[str, str]:
    return {one.about: one.said for one in found if not one.ok}


async def test_a_sound_set_up_is_all_well(fresh: Story, tmp_path: Path) -> None:
    settings = _settings(fresh, tmp_path)
    (tmp_path / "docs" / "a.md").write_text("# A\n\n**Status:** Active\n**CSM:** Maya Okafor\n**Tier:** Growth\n")
    found = await examine(settings)
    assert _mends(found) == {}
    assert {"settings", "documents", "database", "bot token", "scopes", "app token", "CSMs"} <= {f.about for f in found}


async def test_every_problem_comes_at_once(fresh: Story, tmp_path: Path) -> None:
    settings = _settings(fresh, tmp_path, SLACK_BOT_TOKEN="xoxb-sandbox-wrong", DATABASE_URL="mysql://x/y")
    (tmp_path / "docs" / "a.md").write_text("# A\n\n**Status:** Actve\n**Tier:** Growth\n")
    mends = _mends(await examine(settings))
    assert "a.md:3" in mends["documents"] or "0 customers" in mends["documents"]
    assert "invalid_auth" in mends["bot token"]
    assert "sqlite and postgresql" in mends["database"]


async def test_a_csm_who_is_no_slack_user_is_named(fresh: Story, tmp_path: Path) -> None:
    settings = _settings(fresh, tmp_path)
    text = "# A\n\n**Status:** Active\n**Tier:** Growth\n**CSM:** Nobody Known\n"
    (tmp_path / "docs" / "a.md").write_text(text)
    assert "A: Nobody Known is no Slack user" in _mends(await examine(settings))["CSMs"]


async def test_the_query_for_usage_is_tried(fresh: Story, tmp_path: Path) -> None:
    query = tmp_path / "usage.sql"
    query.write_text("select 1")
    asked = {"USAGE_DATABASE_URL": "postgresql://dossier:hunter2@127.0.0.1:1/x", "USAGE_QUERY": str(query)}
    said = _mends(await examine(_settings(fresh, tmp_path, **asked)))["usage query"]
    assert said.startswith("the product's database does not let us in: ")
    assert "hunter2" not in said
    query.unlink()
    query.mkdir()
    mends = _mends(await examine(_settings(fresh, tmp_path, **asked), frozenset({"USAGE_QUERY"})))
    assert "usage query" not in mends  # told already


async def test_missing_scopes_are_named(fresh: Story, tmp_path: Path) -> None:
    smaller = manifest.parsed()
    smaller["oauth_config"]["scopes"]["bot"].remove("chat:write")
    async with Sandbox(smaller, Clock(HARBOUR.starts_at), HARBOUR) as slack:
        mends = _mends(await examine(_settings(Story(slack, fresh.bot), tmp_path)))
    assert "missing chat:write" in mends["scopes"]


async def test_an_unreachable_slack_is_a_finding_too(tmp_path: Path, fresh: Story) -> None:
    mends = _mends(await examine(_settings(fresh, tmp_path, SLACK_API_URL="http://127.0.0.1:9/api/")))
    assert "cannot be reached" in mends["Slack"]


def _with_github(story: Story, folder: Path, **changed: str) -> Settings:
    github = story.slack.github
    known = {"GITHUB_API_URL": github.api_url, "GITHUB_REPOSITORY": github.repository, "GITHUB_TOKEN": github.token}
    return _settings(story, folder, **(known | changed))


async def test_github_is_asked_who_we_are(fresh: Story, tmp_path: Path) -> None:
    found = await examine(_with_github(fresh, tmp_path))
    said = [one.said for one in found if one.about == "GitHub"]
    assert said == ["harbour/product as dossier-bot", "no GITHUB_WEBHOOK_SECRET: asked every 120 s what changed"]
    mends = _mends(await examine(_with_github(fresh, tmp_path, GITHUB_TOKEN="ghp_-sandbox-wrong")))
    assert "token" in mends["GitHub"]


async def test_what_is_not_done_without_an_optional_scope_is_said(fresh: Story, tmp_path: Path) -> None:
    fewer = frozenset({"files:write", "im:history"})
    async with Sandbox(manifest.file(), Clock(HARBOUR.starts_at), HARBOUR, without_scopes=fewer) as slack:
        found = await examine(_settings(Story(slack, fresh.bot), tmp_path))
    said = [one.said for one in found if one.about == "scopes" and one.ok]
    assert "without files:write (optional): messages go without their charts" in said
    assert "without im:history (optional): a post whose outcome is unknown cannot be looked up" in said


async def test_without_github_it_says_what_that_means(fresh: Story, tmp_path: Path) -> None:
    found = await examine(_settings(fresh, tmp_path))
    assert any(one.ok and "reported bugs are saved and wait" in one.said for one in found)


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("C0NOBOT", "the bot is not in C0NOBOT; unarchive it or invite the bot there"),
        ("C0SHARED", "C0SHARED is shared with another organisation; choose an internal one"),
        ("C0NOBODY", "C0NOBODY cannot be read (channel_not_found); copy the id from the channel's details"),
    ],
)
async def test_a_channel_that_cannot_be_used_is_told(fresh: Story, tmp_path: Path, channel: str, said: str) -> None:
    found = await examine(_settings(fresh, tmp_path, BUG_CHANNEL=channel, FALLBACK_CHANNEL="C0CSTEAM"))
    assert _mends(found)["BUG_CHANNEL"] == said
    assert Finding(True, "FALLBACK_CHANNEL", "C0CSTEAM is internal and the bot is in it") in found
