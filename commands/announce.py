"""What the outbox says: an intent's ids become a message when it is sent, from what is true then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from commands.announce_bugs import BugNews
from commands.announce_requests import RequestNews
from commands.blocks import NAME, actions, bold, button, cut, line, rich, text
from commands.message import Message
from commands.said import Said
from customers.bugs import FILE
from customers.errors import BugGone, CustomerGone, RequestGone
from customers.intents import Intent, Queued, State
from customers.ports import HistoryStore
from customers.scope import All

_WORDS = {
    "request_logged": "The confirmation of request",
    "request_moved": "News about request",
    "request_csm": "News about request",
    "request_question": "A question about request",
    FILE: "The GitHub issue of bug",
    "bug_reported": "The confirmation of bug",
    "bug_filed": "The issue number of bug",
    "bug_refused": "GitHub's refusal of bug",
    "bug_news": "News about bug",
    "bug_csm": "News about bug",
    "bug_comment": "News about bug",
    "bug_late": "A warning about bug",
    "bug_late_csm": "A warning about bug",
    "history_added": "The confirmation of an entry in the history",
}
_GONE = (BugGone, CustomerGone, RequestGone)
Compose = Callable[[Intent, datetime], Awaitable[Said | None]]


@dataclass(frozen=True, slots=True)
class Announcements:
    """Every kind of message that leaves by itself, on one screen."""

    requests: RequestNews
    bugs: BugNews
    history: HistoryStore
    row: Callable[[int], Awaitable[Queued | None]]

    @property
    def kinds(self) -> dict[str, Compose]:
        """The composer of each kind."""
        return {
            "request_logged": self.requests.logged,
            "request_moved": self.requests.moved,
            "request_csm": self.requests.to_csm,
            "request_question": self.requests.question,
            "bug_reported": self.bugs.reported,
            "bug_filed": self.bugs.filed,
            "bug_refused": self.bugs.refused,
            "bug_news": self.bugs.news,
            "bug_csm": self.bugs.to_csm,
            "bug_comment": self.bugs.comment,
            "bug_late": self.bugs.late,
            "bug_late_csm": self.bugs.late_to_csm,
            "history_added": self._entry,
            "undelivered": self._undelivered,
        }

    async def compose(self, intent: Intent, now: datetime) -> Said | None:
        """The message, or None when what it is about is gone or no longer so. Raises a StorageProblem."""
        try:
            return await self.kinds[intent.kind](intent, now)
        except _GONE:
            return None

    async def _undelivered(self, intent: Intent, _now: datetime) -> Said | None:
        """Something was given up: what, why, and a button to try again. Nothing when somebody did already."""
        row = await self.row(intent.number("row"))
        if row is None or row.state is not State.DEAD:
            return None
        what = _WORDS.get(row.intent.kind, "A message")
        number = row.intent.number("request") or row.intent.number("bug")
        what = f"{what} {number}" if number else what
        head = f"{what} could not be delivered"
        again = actions(button("Send again", "again:row", row.intent.key, style="primary"))
        words = f" ({row.reason}). It is saved all the same; mend the reason, then send it again."
        return Said(Message([rich(line(bold(head), text(words)))], f"{head}{words}", more=[again]))

    async def _entry(self, intent: Intent, _now: datetime) -> Said | None:
        entry = await self.history.find(All("deliver"), intent.number("entry"))
        if entry is None:
            return None
        name = cut(entry.customer, NAME)
        head = "This message is in the history already" if intent.number("again") else f"Added to the history of {name}"
        told = f" as of {entry.on.isoformat()}. See it with /brief and the button History."
        return Said(Message([rich(line(bold(head), text(told)))], f"{head}{told}"))
