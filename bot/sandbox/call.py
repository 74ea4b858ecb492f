"""One Web API call: its arguments as the app sent them, and the ways to refuse it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.sandbox.seed import Channel, Person
from bot.sandbox.triggers import Triggers
from bot.sandbox.workspace import Json, Message, Workspace

__all__ = ["Call", "RefusedError", "wire_message"]


class RefusedError(Exception):
    """The method answers `ok: false` with this code and these further fields."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more


@dataclass(frozen=True, slots=True)
class Call:
    """A call with what a method may touch. `emit` hands an event to those apps that subscribed to it."""

    method: str
    args: Json
    workspace: Workspace
    triggers: Triggers
    emit: Callable[[Json], None]
    url: str
    needs: Callable[[str], None]

    def text(self, name: str) -> str | None:
        """Return a string argument, None when it is absent."""
        value = self.args.get(name)
        return None if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean argument in any of the spellings Slack reads."""
        value = self.args.get(name)
        return default if value is None else value in (True, "true", "True", "1", 1)

    def json(self, name: str, error: str) -> Any:
        """Return an argument that is JSON, given as a string in forms; `error` when it cannot be read."""
        value = self.args.get(name)
        if isinstance(value, str):
            try:
                return orjson.loads(value) if value else None
            except orjson.JSONDecodeError:
                raise RefusedError(error) from None
        return value

    def page(self, items: Sequence[Json], name: str, default: int = 100) -> Json:
        """Cut one page out of a list (docs.slack.dev: Pagination through collections)."""
        start, limit = 0, default
        if cursor := self.text("cursor"):
            try:
                start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
            except (binascii.Error, ValueError):
                raise RefusedError("invalid_cursor") from None
        if (asked := self.text("limit")) not in (None, "0"):
            if not str(asked).isdigit() or not 0 < int(str(asked)) <= 1000:
                raise RefusedError("invalid_limit")
            limit = int(str(asked))
        end = start + limit
        following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return {name: list(items[start:end]), "response_metadata": {"next_cursor": following}}

    def channel(self, *, by_name: bool = False, member: bool = False) -> Channel:
        """Return the channel argument if the bot can know it; `member` asks that the bot is in it."""
        which = self.text("channel") or ""
        found = self.workspace.channels.get(which)
        if found is None and by_name:
            wanted = which.removeprefix("#")
            found = next(
                (one for one in self.workspace.channels.values() if one.name == wanted and not one.is_im), None
            )
        inside = found is not None and self.workspace.bot.id in found.members
        if found is None or ((found.is_private or found.is_im) and not inside):
            raise RefusedError("channel_not_found")
        if member and not inside:
            raise RefusedError("not_in_channel")
        return found

    def person(self, name: str = "user", error: str = "user_not_found") -> Person:
        """Return the person an argument names."""
        found = self.workspace.people.get(self.text(name) or "")
        if found is None:
            raise RefusedError(error)
        return found


def wire_message(message: Message, workspace: Workspace, *, with_metadata: bool = False) -> Json:
    """Return a message as history, events and interaction payloads show it (docs.slack.dev: Message event)."""
    wire: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    if message.user in workspace.people:
        wire["team"] = workspace.people[message.user].team_id
    if message.bot_id:
        wire |= {"bot_id": message.bot_id, "app_id": workspace.seed.app_id}
    if message.blocks:
        wire["blocks"] = workspace.files.told(message.blocks)
    replies = [one for one in workspace.log[message.channel] if one.thread_ts == message.ts and one.ts != message.ts]
    if message.thread_ts or replies:
        wire["thread_ts"] = message.thread_ts or message.ts
    if replies:
        wire |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    if message.edited:
        wire["edited"] = {"user": message.user, "ts": message.edited}
    if message.reactions:
        wire["reactions"] = [{"name": one, "users": who, "count": len(who)} for one, who in message.reactions.items()]
    if with_metadata and message.metadata is not None:
        wire["metadata"] = message.metadata
    return wire
