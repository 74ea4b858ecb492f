"""Bugs and history on both engines: reported once, paused and resumed, following GitHub in any order."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from customers import bugs, history
from customers.bugs import Bug, Draft, Filing, Filter, Issue, Pause, Reported, Seen, Stop
from customers.errors import BugGone, BugOver, CustomerGone
from customers.intents import Intent, Source
from customers.scope import One
from customers.sla import Severity
from storage.database import Database, open_database
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run

DUE = NOW + 4 * HOUR
URL = "https://github.com/acme/app/issues/7"


@pytest.fixture(autouse=True)
async def customers(database: Database) -> dict[str, int]:
    await put(database, profile("Acme"), profile("Beta"))
    return await ids(database)


async def report(database: Database, name: str = "Acme", at: int = 1, person: str = "U1", **more: Any) -> Reported:
    source = more.get("source", Source("C1", f"{at}.0", "https://x", f"{at}.0"))
    customer_id = more.get("customer_id") or (await ids(database))[name]
    severity = more.get("severity", Severity.CRITICAL)
    draft = Draft(customer_id, more.get("title", "Export fails"), "press it", severity, source)
    key = more.get("key", f"view:V{at}{person}")
    due = more.get("due", DUE)
    return await database.bugs.report(
        One(customer_id), draft, due, person, key, NOW, lambda one: bugs.announced(one, person, source, key)
    )


async def kinds(database: Database) -> list[str]:
    return [one.intent.kind for one in sorted(await database.outbox.page(ALL, (), 99), key=lambda one: one.id)]


async def test_a_bug_is_saved_with_its_confirmation_and_its_issue(database: Database) -> None:
    bug = (await report(database)).bug
    assert (bug.customer, bug.due_at, bug.filing, bug.warned) == ("Acme", DUE, Filing.FILING, 0)
    assert await database.bugs.find(ALL, bug.id) == bug
    assert await kinds(database) == ["bug_reported", "bug_issue", "bug_csm"]


async def test_many_deliveries_and_many_people_are_one_bug_and_one_issue(url: str, database: Database) -> None:
    other = await open_database(url)
    answers = await asyncio.gather(*(report(one, person=f"U{n % 5}") for n in range(20) for one in (database, other)))
    await other.close()
    assert {one.bug.id for one in answers} == {1}
    assert sorted(await kinds(database)) == ["bug_csm", "bug_issue"] + ["bug_reported"] * 5


async def test_a_bug_of_nobody_is_not_stored(database: Database) -> None:
    with pytest.raises(CustomerGone):
        await report(database, customer_id=4711)
    for table in ("bugs", "inbox", "captures", "outbox"):
        assert await run(database, f"SELECT count(*) FROM {table}") == 0


async def test_lists_by_due_time_and_closed_ones_newest_first(database: Database, customers: dict[str, int]) -> None:
    await report(database, at=1, title="later", due=DUE + HOUR)
    await report(database, at=2, title="soon", due=DUE - HOUR, severity=Severity.HIGH)
    await report(database, "Beta", at=3, title="other")
    first, second = [(await report(database, at=at, title=f"old {at}")).bug for at in (4, 5)]
    for at, bug in enumerate((first, second)):
        await observe(database, bug, open=False, at=NOW + at * HOUR)
    page = await database.bugs.page(ALL, Filter(), 0, 9)
    assert ([one.title for one in page.lines], page.total) == (["soon", "other", "later"], 3)
    only = await database.bugs.page(One(1), Filter(customer_id=customers["Acme"]), 1, 1)
    assert ([one.title for one in only.lines], only.total) == (["later"], 2)
    high = await database.bugs.page(ALL, Filter(severity=Severity.HIGH), 0, 9)
    assert [one.title for one in high.lines] == ["soon"]
    closed = await database.bugs.page(ALL, Filter(closed=True), 0, 9)
    assert [one.title for one in closed.lines] == ["old 5", "old 4"]


async def observe(database: Database, bug: Bug, *, at: datetime = NOW, **seen: Any) -> Bug | None:
    """GitHub says so, and the bug becomes it."""
    url = seen.pop("url", f"{URL}{bug.id}")
    said = Seen(bug.id, url, seen.pop("open", True), seen.pop("why", ""), (), at, seen.pop("marked", bug.id))

    def change(before: Bug) -> Bug:
        return replace(before, closed_at=None if said.open else at, closed_why=said.state_reason, pause=None)

    def told(before: Bug, after: Bug) -> list[Intent]:
        if before.is_open == after.is_open:
            return []
        return bugs.told(after, "reopened" if after.is_open else "closed", at.isoformat())

    return await database.bugs.observed(ALL, said, change, told, at)


async def test_the_issue_is_attached_once_and_stays(database: Database) -> None:
    bug = (await report(database)).bug
    await database.bugs.filed(One(bug.customer_id), bug.id, Issue(7, URL), "left out")
    await database.bugs.filing(One(bug.customer_id), bug.id, Filing.REFUSED, "late refusal")
    found = await database.bugs.find(ALL, bug.id)
    assert found is not None
    assert (found.filing, found.filing_why, found.issue) == (Filing.FILED, "left out", Issue(7, URL))


async def test_what_github_says_is_applied_once_and_never_backwards(database: Database) -> None:
    bug = (await report(database)).bug
    for _ in range(3):
        await observe(database, bug, open=False, why="completed", at=NOW + HOUR)
    assert await observe(database, bug, open=True, at=NOW) is None
    found = await database.bugs.find(ALL, bug.id)
    assert found is not None
    assert (found.closed_at, found.closed_why) == (NOW + HOUR, "completed")
    await observe(database, bug, open=True, at=NOW + 2 * HOUR)
    assert (await kinds(database))[3:] == ["bug_news", "bug_csm", "bug_news", "bug_csm"]


async def test_a_closed_bug_stands_still_and_ends_its_pause(database: Database) -> None:
    bug = (await report(database)).bug
    await database.bugs.pause(One(bug.customer_id), bug.id, Pause(NOW + HOUR, "waiting"), "U1", "view:P", lambda _: [])
    await observe(database, bug, open=False, at=NOW + 3 * HOUR)
    await observe(database, bug, open=True, at=NOW + 5 * HOUR)
    found = await database.bugs.find(ALL, bug.id)
    assert found is not None
    assert found.stops == (Stop(NOW + HOUR, NOW + 3 * HOUR), Stop(NOW + 3 * HOUR, NOW + 5 * HOUR))


async def test_an_issue_whose_answer_was_lost_is_known_by_its_mark(database: Database) -> None:
    bug = (await report(database)).bug
    found = await observe(database, bug)
    assert found is not None
    stored = await database.bugs.find(ALL, bug.id)
    assert stored is not None
    assert (stored.filing, stored.issue) == (Filing.FILED, Issue(bug.id, f"{URL}{bug.id}", NOW))


async def test_a_copied_mark_moves_nobody(database: Database) -> None:
    bug = (await report(database)).bug
    await database.bugs.filed(One(bug.customer_id), bug.id, Issue(7, URL), "")
    assert await observe(database, bug, url="https://github.com/acme/app/issues/99", open=False) is None
    assert await observe(database, bug, url="https://github.com/acme/app/issues/99", marked=None) is None
    found = await database.bugs.find(ALL, bug.id)
    assert found is not None
    assert found.is_open


async def test_a_pause_is_kept_with_its_reason_and_ended_once(database: Database) -> None:
    bug = (await report(database)).bug
    one, pause = One(bug.customer_id), Pause(NOW + HOUR, "waiting for logs")
    for _ in range(2):
        paused = await database.bugs.pause(one, bug.id, pause, "U1", "view:P1", lambda _: [])
    assert paused.pause == pause
    assert not paused.is_overdue(DUE + HOUR)
    with pytest.raises(BugOver):
        await database.bugs.pause(one, bug.id, pause, "U2", "view:P2", lambda _: [])
    later = NOW + 10 * HOUR
    for _ in range(2):
        resumed = await database.bugs.resume(one, bug.id, later + 3 * HOUR, "U2", "act:R", later, lambda _: [])
    assert (resumed.pause, resumed.due_at) == (None, later + 3 * HOUR)
    assert resumed.stops == (Stop(NOW + HOUR, later),)
    with pytest.raises(BugOver):
        await database.bugs.resume(one, bug.id, later, "U2", "act:R2", later, lambda _: [])
    assert await run(database, "SELECT count(*) FROM bug_pauses WHERE until IS NOT NULL AND resumed_by = 'U2'") == 1
    with pytest.raises(BugGone):
        await database.bugs.pause(one, 4711, pause, "U1", "view:P9", lambda _: [])


async def test_a_warning_is_given_once_by_whoever_is_first(url: str, database: Database) -> None:
    bug = (await report(database)).bug
    other, one = await open_database(url), One(bug.customer_id)
    intents = bugs.warning(bug, 50, "CBUGS")
    given = await asyncio.gather(*(each.bugs.warned(one, bug.id, 50, intents, NOW) for each in (database, other) * 4))
    await other.close()
    assert sorted(given) == [False] * 7 + [True]
    assert (await kinds(database))[3:] == ["bug_late_csm", "bug_late"]
    assert not await database.bugs.warned(one, bug.id, 50, intents, NOW)
    assert [each.id for each in await database.bugs.running(ALL, 9)] == [bug.id]
    assert await database.bugs.warned(one, bug.id, 100, [], NOW)
    assert await database.bugs.running(ALL, 9) == []


async def test_a_brief_sees_open_bugs_by_due_time(database: Database) -> None:
    await report(database, at=1, title="later", due=DUE + HOUR)
    soon = (await report(database, at=2, title="soon")).bug
    closed = (await report(database, at=3, title="closed")).bug
    await observe(database, closed, open=False, at=NOW + HOUR)
    await database.bugs.filed(One(soon.customer_id), soon.id, Issue(7, URL), "")
    acme = await record(database)
    assert [(one.title, one.issue, one.url) for one in acme.bugs] == [("soon", 7, URL), ("later", None, None)]
    counted = acme.counted(DUE)
    assert (counted.critical_open, counted.critical_overdue, counted.bugs_open) == (2, 1, 2)
    assert (await record(database, "Beta")).bugs == ()


async def test_news_are_told_once(database: Database) -> None:
    bug = (await report(database)).bug
    for _ in range(3):
        await database.bugs.tell(One(bug.customer_id), bugs.commented(bug, 99), NOW)
    assert (await kinds(database))[3:] == ["bug_comment"]


# History


async def add(database: Database, name: str = "Acme", at: int = 1, person: str = "U1", **more: Any) -> history.Entry:
    customer_id = more.get("customer_id") or (await ids(database))[name]
    source = Source("C1", f"{at}.0", "https://x", f"{at}.0")
    draft = history.Draft(customer_id, more.get("on", date(2026, 11, at)), f"entry {at}", source)
    key = f"view:H{at}{person}"
    return await database.history.add(
        One(customer_id), draft, person, key, NOW, lambda one: history.announced(one, person, source, key)
    )


async def test_an_entry_is_added_once_and_seen_newest_first(database: Database, customers: dict[str, int]) -> None:
    for at in (2, 9, 5):
        await add(database, at=at)
    again = await add(database, at=9, person="U2")
    assert (again.text, again.again) == ("entry 9", True)
    await add(database, at=9, person="U2")
    await add(database, "Beta", at=7)
    acme = await record(database)
    assert [(one.on, one.text) for one in acme.entries] == [(date(2026, 11, at), f"entry {at}") for at in (9, 5, 2)]
    assert [one.text for one in await database.history.of(One(customers["Acme"]))] == ["entry 9", "entry 5", "entry 2"]
    every = await database.history.every(ALL)
    assert {slug: [one.text for one in found] for slug, found in every.items()} == {
        "acme": ["entry 9", "entry 5", "entry 2"],
        "beta": ["entry 7"],
    }
    assert await kinds(database) == ["history_added"] * 5
    with pytest.raises(CustomerGone):
        await add(database, customer_id=4711, at=11)
    assert await run(database, "SELECT count(*) FROM inbox") == 5


# What belongs to the database itself


async def test_a_secret_is_made_once_and_kept(url: str, database: Database) -> None:
    other = await open_database(url)
    made = await asyncio.gather(*(each.secret("mark") for each in (database, other) * 5))
    assert len(set(made)) == 1
    assert len(made[0]) == 32
    assert await other.secret("another") != made[0]
    await other.close()


async def test_a_feed_goes_on_where_it_was(database: Database) -> None:
    assert await database.watermarks.of(ALL, "github") is None
    for at in (NOW, NOW + timedelta(seconds=1)):
        await database.watermarks.move(ALL, "github", at)
    assert await database.watermarks.of(ALL, "github") == NOW + timedelta(seconds=1)


async def test_a_workspace_that_begins_anew_keeps_documents_only(database: Database) -> None:
    await report(database)
    await add(database, at=2)
    await database.begin_anew(ALL)
    for table in ("bugs", "history_entries", "outbox", "captures", "inbox"):
        assert await run(database, f"SELECT count(*) FROM {table}") == 0
    assert list(await ids(database)) == ["Acme", "Beta"]
