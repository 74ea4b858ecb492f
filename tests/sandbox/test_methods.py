"""The Web API is as strict as Slack's, and its table of methods is held against a copy of the facts."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox import ManifestError, Sandbox
from bot.sandbox.facts import METHODS

from .conftest import MANIFEST, bench, caller, plain, refused, section

FACTS = json.loads(Path(__file__).with_name("slack_facts.json").read_text("utf-8"))["methods"]


@pytest.mark.parametrize("name", sorted(METHODS))
def test_our_table_says_what_the_facts_say(name: str) -> None:
    ours, theirs = METHODS[name], FACTS[name]
    assert set(ours.required) == set(theirs["required"]) - {"token"}
    assert set(ours.scopes) == set(theirs["scopes"])
    # auth.test and the like: read JSON whenever Slack does.
    assert ours.json == bool(theirs["json"])


def without(*scopes: str) -> dict[str, Any]:
    manifest = copy.deepcopy(MANIFEST)
    kept = [one for one in manifest["oauth_config"]["scopes"]["bot"] if one not in scopes]
    manifest["oauth_config"]["scopes"]["bot"] = kept
    return manifest


async def test_auth_test_names_the_bot_and_its_scopes() -> None:
    async with bench() as slack, caller(slack) as client:
        answer = await client.auth_test()
        assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0HARBOUR", "U0DOSSIER", "B0DOSSIER")
        assert answer.headers["X-OAuth-Scopes"].split(",") == MANIFEST["oauth_config"]["scopes"]["bot"]


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("xoxb-123456789-abc", "invalid_auth"),
        ("xoxb-sandbox-other", "invalid_auth"),
        ("APP", "not_allowed_token_type"),
        (" ", "not_authed"),
    ],
)
async def test_wrong_tokens_are_refused_and_never_written_down(token: str, error: str) -> None:
    async with bench() as slack:
        given = slack.app_token if token == "APP" else token
        async with ClientSession() as web:
            answer = await web.post(f"{slack.api_url}users.list", headers={"Authorization": f"Bearer {given}"})
            assert (await answer.json())["error"] == error
        assert not given.strip() or given not in str([one.detail for one in slack.transcript])


async def test_unknown_methods_scopes_and_arguments() -> None:
    async with bench(manifest=without("users:read")) as slack, caller(slack) as client:
        assert (await refused(client.api_call("chat.fly")))["error"] == "unknown_method"
        answer = await refused(client.users_list())
        assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
        assert "chat:write" in answer["provided"]
        answer = await refused(client.api_call("chat.postMessage", json={"text": "x"}))
        assert answer["error"] == "invalid_arguments"
        answer = await refused(client.api_call("conversations.info", json={"channel": "C0GENERAL"}))
        assert answer["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOBOT", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("C0NONE", "channel_not_found"),
        ("U0DOSSIER", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_post(channel: str, error: str) -> None:
    async with bench() as slack, caller(slack) as client:
        assert (await refused(client.chat_postMessage(channel=channel, text="x")))["error"] == error


async def test_a_private_channel_without_the_bot_is_not_there() -> None:
    async with bench() as slack, caller(slack) as client:
        await slack.leave("dossier", "#kestrel")
        assert (await refused(client.chat_postMessage(channel="C0KESTREL", text="x")))["error"] == "channel_not_found"
        assert (await refused(client.conversations_info(channel="C0KESTREL")))["error"] == "channel_not_found"
        listed = await client.conversations_list(types="public_channel,private_channel")
        assert "C0KESTREL" not in [one["id"] for one in listed["channels"]]


async def test_messages_are_posted_updated_and_deleted() -> None:
    async with bench() as slack, caller(slack) as client:
        posted = await client.chat_postMessage(channel="#cs-team", text="one", blocks=[section("*one*")])
        ts = posted["ts"]
        await client.chat_update(channel="C0CSTEAM", ts=ts, text="two", blocks=[])
        [message] = [one for one in slack.messages("#cs-team", "jonas") if one.ts == ts]
        assert (message.text, message.blocks) == ("two", [])
        link = (await client.chat_getPermalink(channel="C0CSTEAM", message_ts=ts))["permalink"]
        assert link == f"{slack.url}/archives/C0CSTEAM/p{ts.replace('.', '')}"
        await client.chat_delete(channel="C0CSTEAM", ts=ts)
        assert (await refused(client.chat_delete(channel="C0CSTEAM", ts=ts)))["error"] == "message_not_found"


async def test_messages_of_others_stay_as_they_are() -> None:
    async with bench() as slack, caller(slack) as client:
        ts = slack.messages("#cs-team", "maya")[0].ts
        answer = await refused(client.chat_update(channel="C0CSTEAM", ts=ts, text="x"))
        assert answer["error"] == "cant_update_message"
        assert (await refused(client.chat_delete(channel="C0CSTEAM", ts=ts)))["error"] == "cant_delete_message"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": " "}, "no_text"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "thread_ts": "1.000000"}, "cannot_reply_to_message"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": ["mark"]}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "mark"}}, "invalid_metadata_schema"),
    ],
)
async def test_bad_messages_are_refused(arguments: dict[str, Any], error: str) -> None:
    async with bench() as slack, caller(slack) as client:
        call = client.api_call("chat.postMessage", json={"channel": "C0CSTEAM", **arguments})
        answer = await refused(call)
        assert answer["error"] == error
        if error == "invalid_blocks":
            [message] = answer["response_metadata"]["messages"]
            assert message == "[ERROR] must have text or fields [json-pointer:/blocks/0]"


async def test_ephemeral_posts_are_for_members() -> None:
    async with bench() as slack, caller(slack) as client:
        await client.chat_postEphemeral(channel="C0CSTEAM", user="U0MAYA", text="psst")
        assert slack.messages("#cs-team", "maya")[-1].text == "psst"
        assert slack.messages("#cs-team", "jonas")[-1].text != "psst"
        call = client.chat_postEphemeral(channel="C0CSTEAM", user="U0GUS", text="x")
        assert (await refused(call))["error"] == "user_not_in_channel"


async def test_direct_messages_open_lazily() -> None:
    async with bench() as slack, caller(slack) as client:
        assert slack.dms("maya") == []
        opened = await client.conversations_open(users="U0MAYA")
        await client.chat_postMessage(channel=opened["channel"]["id"], text="to you")
        await client.chat_postMessage(channel="U0MAYA", text="again")
        assert [one.text for one in slack.dms("maya")] == ["to you", "again"]
        await slack.change("jonas", deleted=True)
        assert (await refused(client.conversations_open(users="U0JONAS")))["error"] == "user_disabled"
        assert (await refused(client.conversations_open(users="U0NONE")))["error"] == "user_not_found"


async def test_channels_say_who_else_can_read() -> None:
    async with bench() as slack, caller(slack) as client:
        shared = (await client.conversations_info(channel="C0SHARED"))["channel"]
        assert (shared["is_ext_shared"], shared["connected_team_ids"]) == (True, ["T0BRIGHT"])
        await slack.share("#cs-team", pending=True)
        pending = (await client.conversations_info(channel="C0CSTEAM"))["channel"]
        assert (pending["is_ext_shared"], pending["is_pending_ext_shared"]) == (False, True)
        assert "U0OLGA" in (await client.conversations_members(channel="C0SHARED"))["members"]


async def test_people_come_in_pages() -> None:
    async with bench() as slack, caller(slack) as client:
        names: list[str] = []
        async for page in await client.users_list(limit=3):
            names += [one["id"] for one in page["members"]]
        assert names == ["USLACKBOT", *slack.workspace.people]
        assert (await refused(client.users_list(cursor="nonsense!")))["error"] == "invalid_cursor"


async def test_people_are_as_slack_tells_of_them() -> None:
    async with bench() as slack, caller(slack) as client:
        olga = (await client.users_info(user="U0OLGA"))["user"]
        assert (olga["is_stranger"], olga["team_id"], "email" in olga["profile"]) == (True, "T0BRIGHT", False)
        assert (await client.users_info(user="U0GUS"))["user"]["is_restricted"] is True
        assert (await client.users_lookupByEmail(email="iris@harbour.example"))["user"]["is_admin"] is True
        answer = await refused(client.users_lookupByEmail(email="olga@brightwater.example"))
        assert answer["error"] == "users_not_found"


async def test_history_and_threads() -> None:
    async with bench(manifest=without()) as slack, caller(slack) as client:
        history = await client.conversations_history(channel="C0SHARED")
        [root] = history["messages"]
        assert root["reply_count"] == 1
        replies = await client.conversations_replies(channel="C0SHARED", ts=root["ts"])
        assert [one["user"] for one in replies["messages"]] == ["U0OLGA", "U0MAYA"]
        answer = await refused(client.conversations_history(channel="C0KESTREL"))
        assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:history")


async def test_metadata_is_kept_and_told_when_asked_for() -> None:
    async with bench() as slack, caller(slack) as client:
        mark = {"event_type": "dossier_post", "event_payload": {"key": "r-1"}}
        posted = await client.chat_postMessage(channel="C0CSTEAM", text="x", metadata=mark)
        reply = await client.chat_postMessage(channel="C0CSTEAM", text="y", thread_ts=posted["ts"], metadata=mark)
        to_maya = await client.chat_postMessage(channel="U0MAYA", text="z", metadata=mark)
        for told in (
            await client.conversations_history(channel="C0CSTEAM", include_all_metadata=True, limit=1),
            await client.conversations_replies(channel="C0CSTEAM", ts=posted["ts"], include_all_metadata=True),
            await client.conversations_history(channel=to_maya["channel"], include_all_metadata=True),
        ):
            assert {json.dumps(one["metadata"]) for one in told["messages"]} == {json.dumps(mark)}
        plainly = await client.conversations_history(channel="C0CSTEAM", limit=1)
        assert "metadata" not in plainly["messages"][0]
        other = {"event_type": "dossier_post", "event_payload": {"key": "r-2"}}
        await client.chat_update(channel="C0CSTEAM", ts=reply["ts"], text="y2", metadata=other)
        told = await client.conversations_replies(channel="C0CSTEAM", ts=posted["ts"], include_all_metadata=True)
        assert told["messages"][-1]["metadata"] == other


def optional() -> dict[str, Any]:
    manifest = without("channels:history", "im:history")
    manifest["oauth_config"]["scopes"]["bot_optional"] = ["channels:history", "im:history"]
    return manifest


async def test_optional_scopes_are_granted_unless_left_out() -> None:
    async with bench(manifest=optional()) as slack, caller(slack) as client:
        assert (await client.conversations_history(channel="C0CSTEAM"))["messages"]
        assert "channels:history" in (await client.auth_test()).headers["X-OAuth-Scopes"]
    left_out = frozenset({"channels:history", "im:history"})
    async with bench(manifest=optional(), without_scopes=left_out) as slack, caller(slack) as client:
        answer = await refused(client.conversations_history(channel="C0CSTEAM"))
        assert answer["error"] == "missing_scope"
        assert "message.im" not in slack.declared.events
        assert "app_home_opened" in slack.declared.events


def test_only_optional_scopes_can_be_left_out() -> None:
    with pytest.raises(ManifestError, match="chat:write is not an optional scope"):
        Sandbox(optional(), without_scopes=frozenset({"chat:write"}))


async def test_a_modal_with_errors_is_refused_with_a_pointer() -> None:
    async with bench() as slack, caller(slack) as client:
        view = {"type": "modal", "title": plain("x" * 25), "blocks": []}
        answer = await refused(client.views_open(trigger_id="1", view=view))
        assert answer["error"] == "invalid_arguments"
        assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][0]
