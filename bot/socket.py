"""Socket Mode: slack_sdk keeps the connection alive, we answer envelopes and drain them on stop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.slack import dispatch

log = structlog.get_logger()
Envelope = dict[str, Any]
Timed = Callable[[Awaitable[BoltResponse]], Awaitable[BoltResponse]]


class _Connection(SocketModeClient):
    """Gives envelopes straight to us; the rest (hello, disconnect) goes the client's own way through its queue."""

    def __init__(self, app: AsyncApp, token: str, heard: Callable[["_Connection", Envelope], None]) -> None:
        super().__init__(app_token=token, web_client=app.client, ping_interval=10)
        self._heard = heard

    async def enqueue_message(self, message: str) -> None:
        """Called by the client for every text that arrives."""
        try:
            envelope = orjson.loads(message)
        except orjson.JSONDecodeError:
            log.warning("payload_refused", kind="not JSON")
            return
        if isinstance(envelope, dict) and isinstance(envelope.get("payload"), dict) and "envelope_id" in envelope:
            self._heard(self, envelope)
        else:
            await super().enqueue_message(message)


class Socket:
    """A connection to Slack that delivers what HTTP mode would."""

    def __init__(self, app: AsyncApp, token: str, timed: Timed) -> None:
        self._app = app
        self._token = token
        self._timed = timed
        self._connection: _Connection | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def connect(self) -> None:
        """Raises SlackApiError for a bad token, for which the client would try for ever; may be called again."""
        await self._app.client.apps_connections_open(app_token=self._token)
        connection = _Connection(self._app, self._token, self._heard)
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            await connection.close()  # type: ignore[no-untyped-call]
            raise
        self._connection = connection

    async def is_alive(self) -> bool:
        """Whether a connection is open now."""
        return self._connection is not None and await self._connection.is_connected()

    def _heard(self, connection: _Connection, envelope: Envelope) -> None:
        if self._stopping:
            return  # not acknowledged, so Slack gives it to another connection
        task = asyncio.ensure_future(self._answer(connection, envelope))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, connection: _Connection, envelope: Envelope) -> None:
        answer = await self._timed(dispatch(self._app, envelope["payload"]))
        if answer.status != 200:
            return
        try:
            await connection.send_message(_acknowledged(envelope["envelope_id"], answer.body))
        except (ConnectionError, AttributeError) as problem:  # the connection went away meanwhile; Slack delivers again
            log.warning("answer_lost", why=type(problem).__name__)

    async def stop(self, seconds: float) -> None:
        """Takes nothing new, waits for what runs, closes."""
        self._stopping = True
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)
        if self._connection is not None:
            await self._connection.close()  # type: ignore[no-untyped-call]


def _acknowledged(envelope: str, body: str) -> str:
    start = orjson.dumps({"envelope_id": envelope}).decode()
    return start if not body else f'{start[:-1]},"payload":{body}}}'
