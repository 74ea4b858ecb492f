"""One customer as the bot holds it: the document's profile, usage, and what happened to both."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customers.alerts import Alert
from customers.facts import Colour, Counted
from customers.health import Health
from customers.judgements import Judgement, Kind, open_of
from customers.model import HistoryEntry, Profile, Status, Tier, Week
from customers.sla import Severity
from customers.snapshots import Snapshot

SITTING = timedelta(minutes=15)  # looks within one sitting are one look, or "since you last looked" empties itself


WAITING = timedelta(days=30)  # in the backlog, after which a request is unaddressed
_NOTHING = Counted()


@dataclass(frozen=True, slots=True)
class Change:
    """Something an import changed; `at` is aware UTC."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class BugLine:
    """An open bug as a brief shows it; times are aware UTC."""

    id: int
    title: str
    severity: Severity
    due_at: datetime
    issue: int | None
    url: str | None
    paused: bool

    def is_overdue(self, now: datetime) -> bool:
        """Past its time, and not waiting for the customer."""
        return not self.paused and self.due_at <= now


@dataclass(frozen=True, slots=True)
class RequestLine:
    """An open feature request as a brief shows it. `status` is the word of the `features` table."""

    id: int
    title: str
    status: str
    customers: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What storage answers when asked about one customer.

    The profile comes without its sections' text unless it was asked for whole.
    `recent` is newest first, at most 13 weeks; `fed` the Monday of the last week that was over when the usage feed
    brought it (for any customer): later weeks came in part.
    `names_version` counts imports that changed somebody's names.
    """

    customer_id: int
    profile: Profile
    recent: tuple[Week, ...]
    fed: date | None
    first_seen: datetime
    changed_at: datetime
    missing_since: datetime | None
    broken_since: datetime | None
    broken_why: str | None
    looked_at: datetime | None
    changes: tuple[Change, ...]
    names_version: int
    digest: str = ""  # of the document's text; the same digest means the same profile
    looked_before: datetime | None = None  # the look before `looked_at`
    bugs: tuple[BugLine, ...] = ()  # open ones by due time, at most 100
    requests: tuple[RequestLine, ...] = ()  # open ones, the most wanted first, at most 100
    entries: tuple[HistoryEntry, ...] = ()  # history that was added in Slack, newest first
    judgements: tuple[Judgement, ...] = ()  # what people say about the customer's health, as long as it is open

    @property
    def whole(self) -> tuple[Week, ...]:
        """The weeks of `recent` that came whole: what is shown as usage."""
        fed = self.fed
        return () if fed is None else tuple([week for week in self.recent if week.start <= fed])

    @property
    def newest(self) -> date | None:
        """The Monday of the newest of those."""
        fed = self.fed
        return next((week.start for week in self.recent if fed is not None and week.start <= fed), None)

    def counted(self, now: datetime) -> Counted:
        """What people captured, as the health rules count it."""
        if not (self.bugs or self.requests or self.judgements):
            return _NOTHING
        critical = [bug for bug in self.bugs if bug.severity is Severity.CRITICAL]
        waiting = [one for one in self.requests if one.status == "backlog" and now - one.created_at > WAITING]
        late = sum(bug.is_overdue(now) for bug in critical)
        said = {one.kind for one in self.judgements}
        return Counted(len(critical), late, len(self.bugs), len(waiting), Kind.ESCALATION in said, Kind.RISK in said)

    def last_look(self, now: datetime) -> datetime | None:
        """What "since you last looked" counts from: the look before this sitting."""
        sitting = self.looked_at is not None and now - self.looked_at < SITTING
        return self.looked_before if sitting else self.looked_at


@dataclass(frozen=True, slots=True)
class Card:
    """A record with its health, ready to be shown at `now`; `today` is the team's local date."""

    record: Record
    health: Health
    now: datetime
    today: date
    past: tuple[Snapshot, ...] = ()  # as the weekly checks judged, newest first; only where a trend is shown
    alert: Alert | None = None  # an open one about usage; only there as well

    @property
    def profile(self) -> Profile:
        return self.record.profile

    @property
    def override(self) -> Judgement | None:
        """The colour that somebody set by hand, while it holds; the computed one stays in `health`."""
        return self.said(Kind.OVERRIDE)

    def said(self, kind: Kind) -> Judgement | None:
        """What people say of this kind, while it holds."""
        return open_of(self.record.judgements, kind, self.today) if self.record.judgements else None

    @property
    def colour(self) -> Colour:
        """The colour that is shown: the one set by hand, otherwise the computed one."""
        override = self.override
        return override.colour if override and override.colour else self.health.colour


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `/customer list`."""

    customer_id: int
    name: str
    status: Status
    internal: bool
    tier: Tier | None
    csm: str | None
    missing: bool
    broken: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list; `total` counts all of them, `offset` those before."""

    lines: tuple[Listed, ...]
    offset: int
    total: int


@dataclass(frozen=True, slots=True)
class Linked:
    """The customer a channel is linked to."""

    customer_id: int
    name: str
