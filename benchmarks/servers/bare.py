"""Bolt for Python as it comes: `ack("hi")` over HTTP on its own aiohttp server, or over Socket Mode."""

import argparse
import asyncio
import os
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.servers.serving import until_told
from benchmarks.signing import PATH, SECRET, TEAM


async def _authorize(**_context: Any) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id=TEAM, bot_token="xoxb-bench", bot_id="B0BENCH", bot_user_id="U0BOT"
    )


async def _hi(ack: Any) -> None:
    await ack("hi")


def bolt(listeners: int, stock: bool, client: AsyncWebClient | None = None) -> AsyncApp:
    """`/brief` is registered last of `listeners`, where a new command usually ends up. `stock` keeps Bolt's default."""
    app = AsyncApp(signing_secret=SECRET, authorize=_authorize, process_before_response=not stock, client=client)
    for number in range(listeners - 1):
        app.command(f"/padding-{number}")(_hi)
    app.command("/brief")(_hi)
    return app


async def over_http(listeners: int, stock: bool) -> None:
    runner = web.AppRunner(bolt(listeners, stock).web_app(PATH), access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await until_told(port=runner.addresses[0][1], listeners=listeners)
    await runner.cleanup()


async def over_socket(listeners: int, stock: bool) -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=os.environ["SLACK_API_URL"], session=session)
        handler = AsyncSocketModeHandler(bolt(listeners, stock, client), os.environ["SLACK_APP_TOKEN"])
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await until_told(listeners=listeners)
        await handler.close_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--listeners", type=int, default=1)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--socket", action="store_true")
    chosen = parser.parse_args()
    serve = over_socket if chosen.socket else over_http
    asyncio.run(serve(chosen.listeners, chosen.stock))
