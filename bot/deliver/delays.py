"""How long delivery waits for what."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.intents import GITHUB, Queued


@dataclass(frozen=True, slots=True)
class Delays:
    """The lease is longer than every time-out of a call and what may still happen there."""

    lease: timedelta = timedelta(seconds=120)
    call_slack: float = 10.0  # seconds that one call may take
    call_github: float = 30.0
    look_slack: timedelta = timedelta(seconds=20)  # before an uncertain post is looked for
    look_github: timedelta = timedelta(seconds=90)  # … and an issue: earlier the list may not have it yet
    look_again: timedelta = timedelta(minutes=10)  # after an issue was created a second time
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=15)
    give_up_post: timedelta = timedelta(hours=24)
    give_up_issue: timedelta = timedelta(days=7)
    pace: timedelta = timedelta(seconds=1)  # Slack: one message a second and channel (page "Rate limits")
    poll: float = 1.0  # seconds after which the outbox is looked at for rows of other processes

    @property
    def attempt(self) -> float:
        """Seconds that one attempt may take with all of its calls: it ends well before its lease, whatever happens."""
        return self.lease.total_seconds() * 2 / 3

    def backoff(self, attempts: int) -> timedelta:
        """5 s doubled with every attempt, give or take half, at most 15 minutes."""
        waited: timedelta = min(self.longest, self.first * 2 ** min(attempts - 1, 12))
        return waited * random.uniform(0.5, 1.5)  # noqa: S311 - so that replicas do not come back together

    def look(self, row: Queued) -> timedelta:
        """How long after an attempt without an answer it is looked up."""
        return self.look_github if row.intent.lane == GITHUB else self.look_slack

    def is_over(self, row: Queued, now: datetime) -> bool:
        """Whether it was tried long enough."""
        limit = self.give_up_issue if row.intent.lane == GITHUB else self.give_up_post
        since = row.counted_from or row.first_try
        return since is not None and now - since >= limit
