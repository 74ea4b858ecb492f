"""Reviews are decided once, by whoever is first, with the history and the reminder in the same transaction."""

import asyncio
from datetime import date

import pytest

from customers import history, reviews
from customers.errors import CustomerGone
from customers.intents import Source
from customers.model import CustomCode, Person, Status
from customers.reviews import Decision, Kind, Verdict
from customers.scope import One
from storage.database import Database
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run

MONTH = "2026-11"


def _plan(customer_id: int, verdict: Verdict = Verdict.PLAN, note: str = "Call Dana") -> Decision:
    return Decision(Kind.HEALTH, MONTH, customer_id, "", verdict, note, date(2026, 12, 2))


async def _decide(database: Database, decision: Decision, key: str = "act:1", person: str = "U0MAYA") -> bool:
    entry = history.Draft(decision.customer_id, NOW.date(), decision.note, Source())
    return await database.reviews.decide(One(decision.customer_id), decision, person, key, NOW, entry)


async def test_the_first_decides_and_everything_follows_once(database: Database) -> None:
    await put(database, profile())
    acme = (await ids(database))["Acme"]
    assert await _decide(database, _plan(acme))
    assert not await _decide(database, _plan(acme))  # the same press, delivered again
    assert not await _decide(database, _plan(acme, Verdict.AGREE, "no"), "act:2", "U0JONAS")
    assert await database.reviews.decided(ALL, Kind.HEALTH, MONTH) == {(acme, ""): Verdict.PLAN}
    assert await database.reviews.of(ALL, Kind.HEALTH, MONTH, acme, "") == _plan(acme)
    assert await database.reviews.of(ALL, Kind.HEALTH, "2026-12", acme, "") is None
    assert [entry.text for entry in (await record(database)).entries] == ["Call Dana"]


async def test_a_plan_goes_before_whoever_said_that_all_is_well(database: Database) -> None:
    await put(database, profile())
    acme = (await ids(database))["Acme"]
    assert await _decide(database, _plan(acme, Verdict.AGREE, ""), "act:1", "U0JONAS")
    assert await _decide(database, _plan(acme), "act:2")
    assert not await _decide(database, _plan(acme, note="Another"), "act:3", "U0JONAS")
    assert await database.reviews.of(ALL, Kind.HEALTH, MONTH, acme, "") == _plan(acme)


async def test_what_was_planned_for_these_days_is_found(database: Database) -> None:
    await put(database, profile(), profile("Left", status=Status.CHURNED))
    known = await ids(database)
    for name in known:
        assert await _decide(database, _plan(known[name]), f"act:{name}")
    day = date(2026, 12, 2)
    (found,) = await database.reviews.actions(ALL, day, day)
    assert (found.customer_id, found.period, found.due, found.by) == (known["Acme"], MONTH, day, "U0MAYA")
    assert await database.reviews.actions(ALL, day + HOUR * 24, day + HOUR * 48) == []


async def test_a_customer_who_is_gone_is_told(database: Database) -> None:
    with pytest.raises(CustomerGone):
        await _decide(database, _plan(404))
    assert await run(database, "SELECT count(*) FROM inbox") == 0


async def test_code_is_that_of_real_customers_with_the_newest_review(database: Database) -> None:
    old, new = date(2026, 3, 1), date(2026, 9, 1)
    await put(
        database,
        profile(code=(CustomCode("src/a.py", "Lane review", "Priya", old), CustomCode(None, "Export", None, None))),
        profile("Bolt", code=(CustomCode("lib/a.py", None, None, new),)),
        profile("Inside", qualifier="Internal", code=(CustomCode("src/x.py"),)),
        profile("Left", status=Status.CHURNED, code=(CustomCode("src/y.py"),)),
    )
    known = await ids(database)
    found = reviews.oldest_first(await database.reviews.code(ALL))
    assert [(one.customer, one.item, one.reviewed) for one in found] == [
        ("Acme", "Export", None),
        ("Acme", "src/a.py", old),
        ("Bolt", "lib/a.py", new),
    ]
    assert reviews.users_of(found[1], found) == {known["Acme"]: "Acme", known["Bolt"]: "Bolt"}
    kept = Decision(Kind.CODE, "2026-Q4", known["Acme"], "src/a.py", Verdict.KEEP)
    assert await database.reviews.decide(One(known["Acme"]), kept, "U1", "act:3", NOW + HOUR, None)
    here = await database.reviews.read_here(ALL)
    assert here == {(known["Acme"], "src/a.py"): NOW + HOUR}
    assert reviews.read(found[1], here[known["Acme"], "src/a.py"]).reviewed == NOW.date()


async def test_every_csm_is_invited_once_by_whatever_name_a_document_has(database: Database) -> None:
    await put(
        database,
        profile(csm=Person("Maya", "maya@harbour.example")),
        profile("Bolt", csm=Person("Maya O.", "MAYA@harbour.example")),
        profile("Corp", csm=Person("Maya")),
        profile("Duna", csm=Person(handle="jonas")),
        profile("Nobody's"),
        profile("Inside", qualifier="Internal", csm=Person("Iris")),
        profile("Left", status=Status.CHURNED, csm=Person("Tom")),
    )
    known = await ids(database)
    found = await database.reviews.csms(ALL)
    assert [one.customer_id for one in found] == [known["Acme"], known["Duna"]]  # Corp's Maya is the only one there is
    assert len({one.mark for one in found}) == 2
    assert {one.since for one in found} == {NOW}
    assert await database.reviews.month(ALL, list(known.values()), 4) == []


async def test_what_was_planned_is_finished_once_with_its_entry_and_its_message(database: Database) -> None:
    await put(database, profile())
    acme = (await ids(database))["Acme"]
    await _decide(database, _plan(acme))
    (mine,) = await database.reviews.planned_by(ALL, "U0MAYA", 5)
    assert (mine.customer, mine.note, mine.due) == ("Acme", "Call Dana", date(2026, 12, 2))
    assert await database.reviews.planned_by(ALL, "U0JONAS", 5) == []

    async def finish(key: str) -> bool:
        entry = history.Draft(acme, NOW.date(), "Done: Call Dana", Source())
        who = (One(acme), MONTH, "U0MAYA", key, NOW, entry)
        return await database.reviews.finish(*who, lambda action: [reviews.action_done(action, MONTH, acme)])

    assert sorted(await asyncio.gather(*(finish(f"view:{at}") for at in range(3)))) == [False, False, True]
    assert await database.reviews.planned_by(ALL, "U0MAYA", 5) == []
    assert await database.reviews.actions(ALL, date(2026, 12, 1), date(2026, 12, 3)) == []
    assert [entry.text for entry in (await record(database)).entries].count("Done: Call Dana") == 1
    rows = await database.outbox.page(ALL, (), 10)
    assert [row.intent.key for row in rows] == [f"review_action_done:{mine.id}"]
