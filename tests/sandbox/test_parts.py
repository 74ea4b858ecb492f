"""Small parts: clock, manifest, seed, transcript, the tokens and the door."""

from __future__ import annotations

import ast
import asyncio
import copy
import inspect
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import HARBOUR, Clock, GitHub, ManifestError, Sandbox
from bot.sandbox.facts import METHODS
from bot.sandbox.github.routes import ROUTES
from bot.sandbox.manifest import read_manifest

from .conftest import MANIFEST, bench

START = datetime(2026, 11, 16, 8, tzinfo=UTC)


def test_a_clock_runs_or_stands_still_and_can_be_moved() -> None:
    running, frozen = Clock(START), Clock(START, frozen=True)
    assert START <= running.now() < START + timedelta(seconds=5)
    assert frozen.now() == START
    frozen.move(timedelta(days=-1))
    assert frozen.now() == START - timedelta(days=1)
    assert frozen.reset() == START
    with pytest.raises(ValueError, match="aware"):
        Clock(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("display_information", "name"), "x" * 36, "1 to 35"),
        (("features", "slash_commands"), [{"command": "brief"}], "starts with /"),
        (("features", "slash_commands"), [{"command": "/a"}] * 2, "twice"),
        (("oauth_config", "scopes", "bot"), ["chat:write"], "need the scope commands"),
        (("settings", "event_subscriptions", "bot_events"), ["message.groups"], "groups:history"),
        (("features", "shortcuts"), [{"name": "x" * 25, "type": "global", "callback_id": "a"}], "1 to 24"),
    ],
)
def test_a_manifest_slack_would_refuse_is_refused(path: tuple[str, ...], value: Any, problem: str) -> None:
    manifest = copy.deepcopy(MANIFEST)
    part = manifest
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(ManifestError, match=problem):
        read_manifest(manifest)


def test_an_empty_manifest_says_so(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("", "utf-8")
    with pytest.raises(ManifestError, match="no manifest"):
        read_manifest(path)


def test_the_seed_holds_together() -> None:
    people, channels = {one.id for one in HARBOUR.people}, {one.id: one for one in HARBOUR.channels}
    assert all(one.members <= people for one in HARBOUR.channels)
    for post in HARBOUR.posts:
        assert post.person in channels[post.channel].members
        assert post.at < HARBOUR.starts_at
        assert post.reply_to is None or HARBOUR.posts[post.reply_to].channel == post.channel
    assert all(one.email is None or one.email.endswith(".example") for one in HARBOUR.people)


def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(MANIFEST, host="0.0.0.0")
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(MANIFEST).request_url = "https://hooks.example/slack"


async def test_it_starts_fast_and_its_tokens_look_like_what_they_are() -> None:
    began = time.perf_counter()
    async with Sandbox(MANIFEST) as slack:
        assert time.perf_counter() - began < 0.5
        assert slack.bot_token.startswith("xoxb-sandbox-")
        assert slack.app_token.startswith("xapp-sandbox-")
        assert slack.api_url == f"{slack.url}/api/"


async def test_the_transcript_shows_traffic_without_secrets() -> None:
    async with bench(lambda app: None, ack_seconds=0.05) as slack:
        await slack.command("maya", "#cs-team", "/echo")
        text = slack.render_transcript()
        assert "apps.connections.open" in text
        assert "slash_commands /echo" in text
        everything = text + str([one.detail for one in slack.transcript])
        assert slack.bot_token not in everything
        assert "sandbox-verification" not in everything


def test_the_sandbox_never_knows_the_bot() -> None:
    allowed = {"aiohttp", "jinja2", "markupsafe", "yaml", "orjson", "bot"} | sys.stdlib_module_names
    folder = Path(__file__).parents[2] / "bot" / "sandbox"
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{path.name} imports {name}"
                assert not name.startswith("bot") or name.startswith("bot.sandbox"), f"{path.name} imports {name}"


def test_methods_and_verbs_are_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
    verbs = [
        name
        for name, one in inspect.getmembers(Sandbox, inspect.iscoroutinefunction)
        if not name.startswith("_") and name not in ("start", "stop")
    ]
    on_github = [
        name for name, _ in inspect.getmembers(GitHub, inspect.iscoroutinefunction) if not name.startswith("_")
    ]
    assert [one for one in METHODS if f"`{one}`" not in text] == []
    assert [one.name for one in ROUTES if f"`{one.name}`" not in text] == []
    assert [one for one in on_github if not re.search(rf"\b{one}\(", text)] == []
    assert [one for one in verbs if not re.search(rf"\b{one}\b", text)] == []
    assert [one.id for one in HARBOUR.people if one.id not in text] == []
    assert [one.id for one in HARBOUR.channels if one.id not in text] == []


async def test_two_people_at_once_see_each_their_own() -> None:
    def app(bot: AsyncApp) -> None:
        @bot.command("/echo")
        async def echo(ack: Any, command: dict[str, str]) -> None:
            await ack(f"hello {command['user_name']}")

    async with bench(app) as slack:
        people = ("maya", "jonas", "iris")
        seen = await asyncio.gather(*(slack.command(one, "#cs-team", "/echo") for one in people))
        assert [one.text for one in seen] == [f"hello {one}" for one in people]


async def test_a_bot_that_never_settles_does_not_hold_a_verb_for_ever() -> None:
    async with bench(settle=asyncio.Event().wait, settle_seconds=0.02) as slack:
        await slack.say("maya", "#cs-team", "hello")
        assert "did not become quiet" in slack.render_transcript()
