"""GitHub's REST API as the sandbox answers it, held against GitHub's own description."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from jsonschema import Draft202012Validator

from bot.sandbox import Sandbox
from bot.sandbox.github.routes import ROUTES

from .conftest import bench

FACTS = json.loads(Path(__file__).with_name("github_facts.json").read_text("utf-8"))
REPO = "/repos/harbour/product"


@dataclass(frozen=True)
class Said:
    """An answer: status, body, headers."""

    status: int
    body: Any
    headers: Any


class Client:
    """A bare REST client with a token."""

    def __init__(self, slack: Sandbox, session: ClientSession) -> None:
        self._slack, self._session = slack, session
        self.token = slack.github.token

    async def __call__(self, verb: str, path: str, body: Any = None, **query: Any) -> Said:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = path if "://" in path else self._slack.github.api_url + path
        async with self._session.request(verb, url, json=body, params=query, headers=headers) as answer:
            return Said(answer.status, await answer.json() if answer.status != 204 else None, answer.headers)


@asynccontextmanager
async def github(**options: Any) -> AsyncIterator[tuple[Sandbox, Client]]:
    async with bench(**options) as slack, ClientSession() as session:
        yield slack, Client(slack, session)


def check(value: Any, schema: str) -> None:
    """Hold a value against a schema of GitHub's description."""
    Draft202012Validator({"$ref": f"#/schemas/{schema}", "schemas": FACTS["schemas"]}).validate(value)


def test_every_endpoint_is_one_of_githubs() -> None:
    theirs = {
        (verb, path.replace("issue_number", "number").replace("installation_id", "installation"))
        for path, verbs in FACTS["paths"].items()
        for verb in verbs
    }
    # The description at hand does not hold the path of one label of an issue.
    assert {one.name for one in ROUTES if (one.verb, one.path) not in theirs} == {"remove_label"}


async def test_an_issue_is_created_with_its_labels_in_one_call() -> None:
    async with github() as (slack, call):
        labels = ["customer-reported", "severity:high", "new here"]
        made = await call("POST", f"{REPO}/issues", {"title": "Empty export", "body": "x", "labels": labels})
        assert made.status == 201
        check(made.body, "issue")
        assert [one["name"] for one in made.body["labels"]] == labels
        assert made.body["html_url"] == f"{slack.url}/github/harbour/product/issues/3"
        assert made.body["created_at"] == "2026-11-16T08:00:00Z"
        assert made.body["user"]["login"] == "dossier-bot"
        issue = slack.github.issue(3)
        assert (issue.title, issue.body, issue.state, list(issue.labels)) == ("Empty export", "x", "open", labels)
        assert "new here" in slack.github.labels
        assert (await call("GET", f"{REPO}/issues/3")).body == made.body
        [entry] = slack.transcript.calls("github:create_issue")
        assert entry.detail["arguments"]["title"] == "Empty export"


async def test_answers_have_the_shapes_that_github_describes() -> None:
    async with github() as (_, call):
        said = await call("POST", f"{REPO}/issues/2/comments", {"body": "Seen."})
        assert said.status == 201
        check(said.body, "issue-comment")
        for one in (await call("GET", f"{REPO}/issues/1/comments")).body:
            check(one, "issue-comment")
        for one in (await call("GET", f"{REPO}/issues", state="all")).body:
            check(one, "issue")
        for one in (await call("GET", f"{REPO}/labels")).body:
            check(one, "label")
        check((await call("GET", "/user")).body, "simple-user")
        check((await call("GET", "/rate_limit")).body, "rate-limit-overview")
        assert (await call("GET", REPO)).body["full_name"] == "harbour/product"


async def test_every_answer_carries_githubs_headers() -> None:
    async with github() as (_, call):
        first, second = (await call("GET", REPO)).headers, (await call("GET", REPO)).headers
        assert first["X-GitHub-Request-Id"] != second["X-GitHub-Request-Id"]
        assert int(first["X-RateLimit-Remaining"]) - int(second["X-RateLimit-Remaining"]) == 1


async def test_issues_are_filtered_sorted_and_paged() -> None:
    async with github() as (slack, call):
        for number in range(5):
            slack.clock.move(timedelta(minutes=1))
            await call("POST", f"{REPO}/issues", {"title": f"n{number}", "labels": ["bug", "severity:low"]})
        page = await call("GET", f"{REPO}/issues", labels="bug,Severity:Low", per_page=2)
        assert [one["title"] for one in page.body] == ["n4", "n3"]
        links = dict(part.split("; ")[::-1] for part in page.headers["Link"].split(", "))
        following = await call("GET", links['rel="next"'].strip("<>"))
        assert [one["title"] for one in following.body] == ["n2", "n1"]
        assert "page=3" in links['rel="last"']
        last = await call("GET", links['rel="last"'].strip("<>"))
        assert 'rel="next"' not in last.headers["Link"]
        assert [one["number"] for one in (await call("GET", f"{REPO}/issues", state="closed")).body] == [1]
        young = await call("GET", f"{REPO}/issues", since="2026-11-16T08:04:00Z", sort="created", direction="asc")
        assert [one["title"] for one in young.body] == ["n3", "n4"]
        assert (await call("GET", f"{REPO}/issues", assignee="x")).status == 422


async def test_the_list_lags_behind() -> None:
    async with github() as (slack, call):
        slack.github.lag = timedelta(seconds=30)
        await call("POST", f"{REPO}/issues", {"title": "young"})
        assert [one["number"] for one in (await call("GET", f"{REPO}/issues")).body] == [2]
        assert (await call("GET", f"{REPO}/issues/3")).status == 200
        slack.clock.move(timedelta(seconds=30))
        assert [one["number"] for one in (await call("GET", f"{REPO}/issues")).body] == [3, 2]


async def test_an_issue_is_changed() -> None:
    async with github() as (slack, call):
        body = {"title": "T", "body": None, "state": "closed", "state_reason": "not_planned", "labels": ["bug"]}
        changed = await call("PATCH", f"{REPO}/issues/2", body)
        check(changed.body, "issue")
        issue = slack.github.issue(2)
        assert (issue.title, issue.body, issue.labels) == ("T", None, ("bug",))
        assert (issue.state, issue.state_reason, issue.closed_by) == ("closed", "not_planned", "dossier-bot")
        await call("PATCH", f"{REPO}/issues/2", {"state": "open"})
        assert (slack.github.issue(2).state_reason, slack.github.issue(2).closed_at) == ("reopened", None)


async def test_labels_come_and_go() -> None:
    async with github() as (slack, call):
        added = await call("POST", f"{REPO}/issues/2/labels", {"labels": ["severity:low", "BUG"]})
        assert [one["name"] for one in added.body] == ["enhancement", "severity:low", "bug"]
        assert (await call("DELETE", f"{REPO}/issues/2/labels/severity%3Alow")).status == 200
        assert (await call("DELETE", f"{REPO}/issues/2/labels/severity%3Alow")).status == 404
        assert slack.github.issue(2).labels == ("enhancement", "bug")
        assert len((await call("PUT", f"{REPO}/issues/2/labels", ["bug"])).body) == 1
        assert (await call("DELETE", f"{REPO}/issues/2/labels")).status == 204
        made = await call("POST", f"{REPO}/labels", {"name": "paid", "color": "0B6B6B"})
        assert (made.status, made.body["color"]) == (201, "0b6b6b")
        again = await call("POST", f"{REPO}/labels", {"name": "Paid"})
        check(again.body, "validation-error")
        assert again.body["errors"] == [{"resource": "Label", "field": "name", "code": "already_exists"}]
        assert (await call("GET", f"{REPO}/labels/PAID")).body["name"] == "paid"
        slack.github.strict_labels = True
        refused = await call("POST", f"{REPO}/issues", {"title": "x", "labels": ["nobody made me"]})
        assert (refused.status, refused.body["errors"][0]["value"]) == (422, "nobody made me")
        assert len(slack.github.issues) == 2


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("GET", "/repos/harbour/elsewhere/issues", None, 404),
        ("GET", f"{REPO}/issues/99", None, 404),
        ("GET", f"{REPO}/issues/abc", None, 404),
        ("GET", "/nonsense", None, 404),
        ("DELETE", REPO, None, 404),
        ("POST", f"{REPO}/issues", {"body": "no title"}, 422),
        ("POST", f"{REPO}/issues", {"title": " "}, 422),
        ("POST", f"{REPO}/issues", {"title": "x" * 257}, 422),
        ("POST", f"{REPO}/issues", {"title": "x", "body": "y" * 65537}, 422),
        ("POST", f"{REPO}/issues", {"title": "x", "labels": ["z" * 51]}, 422),
        ("POST", f"{REPO}/issues", {"title": "x", "labels": "bug"}, 422),
        ("POST", f"{REPO}/issues", ["x"], 400),
        ("PATCH", f"{REPO}/issues/2", {"state": "gone"}, 422),
        ("PATCH", f"{REPO}/issues/2", {"state_reason": "bored"}, 422),
        ("POST", f"{REPO}/issues/2/comments", {"body": ""}, 422),
        ("GET", "/app", None, 401),
    ],
)
async def test_what_github_refuses(verb: str, path: str, body: Any, status: int) -> None:
    async with github() as (slack, call):
        before = slack.github.issues
        said = await call(verb, path, body)
        assert said.status == status
        check(said.body, "validation-error" if "errors" in said.body else "basic-error")
        assert said.body["status"] == str(status)
        assert slack.github.issues == before


@pytest.mark.parametrize("token", ["ghp_realLooking0123456789", "ghp_-sandbox-other", "a.b.c", ""])
async def test_strangers_are_refused(token: str) -> None:
    async with github() as (slack, call):
        call.token = token
        said = await call("GET", REPO)
        assert (said.status, said.body["status"]) == (401, "401")
        assert not token or token not in slack.render_transcript() + str([one.detail for one in slack.transcript])


def jwt(**claims: Any) -> str:
    parts = [{"alg": "RS256"}, {"iat": 1_000, "exp": 1_600, "iss": "424242"} | claims]
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return ".".join([*coded, base64.urlsafe_b64encode(b"\xff\xfe signature").decode()])


async def test_an_app_gets_a_token_for_an_hour() -> None:
    async with github() as (slack, call):
        call.token = jwt()
        check((await call("GET", "/app")).body, "integration")
        there = (await call("GET", f"{REPO}/installation")).body
        check(there, "installation")
        assert (await call("GET", f"{REPO}/issues")).status == 403
        assert (await call("POST", "/app/installations/8/access_tokens")).status == 404
        made = await call("POST", f"/app/installations/{there['id']}/access_tokens")
        check(made.body, "installation-token")
        assert (made.status, made.body["expires_at"]) == (201, "2026-11-16T09:00:00Z")
        call.token = made.body["token"]
        opened = (await call("POST", f"{REPO}/issues", {"title": "x"})).body
        assert (opened["user"]["login"], opened["user"]["type"]) == ("dossier[bot]", "Bot")
        assert (await call("GET", "/user")).status == 403
        slack.clock.move(timedelta(hours=1))
        assert (await call("GET", REPO)).status == 401
        assert made.body["token"] not in str([one.detail for one in slack.transcript])


@pytest.mark.parametrize("claims", [{"iss": "1"}, {"exp": 1_700}, {"exp": 1_000}, {"exp": None}])
async def test_a_wrong_json_web_token_is_refused(claims: dict[str, Any]) -> None:
    async with github() as (_, call):
        call.token = jwt(**claims)
        assert (await call("GET", "/app")).status == 401


async def test_addresses_lead_to_the_page() -> None:
    async with github() as (slack, _), ClientSession() as web:
        answer = await web.get(f"{slack.url}/github/harbour/product/issues/2", allow_redirects=False)
        assert answer.headers["Location"] == "/?view=github&issue=2"
        assert (await web.get(f"{slack.url}/github/harbour/other/issues/2")).status == 404


async def test_reset_brings_the_repository_back() -> None:
    async with github() as (slack, call):
        await call("POST", f"{REPO}/issues", {"title": "x", "labels": ["fresh"]})
        slack.github.lag = timedelta(hours=1)
        await slack.reset()
        assert [one.number for one in slack.github.issues] == [1, 2]
        assert "fresh" not in slack.github.labels
        assert slack.github.lag == timedelta(0)
