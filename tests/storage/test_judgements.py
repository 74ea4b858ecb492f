"""What people say about health on both engines: one open of a kind, the customer's row says what the table says."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from customers import judgements
from customers.errors import CustomerGone, JudgedMeanwhile
from customers.facts import Colour
from customers.judgements import Draft, Judgement, Kept, Kind
from customers.scope import One
from storage.database import Database, open_database
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
async def acme(database: Database) -> int:
    await put(database, profile("Acme"), profile("Beta"))
    return (await ids(database))["Acme"]


async def say(database: Database, kind: Kind = Kind.OVERRIDE, person: str = "U1", **more: Any) -> Kept:
    customer_id = more.pop("customer_id", None) or (await ids(database))[more.pop("name", "Acme")]
    key, today = more.pop("key", f"view:{person}{kind}"), more.pop("today", TODAY)
    if kind is Kind.OVERRIDE:
        more = {"colour": Colour.GREEN, "against": Colour.RED, "until": TODAY + timedelta(days=30)} | more
    draft = Draft(customer_id, kind, more.pop("reason", "a strike"), **more)
    one = One(customer_id)
    return await database.judgements.open(
        one, draft, person, key, NOW, today, lambda kept: judgements.opened(kept.judgement)
    )


async def end(database: Database, kept: Kept, person: str = "U2", key: str = "act:1", why: str = "over") -> Kept:
    one = kept.judgement
    scope = One(one.customer_id)
    return await database.judgements.end(scope, one.id, why, person, key, NOW + HOUR, TODAY, judgements.closed)


async def run_out(database: Database, one: Judgement) -> bool:
    scope = One(one.customer_id)
    return await database.judgements.run_out(scope, one.id, NOW, lambda kept: judgements.ran_out(kept.judgement))


async def kinds(database: Database) -> list[str]:
    return [one.intent.kind for one in sorted(await database.outbox.page(ALL, (), 99), key=lambda one: one.id)]


async def test_it_stands_on_the_customers_row_until_it_ends(database: Database) -> None:
    override, risk = await say(database), await say(database, Kind.RISK, reason="a competitor")
    assert (await record(database)).judgements == (override.judgement, risk.judgement)
    assert (await record(database, "Beta")).judgements == ()
    assert (await record(database)).counted(NOW).churn_risk
    over = await end(database, risk)
    assert (over.ended_at, over.ended_by, over.ended_why, over.is_open) == (NOW + HOUR, "U2", "over", False)
    assert (await record(database)).judgements == (override.judgement,)
    await end(database, override, key="act:2", why="")
    assert (await record(database)).judgements == ()
    assert await run(database, "SELECT count(*) FROM customers WHERE judged IS NOT NULL") == 0
    assert await database.judgements.find(ALL, risk.judgement.id) == over
    assert await database.judgements.find(ALL, 4711) is None


async def test_an_import_leaves_it_alone(database: Database) -> None:
    kept = await say(database)
    await put(database, profile("Acme", seats=5), now=NOW + HOUR)
    assert (await record(database)).judgements == (kept.judgement,)


async def test_an_escalation_is_told_and_becomes_history(database: Database) -> None:
    kept = await say(database, Kind.ESCALATION, reason="Dana Park: three outages")
    await end(database, kept, why="They stay")
    assert sorted(await kinds(database)) == ["judged_author", "judged_csm", "judged_csm", "judged_over"]
    entries = [(one.on, one.text, one.added_by) for one in await database.history.of(One(kept.judgement.customer_id))]
    assert entries == [
        (TODAY, "Escalation closed. They stay", "U2"),
        (TODAY, "Escalation opened. Dana Park: three outages", "U1"),
    ]


async def test_a_form_that_is_delivered_again_changes_nothing(database: Database) -> None:
    first = await say(database, Kind.ESCALATION)
    assert await say(database, Kind.ESCALATION, reason="typed anew") == first
    over = await end(database, first)
    assert await end(database, first) == over
    assert await say(database, Kind.ESCALATION) == over
    assert sorted(await kinds(database)) == ["judged_author", "judged_csm", "judged_csm", "judged_over"]


async def test_of_many_at_once_one_goes_first_and_the_others_are_told(url: str, database: Database) -> None:
    other = await open_database(url)
    tries = [say(one, Kind.ESCALATION, f"U{at}") for at in range(5) for one in (database, other)]
    made = await asyncio.gather(*tries, return_exceptions=True)
    kept = [one for one in made if isinstance(one, Kept)]
    assert len({one.judgement.id for one in kept}) == 1
    assert {type(one) for one in made} == {Kept, JudgedMeanwhile}
    ends = [end(one, kept[0], f"U{at}", f"act:{at}") for at in range(5) for one in (database, other)]
    ended = await asyncio.gather(*ends, return_exceptions=True)
    await other.close()
    assert {type(one) for one in ended} == {Kept, JudgedMeanwhile}
    assert len({one.ended_by for one in ended if isinstance(one, Kept)}) == 1
    told = await kinds(database)  # whoever opened it hears unless they were the one who closed it
    assert sorted(set(told) - {"judged_author"}) == ["judged_csm", "judged_over"]
    assert (told.count("judged_csm"), told.count("judged_over")) == (2, 1)
    assert (await record(database)).judgements == ()


async def test_nobody_and_nothing_are_not_judged(database: Database) -> None:
    with pytest.raises(CustomerGone):
        await say(database, customer_id=4711)
    gone = Kept(Judgement(4711, 4711, Kind.RISK, "", "U1", NOW), "")
    with pytest.raises(CustomerGone):
        await end(database, gone)
    for table in ("judgements", "inbox", "outbox"):
        assert await run(database, f"SELECT count(*) FROM {table}") == 0


async def test_whoever_has_seen_it_may_take_its_place(database: Database) -> None:
    first = await say(database)
    with pytest.raises(JudgedMeanwhile):
        await say(database, person="U2", colour=Colour.YELLOW)
    second = await say(database, person="U2", colour=Colour.YELLOW, instead=first.judgement.id)
    assert (await record(database)).judgements == (second.judgement,)
    replaced = await database.judgements.find(ALL, first.judgement.id)
    assert replaced is not None
    assert (replaced.ended_by, replaced.ended_why) == ("U2", "replaced")
    assert [one.judgement.id for one in await database.judgements.overrides(ALL, 9)] == [second.judgement.id]


async def test_one_that_ran_out_makes_room_and_its_author_is_told(database: Database) -> None:
    first = await say(database, until=TODAY)
    second = await say(database, person="U2", today=TODAY + timedelta(days=1))
    assert (await record(database)).judgements == (second.judgement,)
    assert await kinds(database) == ["override_ended"]
    assert not await run_out(database, first.judgement)


async def test_an_override_runs_out_once(database: Database) -> None:
    kept = await say(database)
    assert [await run_out(database, kept.judgement) for _ in range(2)] == [True, False]
    over = await database.judgements.find(ALL, kept.judgement.id)
    assert over is not None
    assert (over.is_open, over.ended_by) == (False, "")
    assert (await record(database)).judgements == ()
    assert await kinds(database) == ["override_ended"]


async def test_a_contradiction_is_told_once_for_each_colour(database: Database) -> None:
    kept = await say(database)
    scope, which = One(kept.judgement.customer_id), kept.judgement.id

    async def told(colour: Colour) -> bool:
        return await database.judgements.told(
            scope, which, colour, NOW, lambda it: judgements.contradicted(it.judgement, colour)
        )

    colours = (Colour.YELLOW, Colour.RED, Colour.YELLOW, Colour.GREEN, Colour.RED)
    assert [await told(one) for one in colours] == [True, True, False, True, False]
    (found,) = await database.judgements.overrides(ALL, 9)
    assert found.told == {Colour.YELLOW, Colour.RED, Colour.GREEN}
    assert await kinds(database) == ["override_contradicted"] * 3
    await end(database, kept)
    assert await told(Colour.UNKNOWN) is False


async def test_open_overrides_come_in_pages(database: Database) -> None:
    await say(database, Kind.RISK)
    first, second = await say(database), await say(database, name="Beta", person="U2")
    assert await database.judgements.overrides(ALL, 1) == [first]
    assert await database.judgements.overrides(ALL, 9, first.judgement.id) == [second]
    assert await database.judgements.overrides(ALL, 9, second.judgement.id) == []
