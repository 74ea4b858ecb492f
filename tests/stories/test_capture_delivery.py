"""Slack and GitHub in trouble after something was saved: it arrives once, later or elsewhere, or people see why not."""

import asyncio
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from customers.intents import State
from customers.scope import All
from tests.conftest import Story
from tests.stories.capturing import FAILED, WANTED, bug, filed, once_there, request, said, thread, workshop

SECONDS_90 = timedelta(seconds=90)


def _texts(story: Story, channel: str, words: str) -> list[str]:
    """What stands under the message with these words."""
    return [one.text for one in thread(story.slack, said(story.slack, channel, words))]


async def _open_rows(story: Story) -> list[tuple[str, State, str]]:
    """What still waits, or was given up."""
    rows = await story.bot.database.outbox.page(All("test"), (), 100)
    return [(row.intent.kind, row.state, row.reason) for row in rows]


# GitHub does not say


@pytest.mark.parametrize("kind", ["http_500", "cut", "hang"])
async def test_an_issue_whose_creation_was_not_answered_is_found_and_not_made_twice(fresh: Story, kind: str) -> None:
    slack = fresh.slack
    slack.github.webhook_url = None
    slack.faults.add("github:create_issue", kind, after_doing=True)
    asked = asyncio.ensure_future(bug(slack))
    await once_there(lambda: filed(slack))
    slack.faults.release()  # the client gives up after half a minute, which nobody waits for here
    await asked
    assert ["It is being filed on GitHub; the number follows." in one for one in _blocks(fresh)] == [True]
    await slack.move(SECONDS_90 - timedelta(seconds=1))
    assert slack.transcript.calls("github:list_issues") == []
    await slack.move(timedelta(seconds=1))
    assert len(slack.transcript.calls("github:list_issues")) == 1
    assert [f"issue #{filed(slack)[0].number}" in one for one in _blocks(fresh)] == [False, True]
    for minutes in (2, 10, 30):
        await slack.move(timedelta(minutes=minutes))
    assert len(filed(slack)) == 1
    assert len(slack.transcript.calls("github:create_issue")) == 1
    assert filed(slack)[0].comments == ()
    assert len(_blocks(fresh)) == 2


async def test_an_issue_that_a_webhook_told_of_is_known_without_a_look(fresh: Story) -> None:
    slack = fresh.slack
    slack.faults.add("github:create_issue", "cut", after_doing=True)
    await bug(slack)
    await slack.move(SECONDS_90)
    assert slack.transcript.calls("github:list_issues") == []
    assert [f"issue #{filed(slack)[0].number}" in one for one in _blocks(fresh)] == [False, True]
    await slack.move(timedelta(minutes=30))
    assert len(filed(slack)) == 1
    assert len(_blocks(fresh)) == 2


def _blocks(story: Story) -> list[str]:
    """Everything that stands under the message about the failed export."""
    return [str(one.blocks) for one in thread(story.slack, said(story.slack, "#kestrel", FAILED))]


async def test_an_issue_that_was_not_made_is_made_after_the_look(fresh: Story) -> None:
    slack = fresh.slack
    slack.faults.add("github:create_issue", "http_500")
    await bug(slack)
    assert filed(slack) == []
    await slack.move(SECONDS_90)
    assert len(filed(slack)) == 1
    assert f"issue #{filed(slack)[0].number}" in _blocks(fresh)[-1]


async def test_a_list_that_lags_for_longer_than_we_wait_is_told_in_the_second_issue(fresh: Story) -> None:
    slack = fresh.slack
    slack.github.lag, slack.github.webhook_url = timedelta(minutes=3), None
    slack.faults.add("github:create_issue", "cut", after_doing=True)
    await bug(slack)
    await slack.move(SECONDS_90)
    first, second = filed(slack)
    await slack.move(timedelta(minutes=15))
    assert len(filed(slack)) == 2
    assert [one.body for one in slack.github.issue(first.number).comments] == [
        f"Filed twice by accident; Dossier follows #{second.number}. Please close this one."
    ]
    slack.github.webhook_url = f"http://127.0.0.1:{fresh.bot.port}/github/webhooks"
    await slack.github.close("jonas", first.number)
    assert "closed" not in "".join(_texts(fresh, "#kestrel", FAILED))


# GitHub says no


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
async def test_a_refusal_is_told_with_its_mend_and_sent_again_by_a_button(fresh: Story, status: int) -> None:
    slack = fresh.slack
    slack.faults.add("github:create_issue", "error", error=status, times=2)
    seen = await bug(slack)
    assert "Bug 1 saved" in seen
    refused = seen.message
    assert refused.text.startswith("Bug 1 is saved. GitHub refused it: ")
    assert "again." in refused.text or "whoever runs Dossier" in refused.text
    await slack.move(timedelta(days=1))
    assert filed(slack) == []
    assert "It is being sent again." in await slack.press("iris", refused, "Send again")
    assert [one.startswith("Bug 1 is saved. GitHub refused it") for one in _texts(fresh, "#kestrel", FAILED)][1:] == [
        True,
        True,
    ]
    await slack.press("maya", refused, "Send again")
    (issue,) = filed(slack)
    assert f"Bug 1 is filed as #{issue.number}" in _texts(fresh, "#kestrel", FAILED)[-1]
    assert "There is nothing to send again." in await slack.press("maya", refused, "Send again")
    assert len(filed(slack)) == 1


async def test_labels_that_are_missing_are_made_once(fresh: Story) -> None:
    slack = fresh.slack
    slack.github.strict_labels = True
    for name in ("customer-reported", "severity:critical"):
        del slack.github._repository.labels[name]
    await bug(slack)
    (issue,) = filed(slack)
    assert set(issue.labels) == {"customer-reported", "severity:critical"}
    assert len(slack.transcript.calls("github:create_label")) == 2


async def test_labels_that_cannot_be_made_are_told(fresh: Story) -> None:
    slack = fresh.slack
    slack.github.strict_labels = True
    del slack.github._repository.labels["customer-reported"]
    slack.faults.add("github:create_label", "error", error=403)
    seen = await bug(slack)
    assert "The label customer-reported is missing and cannot be created" in seen
    await slack.press("maya", seen, "Send again")
    assert len(filed(slack)) == 1


# later


@pytest.mark.parametrize("fault", [{"retry_after": 300}, {"retry_after": 300, "status": 403}], ids=["429", "403"])
async def test_github_is_not_called_before_the_time_it_named(fresh: Story, fault: dict[str, int]) -> None:
    slack = fresh.slack
    slack.faults.add("github:create_issue", "ratelimited", **fault)
    await bug(slack)
    await request(slack)
    await bug(slack, on=said(slack, "#engineering", "empty exports"), customer="oakline", title="Another one")
    await slack.move(timedelta(seconds=299))
    assert len(slack.transcript.calls("github:create_issue")) == 1
    await slack.move(timedelta(seconds=1))
    assert len(filed(slack)) == 2
    assert len(slack.transcript.calls("github:create_issue")) == 3


async def test_slack_is_not_called_before_the_time_it_named_and_nothing_is_lost(fresh: Story) -> None:
    slack = fresh.slack
    slack.faults.add("chat.postMessage", "ratelimited", retry_after=300)
    await request(slack)
    await bug(slack)
    assert len(slack.transcript.calls("chat.postMessage")) <= 2  # two were on their way at once
    before = len(slack.transcript.calls("chat.postMessage"))
    await slack.move(timedelta(seconds=299))
    assert len(slack.transcript.calls("chat.postMessage")) == before
    await slack.move(timedelta(seconds=1))
    assert len(_texts(fresh, "#brightwater", WANTED)) == 1
    assert len(_texts(fresh, "#kestrel", FAILED)) == 2
    assert await _open_rows(fresh) == []


async def test_a_bug_that_github_never_took_is_told_to_whoever_reported_it(fresh: Story) -> None:
    slack = fresh.slack
    slack.faults.add("github:create_issue", "ratelimited", times=10_000, retry_after=3_600)
    await bug(slack)
    for _ in range(8):
        await slack.move(timedelta(days=1))
    assert ("bug_issue", State.DEAD) in [row[:2] for row in await _open_rows(fresh)]
    assert "GitHub refused it" in await slack.command("maya", "#cs-team", "/bugs show 1")
    _, told = thread(slack, said(slack, "#kestrel", FAILED))
    assert "Nothing came of it: it was tried for days." in told.text
    assert slack.dms("maya") == []
    slack.faults.clear()
    await slack.press("maya", told, "Send again")
    assert "GitHub refused it" not in await slack.command("maya", "#cs-team", "/bugs show 1")
    await slack.move(timedelta(hours=1))
    assert len(filed(slack)) == 1


# elsewhere


@pytest.mark.parametrize("what", ["archived", "removed", "shared", "pending", "unknown"])
async def test_where_a_confirmation_can_no_longer_stand_the_person_is_told_alone(fresh: Story, what: str) -> None:
    slack = fresh.slack
    form = await slack.shortcut("maya", "Log feature request", said(slack, "#brightwater", WANTED))
    match what:
        case "archived":
            await slack.archive("#brightwater")
        case "removed":
            await slack.leave("dossier", "#brightwater")
        case "shared":
            await slack.share("#brightwater")
        case "pending":
            await slack.share("#brightwater", pending=True)
        case "unknown":
            slack.faults.add("conversations.info", "http_500")
    await slack.submit("maya", form, {"title": "SSO"})
    assert _texts(fresh, "#brightwater", WANTED) == []
    assert ["Request 1 saved" in one.text for one in slack.dms("maya")] == [True]
    assert await _open_rows(fresh) == []


async def test_a_channel_that_was_shared_since_hears_no_news(fresh: Story) -> None:
    slack = fresh.slack
    await bug(slack)
    await request(slack)
    await slack.share("#brightwater")
    await slack.join("olga", "#brightwater")
    before = len(slack.messages("#brightwater", "olga"))
    form = await slack.command("iris", "#cs-team", "/features set 1 shipped")
    await slack.submit("iris", form, {"status": "shipped"})
    assert len(slack.messages("#brightwater", "olga")) == before
    assert [one.text for one in slack.dms("maya") if "Request 1 is now shipped" in one.text]
    assert slack.dms("iris") == []


@pytest.mark.parametrize("kind", ["http_500", "cut"])
async def test_a_confirmation_whose_posting_was_not_answered_stands_there_once(fresh: Story, kind: str) -> None:
    slack = fresh.slack
    slack.faults.add("chat.postMessage", kind, after_doing=True)
    await request(slack)
    assert len(_texts(fresh, "#brightwater", WANTED)) == 1
    await slack.move(timedelta(seconds=20))
    assert len(slack.transcript.calls("conversations.replies")) == 1
    for _ in range(3):
        await slack.move(timedelta(minutes=10))
    assert len(_texts(fresh, "#brightwater", WANTED)) == 1
    assert await _open_rows(fresh) == []


async def test_a_confirmation_that_did_not_arrive_is_posted_after_the_look(fresh: Story) -> None:
    slack = fresh.slack
    slack.faults.add("chat.postMessage", "http_500")
    await request(slack)
    assert _texts(fresh, "#brightwater", WANTED) == []
    await slack.move(timedelta(seconds=20))
    assert len(_texts(fresh, "#brightwater", WANTED)) == 1


async def test_without_the_right_to_read_a_channel_the_person_is_told_alone(tmp_path: Path) -> None:
    optional = frozenset({"channels:history", "groups:history", "im:history", "im:write"})
    async with workshop(tmp_path, without=optional) as story:
        slack = story.slack
        await request(slack, wanted=["oakline"])
        assert len(_texts(story, "#brightwater", WANTED)) == 1
        slack.faults.add("chat.postMessage", "http_500", after_doing=True)
        await bug(slack, customer="kestrel")
        await slack.move(timedelta(seconds=20))
        assert "Bug 1" in "".join(one.text for one in slack.dms("maya"))
        posts = len(slack.transcript.calls("chat.postMessage"))
        await slack.move(timedelta(hours=1))
        assert len(slack.transcript.calls("chat.postMessage")) == posts
        assert await _open_rows(story) == []
        assert not [one for one in slack.transcript.calls() if "missing_scope" in one.note]


# settings


async def test_without_github_a_bug_waits_says_so_and_is_filed_when_it_is_set_up(tmp_path: Path) -> None:
    async with workshop(tmp_path, github=False) as story:
        seen = await bug(story.slack, customer="kestrel")
        assert "Bug 1 saved" in seen
        assert "It waits for GitHub, which is not set up yet" in seen
        assert "being filed" not in seen.text
        assert "no GitHub issue" in await story.slack.command("maya", "#cs-team", "/brief kestrel")
        assert [row[:2] for row in await _open_rows(story)] == [("bug_issue", State.PARKED)]
        assert story.slack.transcript.calls("github:*") == []
    async with workshop(tmp_path) as story:
        await story.slack.quiet()
        (issue,) = filed(story.slack)
        assert f"Bug 1 is filed as #{issue.number}" in _texts(story, "#kestrel", FAILED)[-1]


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "missing_scope"])
async def test_a_token_that_is_good_again_after_days_has_lost_nothing(fresh: Story, code: str) -> None:
    slack = fresh.slack
    message = said(slack, "#brightwater", WANTED)
    form = await slack.shortcut("maya", "Log feature request", message)
    fault = slack.faults.add("*", "error", times=10_000, error=code)
    assert not (await slack.submit("maya", form, {"title": "SSO"})).views
    for _ in range(4):
        await slack.move(timedelta(days=1))
    assert slack.dms("maya") == []
    slack.faults.clear()
    assert fault.left
    await slack.move(timedelta(minutes=2))
    assert ["Request 1 saved" in one.text for one in thread(slack, message)] == [True]
    assert await _open_rows(fresh) == []


# webhooks


async def _hook(story: Story, body: bytes, secret: str, event: str = "issues") -> int:
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "d-1",
        "Content-Type": "application/json",
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    url = f"http://127.0.0.1:{story.bot.port}/github/webhooks"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_a_webhook_counts_once_and_only_with_its_signature(fresh: Story) -> None:
    slack = fresh.slack
    await bug(slack)
    number = filed(slack)[0].number
    await slack.github.close("jonas", number)
    told = _texts(fresh, "#kestrel", FAILED)
    assert len([one for one in told if "was closed on GitHub" in one]) == 1
    for _ in range(20):
        assert (await slack.github.redeliver()).status == 204
    await slack.move(timedelta(minutes=1))
    await slack.github.reopen("jonas", number)
    await slack.github.redeliver(next(one for one in slack.github.deliveries if one.action == "closed"))
    assert _texts(fresh, "#kestrel", FAILED)[: len(told)] == told
    assert len(_texts(fresh, "#kestrel", FAILED)) == len(told) + 1
    seen = await slack.command("maya", "#cs-team", "/bugs list")
    assert [one for one in seen.buttons if one.startswith("Show")] == ["Show 1"]
    forged = json.dumps({"action": "closed"}).encode()
    assert await _hook(fresh, forged, "not the secret") == 401
    assert await _hook(fresh, forged, slack.github.webhook_secret) == 400
    assert await _hook(fresh, b"[" * 100_000, slack.github.webhook_secret) == 400


async def test_what_no_webhook_told_is_found_by_asking(fresh: Story) -> None:
    slack = fresh.slack
    slack.github.webhook_url = None
    await bug(slack)
    await slack.github.close("jonas", filed(slack)[0].number, "not_planned")
    before = _texts(fresh, "#kestrel", FAILED)
    for _ in range(3):
        await slack.move(timedelta(minutes=3))
        await fresh.bot.tick(fresh.bot.clock())
        await slack.quiet()
    told = _texts(fresh, "#kestrel", FAILED)[len(before) :]
    assert ["was closed on GitHub (not planned)" in one for one in told] == [True]
