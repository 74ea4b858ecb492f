"""What people do on GitHub's tab, and the webhooks that tell the bot."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox import NotPossibleError, Sandbox

from .conftest import bench, served
from .test_github import REPO, Client, check, github


class Ear:
    """A bot that listens to webhooks and answers `status`; `react` is awaited before the answer."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Any] = []
        self.bodies: list[bytes] = []
        self.react: Any = None

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        told = json.loads(body)
        self.bodies.append(body)
        self.headers.append(request.headers)
        self.heard.append((f"{request.headers['X-GitHub-Event']}.{told.get('action', '')}", told))
        if self.react is not None:
            await self.react(told)
        return web.Response(status=self.status)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.heard]


@asynccontextmanager
async def listening(ear: Ear) -> AsyncIterator[tuple[Sandbox, Client]]:
    async with github() as (slack, call), served(ear.handle) as url:
        slack.github.webhook_url = url
        yield slack, call


async def test_people_change_issues_and_the_bot_hears_of_it() -> None:
    ear = Ear()
    async with listening(ear) as (slack, _):
        await slack.github.comment("iris", 2, "We start on Monday.")
        await slack.github.label("iris", 2, "Severity:High")
        await slack.github.unlabel("iris", 2, "enhancement")
        await slack.github.edit("iris", 2, title="Dark board")
        await slack.github.close("jonas", 2, "not_planned")
        await slack.github.reopen("jonas", 2)
        assert ear.names == [
            "issue_comment.created",
            "issues.labeled",
            "issues.unlabeled",
            "issues.edited",
            "issues.closed",
            "issues.reopened",
        ]
        comment, labeled, unlabeled, edited, closed, reopened = (told for _, told in ear.heard)
        check(comment["comment"], "issue-comment")
        check(comment["issue"], "issue")
        assert (comment["comment"]["body"], comment["sender"]["login"]) == ("We start on Monday.", "iris")
        assert (labeled["label"]["name"], unlabeled["label"]["name"]) == ("severity:high", "enhancement")
        assert edited["changes"] == {"title": {"from": "Dark colours for the dispatch board"}}
        assert (closed["issue"]["state"], closed["issue"]["state_reason"]) == ("closed", "not_planned")
        assert reopened["issue"]["state"] == "open"
        assert {told["repository"]["full_name"] for _, told in ear.heard} == {"harbour/product"}
        issue = slack.github.issue(2)
        assert (issue.title, issue.labels, issue.comments[-1].author) == ("Dark board", ("severity:high",), "iris")


async def test_webhooks_are_signed_and_told_apart() -> None:
    ear = Ear()
    async with listening(ear) as (slack, _):
        slack.github.webhook_secret = "a secret of ours"
        await slack.github.comment("iris", 2, "ü")
        await slack.github.comment("iris", 2, "again")
        digest = hmac.new(b"a secret of ours", ear.bodies[0], hashlib.sha256).hexdigest()
        assert ear.headers[0]["X-Hub-Signature-256"] == f"sha256={digest}"
        assert ear.headers[0]["X-GitHub-Delivery"] != ear.headers[1]["X-GitHub-Delivery"]


async def test_calls_of_the_bot_are_told_too_in_order() -> None:
    ear = Ear()
    async with listening(ear) as (slack, call):
        await call("POST", f"{REPO}/issues", {"title": "x", "labels": ["bug", "severity:low"]})
        await slack.quiet()
        assert ear.names == ["issues.opened", "issues.labeled", "issues.labeled"]
        assert [told["sender"]["login"] for _, told in ear.heard] == ["dossier-bot"] * 3
        assert [told["label"]["name"] for _, told in ear.heard[1:]] == ["bug", "severity:low"]


async def test_a_verb_waits_for_what_the_bot_does_about_it() -> None:
    ear = Ear()
    async with listening(ear) as (slack, call):

        async def answer(told: dict[str, Any]) -> None:
            if told["action"] == "closed":
                await call("POST", f"{REPO}/issues/2/comments", {"body": "Told the customer."})

        ear.react = answer
        await slack.github.close("iris", 2)
        assert slack.github.issue(2).comments[-1].body == "Told the customer."
        assert ear.names == ["issues.closed", "issue_comment.created"]


async def test_a_delivery_comes_again_under_its_old_id() -> None:
    ear = Ear(status=500)
    async with listening(ear) as (slack, _):
        await slack.github.close("iris", 2)
        [failed] = slack.github.deliveries
        assert (failed.event, failed.action, failed.status, failed.problem) == ("issues", "closed", 500, "answered 500")
        assert len(ear.heard) == 1
        ear.status = 202
        again = await slack.github.redeliver()
        assert (again.id, again.status) == (failed.id, 202)
        assert ear.bodies[0] == ear.bodies[1]
        assert ear.headers[0]["X-GitHub-Delivery"] == ear.headers[1]["X-GitHub-Delivery"]
        await slack.github.ping()
        assert ear.names[-1] == "ping."


async def test_nothing_is_sent_without_an_address() -> None:
    async with bench() as slack:
        await slack.github.close("iris", 2)
        assert slack.github.deliveries == ()
        with pytest.raises(NotPossibleError, match="no webhook"):
            await slack.github.redeliver()
        with pytest.raises(ValueError, match="loopback"):
            slack.github.webhook_url = "https://bot.example/hooks"


async def test_a_deaf_bot_holds_nobody_up() -> None:
    async with bench() as slack:
        slack.github.webhook_url = "http://127.0.0.1:9/"
        await slack.github.comment("iris", 2, "anybody?")
        assert slack.github.deliveries[0].problem == "no connection"
        assert "no connection" in slack.render_transcript()


async def test_what_people_cannot_do() -> None:
    async with bench() as slack:
        hub = slack.github
        for doing in (
            hub.comment("olga", 2, "x"),
            hub.comment("iris", 9, "x"),
            hub.comment("iris", 2, " "),
            hub.close("iris", 1),
            hub.close("iris", 2, "bored"),
            hub.reopen("iris", 2),
            hub.unlabel("iris", 2, "bug"),
            hub.label("iris", 2, ""),
        ):
            with pytest.raises(NotPossibleError):
                await doing
        assert len(hub.issue(2).comments) == 0


async def test_stopping_ends_a_webhook_that_waits() -> None:
    async def deaf(request: web.Request) -> web.Response:
        arrived.set()
        await over.wait()
        return web.Response()

    arrived, over = asyncio.Event(), asyncio.Event()
    async with served(deaf) as url, bench() as slack:
        slack.github.webhook_url = url
        doing = asyncio.create_task(slack.github.close("iris", 2))
        await arrived.wait()
        await slack.stop()
        await asyncio.wait({doing})
        assert slack.github.webhooks.is_idle
        over.set()
