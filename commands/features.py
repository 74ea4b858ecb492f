"""`/features list | show | set | review`: what customers ask for, and what product decided."""

from collections.abc import Mapping
from datetime import datetime

from commands import feature_forms as forms
from commands.blocks import NAME, Element, button, cut
from commands.errors import old_button
from commands.feature_review import START, next_card
from commands.feature_views import listed, shown
from commands.form import Errors, Filled, Form
from commands.help import render_help
from commands.listen import Ask
from commands.lists import number, number_in, said
from commands.message import Message
from customers.backlog import Backlog
from customers.desk import Desk
from customers.errors import NoSuchCustomer, UnknownSubcommand, WhichCustomer
from customers.names import fold
from customers.requests import REASON, Filter, Move, RequestPage, Status

KNOWN = ("list", "show", "set", "review", "help")
WORDS = 200  # characters that are looked for in titles
_STATUSES: Mapping[str, tuple[Status, ...]] = {
    **{one.value: (one,) for one in Status},
    **{one.words: (one,) for one in Status},
    "in-progress": (Status.IN_PROGRESS,),
    "prioritised": (Status.PRIORITIZED,),
    "open": (),
    "all": tuple(Status),
}


class Features:
    """Parse, call, render."""

    def __init__(self, desk: Desk, backlog: Backlog) -> None:
        self._desk = desk
        self._backlog = backlog

    async def __call__(self, ask: Ask) -> Message | Form:
        word, _, rest = ask.text.strip().partition(" ")
        match word.casefold():
            case "" | "list":
                return await self._find(ask, rest.strip())
            case "show":
                return await self._show(rest, ask.now)
            case "set":
                return await self._set(rest)
            case "review":
                return await next_card(self._backlog, START, ask.now)
            case "help":
                return render_help()
            case _:
                raise UnknownSubcommand("/features", word[:40], KNOWN)

    async def page(self, ask: Ask) -> Message:
        """Another page, or another filter; the value is `8|planned|7|words`."""
        offset, status, customer, words = (ask.value.split("|", 3) + [""] * 3)[:4]
        statuses = _STATUSES.get(status, ())
        return await self._list(ask, Filter(statuses, number(customer), words), number(offset) or 0)

    async def act(self, ask: Ask) -> Message | Form:
        """`feature:show` with `3|1` (a page of its evidence), `feature:to:planned` with the number."""
        verb, _, status = ask.action.partition(":")[2].partition(":")
        one, _, page = ask.value.partition("|")
        request_id = number(one) or 0
        request = await self._backlog.show(request_id)
        if verb == "show":
            return shown(request, request_id, number(page) or 0, ask.now)
        if verb == "to":
            to = _STATUSES.get(status, ())
            return forms.move(request, request_id, to[0] if len(to) == 1 else None, "")
        return old_button()

    async def moved(self, filled: Filled) -> Form | Errors:
        """The form of `/features set`, filled."""
        status, reason = _STATUSES.get(filled.choice("status"), ()), filled.text("reason")[:REASON]
        if len(status) != 1:
            return Errors({"status": "Choose a status."})
        seen = forms.seen_in(filled)
        if status[0] is seen:
            return Errors({"status": f"It is {seen.words} already. Choose another status, or cancel."})
        if status[0] is Status.DECLINED and not reason:
            return Errors({"reason": "Say why, so that the CSMs can explain it."})
        move = Move(number_in(filled, "id"), status[0], reason, filled.key, seen)
        return forms.done(await self._backlog.move(move, filled.reader, filled.now))

    async def _find(self, ask: Ask, typed: str) -> Message:
        statuses, words = _read(typed)
        if not words:
            return await self._list(ask, Filter(statuses), 0)
        try:
            customer = await self._desk.find(words, ask.channel, "/features list")
        except (NoSuchCustomer, WhichCustomer):
            return await self._list(ask, Filter(statuses, words=words[:WORDS]), 0)
        told = f"“{cut(words, 40)}” in titles instead"  # a customer was meant, or a word; both are one press away
        other = button(told, "features:words", f"0|{_named(statuses)}||{words[:WORDS]}")
        return await self._list(ask, Filter(statuses, customer), 0, (other,))

    async def _list(self, ask: Ask, wanted: Filter, offset: int, also: tuple[Element, ...] = ()) -> Message:
        about = _about(wanted.statuses)
        if wanted.customer_id is not None:
            card = await self._desk.open(wanted.customer_id, ask.reader, ask.now)
            about += f" of {cut(card.profile.name, NAME)}"
        if wanted.words.strip():
            about += f" with “{cut(wanted.words.strip(), 60)}” in the title"
            if not fold(wanted.words):  # signs without a letter are in no title
                return listed(RequestPage((), 0, 0), about, "", ask.now, also)
        page = await self._backlog.page(wanted, offset)
        if page.total and not page.lines:  # they became fewer since the button was made
            page = await self._backlog.page(wanted, 0)
        return listed(page, about, _value(wanted), ask.now, also)

    async def _show(self, rest: str, now: datetime) -> Message:
        request_id = number(rest)
        if request_id is None:
            return _which("show", "/features show 3")
        return shown(await self._backlog.show(request_id), request_id, 0, now)

    async def _set(self, rest: str) -> Message | Form:
        one, _, rest = rest.strip().partition(" ")
        request_id = number(one)
        if request_id is None:
            return _which("set", "/features set 3 planned")
        statuses, reason = _beginning(rest.strip())
        if rest.strip() and len(statuses) != 1:
            known = tuple(status.value for status in Status)
            raise UnknownSubcommand(f"/features set {request_id}", rest.split()[0][:40], known)
        request = await self._backlog.show(request_id)
        return forms.move(request, request_id, statuses[0] if statuses else None, reason)


def _which(verb: str, example: str) -> Message:
    return said(f"Which request shall I {verb}?", f"Type its number, for example {example}.")


def _read(typed: str) -> tuple[tuple[Status, ...], str]:
    """A status at the beginning or the end of what was typed, and the rest."""
    for status, statuses in _STATUSES.items():
        folded = typed.casefold()
        if folded == status or folded.startswith(f"{status} "):
            return statuses, typed[len(status) :].strip()
        if folded.endswith(f" {status}"):
            return statuses, typed[: -len(status)].strip()
    return (), typed


def _beginning(typed: str) -> tuple[tuple[Status, ...], str]:
    """The status that a text begins with, and what follows."""
    for status, statuses in _STATUSES.items():
        if typed.casefold() == status or typed.casefold().startswith(f"{status} "):
            return statuses, typed[len(status) :].strip()
    return (), typed


def _named(statuses: tuple[Status, ...]) -> str:
    return "all" if len(statuses) > 1 else "".join(one.value for one in statuses)


def _about(statuses: tuple[Status, ...]) -> str:
    if not statuses:
        return ""
    return ", open and closed" if len(statuses) > 1 else f", {statuses[0].words}"


def _value(wanted: Filter) -> str:
    return f"{_named(wanted.statuses)}|{wanted.customer_id or ''}|{wanted.words[:WORDS]}"
