"""The Home tab between payloads and behaviours: who sees what, what a press comes to, and nothing raises."""

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from bot.sandbox import check_view
from commands import home_tab
from commands.blocks import actions, button, header
from commands.errors import old_button
from commands.form import Errors, Filled, Form
from commands.home_tab import HomeTab, Where
from commands.home_views import view
from commands.listen import Ask, Listeners
from commands.message import Message
from customers.errors import StorageBusy
from customers.people import Reader, Standing
from tests.commands.anybody import objects, strings
from tests.commands.fakes import FakeOutbound, Handlers, listeners

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


class Drawn:
    """Remembers what it was asked to draw; `problem` is raised instead."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.asked: list[tuple[str, str, str, bool]] = []

    async def __call__(self, reader: Reader, now: Any, where: Where, notice: str, *, opened: bool) -> Json:
        if self.problem:
            raise self.problem
        self.asked.append((reader.id, str(where), notice, opened))
        return view([[header("Home")]], [], str(where))


class Never(Drawn):
    """Draws for ever."""

    async def __call__(self, reader: Reader, now: Any, where: Where, notice: str, *, opened: bool) -> Json:
        return await asyncio.Event().wait()  # type: ignore[return-value]


def tab(drawn: Drawn | None = None, **standings: Standing) -> tuple[Listeners, FakeOutbound, Drawn]:
    """Listeners with a Home tab that is drawn by `drawn`."""
    on, outbound = listeners(**standings)
    drawn = drawn or Drawn()
    on.tab = made = HomeTab(on, drawn)
    on.event("app_home_opened", made.opened)
    return on, outbound, drawn


def opened(which: str = "home", user: Any = "U0MAYA") -> Json:
    """`app_home_opened` as Slack sends it."""
    event = {"type": "app_home_opened", "user": user, "channel": "D1", "tab": which}
    return {"type": "event_callback", "team_id": "T1", "event": event}


def pressed(action: str, value: str = "", where: str = "12|all") -> Json:
    """`block_actions` of the Home tab as Slack sends them: without channel, message and response_url."""
    return {
        "type": "block_actions",
        "user": {"id": "U0MAYA", "team_id": "T1"},
        "container": {"type": "view", "view_id": "V1"},
        "trigger_id": "t1",
        "view": {"id": "V1", "type": "home", "private_metadata": where, "state": {"values": {}}, "hash": "h"},
        "actions": [{"type": "button", "action_id": action, "action_ts": "1.1", "value": value}],
    }


async def test_home_is_published_to_whoever_opens_it() -> None:
    on, outbound, drawn = tab()
    assert await on.hear(opened()) is None
    assert drawn.asked == [("U0MAYA", "0|mine", "", True)]
    assert [user for user, _ in outbound.published] == ["U0MAYA"]


@pytest.mark.parametrize("body", [opened("messages"), opened(user=None), opened(user=7), {"type": "event_callback"}])
async def test_nothing_is_published_for_the_other_tab_or_for_nobody(body: Json) -> None:
    on, outbound, drawn = tab()
    await on.hear(body)
    assert (outbound.published, drawn.asked) == ([], [])


@pytest.mark.parametrize("standing", list(Standing))
async def test_only_full_members_see_anything(standing: Standing) -> None:
    on, outbound, drawn = tab(U0MAYA=standing)
    heard = Handlers()
    on.action("open", heard.answer)
    await on.hear(opened())
    await on.hear(pressed("open:x"))
    member = standing in (Standing.ADMIN, Standing.MEMBER)
    assert (len(drawn.asked), len(heard.asked)) == ((2, 1) if member else (0, 0))
    shown = [" ".join(strings(one["blocks"])) for _, one in outbound.published]
    assert len(shown) == 2
    assert all(check_view(one) == [] for _, one in outbound.published)
    if not member:
        refused = "Slack did not confirm who you are" if standing is Standing.UNKNOWN else "full members"
        assert all(refused in one for one in shown)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (StorageBusy(), "The database is busy; nothing was changed."),
        (ValueError("secret of a customer"), "Tell your admin the reference"),
        (TimeoutError(), "This took too long."),
    ],
)
async def test_a_tab_that_cannot_be_drawn_says_so_with_a_way_on(problem: Exception, told: str) -> None:
    on, outbound, _ = tab(Drawn(problem))
    await on.hear(opened())
    shown = outbound.published[0][1]
    assert check_view(shown) == []
    assert told in str(shown)
    assert "Try again" in str(shown)
    assert "secret" not in str(shown)


async def test_a_drawing_that_takes_too_long_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_tab, "PRESS_IN_TIME", 0.01)
    monkeypatch.setattr(home_tab, "LEAST", 0.01)
    on, outbound, _ = tab(Never())
    await on.hear(opened())
    assert "This took too long." in str(outbound.published[0][1])


async def test_a_short_answer_becomes_a_notice_on_the_same_page() -> None:
    on, outbound, drawn = tab()
    asked = Handlers()
    on.action("alert", asked.answer)
    await on.hear(pressed("alert:claim", "beside"))
    assert drawn.asked == [("U0MAYA", "12|all", "heard beside", False)]
    ask: Ask = asked.asked[0]
    assert (ask.action, ask.value, ask.channel, ask.response_url) == ("alert:claim", "beside", "", "")
    assert ask.key == "act::V1:alert:claim:1.1:U0MAYA"
    assert outbound.answers == []


async def test_a_message_that_takes_a_place_only_shows_home_anew() -> None:
    on, outbound, drawn = tab()

    async def claimed(_ask: Ask) -> Message:
        return Message([header("x")], "the whole alert", instead=True)

    on.action("alert", claimed)
    await on.hear(pressed("alert:claim"))
    assert drawn.asked == [("U0MAYA", "12|all", "", False)]
    assert outbound.opened == []


async def test_what_is_to_be_seen_is_opened_and_leads_on_without_buttons_that_act() -> None:
    on, outbound, drawn = tab()
    row = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": button("No", "b", "1")}

    async def shown(_ask: Ask) -> Message:
        more = [
            actions(button("No", "a", "1")),
            actions(button("No", "share", "7"), button("Brief", "open:brief", "7")),
        ]
        return Message([header("Bug 3"), row], "Bug 3", more=more)

    on.action("bug", shown)
    await on.hear(pressed("bug:show", "3"))
    trigger, form = outbound.opened[0]
    assert (trigger, check_view(form)) == ("t1", [])
    assert "Bug 3" in str(form)
    assert [one["text"]["text"] for one in objects(form["blocks"]) if one["type"] == "button"] == ["Brief"]
    assert len(drawn.asked) == 1
    on.action("open", shown)
    body = pressed("open:brief", "7") | {"view": {**form, "id": "V2", "hash": "h2", "state": {"values": {}}}}
    await on.hear(body)
    assert [(one, seen) for one, seen, _ in outbound.updated] == [("V2", "h2")]
    assert check_view(outbound.updated[0][2]) == []
    assert len(drawn.asked) == 1


async def test_a_form_is_opened_and_its_submission_shows_home_anew() -> None:
    on, outbound, drawn = tab()
    answers: list[Form | Errors | None] = [Errors({"note": "Say what you did."}), None]

    async def form(_ask: Ask) -> Form:
        return Form("alert_done", "Done", [header("x")], state={"id": 3})

    async def done(_filled: Filled) -> Form | Errors | None:
        return answers.pop(0)

    on.action("alert", form)
    on.submit("alert_done", done)
    await on.hear(pressed("alert:done", "3"))
    view = outbound.opened[0][1]
    assert orjson.loads(view["private_metadata"]) == {"id": 3, "home": "12|all"}
    assert drawn.asked == []
    body = {"type": "view_submission", "user": {"id": "U0MAYA", "team_id": "T1"}, "view": {**view, "id": "V2"}}
    await on.hear(body)
    assert drawn.asked == []  # it stays open
    await on.hear(body)
    assert drawn.asked == [("U0MAYA", "12|all", "", False)]


async def test_a_form_from_elsewhere_leaves_home_alone() -> None:
    on, outbound, drawn = tab()

    async def done(_filled: Filled) -> None:
        return None

    on.submit("bug_pause", done)
    elsewhere = Form("bug_pause", "Pause", [header("x")]).view() | {"id": "V2"}
    answer = await on.hear({"type": "view_submission", "user": {"id": "U0MAYA"}, "view": elsewhere})
    assert answer == {"response_action": "clear"}
    assert (drawn.asked, outbound.published) == ([], [])


async def test_buttons_that_turn_the_page_say_which() -> None:
    on, _, drawn = tab()

    async def turn(_ask: Ask) -> Message:
        return Message([], "", instead=True)

    on.action("home", turn)
    await on.hear(pressed("home:at:on", "24|mine"))
    await on.hear(pressed("home:again", "0"))
    assert [where for _, where, _, _ in drawn.asked] == ["24|mine", "12|all"]


async def test_a_button_of_an_earlier_version_says_so() -> None:
    on, _, drawn = tab()
    await on.hear(pressed("frobnicate"))
    assert drawn.asked[0][2] == old_button().summary


async def test_a_failing_button_is_told_on_top() -> None:
    on, _, drawn = tab()
    on.action("alert", Handlers().failing(StorageBusy()))
    await on.hear(pressed("alert:claim"))
    assert drawn.asked[0][2] == "The database is busy; nothing was changed. Press or type it again in a moment."


@pytest.mark.parametrize("hole", ["user", "actions", "container"])
@pytest.mark.parametrize("filled", [None, 7, [], {}])
async def test_a_press_with_holes_is_dropped_or_told_and_never_raises(hole: str, filled: Any) -> None:
    on, outbound, _ = tab()
    assert await on.hear(pressed("home:at") | {hole: filled}) is None
    assert len(outbound.published) <= 1


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("12|all", Where(12, everybody=True)),
        ("0|mine", Where()),
        ("", Where()),
        ("-1|all", Where(0, everybody=True)),
        ("²|mine", Where()),
        ("9" * 9, Where()),
        (None, Where()),
    ],
)
def test_where_is_read_from_whatever_comes_back(text: Any, where: Where) -> None:
    assert Where.of(text) == where
    assert Where.of(str(where)) == where


async def test_what_a_press_came_to_is_told_in_one_line() -> None:
    on, outbound, drawn = tab()
    on.action("playbook", Handlers().answer)
    await on.hear(pressed("playbook:done:home:1-2", "1|2"))
    assert drawn.asked[0][2] == "heard 1|2"
    assert outbound.opened == []
