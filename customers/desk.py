"""What the bot can do, in a dozen sentences. `commands` asks, `storage` remembers, the rules decide."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from operator import is_
from zoneinfo import ZoneInfo

from customers import health
from customers.errors import CustomerGone, NoCustomerNamed, NoSuchCustomer, WhichCustomer
from customers.model import Profile, Week
from customers.names import Choices, Found, NameIndex
from customers.people import Reader
from customers.ports import ChannelStore, LookStore, RecordStore
from customers.records import Card, Linked, Page, Record
from customers.scope import All, One

PAGE = 15  # lines of `/customer list`
PORTFOLIO = 2_000  # customers that `/health` without a name judges in one answer
JUDGED = 2_000  # customers whose last judgement is kept
SHOWN_QUERY = 60  # characters of what was typed that an answer repeats

_CONCERN = {health.Colour.RED: 0, health.Colour.YELLOW: 1, health.Colour.UNKNOWN: 2, health.Colour.GREEN: 3}


def _by_concern(card: Card) -> tuple[int, int, str]:
    """By the colour that is shown; of those set by hand the ones first that are computed worse."""
    return _CONCERN[card.colour], _CONCERN[card.health.colour], card.profile.name.casefold()


_JudgedBy = tuple[Profile, tuple[Week, ...], date | None, date, health.Counted]


class Desk:
    """The façade. Every method takes `now` (aware UTC) where time matters and raises `customers.errors` for people."""

    def __init__(
        self,
        records: RecordStore,
        channels: ChannelStore,
        looks: LookStore,
        limits: health.Thresholds,
        zone: ZoneInfo,
    ) -> None:
        self._records = records
        self._channels = channels
        self._looks = looks
        self._limits = limits
        self._zone = zone
        self._names = NameIndex(())
        self._reading_names: asyncio.Task[None] | None = None
        self._judged: dict[int, tuple[_JudgedBy, health.Health]] = {}  # the same facts of the same day, judged once

    async def ask(self, query: str, channel: str, reader: Reader, now: datetime, command: str) -> Card:
        """The customer named by `query`, or linked to `channel` when nothing was typed."""
        customer_id = await self.find(query, channel, command)
        record = await self._records.record(One(customer_id), reader)
        if record is None or record.names_version != self._names.version:  # another import came between
            await self.refresh_names()
            again = await self.find(query, channel, command)
            if again != customer_id or record is None:
                return await self.open(again, reader, now)
        return self._card(record, now)

    async def open(self, customer_id: int, reader: Reader, now: datetime, *, whole: bool = False) -> Card:
        """The customer behind a button; with the sections' text when `whole`."""
        record = await self._records.record(One(customer_id), reader, whole=whole)
        if record is None:
            raise CustomerGone()
        return self._card(record, now)

    def looked(self, card: Card, reader: Reader) -> None:
        """Remembers that `reader` has seen this customer, for "since you last looked"."""
        self._looks.note(One(card.record.customer_id), reader.id, card.record.looked_at, card.now)

    def today(self, now: datetime) -> date:
        """The team's local date."""
        return now.astimezone(self._zone).date()

    async def find(self, query: str, channel: str, command: str) -> int:
        """The id of who is meant; raises NoCustomerNamed, NoSuchCustomer or WhichCustomer, never guesses."""
        if not query.strip():
            linked = await self.linked(channel)
            if linked is None:
                raise NoCustomerNamed(command)
            return linked.customer_id
        answer = await self._resolve(query)
        if isinstance(answer, Found):
            return answer.customer_id
        shown = query.strip()[:SHOWN_QUERY] + ("…" if len(query.strip()) > SHOWN_QUERY else "")
        if answer.names:
            raise WhichCustomer(shown, answer.names)
        raise NoSuchCustomer(shown)

    async def exactly(self, query: str) -> int | None:
        """Whoever is called exactly this, for words that could be a sub-command as well."""
        await self.refresh_names()
        return self._names.exact(query)

    async def typeahead(self, typed: str) -> tuple[tuple[int, str], ...]:
        """Names for a select that loads while somebody types; off the event loop."""
        await self.refresh_names()
        return await asyncio.to_thread(self._names.typeahead, typed)

    async def portfolio(self, reader: Reader, now: datetime, whose: str) -> tuple[list[Card], bool]:
        """Customers worst first: those of `reader` ("mine") or everybody's ("all"); and whether some were left out."""
        scope = All("portfolio")
        if whose == "mine":
            ids = await self._records.of_csm(scope, reader, PORTFOLIO + 1)
        else:
            ids = await self._records.all_current(scope, PORTFOLIO + 1)
        records = await self._records.records(scope, ids[:PORTFOLIO], reader)
        cards = await asyncio.to_thread(lambda: [self._card(record, now) for record in records])
        counted = [card for card in cards if not card.profile.internal] or cards  # an internal account is no customer
        return sorted(counted, key=_by_concern), len(ids) > PORTFOLIO

    async def cards(self, ids: Sequence[int], reader: Reader, now: datetime) -> list[Card]:
        """These customers in this order, read in one statement; those who are gone are left out."""
        records = await self._records.records(All("cards"), ids, reader)
        return await asyncio.to_thread(lambda: [self._card(record, now) for record in records])

    async def customers(self, words: str, offset: int) -> Page:
        """A page of all customers by name, filtered by status, tier, CSM or a part of the name."""
        return await self._records.page(All("list"), words, max(0, offset), PAGE)

    async def linked(self, channel: str) -> Linked | None:
        """The customer `channel` is about."""
        return await self._channels.linked(All("channel link"), channel)

    async def link(self, customer_id: int, channel: str, reader: Reader, now: datetime) -> None:
        """From now on commands in `channel` need no name."""
        if not await self._channels.link(One(customer_id), channel, reader.id, now):
            raise CustomerGone()

    async def unlink(self, channel: str) -> bool:
        """Forgets the link; False when there was none."""
        return await self._channels.unlink(All("channel link"), channel)

    async def refresh_names(self) -> None:
        """Builds the name index again when an import (of any process) changed the catalogue."""
        if await self._records.names_version(All("names")) == self._names.version:
            return
        if self._reading_names is None:
            self._reading_names = asyncio.ensure_future(self._read_names())
            self._reading_names.add_done_callback(self._names_are_read)
        await asyncio.shield(self._reading_names)  # whoever waits may give up; the others still want it

    async def _read_names(self) -> None:
        version, named = await self._records.names(All("names"))
        if version != self._names.version:
            self._names = await asyncio.to_thread(NameIndex, named, version)

    def _names_are_read(self, done: asyncio.Task[None]) -> None:
        self._reading_names = None
        if not done.cancelled():
            done.exception()

    @property
    def known(self) -> int:
        """How many customers the name index holds."""
        return len(self._names)

    async def _resolve(self, query: str) -> Found | Choices:
        exact = self._names.exact(query)
        if exact is not None:  # the record says whether the index was current
            return Found(exact)
        await self.refresh_names()
        return await asyncio.to_thread(self._names.resolve, query)

    def _card(self, record: Record, now: datetime) -> Card:
        today = self.today(now)
        facts = (record.profile, record.recent, record.fed, today, record.counted(now))
        before = self._judged.get(record.customer_id)
        if before and all(map(is_, before[0], facts[:2])) and before[0][2:] == facts[2:]:
            return Card(record, before[1], now, today)
        judged = health.of(*facts[:4], self._limits, facts[4])
        if len(self._judged) >= JUDGED:
            self._judged.clear()
        self._judged[record.customer_id] = (facts, judged)
        return Card(record, judged, now, today)
