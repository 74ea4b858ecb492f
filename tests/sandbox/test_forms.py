"""Forms: opened with a trigger, filled in, submitted, answered with errors, updates and pushes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import NotPossibleError

from .conftest import bench, caller, plain, refused, section

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
