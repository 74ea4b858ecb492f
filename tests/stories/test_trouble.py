"""When the database or Slack is in trouble, people are told what is true, and nothing pretends."""

import asyncio
import sqlite3

import pytest

from tests.conftest import Story


async def test_a_locked_database_is_told_and_the_same_press_works_later(fresh: Story) -> None:
    slack, file = fresh.slack, fresh.bot.database.file
    assert file is not None
    asked = await slack.command("maya", "#brightwater", "/customer link brightwater")
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    told = await slack.press("maya", asked, "Link")
    assert "The database is busy; nothing was changed." in told, slack.render_transcript()
    assert "Brightwater Logistics" in await slack.command("maya", "#brightwater", "/brief brightwater")
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
    assert "Oakline" in await fresh.slack.command("maya", "#cs-team", "/brief oakline stores")


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
