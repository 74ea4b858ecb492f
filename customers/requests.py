"""Feature requests: what a request is, who counts, and when it is prioritised (customer document, "Feature Requests").

The table is `features`; a request is born with status `backlog` and carries `requested_by_customers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from customers.intents import Intent, Source
from customers.model import Person

ENOUGH = 2  # distinct customers that make a request worth prioritising
TITLE = 150
QUOTE = 3_000
REASON = 500


class Status(StrEnum):
    """In the order in which a request moves; the last two end it."""

    BACKLOG = "backlog"
    PRIORITIZED = "prioritized"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    SHIPPED = "shipped"
    DECLINED = "declined"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")

    @property
    def is_over(self) -> bool:
        return self in (Status.SHIPPED, Status.DECLINED)


class Importance(StrEnum):
    """What the request means to one customer."""

    BLOCKER = "blocker"
    IMPORTANT = "important"
    NICE = "nice_to_have"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Wish:
    """A customer on a request. `counts` is False for internal and churned ones."""

    customer_id: int
    name: str
    counts: bool
    csm: Person | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why we say that a customer wants it: who logged it, from which message, in whose words."""

    customer_id: int
    importance: Importance
    quote: str
    source: Source
    logged_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A feature request. `customers` are in the order in which they came; `merged_into` forwards to another one."""

    id: int
    title: str
    status: Status
    reason: str
    customers: tuple[Wish, ...]
    evidence: tuple[Evidence, ...]
    created_by: str
    created_at: datetime
    status_at: datetime
    merged_into: int | None = None

    @property
    def counting(self) -> tuple[Wish, ...]:
        return tuple(one for one in self.customers if one.counts)

    def says(self, draft: "Draft", person: str) -> bool:
        """Whether everything in the person's draft stands here; a title only when it was theirs to give."""
        mine = [one for one in self.evidence if (one.logged_by, one.source) == (person, draft.source)]
        known = {one.customer_id for one in mine if one.quote == draft.quote}
        theirs = self.created_by == person and draft.into is None
        return (not theirs or draft.title == self.title) and {one for one, _ in draft.wanted} <= known


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form says. `into` is the request that the customers are added to; None makes a new one."""

    title: str
    quote: str
    wanted: tuple[tuple[int, Importance], ...]
    source: Source
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of a draft: `again` when this message was captured before, `added` the customers that are new.

    `heard`: this very form was saved before, so nothing of the draft was looked at.
    """

    request: Request
    born: bool
    again: bool
    added: tuple[int, ...]
    prioritised: bool
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A request's way to another status, and why; `seen` is the status that whoever moves it was looking at."""

    request_id: int
    status: Status
    reason: str
    key: str
    seen: Status | None = None


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some requests of a list; `total` counts all of them, `offset` those before."""

    lines: tuple[Request, ...]
    offset: int
    total: int


@dataclass(frozen=True, slots=True)
class Queued:
    """What waits for a decision: how many by status, and those that have waited longest."""

    counts: Mapping[Status, int]
    oldest: tuple[Request, ...]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests a list shows: of these statuses (none: all open ones), of one customer, by words of the title."""

    statuses: tuple[Status, ...] = ()
    customer_id: int | None = None
    words: str = ""


def because(customers: Sequence[Wish]) -> str | None:
    """Why a request is prioritised: the names that count, or None when they are too few."""
    names = [one.name for one in customers if one.counts]
    if len(names) < ENOUGH:
        return None
    return f"{len(names)} customers want it: {_and(names)}"


def _and(names: Sequence[str], most: int = 6) -> str:
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def announced(logged: Logged, source: Source, person: str, key: str) -> list[Intent]:
    """A capture is confirmed where it came from; when it made the request a priority, everybody on it hears."""
    request = logged.request
    where = Source() if logged.again else source  # the thread was told when the message was captured first
    about: dict[str, int | str] = {"request": request.id, "by": person, **where.answer(person)}
    about |= {"again": 1} if logged.again else {}
    about |= {"prioritised": 1} if logged.prioritised else {}
    about |= {"born": 1} if logged.born else {}
    told = [Intent("request_logged", f"request_logged:{key}", where.lane(person), about)]
    return told + (moved(request, person, skip=source) if logged.prioritised else [])


def moved(request: Request, person: str, skip: Source | None = None) -> list[Intent]:
    """A status change answers every source thread and tells each CSM once, with a draft for the customer."""
    stamp = f"{request.id}:{request.status.value}:{request.status_at.isoformat()}"
    told = []
    threads = {(one.source.channel, one.source.ts): one for one in reversed(request.evidence) if one.source.is_message}
    for (channel, ts), one in sorted(threads.items()):
        if skip and (skip.channel, skip.ts) == (channel, ts):
            continue
        about: dict[str, int | str] = {"request": request.id, "status": request.status.value, "by": person}
        about |= one.source.answer(one.logged_by)  # where outsiders read, whoever captured it is told alone
        told.append(Intent("request_moved", f"request_moved:{stamp}:{channel}:{ts}", channel, about))
    for csm, ids in _by_csm(request.customers).items():
        about = {"request": request.id, "status": request.status.value, "by": person}
        about |= {"csm": ids[0]}  # the CSM of this customer, found when the message is made
        told.append(Intent("request_csm", f"request_csm:{stamp}:{csm}", f"csm:{csm}", about))
    return told


def _by_csm(customers: Sequence[Wish]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in customers:
        found.setdefault(str(one.csm).casefold() if one.csm else "", []).append(one.customer_id)
    return found
