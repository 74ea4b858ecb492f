"""Web API: chat.* and reactions.add. Sources: docs.slack.dev, the page of each method."""

from __future__ import annotations

import copy
import re
import secrets
from typing import Any

from bot.sandbox.blocks import TOO_LONG, check_blocks
from bot.sandbox.call import Call, RefusedError, wire_message
from bot.sandbox.seed import Channel
from bot.sandbox.workspace import Json, Message

__all__ = ["METHODS", "own_message", "permalink", "with_ids"]

UPDATE_CHARACTERS = 4_000
TRUNCATED_AT = 40_000


def post_message(call: Call) -> Json:
    """chat.postMessage"""
    channel = _target(call)
    text, blocks = _content(call, "msg_blocks_too_long")
    thread = call.text("thread_ts")
    if thread and call.workspace.find(channel.id, thread) is None:
        raise RefusedError("cannot_reply_to_message")
    message = own_message(call, channel, text, blocks)
    message.thread_ts, message.metadata = thread, _metadata(call)
    call.workspace.files.share(message.blocks)
    call.workspace.post(message)
    call.emit({**wire_message(message, call.workspace), **_event_fields(channel)})
    wire = wire_message(message, call.workspace, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": wire}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral"""
    channel = _target(call)
    person = call.workspace.people.get(call.text("user") or "")
    if person is None or person.id not in channel.members or person.deleted:
        raise RefusedError("user_not_in_channel")
    text, blocks = _content(call, "msg_too_long")
    message = own_message(call, channel, text, blocks)
    message.seen_by, message.thread_ts = person.id, call.text("thread_ts")
    call.workspace.files.share(message.blocks)
    call.workspace.post(message)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    """chat.update"""
    channel, message = _mine(call, "cant_update_message")
    if channel.is_archived:
        raise RefusedError("is_inactive")
    if "blocks" in call.args:
        text, blocks = _content(call, "msg_too_long")
        message.text, message.blocks = text, with_ids(blocks)
    else:
        message.text, _ = _content(call, "msg_too_long")
    if "metadata" in call.args:
        message.metadata = _metadata(call)
    message.edited = call.workspace.stamp()
    call.workspace.changed(message)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": wire_message(message, call.workspace),
    }


def delete(call: Call) -> Json:
    """chat.delete"""
    channel, message = _mine(call, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """chat.getPermalink"""
    channel = call.channel()
    message = call.workspace.find(channel.id, call.text("message_ts") or "")
    if message is None:
        raise RefusedError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(call.url, message)}


def add_reaction(call: Call) -> Json:
    """reactions.add"""
    channel = call.channel(member=True)
    if channel.is_archived:
        raise RefusedError("is_archived")
    name = (call.text("name") or "").strip(":")
    if not re.fullmatch(r"[\w+'-]+", name):
        raise RefusedError("invalid_name")
    message = call.workspace.find(channel.id, call.text("timestamp") or "")
    if message is None:
        raise RefusedError("message_not_found")
    who = message.reactions.setdefault(name, [])
    if call.workspace.bot.id in who:
        raise RefusedError("already_reacted")
    who.append(call.workspace.bot.id)
    call.workspace.changed(message)
    return {}


def permalink(url: str, message: Message) -> str:
    """Return the address that shows a message in this sandbox's page."""
    thread = f"?thread_ts={message.thread_ts}&cid={message.channel}" if message.thread_ts else ""
    return f"{url}/archives/{message.channel}/p{message.ts.replace('.', '')}{thread}"


def own_message(call: Call, channel: Channel, text: str, blocks: list[Json]) -> Message:
    """Build a message of the app."""
    seed = call.workspace.seed
    return Message(channel.id, call.workspace.stamp(), seed.bot_user, text, with_ids(blocks), bot_id=seed.bot_id)


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return a copy in which every block and interactive element has an id, as Slack fills them in."""
    filled: list[Json] = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        parts: list[Any] = [block.get("accessory"), block.get("element")]
        if block.get("type") == "actions":
            parts += block["elements"]
        for part in parts:
            if isinstance(part, dict) and part.get("type") != "image":
                part.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return filled


def _target(call: Call) -> Channel:
    """Find where to post: a channel the bot is in, by id or name, or a person's own conversation with the app."""
    which = call.text("channel") or ""
    if which in call.workspace.people:
        person = call.person("channel", "channel_not_found")
        if person.is_bot or person.deleted:
            raise RefusedError("channel_not_found")
        if not call.workspace.declared.messages_tab:
            raise RefusedError("messages_tab_disabled")
        return call.workspace.dm(person)
    channel = call.channel(by_name=True)
    if channel.is_archived:
        raise RefusedError("is_archived")
    public = "chat:write.public" in call.workspace.declared.scopes and not channel.is_private
    if call.workspace.bot.id not in channel.members and not public:
        raise RefusedError("not_in_channel")
    return channel


def _mine(call: Call, error: str) -> tuple[Channel, Message]:
    channel = call.channel()
    message = call.workspace.find(channel.id, call.text("ts") or "")
    if message is None:
        raise RefusedError("message_not_found")
    if message.bot_id != call.workspace.seed.bot_id:
        raise RefusedError(error)
    return channel, message


def _content(call: Call, too_long: str) -> tuple[str, list[Json]]:
    """Read and check text and blocks."""
    text = call.text("text") or ""
    blocks = call.json("blocks", "invalid_blocks_format")
    if call.text("markdown_text"):
        if text or blocks:
            raise RefusedError("markdown_text_conflict")
        blocks = [{"type": "markdown", "text": call.text("markdown_text")}]
    if blocks is not None and not isinstance(blocks, list):
        raise RefusedError("invalid_blocks_format")
    if not text.strip() and not blocks:
        raise RefusedError("no_text")
    if call.method == "chat.update" and len(text) > UPDATE_CHARACTERS:
        raise RefusedError("msg_too_long")
    problems = check_blocks(blocks or []) or call.workspace.files.problems(blocks or [])
    if problems and all(one.startswith(TOO_LONG) for one in problems):
        raise RefusedError(too_long)
    if problems:
        messages = [f"[ERROR] {one}" for one in problems]
        raise RefusedError("invalid_blocks", errors=problems, response_metadata={"messages": messages})
    return text[:TRUNCATED_AT], blocks or []


def _metadata(call: Call) -> Json | None:
    """Read message metadata (docs.slack.dev: Message metadata): `event_type` and an object `event_payload`."""
    given = call.json("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise RefusedError("invalid_metadata_format")
    name, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(name, str) or not name or not isinstance(payload, dict):
        raise RefusedError("invalid_metadata_schema")
    return {"event_type": name, "event_payload": payload}


def _event_fields(channel: Channel) -> Json:
    kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
    return {"channel": channel.id, "channel_type": kind}


METHODS = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
    "reactions.add": add_reaction,
}
