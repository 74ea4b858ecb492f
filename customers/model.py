"""What the bot knows about one customer: frozen values, no I/O.

Every normalised value stands beside the text a person wrote, because the document is the team's and the
normalisation is ours (customer document, "Customer Template").
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    """First word of `**Status:**`; a qualifier in brackets is kept beside it."""

    ACTIVE = "Active"
    PILOT = "Pilot"
    CHURNED = "Churned"


class Tier(StrEnum):
    """`**Tier:**`; `N/A` and an absent line are no tier."""

    ENTERPRISE = "Enterprise"
    GROWTH = "Growth"
    STARTUP = "Startup"


class Topic(StrEnum):
    """The sections that the template knows; any other heading has no topic and is kept as written."""

    SETUP = "Technical Setup"
    CONFIGURATION = "Configuration"
    CODE = "Custom Code"
    ISSUES = "Known Issues"
    HISTORY = "Support History"
    METRICS = "Success Metrics"
    NOTES = "Notes"


@dataclass(frozen=True, slots=True)
class Person:
    """`**CSM:**` as `Name`, `Name <email>` or `@handle`; at least one of the three is set."""

    name: str | None = None
    email: str | None = None
    handle: str | None = None

    def __str__(self) -> str:
        return self.name or self.email or f"@{self.handle}"


@dataclass(frozen=True, slots=True)
class MetadataLine:
    """One `**Label:** value` line of the metadata block, as written (known or not)."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading inside a customer and everything below it up to the next one of the same customer.

    `body` is byte for byte what stands after the heading line (line ends normalised to LF), so that export can
    write it back. `heading` is the heading line itself, `line` its 1-based number in the source file.
    """

    title: str
    topic: Topic | None
    heading: str
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """One bullet of Known Issues; a nested `Workaround:` bullet or clause is split off."""

    text: str
    workaround: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One bullet of Support History; `on` is None where the bullet has no ISO date."""

    text: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class CustomCode:
    """One piece of custom code: its location, what it is for, who owns it, when it was last reviewed."""

    location: str | None = None
    description: str | None = None
    owner: str | None = None
    reviewed: date | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What the document itself claims under Success Metrics and Configuration; shown with its age, never computed from.

    `adoption` is a share (0.72 for "72%"), `satisfaction` an NPS score from -100 to 100.
    """

    adoption: float | None = None
    satisfaction: int | None = None
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer as the document tells it.

    `slug` identifies the customer (derived from the name without its bracketed qualifier). `seats` are users,
    `amount` is money a month in `currency` (ISO code), both read from the contract text where they are there.
    Unknown values are None: nothing is ever guessed.
    """

    slug: str
    name: str
    status: Status
    qualifier: str | None = None
    tier: Tier | None = None
    onboarded: date | None = None
    csm: Person | None = None
    contract: str | None = None
    amount: float | None = None
    currency: str | None = None
    seats: int | None = None
    renewal: date | None = None
    churned: date | None = None
    aliases: tuple[str, ...] = ()
    timezone: str | None = None
    country: str | None = None
    channel: str | None = None
    metadata: tuple[MetadataLine, ...] = ()
    preamble: str = ""
    sections: tuple[Section, ...] = ()
    issues: tuple[KnownIssue, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    code: tuple[CustomCode, ...] = ()
    stated: Stated = field(default_factory=Stated)
    custom_data: dict[str, str] = field(default_factory=dict)
    updated: date | None = None
    heading: str = ""
    file: str = ""
    line: int = 0

    @property
    def internal(self) -> bool:
        """`Active (Internal)` is an active customer that never counts as one (customer document, Demo Account)."""
        return self.qualifier is not None and self.qualifier.casefold() == "internal"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a document that a person should mend; printed as `file:line: message (hint)`.

    `broken` says that the customer named here could not be read and that its last good version stays.
    """

    file: str
    line: int
    message: str
    hint: str | None = None
    customer: str | None = None
    broken: bool = False

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}: {self.message}{tail}"


@dataclass(frozen=True, slots=True)
class Week:
    """One complete or running ISO week of usage. `start` is its Monday; `active` are distinct users, `seats` as fed."""

    start: date
    active: int
    seats: int | None = None
