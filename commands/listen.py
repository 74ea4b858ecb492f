"""Between Slack's payloads and the behaviours: one dictionary, one guard.

Bolt matches listeners one after the other (8.5 µs each for every request); a dictionary costs the same for one
behaviour as for two hundred. The guard checks who asks on every payload, catches everything, and answers in time.
"""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from commands import errors
from commands.message import Message
from commands.ports import Outbound, People
from customers.errors import CustomerGone, DossierError, IdentityUnknown, NotAMember, StorageProblem
from customers.people import Reader, Standing

IN_TIME = 2.5  # seconds; Slack waits three for an acknowledgement
PRESS_IN_TIME = 1.8  # … and the answer to a press still has to be sent before it
Json = dict[str, Any]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ask:
    """One command or one press of a button by somebody who may."""

    reader: Reader
    channel: str
    now: datetime
    text: str = ""
    action: str = ""
    value: str = ""
    key: str = ""  # names this input; the same for every delivery of it
    private: bool = True  # False when the button stands under a public message


Handler = Callable[[Ask], Awaitable[Message]]
EventHandler = Callable[[Json], None]


class Duplicate(Exception):
    """Two behaviours want the same command, action or event."""


@dataclass(slots=True)
class Listeners:
    """Everything the bot listens to, registered explicitly; `app.py` registers, `manifest.yml` must agree."""

    people: People
    outbound: Outbound
    clock: Callable[[], datetime]
    commands: dict[str, Handler] = field(default_factory=dict)
    actions: dict[str, Handler] = field(default_factory=dict)
    events: dict[str, EventHandler] = field(default_factory=dict)

    def command(self, name: str, handler: Handler) -> None:
        """`name` with its slash."""
        _once(self.commands, name, handler)

    def action(self, name: str, handler: Handler) -> None:
        """`name` is the part of an action_id before the first colon; the rest tells buttons of one row apart."""
        _once(self.actions, name, handler)

    def event(self, name: str, handler: EventHandler) -> None:
        """Events are hints: a handler may forget what it knew, and never does work that must not be lost."""
        _once(self.events, name, handler)

    async def hear(self, body: Json) -> Json | None:
        """The acknowledgement of one payload: a message for a command, nothing for the rest. Never raises."""
        if not isinstance(body, dict):
            log.warning("payload_refused", kind=type(body).__name__)
            return None
        try:
            if "command" in body:
                return await self._command(body)
            if body.get("type") == "block_actions":
                await self._action(body)
            elif body.get("type") == "event_callback":
                self._event(body)
            else:
                log.warning("payload_refused", kind=str(body.get("type"))[:40])
        except Exception:
            log.exception("listener_failed", kind=str(body.get("type", "command"))[:40])
        return None

    async def _command(self, body: Json) -> Json:
        name, user, channel = (body.get(key) for key in ("command", "user_id", "channel_id"))
        if not (isinstance(name, str) and isinstance(user, str) and isinstance(channel, str)):
            return _ephemeral(errors.not_understood())
        handler = self.commands.get(name)
        if handler is None:
            return _ephemeral(errors.unknown_command(name))
        message = await self._guarded(
            handler,
            user,
            body.get("team_id"),
            lambda reader: Ask(reader, channel, self.clock(), text=typed(str(body.get("text") or ""))),
            name,
        )
        return _ephemeral(message)

    async def _action(self, body: Json) -> None:
        press = _Press.read(body)
        if press is None:
            log.warning("payload_refused", kind="block_actions")
            return
        handler = self.actions.get(press.action.partition(":")[0])
        if handler is None:
            message = errors.old_button()
        else:
            message = await self._guarded(
                handler, press.user, press.team, lambda reader: press.ask(reader, self.clock()), press.action
            )
        answer = _ephemeral(message) | {"replace_original": press.private and not message.beside}
        await self.outbound.respond(press.response_url, answer)

    def _event(self, body: Json) -> None:
        event = body.get("event")
        if isinstance(event, dict) and (handler := self.events.get(str(event.get("type")))):
            handler(event)

    async def _guarded(
        self, handler: Handler, user: str, team: Any, ask: Callable[[Reader], Ask], what: str
    ) -> Message:
        """Runs a handler for somebody who may; every failure becomes a message."""
        try:
            async with asyncio.timeout(IN_TIME if what.startswith("/") else PRESS_IN_TIME):
                reader = await self.people.reader(user, team if isinstance(team, str) else None)
                if reader.standing is Standing.UNKNOWN:
                    raise IdentityUnknown()
                if not reader.may_read:
                    log.info("refused", user=user, standing=reader.standing.value, what=what)
                    raise NotAMember()
                return await handler(ask(reader))
        except DossierError as problem:
            if isinstance(problem, StorageProblem):
                log.error("storage", what=what, why=type(problem).__name__, reason=getattr(problem, "reason", ""))
            return errors.render(problem, what)
        except TimeoutError:
            log.error("too_slow", what=what)
            return errors.too_slow(asked=what.startswith("/"))
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("listener_failed", what=what, reference=reference)
            return errors.unexpected(reference)


@dataclass(frozen=True, slots=True)
class _Press:
    """What a `block_actions` payload says, or nothing when its shape is not one we know."""

    user: str
    team: str | None
    channel: str
    action: str
    value: str
    key: str
    private: bool
    response_url: str

    @classmethod
    def read(cls, body: Json) -> "_Press | None":
        try:
            action, container = body["actions"][0], body.get("container") or {}
            value = action.get("value") or (action.get("selected_option") or {}).get("value") or ""
            parts = (container.get("message_ts") or "", action["action_id"], action["action_ts"], body["user"]["id"])
            channel = (body.get("channel") or {}).get("id") or ""
            press = cls(
                body["user"]["id"],
                body["user"].get("team_id"),
                channel,
                action["action_id"],
                value,
                "act:" + ":".join((channel, *parts)),
                bool(container.get("is_ephemeral")),
                body["response_url"],
            )
        except (KeyError, IndexError, TypeError, AttributeError):
            return None
        strings = (press.user, press.channel, press.action, press.value, press.response_url)
        return press if all(isinstance(one, str) for one in strings) else None

    def ask(self, reader: Reader, now: datetime) -> Ask:
        """The press as a question."""
        return Ask(reader, self.channel, now, action=self.action, value=self.value, key=self.key, private=self.private)


def customer_id(value: str) -> int:
    """The id in a button's value; anything else is a customer who is not there."""
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise CustomerGone()
    return int(value)


def typed(text: str) -> str:
    """What somebody typed, from what Slack makes of it: `<https://x.com|x.com>` → x.com, `&amp;` → &.

    Slack: "Implementing slash commands", escaping users, channels and links (our commands set `should_escape`).
    """
    text = text.encode("utf-8", "replace").decode()  # half a character cannot be sent back
    if "<" in text:
        text = _WRAPPED.sub(lambda match: match[2] or match[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in text else text


_WRAPPED = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def _once(known: dict[str, Any], name: str, handler: Any) -> None:
    if name in known:
        raise Duplicate(name)
    known[name] = handler


def _ephemeral(message: Message) -> Json:
    return {"response_type": "ephemeral", **message.wire()}
