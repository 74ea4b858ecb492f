"""From Slack to the bot: envelopes over Socket Mode or signed HTTP requests, and what came back.

Sources: docs.slack.dev, "Using Socket Mode", "Verifying requests from Slack" (v0 signature), "Events API" (retries:
at once, after a minute, after five; headers X-Slack-Retry-Num and X-Slack-Retry-Reason).
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson

from bot.sandbox.clock import Clock
from bot.sandbox.link import Link
from bot.sandbox.transcript import Transcript
from bot.sandbox.workspace import Json

__all__ = ["Answer", "Deliveries", "Envelope"]

RETRY_AFTER = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something to deliver; `kind` is slash_commands, interactive or events_api. Sending it again is a duplicate."""

    kind: str
    name: str
    payload: Json
    wants_payload: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    retry: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot said: `problem` is empty, `operation_timeout`, `http_error` or `dispatch_failed`."""

    problem: str
    body: Any = None
    status: int = 200
    ms: float = 0.0

    @property
    def ok(self) -> bool:
        """Say whether it was acknowledged in time."""
        return not self.problem


class Deliveries:
    """Delivers, waits for the ack, keeps the events that must be tried again."""

    def __init__(
        self, clock: Clock, link: Link, transcript: Transcript, signing_secret: str, ack_seconds: float
    ) -> None:
        self._clock, self._link, self._transcript = clock, link, transcript
        self._secret, self.ack_seconds = signing_secret, ack_seconds
        self._session: aiohttp.ClientSession | None = None
        self.request_url: str | None = None
        self.last: Envelope | None = None
        self.waiting: list[tuple[datetime, Envelope]] = []

    async def deliver(self, envelope: Envelope) -> Answer:
        """Send an envelope by the configured road and return the answer; never raises for what the bot does."""
        self.last = envelope
        note = f"retry {envelope.retry}" if envelope.retry else ""
        self._transcript.add("to bot", envelope.kind, envelope.name, note=note, detail=envelope.payload)
        began = time.perf_counter()
        answer = await (self._post(envelope) if self.request_url else self._push(envelope))
        ms = (time.perf_counter() - began) * 1000
        body = answer.body if isinstance(answer.body, dict) else {"body": answer.body} if answer.body else {}
        self._transcript.add("from bot", "ack", envelope.name, ok=answer.ok, ms=ms, note=answer.problem, detail=body)
        if envelope.kind == "events_api" and not answer.ok:
            await self._try_again(envelope, answer)
        return Answer(answer.problem, answer.body, answer.status, ms)

    async def due(self) -> None:
        """Deliver the events whose next try is due by now."""
        now = self._clock.now()
        ready = sorted((one for one in self.waiting if one[0] <= now), key=lambda one: one[0])
        self.waiting = [one for one in self.waiting if one[0] > now]
        for _, envelope in ready:
            await self.deliver(envelope)

    async def verify(self) -> bool:
        """Send a url_verification request, as when a request URL is saved; True when the challenge came back."""
        challenge = uuid.uuid4().hex
        payload = {"type": "url_verification", "token": "sandbox-verification", "challenge": challenge}
        answer = await self.deliver(Envelope("events_api", "url_verification", payload, retry=len(RETRY_AFTER)))
        body = answer.body
        return answer.ok and (body == challenge or (isinstance(body, dict) and body.get("challenge") == challenge))

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _try_again(self, envelope: Envelope, answer: Answer) -> None:
        if envelope.retry >= len(RETRY_AFTER):
            return
        reason = "http_timeout" if answer.problem == "operation_timeout" else "http_error"
        again = Envelope(
            envelope.kind,
            envelope.name,
            envelope.payload,
            envelope.wants_payload,
            envelope.id,
            envelope.retry + 1,
            reason,
        )
        wait = RETRY_AFTER[envelope.retry]
        if wait:
            self.waiting.append((self._clock.now() + wait, again))
        else:
            await self.deliver(again)

    async def _push(self, envelope: Envelope) -> Answer:
        wire: Json = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "accepts_response_payload": envelope.wants_payload,
            "payload": envelope.payload,
        }
        if envelope.kind == "events_api":
            wire |= {"retry_attempt": envelope.retry, "retry_reason": envelope.reason}
        try:
            return Answer("", await self._link.send(wire, self.ack_seconds))
        except TimeoutError:
            return Answer("operation_timeout")
        except (ConnectionError, aiohttp.ClientError):
            return Answer("dispatch_failed")

    async def _post(self, envelope: Envelope) -> Answer:
        assert self.request_url is not None
        if envelope.kind == "events_api":
            body, kind = orjson.dumps(envelope.payload), "application/json"
        elif envelope.kind == "slash_commands":
            body, kind = urlencode(envelope.payload).encode(), "application/x-www-form-urlencoded"
        else:
            body = urlencode({"payload": orjson.dumps(envelope.payload).decode()}).encode()
            kind = "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **self.signed(body)}
        if envelope.retry and envelope.reason:
            headers |= {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": envelope.reason}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        deadline = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(self.request_url, data=body, headers=headers, timeout=deadline) as response:
                text = await response.text()
                status, is_json = response.status, response.content_type == "application/json"
        except TimeoutError:
            return Answer("operation_timeout")
        except aiohttp.ClientError:
            return Answer("dispatch_failed")
        if status != 200:
            return Answer("http_error", text, status)
        try:
            return Answer("", orjson.loads(text) if is_json and text else text, status)
        except orjson.JSONDecodeError:
            return Answer("http_error", text, status)

    def signed(self, body: bytes, at: datetime | None = None) -> dict[str, str]:
        """Return the two headers that prove a request comes from this workspace."""
        stamp = str(int((at or self._clock.now()).timestamp()))
        digest = hmac.new(self._secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (sandbox)",
        }
