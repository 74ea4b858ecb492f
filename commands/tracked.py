"""What people captured about a customer, as the customer's own views show it: open bugs and requests, added history."""

from collections.abc import Sequence
from datetime import datetime

from commands.blocks import Block, Element, bold, bullets, cut, line, rich, text
from commands.lists import count, issue_link
from customers.calendars import Calendar
from customers.documents.composing import one_line
from customers.model import HistoryEntry
from customers.records import BugLine, Card, RequestLine
from customers.requests import Status
from customers.sla import words

MOST = 100  # bugs, and requests, that a record holds; when it holds that many there may be more
ENTRIES = 10  # entries that a record holds unless it was asked for whole
TITLE = 150
ADDED = "added in Slack"
_UTC = Calendar()


def bug_lines(bugs: Sequence[BugLine], now: datetime, most: int) -> list[Element]:
    """`Bug 12  Login fails  critical · overdue since Mon 2026-11-16 12:00 (UTC) · #31`, by due time."""
    return [line(*_bug(bug, now)) for bug in bugs[:most]]


def _bug(bug: BugLine, now: datetime) -> list[Element]:
    parts = [bold(f"Bug {bug.id}  {cut(bug.title, TITLE)}"), text(f"  {bug.severity.value} · ")]
    due = words(bug.due_at, _UTC)
    if bug.is_overdue(now):
        parts.append(bold(f"overdue since {due}"))
    else:
        parts.append(text("clock stands still" if bug.paused else f"due {due}"))
    issue = text("no GitHub issue yet") if bug.issue is None else issue_link(bug.url, bug.issue)
    return [*parts, text(" · "), issue]


def request_lines(requests: Sequence[RequestLine], most: int) -> list[Element]:
    """`Request 3  Single sign-on  prioritized · 2 customers`, the most wanted first."""
    return [
        line(
            bold(f"Request {one.id}  {cut(one.title, TITLE)}"),
            text(f"  {Status(one.status).words} · {count(one.customers, 'customer')}"),
        )
        for one in requests[:most]
    ]


def open_items(card: Card, most: int) -> list[Block]:
    """Open bugs and requests of a customer; nothing when there are none."""
    record, blocks = card.record, []
    if record.bugs:
        head = headed("Open bugs", len(record.bugs), most, MOST)
        late = sum(bug.is_overdue(card.now) for bug in record.bugs)
        told = [bold(f" · {late} overdue")] if late else []
        blocks.append(rich(line(bold(head), *told), bullets(bug_lines(record.bugs, card.now, most))))
    if record.requests:
        head = headed("Open requests", len(record.requests), most, MOST)
        blocks.append(rich(line(bold(head)), bullets(request_lines(record.requests, most))))
    return blocks


def headed(words: str, count: int, shown: int, known: int = 0) -> str:
    """`Open bugs (3 of 7)`; with `known`, the most that can be known, `(3 of more than 99)` when that is reached."""
    if known and count >= known:
        return f"{words} ({shown} of {known} or more)"
    return f"{words} ({shown} of {count})" if count > shown else words


def added(card: Card) -> tuple[HistoryEntry, ...]:
    """History that was added in Slack, newest first, without what the document says by now (after an export)."""
    entries = card.record.entries
    if not entries:
        return ()
    documented = {(one.on, one_line(one.text)) for one in card.profile.history}
    return tuple(one for one in entries if (one.on, one_line(one.text)) not in documented)
