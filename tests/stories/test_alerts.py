"""Usage falls: the CSM hears of it with numbers and a chart, somebody claims it, and what came of it is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.demo import workspace
from bot.feed import import_usage
from bot.sandbox import Message, Seen
from customers import weeks
from customers.alerts import Change
from customers.scope import All
from tests.conftest import Story
from tests.storage.harbour import run
from tests.stories.capturing import Json, forged

WEEK = date(2026, 11, 9)
HEAD = "Kestrel Health  usage fell 22.4 %: 67 → 52 weekly users in 2026-W46"


async def fell(story: Story, name: str, before: int, active: int) -> None:
    """What the weekly check adds."""
    values = {"who": await story.bot.desk.find(name, "", ""), "week": weeks.number(WEEK), "at": story.bot.clock()}
    add = (
        "INSERT INTO alerts (customer_id, kind, week, before, active, created_at, note) "
        "VALUES (:who, 'usage_drop', :week, :before, :active, '2026-11-16 06:00:00', '') ON CONFLICT DO NOTHING"
    )
    await run(story.bot.database, add, {**values, "before": before, "active": active})


async def told(story: Story, late: bool = False) -> None:
    """The weekly check tells, and everything that is due leaves."""
    await story.bot.desks.alerts.tell(WEEK, story.bot.clock(), late)
    await story.bot.worker.quiet()


async def later(story: Story, **time: int) -> None:
    """Time goes by, and the heartbeat notices."""
    await story.slack.move(timedelta(**time))
    await story.bot.desks.alerts.run(story.bot.clock())
    await story.bot.worker.quiet()


def alert(story: Story, person: str = "jonas") -> Message:
    """The newest message about fallen usage that somebody was sent."""
    return next(one for one in reversed(story.slack.dms(person)) if "sage fell" in one.text)


def seen(message: Message, person: str = "jonas") -> Seen:
    return Seen(person, (message,))


@pytest.fixture
async def kestrel(fresh: Story) -> Story:
    """The fall at Kestrel Health has been told to Jonas, who is its CSM."""
    await fell(fresh, "Kestrel Health", 67, 52)
    await told(fresh)
    return fresh


async def test_the_csm_reads_the_numbers_the_chart_and_what_may_explain_them(kestrel: Story) -> None:
    message = seen(alert(kestrel))
    assert HEAD in message
    assert "74, 75, 74, 73, 74, 72, 72, 71, 70, 69, 67, 52 (2026-W35 to 2026-W46); 85 seats" in message
    (image,) = [block for block in message.blocks if block["type"] == "image"]
    file = kestrel.slack.workspace.files.find(image["slack_file"]["id"])
    assert file is not None
    assert file.kind == "image/png"
    assert image["title"]["text"] == "Kestrel Health"  # the chart itself says what it shows
    for line in (
        "Trend: ",
        "Health: 🟡 yellow: Adoption",
        "Open bugs: none",
        "Open requests: none",
        "Renewal: ",
        "CSM: Jonas Lindqvist",
    ):
        assert line in message
    assert message.buttons == ["Claim", "Done…", "Brief", "Health"]
    assert [one for one in kestrel.slack.dms("maya") if "sage fell" in one.text] == []


async def test_from_claim_to_the_history(kestrel: Story) -> None:
    slack, message = kestrel.slack, alert(kestrel)
    await slack.press("jonas", message, "Claim")
    assert alert(kestrel) is message or alert(kestrel).ts == message.ts
    assert "Claimed by Jonas Lindqvist, 2026-11-16 08:00 UTC" in seen(alert(kestrel))
    assert "image" in [block["type"] for block in alert(kestrel).blocks]
    assert seen(alert(kestrel)).buttons == ["Give back", "Done…", "Brief", "Health"]
    assert "Ask them what changed; Done keeps what came of it." in seen(alert(kestrel))
    assert "so that nobody else" not in seen(alert(kestrel))
    form = await slack.press("jonas", alert(kestrel), "Done…")
    assert "It becomes part of the customer's support history." in form
    wrong = await slack.submit("jonas", form, {"What came of it?": "  "})
    assert "Say in a sentence what came of it" in wrong
    done = await slack.submit("jonas", form, {"What came of it?": "Two clinics moved; *back* next week <!channel>"})
    assert "Saved, and added to the history of Kestrel Health." in done
    after = seen(alert(kestrel))
    assert "Done by Jonas Lindqvist, 2026-11-16: Two clinics moved; *back* next week <!channel>" in after
    assert after.buttons == ["Brief", "Health"]
    assert len([one for one in slack.dms("jonas") if "sage fell" in one.text]) == 1
    brief = await slack.command("maya", "#kestrel", "/brief kestrel")
    history = await slack.press("maya", brief, "History")
    assert "Usage fell 22.4 % (67 → 52 weekly users in 2026-W46): Two clinics moved; *back* next week" in history


async def test_the_message_changes_even_when_it_is_not_remembered_what_stood_there(kestrel: Story) -> None:
    form = await kestrel.slack.press("jonas", alert(kestrel), "Done…")
    kestrel.bot.listeners.submits["alert_done"].__self__._pressed.clear()  # type: ignore[attr-defined] # a restart
    await kestrel.slack.submit("jonas", form, {"What came of it?": "A stocktake"})
    await kestrel.bot.worker.quiet()
    after = seen(alert(kestrel))
    assert "Done by Jonas Lindqvist" in after
    assert "image" in [block["type"] for block in after.blocks]


async def test_a_snooze_is_quiet_until_then_and_comes_back_once(kestrel: Story) -> None:
    slack = kestrel.slack
    await slack.select("jonas", alert(kestrel), "Snooze…", "For a day")
    assert "Snoozed by Jonas Lindqvist until 2026-11-17 08:00 UTC" in seen(alert(kestrel))
    await later(kestrel, hours=23)
    assert len(slack.dms("jonas")) == 1
    for _ in range(2):
        await later(kestrel, hours=1)
    first, back = slack.dms("jonas")
    assert back.text.startswith("Back from snooze: Kestrel Health")
    await slack.press("jonas", back, "Claim")
    await kestrel.bot.worker.quiet()
    assert "Claimed by Jonas Lindqvist" in seen(slack.dms("jonas")[1])
    assert "Claimed by Jonas Lindqvist" in seen(slack.dms("jonas")[0])  # the first message says so as well
    assert first.ts == slack.dms("jonas")[0].ts


async def test_a_snooze_until_a_date(kestrel: Story) -> None:
    slack = kestrel.slack
    form = await slack.select("jonas", alert(kestrel), "Snooze…", "Until a date…")
    assert "from tomorrow on" in await slack.submit("jonas", form, {"Snooze until": "2026-11-16"})
    assert "You are told again on 2026-11-20 09:00." in await slack.submit(
        "jonas", form, {"Snooze until": "2026-11-20"}
    )
    assert "Snoozed by Jonas Lindqvist until 2026-11-20 09:00 UTC" in seen(alert(kestrel))


async def test_numbers_that_were_corrected_before_it_left_are_not_told(fresh: Story) -> None:
    await fell(fresh, "Brightwater Logistics", 213, 100)  # the feed says 214 by now
    await told(fresh)
    assert fresh.slack.dms("maya") == []


async def test_what_somebody_has_claimed_before_it_left_is_not_told(fresh: Story) -> None:
    await fell(fresh, "Kestrel Health", 67, 52)
    (found,) = await fresh.bot.desks.alerts.open(fresh.bot.clock())
    await fresh.bot.desks.alerts.claim(Change(found.id, "U0IRIS", "press:1"), fresh.bot.clock())
    await told(fresh)
    assert fresh.slack.dms("jonas") == []


async def test_whoever_presses_too_late_sees_who_has_it(kestrel: Story) -> None:
    await kestrel.slack.press("jonas", alert(kestrel), "Claim")

    def by_maya(payload: Json) -> None:
        payload["user"]["id"] = "U0MAYA"
        payload["actions"][0]["action_ts"] = "9.9"

    await later(kestrel, hours=1)
    await forged(kestrel.slack, by_maya)
    assert "Claimed by Jonas Lindqvist, 2026-11-16 08:00 UTC" in seen(alert(kestrel))
    (found,) = await kestrel.bot.desks.alerts.open(kestrel.bot.clock())
    assert found.claimed_by == "U0JONAS"


async def test_an_internal_account_is_silent(fresh: Story) -> None:
    await fell(fresh, "Demo Account", 100, 10)
    await told(fresh)
    assert [one for one in fresh.slack.dms("maya") if "sage fell" in one.text] == []
    assert [one.customer for one in await fresh.bot.desks.alerts.open(fresh.bot.clock())] == []


async def test_without_the_right_to_upload_the_words_go_alone(fresh: Story) -> None:
    fresh.slack.faults.add("files.getUploadURLExternal", "error", error="file_uploads_disabled")
    await fell(fresh, "Kestrel Health", 67, 52)
    await told(fresh)
    message = seen(alert(fresh))
    assert HEAD in message
    assert "image" not in [block["type"] for block in message.blocks]


# a team without CSMs


@asynccontextmanager
async def shops(folder: Path, how_many: int) -> AsyncIterator[Story]:
    """Customers whose CSM nobody in Slack is, and whose usage fell from 100 to 41, 42, 43…"""
    rows = ["customer,week,active_users"]
    for at in range(1, how_many + 1):
        csm = "**CSM:** Somebody Who Left\n" if at % 2 else ""
        words = f"# Shop {at:02d}\n\n**Status:** Active\n**Tier:** Growth\n{csm}**Contract:** $100/month, 120 users\n"
        (folder / f"shop-{at:02d}.md").write_text(words, encoding="utf-8")
        rows += [f"shop-{at:02d},2026-W45,100", f"shop-{at:02d},2026-W46,{40 + at}"]
    async with workspace(frozen=True, documents=folder) as (slack, bot):
        story = Story(slack, bot)
        await import_usage(bot.database, rows, bot.clock(), bot.clock().date())
        for at in range(1, how_many + 1):
            await fell(story, f"Shop {at:02d}", 100, 40 + at)
        yield story


def in_team(story: Story) -> list[Message]:
    return [one for one in story.slack.messages("#cs-team", "maya") if one.bot_id and not one.is_ephemeral]


async def test_where_no_csm_is_known_the_team_is_told_and_two_who_claim_at_once_get_one_answer(tmp_path: Path) -> None:
    async with shops(tmp_path, 1) as story:
        await told(story)
        (message,) = in_team(story)
        assert "CSM: Somebody Who Left" in seen(message)
        await asyncio.gather(*(story.slack.press(who, message, "Claim") for who in ("maya", "jonas")))
        await story.bot.worker.quiet()
        (open_one,) = await story.bot.desks.alerts.open(story.bot.clock())
        (message,) = in_team(story)
        names = {"U0MAYA": "Maya Okafor", "U0JONAS": "Jonas Lindqvist"}
        assert f"Claimed by {names[open_one.claimed_by]}" in seen(message)
        other = {"U0MAYA": "jonas", "U0JONAS": "maya"}[open_one.claimed_by]
        await story.slack.press(other, message, "Take over")
        assert f"Claimed by {names[story.slack.workspace.person(other).id]}" in seen(in_team(story)[0])


async def test_many_falls_of_a_week_are_six_messages_and_their_rows_change_alone(tmp_path: Path) -> None:
    async with shops(tmp_path, 30) as story:
        await told(story)
        heads = [one.text for one in in_team(story)]
        alone = [one for one in heads if one.startswith("Usage fell: Shop")]
        assert len(alone) == 10  # five for each of the two groups
        more = [one for one in in_team(story) if "more customers" in one.text]
        assert [one.text[:35] for one in more] == ["Usage fell at 10 more customers: Sho"[:35]] * 2
        shown = seen(more[0])
        assert shown.buttons.count("Claim") == 8
        assert "… and 2 more. See all of them with /health alerts." in shown
        worst = await story.bot.desks.alerts.open(story.bot.clock())
        assert [one.customer for one in worst[:3]] == ["Shop 01", "Shop 02", "Shop 03"]
        before = text_of_rows(more[0])
        await story.slack.press("maya", more[0], shown_action(more[0], 3))
        await story.bot.worker.quiet()
        (changed,) = [one for one in in_team(story) if one.ts == more[0].ts]
        after = text_of_rows(changed)
        assert [at for at, (was, now) in enumerate(zip(before, after, strict=True)) if was != now] == [3]
        assert "Claimed by " in after[3]


async def test_many_that_come_back_at_once_are_six_messages(tmp_path: Path) -> None:
    async with shops(tmp_path, 7) as story:
        alerts, now = story.bot.desks.alerts, story.bot.clock()
        for one in await alerts.open(now):
            await alerts.snooze(Change(one.id, "U0MAYA", f"press:{one.id}"), now + timedelta(hours=1), now)
        await later(story, hours=1)
        heads = [one.text for one in story.slack.dms("maya")]
        assert [one[:17] for one in heads].count("Back from snooze:") == 6
        assert "Back from snooze: usage fell at 2 more customers: Shop 06, Shop 07" in heads


def text_of_rows(message: Message) -> list[str]:
    rows = [
        block for block in message.blocks if str(block.get("block_id")).startswith("alert:") and "elements" in block
    ]
    return [str(block["elements"]) for block in rows if block["type"] == "rich_text"]


def shown_action(message: Message, at: int) -> str:
    """The action_id of the Claim button of one row."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return str(rows[at]["elements"][0]["action_id"])


async def test_a_check_that_came_too_late_is_one_message_to_the_team(tmp_path: Path) -> None:
    async with shops(tmp_path, 3) as story:
        await told(story, late=True)
        (message,) = in_team(story)
        assert message.text.startswith(
            "Usage fell at 3 customers in 2026-W46. The weekly check came more than a day late"
        )
        assert len(await story.bot.desks.alerts.open(story.bot.clock())) == 3


async def test_a_press_that_is_delivered_twice_counts_once(tmp_path: Path) -> None:
    async with shops(tmp_path, 1) as story:
        await told(story)
        await story.slack.press("maya", in_team(story)[0], "Claim")
        await story.slack.press("jonas", in_team(story)[0], "Take over")
        twice = story.slack.deliveries.last
        assert twice is not None
        await story.slack.press("iris", in_team(story)[0], "Take over")
        await story.slack.deliver(twice)
        (claimed,) = await story.bot.desks.alerts.open(story.bot.clock())
        assert claimed.claimed_by == "U0IRIS"


async def test_an_alert_that_is_gone_is_said_to_be(kestrel: Story) -> None:
    message = alert(kestrel)
    await run(kestrel.bot.database, "DELETE FROM alerts")
    assert "This alert is no longer in Dossier." in await kestrel.slack.press("jonas", message, "Claim")
    assert (await kestrel.bot.database.outbox.counts(All("test"))).get("dead", 0) == 0
