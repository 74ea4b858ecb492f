"""Between Slack's payloads and the behaviours: one dictionary, one guard.

Bolt matches listeners one after the other (8.5 µs each for every request); a dictionary costs the same for one
behaviour as for two hundred. The guard checks who asks on every payload, catches everything, and answers in time.
"""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from commands import errors, interactions
from commands.form import Errors, Filled, Form, Shot, notice
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
    response_url: str = ""  # where the message that was pressed can be replaced, for half an hour
    blocks: tuple[Json, ...] = ()  # of the message that was pressed, so that one row of it can be replaced
    message: str = ""  # the ts of that message
    summary: str = ""  # its text for notifications


Handler = Callable[[Ask], Awaitable[Message | Form]]
ShortcutHandler = Callable[[Shot], Awaitable[Form]]
SubmitHandler = Callable[[Filled], Awaitable[Form | Errors | None]]
LiveHandler = Callable[[Filled], Awaitable[Form | None]]
OptionsHandler = Callable[[str, Mapping[str, Any]], Awaitable[list[Json]]]
EventHandler = Callable[[Json], Awaitable[None] | None]


class Tab(Protocol):
    """The Home tab of whoever opens it; nothing of it raises."""

    async def pressed(self, body: Json) -> None: ...

    async def submitted(self, body: Json, answer: Json | None, began: float) -> None:
        """A form was answered, since `began` by the event loop's clock; one that Home opened changed what is there."""
        ...


class Duplicate(Exception):
    """Two behaviours want the same command, action or event."""


@dataclass(slots=True)
class Listeners:
    """Everything the bot listens to, registered explicitly; `app.py` registers, `manifest.yml` must agree."""

    people: People
    outbound: Outbound
    clock: Callable[[], datetime]
    stir: Callable[[], None] = lambda: None  # called when something may have to be delivered
    home: Callable[[], str] = lambda: ""  # the workspace's URL, which links to messages begin with
    commands: dict[str, Handler] = field(default_factory=dict)
    actions: dict[str, Handler] = field(default_factory=dict)
    events: dict[str, EventHandler] = field(default_factory=dict)
    shortcuts: dict[str, ShortcutHandler] = field(default_factory=dict)
    submits: dict[str, SubmitHandler] = field(default_factory=dict)
    lives: dict[str, LiveHandler] = field(default_factory=dict)
    options: dict[str, OptionsHandler] = field(default_factory=dict)
    tab: Tab | None = None  # who shows the Home tab

    def command(self, name: str, handler: Handler) -> None:
        """`name` with its slash."""
        _once(self.commands, name, handler)

    def action(self, name: str, handler: Handler) -> None:
        """`name` is the part of an action_id before the first colon; the rest tells buttons of one row apart."""
        _once(self.actions, name, handler)

    def event(self, name: str, handler: EventHandler) -> None:
        """Events are hints: a handler may forget what it knew, and never does work that must not be lost."""
        _once(self.events, name, handler)

    def shortcut(self, name: str, handler: ShortcutHandler) -> None:
        """`name` is the callback_id of a message or global shortcut; what is answered is opened."""
        _once(self.shortcuts, name, handler)

    def submit(self, name: str, handler: SubmitHandler) -> None:
        """`name` is the form's; nothing closes it, Errors or another Form keep it open."""
        _once(self.submits, name, handler)

    def live(self, name: str, handler: LiveHandler) -> None:
        """Something done inside a form; `name` as for actions. A Form takes the place of the open one."""
        _once(self.lives, name, handler)

    def offer(self, name: str, handler: OptionsHandler) -> None:
        """Options of an external select with this action_id, from what is typed so far and the form's state."""
        _once(self.options, name, handler)

    async def hear(self, body: Json) -> Json | None:
        """The acknowledgement of one payload: what a command, a menu or a form is answered with. Never raises."""
        if not isinstance(body, dict):
            log.warning("payload_refused", kind=type(body).__name__)
            return None
        try:
            if "command" in body:
                return await self._command(body)
            match body.get("type"):
                case "block_actions" if self.tab and interactions.in_home(body):
                    await self.tab.pressed(body)
                    self.stir()
                case "block_actions" if isinstance(body.get("view"), dict):
                    await self._live(body)
                case "block_actions":
                    await self._action(body)
                    self.stir()
                case "event_callback":
                    await self._event(body)
                case "shortcut" | "message_action":
                    await self._shortcut(body)
                case "view_submission":
                    began = asyncio.get_running_loop().time()
                    answer = await self._submit(body)
                    self.stir()
                    if self.tab:
                        await self.tab.submitted(body, answer, began)
                    return answer
                case "block_suggestion":
                    return await self._suggest(body)
                case kind:
                    log.warning("payload_refused", kind=str(kind)[:40])
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
        message = await self.guarded(
            handler,
            user,
            body.get("team_id"),
            lambda reader: Ask(reader, channel, self.clock(), text=typed(str(body.get("text") or ""))),
            name,
        )
        if isinstance(message, Form):
            await self.outbound.open(str(body.get("trigger_id") or ""), message.view())
            return {}
        return _ephemeral(message)

    async def _action(self, body: Json) -> None:
        press = interactions.press(body)
        if press is None:
            log.warning("payload_refused", kind="block_actions")
            return
        handler = self.actions.get(press.action.partition(":")[0])
        if handler is None:
            message: Message | Form = errors.old_button()
        else:
            message = await self.guarded(
                handler, press.user, press.team, lambda reader: _ask(press, reader, self.clock()), press.action
            )
        if isinstance(message, Form):
            await self.outbound.open(press.trigger, message.view())
            return
        if message.instead:
            answer = message.wire() | {"replace_original": True}
        else:
            answer = _ephemeral(message) | {"replace_original": press.private and not message.beside}
        await self.outbound.respond(press.response_url, answer)

    async def _event(self, body: Json) -> None:
        event = body.get("event")
        if isinstance(event, dict) and (handler := self.events.get(str(event.get("type")))):
            done = handler(event)
            if done is not None:
                await done

    async def _shortcut(self, body: Json) -> None:
        shot = interactions.shot(body, self.home())
        handler = self.shortcuts.get(str(body.get("callback_id")))
        if shot is None or handler is None:
            log.warning("payload_refused", kind=str(body.get("type")))
            return
        try:
            async with asyncio.timeout(PRESS_IN_TIME):
                reader = await self.admitted(shot.user, shot.team, "shortcut")
                form = await handler(shot.by(reader, self.clock()))
        except Exception as problem:
            form = notice("Dossier", *_said(problem, "shortcut"))
        await self.outbound.open(shot.trigger, form.view())

    async def _submit(self, body: Json) -> Json | None:
        sent = interactions.sent(body)
        if sent is None:
            log.warning("payload_refused", kind="view_submission")
            return None
        handler = self.submits.get(sent.form)
        if handler is None:
            return _changed(notice("Dossier", *_OLD_FORM))
        try:
            async with asyncio.timeout(IN_TIME):
                reader = await self.admitted(sent.user, sent.team, sent.form)
                answer = await handler(sent.by(reader, self.clock()))
        except DossierError as problem:
            sentence, next_step = _said(problem, sent.form)
            if isinstance(problem, NotAMember | IdentityUnknown) or sent.first is None:
                return _changed(notice("Dossier", sentence, next_step))
            if isinstance(problem, StorageProblem):
                sentence, next_step = "Not saved yet; your text is still here.", "Press again in a moment."
            return _wrong({sent.first: f"{sentence} {next_step}"})
        except Exception as problem:
            said = " ".join(_said(problem, sent.form))
            return _wrong({sent.first: said}) if sent.first else _changed(notice("Dossier", said, ""))
        if isinstance(answer, Errors):
            return _wrong(answer.under)
        return _changed(answer) if answer else {"response_action": "clear"}

    async def _live(self, body: Json) -> None:
        """Something done in an open form; when it fails the form stays as it is and can still be submitted."""
        sent = interactions.sent(body)
        handler = self.lives.get(sent.action.partition(":")[0]) if sent else None
        if sent is None or handler is None:
            return
        try:
            async with asyncio.timeout(PRESS_IN_TIME):
                reader = await self.admitted(sent.user, sent.team, sent.action)
                form = await handler(sent.by(reader, self.clock()))
        except Exception as problem:
            _said(problem, sent.action)
            return
        if form is not None:
            await self.outbound.update(sent.view_id, sent.hash, form.view())

    async def _suggest(self, body: Json) -> Json:
        sent = interactions.sent(body)
        handler = self.options.get(sent.action.partition(":")[0]) if sent else None
        if sent is None or handler is None:
            return {"options": []}
        try:
            async with asyncio.timeout(IN_TIME):
                await self.admitted(sent.user, sent.team, sent.action)
                return {"options": await handler(typed(sent.value), sent.state)}
        except Exception as problem:
            _said(problem, sent.action)
            return {"options": []}

    async def admitted(self, user: str, team: str | None, what: str) -> Reader:
        """Whoever may; raises IdentityUnknown or NotAMember."""
        reader = await self.people.reader(user, team)
        if reader.standing is Standing.UNKNOWN:
            raise IdentityUnknown()
        if not reader.may_read:
            log.info("refused", user=user, standing=reader.standing.value, what=what)
            raise NotAMember()
        return reader

    async def guarded(
        self, handler: Handler, user: str, team: Any, ask: Callable[[Reader], Ask], what: str
    ) -> Message | Form:
        """Runs a handler for somebody who may; every failure becomes a message."""
        try:
            async with asyncio.timeout(IN_TIME if what.startswith("/") else PRESS_IN_TIME):
                reader = await self.admitted(user, team if isinstance(team, str) else None, what)
                return await handler(ask(reader))
        except DossierError as problem:
            _said(problem, what)
            return errors.render(problem, what)
        except TimeoutError:
            log.error("too_slow", what=what)
            return errors.too_slow(asked=what.startswith("/"))
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("listener_failed", what=what, reference=reference)
            return errors.unexpected(reference)


def _said(problem: Exception, what: str) -> tuple[str, str]:
    """A failure as a sentence and a next step; what is ours to mend is logged."""
    if isinstance(problem, StorageProblem):
        log.error("storage", what=what, why=type(problem).__name__, reason=getattr(problem, "reason", ""))
    if isinstance(problem, DossierError):
        return problem.sentence, problem.next_step
    if isinstance(problem, TimeoutError):
        log.error("too_slow", what=what)
        return "This took too long; your text is still here.", "Press again in a moment."
    reference = uuid.uuid4().hex[:8]
    log.error("listener_failed", what=what, reference=reference, exc_info=problem)
    return "Something went wrong inside Dossier.", f"Tell your admin the reference {reference}."


def _wrong(under: Mapping[str, str]) -> Json:
    return {"response_action": "errors", "errors": dict(under)}


def _changed(form: Form) -> Json:
    return {"response_action": "update", "view": form.view()}


_OLD_FORM = ("This form is from an earlier version of Dossier.", "Copy your text and open it again.")


def _ask(press: interactions.Press, reader: Reader, now: datetime) -> Ask:
    return Ask(
        reader,
        press.channel,
        now,
        action=press.action,
        value=press.value,
        key=press.key,
        private=press.private,
        response_url=press.response_url,
        blocks=press.blocks,
        message=press.message,
        summary=press.summary,
    )


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
