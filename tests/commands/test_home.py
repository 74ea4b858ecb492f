"""What stands in the Home tab, over any customers at all and over a real database."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.sandbox import check_view
from commands import home_views
from commands.blocks import header
from commands.home import Home, Looked
from commands.home_shelves import ALERTS, DIGESTS, STEPS, AlertsOpen, MyDigests, StepsDue
from commands.home_tab import Where
from commands.home_views import BUDGET, CUSTOMERS, MOST_BLOCKS, Portfolio, Section
from customers.alerts import Alert
from customers.facts import Colour
from customers.glance import Checked, news
from customers.judgements import Judgement, Kind
from customers.model import Person, Profile, Status
from customers.people import Reader, Standing
from customers.personal import Mine, Personal
from customers.preferences import Dates, Preferences, Quiet
from customers.records import Card, Change, RequestLine
from customers.runs import DueStep, RunStep
from customers.subscriptions import Subscription
from tests.commands.anybody import CARDS, HOSTILE, NOW, TYPED, card_of, objects
from tests.commands.room import ALL, Room, room_of

MAYA = Reader("U0MAYA", Standing.MEMBER, "Maya Okafor", "maya@harbour.example")
UTC_ZONE = ZoneInfo("UTC")
MINE = Mine(Preferences(), UTC_ZONE, NOW - timedelta(days=7))
ACME = card_of(Profile("acme", "Acme", Status.ACTIVE))
Json = dict[str, Any]


def portfolio(cards: Sequence[Card], **more: Any) -> Portfolio:
    known = {"news": {}, "offset": 0, "everybody": False, "has_own": True, "cut_off": False} | more
    return Portfolio(cards, **known)


def said(sections: Section | Sequence[Section]) -> str:
    """All letters of a section."""
    found = [one["text"] for one in objects(list(sections)) if isinstance(one.get("text"), str)]
    return "\n".join(found)


def sound(view: Json) -> None:
    """Slack takes it, and nothing typed is read as markup."""
    assert check_view(view) == []
    assert len(view["blocks"]) <= MOST_BLOCKS
    assert len(orjson.dumps(view["blocks"])) <= BUDGET
    assert TYPED not in " ".join(one["text"] for one in objects(view["blocks"]) if one.get("type") == "mrkdwn")


# Any customers


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    found=st.lists(CARDS, max_size=5),
    times=st.sampled_from([1, 1, 4]),
    phrase=st.sampled_from(HOSTILE),
    everybody=st.booleans(),
    style=st.sampled_from([Dates.ISO, Dates.GERMAN]),
)
def test_home_is_sound_whoever_the_customers_are(
    found: list[Card], times: int, phrase: str, everybody: bool, style: Dates
) -> None:
    mine = replace(MINE, preferences=Preferences(Quiet(time(22), time(7)), None, style))
    cards = found * times
    new = {card.record.customer_id: (f"{TYPED}{phrase}", "x" * 5_000) for card in cards}
    given = portfolio(cards, news=new, everybody=everybody, has_own=not everybody)
    reader = replace(MAYA, name=f"{TYPED}{phrase}")
    sections = [
        home_views.greeting(reader, mine, NOW, TYPED + phrase),
        home_views.customers(given),
        home_views.bugs(given, mine, NOW),
    ]
    sound(home_views.view(sections, home_views.settings(mine, NOW), "0|all"))


def test_more_than_fits_is_said_and_the_settings_stay() -> None:
    many = [header(f"{at}") for at in range(300)]
    long = [home_views.row_of("x" * 3_000, {"type": "button"}) for _ in range(40)]
    for blocks in (many, long):
        view = home_views.view([blocks], home_views.settings(MINE, NOW), "")
        assert len(view["blocks"]) <= MOST_BLOCKS
        assert len(orjson.dumps(view["blocks"])) <= BUDGET
        assert "more than fits" in said([view["blocks"]])
        assert "Preferences…" in str(view["blocks"][-1])


@pytest.mark.parametrize(
    ("hour", "greeting"), [(4, "evening"), (5, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening")]
)
def test_the_greeting_goes_by_the_persons_clock(hour: int, greeting: str) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    now = datetime(2026, 11, 18, hour, tzinfo=zone)
    assert f"Good {greeting}, Maya" in said(home_views.greeting(MAYA, replace(MINE, zone=zone), now, ""))


# What is new


def judged(at: datetime, kind: Kind = Kind.ESCALATION) -> Judgement:
    return Judgement(1, 7, kind, "x", "U1", at)


SINCE = NOW - timedelta(days=7)
BEFORE, AFTER = SINCE - timedelta(hours=1), SINCE + timedelta(hours=1)


@pytest.mark.parametrize(
    ("known", "was", "told"),
    [
        ({}, None, ()),
        ({}, Colour.GREEN, ("was green in 2026-W45",)),
        ({}, Colour.UNKNOWN, ()),  # as it is now
        ({"judgements": (judged(BEFORE),)}, None, ()),
        ({"judgements": (judged(AFTER), judged(AFTER, Kind.RISK))}, None, ("escalated", "marked as a churn risk")),
        ({"requests": (RequestLine(1, "x", "backlog", 1, AFTER),)}, None, ("1 new request",)),
        ({"requests": (RequestLine(1, "x", "backlog", 1, BEFORE),)}, None, ()),
        ({"changes": (Change(AFTER, "Tier edited"), Change(BEFORE, "Status edited"))}, None, ("Tier edited",)),
        ({"changes": (Change(AFTER, "a"),) * 5}, None, ("a", "a", "3 more in the document")),
    ],
)
def test_what_is_new(known: dict[str, Any], was: Colour | None, told: tuple[str, ...]) -> None:
    card = replace(ACME, record=replace(ACME.record, **known))
    calm = replace(card, health=ACME.health)
    checked = Checked(was, date(2026, 11, 2)) if was else None
    assert news(calm, SINCE, checked) == told
    assert news(calm, None, checked) == ()


# Other desks' sections


def alert(at: int, **more: Any) -> Alert:
    return Alert(at, 7, f"{TYPED} {at}", None, date(2026, 11, 9), 120, 79, NOW - timedelta(days=9), **more)


class FakeAlerts:
    """Alerts of everybody, the first half of them of the reader."""

    def __init__(self, *found: Alert) -> None:
        self.found = found

    async def open(self, now: datetime, limit: int = 200) -> list[Alert]:
        return list(self.found)

    async def open_for(self, reader: Reader, now: datetime, limit: int = 200) -> list[Alert]:
        return list(self.found[: len(self.found) // 2])


async def test_alerts_that_nobody_has_come_first_and_have_their_buttons() -> None:
    mine = [alert(1, claimed_by="U1", claimed_at=NOW), *(alert(at) for at in range(2, 10))]
    shelf = AlertsOpen(FakeAlerts(*mine, *(alert(at) for at in range(10, 19))))
    blocks = await shelf(looked())
    assert [one["block_id"] for one in blocks[1:-1:2]] == [f"alert:{at}" for at in range(2, 8)]
    assert "3 more" in said(blocks)
    assert said(blocks).count("Claim") == ALERTS
    sound(home_views.view([blocks], [], ""))
    everybody = replace(looked(), given=portfolio([ACME], everybody=True))
    assert "12 more" in said(await shelf(everybody))


async def test_no_alerts_say_what_would_stand_there() -> None:
    assert "None to claim." in said(await AlertsOpen(FakeAlerts())(looked()))


def looked(now: datetime = NOW) -> Looked:
    return Looked(MAYA, MINE, now, portfolio([ACME]))


class FakeSteps:
    """Steps of one person."""

    def __init__(self, *days: date) -> None:
        self.days = days

    def today(self, now: datetime) -> date:
        return now.date()

    async def due_for(self, reader: Reader, today: date, limit: int) -> tuple[DueStep, ...]:
        steps = [RunStep(at, f"{TYPED} step {at}", "", "csm", None, 0, day) for at, day in enumerate(self.days, 1)]
        return tuple(DueStep(1, 7, "Acme", "Renewal", one) for one in steps[:limit])


async def test_steps_say_since_when_they_are_overdue() -> None:
    blocks = await StepsDue(FakeSteps(NOW.date() - timedelta(days=2), NOW.date()))(looked())
    assert "Renewal · Acme · ⚠ overdue since Mon 2026-11-16" in said(blocks)
    assert "Renewal · Acme · due today" in said(blocks)
    sound(home_views.view([blocks], [], ""))


async def test_no_steps_say_how_to_begin_and_many_say_that_there_are_more() -> None:
    assert "/playbook start" in said(await StepsDue(FakeSteps())(looked()))
    blocks = await StepsDue(FakeSteps(*[NOW.date()] * 30))(looked())
    assert said(blocks).count("due today") == STEPS
    assert "More are due" in said(blocks)


class FakeDigests:
    """Subscriptions of the workspace."""

    def __init__(self, *found: Subscription) -> None:
        self.found = list(found)

    async def of_reader(self, reader: Reader) -> list[Subscription]:
        assert reader is MAYA
        return self.found


def subscription(channel: str = "C1", by: str = "U0MAYA", **more: Any) -> Subscription:
    return Subscription(channel, 0, time(9), ZoneInfo("Europe/Berlin"), (), (), NOW, by, NOW, **more)


async def test_digests_say_when_they_come_or_why_they_do_not() -> None:
    paused = subscription("C2", paused_at=NOW, paused_by="", paused_why="outsiders")
    blocks = await MyDigests(FakeDigests(subscription(), paused))(looked())
    assert [one["channel_id"] for one in objects(blocks) if one.get("type") == "channel"] == ["C1", "C2"]
    assert "Mondays at 09:00 (Europe/Berlin) · next Mon 2026-11-23 08:00" in said(blocks)
    assert "paused\n: people from outside your organisation can read there." in said(blocks)
    sound(home_views.view([blocks], [], ""))


async def test_no_digests_say_how_to_get_one_and_many_are_cut() -> None:
    assert "/digest here" in said(await MyDigests(FakeDigests())(looked()))
    blocks = await MyDigests(FakeDigests(*[subscription(f"C{at}") for at in range(30)]))(looked())
    assert f"{30 - DIGESTS} more, and everybody's: /digest list" in said(blocks)


# Over a real database


class Failing:
    """A section that cannot be read."""

    title = "Alerts"

    async def __call__(self, looked: Looked) -> Section:
        raise ValueError("secret of a customer")


def home_of(room: Room, *shelves: Any) -> Home:
    return Home(room.desk, Personal(room.database.preferences, UTC_ZONE), shelves)


async def test_a_section_that_fails_leaves_the_others_alone(room: Room) -> None:
    view = await home_of(room, Failing()).draw(MAYA, NOW, Where(), "", opened=True)
    sound(view)
    shown = said([view["blocks"]])
    assert "This could not be read just now." in shown
    assert "secret" not in shown
    assert "Your settings" in shown
    assert "No document names you as a CSM" in shown


@pytest.fixture
async def crowd(tmp_path: Path, empty_database: Path) -> AsyncIterator[Room]:
    """300 customers of one CSM, each with a bug."""
    csm = Person("Maya Okafor", "maya@harbour.example")
    profiles = [Profile(f"c{at}", f"Customer {at:03}", Status.ACTIVE, csm=csm, seats=100) for at in range(300)]
    with capture_logs():
        async with room_of(tmp_path, empty_database, *profiles) as made:
            usage = [(one, 2966 - week, 90 - week, 100) for one in made.ids.values() for week in range(12)]
            await made.database.usage.put(ALL, usage)
            yield made


async def test_three_hundred_customers_are_turned_page_by_page_in_no_time(crowd: Room) -> None:
    home = home_of(crowd)
    began = perf_counter()
    first = await home.draw(MAYA, NOW, Where(), "", opened=True)
    took = perf_counter() - began
    sound(first)
    assert "1–12 of 300" in said([first["blocks"]])
    assert took < 0.5 * 4, took  # measured: 0.1 s; the machine that runs the tests may be busy
    last = await home.draw(MAYA, NOW, Where(288), "", opened=False)
    assert "289–300 of 300" in said([last["blocks"]])
    labels = [one["text"]["text"] for one in objects(last["blocks"]) if one.get("type") == "button"]
    assert labels[CUSTOMERS:] == ["‹ Previous", "All customers", "Preferences…"]
    beyond = await home.draw(MAYA, NOW, Where(5_000), "", opened=False)
    assert "1–12 of 300" in said([beyond["blocks"]])
