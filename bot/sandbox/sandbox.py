"""The sandbox as one thing: start it, point a bot at it, click in it or drive it with verbs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.clock import Clock
from bot.sandbox.feed import Feed
from bot.sandbox.files import UPLOAD
from bot.sandbox.github.wire import API
from bot.sandbox.journeys import Journeys, NextOccasion, OnTime
from bot.sandbox.page import Page
from bot.sandbox.seed import HARBOUR, Seed
from bot.sandbox.stage import Settle
from bot.sandbox.troubles import Trouble

__all__ = ["Sandbox"]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


class Sandbox(Journeys):
    """A small Slack on loopback. `async with Sandbox(manifest, clock, HARBOUR) as slack:` starts and stops it."""

    def __init__(
        self,
        manifest: Path | Mapping[str, Any],
        clock: Clock | None = None,
        seed: Seed = HARBOUR,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ack_seconds: float = 3.0,
        quiet_seconds: float = 0.02,
        settle_seconds: float = 10.0,
        settle: Settle | None = None,
        on_reset: Settle | None = None,
        troubles: Mapping[str, Trouble] | None = None,
        on_time: OnTime | None = None,
        next_occasion: NextOccasion | None = None,
        next_due: NextOccasion | None = None,
        feed: Feed | None = None,
        without_scopes: frozenset[str] = frozenset(),
    ) -> None:
        if host not in _LOOPBACK:
            raise ValueError(f"the sandbox listens on loopback only, not on {host}")
        super().__init__(
            manifest,
            clock or Clock(seed.starts_at),
            seed,
            ack_seconds=ack_seconds,
            quiet_seconds=quiet_seconds,
            settle_seconds=settle_seconds,
            settle=settle,
            on_reset=on_reset,
            troubles=troubles,
            without_scopes=without_scopes,
        )
        self._host, self._port = host, port
        self.on_time, self.next_occasion, self.next_due, self.feed = on_time, next_occasion, next_due, feed or Feed()
        self._runner: web.AppRunner | None = None
        self._page = Page(self)
        self._api.connect = lambda: f"{self.url.replace('http', 'ws', 1)}/link/?ticket={self.link.ticket()}"
        self.link.on_change = self.workspace.changed

    @property
    def api_url(self) -> str:
        """The value of SLACK_API_URL."""
        return f"{self.url}/api/"

    @property
    def request_url(self) -> str | None:
        """Where deliveries go as signed HTTP requests; None means over Socket Mode."""
        return self.deliveries.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        if url is not None and urlsplit(url).hostname not in _LOOPBACK:
            raise ValueError("the sandbox delivers to loopback only")
        self.deliveries.request_url = url

    async def start(self) -> Self:
        """Open the port; `url` is known afterwards."""
        app = web.Application(middlewares=[self._guard], client_max_size=2 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_get("/link/", self.link.handle)
        app.router.add_route("*", f"{API}/{{rest:.*}}", self.github.door.handle)
        app.router.add_post("/commands/{ticket}", self._responses.handle)
        app.router.add_post("/actions/{ticket}", self._responses.handle)
        app.router.add_post(f"{UPLOAD}/{{ticket}}", self._uploads.handle)
        app.router.add_get("/files-pri/{file}", self._uploads.show)
        self._page.register(app)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{port}"
        self._api.url = self._payloads.url = self.url
        self.github.listen_at(self.url)
        return self

    async def stop(self) -> None:
        """Close the port and everything open."""
        await self._troubles.end()
        self.faults.release()
        for task in list(self._events):
            task.cancel()
        self._page.close()
        await self.link.close()
        await self.deliveries.close()
        await self.github.webhooks.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def connected(self, within: float = 5.0) -> bool:
        """Wait for a bot to connect over Socket Mode."""
        return await self.link.connected(within)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Let nobody in but this machine: Host must be ours, and a page of another origin may not call."""
        origin = request.headers.get("Origin")
        if not _HOST.fullmatch(request.host):
            return web.Response(status=421, text="this sandbox answers on loopback only")
        if origin is not None and origin != f"http://{request.host}":
            return web.Response(status=403, text="calls from other pages are refused")
        answer: web.StreamResponse = await handler(request)
        return answer
