"""A message becomes an entry in the customer's history, and the brief is one shortcut away."""

from tests.conftest import Story

WORDS = "Oakline has no sponsor since Renée left in September."


async def test_a_message_becomes_an_entry_that_the_brief_shows(fresh: Story) -> None:
    message = next(one for one in fresh.slack.messages("#cs-team", "maya") if WORDS in one.text)
    form = await fresh.slack.shortcut("maya", "Add to history", message)
    seen = await fresh.slack.submit("maya", form, {"Customer": "oakline", "Date": "2026-11-12"})
    assert "Added to the history of Oakline Retail as of 2026-11-12." in seen
    assert seen.message.thread_ts == message.ts
    brief = await fresh.slack.command("iris", "#cs-team", "/brief oakline")
    assert "2026-11-12" in brief
    assert WORDS in brief


async def test_it_is_today_unless_somebody_says_otherwise(fresh: Story) -> None:
    posted = await fresh.slack.say("maya", "#cs-team", "Kick-off with Oakline's new sponsor.")
    form = await fresh.slack.shortcut("maya", "Add to history", posted.own)
    seen = await fresh.slack.submit("maya", form, {"Customer": "oakline"})
    assert "as of 2026-11-16." in seen


async def test_a_day_that_is_still_to_come_is_refused(fresh: Story) -> None:
    posted = await fresh.slack.say("maya", "#cs-team", "Kick-off with Oakline's new sponsor.")
    form = await fresh.slack.shortcut("maya", "Add to history", posted.own)
    seen = await fresh.slack.submit("maya", form, {"Customer": "oakline", "Date": "2026-11-17"})
    assert "This day is still to come; choose today or an earlier one." in seen


async def test_a_brief_is_one_shortcut_away(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "Customer brief")
    seen = await fresh.slack.submit("maya", form, {"Customer": "kestrel"})
    assert "Kestrel Health" in seen
    assert "Document of 2026-" in seen
    assert seen.buttons == []
    assert seen.view.raw.get("submit") is None
