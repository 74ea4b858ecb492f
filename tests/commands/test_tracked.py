"""What people captured about a customer, in the customer's own views."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commands import known_issues, section, tracked
from commands.brief import Brief, render
from commands.listen import Ask
from commands.message import Message
from customers.model import HistoryEntry, KnownIssue, Profile, Section, Status, Topic
from customers.records import BugLine, Record, RequestLine
from customers.sla import Severity
from tests.commands.anybody import NOW, READER, card, wrong
from tests.commands.room import links_in, said

ISSUE = "https://github.example/harbour/app/issues/31"
WENT_LIVE = HistoryEntry("Went live", date(2026, 9, 1))
ACME = Profile("acme", "Acme", Status.ACTIVE, history=(WENT_LIVE,))
BARE = Record(7, ACME, (), None, NOW, NOW, None, None, None, None, (), 1)


def bug(number: int, due: timedelta, **more: Any) -> BugLine:
    found = BugLine(number, f"Bug of {number}", Severity.HIGH, NOW + due, None, None, False)
    return replace(found, **more)


def record(**more: Any) -> Record:
    return replace(BARE, **more)


def read(message: Message) -> str:
    body = message.body()
    assert wrong(body) == []
    return said(body)


def test_with_nothing_captured_the_brief_is_what_it_was() -> None:
    blocks = render(card(BARE)).blocks
    assert not any(words in str(blocks) for words in ("Open bugs", "Open requests", "added in Slack"))


def test_the_brief_shows_the_first_open_bugs_with_issue_and_due_time() -> None:
    hours = (-2, 1, 2, 3)
    bugs = tuple(bug(at, timedelta(hours=hour)) for at, hour in enumerate(hours, start=1))
    bugs = (bugs[0], replace(bugs[1], issue=31, url=ISSUE), replace(bugs[2], paused=True), bugs[3])
    message = render(card(record(bugs=bugs)))
    seen = read(message)
    assert "Open bugs (3 of 4) · 1 overdue" in seen
    assert "Bug 1  Bug of 1  high · overdue since Wed 2026-11-18 07:00 (UTC) · no GitHub issue yet" in seen
    assert "Bug 2  Bug of 2  high · due Wed 2026-11-18 10:00 (UTC) · #31" in seen
    assert "Bug 3  Bug of 3  high · clock stands still" in seen
    assert "Bug of 4" not in seen
    assert links_in(message.body()) == [ISSUE]


def test_the_brief_shows_the_most_wanted_requests() -> None:
    wanted = tuple(RequestLine(at, f"Wish {at}", "in_progress", 5 - at, NOW) for at in range(1, 5))
    seen = read(render(card(record(requests=wanted))))
    assert "Open requests (3 of 4)" in seen
    assert "Request 1  Wish 1  in progress · 4 customers" in seen
    assert "Wish 4" not in seen


def test_a_count_that_may_be_higher_says_so() -> None:
    assert "Open bugs (3 of 100 or more)" in read(
        render(card(record(bugs=tuple(bug(at, timedelta(hours=1)) for at in range(tracked.MOST)))))
    )


def test_history_of_document_and_slack_is_one_by_date() -> None:
    entries = (HistoryEntry("*Moved* `depot`", date(2026, 11, 3)), HistoryEntry("Called", date(2026, 8, 1)))
    seen = read(render(card(record(entries=entries))))
    assert "2026-11-03  *Moved* `depot`  added in Slack2026-09-01  Went live2026-08-01  Called  added in Slack" in seen


def test_what_was_exported_and_imported_again_is_not_shown_twice() -> None:
    again = (HistoryEntry("Went \n live", date(2026, 9, 1)), HistoryEntry("Went live", date(2026, 9, 2)))
    seen = read(render(card(record(entries=again))))
    assert (seen.count("2026-09-01"), seen.count("2026-09-02")) == (1, 1)
    assert "added in Slack" in seen


def test_known_issues_go_on_with_what_customers_reported() -> None:
    profile = replace(ACME, issues=(KnownIssue("Slow"),))
    bugs = tuple(bug(at, timedelta(hours=at)) for at in range(1, 13))
    message = known_issues.render(card(record(profile=profile, bugs=bugs)))
    seen = read(message)
    assert seen.index("1. Slow") < seen.index("Open customer-reported bugs (10 of 12)") < seen.index("Bug 10  ")
    assert ("Bug 11  " in seen, "All of them by due time: /bugs list" in seen) == (False, True)
    assert message.summary == "Acme: 1 known issue, 12 open bugs"
    assert known_issues.render(card(BARE)).summary == "Acme: no known issues"


def test_the_history_view_has_what_was_added_above_the_document_s() -> None:
    sections = (Section("Support History", Topic.HISTORY, "", "- 2026-09-01: Went live", 1),)
    entries = (HistoryEntry("```\n# Moved", date(2026, 11, 3)),)
    found = record(profile=replace(ACME, sections=sections), entries=entries)
    seen = read(section.render(card(found), "history", 0))
    assert "Added in Slack, newest first2026-11-03: ``` # MovedSupport History" in seen
    assert "added" not in read(section.render(card(found), "setup", 0)).casefold()


# The brief's memory


class _Asked:
    """A desk that knows one customer, as it is at the moment."""

    def __init__(self) -> None:
        self.record, self.now = record(digest="d"), NOW

    async def ask(self, *_: Any) -> Any:
        return replace(card(self.record), now=self.now)

    def looked(self, *_: Any) -> None: ...


async def test_the_same_brief_is_kept_until_anything_in_it_changes() -> None:
    desk = _Asked()
    brief, ask = Brief(desk), Ask(READER, "C1", NOW, "acme")  # type: ignore[arg-type]
    said_before = [await brief(ask)]
    assert await brief(ask) is said_before[0]
    due = datetime(2026, 11, 18, 10, tzinfo=UTC)
    for change in (
        {"bugs": (bug(1, timedelta(hours=1)),)},
        {"bugs": (bug(1, timedelta(hours=1), paused=True),)},
        {"requests": (RequestLine(1, "Wish", "backlog", 1, NOW),)},
        {"requests": (RequestLine(1, "Wish", "planned", 1, NOW),)},
        {"entries": (HistoryEntry("Called", date(2026, 11, 1)),)},
    ):
        desk.record = replace(desk.record, **change)
        answer = await brief(ask)
        assert answer not in said_before
        assert await brief(ask) is answer
        said_before.append(answer)
    desk.record = replace(desk.record, bugs=(bug(1, timedelta(hours=1)),), changed_at=NOW - timedelta(days=9))
    early = await brief(ask)
    desk.now = due  # the same bug, now past its time
    assert "overdue since" in read(await brief(ask))
    assert "overdue since" not in read(early)
