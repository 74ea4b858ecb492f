"""A Slack that shares no code with the sandbox: just enough of the wire for the bot's process to run against it."""

import asyncio
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, WSMsgType, web

TOKEN, APP_TOKEN, SECRET = "xoxb-foreign-1", "xapp-foreign-1", "8f742231b10e8888abcd99yyyzzz85a5"


class ForeignSlack:
    """Answers Web API calls from a table and speaks Socket Mode on one web socket."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.acks: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.socket: asyncio.Future[web.WebSocketResponse] = asyncio.get_running_loop().create_future()
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["ForeignSlack"]:
        app = web.Application()
        app.router.add_route("*", "/proxy/slack/{method}", self._api)
        app.router.add_get("/proxy/socket", self._link)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/proxy/slack/"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("Authorization", "") != f"Bearer {wanted}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        answers: dict[str, dict[str, Any]] = {
            "auth.test": {"team_id": "TFOREIGN", "team": "Foreign", "user_id": "UBOT", "bot_id": "BBOT"},
            "users.info": {"user": {"id": "U1", "team_id": "TFOREIGN", "name": "ana", "profile": {}}},
            "apps.connections.open": {"url": self.url.replace("http", "ws").replace("/slack/", "/socket")},
        }
        if method not in answers:
            return web.json_response({"ok": False, "error": "unknown_method"})
        return web.json_response({"ok": True, **answers[method]})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        self.socket.set_result(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acks.put_nowait(json.loads(message.data))
        return socket


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
