"""Socket Mode, Slack's side: tickets, hello, envelopes, acks, refresh. Source: docs.slack.dev, "Using Socket Mode"."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from bot.sandbox.transcript import Transcript

__all__ = ["Link"]


class Link:
    """The open sockets of the bot; an envelope goes to the newest one."""

    def __init__(self, app_id: str, transcript: Transcript) -> None:
        self._app_id, self._transcript = app_id, transcript
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self.arrived = asyncio.Event()
        self.on_change: Callable[[], None] = lambda: None

    @property
    def is_up(self) -> bool:
        """Say whether a bot is connected."""
        return bool(self._sockets)

    def ticket(self) -> str:
        """Return a one-time ticket for a connection."""
        made = secrets.token_hex(12)
        self._tickets.add(made)
        return made

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="this ticket is unknown or was used")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        info = {"host": "sandbox", "build_number": 1, "approximate_connection_time": 3600}
        hello = {"type": "hello", "num_connections": len(self._sockets) + 1, "debug_info": info}
        await socket.send_str(_dump({**hello, "connection_info": {"app_id": self._app_id}}))
        self._sockets.append(socket)
        self.arrived.set()
        self._transcript.add("from bot", "socket", "connected")
        self.on_change()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._answered(message.data)
        finally:
            self._sockets.remove(socket)
            if not self._sockets:
                self.arrived.clear()
            self._transcript.add("from bot", "socket", "disconnected")
            self.on_change()
        return socket

    async def send(self, envelope: dict[str, Any], within: float) -> Any:
        """Send an envelope and return the ack's payload; TimeoutError without an ack, ConnectionError without a bot."""
        if not self._sockets:
            raise ConnectionError("no bot is connected")
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = waiting
        await self._sockets[-1].send_str(_dump(envelope))
        try:
            return await asyncio.wait_for(waiting, within)
        finally:
            self._waiting.pop(envelope["envelope_id"], None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the bot to connect anew, and close the old connections as Slack does a little later."""
        for socket in list(self._sockets):
            info = {"host": "sandbox"}
            await socket.send_str(_dump({"type": "disconnect", "reason": reason, "debug_info": info}))
            await socket.close()

    async def connected(self, within: float) -> bool:
        """Wait for a bot to connect; False when none does in time."""
        try:
            await asyncio.wait_for(self.arrived.wait(), within)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        for socket in list(self._sockets):
            await socket.close()

    def _answered(self, text: str) -> None:
        try:
            answer = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        if not isinstance(answer, dict) or "envelope_id" not in answer:
            return
        waiting = self._waiting.get(answer["envelope_id"])
        if waiting is None or waiting.done():
            self._transcript.add("from bot", "ack", "late", ok=False, note="after the deadline", detail=answer)
            return
        waiting.set_result(answer.get("payload"))


def _dump(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()
