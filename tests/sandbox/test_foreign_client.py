"""A client that others wrote gets along with the sandbox's GitHub, by its base URL alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import gidgethub
import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gidgethub.aiohttp import GitHubAPI
from gidgethub.apps import get_installation_access_token
from gidgethub.sansio import Event

from bot.sandbox import Sandbox

from .conftest import bench
from .test_webhooks import Ear, listening

ISSUES = "/repos/harbour/product/issues"


@asynccontextmanager
async def client(token: str = "") -> AsyncIterator[tuple[Sandbox, GitHubAPI]]:
    async with bench() as slack, ClientSession() as session:
        url = slack.github.api_url
        yield slack, GitHubAPI(session, "dossier", oauth_token=token or slack.github.token, base_url=url)


async def test_it_creates_lists_and_comments() -> None:
    async with client() as (slack, github):
        for number in range(4):
            data = {"title": f"n{number}", "labels": ["customer-reported", "severity:low"]}
            made = await github.post(ISSUES, data=data)
        await github.post(f"{ISSUES}/{{number}}/comments", {"number": str(made["number"])}, data={"body": "Seen."})
        await github.patch(f"{ISSUES}/{{number}}", {"number": str(made["number"])}, data={"state": "closed"})
        query = "?labels=customer-reported&state=all&per_page=3"
        listed = [one["title"] async for one in github.getiter(ISSUES + query)]
        assert listed == ["n3", "n2", "n1", "n0"]
        assert slack.github.issue(made["number"]).comments[0].body == "Seen."
        assert slack.github.issue(made["number"]).state == "closed"
        assert github.rate_limit is not None
        assert github.rate_limit.limit == 5000


async def test_it_understands_our_refusals() -> None:
    async with client() as (slack, github):
        with pytest.raises(gidgethub.InvalidField, match="title"):
            await github.post(ISSUES, data={"title": " "})
        with pytest.raises(gidgethub.BadRequest, match="Not Found"):
            await github.getitem(f"{ISSUES}/99")
        slack.faults.add("github:get_repository", "quota", retry_after=60)
        with pytest.raises(gidgethub.RateLimitExceeded):
            await github.getitem("/repos/harbour/product")
        slack.faults.add("github:create_issue", "http_500", after_doing=True)
        with pytest.raises(gidgethub.GitHubBroken):
            await github.post(ISSUES, data={"title": "made all the same"})
        assert slack.github.issues[-1].title == "made all the same"


async def test_it_becomes_an_installed_app() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    async with client() as (slack, github):
        hub = slack.github
        made = await get_installation_access_token(
            github, installation_id=str(hub.installation_id), app_id=str(hub.app_id), private_key=pem
        )
        there = await github.getitem("/repos/harbour/product", oauth_token=made["token"])
        assert there["full_name"] == hub.repository


async def test_it_reads_our_webhooks() -> None:
    ear = Ear()
    async with listening(ear) as (slack, _):
        await slack.github.close("iris", 2)
        event = Event.from_http(ear.headers[0], ear.bodies[0], secret=slack.github.webhook_secret)
        assert (event.event, event.data["action"], event.data["issue"]["number"]) == ("issues", "closed", 2)
        with pytest.raises(gidgethub.ValidationFailure):
            Event.from_http(ear.headers[0], ear.bodies[0] + b" ", secret=slack.github.webhook_secret)
