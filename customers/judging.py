"""What can be done with people's judgement of health: override a colour, escalate, flag a risk, end each of them."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from customers import judgements
from customers.errors import CustomerGone
from customers.facts import Colour
from customers.judgements import Draft, Judgement, Kept, Kind
from customers.people import Reader, Standing
from customers.ports import JudgementStore
from customers.records import Card
from customers.schedule import instant
from customers.scope import All, One

CHUNK = 200  # overrides looked at in one go
EVERY = timedelta(hours=1)
MORNING = time(9)  # by the team's zone: whoever set a colour is not woken at midnight because it ended
_UTC = ZoneInfo("UTC")
_BOT = Reader("", Standing.BOT)


class Judgements:
    """The façade for the forms of `/health`. `now` is aware UTC; raises `customers.errors` for people.

    `key` names the input (a form, a press): delivered again it changes nothing. Texts are at most REASON long.
    """

    def __init__(
        self,
        store: JudgementStore,
        opened: Callable[[int, Reader, datetime], Awaitable[Card]],
        today: Callable[[datetime], date],
        zone: ZoneInfo = _UTC,
    ) -> None:
        self._store = store
        self._opened = opened
        self._today = today
        self._zone = zone  # the team's
        self._reviewed: datetime | None = None

    async def override(
        self,
        customer_id: int,
        colour: Colour,
        reason: str,
        until: date,
        reader: Reader,
        key: str,
        now: datetime,
        instead: int = 0,
    ) -> Judgement:
        """Shows this colour through the day `until`, beside the computed one.

        `instead` is the id of the override that whoever asks has seen (`Card.override`). Raises CustomerGone, or
        JudgedMeanwhile when another one holds.
        """
        card = await self._opened(customer_id, reader, now)
        draft = Draft(customer_id, Kind.OVERRIDE, reason, colour, card.health.colour, until, instead)
        return await self._open(draft, reader, key, now)

    async def escalate(self, customer_id: int, reason: str, reader: Reader, key: str, now: datetime) -> Judgement:
        """Opens an executive escalation: health is red until it is closed, and the CSM is told."""
        return await self._open(Draft(customer_id, Kind.ESCALATION, reason), reader, key, now)

    async def flag(self, customer_id: int, reason: str, reader: Reader, key: str, now: datetime) -> Judgement:
        """Flags a risk of churn: health is red until it is cleared, and the CSM is told."""
        return await self._open(Draft(customer_id, Kind.RISK, reason), reader, key, now)

    async def end(self, which: int, why: str, reader: Reader, key: str, now: datetime) -> Kept:
        """Ends an override, closes an escalation, clears a flag. Raises CustomerGone or JudgedMeanwhile."""
        one = One((await self.show(which)).judgement.customer_id)
        return await self._store.end(one, which, why, reader.id, key, now, self._today(now), judgements.closed)

    async def show(self, which: int) -> Kept:
        """One judgement, open or over. Raises CustomerGone: it is kept as long as its customer."""
        found = await self._store.find(All("show judgement"), which)
        if found is None:
            raise CustomerGone()
        return found

    async def watch(self, now: datetime) -> None:
        """The same as `review`, about once an hour by a clock that may jump either way."""
        if self._reviewed is None or abs(now - self._reviewed) >= EVERY:
            await self.review(now)
            self._reviewed = now

    async def review(self, now: datetime) -> int:
        """Tells authors of overrides that ran out and of those that data contradict, once each; how many.

        Takes no override away that still holds. Asks one question when there is none.
        """
        told, after = 0, 0
        while chunk := await self._store.overrides(All("review overrides"), CHUNK, after):
            after = chunk[-1].judgement.id
            for kept in chunk:
                told += await self._review(kept, now)
        return told

    async def _review(self, kept: Kept, now: datetime) -> bool:
        one = kept.judgement
        scope = One(one.customer_id)
        if not one.holds(self._today(now)):
            wait = max(timedelta(), instant(self._today(now), MORNING, self._zone) - now)
            return await self._store.run_out(scope, one.id, now, lambda it: judgements.ran_out(it.judgement, wait))
        try:
            computed = (await self._opened(one.customer_id, _BOT, now)).health.colour
        except CustomerGone:
            return False
        if computed in kept.told or not judgements.contradicts(computed, one):
            return False
        return await self._store.told(
            scope, one.id, computed, now, lambda it: judgements.contradicted(it.judgement, computed)
        )

    async def _open(self, draft: Draft, reader: Reader, key: str, now: datetime) -> Judgement:
        kept = await self._store.open(
            One(draft.customer_id),
            draft,
            reader.id,
            key,
            now,
            self._today(now),
            lambda it: judgements.opened(it.judgement),
        )
        return kept.judgement
