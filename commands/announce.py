"""What the outbox says: an intent's ids become a message when it is sent, from what is true then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from commands.announce_alerts import AlertNews
from commands.announce_bugs import BugNews
from commands.announce_digest import DigestNews
from commands.announce_judgements import JudgementNews
from commands.announce_playbooks import PlaybookNews
from commands.announce_requests import RequestNews
from commands.announce_reviews import ReviewNews
from commands.announce_rhythm import RhythmNews
from commands.blocks import NAME, actions, bold, button, cut, line, rich, text
from commands.message import Message
from commands.said import Said
from customers.bugs import FILE
from customers.digests import PART, PAUSED, ROOT
from customers.errors import AlertGone, BugGone, CustomerGone, RequestGone, RunGone
from customers.intents import Intent, Queued, State
from customers.outreach import ALONE, CHANGED, CLAIMED, TAKEN, TOGETHER, WAITING
from customers.ports import HistoryStore
from customers.rhythm import FEED, QUEUE, RENEWAL
from customers.runs import CARD, DUE
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
    CARD: "The message of a playbook",
    DUE: "A reminder of a playbook",
    "judged_csm": "News about an escalation or a churn risk",
    "judged_author": "News about an escalation or a churn risk",
    "judged_over": "What became of an escalation or a churn risk",
    "override_ended": "The end of an override",
    "override_contradicted": "News about an override",
    "health_review": "The invitation to the monthly review",
    "code_review": "The invitation to the review of custom code",
    "review_action": "The reminder of a planned action",
    "review_action_done": "What became of a planned action",
    "health_review_done": "The end of a monthly review",
    RENEWAL: "The reminder of a renewal",
    QUEUE: "The reminder of product's queue",
    FEED: "A warning about usage data",
    "skipped": "The list of what was skipped",
    "clock_held": "A question about the date",
    "clock_settled": "The end of a question about the date",
    ALONE: "An alert about usage that fell",
    TOGETHER: "The list of customers whose usage fell",
    WAITING: "The reminder of alerts that nobody claimed",
    CLAIMED: "The reminder of alerts that are not done",
    TAKEN: "Word that somebody took an alert over",
    CHANGED: "What became of an alert about usage",
    "usage_alerts_late": "Word of a weekly check that came too late",
    ROOT: "The weekly digest",
    PART: "A part of the weekly digest",
    PAUSED: "Word that a weekly digest is paused",
}
_GONE = (AlertGone, BugGone, CustomerGone, RequestGone, RunGone)
Compose = Callable[[Intent, datetime], Awaitable[Said | None]]
Refused = Callable[[Intent, str, datetime], Awaitable[tuple[Intent, ...] | None]]


@dataclass(frozen=True, slots=True)
class Announcements:
    """Every kind of message that leaves by itself, on one screen."""

    requests: RequestNews
    bugs: BugNews
    history: HistoryStore
    row: Callable[[int], Awaitable[Queued | None]]
    rhythm: RhythmNews
    judgements: JudgementNews
    reviews: ReviewNews
    alerts: AlertNews
    playbooks: PlaybookNews
    digests: DigestNews

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
            "judged_csm": self.judgements.to_csm,
            "judged_author": self.judgements.to_author,
            "judged_over": self.judgements.over,
            "override_ended": self.judgements.ended,
            "override_contradicted": self.judgements.contradicted,
            "health_review": self.reviews.month,
            "code_review": self.reviews.quarter,
            "review_action": self.reviews.action,
            "review_action_done": self.reviews.action_done,
            "health_review_done": self.reviews.month_done,
            CARD: self.playbooks.card,
            DUE: self.playbooks.due,
            ALONE: self.alerts.fell,
            TOGETHER: self.alerts.more,
            WAITING: self.alerts.more,
            CLAIMED: self.alerts.claimed,
            TAKEN: self.alerts.taken,
            CHANGED: self._redrawn,
            "usage_alerts_late": self.alerts.overslept,
            RENEWAL: self.rhythm.renewal,
            QUEUE: self.rhythm.queue,
            FEED: self.rhythm.feed_late,
            "skipped": self.rhythm.skipped,
            "clock_held": self.rhythm.clock_held,
            "clock_settled": self.rhythm.clock_settled,
            ROOT: self.digests.root,
            PART: self.digests.part,
            PAUSED: self.digests.paused,
            "undelivered": self._undelivered,
        }

    async def compose(self, intent: Intent, now: datetime) -> Said | None:
        """The message, or None when what it is about is gone or no longer so. Raises a StorageProblem."""
        try:
            return await self.kinds[intent.kind](intent, now)
        except _GONE:
            return None

    @property
    def refusals(self) -> dict[str, Refused]:
        """Who has something to do about a message that its channel will not take, by kind."""
        return {ROOT: self.digests.refused, PART: self.digests.refused}

    async def refused(self, intent: Intent, why: str, now: datetime) -> tuple[Intent, ...] | None:
        """A channel will not take a message. What is said instead, nothing at all (), or None: it was given up.

        `why` is Slack's code, or a sentence: people from outside can read there.
        """
        hears = self.refusals.get(intent.kind)
        return await hears(intent, why, now) if hears else None

    async def _redrawn(self, intent: Intent, now: datetime) -> Said | None:
        """A message with rows of alerts as it is now; the intent names its row of the outbox."""
        row = await self.row(intent.number("row"))
        draw = self.alerts.drawn_anew | {ROOT: self.digests.root, PART: self.digests.part}
        if row is None or row.intent.kind not in draw:
            return None
        said = await draw[row.intent.kind](row.intent, now)
        return replace(said, updates=row.intent.key, then=None) if said else None

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
