"""Playbooks on both engines: one of a kind per customer, one last step, one reminder a day, whoever is faster."""

import asyncio
from datetime import date, timedelta

import pytest

from customers import runs
from customers.errors import CustomerGone, RunGone
from customers.model import Person, Status
from customers.people import Reader, Standing
from customers.playbooks import Anchor
from customers.runs import Close, Draft, Reminder, Run, RunStep, Started, Waiting, card_key
from customers.scope import One
from storage.database import Database, open_database
from tests.storage.harbour import ALL, MAYA, NOW, ids, profile, put, run

TODAY = NOW.date()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def customers(database: Database) -> dict[str, int]:
    await put(database, profile("Acme", csm=Person("Maya Lindqvist", "maya@harbour.example")), profile("Beta"))
    return await ids(database)


async def start(database: Database, name: str = "Acme", person: str = "U1", **more: object) -> Started:
    """One with three steps: yesterday's is due today, then one of somebody else, then one in a week."""
    customer_id = (await ids(database)).get(name, 4711)
    steps = tuple(
        RunStep(at, title, "Do it", role, owner, days, max(TODAY, TODAY + days * DAY))
        for at, (title, role, owner, days) in enumerate(
            [("Begin", "csm", None, -1), ("Build", "engineering", "U2", 0), ("End", "csm", None, 7)], start=1
        )
    )
    kind = str(more.get("kind", "renewal"))
    channel, goes_on = str(more.get("channel", "C1")), bool(more.get("goes_on"))
    draft = Draft(customer_id, kind, "Renewal", Anchor.START, TODAY, channel, steps, goes_on)
    key = str(more.get("key", f"view:{name}{kind}{person}"))
    return await database.playbooks.start(One(customer_id), draft, person, key, NOW, runs.started)


async def close(database: Database, of: Run, number: int, person: str = "U1", why: str = "") -> runs.Changed:
    key = f"act:{of.id}:{number}:{person}"
    done = Close(person, NOW, TODAY, why)
    return await database.playbooks.close(One(of.customer_id), of.id, number, done, key, changed)


def changed(after: Run) -> list[runs.Intent]:
    return [runs.card_changed(after.id, after.customer_id, after.channel, f"{after.done}{after.skipped}")]


async def kinds(database: Database) -> list[str]:
    return [one.intent.kind for one in await database.outbox.page(ALL, (), 99)]


async def history(database: Database, name: str = "Acme") -> list[tuple[str, str]]:
    entries = await database.history.of(One((await ids(database))[name]))
    return [(one.text, one.added_by) for one in entries]


async def test_a_run_is_its_own_copy_with_its_message(database: Database) -> None:
    started = await start(database)
    assert (started.new, started.heard) == (True, False)
    found = await database.playbooks.find(ALL, started.run.id)
    assert found == started.run
    assert [(one.title, one.due, one.owner, one.days) for one in started.run.steps] == [
        ("Begin", TODAY, None, -1),
        ("Build", TODAY, "U2", 0),
        ("End", TODAY + 7 * DAY, None, 7),
    ]
    assert (started.run.customer, started.run.late, started.run.counts_from) == ("Acme", 1, Anchor.START)
    assert await kinds(database) == ["playbook_card"]
    assert await database.playbooks.find(ALL, 4711) is None


async def test_one_of_a_kind_runs_however_many_start_it(url: str, database: Database) -> None:
    other = await open_database(url)
    many = await asyncio.gather(*(start(one, person=f"U{at}") for at in range(8) for one in (database, other)))
    await other.close()
    assert {one.run.id for one in many} == {many[0].run.id}
    assert sum(one.new for one in many) == 1
    assert await kinds(database) == ["playbook_card"]
    assert (await start(database, "Beta")).new
    assert (await start(database, kind="onboarding")).new
    heard = await start(database, person=many[0].run.started_by)
    assert (heard.new, heard.heard) == (False, True)


async def test_nobody_has_no_playbook(database: Database) -> None:
    with pytest.raises(CustomerGone):
        await start(database, "Nobody")
    for table in ("playbook_runs", "playbook_steps", "inbox", "outbox"):
        assert await run(database, f"SELECT count(*) FROM {table}") == 0
    with pytest.raises(RunGone):
        await database.playbooks.close(One(1), 4711, 1, Close("U1", NOW, TODAY), "k", changed)


async def test_the_last_step_closes_it_once_with_an_entry_in_the_history(url: str, database: Database) -> None:
    other, of = await open_database(url), (await start(database)).run
    await close(database, of, 1)
    await close(database, of, 2, why="Not this year")
    many = await asyncio.gather(*(close(one, of, 3, f"U{at}") for at in range(4) for one in (database, other)))
    await other.close()
    assert sum(not one.by_now for one in many) == 1
    assert {one.run.is_open for one in many} == {False}
    winner = many[0].run.closed_by
    assert await history(database) == [("Renewal playbook finished: 2 of 3 steps, 1 skipped", winner)]
    assert [one.done_by for one in many[0].run.steps] == ["U1", "U1", winner]
    assert await database.playbooks.open_for(One(of.customer_id)) == []
    with pytest.raises(RunGone):
        await close(database, of, 9)
    again = await start(database, key="view:another")
    assert again.new
    assert again.run.id != of.id


async def test_stopping_is_in_the_history_and_undoes_nothing(database: Database) -> None:
    of = (await start(database)).run
    await close(database, of, 1)
    for at in range(2):
        stop = Close("U3", NOW, TODAY, "They left")
        changed_to = await database.playbooks.stop(One(of.customer_id), of.id, stop, f"view:{at}", changed)
        assert changed_to.by_now is bool(at)
    assert await history(database) == [("Renewal playbook stopped after 1 of 3 steps: They left", "U3")]
    assert (await close(database, of, 2)).by_now
    assert (await database.playbooks.assign(One(1), of.id, 3, "U9", "k", NOW, changed)).by_now
    assert await database.playbooks.waiting(ALL, TODAY + 30 * DAY, 99) == []


async def test_steps_are_found_by_whoever_has_to_do_them(database: Database, customers: dict[str, int]) -> None:
    of = (await start(database)).run
    mine = (customers["Acme"],)
    due = await database.playbooks.due(ALL, "U0MAYA", mine, TODAY, 9)
    assert [(one.customer, one.playbook, one.step.title) for one in due] == [("Acme", "Renewal", "Begin")]
    assert [one.step.title for one in await database.playbooks.due(ALL, "U2", (), TODAY, 9)] == ["Build"]
    assert len(await database.playbooks.due(ALL, "U0MAYA", mine, TODAY + 7 * DAY, 9)) == 2
    assert list(await database.records.of_csm(ALL, MAYA, 9)) == [customers["Acme"]]
    for person, ids_, seen in (("U1", (), 1), ("U2", (), 1), ("U3", (), 0), ("U3", mine, 1)):
        assert len(await database.playbooks.mine(ALL, person, ids_, 9)) == seen
    await database.playbooks.assign(One(of.customer_id), of.id, 1, "U3", "k1", NOW, changed)
    assert await database.playbooks.due(ALL, "U0MAYA", mine, TODAY, 9) == []
    await close(database, of, 2)
    assert await database.playbooks.mine(ALL, "U2", (), 9) == []


async def reminded(database: Database, day: date) -> list[tuple[str | None, tuple[int, ...]]]:
    """What one look on that day reminds of."""
    books = database.playbooks
    return [
        (one.owner, one.numbers)
        for one in runs.grouped(await books.waiting(ALL, day, 99))
        if await books.remind(One(one.customer_id), one, day, NOW, NOW, runs.reminded(one, day))
    ]


async def test_a_step_is_told_on_its_day_and_then_weekly(database: Database) -> None:
    of = (await start(database)).run
    told = {day: await reminded(database, TODAY + day * DAY) for day in range(-1, 15)}
    assert {day: what for day, what in told.items() if what} == {
        0: [(None, (1,)), ("U2", (2,))],
        7: [(None, (1, 3)), ("U2", (2,))],
        14: [(None, (1, 3)), ("U2", (2,))],
    }
    assert (await kinds(database)).count("playbook_due") == 6
    assert (await kinds(database)).count("playbook_card") == 1 + 3  # its message says what is overdue
    await close(database, of, 1)
    assert await reminded(database, TODAY + 21 * DAY) == [("U2", (2,)), (None, (3,))]


async def test_of_churned_customers_nobody_is_reminded(database: Database, customers: dict[str, int]) -> None:
    of = (await start(database)).run
    await start(database, "Beta")
    assert await database.playbooks.of_churned(ALL, TODAY, 9) == []
    await put(database, profile("Acme", status=Status.CHURNED), profile("Beta"), now=NOW + DAY)
    assert {one.customer_id for one in await database.playbooks.waiting(ALL, TODAY, 99)} == {customers["Beta"]}
    assert await database.playbooks.due(ALL, "U0MAYA", (customers["Acme"],), TODAY, 9) == []
    assert [one.id for one in await database.playbooks.of_churned(ALL, TODAY, 9)] == [of.id]
    gone = Close("", NOW, TODAY, "the customer churned")
    assert not (await database.playbooks.stop(One(of.customer_id), of.id, gone, "churned:1", changed)).by_now
    assert await database.playbooks.of_churned(ALL, TODAY, 9) == []
    assert await history(database) == [("Renewal playbook stopped after 0 of 3 steps: the customer churned", "")]


@pytest.mark.parametrize(
    ("churned", "over"), [(None, False), (TODAY, False), (TODAY - 89 * DAY, False), (TODAY - 90 * DAY, True)]
)
async def test_what_goes_on_is_told_for_90_days_after_the_churn(
    database: Database, customers: dict[str, int], churned: date | None, over: bool
) -> None:
    of = (await start(database, goes_on=True)).run
    stops = (await start(database, kind="onboarding")).run
    assert (of.goes_on, stops.goes_on) == (True, False)
    assert await database.playbooks.left(ALL, MAYA, 9) == []  # nobody has left
    csm = Person("Maya Lindqvist", "maya@harbour.example")
    await put(database, profile("Acme", status=Status.CHURNED, churned=churned, csm=csm), now=NOW + DAY)
    ended = {one.id for one in await database.playbooks.of_churned(ALL, TODAY, 9)}
    assert ended == ({of.id, stops.id} if over else {stops.id})
    assert {one.run_id for one in await database.playbooks.waiting(ALL, TODAY, 99)} == {of.id}
    assert await database.playbooks.left(ALL, MAYA, 9) == [customers["Acme"]]
    assert await database.playbooks.left(ALL, Reader("U9", Standing.MEMBER, "Maya Lindqvist", "m@x.example"), 9) == []
    assert await database.playbooks.left(ALL, Reader("U9", Standing.MEMBER), 9) == []
    due = await database.playbooks.due(ALL, "U0MAYA", (customers["Acme"],), TODAY, 9)
    assert [(one.run_id, one.step.title) for one in due] == [(of.id, "Begin")]
    for number in (1, 2, 3):
        await close(database, of, number)
    assert await database.playbooks.left(ALL, MAYA, 9) == []


async def test_of_two_processes_one_reminds(url: str, database: Database) -> None:
    await start(database)
    other = await open_database(url)
    many = await asyncio.gather(*(reminded(one, TODAY) for one in (database, other) for _ in range(4)))
    await other.close()
    assert sorted(str(one) for found in many for one in found) == ["('U2', (2,))", "(None, (1,))"]
    assert (await kinds(database)).count("playbook_due") == 2


async def test_a_step_that_changes_hands_is_told_to_the_new_owner(database: Database) -> None:
    of = (await start(database)).run
    await reminded(database, TODAY)
    await database.playbooks.assign(One(of.customer_id), of.id, 1, "U7", "k1", NOW, changed)
    assert await reminded(database, TODAY) == [("U7", (1,))]
    await database.playbooks.assign(One(of.customer_id), of.id, 1, "U2", "k2", NOW, changed)
    assert await reminded(database, TODAY) == []  # they had their message of this run today
    assert await reminded(database, TODAY + DAY) == [("U2", (1,))]


async def test_waiting_steps_come_in_whole_runs(database: Database) -> None:
    for at in range(3):
        await start(database, kind=f"k{at}")
    found: list[Waiting] = []
    while chunk := await database.playbooks.waiting(ALL, TODAY, 3, found[-1].run_id if found else 0):
        assert len({one.run_id for one in chunk}) == 1 or len(chunk) <= 3
        found += chunk
    assert [one.number for one in found] == [1, 2] * 3


async def test_the_message_of_an_open_run_is_remembered_for_months(database: Database) -> None:
    of = (await start(database)).run
    await start(database, "Beta")
    await run(database, "UPDATE outbox SET state = 'done', due = NULL, result = 'C1/1.2' WHERE kind = 'playbook_card'")
    await database.outbox.forget(ALL, NOW + 90 * DAY)
    found = await database.playbooks.find(ALL, of.id)
    assert found is not None
    assert found.place == "C1/1.2"
    await database.playbooks.stop(One(of.customer_id), of.id, Close("U1", NOW, TODAY, "x"), "k", lambda _: [])
    await database.outbox.forget(ALL, NOW + 90 * DAY)
    assert await run(database, "SELECT count(*) FROM outbox") == 1
    assert await run(database, "SELECT key FROM outbox") == card_key(of.id + 1)


def test_reminders_are_one_for_each_run_and_person() -> None:
    def one(run_id: int, number: int, owner: str | None) -> Waiting:
        return Waiting(run_id, 7, "C1", owner, number, "U1", NOW)

    found = runs.grouped([one(1, 1, None), one(1, 2, "U2"), one(1, 3, None), one(2, 1, None)])
    assert found == [
        Reminder(1, 7, "C1", None, (1, 3)),
        Reminder(1, 7, "C1", "U2", (2,)),
        Reminder(2, 7, "C1", None, (1,)),
    ]


async def test_a_step_that_was_not_done_after_all_is_open_again(database: Database) -> None:
    of = (await start(database)).run
    assert (await database.playbooks.reopen(One(of.customer_id), of.id, 1, NOW, changed)).by_now
    await close(database, of, 1, why="Not needed")
    again = await database.playbooks.reopen(One(of.customer_id), of.id, 1, NOW, changed)
    assert (again.by_now, again.run.steps) == (False, of.steps)
    with pytest.raises(RunGone):
        await database.playbooks.reopen(One(of.customer_id), of.id, 9, NOW, changed)
