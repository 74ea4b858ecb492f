"""The buttons that move between the views of one customer, read on, and share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from commands import brief, health, known_issues, section
from commands import card as cards
from commands.blocks import NAME, actions, bold, button, cut, line, rich, small, unnamed
from commands.listen import Ask, customer_id
from commands.message import Message
from commands.ports import FirstTime, Outbound, Places
from customers.desk import Desk
from customers.errors import ChannelHasOutsiders
from customers.people import Reader
from customers.records import Card

_CHANNEL_KINDS = ("C", "G")


class Views:
    """Parse, call, render."""

    def __init__(
        self,
        desk: Desk,
        places: Places,
        outbound: Outbound,
        first: FirstTime,
        aged: Callable[[Card], Awaitable[Card]],
    ) -> None:
        self._desk = desk
        self._places = places
        self._outbound = outbound
        self._first = first
        self._aged = aged

    async def open(self, ask: Ask) -> Message:
        """`open:health` with the customer's id: another view in the place of this one."""
        view = ask.action.partition(":")[2].partition(":")[0]
        card = await self._card(ask.value, view, ask)
        if view == "brief":
            self._desk.looked(card, ask.reader)
        return await _view(card, view, 0)

    async def read(self, ask: Ask) -> Message:
        """`read:setup:on` with id, view and page."""
        customer, view, page = _parts(ask.value)
        return await _view(await self._card(customer, view, ask), view, page)

    async def share(self, ask: Ask) -> Message:
        """Posts the view for everyone in the channel, once, unless somebody from outside could read it."""
        customer, view, page = _parts(ask.value)
        card = await self._card(customer, view, ask)
        if ask.channel[:1] not in _CHANNEL_KINDS:
            return _said("This conversation is private already; use Share in a channel.")
        if await self._places.has_outsiders(ask.channel):
            raise ChannelHasOutsiders()
        if not await self._first(ask.key, ask.now):
            return _said("Already shared.")
        await self._outbound.post(ask.channel, public(card, view, page, ask.reader))
        return _said(f"Shared {cut(card.profile.name, NAME)} in this channel.")

    async def _card(self, customer: str, view: str, ask: Ask) -> Card:
        card = await self._desk.open(customer_id(customer), ask.reader, ask.now, whole=view in section.TITLES)
        return await self._aged(card) if view == "health" else card


async def _view(card: Card, view: str, page: int) -> Message:
    """A section may be a megabyte; cutting it into pages is then no work for the event loop."""
    if view in section.TITLES:
        return await asyncio.to_thread(view_of, card, view, page)
    return view_of(card, view, page)


def view_of(card: Card, view: str, page: int) -> Message:
    """Any view by its name; an unknown one is the brief."""
    match view:
        case "issues":
            return known_issues.render(card)
        case "health":
            return health.render(card)
        case _ if view in section.TITLES:
            return section.render(card, view, page)
        case _:
            return brief.render(card)


def public(card: Card, view: str, page: int, reader: Reader) -> dict[str, Any]:
    """The same view for a channel: who shared it, and one button that answers privately."""
    own = replace(
        card, record=replace(card.record, changes=()), alert=None
    )  # what the sharer has not seen yet is nobody else's
    private = view_of(own, view, page)
    moment = f"as of {card.now:%Y-%m-%d %H:%M} UTC"
    by = rich(line(small(f"Shared by {cut(reader.name or 'a colleague', NAME)} · {moment}")))  # a name notifies nobody
    more = [cards.age(card), by, actions(button("Open for me", "open:brief", str(card.record.customer_id)))]
    return Message(unnamed(private.blocks), private.summary, more=more).body()


def _parts(value: str) -> tuple[str, str, int]:
    customer, _, rest = value.partition("|")
    view, _, page = rest.partition("|")
    return customer, view, int(page) if page.isdecimal() and len(page) < 6 else 0


def _said(words: str) -> Message:
    return Message([rich(line(bold(words)))], words, beside=True)
