"""Faults on demand, before and after the work is done."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from .conftest import bench, caller, refused


async def test_a_rate_limit_tells_how_long_to_wait() -> None:
    async with bench() as slack, caller(slack) as client:
        slack.faults.add("chat.postMessage", "ratelimited", times=2, retry_after=7, channel="C0CSTEAM")
        for _ in range(2):
            with pytest.raises(SlackApiError) as caught:
                await client.chat_postMessage(channel="C0CSTEAM", text="x")
            assert caught.value.response.status_code == 429
            assert caught.value.response.headers["Retry-After"] == "7"
        await client.chat_postMessage(channel="C0CSTEAM", text="x")


@pytest.mark.parametrize("after_doing", [False, True])
async def test_a_cut_connection_leaves_open_whether_it_was_done(after_doing: bool) -> None:
    async with bench() as slack, caller(slack) as client:
        before = len(slack.messages("#cs-team", "maya"))
        slack.faults.add("chat.postMessage", "cut", after_doing=after_doing)
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel="C0CSTEAM", text="x")
        assert len(slack.messages("#cs-team", "maya")) - before == int(after_doing)


async def test_server_errors_and_chosen_errors() -> None:
    async with bench() as slack, caller(slack) as client:
        slack.faults.add("*", "error", error="token_revoked")
        assert (await refused(client.auth_test()))["error"] == "token_revoked"
        slack.faults.add("auth.test", "http_500")
        with pytest.raises(Exception, match="500"):
            await client.auth_test()
        with pytest.raises(ValueError, match="no such kind"):
            slack.faults.add("auth.test", "earthquake")


async def test_a_hanging_call_ends_when_released() -> None:
    async with bench() as slack, caller(slack) as client:
        slack.faults.add("auth.test", "hang")
        call = asyncio.create_task(client.auth_test())
        while not slack.traffic.running:
            await slack.traffic.moved()
        slack.faults.release()
        with pytest.raises(aiohttp.ClientError):
            await call


async def test_the_sandbox_stops_while_a_call_hangs() -> None:
    async with bench() as slack, caller(slack) as client:
        slack.faults.add("auth.test", "hang")
        call = asyncio.create_task(client.auth_test())
        await slack.traffic.moved(1)
        await slack.stop()
        with pytest.raises(aiohttp.ClientError):
            await call
