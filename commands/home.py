"""The Home tab: what somebody has to look at first, gathered from every desk, and its own buttons."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from commands import brief, home_views
from commands.blocks import header, line, rich, text
from commands.dates import day_words
from commands.errors import old_button
from commands.form import Form
from commands.home_tab import Where
from commands.home_views import Portfolio, Section
from commands.listen import Ask, customer_id
from commands.message import Message
from commands.preferences_form import PreferencesForm
from customers.desk import Desk
from customers.glance import news
from customers.people import Reader
from customers.personal import Mine, Personal

log = structlog.get_logger()
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Looked:
    """Who looks at Home, when, and whose customers they are shown."""

    reader: Reader
    mine: Mine
    now: datetime
    given: Portfolio


class Shelf(Protocol):
    """One section of Home that another desk fills."""

    title: str

    async def __call__(self, looked: Looked) -> Section: ...


class Home:
    """Gather, render, and answer the buttons that only Home has."""

    def __init__(self, desk: Desk, personal: Personal, shelves: Sequence[Shelf] = ()) -> None:
        self._desk = desk
        self._personal = personal
        self._shelves = shelves
        self._preferences = PreferencesForm(personal)

    async def draw(self, reader: Reader, now: datetime, where: Where, notice: str, *, opened: bool) -> Json:
        """Everything at once; a section that fails says so and leaves the others alone."""
        mine = await (self._personal.opened(reader, now) if opened else self._personal.of(reader))
        await asyncio.to_thread(day_words, now.date(), mine.preferences.dates)  # a language may have to be loaded
        looked = Looked(reader, mine, now, await self._portfolio(reader, mine, now, where))
        shelves = await asyncio.gather(*(self._filled(shelf, looked) for shelf in self._shelves))
        return _view(looked, shelves, notice)

    async def act(self, ask: Ask) -> Message | Form:
        """`home:brief` opens a customer, `home:preferences` the form; the others only show Home anew."""
        match ask.action.split(":")[1:2]:
            case ["brief"]:
                card = await self._desk.open(customer_id(ask.value), ask.reader, ask.now)
                self._desk.looked(card, ask.reader)
                return brief.render(card)
            case ["preferences"]:
                return await self._preferences.open(ask)
            case ["again" | "at"]:
                return Message([], "", instead=True)
            case _:
                return old_button()

    async def _portfolio(self, reader: Reader, mine: Mine, now: datetime, where: Where) -> Portfolio:
        cards, cut_off = await self._desk.portfolio(reader, now, "mine")
        has_own = bool(cards)
        everybody = where.everybody or not has_own
        if everybody:
            cards, cut_off = await self._desk.portfolio(reader, now, "all")
        offset = where.offset if where.offset < len(cards) else 0
        given = Portfolio(cards, {}, offset, everybody, has_own, cut_off)
        return Portfolio(cards, await self._news(given, mine), offset, everybody, has_own, cut_off)

    async def _news(self, given: Portfolio, mine: Mine) -> dict[int, tuple[str, ...]]:
        """What is new about the customers of this page; nobody is told news when they look for the first time."""
        if mine.since is None or not given.page:
            return {}
        ids = tuple(card.record.customer_id for card in given.page)
        before = await self._personal.checked_by(mine.since, ids)
        return {one.record.customer_id: news(one, mine.since, before.get(one.record.customer_id)) for one in given.page}

    async def _filled(self, shelf: Shelf, looked: Looked) -> Section:
        try:
            return await shelf(looked)
        except Exception:
            log.exception("home_section_failed", section=shelf.title)
            told = "This could not be read just now. Open the tab again in a moment."
            return [header(shelf.title), rich(line(text(told)))]


def _view(looked: Looked, shelves: Sequence[Section], notice: str) -> Json:
    mine, now, given = looked.mine, looked.now, looked.given
    sections = [
        home_views.greeting(looked.reader, mine, now, notice),
        home_views.customers(given),
        *shelves,
    ]
    return home_views.view(sections, home_views.settings(mine, now), str(Where(given.offset, given.everybody)))
