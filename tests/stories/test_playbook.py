"""A playbook is started for a customer, done step by step wherever somebody is, and reminds whoever has to act."""

from dataclasses import replace
from datetime import timedelta

from bot.sandbox import Message, Sandbox, Seen
from bot.sandbox.seen import text_in
from customers.model import Status
from storage.catalogue import Counts
from tests.conftest import Story
from tests.storage.harbour import ALL, record, run

FIRST = "Agree on what is renewed, by when, and with whom"
SECOND = "Review the health score, indicator by indicator"
WINNING = "Churn prevention playbook of Brightwater Logistics"
THIRD = "Clear the bugs and requests that would come up anyway"


async def _start(story: Story, line: str = "/playbook start renewal", person: str = "maya", **filled: str) -> Seen:
    """Starts one in #brightwater, whose customer's CSM is Maya; the clock shows Monday 2026-11-16, 08:00."""
    form = await story.slack.command(person, "#brightwater", line)
    return await story.slack.submit(person, form, filled)


def _card(slack: Sandbox, channel: str = "#brightwater", person: str = "maya") -> Message:
    """The message of the run."""
    there = slack.messages(channel, person)
    return next(one for one in reversed(there) if "playbook of" in one.text and not one.is_ephemeral)


async def _morning(story: Story, days: int) -> None:
    """Ten o'clock some days later; the heartbeat comes more often than anything happens."""
    now = story.bot.clock()
    await story.slack.move(timedelta(days=days) + now.replace(hour=10, minute=0) - now)
    for _ in range(2):
        await story.bot.tick(story.bot.clock())
    await story.bot.worker.quiet()


def _reminders(slack: Sandbox, person: str) -> list[str]:
    return [text_in(one).split("\n")[0] for one in slack.dms(person) if "playbook of" in one.text]


async def test_a_renewal_is_started_and_its_message_changes_in_place(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#brightwater", "/playbook start renewal")
    assert "13 steps, the first due 2026-11-16, the last 2027-02-19." in form
    assert "1 step should have been done before today: due today, not overdue." in form
    assert form.view.blocks[3]["element"]["initial_date"] == "2027-02-12"  # as the document says
    await slack.submit("maya", form, {"owner:engineering": "jonas"})
    card = _card(slack)
    told = text_in(card)
    assert "0 of 13 ░░░░░░░░░░  counted from the renewal on 2027-02-12, in 88 days" in told
    assert "1 step should have been done before the start on 2026-11-16: due at once, not overdue since then." in told
    assert f"{FIRST}\ndue Mon 2026-11-16 (planned for 2026-11-14) · CSM" in told
    assert f"{THIRD}\ndue Tue 2026-11-24 · engineering: Jonas Lindqvist" in told
    assert "<@" not in told
    assert "8 later steps, the next on Wed 2026-12-09" in told

    await slack.press("iris", card, "Done")
    assert len([one for one in slack.messages("#brightwater", "gus") if "playbook of" in one.text]) == 1
    told = text_in(_card(slack, person="gus"))
    assert "1 of 13 ▓░░░░░░░░░" in told
    assert FIRST not in told
    assert "planned for" not in told
    steps = await slack.press("maya", _card(slack), "All steps")
    assert f"✔ {FIRST}, 2026-11-16 by <@U0IRIS>" in steps
    assert "Done when every indicator that is not green has an owner and a date" in steps
    again = await slack.press("maya", steps, "Not done after all")
    assert f"○ {FIRST}" in again
    assert "0 of 13" in text_in(_card(slack))


async def test_a_playbook_ends_when_its_customer_churned(fresh: Story) -> None:
    slack = fresh.slack
    await _start(fresh)
    await _morning(fresh, 1)
    assert len(_reminders(slack, "maya")) == 1
    gone = "UPDATE customers SET status = 'Churned', head = replace(head, :was, :now) WHERE name LIKE 'Brightwater%'"
    await run(fresh.bot.database, gone, {"was": '"status":"Active"', "now": '"status":"Churned"'})
    for _ in range(9):
        await _morning(fresh, 1)
    assert len(_reminders(slack, "maya")) == 1
    assert "Stopped on 2026-11-18 after 0 of 13 steps: the customer churned" in text_in(_card(slack))
    assert "Playbook steps due\nNothing is due." in await slack.home("maya")
    form = await slack.command("maya", "#brightwater", "/playbook start renewal")
    refused = await slack.submit("maya", form)
    assert "This customer has churned; the Renewal playbook is for current ones." in refused


async def test_winning_back_goes_on_after_the_churn_for_90_days(fresh: Story) -> None:
    slack, database = fresh.slack, fresh.bot.database
    await _start(fresh, "/playbook start churn", **{"owner:engineering": "jonas"})
    left = fresh.bot.clock().date()
    gone = replace((await record(database, "Brightwater Logistics")).profile, status=Status.CHURNED, churned=left)
    await database.catalogue.put(ALL, [gone], fresh.bot.clock(), Counts())
    await _morning(fresh, 10)  # the step of engineering has its day
    assert _reminders(slack, "jonas") == [f"{WINNING}: 1 step due  0 of 17 ░░░░░░░░░░"]
    assert len(_reminders(slack, "maya")) == 1  # as the CSM that they had
    assert "Name the warning signs" in await slack.home("maya")
    await slack.press("maya", slack.dms("maya")[-1], "Done")
    assert "1 of 17" in text_in(_card(slack))
    assert "engineering: Jonas Lindqvist" in text_in(_card(slack))
    for days in (30, 30, 19):
        await _morning(fresh, days)
    assert "Stopped on" not in text_in(_card(slack))
    await _morning(fresh, 1)
    over = "after 1 of 17 steps: 90 days have passed since the customer churned"
    assert f"Stopped on 2027-02-14 {over}" in text_in(_card(slack))
    assert over in await slack.command("maya", "#brightwater", "/brief")
    form = await slack.command("maya", "#brightwater", "/playbook start churn")
    assert "This customer churned on 2026-11-16; a playbook goes on for 90 days after that." in form
    await slack.submit("maya", form)
    assert "No playbook runs for Brightwater Logistics." in await slack.command("maya", "#brightwater", "/playbook")


async def test_the_second_person_is_told_which_one_runs(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("jonas", "#brightwater", "/playbook start renewal")
    await _start(fresh)
    told = await slack.submit("jonas", form)  # both forms were open
    assert "The Renewal playbook of Brightwater Logistics runs already, started by <@U0MAYA>" in told
    answer = await slack.command("jonas", "#cs-team", "/playbook start renew bwl")
    assert "on 2026-11-16: 0 of 13" in answer
    ts = _card(slack).ts.replace(".", "")
    assert f"/archives/C0BRIGHT/p{ts}" in str(answer.blocks)
    assert FIRST in await slack.press("jonas", answer, "Show it")
    form = await slack.command("jonas", "#brightwater", "/playbook start churn")  # another kind is another playbook
    assert not (await slack.submit("jonas", form)).errors
    both = await slack.command("maya", "#brightwater", "/playbook")
    assert "Renewal playbook of Brightwater" in both
    assert "Churn prevention playbook of Brightwater" in both


async def test_whoever_has_to_act_is_reminded_on_the_day_and_then_weekly(fresh: Story) -> None:
    slack = fresh.slack
    await _start(fresh, **{"owner:engineering": "jonas"})
    await _morning(fresh, 0)  # Maya has just seen them
    assert _reminders(slack, "maya") == []
    await _morning(fresh, 1)
    head = "Renewal playbook of Brightwater Logistics: 1 step"
    assert _reminders(slack, "maya") == [f"{head} overdue  0 of 13 ░░░░░░░░░░"]
    assert "overdue since Mon 2026-11-16" in text_in(_card(slack))
    await _morning(fresh, 1)
    assert len(_reminders(slack, "maya")) == 1
    await _morning(fresh, 1)  # the second step's day; of the first one nothing is repeated within a week
    assert _reminders(slack, "maya")[1:] == [f"{head} due  0 of 13 ░░░░░░░░░░"]
    await _morning(fresh, 5)
    assert len(_reminders(slack, "maya")) == 3
    assert _reminders(slack, "jonas") == [f"{head} due  0 of 13 ░░░░░░░░░░"]


async def test_a_step_that_is_done_in_a_reminder_changes_the_message_too(fresh: Story) -> None:
    slack = fresh.slack
    await _start(fresh, **{"owner:engineering": "jonas"})
    await _morning(fresh, 8)
    reminder = next(one for one in slack.dms("jonas") if "playbook of" in one.text)
    assert "Nobody signs a renewal while a critical bug is open." in text_in(reminder)
    await slack.press("jonas", reminder, "Done")
    told = text_in(slack.dms("jonas")[-1])
    assert f"✔ {THIRD}, 2026-11-24 by <@U0JONAS>" in told
    assert "Done" not in Seen("U0JONAS", messages=(slack.dms("jonas")[-1],)).buttons
    assert THIRD not in text_in(_card(slack))
    assert "1 of 13" in text_in(_card(slack))

    await slack.press("maya", _card(slack), "Done")  # a reminder of the same step lies in Maya's messages
    mine = [text_in(one) for one in slack.dms("maya") if "playbook of" in one.text]
    assert [f"✔ {FIRST}" in text for text in mine] == [True]
    assert f"{SECOND}\noverdue since" in mine[0]


async def test_steps_are_skipped_and_given_to_somebody_else(fresh: Story) -> None:
    slack = fresh.slack
    await _start(fresh)
    form = await slack.select("maya", _card(slack), "playbook:more:card:1-1", "Skip…")
    assert "Why is it not needed?" in form
    await slack.submit("maya", form, {"reason": "The contract renews <!channel> by itself"})
    form = await slack.select("maya", _card(slack), "playbook:more:card:1-2", "Assign…")
    refused = await slack.submit("maya", form, {"owner": "gus"})
    assert "Choose a full member of this workspace" in refused
    await slack.submit("maya", refused, {"owner": "iris"})
    told = text_in(_card(slack))
    assert "1 of 13" in told
    assert f"{SECOND}\ndue Thu 2026-11-19 · CSM: Iris Tanaka" in told
    assert "<@" not in told  # a channel reads it; Iris hears of it on the day
    steps = await slack.select("maya", _card(slack), "playbook:more:card:1-2", "Details")
    assert "skipped, 2026-11-16 by <@U0MAYA>" in steps
    assert ": The contract renews <!channel> by itself" in steps
    await _morning(fresh, 3)
    assert len(_reminders(slack, "iris")) == 1
    assert _reminders(slack, "maya") == []


async def test_the_last_step_closes_it_and_stands_in_the_history(fresh: Story) -> None:
    slack = fresh.slack
    await _start(fresh)
    for _ in range(12):
        await slack.press("maya", _card(slack), "Done")
    last = await slack.select("maya", _card(slack), "playbook:more:card:1-13", "Skip…")
    told = await slack.submit("maya", last, {"reason": "They renewed by themselves"})
    assert "Renewal playbook finished: 12 of 13 steps, 1 skipped. That was the last step" in told
    assert "Finished on 2026-11-16: 12 of 13 steps, 1 skipped. It stands in the history." in text_in(_card(slack))
    brief = await slack.command("maya", "#brightwater", "/brief")
    assert "Renewal playbook finished: 12 of 13 steps, 1 skipped" in brief
    assert "No playbook runs for Brightwater Logistics." in await slack.command("maya", "#brightwater", "/playbook")
    await _morning(fresh, 7)
    assert _reminders(slack, "maya") == []
    assert not (await _start(fresh)).errors  # and it can be started again
    assert "0 of 13" in text_in(_card(slack))


async def test_it_is_stopped_with_a_reason(fresh: Story) -> None:
    slack = fresh.slack
    await _start(fresh)
    before = _card(slack)
    await slack.press("maya", before, "Done")
    form = await slack.command("jonas", "#brightwater", "/playbook stop")
    assert "The history of Brightwater Logistics keeps it." in form
    await slack.submit("jonas", form, {"reason": "They gave notice"})
    assert "Stopped on 2026-11-16 after 1 of 13 steps: They gave notice" in text_in(_card(slack))
    brief = await slack.command("maya", "#brightwater", "/brief")
    assert "Renewal playbook stopped after 1 of 13 steps: They gave notice" in brief
    again = await slack.press("iris", await slack.command("iris", "#brightwater", "/playbook list"), "Start Renewal…")
    assert "Start a playbook" in again


async def test_where_outsiders_read_along_nothing_is_posted(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#shared-brightwater", "/playbook start onboarding kestrel")
    assert "In my direct messages" in form
    assert "In this channel" not in form
    await slack.submit("maya", form)
    assert "Onboarding playbook of Kestrel Health" in text_in(slack.dms("maya")[-1])
    form = await slack.command("maya", "#brightwater", "/playbook start renewal")
    await slack.share("#brightwater")  # while the form was open
    await slack.submit("maya", form)
    assert "Renewal playbook of Brightwater" in text_in(slack.dms("maya")[-1])
    assert not [one for one in slack.messages("#brightwater", "olga") if "playbook" in one.text]


async def test_the_form_follows_what_is_chosen(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#cs-team", "/playbook start")
    form = await slack.select("maya", form, "playbook_customer", "Kestrel Health")
    form = await slack.select("maya", form, "playbook_kind", "Renewal")
    assert form.view.blocks[3]["element"]["initial_date"] == "2026-12-30"
    assert "9 steps should have been done before today" in form
    form = await slack.select("maya", form, "playbook_anchor", "2027-06-30")
    assert "the first due 2027-04-01" in form
    form = await slack.select("maya", form, "playbook_kind", "Churn prevention")
    assert "Who does the 2 steps of product?" in form
    assert "the first due 2026-11-16" in form
    assert "Playbooks" in await slack.command("maya", "#cs-team", "/playbook list")
    assert "No playbook is called “nonsense”." in await slack.command("maya", "#cs-team", "/playbook start nonsense")
    assert "/playbook start renewal acme" in await slack.command("maya", "#cs-team", "/playbook help")
