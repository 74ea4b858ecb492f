"""One alert in many places: messages, digests, lists and Home agree, and somebody is asked until somebody has it."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox import Message, Seen
from bot.sandbox.seen import text_in
from customers.alerts import Change
from tests.conftest import Story
from tests.stories.test_alerts import alert
from tests.stories.test_digest import HOUR, WEEK, later, posted, subscribed, used

DAY = timedelta(days=1)
DROP = {"oakline_retail": 0, "kestrel_health": 30, "brightwater_logistics": 100}


async def fallen(story: Story) -> Message:
    """A week later usage fell at two customers, and the digest of the channel says so."""
    await subscribed(story)
    await later(story, WEEK - HOUR)
    await used(story, "2026-W47", **DROP)
    await later(story)
    await later(story, 3 * HOUR)
    return posted(story)[-1]


def mentions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["user_id"]] if value.get("type") == "user" else []
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from mentions(one)


def about_usage(story: Story, person: str) -> list[str]:
    return [text_in(one).split("\n")[0] for one in story.slack.dms(person) if "sage " in one.text]


def actions(message: Message | Seen, verb: str) -> list[str]:
    return [
        one["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for one in block["elements"]
        if one["action_id"].startswith(f"alert:{verb}")
    ]


async def test_a_claim_in_a_message_changes_the_row_in_the_digest_and_nobody_is_mentioned(fresh: Story) -> None:
    digest = await fallen(fresh)
    ts, kinds = digest.ts, [block["type"] for block in digest.blocks]
    assert "Claimed by" not in text_in(digest)
    await fresh.slack.press("jonas", alert(fresh), "Claim")
    await fresh.bot.worker.quiet()
    changed = posted(fresh)[-1]
    assert changed.ts == ts
    assert "Claimed by Jonas Lindqvist, " in text_in(changed)
    assert list(mentions(changed.blocks)) == []
    assert [block["type"] for block in changed.blocks] == kinds
    assert "image" in kinds
    form = await fresh.slack.press("jonas", alert(fresh), "Done…")
    await fresh.slack.submit("jonas", form, {"What came of it?": "A stocktake"})
    await fresh.bot.worker.quiet()
    assert "Done by Jonas Lindqvist, " in text_in(posted(fresh)[-1])


async def test_two_who_press_in_one_digest_leave_each_others_rows_alone(fresh: Story) -> None:
    digest = await fallen(fresh)
    words, (first, second, *_) = digest.text, actions(digest, "claim")
    await asyncio.gather(fresh.slack.press("maya", digest, first), fresh.slack.press("jonas", digest, second))
    after = posted(fresh)[-1]
    assert "Claimed by Maya Okafor" in text_in(after)
    assert "Claimed by Jonas Lindqvist" in text_in(after)
    assert after.text == words  # what notifications and screen readers say is not the pressed row's


async def test_a_correction_changes_what_was_told_and_a_second_one_tells_it_anew(fresh: Story) -> None:
    await fallen(fresh)
    assert "214 → 100 weekly users" in text_in(alert(fresh, "maya"))
    await used(fresh, "2026-W47", brightwater_logistics=110)
    await later(fresh, HOUR)
    assert "214 → 110 weekly users" in text_in(alert(fresh, "maya"))
    await used(fresh, "2026-W47", brightwater_logistics=220)
    await later(fresh, HOUR)
    (gone,) = [one for one in fresh.slack.dms("maya") if one.text.startswith("It was no fall")]
    assert "usage did not fall so far: 214 → 220 weekly users" in text_in(gone)
    assert "The usage numbers were corrected" in text_in(gone)
    assert actions(gone, "claim") == []
    await used(fresh, "2026-W47", brightwater_logistics=60)
    await later(fresh, HOUR)
    heads = [one.text for one in fresh.slack.dms("maya") if "Brightwater" in one.text]
    assert heads == ["Usage fell: Brightwater Logistics, 214 → 60 weekly users in 2026-W47"] * 2
    await fresh.slack.press("maya", alert(fresh, "maya"), "Claim")
    await fresh.bot.worker.quiet()
    both = [text_in(one) for one in fresh.slack.dms("maya") if "Brightwater" in one.text]
    assert ["Claimed by Maya Okafor" in one for one in both] == [True, True]


async def test_home_and_digest_agree_when_the_newest_of_several_is_closed(fresh: Story) -> None:
    await fallen(fresh)
    for week, users in (("2026-W48", 20), ("2026-W49", 10)):
        await later(fresh, WEEK - 4 * HOUR)
        await used(fresh, week, oakline_retail=0, kestrel_health=users, brightwater_logistics=100)
        await later(fresh, 4 * HOUR)
    alerts, now = fresh.bot.desks.alerts, fresh.bot.clock()
    theirs = [one for one in await alerts.open(now) if one.customer == "Kestrel Health"]
    assert len(theirs) == 3
    newest = max(theirs, key=lambda one: one.week)
    await alerts.done(Change(newest.id, "U0JONAS", "press:1"), "We spoke", now)
    home = await fresh.slack.home("jonas")
    assert home.home is not None
    assert "Kestrel Health  usage fell" not in text_in(home.home)
    assert [one.customer for one in await alerts.open(now)] == ["Brightwater Logistics"]


# until somebody has it


async def test_the_csm_is_reminded_every_week_in_one_message_until_somebody_claims(fresh: Story) -> None:
    await fallen(fresh)
    same = {"oakline_retail": 0, "kestrel_health": 30, "brightwater_logistics": 100}
    reminded = []
    for week in range(48, 54):
        await later(fresh, WEEK)
        await used(fresh, f"2026-W{week}", **same)
        await later(fresh, HOUR)
        await later(fresh, HOUR)
        reminded.append(sum("Nobody has claimed it yet" in one for one in about_usage(fresh, "maya")))
        if week == 49:
            last = [one for one in fresh.slack.dms("maya") if "Nobody has claimed" in one.text][-1]
            assert len(actions(last, "claim")) == 1
            await fresh.slack.press(
                "jonas", [one for one in fresh.slack.dms("jonas") if "claimed it yet" in one.text][-1], "Claim"
            )
    assert reminded == [1, 2, 3, 4, 4, 4]
    assert sum("Nobody has claimed it yet" in one for one in about_usage(fresh, "jonas")) == 2


async def test_whoever_claimed_is_asked_after_two_weeks_and_once(fresh: Story) -> None:
    await fallen(fresh)
    await fresh.slack.press("jonas", alert(fresh), "Claim")
    await later(fresh, 14 * DAY - 5 * HOUR)
    assert [one for one in about_usage(fresh, "jonas") if one.startswith("You claimed")] == []
    for _ in range(3):
        await later(fresh, 6 * HOUR)
    asked = "You claimed it on 2026-11-23 and it is not done: usage fell at 1 customer"
    assert [one for one in about_usage(fresh, "jonas") if one.startswith("You claimed")] == [asked]
    (message,) = [one for one in fresh.slack.dms("jonas") if one.text.startswith("You claimed")]
    form = await fresh.slack.press("jonas", message, "Done…")
    await fresh.slack.submit("jonas", form, {"What came of it?": "A stocktake"})
    await fresh.bot.worker.quiet()
    (message,) = [one for one in fresh.slack.dms("jonas") if one.text.startswith("You claimed")]
    assert "Done by Jonas Lindqvist" in text_in(message)


async def test_what_is_done_in_time_is_not_asked_about(fresh: Story) -> None:
    await fallen(fresh)
    await fresh.slack.press("jonas", alert(fresh), "Claim")
    (one,) = [one for one in await fresh.bot.desks.alerts.open(fresh.bot.clock()) if one.claimed_by]
    await fresh.bot.desks.alerts.done(Change(one.id, "U0JONAS", "press:9"), "Fine", fresh.bot.clock())
    await later(fresh, 15 * DAY)
    assert [one for one in about_usage(fresh, "jonas") if one.startswith("You claimed")] == []


# lists that one person sees


async def test_every_open_alert_is_listed_mine_first_and_its_row_changes_in_place(fresh: Story) -> None:
    await fallen(fresh)
    listed = await fresh.slack.command("jonas", "#engineering", "/health alerts")
    assert listed.is_private
    rows = [one for one in listed.text.split("\n") if "usage fell" in one]
    assert [one.split("  ")[0] for one in rows] == ["Kestrel Health", "Brightwater Logistics"]
    assert "Open usage alerts · 2" in listed
    claimed = await fresh.slack.press("jonas", listed, actions(listed, "claim")[1])
    assert "Claimed by" in claimed
    (changed,) = [one for one in fresh.slack.messages("#engineering", "jonas") if one.is_ephemeral]
    assert [one for one in text_in(changed).split("\n") if "usage fell" in one] == rows  # nothing jumps
    form = await fresh.slack.press("jonas", changed, actions(changed, "done")[0])
    await fresh.slack.submit("jonas", form, {"What came of it?": "We spoke"})
    seen = [one for one in fresh.slack.messages("#engineering", "jonas") if one.is_ephemeral]
    assert len(seen) == 1
    assert "Done by" in text_in(seen[0])
    assert "We spoke" in text_in(seen[0])


async def test_no_alert_is_open(fresh: Story) -> None:
    assert "No alert is open." in await fresh.slack.command("maya", "#engineering", "/health alerts")


@pytest.mark.parametrize("button", ["claim", "snooze", "done"])
async def test_a_row_in_a_preview_answers_beside_it(fresh: Story, button: str) -> None:
    await fallen(fresh)
    preview = await fresh.slack.command("maya", "#engineering", "/digest preview")
    row = actions(preview, button)[0]
    if button == "claim":
        answer = await fresh.slack.press("maya", preview, row)
        assert "Claimed by" in answer
        again = await fresh.slack.select("maya", answer, "Snooze…", "For a day")
        assert "Snoozed by" in again
    elif button == "snooze":
        assert "Snoozed by" in await fresh.slack.select("maya", preview, row, "For a day")
    else:
        form = await fresh.slack.press("maya", preview, row)
        assert "Saved, and added to the history" in await fresh.slack.submit("maya", form, {"What came of it?": "Fine"})
