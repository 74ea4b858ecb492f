"""GitHub's deliveries: only signed ones, never an accident, and only what concerns issues."""

import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gate import Refused
from bot.github.webhook import LARGEST, Event, Ping, read, sign
from tests.bot.github.foreign_github import ForeignGitHub

SECRET = b"It's a Secret to Everybody"


def _told(payload: Any, kind: str = "issues", secret: bytes = SECRET, **changed: str) -> Event | Ping | None:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {
        "X-Hub-Signature-256": sign(SECRET, body),
        "X-GitHub-Event": kind,
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "Content-Type": "application/json",
    }
    return read(headers | {name.replace("_", "-"): value for name, value in changed.items()}, body, secret)


def _status(*arguments: Any, **named: Any) -> int:
    with pytest.raises(Refused) as refusal:
        _told(*arguments, **named)
    return refusal.value.status


def test_githubs_own_example_is_signed_as_github_says() -> None:
    """The figures of GitHub's page "Validating webhook deliveries"."""
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign(SECRET, b"Hello, World!") == expected


def test_a_closed_issue_is_told() -> None:
    github = ForeignGitHub()
    github.file("Login fails", "body", "customer-reported")
    github.close(1)
    headers, body = github.webhook("issues", "closed", 1, delivery="d-1")
    event = read(headers, body, github.secret)
    assert isinstance(event, Event)
    assert (event.delivery, event.kind, event.action) == ("d-1", "issues", "closed")
    assert (event.issue.number, event.issue.state, event.issue.state_reason) == (1, "closed", "completed")
    assert (event.repository, event.sender, event.comment_id) == ("acme/app", "octo", None)


def test_a_comment_is_told() -> None:
    github = ForeignGitHub()
    github.file("Login fails")
    github.say(1, "Fixed in 1.2")
    headers, body = github.webhook("issue_comment", "created", 1)
    event = read(headers, body, github.secret)
    assert isinstance(event, Event)
    assert (event.kind, event.action, event.comment_id) == ("issue_comment", "created", 5000)
    assert event.comment_url == "https://github.com/acme/app/issues/1#issuecomment-5000"


def test_a_comment_on_a_pull_request_is_none_of_our_business() -> None:
    github = ForeignGitHub()
    github.file("A change")
    github.say(1, "Nice")
    github.change(1, pull_request={"url": "x"})
    headers, body = github.webhook("issue_comment", "created", 1)
    assert read(headers, body, github.secret) is None


def test_a_ping_is_answered_and_other_events_are_not_read() -> None:
    assert _told({"zen": "Keep it logically awesome."}, "ping") == Ping("72d3162e-cc78-11e3-81ab-4c9367dc0958")
    assert _told({}, "push") is None
    assert _told({}, "") is None


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha1=abc", "sha256=" + "0" * 64, "ünïcode", "\udcff", "x" * 9999]
)
def test_a_wrong_signature_is_refused(signature: str) -> None:
    assert _status({}, X_Hub_Signature_256=signature) == 401


def test_without_a_secret_nobody_is_believed() -> None:
    assert _status({}, secret=b"", X_Hub_Signature_256=sign(b"", b"{}")) == 401


def test_size_is_checked_before_anything_else() -> None:
    assert _status(b" " * (LARGEST + 1), X_Hub_Signature_256="") == 413
    assert _told(b"{}" + b" " * (LARGEST - 2), "push") is None


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"null", b"1", b'{"a"', b"[" * 100_000, b'{"a":' * 100_000, b'{"a": NaN}', b'"\xed\xa0\x80"'],
)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert _status(body) == 400


@pytest.mark.parametrize("delivery", ["", "x" * 101, "a\nb", "ü"])
def test_a_delivery_needs_its_id(delivery: str) -> None:
    assert _status({}, "push", X_GitHub_Delivery=delivery) == 400


def test_a_form_is_refused_with_the_mend() -> None:
    with pytest.raises(Refused, match="application/json"):
        _told({}, Content_Type="application/x-www-form-urlencoded")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
PLACES = st.sampled_from(
    [("issue",), ("issue", "labels"), ("issue", "user"), ("issue", "created_at"), ("issue", "number"),
     ("issue", "pull_request"), ("comment",), ("comment", "id"), ("action",), ("repository",),
     ("repository", "full_name"), ("sender",), ("sender", "login")]
)  # fmt: skip


@given(st.binary(max_size=200), st.sampled_from(["issues", "issue_comment", "ping", "push"]), st.booleans())
def test_any_bytes_are_a_value_or_a_refusal(body: bytes, kind: str, signed: bool) -> None:
    try:
        got = _told(body, kind) if signed else _told(body, kind, X_Hub_Signature_256="sha256=0")
    except Refused as refusal:
        assert refusal.status in (400, 401)
    else:
        assert signed and (got is None or isinstance(got, Event | Ping))


@given(PLACES, JSON, st.sampled_from(["issues", "issue_comment"]))
def test_any_value_in_any_place_is_an_event_or_a_refusal(place: tuple[str, ...], value: Any, kind: str) -> None:
    github = ForeignGitHub()
    github.file("Login fails", "body", "customer-reported")
    github.say(1, "Hello")
    payload = json.loads(github.webhook("issue_comment", "created", 1)[1])
    inside = payload if len(place) == 1 else payload[place[0]]
    inside[place[-1]] = value
    try:
        got = _told(json.dumps(payload).encode("utf-8", "surrogatepass"), kind)
    except Refused as refusal:
        assert refusal.status == 400
    else:
        assert got is None or isinstance(got, Event)


async def test_deliveries_reach_a_server(session: aiohttp.ClientSession) -> None:
    """The sender of the fake, over the wire, into `read` as a server would call it."""
    heard: list[Event | Ping | None] = []

    async def receive(request: aiohttp.web.Request) -> aiohttp.web.Response:
        heard.append(read(request.headers, await request.read(), b"foreign webhook secret"))
        return aiohttp.web.Response()

    server = aiohttp.web.Application()
    server.router.add_post("/github/webhooks", receive)
    runner = aiohttp.web.AppRunner(server)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    github = ForeignGitHub()
    github.file("Login fails")
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/github/webhooks"
    assert await github.deliver(session, url, "issues", "opened", 1, delivery="d-7") == 200
    await runner.cleanup()
    assert [type(one) for one in heard] == [Event]
