"""What people read after they acted: it says what is true by now, to whom it concerns, and in the morning."""

from datetime import UTC, datetime, timedelta

from bot.sandbox import Message, Seen
from bot.sandbox.seen import text_in
from tests.conftest import Story
from tests.stories.test_alerts import alert
from tests.stories.test_alerts_everywhere import DROP, actions, fallen
from tests.stories.test_digest import HOUR, later, used

DAY = timedelta(days=1)


def about(story: Story, person: str, words: str) -> list[Message]:
    return [one for one in story.slack.dms(person) if words in text_in(one)]


async def test_what_comes_back_from_a_snooze_says_how_it_stands_now(fresh: Story) -> None:
    await fallen(fresh)
    slack = fresh.slack
    form = await slack.select("jonas", alert(fresh), "Snooze…", "Until a date…")
    await slack.submit("jonas", form, {"Snooze until": "2026-12-02"})
    await used(fresh, "2026-W48", **(DROP | {"kestrel_health": 80}))
    await later(fresh, HOUR)
    await later(fresh, 3 * DAY)
    (back,) = about(fresh, "jonas", "You snoozed it until 2026-12-02 09:00.")
    assert "It fell 52 → 30 in 2026-W47; now 80 in 2026-W48: recovered." in text_in(back)
    assert " · recovered: 80 in 2026-W48" in text_in(back)
    assert "Usage is back to what it was. Done keeps what came of it." in text_in(back)
    assert "Done…" in Seen("jonas", (back,)).buttons
    listed = await slack.command("jonas", "#engineering", "/health alerts")
    (kestrel,) = [one for one in listed.text.split("\n") if one.startswith("Kestrel")]
    assert " · recovered: 80 in 2026-W48" in kestrel
    (other,) = [one for one in listed.text.split("\n") if one.startswith("Brightwater")]
    assert "recovered" not in other
    home = await slack.home("jonas")
    assert home.home is not None
    assert " · recovered: 80 in 2026-W48" in text_in(home.home)


async def test_a_reminder_waits_for_the_morning(fresh: Story) -> None:
    await fallen(fresh)
    await used(fresh, "2026-W48", **DROP)
    await later(fresh, HOUR)  # the check is at six
    assert about(fresh, "maya", "Nobody has claimed it yet") == []
    await later(fresh, 2 * HOUR)
    assert about(fresh, "maya", "Nobody has claimed it yet") == []
    await later(fresh, HOUR)
    assert len(about(fresh, "maya", "Nobody has claimed it yet")) == 1


async def test_a_claim_is_given_back_or_taken_over_and_nobody_is_left_in_the_dark(fresh: Story) -> None:
    digest = await fallen(fresh)
    slack = fresh.slack
    await slack.press("jonas", alert(fresh), "Claim")
    await slack.press("jonas", alert(fresh), "Give back")
    assert "Claimed by" not in text_in(alert(fresh))
    assert "Claim it, so that nobody else does the same" in text_in(alert(fresh))
    first = actions(digest, "claim")[0]
    await slack.press("jonas", digest, first)
    mine = await slack.press("jonas", digest, first.replace("claim", "take"))
    assert mine.is_private
    assert "You have it already." in mine
    assert "Give back" in mine.buttons
    await slack.press("maya", digest, first.replace("claim", "take"))
    await fresh.bot.worker.quiet()
    (told,) = about(fresh, "jonas", "Maya Okafor took over ")
    assert "You need not follow it up any more." in text_in(told)
    assert about(fresh, "maya", " took over ") == []


async def test_a_snooze_in_home_says_until_when(fresh: Story) -> None:
    await fallen(fresh)
    home = await fresh.slack.home("jonas")
    shown = await fresh.slack.select("jonas", home, "Snooze…", "For a day")
    assert shown.home is not None
    assert "Snoozed until 2026-11-24 10:00 UTC." in text_in(shown.home)


async def test_an_alert_and_the_invitation_go_by_the_colour_that_is_shown(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#cs-team", "/health override kestrel")
    filled = {"Colour": "🟢 Green", "Why?": "School holidays", "Last day": "2026-12-16"}
    await slack.submit("maya", form, filled)
    await slack.close("maya", all_of_them=True)
    await fallen(fresh)
    assert "Health: 🟢 green by hand until 2026-12-16 · computed 🔴 red: " in text_in(alert(fresh))
    slack.clock.set(datetime(2026, 12, 7, 9, 1, tzinfo=UTC))
    await later(fresh)
    (invited,) = about(fresh, "jonas", "Monthly review 2026-12")
    assert "🟢 1 green (1 by hand)" in text_in(invited)


async def test_a_planned_action_is_done_once_and_the_review_ends(fresh: Story) -> None:
    slack = fresh.slack
    slack.clock.set(datetime(2026, 12, 7, 9, 1, tzinfo=UTC))
    await later(fresh)
    (invited,) = about(fresh, "jonas", "Monthly review 2026-12")
    card = await slack.press("jonas", invited, "Start review")
    form = await slack.press("jonas", card, "Plan action…")
    await slack.submit("jonas", form, {"What will you do?": "Call the sponsor", "By when?": "2026-12-09"})
    await slack.close("jonas", all_of_them=True)
    await fresh.bot.worker.quiet()
    (over,) = about(fresh, "jonas", "Review of 2026-12 is done: 1 planned.")
    assert about(fresh, "jonas", "Monthly review 2026-12") == []
    assert "Start review" not in Seen("jonas", (over,)).buttons
    home = await slack.home("jonas")
    assert home.home is not None
    assert "Planned actions\nCall the sponsor\nKestrel Health · by " in text_in(home.home)
    await later(fresh, 2 * DAY)
    (reminder,) = about(fresh, "jonas", "Due 2026-12-09")
    form, second = [await slack.press("jonas", reminder, "Done…") for _ in range(2)]
    done = await slack.submit("jonas", second, {"What came of it?": "She likes it"})
    assert "Saved, and added to the customer's history." in done
    await slack.close("jonas", all_of_them=True)
    await fresh.bot.worker.quiet()
    assert about(fresh, "jonas", "Due 2026-12-09") == []
    (reminder,) = about(fresh, "jonas", "Done for Kestrel Health: Call the sponsor")
    assert "Done…" not in Seen("jonas", (reminder,)).buttons
    history = await slack.press("jonas", await slack.command("jonas", "#engineering", "/brief kestrel"), "History")
    assert history.text.count("Done: Call the sponsor (She likes it)") == 1
    home = await slack.home("jonas")
    assert home.home is not None
    assert "Planned actions" not in text_in(home.home)


async def test_a_renewal_names_the_playbook_that_runs(fresh: Story) -> None:
    slack = fresh.slack
    for day in (29, 30):
        slack.clock.set(datetime(2026, 11, day, 9, 30, tzinfo=UTC))
        await later(fresh)
    (told,) = [one for one in slack.dms("jonas") if "renews on" in one.text]
    assert "Start renewal playbook" in Seen("jonas", (told,)).buttons
    form = await slack.press("jonas", told, "Start renewal playbook")
    await slack.submit("jonas", form)
    await fresh.bot.worker.quiet()
    await later(fresh, 23 * DAY)
    again = [one for one in slack.dms("jonas") if "renews on" in one.text][-1]
    assert "Renewal playbook: 0 of 13 steps done" in text_in(again)
    assert "Start renewal playbook" not in Seen("jonas", (again,)).buttons
    shown = await slack.press("jonas", again, "Show")
    assert "Renewal" in shown


async def test_whoever_opened_an_escalation_hears_of_its_end_in_one_message(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#brightwater", "/health escalate")  # she is its CSM, too
    await slack.submit("maya", form, {"Who escalated?": "Dana Park", "Why?": "Three outages"})
    form = await slack.command("jonas", "#brightwater", "/health escalate")
    await slack.submit("jonas", form, {"What came of it?": "Daily calls"})
    await fresh.bot.worker.quiet()
    assert [one.text.partition(".")[0] for one in slack.dms("maya")] == [
        "Brightwater Logistics: your escalation was closed: Daily calls"
    ]
    assert slack.dms("jonas") == []
