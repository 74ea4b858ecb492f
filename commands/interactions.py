"""What Slack's payloads about shortcuts and forms say, or nothing when their shape is not one we know."""

import html
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from commands.form import Filled, Shot
from customers.intents import Source
from customers.people import Reader

Json = dict[str, Any]
READING = "reading"  # name of a form in which a message is read


@dataclass(frozen=True, slots=True)
class Taken:
    """A shortcut before it is known who took it."""

    user: str
    team: str | None
    trigger: str
    source: Source
    text: str
    author: str

    def by(self, reader: Reader, now: datetime) -> Shot:
        """The same by somebody who may."""
        return Shot(reader, now, self.source, self.text, self.author)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was submitted, or something done in an open one, before it is known by whom."""

    user: str
    team: str | None
    form: str
    view_id: str
    hash: str
    state: Json
    values: Json
    first: str | None  # the first input's block_id: where a failure of the whole form is told
    action: str = ""
    value: str = ""

    def by(self, reader: Reader, now: datetime) -> Filled:
        """The same by somebody who may."""
        return Filled(reader, now, f"view:{self.view_id}", self.state, self.values, self.action, self.value)


def shot(body: Json, home: str) -> Taken | None:
    """`message_action` and `shortcut` payloads; `home` is the workspace's URL.

    The link to the message is made here, because asking Slack for it would take time.
    """
    try:
        user, trigger = body["user"]["id"], body["trigger_id"]
        message = body.get("message") or {}
        channel = str((body.get("channel") or {}).get("id") or "")
        ts = str(message.get("ts") or body.get("message_ts") or "")
        thread = str(message.get("thread_ts") or ts)
        link = _permalink(home, channel, ts, thread)
        source = Source(channel, ts, link, thread) if channel and ts else Source()
        words, author = str(message.get("text") or ""), str(message.get("user") or "")
        taken = Taken(user, body["user"].get("team_id"), trigger, source, words, author)
    except (KeyError, TypeError, AttributeError):
        return None
    return taken if isinstance(user, str) and isinstance(trigger, str) else None


def sent(body: Json) -> Sent | None:
    """`view_submission`, `block_suggestion` and the `block_actions` of a form."""
    try:
        view = body.get("view") or {}
        action = (body.get("actions") or [body])[0]
        state = orjson.loads(view.get("private_metadata") or "{}")
        values = (view.get("state") or {}).get("values") or {}
        inputs = [one.get("block_id") for one in view.get("blocks") or () if one.get("type") == "input"]
        found = Sent(
            body["user"]["id"],
            body["user"].get("team_id"),
            str(view.get("callback_id") or ""),
            str(view.get("id") or ""),
            str(view.get("hash") or ""),
            state,
            values,
            inputs[0] if inputs else None,
            str(action.get("action_id") or ""),
            str(action.get("value") or (action.get("selected_option") or {}).get("value") or ""),
        )
    except (KeyError, TypeError, AttributeError, IndexError, orjson.JSONDecodeError):
        return None
    fitting = isinstance(found.user, str) and isinstance(state, dict) and isinstance(values, dict)
    return found if fitting and all(isinstance(one, dict) for one in values.values()) else None


def _permalink(home: str, channel: str, ts: str, thread: str) -> str:
    """As Slack makes it (page "chat.getPermalink"); empty when the workspace's URL is not known."""
    if not (home and channel and ts):
        return ""
    within = f"?thread_ts={thread}&cid={channel}" if thread != ts else ""
    return f"{home.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{within}"


@dataclass(frozen=True, slots=True)
class Press:
    """A button, or a choice in a menu, in a message. `key` names it, the same for every delivery."""

    user: str
    team: str | None
    channel: str
    action: str
    value: str
    key: str
    private: bool
    response_url: str
    trigger: str
    blocks: tuple[Json, ...] = ()  # of the message
    message: str = ""  # its ts
    summary: str = ""  # its text, plain as it was before it was escaped


def in_home(body: Json) -> bool:
    """Whether `block_actions` were done in the Home tab, or in what is read from there."""
    view = body.get("view")
    return isinstance(view, dict) and (view.get("type") == "home" or view.get("callback_id") == READING)


def home_press(body: Json) -> Press | None:
    """`block_actions` of the Home tab, or of what is read from there: no channel, no message, nowhere to answer to."""
    place = {"message_ts": (body.get("view") or {}).get("id")}
    return press({**body, "channel": {}, "container": place, "message": {}, "response_url": ""})


def press(body: Json) -> Press | None:
    """`block_actions` of a message."""
    try:
        action, container = body["actions"][0], body.get("container") or {}
        channel = (body.get("channel") or {}).get("id") or ""
        parts = (channel, container.get("message_ts") or "", action["action_id"], action["action_ts"])
        found = Press(
            body["user"]["id"],
            body["user"].get("team_id"),
            channel,
            action["action_id"],
            action.get("value") or (action.get("selected_option") or {}).get("value") or "",
            ":".join(("act", *parts, body["user"]["id"])),
            bool(container.get("is_ephemeral")),
            body["response_url"],
            str(body.get("trigger_id") or ""),
            tuple(one for one in (body.get("message") or {}).get("blocks") or () if isinstance(one, dict)),
            str(container.get("message_ts") or ""),
            html.unescape(str((body.get("message") or {}).get("text") or "")),
        )
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    strings = (found.user, found.channel, found.action, found.value, found.response_url)
    return found if all(isinstance(one, str) for one in strings) else None
