"""What happens on a foreign GitHub reaches the bug: signed webhooks, and asking where none comes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
import pytest

from bot.follow import FEED, FIRST, PAGES, Follow
from bot.gate import Refused
from bot.github.client import PER_PAGE, GitHub
from bot.github.credentials import Token
from bot.github.issue import mark
from customers.bugs import Seen
from customers.scope import All
from tests.bot.github.foreign_github import STARTS, ForeignGitHub, broken, limited

KEY = b"key of the markers"


class FakeTracker:
    """Remembers what was seen; a bug moves when its issue is seen in another state than before."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.comments: list[tuple[int, int]] = []
        self.stumbles_at = 0

    async def observed(self, seen: Seen, now: datetime) -> Seen | None:
        if seen.number == self.stumbles_at:
            raise LookupError
        before = [one for one in self.seen if one.number == seen.number]
        self.seen.append(seen)
        return None if before and before[-1].open == seen.open else seen

    async def commented(self, seen: Seen, comment_id: int, now: datetime) -> None:
        self.comments.append((seen.number, comment_id))


@dataclass
class FakeMarks:
    """One watermark."""

    at: dict[str, datetime] = field(default_factory=dict)

    async def of(self, scope: All, kind: str) -> datetime | None:
        return self.at.get(kind)

    async def move(self, scope: All, kind: str, at: datetime) -> None:
        self.at[kind] = at


@dataclass
class FakeBrakes:
    """Until when GitHub asked everybody to wait."""

    until: datetime | None = None

    async def is_held(self, scope: All, lane: str, now: datetime) -> bool:
        return self.until is not None and now < self.until

    async def brake(self, scope: All, lane: str, until: datetime) -> None:
        self.until = until


@dataclass
class Watch:
    """The follower, the GitHub it follows, and what came of it."""

    github: ForeignGitHub
    follow: Follow
    tracker: FakeTracker
    marks: FakeMarks
    brakes: FakeBrakes

    async def hear(self, event: str, action: str, number: int, **more: object) -> None:
        headers, body = self.github.webhook(event, action, number, **more)
        await self.follow.hear(headers, body, STARTS)


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    async with ForeignGitHub() as served, aiohttp.ClientSession() as session:
        ours = GitHub(session, served.url, "acme/app", Token("ghp_foreign"), lambda: STARTS)
        tracker, marks, brakes = FakeTracker(), FakeMarks(), FakeBrakes()
        yield Watch(served, Follow(ours, served.secret, KEY, tracker, marks, brakes), tracker, marks, brakes)  # type: ignore[arg-type]
        assert served.wrong == []


# webhooks


async def test_what_is_done_to_an_issue_is_seen_with_its_mark(watch: Watch) -> None:
    watch.github.file("Export is empty", mark(3, KEY), "severity:high")
    watch.github.close(1, "not_planned")
    await watch.hear("issues", "closed", 1)
    (seen,) = watch.tracker.seen
    assert (seen.number, seen.open, seen.state_reason, seen.labels) == (1, False, "not_planned", ("severity:high",))
    assert (seen.url, seen.bug_id) == (watch.github.issues[0]["html_url"], 3)
    assert seen.at == datetime.fromisoformat(watch.github.issues[0]["updated_at"])


@pytest.mark.parametrize(
    "body", ["", "no mark", "<!-- dossier:bug:3:00000000000000000000000000000000 -->", mark(3, b"another key")]
)
async def test_a_mark_that_is_not_ours_names_no_bug(watch: Watch, body: str) -> None:
    watch.github.file("Export is empty", body)
    await watch.hear("issues", "opened", 1)
    assert [one.bug_id for one in watch.tracker.seen] == [None]


async def test_a_new_comment_is_heard_and_an_edited_one_is_not(watch: Watch) -> None:
    watch.github.file("Export is empty", mark(3, KEY))
    comment = watch.github.say(1, "Found it")
    for action in ("created", "edited", "deleted"):
        await watch.hear("issue_comment", action, 1)
    assert watch.tracker.comments == [(1, comment["id"])]
    assert watch.tracker.seen == []


async def test_the_repository_is_known_however_it_is_written_and_no_other_is_listened_to(watch: Watch) -> None:
    watch.github.file("Export is empty", mark(3, KEY))
    await watch.hear("issues", "opened", 1, repository={"full_name": "Acme/App"})
    assert len(watch.tracker.seen) == 1
    await watch.hear("issues", "closed", 1, repository={"full_name": "acme/app-fork"})
    assert len(watch.tracker.seen) == 1


async def test_a_ping_and_events_that_nobody_asked_for_do_nothing(watch: Watch) -> None:
    watch.github.file("Export is empty", mark(3, KEY))
    for event in ("ping", "push"):
        await watch.hear(event, "", 1)
    assert watch.tracker.seen == []


async def test_a_forged_delivery_is_refused(watch: Watch) -> None:
    watch.github.file("Export is empty", mark(3, KEY))
    headers, body = watch.github.webhook("issues", "closed", 1)
    for wrong in ({**headers, "X-Hub-Signature-256": "sha256=" + "0" * 64}, {**headers, "X-Hub-Signature-256": ""}):
        with pytest.raises(Refused) as refusal:
            await watch.follow.hear(wrong, body, STARTS)
        assert refusal.value.status == 401
    with pytest.raises(Refused):
        await watch.follow.hear(headers, body.replace(b"closed", b"reopen"), STARTS)
    assert watch.tracker.seen == []


# asking


async def test_what_changed_since_the_last_look_is_seen_once_more_at_most(watch: Watch) -> None:
    watch.github.file("One", mark(1, KEY))
    watch.github.file("Two", mark(2, KEY))
    assert await watch.follow.poll(STARTS) == 2
    watch.github.close(1)
    assert await watch.follow.poll(STARTS) == 1
    assert [one.number for one in watch.tracker.seen] == [1, 2, 2, 1]
    assert watch.marks.at == {FEED: datetime.fromisoformat(watch.github.issues[0]["updated_at"])}
    assert await watch.follow.poll(STARTS) == 0


async def test_the_first_look_goes_a_week_back(watch: Watch) -> None:
    await watch.follow.poll(STARTS)
    since = (STARTS - FIRST).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert watch.github.requests[0].query["since"] == since
    assert watch.marks.at == {FEED: STARTS - FIRST}


@pytest.mark.parametrize("fault", [limited(30), broken(500, done=False)], ids=["429", "500"])
async def test_a_look_that_fails_loses_nothing(watch: Watch, fault: object) -> None:
    watch.github.file("One", mark(1, KEY))
    watch.github.meets("list", fault)  # type: ignore[arg-type]
    assert await watch.follow.poll(STARTS) == 0
    assert watch.marks.at == {}
    assert await watch.follow.poll(STARTS + timedelta(seconds=30)) == 1


async def test_when_github_asks_to_wait_every_call_to_it_waits(watch: Watch) -> None:
    watch.github.file("One", mark(1, KEY))
    watch.github.meets("list", limited(30))
    await watch.follow.poll(STARTS)
    assert watch.brakes.until == STARTS + timedelta(seconds=30)
    assert await watch.follow.poll(STARTS + timedelta(seconds=29)) == 0
    assert len(watch.github.requests) == 1


async def test_one_issue_that_cannot_be_applied_does_not_hide_the_others(watch: Watch) -> None:
    watch.github.file("One", mark(1, KEY))
    watch.github.file("Two", mark(2, KEY))
    watch.tracker.stumbles_at = 1
    assert await watch.follow.poll(STARTS) == 1
    assert [one.number for one in watch.tracker.seen] == [2]


async def test_a_clock_of_githubs_that_is_far_ahead_hides_nothing(watch: Watch) -> None:
    await watch.follow.poll(STARTS - timedelta(days=900))
    assert watch.marks.at[FEED] <= STARTS - timedelta(days=900) + timedelta(hours=1)


async def test_one_look_reads_a_thousand_and_the_next_one_goes_on(watch: Watch) -> None:
    many = PER_PAGE * PAGES + 50
    for number in range(many):
        watch.github.file(f"Issue {number}")
    await watch.follow.poll(STARTS)
    assert len(watch.github.requests) == PAGES
    await watch.follow.poll(STARTS)
    assert {one.number for one in watch.tracker.seen} == set(range(1, many + 1))


async def test_a_failure_half_way_keeps_what_was_seen(watch: Watch) -> None:
    for number in range(PER_PAGE + 1):
        watch.github.file(f"Issue {number}")
    made = watch.github._answer
    asked = iter([True, False])

    def once(kind: str, request: object) -> object:
        return made(kind, request) if next(asked, True) else (500, {"message": "Server Error"})  # type: ignore[arg-type]

    watch.github._answer = once  # type: ignore[assignment,method-assign]
    await watch.follow.poll(STARTS)
    assert watch.marks.at == {FEED: STARTS + timedelta(seconds=PER_PAGE)}
    await watch.follow.poll(STARTS)
    assert {one.number for one in watch.tracker.seen} == set(range(1, PER_PAGE + 2))
