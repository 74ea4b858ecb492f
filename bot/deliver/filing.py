"""Bugs become GitHub issues: one each, whatever happens to the call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.deliver.delays import Delays
from bot.deliver.results import Absent, Dropped, Given, Later, Parked, Result, Sent, Uncertain
from bot.github import answers
from bot.github.answers import Done, NotSent, Outcome, Refused
from bot.github.client import GitHub
from bot.github.issue import LOOKS, Draft, Issue, labels, missing_labels, render
from commands.ports import People
from customers import bugs
from customers.bugs import Bug, Filing
from customers.desk import Desk
from customers.errors import BugGone, CustomerGone, StorageProblem
from customers.intents import GITHUB, Intent, Queued, State
from customers.people import Reader, Standing
from customers.tracker import Tracker

_BOT = Reader("", Standing.BOT)
TWINS = "bug_twins"
LABELLED = 3  # tries of one row in which a missing label is created


class Filer:
    """The carrier of `bug_issue`. Without GitHub settings a bug says that it waits for them."""

    def __init__(
        self,
        github: GitHub | None,
        key: bytes,
        desk: Desk,
        tracker: Tracker,
        people: People,
        delays: Delays,
    ) -> None:
        self._github = github
        self._key = key
        self._desk = desk
        self._tracker = tracker
        self._people = people
        self._delays = delays

    async def send(self, row: Queued, now: datetime) -> Result:
        """One create call, with both labels in it."""
        if row.intent.kind == TWINS:
            return await self._twins(row)
        return await self._in_time(row, await self._create(row, now), now)

    async def look(self, row: Queued, now: datetime) -> Result:
        """Looks for our mark in the repository's newest issues."""
        if row.intent.kind == TWINS:
            return await self._twins(row)
        return await self._in_time(row, await self._find(row), now)

    async def _in_time(self, row: Queued, result: Result, now: datetime) -> Result:
        """What was tried for long enough is given up, and the bug says so."""
        if not isinstance(result, Later | Uncertain) or not self._delays.is_over(row, now):
            return result
        unsure = isinstance(result, Uncertain) or row.state is State.UNKNOWN
        why = "perhaps it took it, so look there before you send it again" if unsure else "it was tried for days"
        try:
            bug = await self._tracker.show(row.intent.number("bug"))
        except BugGone:
            return Dropped("the bug is gone")
        return await self._refused(row, bug, f"{result.reason} Nothing came of it: {why}.", unsure)

    async def _create(self, row: Queued, now: datetime) -> Result:
        try:
            bug = await self._tracker.show(row.intent.number("bug"))
            if bug.issue is not None:
                return _known(bug, bug.issue)
            if self._github is None:
                await self._tracker.not_filed(bug.id, Filing.WAITING, "")
                return Parked("GitHub is not set up")
            title, body = render(await self._draft(bug, now), self._key)
        except (BugGone, CustomerGone):
            return Dropped("the bug is gone")
        except StorageProblem as problem:  # GitHub has not been asked yet
            return Later(problem.sentence)
        wanted = labels(bug.severity)
        outcome = await self._github.create_issue(title, body, wanted)
        if answers.is_missing_label(outcome) and row.attempts <= LABELLED:
            return await self._label(self._github, row, bug, wanted)
        return await self._came_to(row, bug, outcome, wanted)

    async def _find(self, row: Queued) -> Result:
        try:
            bug = await self._tracker.show(row.intent.number("bug"))
        except BugGone:
            return Dropped("the bug is gone")
        if bug.issue is not None:
            return _known(bug, bug.issue)
        if self._github is None:
            return Parked("GitHub is not set up")
        found = await self._github.find_marked(bug.id, self._key, row.first_try or row.created_at)
        if isinstance(found, Done):
            if not found.data:
                return Absent()
            first = min(found.data, key=lambda issue: issue.number)
            return await self._filed(bug, first, labels(bug.severity), row)
        if isinstance(found, NotSent):
            return Later(found.reason, found.retry_after, GITHUB if found.shared else None)
        return Uncertain(found.reason)

    async def _came_to(self, row: Queued, bug: Bug, outcome: Outcome[Issue], wanted: Sequence[str]) -> Result:
        match outcome:
            case Done(issue):
                return await self._filed(bug, issue, wanted, row)
            case NotSent(reason, retry_after, shared):
                return Later(reason, retry_after, GITHUB if shared else None)
            case Refused(_, reason, next_step):
                return await self._refused(row, bug, f"{reason} {next_step}")
            case _:
                return Uncertain(outcome.reason)

    async def _filed(self, bug: Bug, issue: Issue, wanted: Sequence[str], row: Queued) -> Result:
        lost = missing_labels(issue, wanted)
        why = f"GitHub left out {' and '.join(lost)}: give the token push access, then add it there." if lost else ""
        await self._tracker.filed(bug.id, bugs.Issue(issue.number, issue.url), why)
        follow = [_news(bug, "bug_filed", str(issue.number))]
        if row.attempts > 1:  # an earlier try may show up after all
            key = f"{TWINS}:{bug.id}:{issue.number}"
            follow.append(Intent(TWINS, key, GITHUB, {"bug": bug.id}, bug.customer_id, self._delays.look_again))
        return Sent(issue.url, tuple(follow))

    async def _twins(self, row: Queued) -> Result:
        """Once more after a while: an issue that appeared late is told there, so that nobody works on both."""
        try:
            bug = await self._tracker.show(row.intent.number("bug"))
        except BugGone:
            return Dropped("the bug is gone")
        if self._github is None or bug.issue is None:
            return Dropped("nothing to compare")
        found = await self._github.find_marked(bug.id, self._key, bug.reported_at)
        if isinstance(found, NotSent):
            return Later(found.reason, found.retry_after, GITHUB if found.shared else None)
        if not isinstance(found, Done):
            return Later(found.reason)
        for twin in found.data:
            if twin.number != bug.issue.number and twin.state == "open":
                said = f"Filed twice by accident; Dossier follows #{bug.issue.number}. Please close this one."
                told = await self._github.comment(twin.number, said)
                if not isinstance(told, Done):
                    return Dropped(told.reason)  # a second comment would be worse than none
        return Sent(bug.issue.url)

    async def _refused(self, row: Queued, bug: Bug, why: str, unsure: bool = False) -> Result:
        await self._tracker.not_filed(bug.id, Filing.REFUSED, why)
        return Given(why, (_news(bug, "bug_refused", f"{row.id}:{row.attempts}"),), unsure)

    async def _label(self, github: GitHub, row: Queued, bug: Bug, wanted: Sequence[str]) -> Result:
        for name in wanted:
            color, description = LOOKS[name]
            made: Outcome[Any] = await github.create_label(name, color, description)
            if isinstance(made, Refused):
                why = f"The label {name} is missing and cannot be created: {made.reason} {made.next_step}"
                return await self._refused(row, bug, why)
            if isinstance(made, NotSent):
                return Later(made.reason, made.retry_after, GITHUB if made.shared else None)
        return Later("a label was missing and has been created", 0.0)

    async def _draft(self, bug: Bug, now: datetime) -> Draft:
        card = await self._desk.open(bug.customer_id, _BOT, now)
        reporter = await self._people.reader(bug.reported_by, None)
        return Draft(
            bug_id=bug.id,
            title=bug.title,
            steps=bug.steps,
            severity=bug.severity.value,
            reported_at=bug.reported_at,
            due=self._tracker.due_words(bug, card),
            customer=bug.customer,
            reporter=reporter.name or "a colleague",
            permalink=bug.source.permalink or None,
        )


def _known(bug: Bug, issue: bugs.Issue) -> Sent:
    """A webhook was faster, or a process died between the two: its number is told all the same, once."""
    return Sent(issue.url, (_news(bug, "bug_filed", str(issue.number)),))


def _news(bug: Bug, kind: str, stamp: str) -> Intent:
    about: dict[str, int | str] = {"bug": bug.id, **bug.source.answer(bug.reported_by)}
    return Intent(kind, f"{kind}:{bug.id}:{stamp}", bug.source.lane(bug.reported_by), about, bug.customer_id)
