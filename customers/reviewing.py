"""What can be done in the monthly review of health and the quarterly review of custom code."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from customers import history, reviews
from customers.backlog import Backlog
from customers.desk import Desk
from customers.intents import Intent, Source
from customers.judgements import Kind as Said
from customers.people import Reader, Standing
from customers.records import Card
from customers.requests import Draft, Importance, Logged
from customers.reviews import Action, Csm, Decision, Kind, Month, Piece, Verdict
from customers.schedule import Daily, Monthly, Occasion
from customers.scope import All, One
from customers.snapshots import Snapshot
from customers.timetable import Plan, Slot, SlotStore

T = TypeVar("T")
MORNING = time(9)
LATER = time(10)
KIND = "review_action"
MADE_UP = timedelta(days=7)
BACK = 4  # weeks that a month is compared over
_FIRST, _MONDAY, _QUARTER = 1, 0, 3


class ReviewStore(Protocol):
    """What was decided, and what there is to decide about."""

    async def decide(
        self,
        scope: One,
        decision: Decision,
        person: str,
        key: str,
        now: datetime,
        entry: history.Draft | None,
    ) -> bool: ...

    async def finish(
        self,
        scope: One,
        period: str,
        person: str,
        key: str,
        now: datetime,
        entry: history.Draft,
        speak: Callable[[int], list[Intent]],
    ) -> bool: ...

    async def tell(self, scope: All, intents: Sequence[Intent], now: datetime) -> None: ...

    async def decided(self, scope: All, kind: Kind, period: str) -> dict[tuple[int, str], Verdict]: ...

    async def of(self, scope: All, kind: Kind, period: str, customer_id: int, item: str) -> Decision | None: ...

    async def month(self, scope: All, ids: Sequence[int], back: int) -> list[tuple[int, Snapshot, Snapshot]]: ...

    async def code(self, scope: All) -> list[Piece]: ...

    async def read_here(self, scope: All) -> dict[tuple[int, str], datetime]: ...

    async def actions(self, scope: All, since: date, until: date) -> list[Action]: ...

    async def planned_by(self, scope: All, person: str, limit: int) -> list[Action]: ...

    async def csms(self, scope: All) -> list[Csm]: ...


class VersionOf(Protocol):
    """Counts imports that changed something."""

    async def names_version(self, scope: All) -> int: ...


@dataclass(frozen=True, slots=True)
class Next:
    """The customer or the piece of code that comes next, and how far the review is."""

    total: int
    decided: int
    card: Card | None = None
    piece: Piece | None = None
    tally: str = ""
    then: Snapshot | None = None  # four weeks ago
    passed: int = 0  # how many were left for later


class Reviews:
    """The façade. `period` is `2026-12` for health and `2026-Q4` for code; raises `customers.errors` for people."""

    def __init__(self, store: ReviewStore, versions: VersionOf, desk: Desk, backlog: Backlog, zone: ZoneInfo) -> None:
        self._store = store
        self._versions = versions
        self._desk = desk
        self._backlog = backlog
        self._zone = zone
        self._written: tuple[int, list[Piece]] | None = None  # code as the documents of that version have it
        self._reading: asyncio.Task[list[Piece]] | None = None

    def period(self, kind: Kind, now: datetime) -> str:
        """The one that a review begun now belongs to."""
        day = now.astimezone(self._zone).date()
        return f"{day:%Y-%m}" if kind is Kind.HEALTH else f"{day.year}-Q{(day.month + 2) // 3}"

    async def health(self, period: str, reader: Reader, passed: int, now: datetime, leaving: int = 0) -> Next:
        """The worst of the reader's customers who is not decided yet, after `passed` that were left for later.

        `leaving`: the customer whose card is left, who counts as left for later unless something was decided.
        """
        cards, _ = await self._desk.portfolio(reader, now, "mine")
        done = await self._store.decided(All("monthly review"), Kind.HEALTH, period)
        began = date.fromisoformat(f"{period}-01")
        open_ = [one for one in cards if (one.record.customer_id, "") not in done and not _overridden(one, began)]
        verdicts = [done[one.record.customer_id, ""] for one in cards if (one.record.customer_id, "") in done]
        overridden = len(cards) - len(open_) - len(verdicts)
        passed = _after([one.record.customer_id for one in open_], leaving, passed)
        card = open_[passed] if passed < len(open_) else None
        then = None
        if card:
            pairs = await self._store.month(All("monthly review"), [card.record.customer_id], BACK)
            then = pairs[0][1] if pairs else None
        if cards and not open_:
            await self._finished(period, {one.record.customer_id for one in cards}, now)
        return Next(len(cards), len(cards) - len(open_), card, None, _tally(verdicts, overridden), then, passed)

    async def month(self, cards: Sequence[Card]) -> Month:
        """The trends of the month for these customers."""
        ids = [one.record.customer_id for one in cards]
        return reviews.month(await self._store.month(All("monthly review"), ids, BACK))

    async def mine(self, customer_id: int, now: datetime) -> tuple[Card, list[Card]]:
        """A customer, and everybody who has the same CSM. Raises CustomerGone."""
        card = await self._desk.open(customer_id, Reader("", Standing.BOT), now)
        csm = card.profile.csm
        if csm is None:
            return card, [card]
        like = Reader("", Standing.BOT, csm.name, csm.email, csm.handle)
        return card, (await self._desk.portfolio(like, now, "mine"))[0]

    async def agree(self, period: str, customer_id: int, reader: Reader, key: str, now: datetime) -> None:
        """The colour is right and nothing has to be done. Raises CustomerGone."""
        await self._decide(Decision(Kind.HEALTH, period, customer_id, "", Verdict.AGREE), reader, key, now)

    async def plan(
        self, period: str, customer_id: int, what: str, due: date, reader: Reader, key: str, now: datetime
    ) -> Decision | None:
        """Something is done by a day: it stands in the history, and comes back on that day. Raises CustomerGone.

        What somebody else planned meanwhile is answered instead, and nothing is stored.
        """
        decision = Decision(Kind.HEALTH, period, customer_id, "", Verdict.PLAN, what, due)
        entry = history.Draft(customer_id, self._desk.today(now), f"Planned by {due.isoformat()}: {what}", Source())
        if await self._store.decide(One(customer_id), decision, reader.id, key, now, entry):
            return None
        stands = await self.planned(period, customer_id)
        return None if stands == decision else stands  # the same form, delivered again

    async def finish(
        self, period: str, customer_id: int, note: str, reader: Reader, key: str, now: datetime
    ) -> Decision | None:
        """What was planned is done; with the `note` it becomes an entry of the history, once. None when it was not.

        Raises CustomerGone.
        """
        planned = await self.planned(period, customer_id)
        if planned is None or planned.verdict is not Verdict.PLAN:
            return None
        words = f"Done: {planned.note}" + (f" ({note})" if note else "")
        entry = history.Draft(customer_id, self._desk.today(now), words, Source())
        is_done = await self._store.finish(
            One(customer_id),
            period,
            reader.id,
            key,
            now,
            entry,
            lambda action: [reviews.action_done(action, period, customer_id)],
        )
        return planned if is_done else None

    async def open_actions(self, reader: Reader, limit: int) -> list[Action]:
        """What the reader planned and has not done, by its day; for the Home tab."""
        return await self._store.planned_by(All("my actions"), reader.id, limit)

    async def tally(self, period: str, cards: Sequence[Card]) -> str:
        """`3 agreed, 1 planned` of these customers; empty while somebody is left."""
        done = await self._store.decided(All("monthly review"), Kind.HEALTH, period)
        began = date.fromisoformat(f"{period}-01")
        ids = [one.record.customer_id for one in cards]
        verdicts = [done[one, ""] for one in ids if (one, "") in done]
        overridden = sum((one.record.customer_id, "") not in done and _overridden(one, began) for one in cards)
        return _tally(verdicts, overridden) if len(verdicts) + overridden == len(cards) else ""

    async def _finished(self, period: str, ids: set[int], now: datetime) -> None:
        """The invitation of whoever has these customers is changed, once."""
        mine = [one for one in await self._store.csms(All("monthly review")) if one.customer_id in ids]
        await self._store.tell(All("monthly review"), [reviews.month_done(period, one) for one in mine], now)

    async def planned(self, period: str, customer_id: int) -> Decision | None:
        """What was planned for a customer."""
        return await self._store.of(All("monthly review"), Kind.HEALTH, period, customer_id, "")

    async def code(self, period: str, passed: int, leaving: tuple[int, str] = (0, "")) -> Next:
        """The piece of code that was not looked at for the longest time, after `passed` that were left for later.

        `leaving`: customer and mark of the piece whose card is left, as with `health`.
        """
        pieces = await self.pieces()
        done = await self._store.decided(All("code review"), Kind.CODE, period)
        open_ = [one for one in pieces if (one.customer_id, one.item) not in done]
        verdicts = [done[one.customer_id, one.item] for one in pieces if (one.customer_id, one.item) in done]
        if leaving[0]:
            passed = _after([(one.customer_id, one.mark) for one in open_], leaving, passed)
        piece = open_[passed] if passed < len(open_) else None
        return Next(len(pieces), len(pieces) - len(open_), None, piece, _tally(verdicts, 0), None, passed)

    async def pieces(self) -> list[Piece]:
        """All custom code of everybody who has not churned, the longest unread first."""
        pieces, here = await self._as_written(), await self._store.read_here(All("code review"))
        if not here:
            return pieces
        return reviews.oldest_first([reviews.read(one, here.get((one.customer_id, one.item))) for one in pieces])

    async def piece(self, customer_id: int, mark: str) -> tuple[Piece | None, dict[int, str]]:
        """The piece behind a button and everybody who has such code."""
        pieces = await self.pieces()
        found = next((one for one in pieces if (one.customer_id, one.mark) == (customer_id, mark)), None)
        return found, reviews.users_of(found, pieces) if found else {}

    async def judge_code(
        self, period: str, piece: Piece, verdict: Verdict, note: str, reader: Reader, key: str, now: datetime
    ) -> Decision | None:
        """Keep or deprecate. What was decided before is answered instead, and nothing stored. Raises CustomerGone."""
        decision = Decision(Kind.CODE, period, piece.customer_id, piece.item, verdict, note)
        if await self._decide(decision, reader, key, now):
            return None
        stands = await self._store.of(All("code review"), Kind.CODE, period, piece.customer_id, piece.item)
        return None if stands == decision else stands

    async def make_standard(
        self, period: str, piece: Piece, title: str, wanted: Sequence[int], reader: Reader, now: datetime
    ) -> Logged:
        """A feature request that carries every customer using it; the other pieces like it are decided with it.

        Once per piece and quarter: whoever comes second is answered with the request that is there.
        """
        quote = f"Custom code today: {piece.location or piece.description}"
        draft = Draft(title, quote, tuple((one, Importance.IMPORTANT) for one in wanted), Source())
        once = f"standard:{period}:{piece.customer_id}:{piece.mark}"
        logged = await self._backlog.log(draft, reader, once, now)
        if logged.heard:
            return logged
        told = f"request {logged.request.id}"
        for one in await self.pieces():
            if one.shared == piece.shared and one.customer_id in (*wanted, piece.customer_id):
                decision = Decision(Kind.CODE, period, one.customer_id, one.item, Verdict.STANDARD, told)
                await self._decide(decision, reader, f"{once}:{one.customer_id}:{one.mark}", now)
        return logged

    async def _as_written(self) -> list[Piece]:
        """Read once for each version of the documents; whoever gives up waiting leaves it to whoever comes next."""
        version = await self._versions.names_version(All("code review"))
        if self._written and self._written[0] == version:
            return self._written[1]
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read(version))
            self._reading.add_done_callback(self._is_read)
        return await asyncio.shield(self._reading)

    async def _read(self, version: int) -> list[Piece]:
        pieces = await self._store.code(All("code review"))
        ordered = await asyncio.to_thread(reviews.oldest_first, pieces)
        self._written = version, ordered
        return ordered

    def _is_read(self, done: asyncio.Task[list[Piece]]) -> None:
        self._reading = None
        if not done.cancelled():
            done.exception()

    async def _decide(self, decision: Decision, reader: Reader, key: str, now: datetime) -> bool:
        return await self._store.decide(One(decision.customer_id), decision, reader.id, key, now, None)


def _after(open_: Sequence[T], leaving: T, passed: int) -> int:
    """Where the next one stands among those that are open."""
    return open_.index(leaving) + 1 if leaving in open_ else passed


def _overridden(card: Card, began: date) -> bool:
    """Whether somebody set its colour since the period began: that is a review."""
    return any(one.kind is Said.OVERRIDE and one.at.date() >= began for one in card.record.judgements)


def _tally(verdicts: Sequence[Verdict], overridden: int) -> str:
    counted = [(one.words, verdicts.count(one)) for one in Verdict] + [("overridden", overridden)]
    return ", ".join(f"{how_many} {words}" for words, how_many in counted if how_many)


class HealthReviewPlans:
    """One invitation a month to each CSM: on its first Monday at 09:00."""

    kind = "health_review"

    def __init__(self, store: ReviewStore, versions: VersionOf, zone: ZoneInfo) -> None:
        self._store = store
        self._versions = versions
        self._rule = Monthly(_FIRST, _MONDAY, MORNING, zone)

    async def version(self) -> Hashable:
        return await self._versions.names_version(All("monthly review"))

    async def plans(self) -> Sequence[Plan]:
        csms = await self._store.csms(All("monthly review"))
        return [Plan(one.mark, self._rule, _inviting(one), one.since) for one in csms]


def _inviting(csm: Csm) -> Callable[[Occasion], Sequence[Intent]]:
    return lambda occasion: (reviews.invitation(occasion.key, csm),)


class CodeReviewPlans:
    """One message a quarter to engineering's channel: on its first Monday at 10:00."""

    kind = "code_review"

    def __init__(self, channel: str, zone: ZoneInfo) -> None:
        rule = Monthly(_FIRST, _MONDAY, LATER, zone, _QUARTER)
        self._plans = (Plan("", rule, lambda occasion: (reviews.code_due(occasion.key, channel),)),)

    async def version(self) -> Hashable:
        return 0

    async def plans(self) -> Sequence[Plan]:
        return self._plans


class Actions:
    """A job: every morning at 09:00 whoever planned something for that day is told, once."""

    name = "planned actions"

    def __init__(self, store: ReviewStore, slots: SlotStore, zone: ZoneInfo) -> None:
        self._store = store
        self._slots = slots
        self._rule = Daily(MORNING, zone)
        self._day = ""

    async def run(self, now: datetime) -> None:
        """A plan that a downtime swallowed is told up to a week later: it is one message, and it names its day."""
        morning = self._rule.latest(now)
        if morning.key == self._day:
            return
        scope = All("planned actions")
        planned = await self._store.actions(scope, morning.day - MADE_UP, morning.day)
        used = await self._slots.used(scope, KIND, [str(one.id) for one in planned], now) if planned else set()
        due = [
            Slot(KIND, str(one.id), morning.due, (reviews.reminder(one),)) for one in planned if str(one.id) not in used
        ]
        if due:
            await self._slots.take_all(scope, due, now)
        self._day = morning.key
