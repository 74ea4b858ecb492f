"""One customer as the bot holds it: the document's profile, usage, and what happened to both."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customers.health import Health
from customers.model import Profile, Status, Tier, Week

SITTING = timedelta(minutes=15)  # looks within one sitting are one look, or "since you last looked" empties itself


@dataclass(frozen=True, slots=True)
class Change:
    """Something an import changed; `at` is aware UTC."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Record:
    """What storage answers when asked about one customer.

    The profile comes without its sections' text unless it was asked for whole.
    `recent` is newest first, at most 13 weeks; `fed` the Monday of the usage feed's newest week (of any customer);
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

    @property
    def profile(self) -> Profile:
        return self.record.profile


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
