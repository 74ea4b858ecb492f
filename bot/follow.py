"""What happens on GitHub reaches the bug: by webhook at once, by asking every few minutes where no webhook comes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.github import webhook
from bot.github.answers import Done, NotSent
from bot.github.client import GitHub
from bot.github.issue import Issue, marked
from customers.bugs import Seen
from customers.errors import StorageProblem
from customers.intents import GITHUB
from customers.scope import All
from customers.tracker import Tracker
from storage.watermarks import Watermarks

FEED = "github"
PAGES = 10  # of a hundred issues in one go; the rest comes next time
WAIT = 60.0  # seconds, when GitHub asks us to wait and does not say how long
AHEAD = timedelta(hours=1)  # that GitHub's clock may be before ours; a watermark beyond would hide what comes
_SCOPE = All("github")
FIRST = timedelta(days=7)  # how far back the very first look goes
log = structlog.get_logger()


class Brakes(Protocol):
    """What all processes were asked to wait for; the outbox keeps it."""

    async def is_held(self, scope: All, lane: str, now: datetime) -> bool: ...

    async def brake(self, scope: All, lane: str, until: datetime) -> None: ...


class Follow:
    """Applying what is seen is idempotent and never goes backwards, so replays and both ways at once are harmless."""

    def __init__(
        self, github: GitHub, secret: bytes | None, key: bytes, tracker: Tracker, marks: Watermarks, outbox: Brakes
    ) -> None:
        self._github = github
        self._secret = secret
        self._key = key
        self._tracker = tracker
        self._marks = marks
        self._outbox = outbox

    async def hear(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """A webhook delivery. Raises gate.Refused or a StorageProblem, after which GitHub shows it as failed."""
        event = webhook.read(headers, body, self._secret or b"")
        if not isinstance(event, webhook.Event) or event.repository.casefold() != self._github.repository.casefold():
            return
        if event.kind == "issues":
            await self._apply(event.issue, now)
        elif event.action == "created" and event.comment_id is not None:
            await self._tracker.commented(self._seen(event.issue), event.comment_id, now)

    async def poll(self, now: datetime) -> int:
        """Asks what changed since the last look, unless GitHub asked us to wait; how many bugs that moved."""
        if await self._outbox.is_held(_SCOPE, GITHUB, now):
            return 0
        since = await self._marks.of(_SCOPE, FEED) or now - FIRST
        moved, page = 0, 1
        for _ in range(PAGES):
            answer = await self._github.updated_since(since, page)
            if not isinstance(answer, Done):
                log.warning("github_unread", why=answer.reason)
                if isinstance(answer, NotSent) and answer.shared:
                    wait = timedelta(seconds=answer.retry_after or WAIT)
                    await self._outbox.brake(_SCOPE, GITHUB, now + wait)
                break
            for issue in answer.data.issues:
                moved += await self._apply(issue, now)
            since, page = answer.data.following
            await self._marks.move(_SCOPE, FEED, min(since, now + AHEAD))
            if not answer.data.more:
                break
        return moved

    async def _apply(self, issue: Issue, now: datetime) -> bool:
        """One that cannot be applied does not keep the others from being heard of."""
        try:
            return await self._tracker.observed(self._seen(issue), now) is not None
        except StorageProblem:
            raise
        except Exception:
            log.exception("issue_not_applied", number=issue.number)
            return False

    def _seen(self, issue: Issue) -> Seen:
        return Seen(
            issue.number,
            issue.url,
            issue.state == "open",
            issue.state_reason or "",
            issue.labels,
            issue.updated_at,
            marked(issue.body, self._key),
        )
