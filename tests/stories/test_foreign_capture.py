"""The whole capture loop of `dossier run` against a Slack and a GitHub that know nothing of ours, by base URL only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession

from tests.bot.github.foreign_github import ForeignGitHub
from tests.foreign import SECRET, TOKEN, ForeignSlack, Post, dossier_run, person, port_in, ready_line
from tests.foreign_hand import Hand

EXAMPLES = Path(__file__).parents[2] / "customers" / "examples"
HOOK = "foreign-webhook-secret"
MAYA, JONAS = "U2", "U3"  # who the examples name as CSM of Brightwater and of Kestrel


@asynccontextmanager
async def _strangers() -> AsyncIterator[tuple[ForeignSlack, ForeignGitHub]]:
    github = ForeignGitHub(clock=lambda: datetime.now(UTC))
    github.secret = HOOK.encode()
    async with ForeignSlack().serve() as slack, github:
        slack.people[MAYA] = person(MAYA, "maya", "Maya Okafor", "maya@harbour.example")
        slack.people[JONAS] = person(JONAS, "jonas", "Jonas Lindqvist", "Jonas@Harbour.example")
        yield slack, github
        assert slack.wrong == []
        assert github.wrong == []


def _environment(slack: ForeignSlack, github: ForeignGitHub, folder: Path) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.url,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "CUSTOMER_DOCS": str(EXAMPLES),
        "DATA_DIR": str(folder),
        "PORT": "0",
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": github.repository,
        "GITHUB_TOKEN": "ghp_foreign",
        "GITHUB_WEBHOOK_SECRET": HOOK,
    }


async def test_from_a_message_to_the_answer_that_closes_the_loop(tmp_path: Path) -> None:
    async with _strangers() as (slack, github), dossier_run(_environment(slack, github, tmp_path)) as process:
        port = port_in(await ready_line(process))
        ana = Hand(slack, port)
        sources = await _a_request_for_two(slack, ana)
        await _shipped(ana)
        await _a_bug_with_its_issue(slack, github, ana)
        await _closed_on_github(slack, github, port)
        await _everybody_hears(slack, *sources)


async def _a_request_for_two(slack: ForeignSlack, ana: Hand) -> tuple[Post, Post]:
    first = slack.say("C1", "Brightwater wants SSO on the drivers' phones, <!channel> &amp; soon")
    await ana.take("log_request", first)
    assert "Brightwater wants SSO on the drivers' phones, @channel & soon" in ana.view.all
    (brightwater,) = await ana.suggest("wanted", "brightw")
    await ana.choose("wanted", [brightwater])
    assert ana.view.version == 2
    assert "Importance for Brightwater Logistics" in ana.view.all
    ana.fill("request_title", "SSO on phones")
    assert await ana.submit() == {"response_action": "clear"}
    told = await slack.until(lambda: slack.said("C1", first.ts))
    assert "Request 1 saved" in told[0].all

    second = slack.say("C2", "Single sign-on for the nurses", thread=slack.say("C2", "What does Kestrel need?").ts)
    await ana.take("log_request", second)
    await ana.choose("wanted", await ana.suggest("wanted", "kestrel"))
    await ana.choose("request_title", "SSO on phones")
    assert "Request 1: SSO on phones" in ana.view.all
    await ana.press("join:1")
    assert await ana.submit() == {"response_action": "clear"}
    (joined,) = await slack.until(lambda: slack.said("C2", second.thread))
    assert "Added to request 1" in joined.all
    assert "wanted by Kestrel Health and 1 other customer" in joined.all
    assert "2 customers want it." in joined.all
    assert "Brightwater" not in joined.all  # a thread may be about one customer, and be shared one day
    return first, second


async def _shipped(ana: Hand) -> None:
    await ana.command("/features set 1 shipped")
    assert "2 customers want it: Brightwater Logistics and Kestrel Health" in ana.view.all
    ana.fill("status", "shipped")
    answer = await ana.submit()
    assert "Request 1 is shipped now." in str(answer["view"])


async def _everybody_hears(slack: ForeignSlack, first: Post, second: Post) -> None:
    for channel, thread in (("C1", first.ts), ("C2", second.thread)):
        shipped = await slack.until(lambda c=channel, t=thread: [p for p in slack.said(c, t) if "shipped" in p.all])
        assert len(shipped) == 1
    for csm, customer in ((MAYA, "Brightwater Logistics"), (JONAS, "Kestrel Health")):
        (draft,) = await slack.until(lambda c=csm: [p for p in slack.said(f"D{c}") if "is now available" in p.all])
        assert f"Your customers on it: {customer}." in draft.all
        assert "Draft for the customer" in draft.all


async def _a_bug_with_its_issue(slack: ForeignSlack, github: ForeignGitHub, ana: Hand) -> None:
    message = slack.say("C3", "The nightly export is empty again, cc @org/all, fixes #1")
    await ana.take("report_bug", message)
    assert "to see when it is due" in ana.view.all
    await ana.choose("bug_customer", (await ana.suggest("bug_customer", "kestrel"))[0])
    await ana.choose("severity", "critical")
    assert ana.view.version == 2
    assert "(Europe/Berlin)" in ana.view.all
    ana.fill("bug_title", "Nightly export is empty")
    assert await ana.submit() == {"response_action": "clear"}
    saved, filed = await slack.until(lambda: (p := slack.said("C3", message.ts))[1:] and p)
    assert "Bug 1 saved" in saved.all
    assert "issue #1" in filed.all
    (issue,) = github.issues
    (create,) = [one for one in github.requests if one.method == "POST"]
    assert create.body["labels"] == ["customer-reported", "severity:critical"]
    assert create.body["body"].splitlines()[-1].startswith("<!-- dossier:bug:1:")
    assert "Kestrel Health" in issue["body"]
    assert "Brightwater" not in issue["body"]
    assert f"https://foreign.slack.com/archives/C3/p{message.ts.replace('.', '')}" in issue["body"]


async def _closed_on_github(slack: ForeignSlack, github: ForeignGitHub, port: int) -> None:
    github.close(1)
    headers, body = github.webhook("issues", "closed", 1)
    async with ClientSession() as session:
        for sent, status in ((headers, 204), (headers, 204), ({**headers, "X-Hub-Signature-256": "sha256=00"}, 401)):
            async with session.post(f"http://127.0.0.1:{port}/github/webhooks", data=body, headers=sent) as answer:
                assert answer.status == status
    source = next(one for one in slack.posts if one.channel == "C3")
    closed = await slack.until(
        lambda: [one for one in slack.said("C3", source.ts) if "was closed on GitHub" in one.all]
    )
    drafts = await slack.until(lambda: [one for one in slack.said(f"D{JONAS}") if "is resolved" in one.all])
    assert (len(closed), len(drafts)) == (1, 1)
    assert "Nightly export is empty" in drafts[0].all
