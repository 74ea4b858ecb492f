"""A message becomes a feature request, a second customer joins it, and product sees why it matters."""

import pytest

from bot.sandbox import Message, Sandbox
from tests.conftest import Story

ADD = "Add my customer to this one"


def _said(slack: Sandbox, channel: str, words: str, person: str = "maya") -> Message:
    return next(one for one in reversed(slack.messages(channel, person)) if words in one.text)


async def _log(story: Story, channel: str, words: str, **values: object) -> Message:
    """Captures the message with these words and submits; the message it was."""
    message = _said(story.slack, channel, words)
    await story.slack.shortcut("maya", "Log feature request", message)
    seen = await story.slack.submit("maya", None, {name.capitalize(): value for name, value in values.items()})
    assert not seen.views, seen.text
    return message


async def test_a_message_becomes_a_request_and_its_thread_says_so(fresh: Story) -> None:
    message = _said(fresh.slack, "#brightwater", "third time this month")
    form = await fresh.slack.shortcut("maya", "Log feature request", message)
    fields = {one["block_id"]: one.get("element", {}) for one in form.view.blocks if one["type"] == "input"}
    assert fields["quote"]["initial_value"] == message.text
    assert "Importance for Brightwater Logistics" in form
    await fresh.slack.select("maya", form, "importance", "blocker")
    seen = await fresh.slack.submit("maya", form, {"Title": "SSO for drivers' phones"})
    told = seen.message
    assert (told.channel, told.thread_ts, told.is_ephemeral) == ("C0BRIGHT", message.ts, False)
    assert "Request 1 saved “SSO for drivers' phones” (backlog), wanted by Brightwater Logistics." in seen
    shown = await fresh.slack.command("iris", "#cs-team", "/features show 1")
    assert "blocker" in shown
    assert "third time this month. This needs an owner." in shown


async def test_a_second_customer_joins_and_it_becomes_a_priority_with_the_reason(fresh: Story) -> None:
    await _log(fresh, "#brightwater", "third time this month", title="SSO for drivers' phones")
    form = await fresh.slack.shortcut("maya", "Log feature request", _said(fresh.slack, "#kestrel", "nightly export"))
    await fresh.slack.select("maya", form, "wanted", ["kestrel"])
    await fresh.slack.select("maya", form, "request_title", "phones: SSO for their nurses")
    assert "Request 1: SSO for drivers' phones\nbacklog · 1 customer: Brightwater Logistics" in form
    await fresh.slack.press("maya", form, ADD)
    assert (form.view.title, "Make it a new one instead" in form.buttons) == ("Add to request 1", True)
    seen = await fresh.slack.submit("maya", form)
    assert "Added to request 1" in seen, fresh.slack.render_transcript()
    assert "2 customers want it: Brightwater Logistics and Kestrel Health" in seen
    shown = await fresh.slack.command("iris", "#cs-team", "/features show 1")
    assert "2 customers want it: Brightwater Logistics and Kestrel Health" in shown


async def test_several_customers_can_be_chosen_from_anywhere(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "log_request_global")
    await fresh.slack.select("maya", form, "wanted", ["bwl", "oakline"])
    assert "Importance for Oakline Retail" in form
    seen = await fresh.slack.submit("maya", form, {"Title": "Rate sheets in Spanish"})
    assert "wanted by Brightwater Logistics, Oakline Retail" in seen
    assert seen.message.channel.startswith("D")


async def test_the_same_message_is_one_request_however_often_it_is_captured(fresh: Story) -> None:
    await _log(fresh, "#brightwater", "third time this month", title="SSO for phones")
    message = _said(fresh.slack, "#brightwater", "third time this month")
    await fresh.slack.shortcut("jonas", "Log feature request", message)
    seen = await fresh.slack.submit("jonas", None, {"Title": "Another title"})
    assert "This message is request 1 already" in seen, fresh.slack.render_transcript()
    assert "Another title" not in await fresh.slack.command("iris", "#cs-team", "/features list")


async def test_a_submit_that_is_delivered_again_changes_nothing(fresh: Story) -> None:
    message = await _log(fresh, "#brightwater", "third time this month", title="SSO for phones")
    submit = fresh.slack.deliveries.last
    for _ in range(20):
        await fresh.slack.deliver(submit)
    thread = [one for one in fresh.slack.messages("#brightwater", "iris") if one.thread_ts == message.ts]
    assert len(thread) == 1


async def test_where_outsiders_read_only_the_person_is_told(fresh: Story) -> None:
    message = _said(fresh.slack, "#shared-brightwater", "SSO for the drivers' phones")
    before = fresh.slack.messages("#shared-brightwater", "olga")
    form = await fresh.slack.shortcut("maya", "Log feature request", message)
    seen = await fresh.slack.submit("maya", form, {"Customers": ["brightwater"]})
    assert "Request 1 saved" in seen
    assert fresh.slack.messages("#shared-brightwater", "olga") == before


async def test_mistakes_are_told_in_the_form_which_stays_open(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "log_request_global")
    seen = await fresh.slack.submit("maya", form, {"Customers": ["oakline"], "Title": " x "})
    assert "Write a title of at least 3 characters." in seen
    assert not (await fresh.slack.submit("maya", form, {"Title": "Export"})).views


@pytest.mark.parametrize("name", ["Log feature request", "Report customer bug", "Add to history"])
async def test_a_guest_can_capture_nothing(fresh: Story, name: str) -> None:
    message = _said(fresh.slack, "#brightwater", "third time this month", "gus")
    seen = await fresh.slack.shortcut("gus", name, message)
    assert "Dossier answers full members of this workspace only." in seen
    assert not [one for one in seen.blocks if one["type"] == "input"]


HOSTILE = "@channel <!here> &amp; *bold* @iris #general https://x.example/a?b=1&c=2 `code` </script>"


async def test_what_people_write_is_kept_letter_for_letter_and_notifies_nobody(fresh: Story) -> None:
    posted = await fresh.slack.say("maya", "#cs-team", HOSTILE)
    form = await fresh.slack.shortcut("maya", "Log feature request", posted.own)
    quote = next(one["element"] for one in form.view.blocks if one.get("block_id") == "quote")["initial_value"]
    assert quote == HOSTILE.replace("@iris", "@U0IRIS").replace("#general", "#C0GENERAL")
    seen = await fresh.slack.submit("maya", form, {"Customers": ["oakline"], "Title": "<!channel> & *bold* title"})
    assert "“<!channel> & *bold* title”" in seen
    kinds = {one["type"] for block in seen.message.blocks for line in block["elements"] for one in line["elements"]}
    assert kinds == {"text"}
    assert "<!channel>" not in seen.message.text
