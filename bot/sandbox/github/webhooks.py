"""Webhooks: signed POSTs, one after the other in the order of what happened.

Source: docs.github.com, "Webhook events and payloads", "Validating webhook deliveries" (10 seconds to answer, nothing
is sent again by itself, a redelivery keeps its X-GitHub-Delivery).
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import secrets
import time
import uuid
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.sandbox.github.issues import Change
from bot.sandbox.github.wire import Json, Wire
from bot.sandbox.transcript import Transcript

__all__ = ["Delivery", "Webhooks"]

SECONDS = 10.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook; `status` is what the bot answered, None when it did not (yet), `problem` says why not."""

    id: str
    event: str
    action: str
    body: bytes
    status: int | None = None
    problem: str = ""
    ms: float = 0.0

    @property
    def payload(self) -> Json:
        """Return the body as JSON."""
        read: Json = orjson.loads(self.body)
        return read


class Webhooks:
    """Sends what happens to `url`; nothing while that is None."""

    def __init__(self, wire: Wire, transcript: Transcript, keep: int = 500) -> None:
        self._wire, self._transcript = wire, transcript
        self._url: str | None = None
        self.secret = secrets.token_hex(16)
        self.sent: deque[Delivery] = deque(maxlen=keep)
        self._queue: deque[Delivery] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str | None:
        """Where webhooks go."""
        return self._url

    @url.setter
    def url(self, url: str | None) -> None:
        if url is not None and urlsplit(url).hostname not in _LOOPBACK:
            raise ValueError("the sandbox delivers to loopback only")
        self._url = url

    def tell(self, change: Change) -> None:
        """Queue what happened."""
        wire = self._wire
        payload: Json = {"action": change.action, "issue": wire.issue(change.issue)}
        if change.comment is not None:
            payload["comment"] = wire.comment(change.issue, change.comment)
        if change.label is not None:
            payload["label"] = wire.label(change.label)
        if change.before:
            payload["changes"] = {name: {"from": value} for name, value in change.before.items()}
        self.put(change.event, change.action, payload, change.actor)

    def put(self, event: str, action: str, payload: Json, actor: str) -> None:
        """Queue a webhook, with the repository and its sender; dropped while there is no address."""
        if self._url is None:
            return
        whole = {**payload, "repository": self._wire.repository(), "sender": self._wire.account(actor)}
        whole["organization"] = self._wire.account(str(whole["repository"]["owner"]["login"]))
        self._enqueue(Delivery(str(uuid.uuid4()), event, action, orjson.dumps(whole)))

    def again(self, delivery: Delivery) -> None:
        """Queue a delivery once more under its old id."""
        self._enqueue(dataclasses.replace(delivery, status=None, problem="", ms=0.0))

    @property
    def is_idle(self) -> bool:
        """Say whether everything was answered."""
        return self._sending is None or self._sending.done()

    async def idle(self) -> None:
        """Wait until everything was answered."""
        while self._sending is not None and not self._sending.done():
            await asyncio.wait({self._sending})

    def clear(self) -> None:
        """Forget what was sent and what waits."""
        self.sent.clear()
        self._queue.clear()

    async def close(self) -> None:
        """End what runs."""
        self._queue.clear()
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait({self._sending})
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _enqueue(self, delivery: Delivery) -> None:
        self._queue.append(delivery)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send_all())

    async def _send_all(self) -> None:
        while self._queue:
            self.sent.append(await self._send(self._queue.popleft()))

    async def _send(self, delivery: Delivery) -> Delivery:
        name = f"{delivery.event}.{delivery.action}" if delivery.action else delivery.event
        self._transcript.add("to bot", "webhook", name, detail={"delivery": delivery.id, **delivery.payload})
        began = time.perf_counter()
        status, problem = await self._post(delivery)
        ms = (time.perf_counter() - began) * 1000
        problem = problem or ("" if 200 <= (status or 0) < 300 else f"answered {status}")
        self._transcript.add("from bot", "webhook", name, ok=not problem, ms=ms, note=problem)
        return dataclasses.replace(delivery, status=status, problem=problem, ms=ms)

    async def _post(self, delivery: Delivery) -> tuple[int | None, str]:
        if self._url is None:
            return None, "no address"
        if self._session is None:
            self._session = aiohttp.ClientSession()
        deadline = aiohttp.ClientTimeout(total=SECONDS)
        headers = self.headers(delivery)
        try:
            async with self._session.post(self._url, data=delivery.body, headers=headers, timeout=deadline) as response:
                return response.status, ""
        except TimeoutError:
            return None, "no answer in 10 seconds"
        except aiohttp.ClientError:
            return None, "no connection"

    def headers(self, delivery: Delivery) -> dict[str, str]:
        """Return a delivery's headers with its signature."""
        digest = hmac.new(self.secret.encode(), delivery.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/sandbox",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.id,
            "X-GitHub-Hook-ID": "1",
            "X-Hub-Signature-256": f"sha256={digest}",
        }
