"""Facts about the Web API methods the bot may call: required arguments, scopes, body formats, kind of token.

Source: docs.slack.dev, one page per method (`/reference/methods/<name>`), state of August 2026. A test holds this
table against a copy of those facts.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["METHODS", "Fact"]

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


@dataclass(frozen=True, slots=True)
class Fact:
    """One method: `scopes` are alternatives, `json` says whether a JSON body is read."""

    required: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    json: bool = True
    token: str = "bot"  # noqa: S105 - the kind of token, not one


METHODS: dict[str, Fact] = {
    "apps.connections.open": Fact(token="app"),  # noqa: S106 - the kind of token, not one
    "auth.test": Fact(),
    "bots.info": Fact(scopes=("users:read",), json=False),
    "chat.delete": Fact(("channel", "ts"), ("chat:write",)),
    "chat.getPermalink": Fact(("channel", "message_ts"), json=False),
    "chat.postEphemeral": Fact(("channel", "user"), ("chat:write",)),
    "chat.postMessage": Fact(("channel",), ("chat:write",)),
    "chat.update": Fact(("channel", "ts"), ("chat:write",)),
    "conversations.history": Fact(("channel",), _HISTORY),
    "conversations.info": Fact(("channel",), _READ, json=False),
    "conversations.list": Fact((), _READ, json=False),
    "conversations.members": Fact(("channel",), _READ, json=False),
    "conversations.open": Fact((), ("channels:manage", "groups:write", "im:write", "mpim:write")),
    "conversations.replies": Fact(("channel", "ts"), _HISTORY, json=False),
    "files.completeUploadExternal": Fact(("files",), ("files:write",)),
    "files.getUploadURLExternal": Fact(("length", "filename"), ("files:write",), json=False),
    "reactions.add": Fact(("channel", "name", "timestamp"), ("reactions:write",)),
    "users.conversations": Fact((), _READ, json=False),
    "users.info": Fact(("user",), ("users:read",), json=False),
    "users.list": Fact((), ("users:read",), json=False),
    "users.lookupByEmail": Fact(("email",), ("users:read.email",), json=False),
    "views.open": Fact(("view",)),
    "views.publish": Fact(("user_id", "view")),
    "views.push": Fact(("view",)),
    "views.update": Fact(("view",)),
}
