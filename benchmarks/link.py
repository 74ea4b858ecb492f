"""Slack's end of Socket Mode: hands out connections, sends envelopes, counts acknowledgements.

It runs beside the load, so what a bot sees is one WebSocket; `Link.drive` keeps a number of envelopes in flight.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from itertools import cycle
from time import perf_counter
from typing import Any

from aiohttp import WSMsgType, web

from benchmarks.load import Taken, WrongAnswer
from benchmarks.servers.slack import answer

_HELLO = json.dumps(
    {
        "type": "hello",
        "num_connections": 1,
        "debug_info": {"host": "bench", "build_number": 1, "approximate_connection_time": 18_060},
        "connection_info": {"app_id": "A0BENCH"},
    }
)


def envelope(number: int, payload: str) -> str:
    """A slash command as Slack wraps it."""
    return (
        f'{{"envelope_id":"{number:08x}-0000-4000-8000-000000000000","type":"slash_commands",'
        f'"accepts_response_payload":true,"payload":{payload}}}'
    )


class Link:
    """The connection to one bot, named by its app token."""

    def __init__(self) -> None:
        self.connected = asyncio.Event()
        self._gone = asyncio.Event()
        self._socket: web.WebSocketResponse | None = None
        self._heard: Callable[[str], None] = lambda text: None

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Until the bot goes away."""
        self._socket = socket
        await socket.send_str(_HELLO)
        self._gone.clear()
        self.connected.set()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._heard(message.data)
        self.connected.clear()
        self._gone.set()

    async def gone(self) -> None:
        """Waits until the bot has left."""
        await self._gone.wait()

    async def drive(self, payloads: Sequence[str], at_once: int, seconds: float, expect: str) -> Taken:
        """Closed loop: every acknowledgement is answered by the next envelope; each must contain `expect`."""
        assert self._socket
        socket, source = self._socket, cycle(payloads)
        sent: dict[str, float] = {}
        latencies: list[float] = []
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        outbox: asyncio.Queue[str] = asyncio.Queue()
        number = 0
        began = perf_counter()

        def send() -> None:
            nonlocal number
            number += 1
            text = envelope(number, next(source))
            sent[text[16:52]] = perf_counter()
            outbox.put_nowait(text)

        def heard(text: str) -> None:
            at = text.find('"envelope_id"')
            start = text.find('"', at + 13) + 1
            latencies.append(perf_counter() - sent.pop(text[start : start + 36]))
            if expect not in text:
                done.set_exception(WrongAnswer(text[:400]))
            elif perf_counter() < began + seconds:
                send()
            elif not sent and not done.done():
                done.set_result(None)

        async def write() -> None:
            while True:
                await socket.send_str(await outbox.get())

        self._heard = heard
        for _ in range(at_once):
            send()
        writing = asyncio.ensure_future(write())
        try:
            async with asyncio.timeout(seconds + 30):
                await done
        finally:
            writing.cancel()
            self._heard = lambda text: None
        return Taken(perf_counter() - began, latencies)


class SocketSlack:
    """Web API and WebSockets of a Slack on loopback. `async with SocketSlack() as slack`."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def api(self) -> str:
        """Base URL of the Web API."""
        return f"http://127.0.0.1:{self.port}/api/"

    def link(self, token: str) -> Link:
        """The connection of the bot with this app token; it connects when it starts."""
        return self._links.setdefault(token, Link())

    async def __aenter__(self) -> "SocketSlack":
        site = web.Application()
        site.router.add_route("*", "/api/{method}", self._call)
        site.router.add_get("/link/{token}", self._connect)
        self._runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner
        await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "apps.connections.open":
            token = request.headers["Authorization"].removeprefix("Bearer ")
            return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{self.port}/link/{token}"})
        form: dict[str, Any] = {**await request.post(), **request.query}
        return web.json_response(answer(method, {name: str(value) for name, value in form.items()}))

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await self.link(request.match_info["token"]).serve(socket)
        return socket
