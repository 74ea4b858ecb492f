"""What can be done in the monthly review of health and the quarterly review of custom code."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from customers import history, reviews
from customers.backlog import Backlog
from customers.desk import Desk
from customers.intents import Intent, Source
from customers.judgements import Kind as Said
from customers.people import Reader, Standing
from customers.records import Card
from customers.requests import Draft, Importance, Logged
from customers.reviews import Csm, Decision, Kind, Month, Piece, Verdict
from customers.schedule import Monthly, Occasion, instant
from customers.scope import All, One
from customers.snapshots import Snapshot
from customers.timetable import Plan

MORNING = time(9)
LATER = time(10)
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
        speak: Callable[[], list[Intent]],
    ) -> bool: ...

    async def decided(self, scope: All, kind: Kind, period: str) -> dict[tuple[int, str], Verdict]: ...

    async def of(self, scope: All, kind: Kind, period: str, customer_id: int, item: str) -> Decision | None: ...

    async def month(self, scope: All, ids: Sequence[int], back: int) -> list[tuple[int, Snapshot, Snapshot]]: ...

    async def code(self, scope: All) -> list[Piece]: ...

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


class Reviews:
    """The façade. `period` is `2026-12` for health and `2026-Q4` for code; raises `customers.errors` for people."""

    def __init__(self, store: ReviewStore, desk: Desk, backlog: Backlog, zone: ZoneInfo) -> None:
        self._store = store
        self._desk = desk
        self._backlog = backlog
        self._zone = zone

    def period(self, kind: Kind, now: datetime) -> str:
        """The one that a review begun now belongs to."""
        day = now.astimezone(self._zone).date()
        return f"{day:%Y-%m}" if kind is Kind.HEALTH else f"{day.year}-Q{(day.month + 2) // 3}"

    async def health(self, period: str, reader: Reader, passed: int, now: datetime) -> Next:
        """The worst of the reader's customers who is not decided yet, after `passed` that were left for later."""
        cards, _ = await self._desk.portfolio(reader, now, "mine")
        done = await self._store.decided(All("monthly review"), Kind.HEALTH, period)
        began = date.fromisoformat(f"{period}-01")
        open_ = [one for one in cards if (one.record.customer_id, "") not in done and not _overridden(one, began)]
        verdicts = [done[one.record.customer_id, ""] for one in cards if (one.record.customer_id, "") in done]
        overridden = len(cards) - len(open_) - len(verdicts)
        card = open_[passed] if passed < len(open_) else None
        then = None
        if card:
            pairs = await self._store.month(All("monthly review"), [card.record.customer_id], BACK)
            then = pairs[0][1] if pairs else None
        return Next(len(cards), len(cards) - len(open_), card, None, _tally(verdicts, overridden), then)

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
        decision = Decision(Kind.HEALTH, period, customer_id, "", Verdict.AGREE)
        await self._decide(decision, reader, key, now)

    async def plan(
        self, period: str, customer_id: int, what: str, due: date, reader: Reader, key: str, now: datetime
    ) -> None:
        """Something is done by a day: it stands in the history, and comes back on that day. Raises CustomerGone."""
        decision = Decision(Kind.HEALTH, period, customer_id, "", Verdict.PLAN, what, due)
        at = instant(due, MORNING, self._zone)
        entry = history.Draft(customer_id, self._desk.today(now), f"Planned by {due.isoformat()}: {what}", Source())
        await self._store.decide(
            One(customer_id), decision, reader.id, key, now, entry,
            lambda: [reviews.reminder(decision, reader.id, key, now, at)],
        )  # fmt: skip

    async def planned(self, period: str, customer_id: int) -> Decision | None:
        """What was planned for a customer."""
        return await self._store.of(All("monthly review"), Kind.HEALTH, period, customer_id, "")

    async def code(self, period: str, passed: int) -> Next:
        """The piece of code that was not looked at for the longest time, after `passed` that were left for later."""
        pieces = reviews.oldest_first(await self._store.code(All("code review")))
        done = await self._store.decided(All("code review"), Kind.CODE, period)
        open_ = [one for one in pieces if (one.customer_id, one.item) not in done]
        verdicts = [done[one.customer_id, one.item] for one in pieces if (one.customer_id, one.item) in done]
        piece = open_[passed] if passed < len(open_) else None
        return Next(len(pieces), len(pieces) - len(open_), None, piece, _tally(verdicts, 0))

    async def pieces(self) -> list[Piece]:
        """All custom code of everybody who has not churned, the longest unread first."""
        return reviews.oldest_first(await self._store.code(All("code review")))

    async def piece(self, customer_id: int, mark: str) -> tuple[Piece | None, dict[int, str]]:
        """The piece behind a button and everybody who has such code."""
        pieces = await self.pieces()
        found = next((one for one in pieces if (one.customer_id, one.mark) == (customer_id, mark)), None)
        return found, reviews.users_of(found, pieces) if found else {}

    async def judge_code(
        self, period: str, piece: Piece, verdict: Verdict, note: str, reader: Reader, key: str, now: datetime
    ) -> None:
        """Keep or deprecate. Raises CustomerGone."""
        await self._decide(Decision(Kind.CODE, period, piece.customer_id, piece.item, verdict, note), reader, key, now)

    async def make_standard(
        self, period: str, piece: Piece, title: str, wanted: Sequence[int], reader: Reader, key: str, now: datetime
    ) -> Logged:
        """A feature request that carries every customer using it; the other pieces like it are decided with it."""
        quote = f"Custom code today: {piece.location or piece.description}"
        draft = Draft(title, quote, tuple((one, Importance.IMPORTANT) for one in wanted), Source())
        logged = await self._backlog.log(draft, reader, key, now)
        told = f"request {logged.request.id}"
        for one in await self.pieces():
            if one.shared == piece.shared and one.customer_id in (*wanted, piece.customer_id):
                decision = Decision(Kind.CODE, period, one.customer_id, one.item, Verdict.STANDARD, told)
                await self._decide(decision, reader, f"{key}:{one.customer_id}:{one.mark}", now)
        return logged

    async def _decide(self, decision: Decision, reader: Reader, key: str, now: datetime) -> None:
        await self._store.decide(One(decision.customer_id), decision, reader.id, key, now, None, lambda: [])


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
        return [Plan(one.mark, self._rule, _inviting(one)) for one in await self._store.csms(All("monthly review"))]


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
