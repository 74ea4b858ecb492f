"""The Home tab between Slack's payloads and the behaviours: who opens it, what is pressed in it, what stands there.

A button in Home has no message that could be replaced. Its handler is the same as anywhere: a form that it answers with
is opened, what is to be seen is opened to be read, any other answer becomes a notice; then Home is shown anew.
"""

import asyncio
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from commands import interactions
from commands.errors import old_button
from commands.form import Form
from commands.home_views import trouble
from commands.listen import PRESS_IN_TIME, Ask, Listeners
from commands.message import Message
from customers.errors import DossierError, NotAllowed
from customers.people import Reader

Json = dict[str, Any]
LEAST = 0.2  # seconds that are left for drawing, whatever the handler took
STATE = "home"  # in a form's state: it was opened in the Home tab, which showed this part of the customers
READ = frozenset({"header", "section", "rich_text", "context", "divider"})  # of a message that is read in a form
SEEN = ("show", "brief", "all")  # verbs of buttons, `bug:show`, whose answer is what the person wants to read
LEAD = ("open", "read")  # buttons that show another view of a customer, and nothing else
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Where:
    """Which of the customers Home shows: from the `offset`-th on, everybody's or those of whoever looks."""

    offset: int = 0
    everybody: bool = False

    def __str__(self) -> str:
        return f"{self.offset}|{'all' if self.everybody else 'mine'}"

    @classmethod
    def of(cls, text: Any) -> "Where":
        """From what a button or a view carries; the beginning when that cannot be read."""
        offset, _, whose = str(text).partition("|")
        readable = offset.isascii() and offset.isdecimal() and len(offset) < 6
        return cls(int(offset) if readable else 0, whose == "all")


class Drawing(Protocol):
    """What stands in somebody's Home tab, as `views.publish` takes it."""

    async def __call__(self, reader: Reader, now: datetime, where: Where, notice: str, *, opened: bool) -> Json: ...


class HomeTab:
    """Nothing of it raises; whatever fails is told in the tab."""

    def __init__(self, on: Listeners, draw: Drawing) -> None:
        self._on = on
        self._draw = draw

    async def opened(self, event: Json) -> None:
        """`app_home_opened`; the other tab holds the messages and is not ours to fill."""
        user = event.get("user")
        if event.get("tab") == "home" and isinstance(user, str):
            await self._show(user, Where(), opened=True)

    async def pressed(self, body: Json) -> None:
        """A button of the tab: what it does everywhere, and then the tab as it is now."""
        press = interactions.home_press(body)
        if press is None:
            log.warning("payload_refused", kind="block_actions")
            return
        began = asyncio.get_running_loop().time()
        where = Where.of(press.value if press.action.startswith("home:at") else body["view"].get("private_metadata"))
        answer = await self._answer(press)
        view = body["view"]
        if view.get("type") != "home":
            form = answer if isinstance(answer, Form) else reading(answer)
            await self._on.outbound.update(str(view.get("id")), str(view.get("hash")), form.view())
            return
        if isinstance(answer, Form):
            state = {**answer.state, STATE: str(where)} if answer.submit else answer.state
            await self._on.outbound.open(press.trigger, replace(answer, state=state).view())
            return
        is_seen = press.action.split(":")[1:2] in ([one] for one in SEEN) and not answer.beside
        if is_seen:
            await self._on.outbound.open(press.trigger, reading(answer).view())
        notice = "" if is_seen or answer.instead else answer.summary
        await self._show(press.user, where, notice, began=began)

    async def _answer(self, press: interactions.Press) -> Message | Form:
        """What the button says that has this action, wherever it stands."""
        handler = self._on.actions.get(press.action.partition(":")[0])
        if handler is None:
            return old_button()
        return await self._on.guarded(
            handler, press.user, press.team, lambda reader: _ask(press, reader, self._on.clock()), press.action
        )

    async def submitted(self, body: Json, answer: Json | None, began: float) -> None:
        """What a form that was opened in Home changed is seen there at once, unless the time for it is over."""
        sent = interactions.sent(body)
        if sent is None or STATE not in sent.state or (answer or {}).get("response_action") == "errors":
            return
        if asyncio.get_running_loop().time() - began < PRESS_IN_TIME:
            await self._show(sent.user, Where.of(sent.state[STATE]), began=began)

    async def _show(
        self, user: str, where: Where, notice: str = "", *, opened: bool = False, began: float | None = None
    ) -> None:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(LEAST, PRESS_IN_TIME - (now - (began or now)))):
                reader = await self._on.admitted(user, None, "home")
                view = await self._draw(reader, self._on.clock(), where, notice, opened=opened)
        except Exception as problem:
            view = trouble(*_why(problem), again=not isinstance(problem, NotAllowed))
        await self._on.outbound.publish(user, view)


def reading(message: Message) -> Form:
    """A message as a form that only tells, with the buttons that lead to other views; others would act unseen."""
    blocks = [_readable(one) for one in message.body()["blocks"]]
    return Form(interactions.READING, "Dossier", [one for one in blocks if one], submit=None)


def _readable(block: Json) -> Json:
    """The block as it may stand in a form; empty when it may not."""
    if block["type"] == "actions":
        leads = [one for one in block["elements"] if str(one.get("action_id")).partition(":")[0] in LEAD]
        return {**block, "elements": leads} if leads else {}
    return {name: value for name, value in block.items() if name != "accessory"} if block["type"] in READ else {}


def _ask(press: interactions.Press, reader: Reader, now: datetime) -> Ask:
    return Ask(reader, "", now, action=press.action, value=press.value, key=press.key)


def _why(problem: Exception) -> tuple[str, str]:
    if isinstance(problem, DossierError):
        return problem.sentence, problem.next_step
    if isinstance(problem, TimeoutError):
        log.error("too_slow", what="home")
        return "This took too long.", "Try again in a moment."
    reference = uuid.uuid4().hex[:8]
    log.error("listener_failed", what="home", reference=reference, exc_info=problem)
    return "Something went wrong inside Dossier.", f"Tell your admin the reference {reference}."
