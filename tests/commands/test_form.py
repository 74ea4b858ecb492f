"""Forms: built inside Slack's limits, read without trust, and guarded like everything else."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.sandbox import check_view
from commands import captured, listen
from commands.blocks import rich, text
from commands.form import Errors, Filled, Form, begin, day_picker, external, field_of, option, source_of, state_of
from commands.form import text_input as field
from commands.listen import Listeners
from customers.errors import CustomerGone, StorageBusy
from customers.intents import Source
from customers.model import Profile, Status
from customers.people import Reader, Standing
from tests.commands.anybody import HOSTILE, NOW, TYPED, typed
from tests.commands.fakes import FakeOutbound, decoded, listeners
from tests.commands.paper import Paper

ACME = Profile("acme", "Acme", Status.ACTIVE)
BOLT = Profile("bolt", "Bolt", Status.ACTIVE)
MEMBERS = (Standing.ADMIN, Standing.MEMBER)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


# Building


def test_a_form_that_only_tells_has_no_submit_and_can_be_closed() -> None:
    view = Form("told", "A title of more than twenty-four letters", [rich()], submit=None).view()
    assert ("submit" in view, view["close"]["text"]) == (False, "Close")
    assert view["title"]["text"] == "A title of more than tw…"


def test_a_form_holds_a_hundred_blocks_at_most() -> None:
    assert len(Form("long", "Long", [rich()] * 130).view()["blocks"]) == 100


@given(st.text(max_size=30) | st.sampled_from(["🎉" * 40, "\ud800 half", "a" * 39 + "🎉"]), st.integers(0, 40))
def test_what_fits_a_field_is_its_beginning(words: str, most: int) -> None:
    fitting = begin(words, most)
    assert len(fitting.encode("utf-16-le")) <= 2 * most
    assert words.encode("utf-8", "replace").decode().startswith(fitting)
    if len(words) * 2 <= most:
        assert len(fitting) == len(words)


@pytest.mark.parametrize("blank", ["", "  ", "\0", "\u202e\n"])
def test_a_field_without_letters_has_no_beginning(blank: str) -> None:
    assert "initial_value" not in field("name", blank)


def test_the_state_of_a_form_remembers_the_message() -> None:
    source = Source("C1", "5.1", "https://x.slack.com/archives/C1/p51", "4.1")
    assert source_of(state_of(source, into=7)) == source
    assert source_of({}) == Source()


# Reading


def _filled(**values: Any) -> Filled:
    return Filled(Reader("U1", Standing.MEMBER), NOW, "view:1", {}, {name: {"a": one} for name, one in values.items()})


def test_what_was_typed_is_read_without_what_cannot_be_shown_or_kept() -> None:
    filled = _filled(title={"value": " a\u202e\0b \n c\ud800 "}, none={"value": None})
    assert (filled.text("title"), filled.line("title")) == ("ab \n c?", "ab c?")
    assert (filled.text("none"), filled.text("missing")) == ("", "")


@pytest.mark.parametrize("found", [None, "", "yesterday", "2026-02-30", "\0"])
def test_a_day_that_is_none_is_none(found: Any) -> None:
    assert _filled(on={"selected_date": found}).day("on") is None
    assert _filled(on={"selected_date": "2026-02-28"}).day("on") == date(2026, 2, 28)


def test_options_are_read_by_value() -> None:
    chosen = option("Acme", "1")
    filled = _filled(
        one={"selected_option": chosen}, none={"selected_option": None}, some={"selected_options": [chosen]}
    )
    assert (filled.choice("one"), filled.choice("none"), filled.choice("missing")) == ("1", "", "")
    assert (filled.choices("some"), filled.choices("none")) == ([("1", "Acme")], [])


# What a message's text becomes


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("plain", "plain"),
        ("<!channel> <!here> <!everyone>", "@channel @here @everyone"),
        ("<!here|here> <!here|@here>", "@here @here"),
        ("<!subteam^S1|@support> <!subteam^S1>", "@support @S1"),
        ("<!date^1700000000^{date}|14 Nov> <!date^1^{date}>", "14 Nov"),
        ("<@U1> <@U1|maya>", "@U1 @maya"),
        ("<#C1|general> <#C1> <#C1|>", "#general #C1 #C1"),
        ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2"),
        ("<https://x.example|Acme> <http://acme.com|acme.com>", "Acme acme.com"),
        ("<mailto:a@b.example|a@b.example> <mailto:a@b.example> <tel:123>", "a@b.example a@b.example 123"),
        ("&lt;!channel&gt; &amp;lt; &lt;b&gt;", "<!channel> &lt; <b>"),
        ("*bold* :tada: `code`", "*bold* :tada: `code`"),
        ("a\0b\u202ec\ud800", "abc?"),
        (" \n ", ""),
        ("<>", "<>"),
    ],
)
def test_a_message_is_taken_as_it_was_read(sent: str, read: str) -> None:
    assert captured.words(sent) == read


@given(typed() | st.text() | st.sampled_from(HOSTILE))
def test_no_text_of_a_message_is_a_defect(sent: str) -> None:
    assert not set(captured.words(sent)) & set("\0\u202e\x1b")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("SSO for phones", "SSO for phones"),
        ("a" * 100, "a" * 100),
        ("a" * 101, ""),
        ("SSO\nfor phones", ""),
        ("ok", ""),
        ("🎉🎉🎉🎉", ""),
    ],
)
def test_only_a_short_line_is_a_title(words: str, title: str) -> None:
    assert captured.title_of(words) == title


async def test_a_form_does_not_wait_for_what_is_only_convenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "SOON", 0.01)
    assert await captured.soon(asyncio.Event().wait(), False) is False


# The guard


class Form1:
    """A form that does what it is told."""

    def __init__(self, problem: Exception | None = None, answer: Any = None) -> None:
        self.problem, self.answer = problem, answer
        self.heard: list[Any] = []

    async def __call__(self, heard: Any, _state: Any = None) -> Any:
        self.heard.append(heard)
        if self.problem:
            raise self.problem
        return self.answer


VIEW = Form("f", "F", [field_of("Name", "name", field("a", "Acme"), live=True)], state={"seen": "x"})
USER = {"user": {"id": "U1", "team_id": "T1"}, "trigger_id": "t1"}
SHORTCUT = {**USER, "type": "shortcut", "callback_id": "f"}
_ON_WIRE = {**VIEW.view(), "id": "V1", "hash": "h1", "state": {"values": {"name": {"a": {"value": "Acme"}}}}}
SUBMIT = {**USER, "type": "view_submission", "view": _ON_WIRE}
LIVE = {**USER, "type": "block_actions", "view": _ON_WIRE, "actions": [{"action_id": "a", "value": "Acme"}]}
SUGGEST = {**USER, "type": "block_suggestion", "view": _ON_WIRE, "action_id": "a", "value": "ac"}


def _guarded(handler: Form1, **standings: Standing) -> tuple[Listeners, FakeOutbound]:
    on, outbound = listeners(**standings)
    on.shortcut("f", handler)
    on.submit("f", handler)
    on.live("a", handler)
    on.offer("a", handler)
    return on, outbound


async def _hear(on: Listeners, body: Any) -> Any:
    return decoded(await on.hear(body))


@pytest.mark.parametrize("standing", list(Standing))
async def test_only_full_members_open_fill_and_submit(standing: Standing) -> None:
    form = Form1(answer=VIEW)
    on, outbound = _guarded(form, U1=standing)
    for body in (SHORTCUT, SUBMIT, LIVE, SUGGEST):
        await _hear(on, body)
    assert len(form.heard) == (4 if standing in MEMBERS else 0)
    assert len(outbound.updated) == (1 if standing in MEMBERS else 0)
    opened = outbound.opened[0][1]
    assert (opened["callback_id"] == "f") == (standing in MEMBERS)


async def test_a_refused_person_is_told_in_a_form_and_offered_nothing() -> None:
    on, outbound = _guarded(Form1(answer=VIEW), U1=Standing.GUEST)
    answer = await _hear(on, SUBMIT)
    assert answer["response_action"] == "update"
    assert "full members of this workspace only" in str(answer["view"])
    await _hear(on, SHORTCUT)
    assert "full members of this workspace only" in str(outbound.opened[0][1])
    assert await _hear(on, SUGGEST) == {"options": []}
    assert [check_view(one) for one in (answer["view"], outbound.opened[0][1])] == [[], []]


async def test_what_is_typed_reaches_the_form_with_its_state() -> None:
    form = Form1()
    on, _ = _guarded(form)
    assert await _hear(on, SUBMIT) == {"response_action": "clear"}
    filled = form.heard[0]
    assert (filled.text("name"), filled.key, filled.state, filled.now) == ("Acme", "view:V1", {"seen": "x"}, NOW)


async def test_a_form_stays_open_with_its_errors() -> None:
    on, _ = _guarded(Form1(answer=Errors({"name": "Too short."})))
    assert await _hear(on, SUBMIT) == {"response_action": "errors", "errors": {"name": "Too short."}}


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (StorageBusy(), "Not saved yet; your text is still here. Press again in a moment."),
        (CustomerGone(), "This customer is no longer in Dossier. See who is there with /customer list."),
        (TimeoutError(), "This took too long; your text is still here. Press again in a moment."),
        (ZeroDivisionError("secret"), "Something went wrong inside Dossier."),
    ],
)
async def test_a_failure_keeps_the_form_open_and_is_told_under_its_first_field(problem: Exception, told: str) -> None:
    on, _ = _guarded(Form1(problem))
    answer = await _hear(on, SUBMIT)
    assert answer["response_action"] == "errors"
    assert answer["errors"]["name"].startswith(told)
    assert "secret" not in str(answer)


async def test_a_change_that_fails_leaves_the_form_as_it_is() -> None:
    on, outbound = _guarded(Form1(StorageBusy()))
    await _hear(on, LIVE)
    assert outbound.updated == []


async def test_a_change_is_shown_unless_the_form_changed_meanwhile() -> None:
    on, outbound = _guarded(Form1(answer=VIEW))
    await _hear(on, LIVE)
    assert outbound.updated[0][:2] == ("V1", "h1")
    on, outbound = _guarded(Form1(answer=None))
    await _hear(on, LIVE)
    assert outbound.updated == []


async def test_a_shortcut_that_fails_opens_a_form_that_says_so() -> None:
    on, outbound = _guarded(Form1(StorageBusy()))
    await _hear(on, SHORTCUT)
    assert "The database is busy; nothing was changed." in str(outbound.opened[0][1])
    assert check_view(outbound.opened[0][1]) == []


async def test_a_submit_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "IN_TIME", 0.01)
    on, _ = listeners()

    async def never(filled: Filled) -> None:
        await asyncio.Event().wait()

    on.submit("f", never)
    assert "took too long" in (await _hear(on, SUBMIT))["errors"]["name"]


async def test_a_form_of_an_earlier_version_says_so() -> None:
    on, _ = listeners()
    answer = await _hear(on, SUBMIT)
    assert "This form is from an earlier version of Dossier." in str(answer["view"])


@pytest.mark.parametrize("body", [SHORTCUT, SUBMIT, LIVE, SUGGEST])
@pytest.mark.parametrize(
    "broken", [{"view": 7}, {"view": {"state": 7}}, {"user": None}, {"trigger_id": None}, {"actions": []}]
)
async def test_a_payload_with_holes_is_no_exception(body: Any, broken: Any, logged: list[Any]) -> None:
    on, _ = _guarded(Form1(answer=VIEW))
    await on.hear({**body, **broken})
    assert not [one for one in logged if one["event"] == "listener_failed"]


# Choosing customers


async def test_customers_are_offered_while_somebody_types() -> None:
    paper = await Paper(ACME, BOLT).take("customer_brief", globally=True)
    assert await paper.options("customer", "bo") == [option("Bolt", "2")]
    assert await paper.options("customer", "zzz") == []


async def test_options_obey_slacks_limits_whatever_the_names() -> None:
    named = [Profile(f"c-{at}", f"{TYPED}{one} {'x' * 200}", Status.ACTIVE) for at, one in enumerate(HOSTILE)]
    paper = await Paper(*named).take("customer_brief", globally=True)
    for one in await paper.options("customer", "x"):
        assert (0 < len(one["text"]["text"]) <= 75, one["value"].isdecimal()) == (True, True)
    blocks = [field_of("C", "c", external("c", one)) for one in await paper.options("customer", "")]
    assert check_view(Form("f", "F", [*blocks[:1], field_of("D", "d", day_picker("d"))]).view()) == []


# The brief from anywhere


async def test_a_brief_from_anywhere_asks_for_the_customer_and_becomes_the_brief() -> None:
    paper = await Paper(ACME, BOLT).take("customer_brief", globally=True)
    await paper.pick("customer", "bolt")
    assert await paper.submit() == "update"
    assert "Bolt" in paper.shows[0]
    assert "Contract: " in paper.shows
    assert "submit" not in paper.view.raw
    assert not [one for one in paper.view.blocks if one["type"] == "actions"]
    assert paper.store.looks == [(2, "U0MAYA")]


async def test_a_brief_of_nobody_is_asked_for_again() -> None:
    paper = await Paper(ACME).take("customer_brief", globally=True)
    assert (await paper.submit(), paper.errors) == ("errors", {"customer": "Choose a customer."})


async def test_a_customer_who_is_gone_is_told() -> None:
    paper = await Paper(ACME).take("customer_brief", globally=True)
    await paper.pick("customer", "acme")
    del paper.store.profiles[1]
    assert (await paper.submit(), "no longer in Dossier" in paper.errors["customer"]) == ("errors", True)


def test_letters_are_text() -> None:
    assert Form("f", "F", [rich(text("\u202e"))]).view()["blocks"][0]["elements"][0]["text"] == " "
