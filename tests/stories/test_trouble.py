"""When the database or Slack is in trouble, people are told what is true, and nothing pretends."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot import manifest
from bot.app import build
from bot.demo import workspace
from bot.sandbox import HARBOUR, Clock, Sandbox
from bot.settings import load
from customers.errors import StorageBusy
from tests.conftest import Story


async def test_a_locked_database_is_told_and_the_same_press_works_later(fresh: Story) -> None:
    slack, file = fresh.slack, fresh.bot.database.file
    assert file is not None
    asked = await slack.command("maya", "#engineering", "/customer link brightwater")
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    told = await slack.press("maya", asked, "Link")
    assert "The database is busy; nothing was changed." in told, slack.render_transcript()
    assert "Brightwater Logistics" in await slack.command("maya", "#engineering", "/brief brightwater")
    blocker.execute("ROLLBACK")
    blocker.close()
    assert "This channel is now about Brightwater Logistics." in await slack.press("maya", asked, "Link")


async def test_a_customer_that_is_gone_is_told_when_an_old_button_is_pressed(fresh: Story) -> None:
    slack, file = fresh.slack, fresh.bot.database.file
    assert file is not None
    seen = await slack.command("maya", "#cs-team", "/brief oakline")
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM customers WHERE slug = 'oakline-retail'")
        database.execute("UPDATE feeds SET version = version + 1 WHERE kind = 'catalogue'")
    database.close()
    assert "This customer is no longer in Dossier." in await slack.press("maya", seen, "Health")
    assert "No customer is called" in await slack.command("maya", "#cs-team", "/brief oakline")


async def test_an_import_by_another_process_is_noticed_at_the_next_question(fresh: Story) -> None:
    file = fresh.bot.database.file
    assert file is not None
    with sqlite3.connect(file) as database:
        database.execute(
            "UPDATE customers SET name = 'Oakline Stores', slug = 'oakline-stores' WHERE slug = 'oakline-retail'"
        )
        database.execute("UPDATE feeds SET version = version + 1 WHERE kind = 'catalogue'")
    database.close()
    assert "Status: Active" in await fresh.slack.command("maya", "#cs-team", "/brief oakline stores")


async def test_an_answer_that_slack_does_not_take_leaves_the_bot_well(fresh: Story) -> None:
    seen = await fresh.slack.command("maya", "#cs-team", "/brief kestrel")
    fresh.slack.faults.add("response_url", "http_500")
    await fresh.slack.press("maya", seen, "Health")
    assert "Yellow" in await fresh.slack.press("maya", seen, "Health")


async def test_a_slack_that_hangs_is_told_in_time(fresh: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.QUICK", 0.02)
    fresh.slack.faults.add("users.info", "hang")
    asked = asyncio.ensure_future(fresh.slack.command("maya", "#cs-team", "/brief kestrel"))
    async with asyncio.timeout(2):
        while "<- ack" not in fresh.slack.render_transcript():  # noqa: ASYNC110 - nothing tells that the bot gave up
            await asyncio.sleep(0)
    fresh.slack.faults.release()
    seen = await asked
    assert "Slack did not confirm who you are" in seen
    assert not seen.errors


async def test_a_change_that_could_not_be_imported_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Acme\n\n**Status:** Active\n**Tier:** Growth\n")
    async with workspace(documents=tmp_path, frozen=True) as (slack, bot):
        (tmp_path / "b.md").write_text("# Bolt\n\n**Status:** Active\n**Tier:** Growth\n")
        blocker = sqlite3.connect(str(bot.database.file), isolation_level=None)
        await slack.move(timedelta(minutes=1))
        await bot.tick(bot.clock())
        blocker.execute("BEGIN IMMEDIATE")
        await slack.move(timedelta(minutes=1))
        with pytest.raises(StorageBusy):
            await bot.tick(bot.clock())
        blocker.execute("ROLLBACK")
        blocker.close()
        await slack.move(timedelta(minutes=1))
        await bot.tick(bot.clock())
        assert "Bolt" in await slack.command("maya", "#cs-team", "/brief bolt")


async def test_a_share_that_outlives_its_time_says_that_it_may_have_happened(
    fresh: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.listen.PRESS_IN_TIME", 0.05)
    seen = await fresh.slack.command("maya", "#cs-team", "/brief kestrel")
    fresh.slack.faults.add("chat.postMessage", "hang", after_doing=True)
    pressed = asyncio.ensure_future(fresh.slack.press("maya", seen, "Share in channel"))
    async with asyncio.timeout(2):
        while "response_url" not in fresh.slack.render_transcript():  # noqa: ASYNC110 - nothing tells that it gave up
            await asyncio.sleep(0)
    fresh.slack.faults.release()
    assert "it may have been done all the same" in await pressed


@pytest.mark.parametrize("kind", ["cut", "http_500", "ratelimited", "error"])
async def test_a_slack_that_is_down_at_the_start_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("bot.app.RETRY", 0)
    async with Sandbox(manifest.file(), Clock(HARBOUR.starts_at, frozen=True), HARBOUR) as slack:
        slack.faults.add("auth.test", kind)
        slack.faults.add("apps.connections.open", kind)
        environment = {"SLACK_API_URL": slack.api_url, "DATA_DIR": str(tmp_path), "PORT": "0"}
        environment |= {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
        async with build(load(environment), slack.clock.now) as bot:
            await bot.start()
            assert bot.ready
            await bot.stop()


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(hours=-1), timedelta(days=365 * 73)], ids=str)
async def test_a_clock_that_jumps_changes_no_customer_and_raises_no_alarm(fresh: Story, by: timedelta) -> None:
    await fresh.slack.move(by)
    await fresh.bot.tick(fresh.bot.clock())
    assert "1–4 of 4" in await fresh.slack.command("maya", "#cs-team", "/customer list")
    seen = await fresh.slack.command("maya", "#cs-team", "/health brightwater")
    assert ("Green" in seen) or ("too old to judge" in seen)
    assert "Red" not in seen
