"""The HTTP server: Slack's events behind the gate, and what operators ask (`/healthz`, `/readyz`, `/metrics`)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from time import perf_counter
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from slack_bolt.response import BoltResponse

from bot import gate
from bot.github import webhook
from bot.slack import dispatch
from customers.errors import StorageProblem
from storage.database import SCHEMA

DRAIN = 10.0  # seconds that what runs may take after SIGTERM
SLOW_BODY = 5.0  # seconds for a body to arrive

log = structlog.get_logger()


class Metrics:
    """Counts and times, never names or texts. One registry per bot, so that two bots in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "dossier_requests", "Payloads from Slack by outcome", ["outcome"], registry=self.registry
        )
        self.seconds = Histogram(
            "dossier_answer_seconds",
            "Time to acknowledge",
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
        )
        self.customers = Gauge("dossier_customers", "Customers in the name index", registry=self.registry)
        self.imports = Counter("dossier_imports", "Document imports by outcome", ["outcome"], registry=self.registry)
        self.outbox = Gauge("dossier_outbox", "Outbox rows by state", ["state"], registry=self.registry)
        self.outbox_oldest = Gauge(
            "dossier_outbox_oldest_seconds", "Age of the oldest row that is due", registry=self.registry
        )
        self._accepted = self.requests.labels("accepted")

    async def timed(self, answering: Awaitable[BoltResponse]) -> BoltResponse:
        """Counts a payload, of either transport, and the time until it is answered."""
        began = perf_counter()
        answer = await answering
        self._accepted.inc()
        self.seconds.observe(perf_counter() - began)
        return answer


Ready = Callable[[], Awaitable[dict[str, str]]]
Hear = Callable[[Mapping[str, str], bytes, datetime], Awaitable[None]]


class Web:
    """Started on every run; `/slack/events` answers only when there is a signing secret."""

    def __init__(
        self,
        app: Any,
        secret: bytes | None,
        clock: Callable[[], datetime],
        metrics: Metrics,
        ready: Ready,
        github: Hear | None = None,
    ) -> None:
        self._app = app
        self._secret = secret
        self._github = github
        self._clock = clock
        self._metrics = metrics
        self._ready = ready
        self._runner: web.ServerRunner | None = None
        self._routes: dict[tuple[str, str], Callable[[web.BaseRequest], Awaitable[web.Response]]] = {}
        self.waiting = 0  # seconds that the oldest row of the outbox has been due: told, and no reason to be taken out
        self.stopping = False
        self.answering = False  # until we know who we are, nobody can be authorized

    async def start(self, host: str, port: int) -> int:
        """Listens; returns the port, which matters for port 0."""
        self._routes = {
            ("GET", "/healthz"): self._healthz,
            ("GET", "/readyz"): self._readyz,
            ("GET", "/metrics"): self._metrics_page,
        }
        if self._secret is not None:
            self._routes["POST", "/slack/events"] = self._events
        if self._github is not None:
            self._routes["POST", "/github/webhooks"] = self._webhooks
        server = web.Server(self._handle, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=DRAIN, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """No new requests, then those that run are waited for."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        route = self._routes.get((request.method, request.path))
        return await route(request) if route else web.Response(status=404)

    async def _events(self, request: web.BaseRequest) -> web.Response:
        if not self.answering:
            return self._refused(503, "not ready yet")
        try:
            payload = gate.admit(request.headers, await _body(request), self._secret or b"", self._clock())
        except gate.Refused as refusal:
            return self._refused(refusal.status, refusal.why)
        except web.HTTPRequestEntityTooLarge:
            return self._refused(413, "too large")
        except TimeoutError:
            return self._refused(408, "slow body")
        except (ConnectionError, web.HTTPException, web.RequestPayloadError):
            return self._refused(400, "unreadable")
        answer = await self._metrics.timed(dispatch(self._app, payload))
        kind = answer.headers.get("content-type", ("text/plain",))[0]
        return web.Response(status=answer.status, body=answer.body.encode(), headers={"Content-Type": kind})

    async def _webhooks(self, request: web.BaseRequest) -> web.Response:
        """GitHub does not repeat a delivery by itself, but asking it what changed finds what was lost."""
        try:
            assert self._github is not None
            body = await _body(request, webhook.LARGEST)
            await self._github(request.headers, body, self._clock())
        except gate.Refused as refusal:
            return self._refused(refusal.status, refusal.why)
        except web.HTTPRequestEntityTooLarge:
            return self._refused(413, "too large")
        except TimeoutError:
            return self._refused(408, "slow body")
        except (ConnectionError, web.HTTPException, web.RequestPayloadError):
            return self._refused(400, "unreadable")
        except StorageProblem as problem:
            return self._refused(503, type(problem).__name__)
        return web.Response(status=204)

    def _refused(self, status: int, why: str) -> web.Response:
        self._metrics.requests.labels("refused").inc()
        log.warning("request_refused", status=status, why=why)
        return web.Response(status=status, body=b"")

    async def _healthz(self, _request: web.BaseRequest) -> web.Response:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(0)
        return web.json_response({"ok": True, "loop_lag_ms": round((loop.time() - began) * 1000, 2)})

    async def _readyz(self, _request: web.BaseRequest) -> web.Response:
        problems = {"stopping": "draining"} if self.stopping else await self._ready()
        told = {"ready": not problems, "schema": SCHEMA, "outbox_oldest_seconds": self.waiting, "problems": problems}
        return web.json_response(told, status=503 if problems else 200)

    async def _metrics_page(self, _request: web.BaseRequest) -> web.Response:
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _body(request: web.BaseRequest, largest: int = gate.LARGEST) -> bytes:
    """The whole body; raises Refused as soon as it is too large, TimeoutError when it dawdles."""
    if (request.content_length or 0) > largest:
        raise gate.Refused(413, "too large")
    if "Content-Encoding" in request.headers:  # Slack sends none, and a small body could unpack to a large one
        raise gate.Refused(400, "encoded")
    if request.content.is_eof():
        return await request.read()
    async with asyncio.timeout(SLOW_BODY):
        return await request.read()
