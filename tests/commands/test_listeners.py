"""The one dictionary and the one guard between Slack's payloads and the behaviours."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from commands import listen
from commands.listen import Duplicate
from customers.errors import StorageBusy, WhichCustomer
from customers.people import Standing
from tests.commands.anybody import NOW, wrong
from tests.commands.fakes import Handlers, decoded, listeners, pressed

COMMAND = {"command": "/brief", "text": "acme", "user_id": "U1", "channel_id": "C1", "team_id": "T1"}


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


async def test_a_command_is_asked_and_answered_to_the_person_alone() -> None:
    on, _ = listeners()
    heard = Handlers()
    on.command("/brief", heard.answer)
    answer = decoded(await on.hear(COMMAND))
    assert (answer["response_type"], answer["text"]) == ("ephemeral", "heard acme")
    ask = heard.asked[0]
    assert (ask.reader.id, ask.channel, ask.text, ask.now) == ("U1", "C1", "acme", NOW)


@pytest.mark.parametrize("kind", ["command", "action", "event"])
def test_two_behaviours_for_one_name_are_refused(kind: str) -> None:
    on, _ = listeners()
    register = getattr(on, kind)
    register("brief", Handlers().answer)
    with pytest.raises(Duplicate, match="brief"):
        register("brief", Handlers().answer)


@pytest.mark.parametrize("standing", list(Standing))
async def test_only_full_members_are_heard(standing: Standing) -> None:
    on, outbound = listeners(U1=standing, U0MAYA=standing)
    heard = Handlers()
    on.command("/brief", heard.answer)
    on.action("open", heard.answer)
    answer = decoded(await on.hear(COMMAND))
    await on.hear(pressed("open:brief", "7"))
    member = standing in (Standing.ADMIN, Standing.MEMBER)
    assert len(heard.asked) == (2 if member else 0)
    assert ("heard" in answer["text"], "heard" in outbound.answers[0][1]["text"]) == (member, member)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (StorageBusy(), "The database is busy; nothing was changed. Press or type it again in a moment."),
        (WhichCustomer("oak", ((1, "Oakline"),)), "No customer is called “oak”. Did you mean:"),
        (WhichCustomer("o", ((1, "Oak"), (2, "Orb"))), "“o” could be more than one customer. Pick one:"),
    ],
)
async def test_a_problem_for_people_is_told_in_its_words(problem: Exception, sentence: str) -> None:
    on, _ = listeners()
    on.command("/brief", Handlers().failing(problem))
    answer = decoded(await on.hear(COMMAND))
    assert answer["text"] == sentence
    assert wrong(answer) == []


async def test_a_defect_is_told_with_a_reference_and_without_its_words(logged: list[Any]) -> None:
    on, _ = listeners()
    on.command("/brief", Handlers().failing(ValueError("secret of a customer")))
    answer = decoded(await on.hear(COMMAND))
    reference = logged[-1]["reference"]
    assert f"Tell your admin the reference {reference}." in answer["text"]
    assert "secret" not in str(answer)


async def test_an_answer_that_takes_too_long_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "IN_TIME", 0.01)
    on, _ = listeners()
    on.command("/brief", Handlers().never)
    assert "This took too long." in decoded(await on.hear(COMMAND))["text"]


async def test_an_unknown_command_says_what_to_do() -> None:
    on, _ = listeners()
    answer = decoded(await on.hear(COMMAND | {"command": "/frobnicate"}))
    assert answer["text"] == "Dossier has no /frobnicate. Ask your admin to install the current manifest."


@pytest.mark.parametrize("hole", ["command", "user_id", "channel_id"])
@pytest.mark.parametrize("filled", [None, 7, [], {}])
async def test_a_command_with_holes_is_not_understood(hole: str, filled: Any) -> None:
    on, _ = listeners()
    heard = Handlers()
    on.command("/brief", heard.answer)
    answer = decoded(await on.hear(COMMAND | {hole: filled}))
    assert "Slack sent something that Dossier does not understand." in answer["text"]
    assert heard.asked == []


# Buttons


@pytest.mark.parametrize(
    ("private", "value", "replaced"), [(True, "x", True), (False, "x", False), (True, "beside", False)]
)
async def test_an_answer_replaces_only_a_private_message_it_belongs_to(
    private: bool, value: str, replaced: bool
) -> None:
    on, outbound = listeners()
    on.action("open", Handlers().answer)
    assert await on.hear(pressed("open:brief", value, private=private)) is None
    url, answer = outbound.answers[0]
    assert url == "https://hooks.slack.example/1"
    assert (answer["response_type"], answer["replace_original"]) == ("ephemeral", replaced)


async def test_a_button_of_an_earlier_version_says_so_beside_the_message() -> None:
    on, outbound = listeners()
    await on.hear(pressed("gone:7", "7"))
    answer = outbound.answers[0][1]
    assert answer["text"] == "This button is from an earlier version of Dossier. Type the command again."
    assert answer["replace_original"] is False


async def test_every_delivery_of_one_press_has_one_key_and_other_presses_have_others() -> None:
    on, _ = listeners()
    heard = Handlers()
    on.action("open", heard.answer)
    other_person = pressed("open:a", "x") | {"user": {"id": "U2"}}
    bodies = [pressed("open:a", "x"), pressed("open:a", "x"), pressed("open:b", "x"), pressed("open:a", "x", at="1.2")]
    for body in [*bodies, pressed("open:a", "x", channel="C2"), other_person]:
        await on.hear(body)
    keys = [ask.key for ask in heard.asked]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 5


async def test_a_menu_gives_the_value_of_what_was_chosen() -> None:
    on, _ = listeners()
    heard = Handlers()
    on.action("open", heard.answer)
    body = pressed("open:brief", "")
    body["actions"][0]["selected_option"] = {"value": "7"}
    await on.hear(body)
    assert heard.asked[0].value == "7"


@pytest.mark.parametrize(
    "path", ["user", "actions", "response_url", "actions.0.action_id", "actions.0.action_ts", "user.id"]
)
@pytest.mark.parametrize("filled", [None, 7, [], {}, [None]])
async def test_a_press_with_holes_is_refused_in_silence(path: str, filled: Any, logged: list[Any]) -> None:
    on, outbound = listeners()
    heard = Handlers()
    on.action("open", heard.answer)
    body: Any = pressed("open:brief", "7")
    *way, last = path.split(".")
    place = body
    for step in way:
        place = place[int(step) if step.isdecimal() else step]
    place[last] = filled
    assert await on.hear(body) is None
    assert (heard.asked, outbound.answers) == ([], [])
    assert logged == [{"event": "payload_refused", "kind": "block_actions", "log_level": "warning"}]


# Events


async def test_an_event_goes_to_its_handler_and_others_to_nobody() -> None:
    on, _ = listeners()
    events: list[Any] = []
    on.event("user_change", events.append)
    for kind in ("user_change", "message", None):
        await on.hear({"type": "event_callback", "event": {"type": kind}})
    assert events == [{"type": "user_change"}]


async def test_a_handler_that_fails_does_not_stop_the_bot(logged: list[Any]) -> None:
    on, _ = listeners()
    on.event("user_change", lambda event: event["nothing"])
    assert await on.hear({"type": "event_callback", "event": {"type": "user_change"}}) is None
    assert logged[0]["event"] == "listener_failed"


# Whatever arrives

KEYS = st.sampled_from([
    "command", "text", "type", "user", "user_id", "channel", "channel_id", "team_id", "id", "actions", "action_id",
    "action_ts", "value", "selected_option", "container", "is_ephemeral", "message_ts", "response_url", "event",
])  # fmt: skip
WORDS = st.sampled_from(["/brief", "open:brief", "block_actions", "event_callback", "user_change", "U1", "C1", "7", ""])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=12,
)
PRESSES = st.builds(
    lambda some, body: {**pressed("open:brief", "7"), **some, **body},
    st.dictionaries(KEYS, JSON),
    JSON.filter(lambda one: isinstance(one, dict)),
)
COMMANDS = st.dictionaries(KEYS, JSON).map(lambda some: {**COMMAND, **some})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(KEYS, JSON) | PRESSES | COMMANDS)
async def test_no_payload_is_an_exception(body: dict[str, Any]) -> None:
    on, outbound = listeners()
    on.command("/brief", Handlers().answer)
    on.action("open", Handlers().answer)
    on.event("user_change", lambda event: None)
    answer = await on.hear(body)
    assert answer is None or decoded(answer)["response_type"] == "ephemeral"
    assert all(isinstance(url, str) for url, _ in outbound.answers)


@pytest.mark.parametrize("body", [None, [], "text", 7])
async def test_what_is_no_object_is_refused_without_an_exception(body: Any) -> None:
    on, _ = listeners()
    assert await on.hear(body) is None
