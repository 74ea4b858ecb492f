"""Forms: opened with a trigger, filled in, submitted, answered with errors, updates and pushes."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import NotPossibleError, Sandbox, check_view, text_in

from .conftest import MANIFEST, bench, caller, plain, refused, section

NAMES = ("Brightwater Logistics", "Kestrel Health", "Oakline Retail")
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "request",
    "title": plain("Log feature request"),
    "submit": plain("Save"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "customer",
            "label": plain("Customer"),
            "element": {"type": "external_select", "action_id": "pick", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "title",
            "label": plain("Title"),
            "element": {"type": "plain_text_input", "action_id": "text", "min_length": 3},
        },
        {
            "type": "input",
            "block_id": "note",
            "optional": True,
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "text", "initial_value": "as said"},
        },
    ],
}
SECOND = {
    "type": "modal",
    "callback_id": "second",
    "title": plain("Similar"),
    "blocks": [section("Two similar requests")],
}


class Desk:
    """A bot with a form; `answer` is what it acks a submission with."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.views: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, app: AsyncApp) -> None:
        for name in ("log", "log_message"):

            @app.shortcut(name)
            async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
                self.bodies.append(body)
                await ack()
                await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        @app.options("pick")
        async def options(ack: Any, body: dict[str, Any]) -> None:
            found = [one for one in NAMES if body["value"].lower() in one.lower()]
            await ack(options=[{"text": plain(one), "value": one[:3]} for one in found])

        @app.view("request")
        async def submitted(ack: Any, view: dict[str, Any]) -> None:
            self.views.append(view)
            await ack(**self.answer)

        @app.view_closed("request")
        async def closed(ack: Any, body: dict[str, Any]) -> None:
            self.bodies.append(body)
            await ack()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("road", ["socket", "http"])
async def test_a_message_becomes_a_submitted_form(desk: Desk, road: str) -> None:
    async with bench(desk, road=road) as slack:
        message = slack.messages("#brightwater", "maya")[-1]
        seen = await slack.shortcut("maya", "Log feature request", message)
        assert desk.bodies[0]["message"]["text"] == message.text
        assert seen.view.title == "Log feature request"
        await slack.submit("maya", seen, {"Customer": "bright", "Title": "SSO"})
        values = desk.views[0]["state"]["values"]
        assert values["customer"]["pick"]["selected_option"]["value"] == "Bri"
        assert values["title"]["text"] == {"type": "plain_text_input", "value": "SSO"}
        assert values["note"]["text"]["value"] == "as said"
        assert slack.workspace.stack(slack.workspace.person("maya")) == []


async def test_a_global_shortcut_has_no_channel(desk: Desk) -> None:
    async with bench(desk) as slack:
        await slack.shortcut("maya", "Log feature request")
        assert desk.bodies[0]["type"] == "shortcut"
        assert "channel" not in desk.bodies[0]


async def test_slack_itself_refuses_incomplete_forms(desk: Desk) -> None:
    async with bench(desk) as slack:
        await slack.shortcut("maya", "log")
        seen = await slack.submit("maya", None, {"Title": "no"})
        assert seen.view.errors == {
            "customer": "Please complete this required field.",
            "title": "Must be at least 3 characters.",
        }
        assert desk.views == []


@pytest.mark.parametrize(
    ("answer", "titles", "said"),
    [
        ({"response_action": "errors", "errors": {"title": "Exists"}}, ["Log feature request"], "Exists"),
        ({"response_action": "update", "view": SECOND}, ["Similar"], "Two similar"),
        ({"response_action": "push", "view": SECOND}, ["Log feature request", "Similar"], "Two similar"),
        ({"response_action": "clear"}, [], ""),
        ({"response_action": "errors", "errors": {"nope": "x"}}, ["Log feature request"], "trouble connecting"),
        ({"response_action": "update", "view": {"type": "modal"}}, ["Log feature request"], "trouble connecting"),
    ],
)
async def test_the_ack_decides_what_happens(desk: Desk, answer: dict[str, Any], titles: list[str], said: str) -> None:
    desk.answer = answer
    async with bench(desk) as slack:
        await slack.shortcut("maya", "log")
        seen = await slack.submit("maya", None, {"Customer": "kes", "Title": "Export"})
        assert [one.title for one in slack.workspace.stack(slack.workspace.person("maya"))] == titles
        assert said in seen


async def test_typing_offers_options(desk: Desk) -> None:
    async with bench(desk) as slack:
        seen = await slack.shortcut("maya", "log")
        assert (await slack.suggest("maya", seen, "pick", "l")).options == NAMES
        assert (await slack.suggest("maya", seen, "pick", "zzz")).options == ()


async def test_closing_is_told_when_asked_for(desk: Desk) -> None:
    async with bench(desk) as slack:
        await slack.shortcut("maya", "log")
        await slack.close("maya")
        assert (desk.bodies[-1]["type"], desk.bodies[-1]["is_cleared"]) == ("view_closed", False)
        with pytest.raises(NotPossibleError):
            await slack.close("maya")


async def test_shortcuts_need_a_declaration_and_a_message_everybody_sees(desk: Desk) -> None:
    async with bench(desk) as slack:
        with pytest.raises(NotPossibleError, match="declares no global"):
            await slack.shortcut("maya", "Nothing")
        nope = (await slack.command("maya", "#cs-team", "/nope"), slack.messages("#cs-team", "maya")[-1])[1]
        with pytest.raises(NotPossibleError, match="ephemeral"):
            await slack.shortcut("maya", "log_message", nope)
        with pytest.raises(NotPossibleError, match="another organisation"):
            await slack.shortcut("olga", "log")


async def test_triggers_work_once_and_for_three_seconds() -> None:
    triggers: list[str] = []

    def note(app: AsyncApp) -> None:
        @app.command("/echo")
        async def listener(ack: Any, command: dict[str, str]) -> None:
            triggers.append(command["trigger_id"])
            await ack()

    async with bench(note) as slack, caller(slack) as client:
        await slack.command("maya", "#cs-team", "/echo")
        await client.views_open(trigger_id=triggers[0], view=FORM)
        assert (await refused(client.views_open(trigger_id=triggers[0], view=FORM)))["error"] == "exchanged_trigger_id"
        assert (await refused(client.views_open(trigger_id="1.x", view=FORM)))["error"] == "invalid_trigger_id"
        await slack.command("maya", "#cs-team", "/echo")
        slack.clock.move(timedelta(seconds=4))
        assert (await refused(client.views_open(trigger_id=triggers[1], view=FORM)))["error"] == "expired_trigger_id"


async def test_a_view_is_updated_only_with_the_right_hash(desk: Desk) -> None:
    async with bench(desk) as slack, caller(slack) as client:
        view = (await slack.shortcut("maya", "log")).view
        old = view.hash
        await client.views_update(view_id=view.id, hash=old, view=SECOND)
        assert view.title == "Similar"
        assert (await refused(client.views_update(view_id=view.id, hash=old, view=FORM)))["error"] == "hash_conflict"
        assert (await refused(client.views_update(view_id="V0", view=FORM)))["error"] == "not_found"


def live_form(similar: str = "", action: str = "text") -> dict[str, Any]:
    """A form whose title is told while it is typed; `similar` is shown above a note."""
    typing = {"trigger_actions_on": ["on_character_entered"]}
    title = {"type": "plain_text_input", "action_id": action, "dispatch_action_config": typing}
    who = {"type": "multi_external_select", "action_id": "pick", "min_query_length": 1}
    who["initial_options"] = [{"text": plain(NAMES[2]), "value": "Oak"}]
    note = {"type": "plain_text_input", "action_id": "text"}
    return {
        "type": "modal",
        "callback_id": "request",
        "title": plain("Log feature request"),
        "submit": plain("Save"),
        "blocks": [
            {"type": "input", "block_id": "who", "label": plain("Customers"), "element": who},
            {"type": "input", "block_id": "what", "dispatch_action": True, "label": plain("Title"), "element": title},
            *([{**section(similar), "block_id": "similar"}] if similar else []),
            {"type": "input", "block_id": "note", "optional": True, "label": plain("Note"), "element": note},
        ],
    }


class Typist:
    """A bot that looks for similar requests while a title is typed."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.heard: list[dict[str, Any]] = []
        self.again: dict[str, Any] = {}

    def __call__(self, app: AsyncApp) -> None:
        self.desk(app)

        @app.shortcut("live")
        async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=live_form())

        @app.action("text")
        async def typed(ack: Any, body: dict[str, Any], client: Any) -> None:
            self.heard.append(body)
            await ack()
            view = self.again or live_form(f"Similar to {body['actions'][0]['value']}")
            await client.views_update(view_id=body["view"]["id"], view=view)


@asynccontextmanager
async def typing() -> AsyncIterator[tuple[Sandbox, Typist]]:
    manifest = copy.deepcopy(MANIFEST)
    manifest["features"]["shortcuts"].append({"name": "Live", "type": "global", "callback_id": "live"})
    typist = Typist()
    async with bench(typist, manifest=manifest) as slack:
        await slack.shortcut("maya", "Live")
        yield slack, typist


async def test_a_live_input_tells_the_app_what_is_typed_and_keeps_the_rest() -> None:
    async with typing() as (slack, typist):
        form = await slack.fill("maya", None, {"Note": "mine", "Title": "SSO"})
        [body] = typist.heard
        assert (body["type"], body["actions"][0]["type"]) == ("block_actions", "plain_text_input")
        assert (body["actions"][0]["block_id"], body["actions"][0]["value"]) == ("what", "SSO")
        assert body["view"]["state"]["values"]["note"]["text"]["value"] == "mine"
        assert "Similar to SSO" in text_in(form)
        assert form.values["note"]["text"]["value"] == "mine"
        await slack.fill("maya", form, {"Title": "SSO"})
        assert len(typist.heard) == 1
        await slack.submit("maya", form, {"Note": "ours"})
        state = typist.desk.views[0]["state"]["values"]
        assert (state["what"]["text"]["value"], state["note"]["text"]["value"]) == ("SSO", "ours")


async def test_an_input_with_another_action_begins_anew() -> None:
    async with typing() as (slack, typist):
        typist.again = live_form(action="other")
        form = await slack.fill("maya", None, {"Note": "mine", "Title": "SSO"})
        assert form.values == {"note": {"text": {"type": "plain_text_input", "value": "mine"}}}


async def test_several_options_are_found_by_typing() -> None:
    async with typing() as (slack, typist):
        await slack.submit("maya", None, {"Title": "SSO"})
        first = typist.desk.views[0]["state"]["values"]["who"]["pick"]["selected_options"]
        assert [one["value"] for one in first] == ["Oak"]
        await slack.shortcut("maya", "Live")
        await slack.submit("maya", None, {"Title": "SSO", "Customers": ["bright", "kes"]})
        second = typist.desk.views[1]["state"]["values"]["who"]["pick"]
        assert second["type"] == "multi_external_select"
        assert [one["value"] for one in second["selected_options"]] == ["Bri", "Kes"]


async def test_keeping_values_tells_nobody() -> None:
    async with typing() as (slack, typist):
        form = await slack.keep("maya", None, {"Title": "SSO"})
        assert form.values["what"]["text"]["value"] == "SSO"
        assert typist.heard == []


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"trigger_actions_on": ["on_blink"]}, "/trigger_actions_on/0"),
        ({"trigger_actions_on": []}, "/trigger_actions_on"),
        ({"when": "now"}, "/when"),
        ("on_enter_pressed", ""),
    ],
)
def test_when_to_tell_is_checked(config: Any, pointer: str) -> None:
    form = live_form()
    form["blocks"][1]["element"]["dispatch_action_config"] = config
    assert f"[json-pointer:/view/blocks/1/element/dispatch_action_config{pointer}]" in check_view(form)[0]
