"""`/bugs list | show`: bugs that customers reported, by due time, and the clock of each."""

from datetime import datetime

from commands import bug_clock
from commands.blocks import NAME, cut
from commands.bug_views import counted, listed, shown
from commands.errors import old_button
from commands.form import Errors, Filled, Form
from commands.help import render_help
from commands.listen import Ask
from commands.lists import number, number_in, said
from commands.message import Message
from customers.bugs import REASON, Filter
from customers.desk import Desk
from customers.errors import NoSuchCustomer, UnknownSubcommand
from customers.people import Reader
from customers.sla import Severity
from customers.tracker import Tracker

KNOWN = ("list", "show", "help")
_SEVERITIES = {one.value: one for one in Severity}


class Bugs:
    """Parse, call, render."""

    def __init__(self, desk: Desk, tracker: Tracker) -> None:
        self._desk = desk
        self._tracker = tracker

    async def __call__(self, ask: Ask) -> Message | Form:
        word, _, rest = ask.text.strip().partition(" ")
        match word.casefold():
            case "":
                linked = await self._desk.linked(ask.channel)
                return await self._list(ask, Filter(customer_id=linked.customer_id if linked else None), 0)
            case "list":
                return await self._list(ask, await self._read(ask, rest.strip()), 0)
            case "show":
                bug_id = number(rest)
                if bug_id is None:
                    return said("Which bug shall I show?", "Type its number, for example /bugs show 3.")
                return await self._show(bug_id, ask.reader, ask.now)
            case "help":
                return render_help()
            case _:
                raise UnknownSubcommand("/bugs", word[:40], KNOWN)

    async def page(self, ask: Ask) -> Message:
        """Another page, `10|closed|critical|7`; or `bugs:of` with a customer's id."""
        if ask.action.startswith("bugs:of"):
            return await self._list(ask, Filter(customer_id=number(ask.value) or 0), 0)
        offset, closed, severity, customer = (ask.value.split("|", 3) + [""] * 3)[:4]
        wanted = Filter(closed == "closed", number(customer), _SEVERITIES.get(severity))
        return await self._list(ask, wanted, number(offset) or 0)

    async def act(self, ask: Ask) -> Message | Form:
        """`bug:show`, `bug:pause` and `bug:resume`, with the bug's number."""
        verb = ask.action.partition(":")[2].partition(":")[0]
        bug_id = number(ask.value) or 0
        match verb:
            case "show":
                return await self._show(bug_id, ask.reader, ask.now)
            case "resume":
                bug = await self._tracker.resume(bug_id, ask.reader, ask.key, ask.now)
                return await self._show(bug.id, ask.reader, ask.now)
            case "pause":
                bug = await self._tracker.show(bug_id)
                card = await self._desk.open(bug.customer_id, ask.reader, ask.now)
                return bug_clock.pause(bug, card, self._tracker, ask.now)
            case _:
                return old_button()

    async def paused(self, filled: Filled) -> Form | Errors:
        """The reason is there."""
        reason = filled.text("reason")[:REASON]
        if not reason:
            return Errors({"reason": "Say what the clock waits for."})
        bug_id = number_in(filled, "id")
        bug = await self._tracker.pause(bug_id, reason, filled.reader, filled.key, filled.now)
        card = await self._desk.open(bug.customer_id, filled.reader, filled.now)
        return bug_clock.paused(bug, card, self._tracker, filled.now)

    async def _show(self, bug_id: int, reader: Reader, now: datetime) -> Message:
        bug = await self._tracker.show(bug_id)
        card = await self._desk.open(bug.customer_id, reader, now)
        return shown(bug, card, self._tracker, now)

    async def _list(self, ask: Ask, wanted: Filter, offset: int) -> Message:
        about, card = counted(wanted.closed, wanted.severity.value if wanted.severity else ""), None
        if wanted.customer_id is not None:
            card = await self._desk.open(wanted.customer_id, ask.reader, ask.now)
            about += f" of {cut(card.profile.name, NAME)}"
        page = await self._tracker.page(wanted, offset)
        if page.total and not page.lines:  # they became fewer since the button was made
            page = await self._tracker.page(wanted, 0)
        return listed(page, about, _value(wanted), self._tracker, ask.now, card)

    async def _read(self, ask: Ask, typed: str) -> Filter:
        """`critical acme closed`, in any order. Raises NoSuchCustomer or WhichCustomer."""
        words = typed.split()
        closed = [word for word in words if word.casefold() == "closed"]
        severities = [word for word in words if word.casefold() in _SEVERITIES]
        rest = [word for word in words if word not in (*closed, *severities) and word.casefold() != "open"]
        severity = _SEVERITIES[severities[0].casefold()] if severities else None
        if not rest:
            return Filter(bool(closed), None, severity)
        try:
            return Filter(bool(closed), await self._whose(ask, " ".join(rest)), severity)
        except NoSuchCustomer:
            if len(rest) == len(words):
                raise
            return Filter(customer_id=await self._whose(ask, typed))  # somebody who is called “Critical Mass”

    async def _whose(self, ask: Ask, query: str) -> int:
        return await self._desk.find(query, ask.channel, "/bugs list")


def _value(wanted: Filter) -> str:
    severity = wanted.severity.value if wanted.severity else ""
    return f"{'closed' if wanted.closed else ''}|{severity}|{wanted.customer_id or ''}"
