"""Time by hand: the bot runs along, or sleeps through it; and the figures that somebody feeds to it meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import HARBOUR, Feed, NotPossibleError, Sandbox

from .conftest import bench, caller
from .test_page import browser, do, regions

START = HARBOUR.starts_at  # a Monday, 08:00 UTC


class Bot:
    """Notes when it looked round; its digest is due at `due`."""

    def __init__(self) -> None:
        self.looked: list[datetime] = []
        self.due: datetime | None = None
        self.dues: list[datetime] = []
        self.took: list[str] = []
        self.slack: Sandbox | None = None

    async def look(self) -> None:
        assert self.slack is not None
        self.looked.append(self.slack.clock.now())

    async def next(self) -> datetime | None:
        return self.due

    async def next_due(self) -> datetime | None:
        assert self.slack is not None
        return next((one for one in self.dues if one > self.slack.clock.now()), None)

    async def steady(self) -> str:
        return "5 rows stored"

    async def take(self, text: str) -> str:
        self.took.append(text)
        return "line 2: no customer is called “x”"


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def slack(bot: Bot) -> AsyncIterator[Sandbox]:
    feed = Feed({"Steady": bot.steady}, bot.take, "customer,week")
    async with bench(on_time=bot.look, next_occasion=bot.next, next_due=bot.next_due, feed=feed) as slack:
        bot.slack = slack
        yield slack


async def test_a_bot_that_runs_along_looks_round_every_six_hours_and_at_the_end(slack: Sandbox, bot: Bot) -> None:
    assert await slack.until(START + timedelta(hours=17, minutes=30)) == START + timedelta(hours=17, minutes=30)
    assert [f"{one:%d %H:%M}" for one in bot.looked] == ["16 12:00", "16 18:00", "17 00:00", "17 01:30"]


async def test_what_is_due_on_the_way_happens_at_its_time(slack: Sandbox, bot: Bot) -> None:
    bot.dues = [START + timedelta(hours=1), START + timedelta(hours=1, seconds=5), START + timedelta(days=1)]
    await slack.until(START + timedelta(hours=7))
    assert [f"{one:%H:%M:%S}" for one in bot.looked] == ["09:00:00", "09:01:00", "12:00:00", "15:00:00"]


async def test_what_is_due_all_the_time_does_not_hold_the_clock(slack: Sandbox, bot: Bot) -> None:
    bot.dues = [START + timedelta(minutes=2 * number) for number in range(5_000)]
    await slack.until(START + timedelta(days=2))
    assert bot.looked[-1] == START + timedelta(days=2)
    assert len(bot.looked) < 350


@pytest.mark.parametrize("by", [timedelta(days=-1), timedelta(days=21)])
async def test_a_jump_is_slept_through(slack: Sandbox, bot: Bot, by: timedelta) -> None:
    assert await slack.go_to(START + by) == START + by
    assert bot.looked == [START + by]


async def test_a_week_is_lived_through(slack: Sandbox, bot: Bot) -> None:
    await slack.go_to(START + timedelta(days=8))
    assert len(bot.looked) == 8 * 4 + 1
    assert max(b - a for a, b in zip(bot.looked, bot.looked[1:], strict=False)) <= timedelta(hours=6)


@pytest.mark.parametrize(
    ("person", "monday"),
    [("maya", datetime(2026, 11, 23, 8, tzinfo=UTC)), ("jonas", datetime(2026, 11, 23, 7, tzinfo=UTC))],
)
async def test_monday_is_where_one_lives(slack: Sandbox, person: str, monday: datetime) -> None:
    assert await slack.next_monday(person) == monday


async def test_the_next_digest_is_waited_for(slack: Sandbox, bot: Bot) -> None:
    with pytest.raises(NotPossibleError, match="/digest here"):
        await slack.next_digest()
    bot.due = START + timedelta(days=2)
    assert await slack.next_digest() == bot.due + timedelta(seconds=1)
    assert bot.looked[-1] > bot.due


async def test_the_buttons_of_the_page_move_the_clock(slack: Sandbox, bot: Bot) -> None:
    bot.due = START + timedelta(days=9)
    async with browser(slack) as web:
        for asked, at in (
            ({"by": "hour"}, "16 Nov 2026</b> 09:00"),
            ({"by": "day"}, "17 Nov 2026</b> 09:00"),
            ({"by": "monday"}, "23 Nov 2026</b> 08:00"),
            ({"by": "digest"}, "25 Nov 2026</b> 08:00"),
            ({"to": "2026-12-24T18:30"}, "24 Dec 2026</b> 18:30"),
        ):
            assert await do(web, "move", **asked) == {}
            assert at in (await regions(web, "maya"))["clock"]
        assert "is no date" in (await do(web, "move", to="tomorrow"))["problem"]
        assert bot.looked[-1] == slack.clock.now()


async def test_usage_is_imported_by_a_button_or_pasted_and_the_bot_looks(slack: Sandbox, bot: Bot) -> None:
    async with browser(slack) as web:
        page = await (await web.get("/")).text()
        assert 'data-usage="Steady"' in page
        assert 'placeholder="customer,week"' in page
        assert await do(web, "usage", label="Steady") == {"report": "5 rows stored"}
        assert bot.looked == [START + timedelta(minutes=1)]
        assert await do(web, "usage", rows="customer,week\nx,1") == {"report": "line 2: no customer is called “x”"}
        assert bot.took == ["customer,week\nx,1"]
        assert "no usage is called" in (await do(web, "usage", label="Wobbly"))["problem"]


async def test_without_a_feed_there_is_no_usage_menu() -> None:
    async with bench() as slack, browser(slack) as web:
        assert "usage-menu" not in await (await web.get("/")).text()
        with pytest.raises(NotPossibleError):
            await slack.import_usage("customer,week")


async def test_after_a_jump_there_and_back_what_is_new_is_at_the_end_and_far_days_have_their_year() -> None:
    async with bench() as slack, browser(slack) as web:
        await slack.jump(datetime(2099, 1, 1, 12, tzinfo=UTC))
        await slack.say("maya", "#cs-team", "from afar")
        await slack.jump(START)
        await slack.say("maya", "#cs-team", "at home")
        shown = (await regions(web, "maya", "C0CSTEAM"))["messages"]
    places = [shown.index(one) for one in ("Thursday, 1 January 2099", "from afar", "Monday, 16 November<", "at home")]
    assert places == sorted(places)


async def test_messages_after_a_jump_back_count_as_new() -> None:
    async with bench() as slack, caller(slack) as client:
        await slack.jump(datetime(2099, 1, 1, 12, tzinfo=UTC))
        await client.chat_postMessage(channel="U0MAYA", text="from afar")
        maya = slack.workspace.person("maya")
        slack.workspace.read(maya)
        await slack.jump(START)
        await client.chat_postMessage(channel="U0MAYA", text="at home")
        assert slack.workspace.unread(maya) == 1
