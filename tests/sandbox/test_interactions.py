"""Buttons, menus and events: what the app is told, who may, what comes back."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import NotPossibleError, Sandbox

from .conftest import bench, button, caller, plain, section, served

OPTIONS = [{"text": plain("Four weeks"), "value": "4"}, {"text": plain("Twelve weeks"), "value": "12"}]
CONFIRM = {"title": plain("Sure?"), "text": plain("All will see it."), "confirm": plain("Yes"), "deny": plain("No")}
BLOCKS = [
    section("Brightwater"),
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            button("Known issues", "issues"),
            button("Share", "share", confirm=CONFIRM),
            {"type": "static_select", "action_id": "weeks", "placeholder": plain("Weeks"), "options": OPTIONS},
            {"type": "overflow", "action_id": "more", "options": OPTIONS},
            {"type": "users_select", "action_id": "who"},
        ],
    },
]


class Notes:
    """A bot that remembers the bodies it got."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, app: AsyncApp) -> None:
        @app.command("/echo")
        async def command(ack: Any) -> None:
            await ack(text="brief", blocks=BLOCKS)

        @app.action("share")
        async def share(ack: Any, body: dict[str, Any], respond: Any) -> None:
            self.bodies.append(body)
            await ack()
            await respond(delete_original=True)

        @app.action("issues")
        async def issues(ack: Any, body: dict[str, Any], respond: Any) -> None:
            self.bodies.append(body)
            await ack()
            await respond("three known issues", replace_original=True)

        for name in ("weeks", "more", "who"):

            @app.action(name)
            async def picked(ack: Any, body: dict[str, Any]) -> None:
                self.bodies.append(body)
                await ack()

        @app.event("app_mention")
        @app.event("message")
        @app.event("channel_shared")
        async def event(body: dict[str, Any]) -> None:
            self.bodies.append(body)

        @app.event("app_home_opened")
        async def home(event: dict[str, Any], client: Any) -> None:
            view = {"type": "home", "blocks": [section("Your customers"), BLOCKS[1]]}
            await client.views_publish(user_id=event["user"], view=view)


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def brief(slack: Sandbox) -> Any:
    return await slack.command("maya", "#cs-team", "/echo")


@pytest.mark.parametrize("road", ["socket", "http"])
async def test_a_press_reaches_the_app_and_replaces_the_message(notes: Notes, road: str) -> None:
    async with bench(notes, road=road) as slack:
        seen = await slack.press("maya", await brief(slack), "Known issues")
        assert seen.text == "three known issues"
        [body] = notes.bodies
        assert body["user"] == {"id": "U0MAYA", "username": "maya", "name": "maya", "team_id": "T0HARBOUR"}
        assert body["team"] == {"id": "T0HARBOUR", "domain": "harbour-demo"}
        assert body["actions"][0]["block_id"] == "row"
        assert body["actions"][0]["value"] == "v"


async def test_an_ephemeral_message_is_not_part_of_the_payload(notes: Notes) -> None:
    async with bench(notes) as slack:
        await slack.press("maya", await brief(slack), "issues")
        assert notes.bodies[0]["container"]["is_ephemeral"] is True
        assert "message" not in notes.bodies[0]


async def test_confirm_dialogs_are_honoured(notes: Notes) -> None:
    async with bench(notes) as slack:
        first = await brief(slack)
        seen = await slack.press("maya", first, "Share", confirm=False)
        assert seen.asked == "Sure?\nAll will see it."
        assert notes.bodies == []
        await slack.press("maya", first, "Share")
        assert first.message not in slack.messages("#cs-team", "maya")
        with pytest.raises(NotPossibleError):
            await slack.press("maya", first, "Share")


@pytest.mark.parametrize(
    ("action", "option", "told"),
    [
        ("weeks", "Twelve weeks", {"selected_option": OPTIONS[1]}),
        ("more", "4", {"selected_option": OPTIONS[0]}),
        ("who", "jonas", {"selected_user": "U0JONAS"}),
    ],
)
async def test_menus_tell_what_was_picked(notes: Notes, action: str, option: str, told: dict[str, Any]) -> None:
    async with bench(notes) as slack:
        await slack.select("maya", await brief(slack), action, option)
        assert told.items() <= notes.bodies[0]["actions"][0].items()


async def test_outsiders_can_press_and_are_known_by_their_team(notes: Notes) -> None:
    async with bench(notes) as slack, caller(slack) as client:
        await client.chat_postMessage(channel="C0SHARED", text="brief", blocks=BLOCKS)
        await slack.press("olga", slack.messages("#shared-brightwater", "olga")[-1], "issues")
        assert notes.bodies[0]["user"]["team_id"] == "T0BRIGHT"
        assert notes.bodies[0]["message"]["bot_id"] == "B0DOSSIER"


async def test_nobody_presses_what_they_cannot_see(notes: Notes) -> None:
    async with bench(notes) as slack:
        with pytest.raises(NotPossibleError, match="nothing to press"):
            await slack.press("jonas", await brief(slack), "Share")


async def test_the_home_tab_is_published_and_pressed(notes: Notes) -> None:
    async with bench(notes) as slack:
        seen = await slack.home("maya")
        assert "Your customers" in seen
        await slack.select("maya", seen, "weeks", "4")
        assert notes.bodies[-1]["container"]["type"] == "view"
        assert notes.bodies[-1]["state"]["values"]["row"]["weeks"]["selected_option"]["value"] == "4"


async def test_events_reach_the_app_when_declared(notes: Notes) -> None:
    async with bench(notes) as slack:
        await slack.say("maya", "dm", "hello")
        assert notes.bodies[-1]["event"]["channel_type"] == "im"
        await slack.say("maya", "#cs-team", "not subscribed")
        assert len(notes.bodies) == 1
        await slack.say("maya", "#cs-team", "hey @dossier")
        assert notes.bodies[-1]["event"]["type"] == "app_mention"
        await slack.share("#cs-team")
        assert notes.bodies[-1]["event"]["connected_team_id"] == "T0BRIGHT"


async def test_the_same_envelope_can_come_twice(notes: Notes) -> None:
    async with bench(notes) as slack:
        await slack.say("maya", "dm", "hello")
        assert slack.deliveries.last is not None
        await slack.deliver(slack.deliveries.last)
        assert notes.bodies[0]["event_id"] == notes.bodies[1]["event_id"]


async def test_a_failed_event_is_tried_again_at_once_after_a_minute_and_after_five() -> None:
    tried: list[tuple[str | None, str | None]] = []

    async def failing(request: web.Request) -> web.Response:
        tried.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        return web.Response(status=500)

    async with bench() as slack, served(failing) as slack.request_url:
        await slack.say("maya", "dm", "hello")
        assert tried == [(None, None), ("1", "http_error")]
        await slack.move(timedelta(minutes=1))
        assert tried[2:] == [("2", "http_error")]
        await slack.move(timedelta(minutes=5))
        assert tried[3:] == [("3", "http_error")]
        await slack.move(timedelta(hours=1))
        assert len(tried) == 4


async def test_requests_are_signed_with_the_sandbox_clock() -> None:
    seen: list[tuple[bytes, str, str]] = []

    async def keep(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append((await request.read(), headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"]))
        return web.Response()

    async with bench() as slack, served(keep) as slack.request_url:
        await slack.command("maya", "#cs-team", "/echo a b")
        body, stamp, signature = seen[0]
        digest = hmac.new(slack.signing_secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
        assert signature == f"v0={digest}"
        assert int(stamp) == int(slack.clock.now().timestamp())
        assert b"command=%2Fecho&text=a+b" in body


async def test_the_request_url_is_verified() -> None:
    async with bench(lambda app: None, road="http") as slack:
        assert await slack.deliveries.verify()


async def test_a_socket_bot_comes_back_after_a_refresh(notes: Notes) -> None:
    async with bench(notes) as slack:
        await slack.refresh_link()
        assert await slack.connected()
        assert "Brightwater" in await brief(slack)
