"""Slash commands: what reaches the app, what the person sees, on both roads."""

from __future__ import annotations

import asyncio
import copy
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import NotPossibleError

from .conftest import MANIFEST, bench, button, section


def echo(app: AsyncApp) -> None:
    @app.command("/echo")
    async def listener(ack: Any, command: dict[str, str]) -> None:
        await ack(text="said", blocks=[section(f"You said {command['text']}")])

    @app.command("/raw")
    async def raw(ack: Any, command: dict[str, str]) -> None:
        await ack(command["text"])


@pytest.mark.parametrize("road", ["socket", "http"])
async def test_a_command_is_answered_in_the_ack_for_its_reader_alone(road: str) -> None:
    async with bench(echo, road=road) as slack:
        seen = await slack.command("maya", "#cs-team", "/echo hello")
        assert seen.text == "You said hello"
        assert seen.is_private
        assert seen.message not in slack.messages("#cs-team", "jonas")


async def test_escaping_follows_the_manifest() -> None:
    async with bench(echo) as slack:
        seen = await slack.command("maya", "#cs-team", "/echo @jonas #general <b> & https://a.example/?x=1&y=2.")
        assert "<@U0JONAS|jonas> <#C0GENERAL|general> &lt;b&gt; &amp; <https://a.example/?x=1&amp;y=2>." in seen
        assert (await slack.command("maya", "#cs-team", "/raw @jonas <b>")).text == "@jonas <b>"


@pytest.mark.parametrize(
    ("channel", "name"), [("#cs-team", "cs-team"), ("#kestrel", "privategroup"), ("dm", "directmessage")]
)
async def test_the_payload_names_the_channel_as_slack_does(channel: str, name: str) -> None:
    async with bench(echo) as slack:
        await slack.command("maya", channel, "/echo")
        sent = slack.deliveries.last
        assert sent is not None
        assert sent.payload["channel_name"] == name
        assert {"enterprise_id", "enterprise_name"}.isdisjoint(sent.payload)
        assert sent.payload["is_enterprise_install"] == "false"


async def test_what_is_not_declared_does_not_work() -> None:
    async with bench(echo) as slack:
        seen = await slack.command("maya", "#cs-team", "/nope")
        assert seen.errors == ("/nope is not a valid command.",)
        assert not [one for one in slack.transcript if one.direction == "to bot"]


async def test_outsiders_cannot_run_commands() -> None:
    async with bench(echo) as slack:
        seen = await slack.command("olga", "#shared-brightwater", "/echo")
        assert "belongs to another organisation" in seen.errors[0]
        assert slack.deliveries.last is None


@pytest.mark.parametrize(
    ("person", "channel", "why"),
    [
        ("gus", "#cs-team", "not in"),
        ("maya", "#launch-2024", "archived"),
        ("nobody", "#general", "nobody"),
        ("maya", "#x", "no channel"),
    ],
)
async def test_a_person_can_type_only_where_slack_lets_them(person: str, channel: str, why: str) -> None:
    async with bench() as slack:
        with pytest.raises(NotPossibleError, match=why):
            await slack.command(person, channel, "/echo")


async def test_guests_can_run_commands_in_their_channels() -> None:
    async with bench(echo) as slack:
        assert "hi" in await slack.command("gus", "#general", "/echo hi")


async def test_no_ack_in_time_is_an_operation_timeout_and_a_late_ack_is_noted() -> None:
    late = asyncio.Event()

    def slow(app: AsyncApp) -> None:
        @app.command("/echo")
        async def listener(ack: Any) -> None:
            await late.wait()
            await ack("too late")

    async with bench(slow, ack_seconds=0.05) as slack:
        seen = await slack.command("maya", "#cs-team", "/echo")
        assert seen.errors == ('/echo failed with the error "operation_timeout"',)
        told = asyncio.Event()
        slack.transcript.listeners.append(told.set)
        late.set()
        await asyncio.wait_for(told.wait(), 2)
        assert "after the deadline" in slack.render_transcript()
        assert "too late" not in " ".join(one.text for one in slack.messages("#cs-team", "maya"))


async def test_without_a_bot_a_command_is_a_dispatch_failure() -> None:
    async with bench() as slack:
        seen = await slack.command("maya", "#cs-team", "/echo")
        assert seen.errors == ('/echo failed with the error "dispatch_failed"',)


async def test_an_unhandled_command_fails_over_http() -> None:
    async with bench(lambda app: None, road="http") as slack:
        seen = await slack.command("maya", "#cs-team", "/echo")
        assert "dispatch_failed" in seen
        assert "http_error" in slack.render_transcript()


async def test_an_ack_with_bad_blocks_shows_an_error_instead() -> None:
    def bad(app: AsyncApp) -> None:
        @app.command("/echo")
        async def listener(ack: Any) -> None:
            await ack(blocks=[section("x" * 3001)])

    async with bench(bad) as slack:
        seen = await slack.command("maya", "#cs-team", "/echo")
        assert seen.errors == ('/echo failed with the error "invalid_blocks"',)
        assert "json-pointer:/blocks/0/text/text" in slack.render_transcript()


async def test_response_urls_replace_delete_and_wear_out() -> None:
    kept: list[str] = []

    def app_with_url(app: AsyncApp) -> None:
        @app.command("/echo")
        async def listener(ack: Any, command: dict[str, str], respond: Any) -> None:
            await ack()
            kept.append(command["response_url"])
            await respond(text="for all", response_type="in_channel")

    async with bench(app_with_url) as slack, ClientSession() as web:
        seen = await slack.command("maya", "#cs-team", "/echo")
        assert not seen.is_private
        assert seen.message in slack.messages("#cs-team", "jonas")
        for _ in range(4):
            assert (await web.post(kept[0], json={"text": "more"})).status == 200
        answer = await web.post(kept[0], json={"text": "again"})
        assert (answer.status, (await answer.json())["error"]) == (404, "used_url")
        await slack.command("maya", "#cs-team", "/echo")
        slack.clock.move(timedelta(minutes=31))
        assert (await (await web.post(kept[1], json={"text": "late"})).json())["error"] == "expired_url"


async def test_response_url_bodies_are_checked() -> None:
    async with bench(echo) as slack, ClientSession() as web:
        await slack.command("maya", "#cs-team", "/echo")
        assert slack.deliveries.last is not None
        url = slack.deliveries.last.payload["response_url"]
        answer = await web.post(url, json={"blocks": [{"type": "actions", "elements": [button("x" * 76, "a")]}]})
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_blocks")
        assert (await (await web.post(url, data=b"no")).json())["error"] == "invalid_payload"
        assert (await (await web.post(url, json={})).json())["error"] == "no_text"


async def test_verbs_wait_for_what_settle_waits_for() -> None:
    posted: list[asyncio.Task[Any]] = []

    def later(app: AsyncApp) -> None:
        @app.command("/echo")
        async def listener(ack: Any, client: Any) -> None:
            posted.append(asyncio.create_task(client.chat_postMessage(channel="C0CSTEAM", text="from the outbox")))
            await ack()

    async def settle() -> None:
        await asyncio.gather(*posted)

    async with bench(later, settle=settle) as slack:
        assert "from the outbox" in await slack.command("maya", "#cs-team", "/echo")


async def test_a_read_only_messages_tab_takes_no_typing() -> None:
    manifest = copy.deepcopy(MANIFEST)
    manifest["features"]["app_home"]["messages_tab_read_only_enabled"] = True
    async with bench(manifest=manifest) as slack:
        with pytest.raises(NotPossibleError, match="read-only"):
            await slack.command("maya", "dm", "/echo")
