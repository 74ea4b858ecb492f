"""The page: what each person sees of it, safe against what bots and people write, closed to other pages."""

from __future__ import annotations

import re
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

from .conftest import MANIFEST, bench, button, caller, plain, section


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


class Live:
    """A bot whose form tells what is typed into its title."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def form(self, similar: str) -> dict[str, Any]:
        text = {"type": "plain_text_input"}
        blocks = [
            {"block_id": "t", "dispatch_action": True, "label": plain("T"), "element": {**text, "action_id": "typed"}},
            {"block_id": "n", "label": plain("N"), "element": {**text, "action_id": "note"}},
        ]
        shown = [{"type": "input", **one} for one in blocks] + [section(similar)]
        return {"type": "modal", "callback_id": "f", "title": plain("F"), "submit": plain("Save"), "blocks": shown}

    def __call__(self, app: AsyncApp) -> None:
        @app.shortcut("log")
        async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=self.form("Nothing similar"))

        @app.action("typed")
        async def typed(ack: Any, action: dict[str, Any], body: dict[str, Any], client: Any) -> None:
            await ack()
            self.heard.append(action["value"])
            await client.views_update(view_id=body["view"]["id"], view=self.form(f"Similar to {action['value']}"))

        @app.view("f")
        async def saved(ack: Any, view: dict[str, Any]) -> None:
            await ack()
            self.heard.append(f"saved {view['state']['values']['t']['typed']['value']}")


@pytest.fixture
def desk() -> Live:
    return Live()


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


async def test_the_page_brings_its_own_files() -> None:
    async with bench() as slack, browser(slack) as web:
        page = await (await web.get("/")).text()
        for name in re.findall(r'(?:src|href)="(/page/[^"]+)"', page):
            assert (await web.get(name)).status == 200, name
        assert "/page/forms.js" in page


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


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/archives/C0CSTEAM/p1794556800000001?thread_ts=1.2&cid=C", "/?channel=C0CSTEAM#m1794556800.000001"),
        ("/archives/C0CSTEAM/p1794556800000001?as=iris", "/?as=iris&channel=C0CSTEAM#m1794556800.000001"),
        ("/github/Harbour/product/issues/2?as=iris&drawer=1", "/?as=iris&drawer=1&view=github&issue=2"),
        ("/github/other/product/issues/2", None),
        ("/archives/C0CSTEAM/x", None),
    ],
)
async def test_own_addresses_lead_to_their_place(address: str, place: str | None) -> None:
    async with bench() as slack, browser(slack) as web:
        answer = await web.get(address, allow_redirects=False)
        assert (answer.status, answer.headers.get("Location")) == ((302, place) if place else (404, None))


async def test_own_links_open_in_the_page_and_keep_who_you_are() -> None:
    async with bench() as slack, caller(slack) as client, browser(slack) as web:
        message = slack.messages("#cs-team", "maya")[0]
        there = f"{slack.url}/archives/C0CSTEAM/p{message.ts.replace('.', '')}"
        issue = f"{slack.url}/github/harbour/product/issues/2"
        said = f'href="?as=jonas&amp;channel=C0CSTEAM#m{message.ts}" data-go>'
        filed = 'href="?as=jonas&amp;view=github&amp;issue=2'
        link = {"type": "link", "url": f"{issue}#issuecomment-1", "text": "issue"}
        rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]}
        await slack.say("maya", "#engineering", f"{there} https://elsewhere.example/archives/C0CSTEAM/p1")
        pressed = {"type": "actions", "elements": [button("Open", "open", url=issue)]}
        blocks = [rich, {"type": "markdown", "text": f"[here]({there})"}, pressed]
        await client.chat_postMessage(channel="C0ENG", text="x", blocks=blocks)
        drawn = (await regions(web, "jonas", "C0ENG"))["messages"]
        assert drawn.count(said) == 2
        assert f'{filed}#issuecomment-1" data-go>issue</a>' in drawn
        assert f'data-inside="{filed.removeprefix("href=")[1:]}"' in drawn
        assert 'href="https://elsewhere.example/archives/C0CSTEAM/p1" target="_blank"' in drawn
        await slack.github.comment("maya", 2, f'See <{there}>, "{issue}." and {slack.url}/nowhere <b>')
        text = (await hub(web, "jonas", issue="2"))["messages"]
        assert f"See &lt;<a {said}{there}</a>&gt;, &quot;<a {filed}" in text
        assert f"{slack.url}/nowhere &lt;b&gt;" in text
        assert f'id="issuecomment-{slack.github.issue(2).comments[-1].id}"' in text


async def test_messages_of_the_app_are_counted_until_they_are_opened() -> None:
    async with bench() as slack, caller(slack) as client, browser(slack) as web:
        assert 'class="unread"' not in (await regions(web, "maya"))["sidebar"]
        await slack.say("maya", "dm", "hello")
        assert 'class="unread"' not in (await regions(web, "maya"))["sidebar"]
        for text in ("one", "two"):
            await client.chat_postMessage(channel="U0MAYA", text=text)
        assert 'class="unread">2<' in (await regions(web, "maya"))["sidebar"]
        assert 'class="unread"' not in (await regions(web, "jonas"))["sidebar"]
        assert 'class="unread"' not in (await regions(web, "maya", "dm"))["sidebar"]
        await client.chat_postMessage(channel="U0MAYA", text="three")
        assert 'class="unread">1<' in (await regions(web, "maya"))["sidebar"]
        await slack.reset()
        assert 'class="unread"' not in (await regions(web, "maya"))["sidebar"]


async def hub(web: ClientSession, who: str = "maya", **more: str) -> dict[str, str]:
    query = {"as": who, "view": "github", **more}
    answer: dict[str, str] = await (await web.get("/regions", params=query)).json()
    return answer


async def test_the_github_tab_shows_issues_as_literal_text() -> None:
    async with bench() as slack, browser(slack) as web:
        body = "Steps ![x](y) @org/all <b>\n<!-- a hidden mark -->\nend <!-- open"
        headers = {"Authorization": f"Bearer {slack.github.token}"}
        address = f"{slack.github.api_url}/repos/harbour/product/issues"
        await web.post(address, json={"title": "<i>Empty</i>", "body": body, "labels": ["a&b"]}, headers=headers)
        listed = await hub(web)
        assert "&lt;i&gt;Empty&lt;/i&gt;" in listed["messages"]
        assert "a&amp;b" in listed["messages"]
        assert "Import of large rate sheets" not in listed["messages"]
        assert "Import of large rate sheets" in (await hub(web, state="closed"))["messages"]
        opened = (await hub(web, issue="3"))["messages"]
        visible, _, source = opened.partition('<details class="source">')
        assert "Steps ![x](y) @org/all &lt;b&gt;" in visible
        assert "hidden mark" not in visible
        assert "open" not in visible.partition("end")[2]
        assert "&lt;!-- a hidden mark --&gt;" in source
        assert "does not exist" in (await hub(web, issue="99"))["heading"]
        assert "does not exist" in (await hub(web, issue="9" * 5000))["heading"]


@pytest.mark.parametrize("who", ["olga", "gus"])
async def test_outsiders_and_guests_have_no_github_tab(who: str) -> None:
    async with bench() as slack, browser(slack) as web:
        for more in ({}, {"issue": "2"}, {"state": "closed"}):
            shown = "".join((await hub(web, who, **more)).values())
            assert "harbour/product" not in shown
            assert [one.title for one in slack.github.issues if one.title in shown] == []
        assert "no access" in (await do(web, "github", **{"as": who}, issue="2", what="reopen"))["problem"]


async def test_the_github_tab_does_what_the_verbs_do() -> None:
    async with bench() as slack, browser(slack) as web:
        for asked in (
            {"what": "comment", "text": "Seen."},
            {"what": "label", "name": "bug"},
            {"what": "unlabel", "name": "enhancement"},
            {"what": "close", "reason": "not_planned"},
        ):
            assert await do(web, "github", issue="2", **asked) == {}
        issue = slack.github.issue(2)
        assert (issue.comments[0].body, issue.comments[0].author) == ("Seen.", "maya")
        assert (issue.labels, issue.state_reason) == (("bug",), "not_planned")
        assert "Closed as not planned" in (await hub(web, issue="2"))["heading"]
        assert await do(web, "github", issue="2", what="reopen") == {}
        assert "already" in (await do(web, "github", issue="2", what="reopen"))["problem"]
        assert (await web.post("/do/github", json={"as": "maya", "issue": "2", "what": "burn"})).status == 400


async def test_trouble_is_planned_and_cleared() -> None:
    async def nothing() -> None: ...

    async with bench(troubles={"Database locked": nothing}) as slack, browser(slack) as web:
        assert 'data-trouble="Database locked"' in (await regions(web, "maya"))["trouble"]
        assert await do(web, "trouble", label="Slack answers 429 once") == {}
        shown = await regions(web, "maya")
        assert "chat.postMessage: ratelimited, 1 ×" in shown["trouble"]
        assert ">1<" in shown["armed"]
        assert "is called" in (await do(web, "trouble", label="Flood"))["problem"]
        await do(web, "calm")
        assert slack.faults.armed == ()
        assert "No trouble is planned" in (await regions(web, "maya"))["trouble"]


async def test_inputs_are_drawn_with_what_they_need_to_tell() -> None:
    typing = {"trigger_actions_on": ["on_character_entered", "on_enter_pressed"]}
    title = {"type": "plain_text_input", "action_id": "t", "dispatch_action_config": typing}
    picked = [{"text": {"type": "plain_text", "text": "Kes<trel>"}, "value": "k"}]
    many = {"type": "multi_external_select", "action_id": "m", "initial_options": picked, "max_selected_items": 2}
    label = {"type": "plain_text", "text": "L"}
    blocks = [
        {"type": "input", "block_id": "t", "dispatch_action": True, "label": label, "element": title},
        {"type": "input", "block_id": "m", "label": label, "element": many},
    ]
    async with bench() as slack, browser(slack) as web:
        person = slack.workspace.person("maya")
        raw = {"type": "modal", "title": label, "submit": label, "blocks": blocks}
        slack.workspace.stack(person).append(slack.workspace.new_view(person, raw))
        drawn = (await regions(web, "maya"))["modal"]
        assert 'data-when="on_character_entered on_enter_pressed"' in drawn
        assert "Kes&lt;trel&gt;<button" in drawn
        assert 'data-most="2"' in drawn


async def test_a_live_form_typed_on_the_page(desk: Live) -> None:
    async with bench(desk) as slack, browser(slack) as web:
        await do(web, "shortcut", name="log")
        [view] = slack.workspace.stack(slack.workspace.person("maya"))
        values = {"t/typed": "SSO", "n/note": "mine", "gone/away": "x"}
        asked = {"place": {"view": view.id}, "part": "t/typed", "kind": "menu", "option": "SSO", "values": values}
        assert await do(web, "press", **asked) == {}
        assert desk.heard == ["SSO"]
        drawn = (await regions(web, "maya"))["modal"]
        assert "Similar to SSO" in drawn
        assert 'value="mine"' in drawn
        assert await do(web, "submit", place={"view": view.id}, values=values) == {}
        assert desk.heard == ["SSO", "saved SSO"]
        assert slack.workspace.stack(slack.workspace.person("maya")) == []


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
