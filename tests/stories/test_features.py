"""Product looks at what customers ask for, and decides; the CSMs and the threads hear of it."""

from bot.sandbox import Sandbox
from bot.sandbox.seen import Seen
from bot.sandbox.workspace import Message
from tests.conftest import Story


async def _captured(slack: Sandbox, channel: str, words: str, title: str) -> Message:
    """A message that became a request."""
    message = (await slack.say("maya", channel, words)).own
    assert message is not None
    form = await slack.shortcut("maya", "Log feature request", message)
    await slack.submit("maya", form, {"Title": title})
    return message


def _thread(slack: Sandbox, message: Message) -> str:
    answers = [one for one in slack.messages(message.channel, "maya") if one.thread_ts == message.ts and one != message]
    return "\n".join(Seen("maya", (one,)).text for one in answers)


def _told(slack: Sandbox, person: str) -> str:
    return "\n".join(Seen(person, (one,)).text for one in slack.dms(person))


def _card(slack: Sandbox) -> Seen:
    """The one card that is worked through."""
    (card,) = [one for one in slack.messages("#general", "iris") if one.is_ephemeral]
    return Seen("iris", (card,))


async def test_a_captured_message_is_found_read_and_shipped(fresh: Story) -> None:
    slack = fresh.slack
    message = await _captured(slack, "#brightwater", "Brightwater asks for SSO again", "Single sign-on")
    seen = await slack.command("iris", "#general", "/features")
    assert seen.is_private
    assert "1  Single sign-on\nbacklog since 2026-11-16\n1 customer: Brightwater Logistics" in seen
    seen = await slack.press("iris", seen, "Show 1")
    assert "Brightwater asks for SSO again" in seen
    form = await slack.press("iris", seen, "Other status…")
    done = await slack.submit("iris", form, {"New status": "shipped", "Reason": "Released in 4.2"})
    assert "Request 1 is shipped now. Who hears of it: 1 source thread and the CSM of each customer." in done
    assert "Request 1 is now shipped: “Single sign-on”." in _thread(slack, message)
    assert "Released in 4.2" not in _thread(slack, message)
    told = _told(slack, "maya")
    assert "Request 1 is now shipped: “Single sign-on”. Released in 4.2." in told
    assert "what you asked for on 2026-11-16 is now available: “Single sign-on”." in told
    assert "No open feature requests." in await slack.command("iris", "#general", "/features list")
    assert "Single sign-on" in await slack.command("iris", "#general", "/features list shipped")


async def test_the_weekly_queue_is_worked_through_in_place(fresh: Story) -> None:
    slack = fresh.slack
    await _captured(slack, "#brightwater", "They want single sign-on", "Single sign-on")
    declined = await _captured(slack, "#kestrel", "Please make it dark", "Dark mode")
    await _captured(slack, "#kestrel", "Export to ODS, please", "Export to spreadsheets")
    card = await slack.command("iris", "#general", "/features review")
    assert "Review · 3 requests to decide" in card
    question = await slack.press("iris", card, "Plan", confirm=False)
    assert question.asked.startswith("Plan it?\nRequest 1 becomes planned.")
    card = await slack.press("iris", card, "Plan")
    assert "Request 1 is planned now." in card
    assert "2  Dark mode" in card
    form = await slack.press("iris", card, "Decline…")
    told = await slack.submit("iris", form, {"Why not?": "It breaks the print view"})
    assert "Request 2 is declined now." in told
    await slack.close("iris", all_of_them=True)
    assert "Request 2 is now declined: “Dark mode”." in _thread(slack, declined)
    assert "It breaks the print view" not in _thread(slack, declined)
    assert "It breaks the print view" in "\n".join(_told(slack, one) for one in ("maya", "jonas"))
    card = _card(slack)
    assert "Request 2 is declined now." in card
    assert "3  Export to spreadsheets" in card
    form = await slack.press("iris", card, "Need info…")
    await slack.submit("iris", form, {"What do you need to know?": "Which format?"})
    await slack.close("iris", all_of_them=True)
    assert "Which format?" in _told(slack, "maya")
    assert "That was all: 1 planned, 1 declined. 1 request still undecided." in _card(slack)


async def test_two_requests_become_one_and_the_old_number_leads_there(fresh: Story) -> None:
    slack = fresh.slack
    await _captured(slack, "#brightwater", "They want single sign-on", "Single sign-on")
    await _captured(slack, "#kestrel", "Sign in with Okta?", "Sign in with Okta")
    card = await slack.command("iris", "#general", "/features review")
    form = await slack.press("iris", card, "Merge…")
    told = await slack.submit("iris", form, {"Merge into": "2"})
    assert "Request 1 is part of request 2 now, which has 2 customers." in told
    await slack.close("iris", all_of_them=True)
    seen = await slack.command("iris", "#general", "/features show 1")
    for words in (
        "Request 1 was merged into 2.",
        "prioritized since 2026-11-16",
        "They want single sign-on",
        "Sign in with Okta?",
    ):
        assert words in seen


async def test_a_brief_shows_what_the_customer_waits_for(fresh: Story) -> None:
    await _captured(fresh.slack, "#brightwater", "They want single sign-on", "Single sign-on")
    seen = await fresh.slack.command("maya", "#brightwater", "/brief")
    assert "Open requests\nRequest 1  Single sign-on  backlog · 1 customer" in seen
