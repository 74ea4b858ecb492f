"""A Slack that misbehaves: it keeps every message with its metadata and fails as the weather wants it."""

import itertools
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.faults.weather import Answer, Weather

TEAM = "TFAULTS"
INSIDE, SHARED, FALLBACK = ("C01", "C02", "C03"), "C04", "C09"
PEOPLE = ("U1", "U2", "U3", "U4")
CSMS = {"Ada Field": "U5", "Ben Stone": "U6", "Cleo Marsh": "U7"}
HISTORY = "channels:history,groups:history,im:history,im:write"
WRITES = ("chat.postMessage",)
PAGE = 100


class FaultySlack:
    """The methods that the bot calls. A bot is told from the others by its token."""

    def __init__(self, weather: Weather, scopes: str = HISTORY) -> None:
        self.weather = weather
        self.url = ""
        self.scopes = f"chat:write,commands,users:read,{scopes}"
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)  # by channel, in order
        self.opened = 0  # forms
        self._shown_at: dict[str, float] = {}  # by ts
        self._ts = itertools.count(1)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FaultySlack"]:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond", self._respond)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        try:
            yield self
        finally:
            await runner.cleanup()

    def marks(self) -> dict[str, list[str]]:
        """Where the messages with each mark are."""
        found: dict[str, list[str]] = defaultdict(list)
        for channel, messages in self.messages.items():
            for one in messages:
                key = one["metadata"].get("event_payload", {}).get("key", "")
                found[key].append(f"{channel}/{one.get('thread_ts', '')}")
        return found

    async def _respond(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"ok": True})

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, asked = request.match_info["method"], await _asked(request)
        bot = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if method == "auth.test":
            told = {"ok": True, "team_id": TEAM, "team": "Faults", "user_id": "UBOT", "bot_id": "BBOT"}
            return web.json_response(told, headers={"X-OAuth-Scopes": self.scopes})
        do = getattr(self, "_" + method.replace(".", "_"))
        return await self.weather.meet(
            bot, f"slack {method}", method in WRITES, request, lambda: do(asked), _about(asked)
        )

    def _chat_postMessage(self, asked: dict[str, Any]) -> Answer:  # noqa: N802 - Slack's name
        channel = _conversation(asked["channel"])
        ts = f"{time.time():.0f}.{next(self._ts):06}"
        message = {"type": "message", "ts": ts, "text": asked.get("text", ""), "metadata": _read(asked, "metadata")}
        if asked.get("thread_ts"):
            message["thread_ts"] = asked["thread_ts"]
        self.messages[channel].append(message)
        self._shown_at[ts] = time.monotonic() + self.weather.random.uniform(0, self.weather.times.lag_slack)
        return 200, {"ok": True, "channel": channel, "ts": ts, "message": message}

    def _conversations_open(self, asked: dict[str, Any]) -> Answer:
        return 200, {"ok": True, "channel": {"id": _conversation(asked["users"])}}

    def _conversations_history(self, asked: dict[str, Any]) -> Answer:
        """Without replies, newest first."""
        return self._page([one for one in self._shown(asked) if "thread_ts" not in one][::-1], asked)

    def _conversations_replies(self, asked: dict[str, Any]) -> Answer:
        return self._page([one for one in self._shown(asked) if one.get("thread_ts") == asked["ts"]], asked)

    def _shown(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        now, oldest = time.monotonic(), float(asked.get("oldest") or 0)
        there = self.messages[asked["channel"]]
        return [one for one in there if self._shown_at[one["ts"]] <= now and float(one["ts"]) > oldest]

    def _page(self, found: list[dict[str, Any]], asked: dict[str, Any]) -> Answer:
        begin = int(asked.get("cursor") or 0)
        end = begin + min(int(asked.get("limit") or PAGE), PAGE)
        more = {"next_cursor": str(end)} if end < len(found) else {"next_cursor": ""}
        return 200, {"ok": True, "messages": found[begin:end], "response_metadata": more}

    def _conversations_info(self, asked: dict[str, Any]) -> Answer:
        return 200, {"ok": True, "channel": {"id": asked["channel"], "is_ext_shared": asked["channel"] == SHARED}}

    def _users_info(self, asked: dict[str, Any]) -> Answer:
        return 200, {"ok": True, "user": _user(asked["user"], f"Person {asked['user']}")}

    def _users_list(self, _asked: dict[str, Any]) -> Answer:
        members = [_user(user, name) for name, user in CSMS.items()]
        return 200, {"ok": True, "members": members, "response_metadata": {"next_cursor": ""}}

    def _views_open(self, _asked: dict[str, Any]) -> Answer:
        self.opened += 1
        return 200, {"ok": True, "view": {"id": "V1"}}

    _views_update = _views_open


def _conversation(channel: str) -> str:
    """A message to a person is one in the conversation with them."""
    return f"D{channel[1:]}" if channel[0] == "U" else channel


def _user(user: str, name: str) -> dict[str, Any]:
    profile = {"real_name": name, "email": f"{user.casefold()}@faults.example"}
    return {"id": user, "team_id": TEAM, "name": user.casefold(), "profile": profile}


async def _asked(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **await request.post()}


def _about(asked: dict[str, Any]) -> str:
    """What a call is about, for the journal."""
    mark = _read(asked, "metadata").get("event_payload", {}).get("key", "")
    return f"{asked.get('channel') or asked.get('user') or asked.get('users') or ''}/{asked.get('ts') or ''} {mark}"


def _read(asked: dict[str, Any], name: str) -> dict[str, Any]:
    value = asked.get(name) or {}
    return dict(json.loads(value) if isinstance(value, str) else value)
