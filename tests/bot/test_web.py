"""The HTTP door with real sockets: hostile requests, what operators ask, and stopping without losing anybody."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import aiohttp
import pytest

from bot.demo import workspace
from bot.gate import sign
from tests.conftest import Story


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[Story]:
    async with workspace(http=True, frozen=True) as (slack, bot):
        yield Story(slack, bot)


def _url(story: Story, path: str = "/slack/events") -> str:
    return f"http://127.0.0.1:{story.bot.port}{path}"


def _headers(story: Story, body: bytes, kind: str = "application/x-www-form-urlencoded") -> dict[str, str]:
    stamp = str(int(story.bot.clock().timestamp()))
    signature = sign(story.slack.signing_secret.encode(), stamp, body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": kind}


async def _post(story: Story, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(_url(story), data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def _get(story: Story, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(_url(story, path)) as answer:
        return answer.status, await answer.text()


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not is_so():  # noqa: ASYNC110 - nothing tells when the other side has come so far
            await asyncio.sleep(0)


async def test_commands_and_buttons_work_over_http_as_over_the_socket(http: Story) -> None:
    seen = await http.slack.command("maya", "#cs-team", "/brief brightwater")
    assert "What would turn it green" in await http.slack.press(
        "maya", await http.slack.command("maya", "#cs-team", "/brief kestrel"), "Health"
    )
    assert "Brightwater Logistics" in seen


async def test_slack_can_verify_the_address(http: Story) -> None:
    body = b'{"type":"url_verification","challenge":"c-1","token":"t"}'
    status, text = await _post(http, body, _headers(http, body, "application/json"))
    assert (status, json.loads(text)) == (200, {"challenge": "c-1"})


async def test_a_wrong_signature_gets_401_and_an_empty_body(http: Story) -> None:
    headers = _headers(http, b"command=%2Fbrief") | {"X-Slack-Signature": "v0=" + "0" * 64}
    assert await _post(http, b"command=%2Fbrief", headers) == (401, "")


async def test_ten_megabytes_get_413(http: Story) -> None:
    body = b"x" * 10_000_000
    async with (
        aiohttp.ClientSession(headers=_headers(http, body)) as session,
        session.post(_url(http), data=io.BytesIO(body)) as answer,
    ):
        assert answer.status == 413
    assert (await _get(http, "/healthz"))[0] == 200


@pytest.mark.parametrize("body", [b"[]", b"null", b"\xff", b'{"a":1,"a":1}', b"{" * 100_000])
async def test_a_signed_body_of_the_wrong_shape_gets_400(http: Story, body: bytes) -> None:
    assert await _post(http, body, _headers(http, body, "application/json")) == (400, "")


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"block_actions"}',
        b'{"type":"block_actions","actions":[],"user":{}}',
        b'{"type":"block_actions","actions":[{"action_id":1,"action_ts":2}],"user":{"id":[]},"response_url":{}}',
        b'{"type":"view_submission","view":{}}',
        b'{"type":"event_callback","event":[]}',
        b'{"type":"event_callback","event":{"type":"user_change","user":null}}',
        b'{"type":"nonsense"}',
        b'{"command":{}}',
        b"{}",
    ],
)
async def test_an_unknown_shape_is_refused_without_a_trace(http: Story, body: bytes) -> None:
    status, text = await _post(http, body, _headers(http, body, "application/json"))
    assert status in (200, 400)
    assert "Traceback" not in text


async def test_bolts_own_headers_from_outside_have_no_effect(http: Story) -> None:
    body = b"command=%2Fcustomer&text=help&user_id=U0MAYA&channel_id=C0CSTEAM&team_id=T0HARBOUR"
    lazy = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "x"}
    status, text = await _post(http, body, _headers(http, body) | lazy)
    assert (status, "What Dossier answers" in text) == (200, True)


async def test_a_command_that_the_manifest_lacks_is_answered(http: Story) -> None:
    body = b"command=%2Fnew&text=&user_id=U0MAYA&channel_id=C0CSTEAM&team_id=T0HARBOUR"
    assert "Dossier has no /new." in (await _post(http, body, _headers(http, body)))[1]


async def test_the_same_request_a_hundred_times_has_one_effect(http: Story) -> None:
    body = b"command=%2Fbrief&text=demo&user_id=U0MAYA&channel_id=C0CSTEAM&team_id=T0HARBOUR"
    answers = await asyncio.gather(*(_post(http, body, _headers(http, body)) for _ in range(100)))
    assert {status for status, _ in answers} == {200}
    assert len({text for _, text in answers}) == 1


async def test_operators_see_health_readiness_and_counts(http: Story) -> None:
    assert json.loads((await _get(http, "/healthz"))[1])["ok"] is True
    assert await _get(http, "/readyz") == (
        200,
        '{"ready": true, "schema": "0003", "outbox_oldest_seconds": 0, "problems": {}}',
    )
    status, text = await _get(http, "/metrics")
    assert status == 200
    assert 'dossier_requests_total{outcome="accepted"}' in text
    assert "rightwater" not in text


async def test_an_encoded_body_is_refused_without_being_unpacked(http: Story) -> None:
    headers = _headers(http, b"garbage") | {"Content-Encoding": "gzip"}
    assert await _post(http, b"garbage", headers) == (400, "")


async def test_the_socket_is_counted_as_well(fresh: Story) -> None:
    await fresh.slack.command("maya", "#cs-team", "/brief demo")
    text = (await _get(fresh, "/metrics"))[1]
    assert 'dossier_requests_total{outcome="accepted"} 1.0' in text
    assert "dossier_answer_seconds_count 1.0" in text
    assert "dossier_customers 4.0" in text


async def test_before_slack_has_said_who_the_bot_is_a_command_is_told_to_come_later() -> None:
    async with workspace(http=True, frozen=True) as (slack, bot):
        bot.web.answering = False
        seen = await slack.command("maya", "#cs-team", "/brief demo")
        assert seen.errors
        bot.web.answering = True
        assert "Demo Account" in await slack.command("maya", "#cs-team", "/brief demo")


async def test_other_paths_are_not_found(http: Story) -> None:
    assert (await _get(http, "/"))[0] == 404


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "socket"])
async def test_an_answer_in_flight_is_finished_before_the_bot_stops(over_http: bool) -> None:
    async with workspace(http=over_http, frozen=True) as (slack, bot):
        slack.faults.add("users.info", "hang")
        asked = asyncio.ensure_future(slack.command("maya", "#cs-team", "/brief demo"))
        await _until(lambda: bool(slack.transcript.calls("users.info")))
        stopping = asyncio.ensure_future(bot.stop())
        await _until(lambda: not bot.ready)
        slack.faults.release()
        seen = await asked
        await stopping
        assert "Demo Account" in seen or "did not confirm who you are" in seen, slack.render_transcript()
        assert not seen.errors


async def test_a_stopped_bot_is_not_ready(fresh: Story) -> None:
    fresh.bot.web.stopping = True
    assert (await _get(fresh, "/readyz"))[0] == 503


def test_the_clock_of_the_stories_is_frozen(http: Story) -> None:
    assert http.bot.clock() == datetime.fromisoformat("2026-11-16T08:00:00+00:00")
