"""The carrier of issues against a foreign GitHub: one create call, both labels in it, and what every answer means."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import aiohttp
import pytest

from bot.deliver.delays import Delays
from bot.deliver.filing import LABELLED, TWINS, Filer
from bot.deliver.results import Absent, Dropped, Given, Later, Parked, Result, Sent, Uncertain
from bot.github.client import GitHub
from bot.github.credentials import Token
from bot.github.issue import mark
from customers import bugs
from customers.bugs import Bug, Filing
from customers.errors import BugGone, CustomerGone
from customers.intents import GITHUB, Intent, Queued, Source, State
from customers.model import Profile, Status
from customers.people import Reader, Standing
from customers.records import Card
from customers.sla import Severity
from tests.bot.github.foreign_github import (
    STARTS,
    Fault,
    ForeignGitHub,
    broken,
    cut,
    late,
    limited,
    refuse,
    secondary,
)
from tests.commands.anybody import card_of
from tests.commands.fakes import FakePeople

KEY = b"key of the markers"
DELAYS = Delays()
LABELS = ("customer-reported", "severity:critical")
SOURCE = Source("C1", "1.2", "https://acme.slack.com/archives/C1/p12", "1.1")
BUG = Bug(
    3, 7, "Acme", "Export is empty", "1. Export", Severity.CRITICAL, "U1", STARTS, STARTS, SOURCE, Filing.FILING
)  # fmt: skip


class FakeTracker:
    """One bug, or none."""

    def __init__(self, bug: Bug | None) -> None:
        self.bug = bug

    async def show(self, bug_id: int) -> Bug:
        if self.bug is None or bug_id != self.bug.id:
            raise BugGone()
        return self.bug

    async def filed(self, bug_id: int, issue: bugs.Issue, why: str) -> None:
        self.bug = replace(await self.show(bug_id), issue=issue, filing=Filing.FILED, filing_why=why)

    async def not_filed(self, bug_id: int, filing: Filing, why: str) -> None:
        self.bug = replace(await self.show(bug_id), filing=filing, filing_why=why)

    def due_words(self, bug: Bug, card: Card) -> str:
        return "Mon 2026-11-16 12:00 (UTC)"


class FakeDesk:
    """One customer, or none."""

    gone = False

    async def open(self, customer_id: int, reader: Reader, now: datetime) -> Card:
        if self.gone:
            raise CustomerGone()
        return card_of(Profile(slug="acme", name="Acme", status=Status.ACTIVE))


@dataclass
class Works:
    """The carrier, the GitHub it talks to, and what it knows."""

    github: ForeignGitHub
    filer: Filer
    tracker: FakeTracker
    desk: FakeDesk

    async def send(self, row: Queued) -> Result:
        return await self.filer.send(row, STARTS)

    async def look(self, row: Queued) -> Result:
        return await self.filer.look(row, STARTS)

    @property
    def bug(self) -> Bug:
        assert self.tracker.bug is not None
        return self.tracker.bug


def filer_of(github: GitHub | None, tracker: FakeTracker, desk: FakeDesk) -> Filer:
    return Filer(github, KEY, desk, tracker, FakePeople(U1=Standing.MEMBER), DELAYS)  # type: ignore[arg-type]


@pytest.fixture
async def works() -> AsyncIterator[Works]:
    async with ForeignGitHub() as served, aiohttp.ClientSession() as session:
        served.labels |= set(LABELS)
        short = aiohttp.ClientTimeout(total=0.1)
        ours = GitHub(session, served.url, "acme/app", Token("ghp_foreign"), lambda: STARTS, short)
        tracker, desk = FakeTracker(BUG), FakeDesk()
        yield Works(served, filer_of(ours, tracker, desk), tracker, desk)
        assert served.wrong == []


def row(attempts: int = 1, kind: str = "bug_issue") -> Queued:
    intent = Intent(kind, f"{kind}:3", GITHUB, {"bug": 3}, 7)
    return Queued(9, intent, State.NEW, attempts, STARTS, STARTS, STARTS)


def kinds(result: Result) -> list[str]:
    return [one.kind for one in getattr(result, "follow", ())]


async def test_a_bug_becomes_one_issue_with_both_labels_and_the_mark(works: Works) -> None:
    result = await works.send(row())
    (issue,) = works.github.issues
    assert result == Sent(issue["html_url"], result.follow)  # type: ignore[union-attr]
    assert [one["name"] for one in issue["labels"]] == list(LABELS)
    assert issue["body"].splitlines()[-1] == mark(3, KEY)
    assert SOURCE.permalink in issue["body"]
    assert (works.bug.filing, works.bug.filing_why) == (Filing.FILED, "")
    assert kinds(result) == ["bug_filed"]
    assert [one.method for one in works.github.requests] == ["POST"]


async def test_the_number_is_told_where_the_bug_came_from(works: Works) -> None:
    (news,) = (await works.send(row())).follow  # type: ignore[union-attr]
    assert (news.lane, news.customer_id) == ("C1", 7)
    assert dict(news.about) == {"bug": 3, "channel": "C1", "thread": "1.1", "person": "U1"}


async def test_a_bug_that_has_an_issue_gets_no_second_one_and_its_number_is_told_all_the_same(works: Works) -> None:
    first = await works.send(row())
    assert await works.send(row(2)) == first
    assert await works.look(row(2)) == first
    assert len(works.github.requests) == 1


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (limited(30), Later("GitHub asks us to call less often.", 30.0, GITHUB)),
        (secondary(), Later("GitHub asks us to call less often.", 60.0, GITHUB)),
        (broken(500), Uncertain("GitHub did not say whether it was done (HTTP 500).")),
        (broken(502, done=False), Uncertain("GitHub did not say whether it was done (HTTP 502).")),
        (cut(), Uncertain("The connection to GitHub broke off before it answered.")),
        (late(), Uncertain("The connection to GitHub broke off before it answered.")),
    ],
    ids=["429", "secondary", "500", "502", "cut", "late"],
)
async def test_what_may_be_tried_again_or_looked_for(works: Works, fault: Fault, result: Result) -> None:
    works.github.meets("create", fault)
    assert await works.send(row()) == result
    assert works.bug.filing is Filing.FILING


@pytest.mark.parametrize("lost", [broken(500), cut(), late()], ids=["500", "cut", "late"])
async def test_an_issue_without_an_answer_is_found_and_not_filed_again(works: Works, lost: Fault) -> None:
    works.github.meets("create", lost)
    await works.send(row())
    result = await works.look(row(2))
    assert isinstance(result, Sent)
    assert kinds(result) == ["bug_filed", TWINS]
    assert len(works.github.issues) == 1
    assert works.bug.issue is not None
    assert works.bug.issue.number == 1


async def test_an_issue_that_surely_is_not_there_is_filed_anew(works: Works) -> None:
    works.github.file("Somebody else's", "<!-- dossier:bug:3:00000000000000000000000000000000 -->")
    works.github.file("Another bug of ours", mark(4, KEY))
    works.github.meets("create", broken(500, done=False))
    await works.send(row())
    assert await works.look(row(2)) == Absent()


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (limited(9), Later("GitHub asks us to call less often.", 9.0, GITHUB)),
        (broken(500), Uncertain("GitHub did not say whether it was done (HTTP 500).")),
        (refuse(401, "Bad credentials"), Uncertain("GitHub does not accept our token.")),
        (refuse(404, "Not Found"), Uncertain("GitHub shows us no such repository.")),
    ],
    ids=["429", "500", "401", "404"],
)
async def test_a_look_up_that_fails_settles_nothing(works: Works, fault: Fault, result: Result) -> None:
    works.github.meets("list", fault)
    assert await works.look(row(2)) == result
    assert works.github.issues == []


@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        (refuse(401, "Bad credentials"), "Make a new one and put it into Dossier's settings. Then send it again."),
        (refuse(403, "Resource not accessible by personal access token"), "Give its token or app write access"),
        (refuse(403, "Repository was archived so is read-only."), "Unarchive it"),
        (refuse(404, "Not Found"), "Check GITHUB_REPOSITORY"),
        (refuse(410, "Issues are disabled for this repo"), "Turn them on in its settings. Then send it again."),
        (refuse(422, "Validation Failed", {"resource": "Issue", "field": "title", "code": "missing"}), "Tell whoever"),
    ],
    ids=["401", "403", "archived", "404", "410", "422"],
)
async def test_a_refusal_is_told_with_the_way_to_mend_it(works: Works, fault: Fault, mend: str) -> None:
    works.github.meets("create", fault)
    result = await works.send(row())
    assert isinstance(result, Given)
    assert mend in result.reason
    assert kinds(result) == ["bug_refused"]
    assert (works.bug.filing, works.bug.filing_why) == (Filing.REFUSED, result.reason)
    assert isinstance(await works.send(row(2)), Sent)


async def test_each_refusal_is_told_anew(works: Works) -> None:
    works.github.meets("create", *[refuse(404, "Not Found")] * 2)
    first, second = await works.send(row()), await works.send(row(2))
    assert first.follow[0].key != second.follow[0].key  # type: ignore[union-attr]


@pytest.mark.parametrize("uncertain", [False, True])
async def test_what_github_never_took_is_given_up_after_a_week_and_told(works: Works, uncertain: bool) -> None:
    works.github.meets("create", *[broken(500, done=False) if uncertain else limited(30)] * 2)
    tried = replace(row(9), first_try=STARTS - DELAYS.give_up_issue + timedelta(seconds=1))
    assert isinstance(await works.send(tried), Uncertain if uncertain else Later)
    assert works.bug.filing is Filing.FILING
    result = await works.send(replace(tried, first_try=STARTS - DELAYS.give_up_issue))
    assert isinstance(result, Given)
    assert ("look there before you send it again" in result.reason) == uncertain
    assert kinds(result) == ["bug_refused"]
    assert (works.bug.filing, works.bug.filing_why) == (Filing.REFUSED, result.reason)


async def test_an_issue_that_is_not_found_for_a_week_is_given_up(works: Works) -> None:
    works.github.meets("list", limited(30))
    old = replace(row(9), state=State.UNKNOWN, first_try=STARTS - DELAYS.give_up_issue)
    result = await works.look(old)
    assert isinstance(result, Given)
    assert "look there before you send it again" in result.reason
    works.tracker.bug = None
    assert await works.look(old) == Dropped("the bug is gone")


# labels


async def test_a_missing_label_is_made_once_and_then_the_issue(works: Works) -> None:
    works.github.makes_labels = False
    works.github.labels.clear()
    assert await works.send(row()) == Later("a label was missing and has been created", 0.0)
    assert works.github.labels == set(LABELS)
    assert isinstance(await works.send(row(2)), Sent)


async def test_a_label_that_cannot_be_made_is_told(works: Works) -> None:
    works.github.makes_labels = False
    works.github.labels.clear()
    works.github.meets("label", refuse(403, "Resource not accessible by integration"))
    result = await works.send(row())
    assert isinstance(result, Given)
    assert "The label customer-reported is missing and cannot be created" in result.reason
    assert kinds(result) == ["bug_refused"]
    assert works.bug.filing is Filing.REFUSED


async def test_a_limit_while_making_a_label_is_waited_for(works: Works) -> None:
    works.github.makes_labels = False
    works.github.labels.clear()
    works.github.meets("label", limited(5))
    assert await works.send(row()) == Later("GitHub asks us to call less often.", 5.0, GITHUB)


async def test_labels_are_not_made_for_ever(works: Works) -> None:
    missing = refuse(422, "Validation Failed", {"resource": "Label", "field": "name", "code": "invalid"})
    works.github.meets("create", *[missing] * (LABELLED + 1))
    for attempt in range(1, LABELLED + 1):
        assert isinstance(await works.send(row(attempt)), Later)
    assert isinstance(await works.send(row(LABELLED + 1)), Given)


async def test_labels_that_github_left_out_are_told(works: Works) -> None:
    works.github.push = False
    await works.send(row())
    assert "GitHub left out customer-reported and severity:critical" in works.bug.filing_why


# what is gone, or not there yet


async def test_a_bug_or_customer_that_is_gone_is_not_filed(works: Works) -> None:
    works.desk.gone = True
    assert await works.send(row()) == Dropped("the bug is gone")
    works.tracker.bug = None
    for one in (row(), row(2, TWINS)):
        assert await works.send(one) == Dropped("the bug is gone")
        assert await works.look(one) == Dropped("the bug is gone")
    assert works.github.requests == []


async def test_without_github_a_bug_waits_and_says_so(works: Works) -> None:
    waiting = filer_of(None, works.tracker, works.desk)
    assert await waiting.send(row(), STARTS) == Parked("GitHub is not set up")
    assert works.bug.filing is Filing.WAITING
    assert await waiting.look(row(), STARTS) == Parked("GitHub is not set up")


# a twin that appears late


async def test_a_twin_is_looked_for_only_when_there_were_several_tries(works: Works) -> None:
    assert kinds(await works.send(row())) == ["bug_filed"]
    works.tracker.bug = BUG
    (_, again) = (await works.send(row(3))).follow  # type: ignore[union-attr]
    assert (again.kind, again.wait) == (TWINS, timedelta(minutes=10))


async def test_a_twin_that_appeared_late_is_told_which_one_counts(works: Works) -> None:
    works.github.meets("create", broken(500))
    await works.send(row())
    works.github.hidden = 1  # GitHub's list does not know it yet
    assert await works.look(row(2)) == Absent()
    works.github.hidden = 0
    await works.send(row(3))
    assert isinstance(await works.send(row(1, TWINS)), Sent)
    (comment,) = works.github.comments
    assert comment["issue_url"].endswith("/issues/1")
    assert "Dossier follows #2" in comment["body"]


async def test_a_closed_twin_and_no_twin_at_all_are_left_alone(works: Works) -> None:
    await works.send(row(2))
    works.github.file("the same", mark(3, KEY))
    works.github.close(2)
    assert isinstance(await works.send(row(1, TWINS)), Sent)
    assert works.github.comments == []
