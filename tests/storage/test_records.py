"""What reading answers: one customer in one statement, pages of all of them, and whose they are; on both engines."""

from datetime import date, timedelta

import pytest

from customers import weeks
from customers.model import Person, Profile, Section, Status, Tier, Topic, Week
from customers.people import Reader, Standing
from customers.records import Page
from customers.scope import One
from storage.database import Database
from tests.storage.harbour import ALL, HOUR, MAYA, NOW, ids, profile, put, record

W46 = weeks.number(date(2026, 11, 9))


# One customer


async def test_a_record_holds_the_thirteen_newest_weeks(database: Database) -> None:
    await put(database, profile("Acme"), profile("Beta"))
    acme, beta = (await ids(database)).values()
    await database.usage.put(ALL, [(acme, W46 - back, back, 100 if back else None) for back in range(20)])
    await database.usage.put(ALL, [(beta, W46 - 2, 7, None)])
    recent = (await record(database)).recent
    assert len(recent) == 13
    assert recent[:2] == (Week(date(2026, 11, 9), 0, None), Week(date(2026, 11, 2), 1, 100))
    assert [week.start for week in recent] == [date(2026, 11, 9) - timedelta(weeks=back) for back in range(13)]
    assert (await record(database, "Beta")).recent == (Week(date(2026, 10, 26), 7, None),)


async def test_a_record_knows_how_far_the_feed_of_everybody_reaches(database: Database) -> None:
    await put(database, profile())
    assert (await record(database)).fed is None
    await database.usage.finish(ALL, NOW, W46)
    assert (await record(database)).fed == date(2026, 11, 9)


async def test_a_record_knows_when_this_reader_looked(database: Database) -> None:
    await put(database, profile())
    customer = One((await ids(database))["Acme"])
    database.looks.note(customer, MAYA.id, None, NOW)
    await database.looks.flush(ALL)
    assert (await record(database)).looked_at == NOW
    assert (await record(database, reader=Reader("U0TOM", Standing.MEMBER))).looked_at is None


async def test_nobody_is_no_record(database: Database) -> None:
    assert await database.records.record(One(4711), MAYA) is None
    assert await database.records.record(One(10**17), MAYA, whole=True) is None


async def test_the_text_of_sections_comes_only_when_asked_for(database: Database) -> None:
    written = profile(
        sections=(Section("Notes", Topic.NOTES, "#### Notes", "long", 1),), preamble="long", tier=Tier.GROWTH
    )
    await put(database, written)
    found = await database.records.record(One((await ids(database))["Acme"]), MAYA)
    assert found is not None
    assert found.profile == profile(tier=Tier.GROWTH)
    assert (await record(database)).profile == written


async def test_many_records_come_at_once_without_those_who_are_gone(database: Database) -> None:
    await put(database, profile("Acme"), profile("Beta"))
    acme, beta = (await ids(database)).values()
    found = await database.records.records(ALL, [beta, 4711, acme], MAYA)
    assert {one.customer_id: one.profile.name for one in found} == {acme: "Acme", beta: "Beta"}
    assert await database.records.records(ALL, [], MAYA) == []


# Pages of all customers

FLEET = (
    profile("Acme", tier=Tier.GROWTH, csm=Person("Maya Ängström")),
    profile("Beta 100% Pure", tier=Tier.ENTERPRISE, status=Status.PILOT),
    profile("Gamma_Ray", status=Status.CHURNED),
    profile("Delta/Air", qualifier="Internal"),
    profile("MÜLLER Söhne", csm=Person(email="tom@harbour.example")),
)


async def listed(database: Database, words: str) -> list[str]:
    page = await database.records.page(ALL, words, 0, 50)
    assert page.total == len(page.lines)
    return sorted(line.name for line in page.lines)


@pytest.fixture
async def fleet(database: Database) -> Database:
    await put(database, *FLEET)
    return database


async def test_a_list_is_filtered_by_status_tier_csm_and_parts_of_the_name(fleet: Database) -> None:
    table: dict[str, list[str]] = {
        "": [one.name for one in FLEET],
        "pilot": ["Beta 100% Pure"],
        "CHURNED": ["Gamma_Ray"],
        "growth": ["Acme"],
        "growth active": ["Acme"],
        "growth pilot": [],
        "internal": ["Delta/Air"],
        "ängström": ["Acme"],
        "ÄNG": ["Acme"],
        "müller": ["MÜLLER Söhne"],
        "SÖHNE": ["MÜLLER Söhne"],
        "beta pure": ["Beta 100% Pure"],
        "nobody": [],
    }
    assert {words: await listed(fleet, words) for words in table} == {
        words: sorted(names) for words, names in table.items()
    }


async def test_signs_of_a_pattern_are_only_letters(fleet: Database) -> None:
    table = {
        "%": ["Beta 100% Pure"],
        "_": ["Gamma_Ray"],
        "/": ["Delta/Air"],
        "0%": ["Beta 100% Pure"],
        "a%a": [],
        "\\": [],
    }
    assert {words: await listed(fleet, words) for words in table} == table


async def test_what_no_database_stores_can_still_be_typed(fleet: Database) -> None:
    everybody = sorted(one.name for one in FLEET)
    table = {"acme\0": ["Acme"], "\0": everybody, "ac\ud800me": ["Acme"], "'; DROP TABLE customers; --": []}
    assert {words: await listed(fleet, words) for words in table} == table


async def test_pages_follow_each_other_and_end(database: Database) -> None:
    await put(database, *(profile(f"Customer {number:02}") for number in range(7)))
    pages = [await database.records.page(ALL, "", offset, 3) for offset in (0, 3, 6, 9)]
    assert [[line.name[-2:] for line in page.lines] for page in pages] == [
        ["00", "01", "02"],
        ["03", "04", "05"],
        ["06"],
        [],
    ]
    assert {page.total for page in pages} == {7}


async def test_a_line_says_what_is_wrong_with_its_customer(database: Database) -> None:
    await put(database, profile("Acme", csm=Person(handle="maya"), tier=Tier.STARTUP, qualifier="internal"))
    await put(database, now=NOW + HOUR)
    await database.catalogue.break_(ALL, "acme", [], NOW)
    line = (await database.records.page(ALL, "", 0, 1)).lines[0]
    assert (line.csm, line.tier, line.internal, line.broken, line.missing) == ("@maya", Tier.STARTUP, True, True, False)


async def test_a_page_of_nothing(database: Database) -> None:
    assert await database.records.page(ALL, "", 0, 5) == Page((), 0, 0)


# Whose customers


async def test_customers_belong_to_their_csm_by_email_name_or_handle(database: Database) -> None:
    csms = {"A": Person("Maya", "Maya@Harbour.example"), "B": Person("ÄÖ Straße"), "C": Person(handle="Tom"), "D": None}
    await put(database, *(profile(name, csm=csm) for name, csm in csms.items()))
    names = {customer: name for name, customer in (await ids(database)).items()}
    readers: list[tuple[dict[str, str], str]] = [
        ({"email": "maya@harbour.EXAMPLE"}, "A"),
        ({"name": "MAYA"}, "A"),  # without an address to compare, the name decides
        ({"name": "äö strasse"}, "B"),
        ({"handle": "tom"}, "C"),
        ({"name": "maya", "email": "maya@harbour.example", "handle": "TOM"}, "AC"),
        ({"name": "tom", "email": "tom", "handle": "maya"}, ""),
        ({"name": "", "email": "", "handle": ""}, ""),
        ({}, ""),
    ]
    for known, theirs in readers:
        found = await database.records.of_csm(ALL, Reader("U9", Standing.MEMBER, **known), 10)
        assert (known, "".join(names[one] for one in found)) == (known, theirs)


async def test_only_churned_customers_are_left_out(database: Database) -> None:
    await put(database, *(profile(status.value, status=status, csm=Person("Maya Lindqvist")) for status in Status))
    known = await ids(database)
    stayed = [known["Active"], known["Pilot"]]
    assert list(await database.records.of_csm(ALL, MAYA, 10)) == stayed
    assert list(await database.records.all_current(ALL, 10)) == stayed


async def test_lists_of_customers_are_by_name_and_end_at_their_limit(database: Database) -> None:
    names = ["Beta", "Acme", "Gamma"]
    await put(database, *(profile(name, csm=Person("Maya Lindqvist")) for name in names))
    known = await ids(database)
    assert list(await database.records.all_current(ALL, 2)) == [known["Acme"], known["Beta"]]
    assert list(await database.records.of_csm(ALL, MAYA, 2)) == [known["Acme"], known["Beta"]]


async def test_a_changed_customer_is_read_anew(database: Database) -> None:
    """Profiles that were understood once are remembered by their text, so another text is another profile."""
    versions: list[Profile] = [profile(contract=f"${number}/month") for number in range(3)]
    for number, version in enumerate(versions):
        await put(database, version, now=NOW + number * HOUR)
        assert (await record(database)).profile == version
