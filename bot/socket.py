"""Socket Mode: slack_sdk keeps the connection, we answer envelopes and drain them on stop."""

import asyncio
from typing import Any

import orjson
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack import dispatch

log = structlog.get_logger()


class Socket:
    """A connection to Slack that delivers what HTTP mode would."""

    def __init__(self, app: AsyncApp, token: str) -> None:
        self._app = app
        self._token = token
        self._client: SocketModeClient | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def connect(self) -> None:
        """Raises SlackApiError for a bad token: the client itself would try for ever."""
        self._client = SocketModeClient(app_token=self._token, web_client=self._app.client, ping_interval=10)
        await self._app.client.apps_connections_open(app_token=self._token)
        self._client.socket_mode_request_listeners.append(self._handle)
        await self._client.connect()  # type: ignore[no-untyped-call]

    async def is_alive(self) -> bool:
        """Whether a connection is open now."""
        return self._client is not None and await self._client.is_connected()

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._stopping:
            return  # not acknowledged, so Slack gives it to another connection
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            answer = await dispatch(self._app, request.payload)
            if answer.status == 200:
                await client.send_message(_envelope(request.envelope_id, answer.body))
        finally:
            self._running.discard(task)

    async def stop(self, seconds: float) -> None:
        """Takes nothing new, waits for what runs, closes."""
        self._stopping = True
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]


def _envelope(envelope: str, body: str) -> str:
    start = orjson.dumps({"envelope_id": envelope}).decode()
    return start if not body else f'{start[:-1]},"payload":{body}}}'
