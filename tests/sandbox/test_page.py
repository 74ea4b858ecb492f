"""The page: what each person sees of it, safe against what bots and people write, closed to other pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox import HARBOUR, Clock, Sandbox
from bot.sandbox.manifest import read_manifest
from bot.sandbox.markdown import markdown
from bot.sandbox.mrkdwn import Mrkdwn
from bot.sandbox.workspace import Workspace

from .conftest import MANIFEST, bench, button, caller, section


@asynccontextmanager
async def browser(slack: Sandbox) -> AsyncIterator[ClientSession]:
    async with ClientSession(slack.url) as web:
        yield web


async def regions(web: ClientSession, who: str, channel: str = "") -> dict[str, str]:
    answer: dict[str, str] = await (await web.get("/regions", params={"as": who, "channel": channel})).json()
    return answer


async def do(web: ClientSession, verb: str, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await (await web.post(f"/do/{verb}", json={"as": "maya", **asked})).json()
    return answer


async def test_everybody_sees_only_what_they_may() -> None:
    async with bench() as slack, browser(slack) as web:
        maya, jonas, gus, olga = [(await regions(web, one))["sidebar"] for one in ("maya", "jonas", "gus", "olga")]
        assert "kestrel" in maya
        assert "kestrel" not in jonas
        assert "cs-team" not in gus
        assert "shared-brightwater" in olga
        assert "general" not in olga
        assert "nightly export" not in (await regions(web, "olga", "C0KESTREL"))["messages"]


async def test_a_click_through_the_page_is_the_same_as_a_verb() -> None:
    def app(bot: AsyncApp) -> None:
        @bot.command("/echo")
        async def echo(ack: Any) -> None:
            await ack(blocks=[section("*Brief*"), {"type": "actions", "elements": [button("Open", "open")]}])

        @bot.action("open")
        async def opened(ack: Any, respond: Any) -> None:
            await ack()
            await respond("opened", replace_original=True)

    async with bench(app) as slack, browser(slack) as web:
        assert "New here?" in (await regions(web, "maya"))["hints"]
        assert await do(web, "type", channel="C0CSTEAM", line="/echo") == {}
        message = slack.messages("#cs-team", "maya")[-1]
        drawn = await regions(web, "maya", "C0CSTEAM")
        assert "<strong>Brief</strong>" in drawn["messages"]
        assert "Only visible to you" in drawn["messages"]
        assert drawn["hints"].strip() == ""
        part = f"{message.blocks[1]['block_id']}/open"
        assert part in drawn["messages"]
        place = {"channel": message.channel, "ts": message.ts}
        assert await do(web, "press", place=place, part=part, kind="button") == {}
        assert "opened" in (await regions(web, "maya", "C0CSTEAM"))["messages"]
        assert "/echo" in (await regions(web, "maya"))["drawer"]
        assert await do(web, "dismiss", place=place) == {}
        assert await do(web, "dismiss", place=place) == {"problem": "That is not there any more."}
        assert (
            "do not work in threads" in (await do(web, "type", channel="C0CSTEAM", line="/echo", thread="1"))["problem"]
        )


async def test_unknown_blocks_are_a_visible_box() -> None:
    async with bench() as slack, caller(slack) as client, browser(slack) as web:
        await client.chat_postMessage(channel="C0CSTEAM", text="x", blocks=[section("x")])
        slack.messages("#cs-team", "maya")[-1].blocks = [{"type": "hologram", "block_id": "b"}]
        assert "cannot draw the block “hologram”" in (await regions(web, "maya", "C0CSTEAM"))["messages"]


async def test_nothing_written_by_bots_or_people_becomes_markup() -> None:
    evil = '<img src=x onerror=alert(1)> "><script>alert(1)</script>'
    async with bench() as slack, caller(slack) as client, browser(slack) as web:
        await slack.say("maya", "#cs-team", evil)
        bad = button(evil[:75], f"a'{evil}")
        await client.chat_postMessage(
            channel="C0CSTEAM",
            text=evil,
            blocks=[
                section(evil),
                {"type": "markdown", "text": evil},
                {"type": "actions", "block_id": evil, "elements": [bad]},
            ],
        )
        drawn = (await regions(web, "maya", "C0CSTEAM"))["messages"]
        assert "<script" not in drawn
        assert "<img" not in drawn
        page = await web.get("/", params={"as": evil, "channel": evil})
        assert evil not in await page.text()
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403)],
)
async def test_other_pages_and_hosts_are_refused(headers: dict[str, str], status: int) -> None:
    async with bench() as slack, browser(slack) as web:
        assert (await web.get("/", headers=headers)).status == status


async def test_verbs_need_json() -> None:
    async with bench() as slack, browser(slack) as web:
        assert (await web.post("/do/reset", data={"as": "maya"})).status == 400
        assert (await web.post("/do/explode", json={})).status == 400


async def test_the_stream_tells_of_changes() -> None:
    async with bench() as slack, browser(slack) as web:
        stream = await web.get("/stream")
        assert await stream.content.readline() == b"data: changed\n"
        await stream.content.readline()
        await slack.say("maya", "#cs-team", "hello")
        assert await stream.content.readline() == b"data: changed\n"
        stream.close()


async def test_clock_buttons_and_reset() -> None:
    async with bench() as slack, browser(slack) as web:
        await do(web, "move", by="day")
        assert slack.clock.now() == datetime(2026, 11, 17, 8, tzinfo=UTC)
        await do(web, "move", by="monday")
        assert slack.clock.now() == datetime(2026, 11, 23, 8, tzinfo=UTC)
        await slack.say("maya", "#cs-team", "forget me")
        await do(web, "reset")
        assert slack.clock.now() == HARBOUR.starts_at
        assert "forget me" not in (await regions(web, "maya", "C0CSTEAM"))["messages"]


async def test_permalinks_lead_to_the_message() -> None:
    async with bench() as slack, browser(slack) as web:
        answer = await web.get("/archives/C0CSTEAM/p1794556800000001", allow_redirects=False)
        assert answer.headers["Location"] == "/?channel=C0CSTEAM#m1794556800.000001"


def draw(text: str) -> str:
    workspace = Workspace(HARBOUR, Clock(HARBOUR.starts_at, frozen=True), read_manifest(MANIFEST))
    return str(Mrkdwn(workspace, workspace.person("jonas"))(text))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*b* _i_ ~s~ `c*d*`", "<strong>b</strong> <em>i</em> <del>s</del> <code>c*d*</code>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("*a _b_*", "<strong>a <em>b</em></strong>"),
        ("&gt; one\n&gt; two\nout", "<blockquote>one<br>two</blockquote>out"),
        ("• a\n• b", "<ul><li>a</li><li>b</li></ul>"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("<@U0MAYA> <#C0ENG>", '<span class="mention">@Maya Okafor</span> <span class="mention">#engineering</span>'),
        ("<@U0JONAS>", '<span class="mention mine">@Jonas Lindqvist</span>'),
        ("<#C0KESTREL|kestrel>", '<span class="mention">a private channel</span>'),
        ("<javascript:alert(1)|x>", "x"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        (":tada: :no_such:", "🎉 :no_such:"),
        (":large_green_circle:", '<span class="dot green" role="img" aria-label="green circle"></span>'),
        ("🔴", '<span class="dot red" role="img" aria-label="red circle"></span>'),
        ("<!date^1794816000^{date_short} {time}|then>", "Nov 16, 2026 09:00"),
        ("<!date^1794902400^{date_pretty}|then>", "tomorrow"),
        ("<!date^x^y|then>", "then"),
    ],
)
def test_mrkdwn(text: str, html: str) -> None:
    assert draw(text) == html


def test_markdown_blocks() -> None:
    html = markdown("# A\n\n- **b**\n- [c](https://c.example)\n\n```\n<x>\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert '<span class="heading h1">A</span>' in html
    assert "<li><strong>b</strong></li>" in html
    assert 'href="https://c.example"' in html
    assert "<pre>&lt;x&gt;</pre>" in html
    assert "<td>1</td>" in html
