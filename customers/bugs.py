"""Bugs that customers report: one GitHub issue each, and a time by which they are resolved ("Bug Reports")."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from customers import sla
from customers.calendars import Calendar
from customers.intents import GITHUB, Intent, Source
from customers.sla import Severity

FILE = "bug_issue"  # the kind of intent that becomes a GitHub issue
TITLE = 150
STEPS = 3_000
REASON = 500


class Filing(StrEnum):
    """Where the GitHub issue of a bug stands."""

    WAITING = "waiting"  # GitHub is not set up
    FILING = "filing"
    FILED = "filed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Issue:
    """The GitHub issue of a bug; `seen_at` is GitHub's own `updated_at` of what we know."""

    number: int
    url: str
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still: since when, and why."""

    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which the clock stood still, waiting for the customer or closed; `until` is None while it does."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug of one customer. Times are aware UTC; `due_at` is when it should be resolved."""

    id: int
    customer_id: int
    customer: str
    title: str
    steps: str
    severity: Severity
    reported_by: str
    reported_at: datetime
    due_at: datetime
    source: Source
    filing: Filing
    filing_why: str = ""
    issue: Issue | None = None
    closed_at: datetime | None = None
    closed_why: str = ""
    pause: Pause | None = None
    warned: int = 0  # the last warning that was given: 0, 50, 80 or 100 percent
    stops: tuple[Stop, ...] = ()  # oldest first; lists leave them out

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def says(self, draft: "Draft", person: str) -> bool:
        """Whether the draft stands here, if it was this person's; a label on GitHub may have changed the severity."""
        said = (self.customer_id, self.title, self.steps) == (draft.customer_id, draft.title, draft.steps)
        return said or self.reported_by != person

    def is_overdue(self, now: datetime) -> bool:
        """Past its time, open, and not waiting for the customer."""
        return self.is_open and self.pause is None and self.due_at <= now


def stood(severity: Severity, stops: Sequence[Stop], calendar: Calendar) -> timedelta:
    """How long the clock stood still altogether, in the time that counts for the severity."""
    ended = [sla.span(severity, stop.since, stop.until, calendar) for stop in stops if stop.until]
    return sum(ended, timedelta())


def due_after(severity: Severity, reported_at: datetime, stops: Sequence[Stop], calendar: Calendar) -> datetime:
    """When it is due: the promise, counted from the report, and as much later as the clock stood still."""
    due_at, waited = sla.due(severity, reported_at, calendar), stood(severity, stops, calendar)
    return sla.resumed(severity, waited, due_at, calendar) if waited else due_at


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form says."""

    customer_id: int
    title: str
    steps: str
    severity: Severity
    source: Source


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a draft; `again` when this message was reported before, `heard` when this very form was."""

    bug: Bug
    again: bool
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What GitHub says about an issue of ours at `at` (its `updated_at`)."""

    number: int
    url: str
    open: bool
    state_reason: str
    labels: tuple[str, ...]
    at: datetime
    bug_id: int | None = None  # from our marker in the body


@dataclass(frozen=True, slots=True)
class BugPage:
    """Some bugs of a list; `total` counts all of them, `offset` those before."""

    lines: tuple[Bug, ...]
    offset: int
    total: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which bugs a list shows."""

    closed: bool = False
    customer_id: int | None = None
    severity: Severity | None = None


def announced(reported: Reported, person: str, source: Source, key: str) -> list[Intent]:
    """A new bug is confirmed where it was captured and filed on GitHub; a repeated one is only told to the person."""
    bug = reported.bug
    where = Source() if reported.again else source
    about: dict[str, int | str] = {"bug": bug.id, "by": person, **where.answer(person)}
    if reported.again:
        about |= {"again": 1}
    told = [Intent("bug_reported", f"bug_reported:{key}", where.lane(person), about, bug.customer_id)]
    if reported.again:
        return told
    csm: dict[str, int | str] = {"bug": bug.id, "what": "reported", "by": person}
    heard = Intent("bug_csm", f"bug_csm:{bug.id}:reported", f"csm:{bug.customer_id}", csm, bug.customer_id)
    return [*told, filing(bug), heard]


def filing(bug: Bug) -> Intent:
    """One issue per bug, whatever happens: the key is the bug."""
    about: dict[str, int | str] = {"bug": bug.id, "by": bug.reported_by}
    return Intent(FILE, filing_key(bug.id), GITHUB, about, bug.customer_id)


def filing_key(bug_id: int) -> str:
    """Names the filing of a bug; the button "Send again" carries it."""
    return f"{FILE}:{bug_id}"


def warning(bug: Bug, level: int, bug_channel: str | None) -> list[Intent]:
    """Half the time is over, four fifths, all of it: to the CSM and to the channel for bugs, once each."""
    key = f"{bug.id}:{level}:{bug.due_at.isoformat()}"
    about: dict[str, int | str] = {"bug": bug.id, "level": level}
    found = [Intent("bug_late_csm", f"bug_late_csm:{key}", f"csm:{bug.customer_id}", about, bug.customer_id)]
    if bug_channel:
        there = {**about, "channel": bug_channel}
        found.append(Intent("bug_late", f"bug_late:{key}", bug_channel, there, bug.customer_id))
    return found


def told(bug: Bug, what: str, stamp: str, by: str = "") -> list[Intent]:
    """News about a bug goes to the thread it came from and to the customer's CSM, unless the CSM knows it already.

    Without a thread whoever reported it is told alone; a CSM who is that person is told once.
    """
    about: dict[str, int | str] = {"bug": bug.id, "what": what, **bug.source.answer(bug.reported_by)}
    lane = bug.source.lane(bug.reported_by)
    key = f"{bug.id}:{what}:{stamp}"
    csm: dict[str, int | str] = {"bug": bug.id, "what": what}
    if knows := by or ("" if bug.source.is_message else bug.reported_by):
        csm["by"] = knows
    return [
        Intent("bug_news", f"bug_news:{key}", lane, about, bug.customer_id),
        Intent("bug_csm", f"bug_csm:{key}", f"csm:{bug.customer_id}", csm, bug.customer_id),
    ]


def commented(bug: Bug, comment_id: int) -> list[Intent]:
    """Somebody wrote under the issue: the thread hears of it, the words stay on GitHub."""
    about: dict[str, int | str] = {"bug": bug.id, "comment": comment_id, **bug.source.answer(bug.reported_by)}
    lane = bug.source.lane(bug.reported_by)
    return [Intent("bug_comment", f"bug_comment:{bug.id}:{comment_id}", lane, about, bug.customer_id)]


def severity_of(labels: tuple[str, ...]) -> Severity | None:
    """The severity that labels on GitHub say, the worst when they say several; None when they say none."""
    found = {label.partition(":")[2].strip().casefold() for label in labels if label.casefold().startswith("severity:")}
    return next((one for one in Severity if one.value in found), None)
