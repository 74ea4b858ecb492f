"""Faults on demand, before and after the work is done."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox import NotPossibleError

from .conftest import bench, caller, refused
from .test_github import REPO, github


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


@pytest.mark.parametrize("after_doing", [False, True])
async def test_github_fails_before_or_after_creating(after_doing: bool) -> None:
    async with github() as (slack, call):
        slack.faults.add("github:create_issue", "http_500", after_doing=after_doing)
        assert (await call("POST", f"{REPO}/issues", {"title": "x"})).status == 500
        slack.faults.add("github:*", "cut", after_doing=after_doing)
        with pytest.raises(aiohttp.ClientError):
            await call("POST", f"{REPO}/issues", {"title": "y"})
        assert [one.title for one in slack.github.issues[2:]] == (["x", "y"] if after_doing else [])
        assert (await call("GET", f"{REPO}/issues")).status == 200


async def test_github_limits_say_how_long_or_nothing() -> None:
    async with github() as (slack, call):
        slack.faults.add("github:list_issues", "ratelimited", retry_after=7)
        slack.faults.add("github:list_issues", "ratelimited", status=403, retry_after=None)
        slack.faults.add("github:list_issues", "quota", retry_after=60)
        first, second, third = [await call("GET", f"{REPO}/issues") for _ in range(3)]
        assert (first.status, first.headers["Retry-After"]) == (429, "7")
        assert (second.status, "Retry-After" in second.headers) == (403, False)
        assert "secondary rate limit" in second.body["message"]
        reset = int(slack.clock.now().timestamp()) + 60
        assert (third.status, third.headers["X-RateLimit-Remaining"]) == (403, "0")
        assert third.headers["X-RateLimit-Reset"] == str(reset)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
async def test_github_refuses(status: int) -> None:
    async with github() as (slack, call):
        slack.faults.add("github:create_issue", "error", error=status)
        said = await call("POST", f"{REPO}/issues", {"title": "x"})
        assert (said.status, said.body["status"]) == (status, str(status))
        assert len(slack.github.issues) == 2


async def test_a_hang_ends_when_the_client_gives_up() -> None:
    async with bench() as slack, aiohttp.ClientSession() as web:
        slack.faults.add("github:create_issue", "hang", after_doing=True)
        headers, deadline = {"Authorization": f"Bearer {slack.github.token}"}, aiohttp.ClientTimeout(total=0.05)
        with pytest.raises(TimeoutError):
            await web.post(
                f"{slack.github.api_url}{REPO}/issues", json={"title": "x"}, headers=headers, timeout=deadline
            )
        async with asyncio.timeout(5):
            await slack.traffic.idle()
        assert slack.github.issue(3).title == "x"


async def test_faults_of_slack_and_github_are_told_apart() -> None:
    async with github() as (slack, call), caller(slack) as client:
        fault = slack.faults.add("*", "error", error="fatal_error")
        assert (await call("GET", REPO)).status == 200
        assert slack.faults.armed == (fault,)
        assert (await refused(client.auth_test()))["error"] == "fatal_error"
        assert slack.faults.armed == ()
        for method, kind, more in (
            ("github:create_isue", "cut", {}),
            ("github:create_issue", "error", {"error": "nope"}),
            ("chat.postMessage", "quota", {}),
            ("chat.postMessage", "ratelimited", {"retry_after": None}),
        ):
            with pytest.raises(ValueError, match="GitHub"):
                slack.faults.add(method, kind, **more)


async def test_trouble_by_the_press_of_a_button() -> None:
    locked: list[str] = []

    async def lock() -> None:
        locked.append("yes")

    async with github(troubles={"Database locked": lock}) as (slack, call):
        assert slack.troubles[-1] == "Database locked"
        await slack.trouble("Database locked")
        assert locked == ["yes"]
        await slack.trouble("GitHub answers 500 after creating")
        assert [str(one) for one in slack.faults.armed] == ["github:create_issue: http_500 after the work, 1 ×"]
        assert (await call("POST", f"{REPO}/issues", {"title": "x"})).status == 500
        assert len(slack.github.issues) == 3
        with pytest.raises(NotPossibleError, match="Earthquake"):
            await slack.trouble("Earthquake")
