"""What happens by itself in time: once, not in bursts, and not by a clock that stands wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rhythm import schedule_of
from bot.sandbox.seen import text_in
from bot.sandbox.workspace import Message
from customers.intents import Intent, State
from customers.scope import All
from customers.usage import PULLED, Failed
from tests.conftest import Story

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)  # product's queue, by the sandbox's zone
BEFORE = MONDAY - timedelta(minutes=30)  # the bot was last seen alive
FAR = datetime(2099, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _team(story: Story) -> list[Message]:
    return [one for one in story.slack.messages("#cs-team", "maya") if one.bot_id]


async def _at(story: Story, moment: datetime) -> list[str]:
    """What the team is told when the heartbeat comes at that moment, and not in between."""
    before = len(_team(story))
    story.slack.clock.set(moment)
    for _ in range(3):  # it comes more often than anything happens
        await story.bot.tick(story.bot.clock())
    await story.bot.worker.quiet()
    return [one.text for one in _team(story)[before:]]


def _about(told: list[str], start: str) -> list[str]:
    return [text for text in told if text.startswith(start)]


async def _waiting(story: Story) -> None:
    """A request waits, and the bot ran until half an hour before product's queue."""
    posted = await story.slack.say("jonas", "#brightwater", "Dark mode, please.")
    form = await story.slack.shortcut("jonas", "Log feature request", posted.own)
    view = await story.slack.fill("jonas", form.view, {"Title": "Dark mode"})
    assert not (await story.slack.submit("jonas", view)).errors
    while (now := story.slack.clock.now()) < BEFORE:
        await _at(story, min(BEFORE, now + timedelta(hours=20)))


@pytest.mark.parametrize("hours", [0, 1, 24])
async def test_an_hour_of_downtime_is_made_up_for_once(fresh: Story, hours: int) -> None:
    await _waiting(fresh)
    told = await _at(fresh, MONDAY + hours * HOUR)
    assert _about(told, "Product's") == [
        "Product's weekly queue: 1 request waits for a decision. "
        "0 prioritized (two or more customers want it), 1 in the backlog."
    ]
    assert await _at(fresh, MONDAY + (hours + 1) * HOUR) == []
    reminder = next(one for one in _team(fresh) if one.text.startswith("Product's"))
    asked = await fresh.slack.press("maya", reminder, "Review now")
    assert "Dark mode" in asked.text


async def test_twenty_five_hours_are_skipped_and_the_team_is_told_what(fresh: Story) -> None:
    await _waiting(fresh)
    told = await _at(fresh, MONDAY + 25 * HOUR)
    assert _about(told, "Product's") == []
    assert len(_about(told, "One thing was skipped")) == 1
    said = next(str(one.blocks) for one in _team(fresh) if "skipped" in one.text)
    assert "The reminder of product's queue" in said
    assert "Mon 2026-11-23 10:00" in said
    assert _about(await _at(fresh, MONDAY + timedelta(days=7)), "Product's") != []


async def test_of_three_weeks_only_the_latest_counts_and_one_message_names_all(fresh: Story) -> None:
    await _waiting(fresh)
    before = _renewals(fresh)
    told = await _at(fresh, MONDAY + timedelta(days=23))  # three Mondays have gone by, and three renewals
    assert _about(told, "Product's") == []
    skipped = [text for text in told if "skipped" in text]
    assert len(skipped) == 1
    said = next(str(one.blocks) for one in _team(fresh) if one.text == skipped[0])
    assert said.count("Mon 2026-12-14 10:00") == 1
    assert "2026-12-07 10:00" not in said
    assert "Kestrel Health, 30 days before 2026-12-30" in said
    assert _renewals(fresh) == before
    assert await _at(fresh, MONDAY + timedelta(days=23, minutes=5)) == []


def _renewals(story: Story) -> list[str]:
    return [one.text for who in ("maya", "jonas") for one in story.slack.dms(who) if " renews on " in one.text]


async def test_a_clock_that_goes_back_doubles_nothing(fresh: Story) -> None:
    await _waiting(fresh)
    assert _about(await _at(fresh, MONDAY), "Product's") != []
    for back in (1, 5, 49, 24 * 6):
        assert await _at(fresh, MONDAY - back * HOUR) == []
        assert await _at(fresh, MONDAY + HOUR / 2) == []


async def test_what_a_clock_skipped_that_stood_days_ahead_comes_in_its_time(fresh: Story) -> None:
    await _waiting(fresh)
    ahead = await _at(fresh, MONDAY + timedelta(days=3))
    assert len([text for text in ahead if "skipped" in text]) == 1
    assert await _at(fresh, BEFORE + timedelta(minutes=1)) == []
    assert len(_about(await _at(fresh, MONDAY), "Product's")) == 1


async def test_2099_is_held_with_one_question_and_nothing_is_given_up(fresh: Story) -> None:
    await _waiting(fresh)
    fresh.slack.faults.add("chat.postMessage", "ratelimited", 50, channel="C0BRIGHT")
    await _bug(fresh)  # its confirmation waits
    renewals = _renewals(fresh)
    before = await fresh.bot.database.outbox.counts(All("test"))
    told = await _at(fresh, FAR)
    assert [text[:28] for text in told] == ["Is it 2099-01-01 12:00 UTC? "]
    assert await _at(fresh, FAR + timedelta(days=40)) == []
    assert _renewals(fresh) == renewals
    assert [one.text for one in fresh.slack.messages("#engineering", "jonas") if "past its due" in one.text] == []
    after = await fresh.bot.database.outbox.counts(All("test"))
    assert after.get(State.DEAD.value, 0) == 0
    assert after[State.DONE.value] == before[State.DONE.value] + 1  # nothing was forgotten, the question was asked
    fresh.slack.faults.clear()
    assert await _at(fresh, BEFORE + timedelta(minutes=2)) == []
    assert await _open(fresh) == []  # what waited for a time in 2099 went on
    assert len(_about(await _at(fresh, MONDAY), "Product's")) == 1


async def test_the_question_is_settled_when_the_clock_is_back(fresh: Story) -> None:
    await _waiting(fresh)
    await _at(fresh, FAR)
    question = _team(fresh)[-1]
    assert await _at(fresh, BEFORE + timedelta(minutes=1)) == []
    assert question.text == (
        "Settled: the clock is back. It is 2026-11-23 09:31 UTC, and what happens by itself goes on."
    )
    assert "The date is right" not in text_in(question)
    await _at(fresh, FAR)
    assert _team(fresh)[-1].text.startswith("Is it 2099")


async def test_in_2099_people_are_answered_and_what_waits_for_its_day_goes_on_waiting(fresh: Story) -> None:
    await _waiting(fresh)
    about: dict[str, int | str] = {"request": 1, "channel": "U0MAYA", "person": "U0MAYA"}
    kept = [Intent("request_logged", "in two months", "U0MAYA", about, wait=timedelta(days=60))]
    await fresh.bot.database.outbox.add(All("test"), kept, BEFORE)
    await _at(fresh, FAR)
    assert fresh.bot.schedule.is_held
    before = len(fresh.slack.messages("#brightwater", "jonas"))
    await _bug(fresh)
    await fresh.bot.worker.quiet()
    answers = fresh.slack.messages("#brightwater", "jonas")[before:]
    assert [one.text[:11] for one in answers if one.bot_id] == ["Bug 1 saved", "Bug 1 is fi"]
    await _at(fresh, BEFORE + timedelta(minutes=1))
    await schedule_of(fresh.bot.database, fresh.bot.desks, fresh.bot.settings).believes(BEFORE + 2 * HOUR)  # a restart
    await _at(fresh, BEFORE + 2 * HOUR)
    assert not [one for one in fresh.slack.dms("maya") if "Dark mode" in one.text]
    row = await fresh.bot.database.outbox.find_key(All("test"), "in two months")
    assert row
    assert (row.state, row.attempts, row.due) == (State.NEW, 0, BEFORE + timedelta(days=60))


async def _open(story: Story) -> list[str]:
    rows = await story.bot.database.outbox.page(All("test"), (State.NEW, State.SENDING, State.UNKNOWN), 100)
    return [row.intent.kind for row in rows]


async def _bug(story: Story) -> None:
    posted = await story.slack.say("jonas", "#brightwater", "The depot board is empty.")
    form = await story.slack.shortcut("jonas", "Report customer bug", posted.own)
    view = await story.slack.fill("jonas", form.view, {"Title": "Board is empty", "severity": "critical"})
    assert not (await story.slack.submit("jonas", view)).errors


async def test_somebody_says_that_the_date_is_right(fresh: Story) -> None:
    await _waiting(fresh)
    later = MONDAY + timedelta(weeks=9)  # two months in a drawer
    assert [text[:16] for text in await _at(fresh, later)] == ["Is it 2027-01-25"]
    question = _team(fresh)[-1]
    await fresh.slack.press("maya", question, "The date is right")
    assert _team(fresh)[-1].text == "It is 2027-01-25 10:00 UTC: confirmed."
    told = await _at(fresh, later + timedelta(minutes=2))
    assert len(_about(told, "Product's")) == 1
    assert len([text for text in told if "skipped" in text]) <= 1
    assert not fresh.bot.schedule.is_held


async def test_a_renewal_is_told_to_the_csm_with_what_is_open_and_starts_its_playbook(fresh: Story) -> None:
    for day in (29, 30):
        await _at(fresh, datetime(2026, 11, day, 9, 30, tzinfo=UTC))
    told = [one for one in fresh.slack.dms("jonas") if " renews on " in one.text]
    assert [one.text for one in told] == ["Kestrel Health renews on 2026-12-30, in 30 days"]
    started = await fresh.slack.press("jonas", told[0], "Start renewal playbook")
    assert "renewal" in started.text.casefold()


async def test_late_usage_says_why_the_last_pull_failed(fresh: Story) -> None:
    await _at(fresh, fresh.slack.clock.now())
    why = "the query failed (UndefinedTableError, 42P01)"
    at = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    await fresh.bot.database.watermarks.fail(All("test"), PULLED, Failed(at, why))
    await _at(fresh, datetime(2026, 11, 23, 19, tzinfo=UTC))
    told = next(text_in(one) for one in _team(fresh) if "Usage data" in one.text)
    assert "has not come; the last whole week is 2026-W46. Colours are still those of 2026-W46; " in told
    assert "from 2026-11-25 those that rest on usage become unknown." in told
    assert f"The last pull (Mon 2026-11-23 17:30): {why}.\nWhoever runs the usage import: dossier usage import" in told


async def test_late_usage_is_told_once_a_week_and_only_while_it_is_missing(fresh: Story) -> None:
    await _at(fresh, fresh.slack.clock.now())
    monday = datetime(2026, 11, 23, 17, 59, tzinfo=UTC)
    assert _about(await _at(fresh, monday), "Usage data") == []
    late = _about(await _at(fresh, monday + timedelta(minutes=61)), "Usage data")
    assert [text[:34] for text in late] == ["Usage data of 2026-W47 has not com"]
    assert _about(await _at(fresh, monday + timedelta(days=3)), "Usage data") == []
    assert _about(await _at(fresh, monday + timedelta(days=7, hours=2)), "Usage data of 2026-W48") != []
