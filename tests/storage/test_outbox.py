"""The outbox on both engines: who gets a row, what a dead worker leaves, and what brakes hold."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from customers.clock import LEAP
from customers.intents import GITHUB, Intent, Queued, State
from storage.database import Database, open_database
from storage.outbox import SETTLING, SLACK, Outcome, put
from tests.storage.harbour import ALL, NOW

LEASE = timedelta(seconds=120)
PACE = timedelta(seconds=1)
NONE = timedelta()


async def fill(database: Database, *intents: Intent, now: datetime = NOW) -> int:
    return await database._facts.run(lambda connection: put(connection, intents, now))


def post(number: int, lane: str = "C1") -> Intent:
    return Intent("request_logged", f"fact:{number}", lane, {"request": number})


async def claim(
    database: Database, now: datetime = NOW, pace: timedelta = NONE, limit: int = 50, lease: timedelta = LEASE
) -> list[Queued]:
    return await database.outbox.claim(ALL, now, lease, pace, limit)


async def settle(database: Database, row: Queued, state: State, due: datetime | None = None) -> None:
    await database.outbox.settle(ALL, [Outcome(row.id, row.attempts, state, due, "why", "where")], NOW)


async def test_a_fact_speaks_once(database: Database) -> None:
    assert await fill(database, post(1), post(1), post(2)) == 2
    assert await fill(database, post(1)) == 0
    assert [row.intent.number("request") for row in await claim(database)] == [1, 2]


async def test_what_was_claimed_is_nobody_elses_until_the_lease_runs_out(database: Database) -> None:
    await fill(database, post(1))
    (row,) = await claim(database)
    assert (row.state, row.attempts, row.first_try) == (State.NEW, 1, NOW)
    assert await claim(database, NOW + LEASE - PACE) == []
    (left,) = await claim(database, NOW + LEASE)
    assert (left.state, left.attempts, left.first_try) == (State.UNKNOWN, 2, NOW)


async def test_who_comes_back_after_the_lease_changes_nothing(database: Database) -> None:
    await fill(database, post(1))
    (late,) = await claim(database)
    (row,) = await claim(database, NOW + LEASE)
    await settle(database, late, State.DONE)
    found = await database.outbox.find(ALL, row.id)
    assert found is not None
    assert found.state is State.UNKNOWN
    await settle(database, row, State.DONE)
    found = await database.outbox.find(ALL, row.id)
    assert found is not None
    assert (found.state, found.due, found.result) == (State.DONE, None, "where")


async def test_a_row_looked_up_in_vain_is_sent_anew(database: Database) -> None:
    await fill(database, post(1))
    await claim(database)
    (unknown,) = await claim(database, NOW + LEASE)
    await settle(database, unknown, State.NEW, NOW + LEASE)
    (again,) = await claim(database, NOW + LEASE)
    assert (again.state, again.attempts) == (State.NEW, 3)


async def test_one_post_a_second_in_a_channel_and_the_others_do_not_wait(database: Database) -> None:
    await fill(
        database, post(1), post(2), post(3, "C2"), Intent("bug_issue", "b:1", GITHUB), Intent("x", "b:2", GITHUB)
    )
    first = await claim(database, pace=PACE)
    assert [row.intent.key for row in first] == ["fact:1", "fact:3", "b:1", "b:2"]
    assert await claim(database, NOW + PACE / 2, PACE) == []
    assert [row.intent.key for row in await claim(database, NOW + PACE, PACE)] == ["fact:2"]


@pytest.mark.parametrize(("brake", "left"), [(SLACK, ["g"]), (GITHUB, ["a", "b"]), ("C1", ["b", "g"])])
async def test_a_brake_holds_what_it_is_about(database: Database, brake: str, left: list[str]) -> None:
    await fill(database, Intent("k", "a", "C1"), Intent("k", "b", "C2"), Intent("bug_issue", "g", GITHUB))
    await database.outbox.brake(ALL, brake, NOW + timedelta(seconds=30))
    await database.outbox.brake(ALL, brake, NOW + timedelta(seconds=10))  # never shortened
    assert [row.intent.key for row in await claim(database, NOW + timedelta(seconds=29))] == left
    assert len(await claim(database, NOW + timedelta(seconds=30))) == 3 - len(left)


async def test_two_processes_share_rows_and_never_get_the_same(url: str) -> None:
    one, two = await open_database(url), await open_database(url)
    await fill(one, *(post(number, f"C{number}") for number in range(60)))
    taken: list[int] = []

    async def take(database: Database) -> None:
        while rows := await claim(database, pace=PACE, limit=7):
            taken.extend(row.id for row in rows)

    await asyncio.gather(take(one), take(two), take(one), take(two))
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 60
    await one.close()
    await two.close()


async def test_two_processes_keep_one_pace(url: str) -> None:
    one, two = await open_database(url), await open_database(url)
    await fill(one, *(post(number) for number in range(10)))
    rows = await asyncio.gather(*(claim(database, pace=PACE) for database in (one, two) * 3))
    assert sum(map(len, rows)) == 1
    await one.close()
    await two.close()


async def test_what_a_dead_process_was_sending_is_looked_up(database: Database) -> None:
    await fill(database, post(1), post(2, "C2"), Intent("bug_issue", "b:1", GITHUB))
    (sending, done, filing) = await claim(database)
    await settle(database, done, State.DONE)
    soon, later = NOW + timedelta(seconds=20), NOW + timedelta(seconds=90)
    assert await database.outbox.adopt(ALL, soon, later, NOW) == 2
    assert await claim(database, NOW) == []
    (row,) = await claim(database, soon)
    assert (row.id, row.state) == (sending.id, State.UNKNOWN)
    (row,) = await claim(database, later)
    assert (row.id, row.state) == (filing.id, State.UNKNOWN)


@pytest.mark.parametrize(
    ("state", "again", "back"),
    [
        (State.DEAD, True, True),
        (State.PARKED, True, True),
        (State.UNKNOWN, True, True),
        (State.CANCELLED, True, False),
        (State.DONE, False, False),
        (State.SENDING, False, False),
    ],
)
async def test_what_people_may_send_again_and_take_back(
    database: Database, state: State, again: bool, back: bool
) -> None:
    await fill(database, post(1), post(2, "C2"))
    for row in await claim(database):
        await settle(database, row, state)
    one, two = (row.id for row in await database.outbox.page(ALL, [state], 9))
    assert await database.outbox.retry(ALL, one, NOW) is again
    assert await database.outbox.cancel(ALL, two, NOW) is back
    assert len(await claim(database)) == int(again and state is not State.UNKNOWN)  # that goes on by itself


async def test_an_input_that_asks_twice_sends_again_once(database: Database) -> None:
    await fill(database, post(1))
    for told in (True, False):
        (row,) = await claim(database)
        await settle(database, row, State.DEAD)
        assert await database.outbox.retry_key(ALL, "fact:1", NOW, "act:1") is told
    assert await database.outbox.retry_key(ALL, "fact:1", NOW)
    assert not await database.outbox.retry_key(ALL, "fact:2", NOW, "act:2")


@pytest.mark.parametrize("state", [State.DEAD, State.CANCELLED, State.PARKED])
async def test_what_may_have_been_done_is_looked_for_before_it_is_done_again(database: Database, state: State) -> None:
    await fill(database, post(1), post(2, "C2"))
    for row, unsure in zip(await claim(database), (True, False), strict=True):
        await database.outbox.settle(ALL, [Outcome(row.id, row.attempts, state, unsure=unsure)], NOW)
        assert await database.outbox.retry(ALL, row.id, NOW + PACE)
    (fresh,) = await claim(database, NOW + PACE)
    assert (fresh.intent.key, fresh.state, fresh.first_try) == ("fact:2", State.NEW, NOW + PACE)
    (tried,) = await claim(database, NOW + SETTLING)
    assert (tried.intent.key, tried.state, tried.first_try) == ("fact:1", State.UNKNOWN, NOW)
    assert tried.counted_from == NOW + SETTLING


async def test_send_again_does_not_hurry_a_look_up(database: Database) -> None:
    await fill(database, post(1))
    (row,) = await claim(database)
    await settle(database, row, State.UNKNOWN, NOW + LEASE)
    assert await database.outbox.retry(ALL, row.id, NOW)
    assert await claim(database, NOW + LEASE - PACE) == []


async def test_what_was_cancelled_during_a_look_up_stays_so(database: Database) -> None:
    await fill(database, post(1))
    await claim(database)
    (looked,) = await claim(database, NOW + LEASE)
    assert await database.outbox.cancel(ALL, looked.id, NOW + LEASE)
    await settle(database, looked, State.NEW, NOW)
    found = await database.outbox.find(ALL, looked.id)
    assert found is not None
    assert found.state is State.CANCELLED


async def test_a_clock_that_jumps_does_not_end_a_call(database: Database) -> None:
    await fill(database, post(1))
    (row,) = await claim(database)
    assert await database.outbox.claim(ALL, NOW + 2 * LEASE, LEASE, NONE, 9, [row.id]) == []
    assert len(await claim(database, NOW + 2 * LEASE)) == 1


async def test_what_follows_is_written_with_the_outcome(database: Database) -> None:
    await fill(database, post(1))
    (row,) = await claim(database)
    outcome = Outcome(row.id, row.attempts, State.DONE, follow=(post(2),))
    await database.outbox.settle(ALL, [outcome], NOW)
    await database.outbox.settle(ALL, [outcome], NOW)
    assert [row.intent.key for row in await claim(database)] == ["fact:2"]


async def test_parked_rows_wait_for_their_setting(database: Database) -> None:
    await fill(database, Intent("bug_issue", "b:1", GITHUB))
    (row,) = await claim(database)
    await settle(database, row, State.PARKED)
    assert await database.outbox.next_due(ALL) is None
    assert await database.outbox.wake_parked(ALL, "bug_issue", NOW) == 1
    assert await database.outbox.next_due(ALL) == NOW


async def test_a_question_that_was_asked_is_not_kept(database: Database) -> None:
    for number in (1, 2):
        await fill(database, Intent("request_question", f"q:{number}", f"U{number}", {"question": "Which phones?"}))
    (row, _) = await claim(database)
    await settle(database, row, State.DONE)
    await database.outbox.forget(ALL, NOW - LEASE)
    rows = await database.outbox.page(ALL, list(State), 9)
    assert {one.id: one.intent.word("question") for one in rows} == {1: "", 2: "Which phones?"}


async def test_counts_and_sweeping(database: Database) -> None:
    await fill(database, post(1), post(2, "C2"))
    (row, _) = await claim(database)
    await settle(database, row, State.DONE)
    assert await database.outbox.counts(ALL) == {"done": 1, "sending": 1}
    assert await database.outbox.forget(ALL, NOW + LEASE) == 1
    assert [one.state for one in await database.outbox.page(ALL, (), 9)] == [State.SENDING]


async def _dues(database: Database) -> dict[str, datetime | None]:
    return {row.intent.key: row.due for row in await database.outbox.page(ALL, (), 99)}


async def test_only_what_a_clock_far_ahead_put_off_comes_back(database: Database) -> None:
    far, day = NOW + timedelta(days=26_000), timedelta(days=1)
    await fill(database, replace(post(1), wait=90 * day))
    await fill(database, post(2, "C2"))
    (tried,) = await claim(database)
    again = Outcome(tried.id, tried.attempts, State.NEW, far + day)
    await database.outbox.settle(ALL, [again], far)
    await fill(database, post(3, "C3"), replace(post(4, "C4"), wait=40 * day), now=far)
    assert await database.outbox.come_back(ALL, NOW, LEAP) == 3
    back = {"fact:1": NOW + 90 * day, "fact:2": NOW, "fact:3": NOW, "fact:4": NOW + 40 * day}
    assert await _dues(database) == back
    assert await database.outbox.come_back(ALL, NOW + day, LEAP) == 0
    assert await _dues(database) == back


async def test_by_a_doubted_clock_nothing_becomes_due_and_what_people_do_goes(database: Database) -> None:
    before, far = NOW + timedelta(hours=1), NOW + timedelta(days=26_000)
    await fill(database, replace(post(1), wait=timedelta(days=3)), replace(post(2), wait=timedelta(minutes=59)))
    for number, due in ((3, before - PACE), (4, before + PACE)):  # tried, and put off
        await fill(database, post(number))
        (row,) = await claim(database)
        await settle(database, row, State.NEW, due)
    await fill(database, post(5))
    (row,) = await claim(database)
    await settle(database, row, State.DEAD)
    await fill(database, post(6), now=before + PACE)
    await fill(database, post(7), now=far)
    assert await database.outbox.retry(ALL, row.id, far)  # somebody presses "Send again"
    rows = await database.outbox.claim(ALL, far, LEASE, NONE, 9, (), before)
    assert sorted(row.intent.number("request") for row in rows) == [2, 3, 5, 6, 7]
    assert sorted(row.intent.number("request") for row in await claim(database, far)) == [1, 4]


async def test_a_clock_that_went_far_back_holds_nobody_who_acts(database: Database) -> None:
    past = NOW - timedelta(days=20_000)
    await fill(database, post(1))
    await fill(database, post(2), now=past)
    (row,) = await database.outbox.claim(ALL, past, LEASE, NONE, 9, (), NOW)
    assert row.intent.key == "fact:2"
