"""A tiny Bolt bot against the sandbox, over Socket Mode and over signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import HARBOUR, Clock, Sandbox

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Tiny"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "Tiny"},
        "slash_commands": [
            {"command": "/echo", "description": "Says it again", "usage_hint": "[text]", "should_escape": True},
            {"command": "/raw", "description": "Not escaped"},
        ],
        "shortcuts": [
            {"name": "Log feature request", "type": "message", "callback_id": "log_message", "description": "Log it"},
            {"name": "Log feature request", "type": "global", "callback_id": "log", "description": "Log one"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "commands",
                "chat:write",
                "channels:read",
                "groups:read",
                "im:read",
                "im:write",
                "im:history",
                "channels:history",
                "users:read",
                "users:read.email",
                "app_mentions:read",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": ["app_home_opened", "message.im", "channel_shared", "member_joined_channel", "app_mention"]
        },
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}

Setup = Callable[[AsyncApp], None]


@asynccontextmanager
async def over_socket(slack: Sandbox, app: AsyncApp) -> AsyncIterator[None]:
    """Connect an app over Socket Mode."""
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()
    assert await slack.connected()
    try:
        yield
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(slack: Sandbox, app: AsyncApp) -> AsyncIterator[None]:
    """Serve an app over HTTP and let the sandbox deliver there."""
    runner = web.AppRunner(app.server(port=0, path="/slack/events").web_app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Serve a bare handler, for bots that behave in ways Bolt does not; yields its address."""
    app = web.Application()
    app.router.add_post("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bench(setup: Setup | None = None, *, road: str = "socket", **options: Any) -> AsyncIterator[Sandbox]:
    """Start a sandbox with a bot whose listeners `setup` registers."""
    # Bolt compares the signature's timestamp with the real time, so over HTTP the clock must agree with it.
    clock = Clock(datetime.now(UTC)) if road == "http" else Clock(HARBOUR.starts_at, frozen=True)
    manifest = options.pop("manifest", MANIFEST)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(Sandbox(manifest, clock, quiet_seconds=0.01, **options))
        if setup is not None:
            session = await stack.enter_async_context(ClientSession())
            client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
            app = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)
            setup(app)
            await stack.enter_async_context((over_socket if road == "socket" else over_http)(slack, app))
        yield slack


@asynccontextmanager
async def caller(slack: Sandbox, token: str | None = None) -> AsyncIterator[AsyncWebClient]:
    """Open a Web API client, as the bot has one."""
    async with ClientSession() as session:
        yield AsyncWebClient(token or slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])


async def refused(call: Awaitable[Any]) -> dict[str, Any]:
    """Return the answer of a call that must be refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: dict[str, Any] = caught.value.response.data
    return answer


def section(text: str) -> dict[str, Any]:
    """Return a section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def plain(text: str) -> dict[str, Any]:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text}


def button(text: str, action: str, **more: Any) -> dict[str, Any]:
    """Return a button."""
    return {"type": "button", "text": plain(text), "action_id": action, "value": "v", **more}
