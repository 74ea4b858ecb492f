"""A Slack that shares no code with the sandbox: just enough of the wire for the bot's process to run against it."""

import asyncio
import hashlib
import hmac
import json
import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import ClientSession, WSMsgType, web

from tests.foreign_pictures import Pictures, RefusedError
from tests.slack_methods import declared, problems

TOKEN, APP_TOKEN, SECRET = "xoxb-foreign-1", "xapp-foreign-1", "8f742231b10e8888abcd99yyyzzz85a5"
Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """What the next call of a method meets. `done`: the work is done all the same."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False
    cut: bool = False


def refused(code: str) -> Fault:
    return Fault({"ok": False, "error": code})


def limited(seconds: int) -> Fault:
    return Fault({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})


def broken(done: bool = True) -> Fault:
    return Fault("Internal Server Error", 500, done=done)


def cut(done: bool = True) -> Fault:
    return Fault(done=done, cut=True)


@dataclass(frozen=True)
class Post:
    """A message; `channel` is D… for one that went to a person."""

    channel: str
    ts: str
    user: str
    text: str
    thread: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)

    @property
    def all(self) -> str:
        """Everything that stands in it."""
        return self.text + json.dumps(self.blocks, ensure_ascii=False)


@dataclass
class View:
    """An open form as the bot defined it."""

    id: str
    raw: Json
    version: int = 1

    @property
    def hash(self) -> str:
        return f"{self.version}.{self.id}"

    @property
    def all(self) -> str:
        """Everything that stands in it."""
        return json.dumps(self.raw, ensure_ascii=False)


class ForeignSlack(Pictures):
    """Answers Web API calls and speaks Socket Mode on one web socket. `wrong`: what Slack would have refused."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.requests: list[tuple[str, Json]] = []
        self.wrong: list[str] = []
        self.people: dict[str, Json] = {"U1": person("U1", "ana", "Ana Sousa")}
        self.channels: dict[str, Json] = {}
        self.posts: list[Post] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.scopes = declared()
        self.acks: asyncio.Queue[Json] = asyncio.Queue()
        self.socket: asyncio.Future[web.WebSocketResponse] = asyncio.get_running_loop().create_future()
        self.url = ""
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._changed = asyncio.Condition()
        self._stamp = int(time.time()) * 1_000

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["ForeignSlack"]:
        app = web.Application()
        app.router.add_route("*", "/proxy/slack/{method}", self._api)
        app.router.add_get("/proxy/socket", self._link)
        app.router.add_post("/proxy/upload/{file}", self.upload)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/proxy/slack/"
        try:
            yield self
        finally:
            await runner.cleanup()

    # what people do there

    def say(self, channel: str, text: str, user: str = "U1", thread: str = "") -> Post:
        """A message of a person; the channel is made when there is none, with the bot in it."""
        self.channels.setdefault(channel, {"id": channel, "name": channel.lower(), "is_ext_shared": False})
        post = Post(channel, self._ts(), user, text, thread)
        self.posts.append(post)
        return post

    def meets(self, method: str, *faults: Fault) -> None:
        """The next calls of a method get these answers, in this order."""
        self._faults[method].extend(faults)

    def said(self, channel: str, thread: str = "") -> list[Post]:
        """What the bot said there; `D` and a person's id for what it told them alone."""
        ours = [one for one in self.posts if one.user == "UBOT"]
        return [one for one in ours if (one.channel, one.thread) == (channel, thread)]

    async def until(self, is_so: Callable[[], T]) -> T:
        """What `is_so` answers as soon as that is something; asked again after every call."""
        async with asyncio.timeout(20), self._changed:
            return await self._changed.wait_for(is_so)

    # what the bot asks

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, given = request.match_info["method"], await _arguments(request)
        self.calls.append(method)
        self.requests.append((method, given))
        self.wrong += problems(method, given)
        wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("Authorization", "") != f"Bearer {wanted}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        fault = self._faults[method].popleft() if self._faults[method] else None
        answer = self._answer(method, given) if fault is None or fault.done else None
        async with self._changed:
            self._changed.notify_all()
        if fault is None:
            return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(self.scopes))})
        if fault.cut and request.transport is not None:
            request.transport.abort()
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        return web.Response(text=text, status=fault.status, headers=fault.headers, content_type="application/json")

    def _answer(self, method: str, given: Json) -> Json:
        does = getattr(self, "_" + method.replace(".", "_"), None)
        try:
            if does is None:
                raise RefusedError("unknown_method")
            return {"ok": True, **does(given)}
        except RefusedError as problem:
            return {"ok": False, "error": str(problem)}

    def _auth_test(self, _given: Json) -> Json:
        told = {"url": "https://foreign.slack.com/", "team_id": "TFOREIGN", "team": "Foreign"}
        return told | {"user_id": "UBOT", "bot_id": "BBOT"}

    def _apps_connections_open(self, _given: Json) -> Json:
        return {"url": self.url.replace("http", "ws").replace("/slack/", "/socket")}

    def _users_info(self, given: Json) -> Json:
        if given["user"] not in self.people:
            raise RefusedError("user_not_found")
        return {"user": self.people[given["user"]]}

    def _users_list(self, given: Json) -> Json:
        """One person a page, so that whoever forgets the cursor misses somebody."""
        at, everybody = int(given.get("cursor") or 0), list(self.people.values())
        following = str(at + 1) if at + 1 < len(everybody) else ""
        return {"members": everybody[at : at + 1], "response_metadata": {"next_cursor": following}}

    def _conversations_info(self, given: Json) -> Json:
        if given["channel"] not in self.channels:
            raise RefusedError("channel_not_found")
        return {"channel": self.channels[given["channel"]]}

    def _conversations_open(self, given: Json) -> Json:
        return {"channel": {"id": "D" + given["users"]}}

    def _conversations_history(self, given: Json) -> Json:
        return self._page(given, [one for one in reversed(self.posts) if not one.thread])

    def _conversations_replies(self, given: Json) -> Json:
        return self._page(given, [one for one in self.posts if given["ts"] in (one.ts, one.thread)])

    def _page(self, given: Json, posts: list[Post]) -> Json:
        """Two messages a page."""
        there = [one for one in posts if one.channel == given["channel"] and float(one.ts) > float(given["oldest"])]
        at = int(given.get("cursor") or 0)
        shown = [
            {"ts": one.ts, "user": one.user, "text": one.text, "metadata": one.metadata, "blocks": one.blocks}
            for one in there
        ]
        following = str(at + 2) if at + 2 < len(there) else ""
        return {"messages": shown[at : at + 2], "response_metadata": {"next_cursor": following}}

    def _chat_postMessage(self, given: Json) -> Json:  # noqa: N802 - as Slack calls it
        channel = given["channel"]
        if channel in self.people:
            channel = "D" + channel
        elif channel not in self.channels and channel[:1] != "D":
            raise RefusedError("channel_not_found")
        thread = given.get("thread_ts") or ""
        if thread and thread not in [one.ts for one in self.posts if one.channel == channel]:
            raise RefusedError("cannot_reply_to_message")
        self.look_at_pictures(given)
        shown = (given["text"], thread, given.get("blocks") or [], given.get("metadata") or {})
        self.posts.append(Post(channel, self._ts(), "UBOT", *shown))
        return {"channel": channel, "ts": self.posts[-1].ts}

    def _chat_update(self, given: Json) -> Json:
        at = next((at for at, one in enumerate(self.posts) if (one.channel, one.ts) == _where(given)), None)
        if at is None:
            raise RefusedError("message_not_found")
        if self.posts[at].user != "UBOT":
            raise RefusedError("cant_update_message")
        self.look_at_pictures(given)
        kept = given.get("metadata") or self.posts[at].metadata
        shown = {"text": given["text"], "blocks": given.get("blocks") or [], "metadata": kept}
        self.posts[at] = replace(self.posts[at], **shown)
        return {"channel": given["channel"], "ts": given["ts"], "text": given["text"]}

    def _views_publish(self, given: Json) -> Json:
        before = self.homes.get(given["user_id"])
        if before and given.get("hash") not in (None, before.hash):
            raise RefusedError("hash_conflict")
        home = View(f"VH{given['user_id']}", given["view"], before.version + 1 if before else 1)
        self.homes[given["user_id"]] = home
        return {"view": {"id": home.id, "hash": home.hash}}

    def _views_open(self, given: Json) -> Json:
        view = View(f"V{len(self.views) + 1}", given["view"])
        self.views[view.id] = view
        return {"view": {"id": view.id, "hash": view.hash}}

    def _views_update(self, given: Json) -> Json:
        view = self.views.get(given["view_id"])
        if view is None:
            raise RefusedError("not_found")
        if given.get("hash") not in (None, view.hash):
            raise RefusedError("hash_conflict")
        view.raw, view.version = given["view"], view.version + 1
        return {"view": {"id": view.id, "hash": view.hash}}

    def _ts(self) -> str:
        self._stamp += 1
        return f"{self._stamp // 1_000}.{self._stamp % 1_000:06d}"

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        self.socket.set_result(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acks.put_nowait(json.loads(message.data))
        return socket


def person(user: str, handle: str, name: str, email: str = "", **more: Any) -> Json:
    """A user as `users.info` tells of one."""
    profile = {"real_name": name, "email": email}
    return {"id": user, "team_id": "TFOREIGN", "name": handle, "real_name": name, "profile": profile, **more}


async def _arguments(request: web.Request) -> Json:
    """From the query, a form or JSON, whichever the client sends; lists and objects may come as JSON in a text."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        given |= {name: one for name, one in json.loads(await request.text() or "{}").items() if one is not None}
    else:
        given |= {name: one for name, one in (await request.post()).items() if isinstance(one, str)}
    return {name: json.loads(one) if name in _OBJECTS and isinstance(one, str) else one for name, one in given.items()}


_OBJECTS = ("blocks", "view", "metadata", "files")


def _where(given: Json) -> tuple[str, str]:
    return given["channel"], given["ts"]


def command(name: str, text: str, user: str = "U1") -> dict[str, str]:
    """The fields of a slash command as Slack's page "Implementing slash commands" lists them."""
    return {
        "token": "legacy",
        "team_id": "TFOREIGN",
        "team_domain": "foreign",
        "channel_id": "C1",
        "channel_name": "general",
        "user_id": user,
        "user_name": "ana",
        "command": name,
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/never",
        "trigger_id": "1.2.3",
    }


def signed(fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request as Slack signs it ("Verifying requests from Slack")."""
    body = urlencode(fields).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return body, headers


@asynccontextmanager
async def dossier_run(environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`dossier run` as its own process with these variables and nothing else that could help it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env={**kept, **environment}, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def ready_line(process: asyncio.subprocess.Process) -> str:
    """The log line that says the bot is ready; fails with what was said when it ends before."""
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(20):
        while line := (await process.stderr.readline()).decode():
            said += line
            if "event=ready" in line:
                return line
    raise AssertionError(f"the bot never became ready:\n{said}")


def port_in(line: str) -> int:
    """The port that the ready line names."""
    return int(line.rsplit("port=", 1)[1].split()[0])


async def post(port: int, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    """Status and parsed answer of one POST to /slack/events."""
    async with (
        ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text
