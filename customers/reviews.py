"""The team's two reviews: every month all health scores, every quarter all custom code.

Customer document, "Monthly Review" (all scores, trends, interventions) and "Review Cycle" (all custom code, with the
question "Should this become a standard feature?").
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from customers import weeks
from customers.facts import Colour
from customers.intents import Intent
from customers.snapshots import Snapshot

NOTE = 500
ITEM = 255
_CONCERN = {Colour.GREEN: 0, Colour.YELLOW: 1, Colour.RED: 2}


class Kind(StrEnum):
    """What is reviewed."""

    HEALTH = "health"
    CODE = "code"


class Verdict(StrEnum):
    """What a person decided about one customer's health, or about one piece of code."""

    AGREE = "agree"
    PLAN = "plan"
    DONE = "done"
    KEEP = "keep"
    STANDARD = "standard"
    DEPRECATE = "deprecate"

    @property
    def words(self) -> str:
        return _WORDS[self]


_ANYBODYS = frozenset(
    {"", "__init__", "app", "client", "config", "helpers", "index", "main", "readme", "types", "utils"}
)
_WORDS = {
    Verdict.AGREE: "agreed",
    Verdict.PLAN: "planned",
    Verdict.DONE: "planned and done",
    Verdict.KEEP: "kept",
    Verdict.STANDARD: "to become standard",
    Verdict.DEPRECATE: "to be deprecated",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict as it is stored: once per period, customer and item (`item` is empty for health)."""

    kind: Kind
    period: str
    customer_id: int
    item: str
    verdict: Verdict
    note: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a customer's custom code. `reviewed` is the document's date or a later review here."""

    customer_id: int
    customer: str
    location: str
    description: str
    owner: str
    reviewed: date | None

    @property
    def item(self) -> str:
        """What tells the pieces of one customer apart."""
        return (self.location or self.description)[:ITEM]

    @property
    def mark(self) -> str:
        """The same as an opaque word for a button."""
        return hashlib.sha256(self.item.encode()).hexdigest()[:16]

    @property
    def shared(self) -> str:
        """What the same code for another customer has in common: the last part of its path, else what it is for."""
        name = self.location.rstrip("/*").rpartition("/")[2].casefold()
        if name.partition(".")[0] in _ANYBODYS:  # such a name says nothing about what the code does
            return self.location.casefold()
        return name or self.description.casefold()


def read(piece: Piece, here: datetime | None) -> Piece:
    """The same with the newer of two dates: the document's, and when it was decided about here."""
    if here is None or (piece.reviewed and piece.reviewed >= here.date()):
        return piece
    return replace(piece, reviewed=here.date())


def oldest_first(pieces: Sequence[Piece]) -> list[Piece]:
    """What was never reviewed comes first."""
    return sorted(pieces, key=lambda one: (one.reviewed or date.min, one.customer.casefold(), one.item))


def users_of(piece: Piece, pieces: Sequence[Piece]) -> dict[int, str]:
    """Every customer who has such code, this one first."""
    others = {one.customer_id: one.customer for one in pieces if one.shared == piece.shared}
    return {piece.customer_id: piece.customer} | others


@dataclass(frozen=True, slots=True)
class Month:
    """How the colours of some customers moved in the last four weeks, or in as many as are known."""

    worse: tuple[int, ...] = ()
    better: tuple[int, ...] = ()
    compared: int = 0
    since: date | None = None  # the Monday of the week that is compared with

    @property
    def words(self) -> str:
        """`Since 2026-W45: 3 got worse, 1 better, 8 unchanged.`"""
        if not self.compared or self.since is None:
            return "There is no earlier week to compare with yet."
        same = self.compared - len(self.worse) - len(self.better)
        moved = f"{len(self.worse)} got worse, {len(self.better)} better, {same} unchanged"
        return f"Since {weeks.label(self.since)}: {moved}."


def month(pairs: Sequence[tuple[int, Snapshot, Snapshot]]) -> Month:
    """From (customer, then, now). An unknown colour, or one by other rules, is no change of the customer."""
    worse: list[int] = []
    better: list[int] = []
    compared, since = 0, None
    for customer_id, then, now in pairs:
        before, after = _CONCERN.get(then.colour), _CONCERN.get(now.colour)
        if before is None or after is None or then.rules != now.rules:
            continue
        compared += 1
        since = min(since or then.week, then.week)
        if after > before:
            worse.append(customer_id)
        elif after < before:
            better.append(customer_id)
    return Month(tuple(worse), tuple(better), compared, since)


@dataclass(frozen=True, slots=True)
class Csm:
    """Somebody with customers: `mark` tells them apart without naming them, `customer_id` is one they look after.

    `since`: the documents say so at least from then on, so earlier occasions are none of theirs.
    """

    mark: str
    customer_id: int
    since: datetime


def mark_of(identity: str) -> str:
    """An opaque word for a CSM's folded address, name or handle."""
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def invitation(period: str, csm: Csm) -> Intent:
    """One message to each CSM, who is found by one of their customers."""
    about: dict[str, int | str] = {"customer": csm.customer_id, "period": period}
    return Intent("health_review", f"health_review:{period}:{csm.mark}", f"csm:{csm.mark}", about, csm.customer_id)


def code_due(period: str, channel: str) -> Intent:
    """One message to engineering's channel."""
    about: dict[str, int | str] = {"period": period, "channel": channel}
    return Intent("code_review", f"code_review:{period}", channel, about)


@dataclass(frozen=True, slots=True)
class Action:
    """Something planned that is not done; `by` is whoever planned it, `note` says what it is."""

    id: int
    customer_id: int
    period: str
    due: date
    by: str
    note: str = ""
    customer: str = ""


def reminder(action: Action) -> Intent:
    """It comes back on its day, to whoever planned it."""
    about: dict[str, int | str] = {"period": action.period, "customer": action.customer_id, "channel": action.by}
    return Intent("review_action", f"review_action:{action.id}", action.by, about, action.customer_id)


def action_done(action: int, period: str, customer_id: int) -> Intent:
    """The reminder of this action, if it has left, says from now on that it is done."""
    about: dict[str, int | str] = {"action": action, "period": period, "customer": customer_id}
    key = f"review_action_done:{action}"
    return Intent("review_action_done", key, f"review_action:{action}", about, customer_id)


def month_done(period: str, csm: Csm) -> Intent:
    """The invitation of this CSM says from now on that nobody is left."""
    about: dict[str, int | str] = {"customer": csm.customer_id, "period": period, "mark": csm.mark}
    key = f"health_review_done:{period}:{csm.mark}"
    return Intent("health_review_done", key, f"csm:{csm.mark}", about, csm.customer_id)
