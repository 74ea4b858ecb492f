"""People judge beside the computed colour: they override, escalate, flag a risk, and hear when data say otherwise."""

from datetime import timedelta

from bot.feed import import_usage
from bot.sandbox import Message, Sandbox
from bot.sandbox.reading import label_of, parts
from bot.sandbox.seen import text_in
from tests.conftest import Story

BY_HAND = "🟢 Green by hand until 2026-12-16 (<@U0MAYA>: School holidays) · computed 🟡 yellow: Adoption 61.2 %"


def _buttons(message: Message) -> set[str]:
    return {label_of(element) for _, element in parts(message.blocks)}


async def _override(slack: Sandbox, name: str = "kestrel", **filled: str) -> str:
    form = await slack.command("maya", "#cs-team", f"/health override {name}")
    told = await slack.submit("maya", form, {"Colour": "🟢 Green", "Why?": "School holidays", **filled})
    await slack.close("maya", all_of_them=True)
    return told.text


async def _later(story: Story, days: int = 0, hours: int = 0) -> list[str]:
    """What Maya has been told after that much time."""
    await story.slack.move(timedelta(days=days, hours=hours))
    for _ in range(2):  # the heartbeat comes more often than anything happens
        await story.bot.tick(story.bot.clock())
    await story.bot.worker.quiet()
    return [text_in(one) for one in story.slack.dms("maya")]


async def _import(story: Story, *rows: str) -> None:
    now = story.bot.clock()
    report = await import_usage(story.bot.database, ["customer,week,active_users,seats", *rows], now, now.date())
    assert report.stored == len(rows)


async def test_an_override_is_seen_everywhere_beside_what_is_computed(fresh: Story) -> None:
    slack = fresh.slack
    told = await _override(slack)
    assert "Kestrel Health is shown as green until 2026-12-16. The computed colour (yellow) stays beside it." in told
    seen = await slack.command("maya", "#cs-team", "/health kestrel")
    assert BY_HAND in seen
    assert {"Renew override…", "End override"} <= set(seen.buttons)
    assert BY_HAND in await slack.command("maya", "#cs-team", "/brief kestrel")
    listed = await slack.command("maya", "#cs-team", "/health all")
    assert "🟢 Kestrel Health  by hand until 2026-12-16 · computed 🟡 yellow: Adoption 61.2 %" in listed
    await slack.press("maya", seen, "Share in channel")
    shared = slack.messages("#cs-team", "iris")[-1]
    assert "🟢 Green by hand until 2026-12-16 (a colleague: School holidays) · computed 🟡 yellow" in text_in(shared)
    assert _buttons(shared) == {"Open for me"}
    ended = await slack.press("maya", seen, "End override")
    assert "🟡 Yellow  Adoption 61.2 %" in ended
    assert "🟡 Yellow  Adoption 61.2 %" in await slack.command("maya", "#cs-team", "/brief kestrel")


async def test_its_author_hears_once_when_data_contradict_it(fresh: Story) -> None:
    slack = fresh.slack
    await _override(slack)
    assert await _later(fresh, days=7) == []
    await _import(fresh, "kestrel-health,2026-W47,50,85")  # still yellow
    assert await _later(fresh, hours=1) == []
    await _import(fresh, "kestrel-health,2026-W47,20,85")
    (told,) = await _later(fresh, hours=1)
    assert told.startswith(
        "Data contradict your override of Kestrel Health: you said 🟢 green; computed was 🟡 yellow when you set it, "
        "now it is 🔴 red. It holds until 2026-12-16, or until you end it.\n🟢 Green by hand"
    )
    assert len(await _later(fresh, days=1)) == 1
    assert "🟢 Green by hand" in await slack.command("maya", "#cs-team", "/health kestrel")  # nobody took it away
    await slack.press("maya", slack.dms("maya")[0], "End override")
    assert text_in(slack.dms("maya")[0]).startswith("The override of Kestrel Health is ended.\n🔴 Red  Adoption")
    assert "🔴 Red  Adoption" in await slack.command("maya", "#cs-team", "/health kestrel")


async def test_it_ends_after_its_last_day_and_can_be_renewed(fresh: Story) -> None:
    slack = fresh.slack
    await _override(slack, **{"Last day": "2026-11-17"})
    assert await _later(fresh, days=1) == []
    assert "Green by hand" in await slack.command("maya", "#cs-team", "/health kestrel")
    await slack.move(timedelta(hours=16, minutes=1))
    assert "Green by hand" not in await slack.command("maya", "#cs-team", "/health kestrel")
    assert await _later(fresh) == []  # nobody is woken at midnight
    assert await _later(fresh, hours=8) == []
    (told,) = await _later(fresh, hours=1)
    assert told.startswith(
        "Your override of Kestrel Health has ended: 🟢 green until 2026-11-17 (School holidays). "
        "The computed colour is shown again.\n🟡 Yellow"
    )
    form = await slack.press("maya", slack.dms("maya")[0], "Renew override…")
    wrong = await slack.submit(
        "maya", form, {"Colour": "🟡 Yellow", "Why?": "Still holidays", "Last day": "2027-02-17"}
    )
    assert "It is computed yellow already; there is nothing to override." in wrong
    assert "An override holds for 90 days at most: choose 2027-02-16 or earlier." in wrong
    saved = await slack.submit("maya", wrong, {"Colour": "🟢 Green", "Last day": "2027-02-16"})
    assert "Kestrel Health is shown as green until 2027-02-16." in saved
    assert len(await _later(fresh, hours=2)) == 1


async def test_whoever_sets_another_is_not_told_that_the_last_one_ended(fresh: Story) -> None:
    await _override(fresh.slack, **{"Last day": "2026-11-17"})
    await fresh.slack.move(timedelta(days=2))
    assert "Kestrel Health is shown as green" in await _override(fresh.slack)
    assert await _later(fresh, hours=2) == []


async def test_lists_go_by_the_colour_that_is_shown(fresh: Story) -> None:
    await _override(fresh.slack, "oakline")
    seen = (await fresh.slack.command("maya", "#cs-team", "/health all")).text
    assert seen.index("Kestrel") < seen.index("Oakline") < seen.index("Brightwater")
    assert "🔴 0 red  🟡 1 yellow  ⚪ 0 unknown  🟢 2 green" in seen
    assert seen.endswith("Kestrel Health\nOakline Retail")  # what is computed red can still be opened


async def test_an_escalation_turns_it_red_and_back(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("jonas", "#brightwater", "/health escalate")
    assert "Brightwater Logistics\n🟢 Green" in form
    told = await slack.submit("jonas", form, {"Who escalated?": "Dana Park, COO", "Why?": "Three outages"})
    assert "Brightwater Logistics is escalated; its health is red." in told
    await slack.close("jonas", all_of_them=True)
    (heard,) = slack.dms("maya")
    assert text_in(heard).startswith(
        "Brightwater Logistics: an executive escalation was opened by <@U0JONAS>: Dana Park, COO: Three outages\n🔴 Red"
    )
    seen = await slack.command("jonas", "#brightwater", "/health")
    assert "🔴 Red  An executive escalation is open." in seen
    assert "Executive escalation  since 2026-11-16, by <@U0JONAS>: Dana Park, COO: Three outages" in seen
    assert "Close the escalation." in seen
    history = await slack.press("jonas", seen, "History")
    assert "2026-11-16: Escalation opened. Dana Park, COO: Three outages" in history
    old = await slack.command("jonas", "#brightwater", "/health")
    form = await slack.press("maya", heard, "Close escalation…")
    assert "since 2026-11-16, by Jonas Lindqvist: Dana Park" in form
    told = await slack.submit("maya", form, {"What came of it?": "Daily calls agreed"})
    assert "The escalation of Brightwater Logistics is closed. Brightwater Logistics: green." in told
    assert len(slack.dms("maya")) == 1  # she did it herself
    (ended,) = slack.dms("jonas")
    assert text_in(ended).startswith(
        "Brightwater Logistics: your escalation was closed by <@U0MAYA>: Daily calls agreed"
    )
    (heard,) = slack.dms("maya")
    assert "Closed on 2026-11-16 by <@U0MAYA>: Daily calls agreed" in text_in(heard)
    assert "Close escalation…" not in _buttons(heard)
    again = await slack.press("jonas", old, "Close escalation…")
    assert "The escalation of Brightwater Logistics was closed already by Maya Okafor on 2026-11-16." in again
    await slack.close("jonas", all_of_them=True)
    assert "🟢 Green  Adoption" in await slack.command("jonas", "#brightwater", "/health")
    assert "Escalation closed. Daily calls agreed" in await slack.command("jonas", "#brightwater", "/brief")


async def test_a_churn_risk_is_flagged_and_cleared_with_a_reason(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#brightwater", "/health risk")
    await slack.submit("maya", form, {"Why?": "They look at a competitor"})
    await slack.close("maya", all_of_them=True)
    seen = await slack.command("maya", "#brightwater", "/health")
    assert "🔴 Red  A churn risk is flagged." in seen
    assert "Churn risk  since 2026-11-16, by <@U0MAYA>: They look at a competitor" in seen
    form = await slack.press("maya", seen, "Clear churn risk…")
    assert "since 2026-11-16, by you: They look at a competitor" in form
    told = await slack.submit("maya", form, {"Why is the risk over?": "They renewed"})
    assert "The churn-risk flag of Brightwater Logistics is cleared." in told
    assert slack.dms("maya") == []
    assert "Flag churn risk…" in (await slack.command("maya", "#brightwater", "/health")).buttons


async def test_of_two_people_at_once_the_second_is_told(fresh: Story) -> None:
    slack = fresh.slack
    hers = await slack.command("maya", "#brightwater", "/health escalate")
    his = await slack.command("jonas", "#brightwater", "/health escalate")
    await slack.submit("maya", hers, {"Who escalated?": "Dana Park", "Why?": "Three outages"})
    told = await slack.submit("jonas", his, {"Who escalated?": "Dana Park", "Why?": "Outages"})
    assert "Somebody else made an entry of this kind meanwhile (escalation); nothing was changed." in told
    await slack.close("maya", all_of_them=True)
    await slack.close("jonas", all_of_them=True)
    hers = await slack.command("maya", "#brightwater", "/health escalate")
    his = await slack.command("jonas", "#brightwater", "/health escalate")
    await slack.submit("maya", hers, {"What came of it?": "Settled"})
    told = await slack.submit("jonas", his, {"What came of it?": "Settled by me"})
    assert "This escalation was closed already; nothing was changed." in told


async def test_nothing_is_said_without_a_reason_or_about_nobody(slack: Sandbox) -> None:
    form = await slack.command("maya", "#cs-team", "/health override kestrel")
    wrong = await slack.submit("maya", form, {"Colour": "🟢 Green", "Why?": "   "})
    assert "Say why; everybody who sees the colour reads it." in wrong
    await slack.close("maya", all_of_them=True)
    assert "Type /health risk and a name" in await slack.command("maya", "#cs-team", "/health risk")
    assert "No customer is called “nobody at all”." in await slack.command(
        "maya", "#cs-team", "/health risk nobody at all"
    )
    refused = await slack.command("gus", "#brightwater", "/health override kestrel")
    assert "Dossier answers full members of this workspace only." in refused
