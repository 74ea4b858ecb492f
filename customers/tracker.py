"""What can be done with bugs that customers report: report, list, pause and resume, follow GitHub, warn in time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from customers import bugs, sla
from customers.bugs import Bug, BugPage, Draft, Filing, Filter, Issue, Pause, Reported, Seen, Stop
from customers.calendars import Calendar, for_customer
from customers.errors import BugGone, BugOver
from customers.intents import Intent
from customers.model import KnownIssue
from customers.people import Reader, Standing
from customers.ports import BugStore, RecordStore
from customers.records import Card
from customers.scope import All, One
from customers.similar import Known, SimilarIndex
from customers.sla import Severity

PAGE = 10
DOCUMENTED = 20_000  # known issues of all customers that are searched before a bug is filed
CHUNK = 500  # bugs looked at in one go when warnings are due
_BOT = Reader("", Standing.BOT)


@dataclass(frozen=True, slots=True)
class Due:
    """When a bug would be due; `notes` say which of the customer's own settings could not be used."""

    at: datetime
    words: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Similar:
    """What is known already: this customer's open bugs and documented issues, and how many others have the like."""

    open_bugs: tuple[Bug, ...]
    issues: tuple[KnownIssue, ...]
    others: int


class Tracker:
    """The façade for `/bugs` and its forms. `now` is aware UTC; raises `customers.errors` for people."""

    def __init__(
        self,
        store: BugStore,
        records: RecordStore,
        opened: Callable[[int, Reader, datetime], Awaitable[Card]],
        calendar: Calendar,
        bug_channel: str | None,
    ) -> None:
        self._store = store
        self._records = records
        self._opened = opened
        self._calendar = calendar
        self._bug_channel = bug_channel
        self._issues = SimilarIndex((), 0)
        self._whose: list[int] = []  # the customer of each issue in the index
        self._version = -1
        self._asking = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    def calendar_of(self, card: Card) -> tuple[Calendar, tuple[str, ...]]:
        """The team's working hours in the customer's own zone and country where the document names them."""
        return for_customer(self._calendar, card.profile.timezone, card.profile.country)

    def due(self, card: Card, severity: Severity, now: datetime) -> Due:
        """When a bug that is reported now would be due."""
        calendar, notes = self.calendar_of(card)
        at = sla.due(severity, now, calendar)
        return Due(at, sla.words(at, calendar), notes)

    def due_words(self, bug: Bug, card: Card) -> str:
        """The due time of a bug, in the customer's zone."""
        return sla.words(bug.due_at, self.calendar_of(card)[0])

    def left_words(self, bug: Bug, card: Card, now: datetime) -> str:
        """`3 h 20 min left` or `late by 2 days of working time`, counted as its severity counts."""
        calendar, _ = self.calendar_of(card)
        left = still(bug, now, calendar)
        working = bug.severity.counts_working_time
        words = sla.in_words(left, calendar.day_length if working else timedelta(days=1))
        told = f"{words} of working time" if working else words
        late = bug.due_at <= (bug.pause.since if bug.pause else now)
        return f"late by {told}" if late else f"{told} left"

    def when(self, moment: datetime) -> str:
        """`Mon 2026-11-23 17:00` in the team's zone, for lists; `zone` says which one that is."""
        return sla.words(moment, self._calendar).rpartition(" (")[0]

    @property
    def zone(self) -> str:
        """The team's time zone."""
        return str(self._calendar.zone)

    async def similar(self, card: Card, title: str) -> Similar:
        """What is known before something new is filed; of other customers only how many."""
        mine = await self._store.page(One(card.record.customer_id), Filter(customer_id=card.record.customer_id), 0, 50)
        await self._fresh()
        async with self._asking:  # an index is asked by one thread at a time
            return await asyncio.to_thread(self._compare, card, title, mine.lines)

    async def _fresh(self) -> None:
        """Documented issues are read when somebody reports a bug and a document changed since: seldom enough.

        Whoever asks may give up waiting; the reading goes on for whoever comes next.
        """
        if await self._records.names_version(All("known issues")) == self._version:
            return
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read_issues())
            self._reading.add_done_callback(self._is_read)
        await asyncio.shield(self._reading)

    def _is_read(self, done: asyncio.Task[None]) -> None:
        self._reading = None
        if not done.cancelled():
            done.exception()

    async def report(self, draft: Draft, reader: Reader, key: str, now: datetime) -> Reported:
        """Saves a bug, says so where it came from, and wants one GitHub issue. Raises CustomerGone."""
        card = await self._opened(draft.customer_id, reader, now)
        due_at = (await asyncio.to_thread(self.due, card, draft.severity, now)).at  # holidays may have to be loaded
        return await self._store.report(
            One(draft.customer_id),
            draft,
            due_at,
            reader.id,
            key,
            now,
            lambda reported: bugs.announced(reported, reader.id, draft.source, key),
        )

    async def page(self, wanted: Filter, offset: int) -> BugPage:
        """Open bugs by due time, or closed ones newest first."""
        return await self._store.page(All("list bugs"), wanted, max(0, offset), PAGE)

    async def show(self, bug_id: int) -> Bug:
        """One bug. Raises BugGone."""
        found = await self._store.find(All("show bug"), bug_id)
        if found is None:
            raise BugGone()
        return found

    async def pause(self, bug_id: int, reason: str, reader: Reader, key: str, now: datetime) -> Bug:
        """Stops the clock, for a reason that is kept. Raises BugGone or BugOver."""
        bug = await self.show(bug_id)
        one, pause = One(bug.customer_id), Pause(now, reason)
        return await self._store.pause(
            one, bug_id, pause, reader.id, key, lambda it: bugs.told(it, "paused", now.isoformat(), reader.id)
        )

    async def resume(self, bug_id: int, reader: Reader, key: str, now: datetime) -> Bug:
        """The clock goes on with what was left. Raises BugGone or BugOver."""
        bug = await self.show(bug_id)
        if bug.pause is None:
            raise BugOver("its clock is running" if bug.is_open else "the bug is closed")
        calendar, _ = self.calendar_of(await self._opened(bug.customer_id, reader, now))
        due_at = bugs.due_after(bug.severity, bug.reported_at, _ended(bug.stops, now), calendar)
        one = One(bug.customer_id)
        return await self._store.resume(
            one, bug_id, due_at, reader.id, key, now, lambda it: bugs.told(it, "resumed", now.isoformat(), reader.id)
        )

    async def filed(self, bug_id: int, issue: Issue, why: str) -> Bug:
        """GitHub has the issue."""
        bug = await self.show(bug_id)
        await self._store.filed(One(bug.customer_id), bug_id, issue, why)
        return replace(bug, issue=issue, filing=Filing.FILED, filing_why=why)

    async def not_filed(self, bug_id: int, filing: Filing, why: str) -> Bug:
        """GitHub refused, or is not there yet."""
        bug = await self.show(bug_id)
        await self._store.filing(One(bug.customer_id), bug_id, filing, why)
        return replace(bug, filing=filing, filing_why=why)

    async def observed(self, seen: Seen, now: datetime) -> Bug | None:
        """What GitHub says about an issue. None when it is not ours or nothing new; replays are harmless."""
        bug = await self._store.of_issue(All("github"), seen)
        if bug is None:
            return None
        calendar, _ = self.calendar_of(await self._opened(bug.customer_id, _BOT, now))
        return await self._store.observed(
            All("github"), seen, lambda before: _changed(before, seen, calendar), lambda a, b: _news(a, b, seen), now
        )

    async def commented(self, seen: Seen, comment_id: int, now: datetime) -> None:
        """Somebody wrote under an issue; told once, whatever is delivered."""
        bug = await self._store.of_issue(All("github"), seen)
        if bug is not None:
            await self._store.tell(One(bug.customer_id), bugs.commented(bug, comment_id), now)

    async def warn(self, now: datetime) -> int:
        """Warns about bugs whose time is half over, nearly over or over, once each; how many."""
        warned, after = 0, 0
        while chunk := await self._store.running(All("bug warnings"), CHUNK, after):
            after = chunk[-1].id
            for bug in chunk:
                warned += await self._warn(bug, now)
        return warned

    async def _warn(self, bug: Bug, now: datetime) -> bool:
        if now - bug.reported_at < self._soonest(bug):
            return False
        calendar, _ = self.calendar_of(await self._opened(bug.customer_id, _BOT, now))
        stood = bugs.stood(bug.severity, bug.stops, calendar)
        level = sla.level(sla.used(bug.severity, bug.reported_at, bug.due_at, now, calendar, stood))
        if level <= bug.warned:
            return False
        intents = bugs.warning(bug, level, self._bug_channel)
        return await self._store.warned(One(bug.customer_id), bug.id, level, intents, now)

    def _soonest(self, bug: Bug) -> timedelta:
        """Half of the allowance: working time never runs faster than the clock, so nothing is due to be told before."""
        match bug.severity:
            case Severity.HIGH:
                return self._calendar.day_length * sla.HIGH_DAYS / 2
            case Severity.MEDIUM:
                return self._calendar.day_length * sla.MEDIUM_DAYS / 2
            case Severity.LOW if not bug.stops:
                return (bug.due_at - bug.reported_at) / 2
            case _:
                return sla.CRITICAL_HOURS / 2

    def _compare(self, card: Card, title: str, mine: tuple[Bug, ...]) -> Similar:
        own = SimilarIndex([Known(at, bug.title, 0, "") for at, bug in enumerate(mine)], 0)
        documented = card.profile.issues
        said = SimilarIndex([Known(at, issue.text, 0, "") for at, issue in enumerate(documented)], 0)
        others = {self._whose[one.id] for one in self._issues.find(title, 50)} - {card.record.customer_id}
        return Similar(
            tuple(mine[one.id] for one in own.find(title, 3)),
            tuple(documented[one.id] for one in said.find(title, 3)),
            len(others),
        )

    async def _read_issues(self) -> None:
        version = await self._records.names_version(All("known issues"))
        found = await self._records.issues(All("known issues"), DOCUMENTED)
        known = [Known(at, words, 0, "") for at, (_, words) in enumerate(found)]
        index = await asyncio.to_thread(SimilarIndex, known, version)
        async with self._asking:
            self._issues, self._whose, self._version = index, [customer_id for customer_id, _ in found], version


def _changed(bug: Bug, seen: Seen, calendar: Calendar) -> Bug:
    """The bug as GitHub has it. While it is closed its clock stands still, and goes on with what was left."""
    if bug.is_open and not seen.open:
        stops = (*_ended(bug.stops, seen.at), Stop(seen.at))
        due_at = bugs.due_after(bug.severity, bug.reported_at, stops, calendar)
        bug = replace(bug, closed_at=seen.at, closed_why=seen.state_reason, pause=None, stops=stops, due_at=due_at)
    elif bug.closed_at and seen.open:
        stops = _ended(bug.stops, seen.at)
        due_at = bugs.due_after(bug.severity, bug.reported_at, stops, calendar)
        bug = replace(bug, closed_at=None, closed_why="", stops=stops, due_at=due_at)
    severity = bugs.severity_of(seen.labels) or bug.severity
    if severity is not bug.severity:  # whoever made it more urgent is warned anew
        due_at = bugs.due_after(severity, bug.reported_at, bug.stops, calendar)
        bug = replace(bug, severity=severity, due_at=due_at, warned=0)
    return bug


def _ended(stops: Sequence[Stop], at: datetime) -> tuple[Stop, ...]:
    return tuple(replace(stop, until=stop.until or max(at, stop.since)) for stop in stops)


def _news(before: Bug, after: Bug, seen: Seen) -> list[Intent]:
    stamp = seen.at.isoformat()
    if before.is_open != after.is_open:
        return bugs.told(after, "reopened" if after.is_open else "closed", stamp)
    if before.severity is not after.severity:
        return bugs.told(after, "severity", stamp)
    return []


def still(bug: Bug, now: datetime, calendar: Calendar) -> timedelta:
    """How much of the allowance is left; while the clock stands still, what was left when it stopped."""
    return sla.left(bug.severity, bug.due_at, bug.pause.since if bug.pause else now, calendar)
