"""Feature requests on both engines: captured once, counted rightly, merged without losing anybody."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from customers import requests
from customers.errors import CustomerGone, RequestGone, RequestMoved
from customers.intents import Intent, Queued, Source
from customers.model import Person, Status
from customers.requests import Draft, Filter, Importance, Logged, Move, Request
from customers.requests import Status as Where
from storage.database import Database, open_database
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run


@pytest.fixture(autouse=True)
async def customers(database: Database) -> dict[str, int]:
    """Three customers, an internal account and a churned one."""
    await put(
        database,
        profile("Acme", csm=Person("Maya")),
        profile("Beta", csm=Person("Jonas")),
        profile("Gamma", status=Status.PILOT),
        profile("Own", qualifier="Internal"),
        profile("Gone", status=Status.CHURNED),
    )
    return await ids(database)


def message(number: int) -> Source:
    return Source("C1", f"{number}.0", f"https://x/{number}", f"{number}.0")


async def log(
    database: Database,
    *names: str,
    at: int = 1,
    into: int | None = None,
    person: str = "U1",
    key: str = "",
    **more: Any,
) -> Logged:
    known = await ids(database)
    wanted = tuple((known[name], Importance.IMPORTANT) for name in names)
    source = more.get("source", message(at))
    draft = Draft(more.get("title", "Single sign-on"), "they said", wanted, source, into)
    key = key or f"view:V{at}{person}"
    return await database.requests.log(
        ALL, draft, person, key, NOW + at * HOUR, lambda one: requests.announced(one, source, person, key)
    )


async def row(database: Database, request_id: int) -> tuple[Any, ...]:
    array = await run(database, "SELECT requested_by_customers FROM features WHERE id = :i", {"i": request_id})
    status = await run(database, "SELECT status FROM features WHERE id = :i", {"i": request_id})
    return (orjson.loads(array) if isinstance(array, str) else array, status)


async def said(database: Database) -> list[Queued]:
    return sorted(await database.outbox.page(ALL, (), 99), key=lambda one: one.id)


async def agree(database: Database) -> None:
    """Array and evidence tell of the same customers, for every request."""
    for one in (await database.requests.page(ALL, Filter(tuple(Where)), 0, 99)).lines:
        array, _ = await row(database, one.id)
        assert set(array) == {proof.customer_id for proof in one.evidence}
        assert len(array) == len(set(array))


async def test_a_request_is_born_in_the_backlog(database: Database, customers: dict[str, int]) -> None:
    logged = await log(database, "Acme")
    assert (logged.born, logged.again, logged.prioritised) == (True, False, False)
    assert await row(database, logged.request.id) == ([customers["Acme"]], "backlog")
    (proof,) = logged.request.evidence
    assert (proof.quote, proof.source, proof.logged_by) == ("they said", message(1), "U1")
    (confirmation,) = await said(database)
    assert confirmation.intent == Intent(
        "request_logged",
        "request_logged:view:V1U1",
        "C1",
        {"request": logged.request.id, "by": "U1", "channel": "C1", "thread": "1.0", "person": "U1", "born": 1},
    )


async def test_a_second_customer_makes_it_a_priority_and_everybody_hears(database: Database) -> None:
    first = await log(database, "Acme")
    second = await log(database, "Beta", at=2, into=first.request.id)
    assert (second.born, second.prioritised) == (False, True)
    assert second.request.reason == "2 customers want it: Acme and Beta"
    assert [one.intent.kind for one in await said(database)] == [
        "request_logged",
        "request_logged",
        "request_moved",
        "request_csm",
        "request_csm",
    ]
    await agree(database)


async def test_the_reason_counts_who_comes_later_and_leaves_a_persons_words_alone(database: Database) -> None:
    first = await log(database, "Acme", "Beta")
    more = await log(database, "Gamma", at=2, into=first.request.id)
    assert (more.prioritised, more.request.reason) == (False, "3 customers want it: Acme, Beta and Gamma")
    ours = Move(first.request.id, Where.PRIORITIZED, "the board asked", "view:M")
    await database.requests.set(ALL, ours, NOW, silent)
    own = await log(database, "Own", at=3, into=first.request.id)
    assert own.request.reason == "the board asked"


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (("Acme", "Own"), "backlog"),
        (("Acme", "Gone"), "backlog"),
        (("Acme", "Gamma"), "prioritized"),
        (("Acme", "Acme"), "backlog"),
        (("Own", "Gone", "Acme", "Beta"), "prioritized"),
    ],
)
async def test_internal_and_churned_customers_do_not_count(
    database: Database, names: tuple[str, ...], status: str
) -> None:
    logged = await log(database, *names)
    assert logged.request.status.value == status
    await agree(database)


async def test_the_same_form_a_hundred_times_is_one_request(database: Database) -> None:
    answers = await asyncio.gather(*(log(database, "Acme") for _ in range(100)))
    assert len({one.request.id for one in answers}) == 1
    assert sum(one.born for one in answers) == 1
    assert len(await said(database)) == 1


async def test_two_people_capture_one_message_at_once(url: str, database: Database) -> None:
    other = await open_database(url)
    answers = await asyncio.gather(*(log(one, "Acme", person=f"U{n}") for n in range(10) for one in (database, other)))
    await other.close()
    assert len({one.request.id for one in answers}) == 1
    assert await run(database, "SELECT count(*) FROM features") == 1
    found = await database.requests.find(ALL, answers[0].request.id)
    assert found is not None
    assert sorted(one.logged_by for one in found.evidence) == [f"U{n}" for n in range(10)]
    told = [one.intent for one in await said(database)]
    assert len(told) == 10
    assert sorted(one.lane for one in told if one.number("again")) == sorted(
        one.word("by") for one in told if one.number("again")
    )


async def test_a_captured_message_stays_with_its_request(database: Database) -> None:
    first = await log(database, "Acme")
    other = await log(database, "Beta", at=2)
    again = await log(database, "Gamma", at=1, person="U2", into=other.request.id)
    assert (again.request.id, again.again, len(again.added)) == (first.request.id, True, 1)
    await agree(database)


@pytest.mark.parametrize("wanted", [(), ((4711, Importance.NICE),)])
async def test_nobody_is_no_customer(database: Database, wanted: Any) -> None:
    draft = Draft("Title", "", wanted, message(1))
    with pytest.raises(CustomerGone):
        await database.requests.log(ALL, draft, "U1", "view:V1", NOW, lambda _: [])
    assert await run(database, "SELECT count(*) FROM features") == 0
    assert await run(database, "SELECT count(*) FROM inbox") == 0  # the same form can be sent again
    assert await run(database, "SELECT count(*) FROM captures") == 0


async def test_adding_to_a_request_that_is_not_there_stores_nothing(database: Database) -> None:
    with pytest.raises(RequestGone):
        await log(database, "Acme", into=4711)
    assert await run(database, "SELECT count(*) FROM captures") == 0


async def test_without_a_message_every_form_is_its_own(database: Database) -> None:
    one = await log(database, "Acme", source=Source(), key="view:VA")
    two = await log(database, "Acme", source=Source(), key="view:VB")
    assert one.request.id != two.request.id
    assert (await said(database))[0].intent.lane == "U1"


def silent(_request: Request) -> list[Intent]:
    return []


async def test_a_move_is_told_once_and_not_when_nothing_moved(database: Database) -> None:
    request = (await log(database, "Acme")).request
    move = Move(request.id, Where.PLANNED, "next quarter", "view:M1", Where.BACKLOG)
    for _ in range(3):
        await database.requests.set(ALL, move, NOW, lambda one: requests.moved(one, "U9"))
    same = Move(request.id, Where.PLANNED, "really", "view:M2", Where.PLANNED)
    await database.requests.set(ALL, same, NOW, lambda one: requests.moved(one, "U9"))
    assert [one.intent.kind for one in await said(database)] == ["request_logged", "request_moved", "request_csm"]
    found = await database.requests.find(ALL, request.id)
    assert found is not None
    assert (found.status, found.reason) == (Where.PLANNED, "really")


async def test_a_list_that_is_out_of_date_overwrites_nothing(database: Database) -> None:
    request = (await log(database, "Acme")).request
    await database.requests.set(ALL, Move(request.id, Where.SHIPPED, "", "view:M1"), NOW, silent)
    with pytest.raises(RequestMoved, match="is shipped by now"):
        late = Move(request.id, Where.DECLINED, "no", "view:M2", Where.BACKLOG)
        await database.requests.set(ALL, late, NOW, silent)
    with pytest.raises(RequestGone):
        await database.requests.set(ALL, Move(4711, Where.SHIPPED, "", "view:M3"), NOW, silent)


async def test_merging_keeps_everybody_and_forwards(database: Database, customers: dict[str, int]) -> None:
    one = (await log(database, "Acme", "Own", at=1)).request
    two = (await log(database, "Beta", at=2)).request
    three = (await log(database, "Gamma", at=3)).request
    await database.requests.merge(ALL, one.id, two.id, "view:G1", NOW, silent)
    merged = await database.requests.merge(ALL, two.id, three.id, "view:G2", NOW, silent)
    assert merged is not None
    assert [wish.name for wish in merged.customers] == ["Gamma", "Beta", "Acme", "Own"]
    assert merged.status is Where.BACKLOG or merged.reason.startswith("3 customers")
    for gone in (one, two, three):
        found = await database.requests.find(ALL, gone.id)
        assert found is not None
        assert found.id == three.id
    assert (await database.requests.page(ALL, Filter(), 0, 9)).total == 1
    assert await database.requests.some(ALL, [one.id, three.id]) == [await database.requests.find(ALL, three.id)]
    again = await log(database, "Acme", at=1, person="U7")
    assert again.request.id == three.id
    await agree(database)


async def test_merging_into_itself_or_twice_changes_nothing(database: Database) -> None:
    one, two = (await log(database, "Acme", at=1)).request, (await log(database, "Beta", at=2)).request
    await database.requests.merge(ALL, one.id, one.id, "view:G0", NOW, silent)
    for key in ("view:G1", "view:G1", "view:G2"):
        await database.requests.merge(ALL, one.id, two.id, key, NOW, silent)
    found = await database.requests.find(ALL, two.id)
    assert found is not None
    assert [wish.name for wish in found.customers] == ["Beta", "Acme"]


async def test_two_that_are_merged_into_each_other_at_once_stay_one(url: str, database: Database) -> None:
    one, two = (await log(database, "Acme", at=1)).request, (await log(database, "Beta", at=2)).request
    other = await open_database(url)
    await asyncio.gather(
        database.requests.merge(ALL, one.id, two.id, "view:G1", NOW, silent),
        other.requests.merge(ALL, two.id, one.id, "view:G2", NOW, silent),
        return_exceptions=True,
    )
    await other.close()
    page = await database.requests.page(ALL, Filter(tuple(Where)), 0, 9)
    assert page.total == 1
    assert {wish.name for wish in page.lines[0].customers} == {"Acme", "Beta"}


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (Filter(), ["Export", "Audit log", "ÜBER-Sicht"]),
        (Filter((Where.SHIPPED,)), ["Dark mode"]),
        (Filter(words="über"), ["ÜBER-Sicht"]),
        (Filter(words="log  audit"), ["Audit log"]),
        (Filter(words="100%_"), []),
        (Filter((Where.PRIORITIZED,)), ["Export"]),
    ],
)
async def test_lists_are_filtered_and_the_most_wanted_come_first(
    database: Database, wanted: Filter, titles: list[str]
) -> None:
    await log(database, "Acme", at=1, title="Audit log")
    await log(database, "Acme", "Beta", at=2, title="Export")
    shipped = (await log(database, "Acme", at=3, title="Dark mode")).request
    await log(database, "Gamma", at=4, title="ÜBER-Sicht")
    await database.requests.set(ALL, Move(shipped.id, Where.SHIPPED, "", "view:M"), NOW, silent)
    page = await database.requests.page(ALL, wanted, 0, 9)
    assert [one.title for one in page.lines] == titles
    assert page.total == len(titles)


async def test_the_requests_of_one_customer(database: Database, customers: dict[str, int]) -> None:
    await log(database, "Acme", at=1, title="One")
    await log(database, "Beta", at=2, title="Two")
    page = await database.requests.page(ALL, Filter(customer_id=customers["Beta"]), 0, 9)
    assert [one.title for one in page.lines] == ["Two"]
    assert await database.requests.titles(ALL, 0) == [(1, "One"), (2, "Two")]
    assert await database.requests.titles(ALL, 1) == [(2, "Two")]


async def test_a_question_is_asked_once_and_changes_nothing(database: Database) -> None:
    request = (await log(database, "Acme")).request
    ask = [Intent("request_question", "q:1", "U1", {"request": request.id, "question": "Which phones?"})]
    for _ in range(3):
        await database.requests.ask(ALL, request.id, "view:Q", NOW, lambda _: ask)
    assert [one.intent.kind for one in await said(database)] == ["request_logged", "request_question"]
    assert (await database.requests.find(ALL, request.id)) == request


async def test_what_waits_too_long_is_seen_in_the_record(database: Database) -> None:
    await log(database, "Acme")
    acme = await record(database)
    assert [(one.title, one.status, one.customers) for one in acme.requests] == [("Single sign-on", "backlog", 1)]
    assert acme.counted(NOW + timedelta(days=30)).requests_waiting == 0
    assert acme.counted(NOW + timedelta(days=31)).requests_waiting == 1
