"""`/digest` in somebody's hands: where it is refused, what its form says, and that nothing typed is interpreted."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import check_blocks
from commands.digest import Digest
from commands.digest_form import CSM, ZONE, Menus
from commands.digest_views import message, picture
from commands.preferences_form import zones
from customers.alerts import Alerts
from customers.digest import MOST, Lines, Material, Point, Section, Tally, Window, plan
from customers.digests import Digests
from customers.editions import BugRow, Page
from customers.errors import ChannelUnknown
from customers.health import Thresholds
from customers.model import Person, Profile, Status
from customers.people import Reader, Standing
from customers.schedule import Weekly
from customers.scope import One
from customers.sla import Severity
from customers.subscriptions import Draft
from tests.commands.anybody import TYPED, objects
from tests.commands.fakes import FakePlaces, decoded
from tests.commands.room import ALL, STOCKHOLM, Room
from tests.storage.harbour import ids, put, run

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
CHECK = Weekly(0, time(6), STOCKHOLM)


class Hidden(FakePlaces):
    """Slack does not say who reads there."""

    async def has_outsiders(self, channel: str) -> bool:
        raise ChannelUnknown()


def listening(room: Room, places: FakePlaces) -> Digests:
    database = room.database
    alerts = Alerts(database.alerts, Thresholds(), STOCKHOLM)
    digests = Digests(database.digests, room.desk.cards, database.requests.some, alerts.of, CHECK)
    digest, menus = Digest(digests, places, lambda: room.now, lambda: None), Menus(digests)
    room.on.command("/digest", digest)
    room.on.action("digest", digest.act)
    room.on.submit("digest", digest.submit)
    room.on.offer(ZONE, zones)
    room.on.offer(CSM, menus.csms)
    return digests


@pytest.mark.parametrize(
    ("places", "channel", "told"),
    [
        (FakePlaces(), "D1", "No digest here: this is a private conversation, and a digest is for a team's channel."),
        (FakePlaces("C1"), "C1", "No digest here: people from outside your organisation can read this channel."),
        (Hidden(), "C1", "No digest yet: Slack did not confirm that this channel is internal."),
    ],
)
async def test_where_a_digest_is_refused(room: Room, places: FakePlaces, channel: str, told: str) -> None:
    listening(room, places)
    said = await room.type("/digest here", channel)
    assert told in said
    assert "/digest here" in said.removeprefix(told)  # what to do instead
    assert room.form == {}


async def test_a_new_form_begins_with_the_teams_zone_and_its_menus_offer_zones_and_csms(room: Room) -> None:
    listening(room, FakePlaces())
    await put(room.database, Profile("x", "X", Status.ACTIVE, csm=Person(TYPED, "maya@harbour.example")), now=NOW)
    said = await room.type("/digest here")
    assert "Everyone in this channel, guests included, will be able to read it." in said
    assert "Health is judged Mondays at 06:00 (Europe/Stockholm)" in said
    assert room.fields["zone"] == "Europe/Stockholm"
    [option] = await offered(room, CSM, "maya@")
    assert option["text"]["text"] == TYPED[:75]
    assert option["value"].isalnum()  # never a name
    assert [one["value"] for one in await offered(room, ZONE, "berlin")] == ["Europe/Berlin"]


async def offered(room: Room, action: str, typed: str) -> list[dict[str, Any]]:
    view = {**room.form, "id": "V1", "state": {"values": {}}}
    body = {"type": "block_suggestion", "user": {"id": "U0MAYA", "team_id": "T1"}, "view": view}
    answer = await room.on.hear({**body, "action_id": action, "block_id": "b", "value": typed})
    return list(decoded(answer)["options"])


async def test_a_csm_who_is_gone_is_said_under_the_field(room: Room) -> None:
    listening(room, FakePlaces())
    await room.type("/digest here")
    state = {
        "day": {"day": {"type": "static_select", "selected_option": {"value": "2", "text": {"text": "Wednesday"}}}},
        "at": {"at": {"type": "timepicker", "selected_time": "09:00"}},
        "zone": {ZONE: {"type": "external_select", "selected_option": {"value": "Europe/Berlin"}}},
        "csms": {
            CSM: {"type": "multi_external_select", "selected_options": [{"value": "gone", "text": {"text": "x"}}]}
        },
    }
    view = {**room.form, "id": "V1", "hash": "h", "state": {"values": state}}
    body = {"type": "view_submission", "user": {"id": "U0MAYA", "team_id": "T1"}, "view": view}
    answer = decoded(await room.on.hear(body))
    assert answer["errors"] == {"csms": "Somebody you chose is no CSM of any customer any more; take them out."}
    assert await room.database.digests.every(ALL) == []


@pytest.mark.parametrize("line", ["/digest", "/digest pause", "/digest resume", "/digest off"])
async def test_without_a_digest_it_says_how_to_begin(room: Room, line: str) -> None:
    listening(room, FakePlaces())
    assert await room.type(line) == "This channel has no weekly digest. Subscribe it with /digest here."


async def test_an_unknown_word_names_the_known_ones(room: Room) -> None:
    listening(room, FakePlaces())
    assert "/digest knows no “frobnicate”." in await room.type("/digest frobnicate")


async def test_changing_the_time_forgets_what_was_due_before(room: Room) -> None:
    digests = listening(room, FakePlaces())
    reader, later = Reader("U0MAYA", Standing.MEMBER), NOW + timedelta(hours=3)
    first = await digests.save("C1", Draft(0, time(9), STOCKHOLM), reader, NOW)
    same = await digests.save("C1", Draft(0, time(9), STOCKHOLM, csms=("x",)), Reader("U0JO", Standing.MEMBER), later)
    assert (first.since, same.since, same.created_by) == (NOW, NOW, "U0MAYA")
    moved = await digests.save("C1", Draft(0, time(10), STOCKHOLM), reader, later)
    assert moved.since == later
    assert [one.since for one in await digests.plans()] == [later]
    await digests.pause("C1", reader, later)
    assert await digests.plans() == []


async def test_a_list_of_many_is_turned_page_by_page(room: Room) -> None:
    """Sixty channels, each with four CSMs."""
    digests = listening(room, FakePlaces())
    people = [Person(f"Person Number {at} Longname", f"p{at}@harbour.example") for at in range(4)]
    await put(room.database, *(Profile(f"x{at}", f"X{at}", Status.ACTIVE, csm=one) for at, one in enumerate(people)))
    draft = Draft(0, time(9), STOCKHOLM, csms=tuple(f"p{at}@harbour.example" for at in range(4)))
    for at in range(60):
        await digests.save(f"C0CHANNEL{at:02}", draft, Reader("U0MAYA", Standing.MEMBER), NOW)
    said, seen, turned = await room.type("/digest list"), list[str](), 0
    assert "Weekly digests" in said
    assert "1–12 of 60" in said
    while True:
        assert "more than fits" not in said
        assert said.count("Person Number 3 Longname") == 12
        seen += [one["channel_id"] for one in objects(room.shown["blocks"]) if one.get("type") == "channel"]
        if "Next ›" not in said:
            break
        turned += 1
        said = await room.press("Next ›")
    assert turned == 4
    assert sorted(seen) == [f"C0CHANNEL{at:02}" for at in range(60)]
    assert "37–48 of 60" in await room.press("‹ Previous")


async def test_csms_are_read_again_only_when_documents_changed(room: Room) -> None:
    digests = listening(room, FakePlaces())
    await put(room.database, Profile("x", "X", Status.ACTIVE, csm=Person("Maya")))
    first = await digests.csms()
    assert "Maya" in {one.name for one in first}
    await run(room.database, "UPDATE customers SET csm_name = 'nobody looks'")
    assert await digests.csms() == first
    await put(room.database, Profile("x", "X", Status.ACTIVE, csm=Person("Jonas")))
    assert "Jonas" in {one.name for one in await digests.csms()}


async def test_mine_are_those_i_set_up_those_about_my_customers_and_those_filtered_to_me(room: Room) -> None:
    digests = listening(room, FakePlaces())
    maya, other = Reader("U0MAYA", Standing.MEMBER, "Maya", "maya@x.example"), Reader("U0JO", Standing.MEMBER)
    await put(room.database, Profile("x", "X", Status.ACTIVE, csm=Person("Maya", "maya@x.example")))
    await room.database.channels.link(One((await ids(room.database))["X"]), "C2", other.id, NOW)
    for channel, csms, who in (
        ("C1", (), maya),
        ("C2", (), other),
        ("C3", ("jonas", "maya@x.example"), other),
        ("C4", (), other),
    ):
        await digests.save(channel, Draft(0, time(9), STOCKHOLM, csms=csms), who, NOW)
    assert [one.channel for one in await digests.of_reader(maya)] == ["C1", "C2", "C3"]
    assert [one.channel for one in await digests.of_reader(other)] == ["C2", "C3", "C4"]


def page(**sections: int) -> Page:
    """One message with rows of bugs whose texts try everything."""
    rows = {
        at: BugRow(at, f"{TYPED} {at} " + "é" * 400, TYPED + "é" * 300, Severity.HIGH, NOW, at, "https://x")
        for at in range(40)
    }
    lines = tuple(Lines(Section(name), tuple(range(count)), count) for name, count in sections.items())
    made = plan(Material(Window(2966, 2965, None, NOW, False), Tally(), lines, ()))
    zone, nobody = ZoneInfo("UTC"), dict[int, Any]()
    return Page(made, 0, NOW, date(2026, 11, 16), zone, "all customers", nobody, rows, nobody, nobody)


def test_long_rows_are_shortened_before_any_is_left_out() -> None:
    body = message(page(bugs=12)).body()
    assert check_blocks(body["blocks"]) == []
    texts = [one["text"] for one in objects(body["blocks"]) if isinstance(one.get("text"), str)]
    assert sum(text.startswith("Bug ") for text in texts) == 12
    assert not any("more than fits" in text for text in texts)
    assert not any(TYPED in one["text"] for one in objects(body["blocks"]) if one.get("type") == "mrkdwn")


def test_what_is_not_listed_is_counted_with_what_shows_it() -> None:
    counts = {"red": 99, "yellow": 21, "drops": 11, "bugs": 20, "renewals": 30, "requests": 9, "alerts": 15}
    lines = [
        Lines(Section(name), tuple(range(min(MOST[Section(name)], count))), count) for name, count in counts.items()
    ]
    made = plan(Material(Window(2966, 2965, None, NOW, False), Tally(), tuple(lines), ()))
    told = str(message(replace(page(), plan=made, number=len(made.pages) - 1)).body())
    assert (
        "not listed here: 59 newly red, 1 newly yellow (/health all); 1 whose usage fell, 7 alerts (/health alerts); "
        "8 bugs (/bugs); 14 renewals (their CSMs hear of each 90, 60, 30 and 7 days before); 3 requests (/features)"
    ) in told


def test_the_chart_is_described_and_not_the_sentence_again() -> None:
    points = tuple(Point(2_960 + at, active, 100) for at, active in enumerate((40, 60, 50)))
    made = plan(Material(Window(2962, 2961, None, NOW, False), Tally(), (Lines(Section.RED, (1,), 1),), points))
    told = replace(page(bugs=1), plan=made, number=0)
    drawn = picture(told, lambda _: b"")
    assert drawn
    assert drawn.alt == (
        "Line chart of adoption by week, 2026-W40 to 2026-W42: from 40 % to 50 %; highest 60 %, lowest 40 %."
    )
    assert "50 % (50 of 100 seats), 60 % the week before." in str(message(told).body())


def test_what_is_gone_since_is_left_out_without_a_trace() -> None:
    told = message(page(requests=3, bugs=1)).body()["blocks"]
    assert "Request" not in str(told).replace("Requests", "")
    assert "Bug 0" in str(told)
