"""What an import writes: what is new, changed, the same, missing, broken and mended; on both engines."""

import asyncio
import random
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from customers.model import (
    CustomCode,
    HistoryEntry,
    KnownIssue,
    MetadataLine,
    Person,
    Problem,
    Profile,
    Section,
    Stated,
    Status,
    Tier,
    Topic,
)
from customers.records import Change
from storage.catalogue import Counts
from storage.database import Database
from tests.storage.harbour import ALL, HOUR, NOW, ids, profile, put, record, run

RICH = Profile(
    slug="brightwater",
    name="Brightwater ÄÖ 株式会社 🎉",
    status=Status.PILOT,
    qualifier="Internal",
    tier=Tier.GROWTH,
    onboarded=date(2025, 1, 31),
    csm=Person("Maya Lindqvist", "maya@harbour.example", "maya"),
    contract="$4,200/month, 120 users",
    amount=4200.5,
    currency="USD",
    seats=120,
    renewal=date(2027, 2, 12),
    churned=date(2027, 3, 1),
    aliases=("BW", "Helles Wasser"),
    timezone="Europe/Berlin",
    country="DE",
    channel="#brightwater",
    metadata=(MetadataLine("Status", "Pilot (Internal)"),),
    preamble="before\n",
    sections=(Section("Notes", Topic.NOTES, "#### Notes", "“quotes” \\ \u202e <!channel>\n", 7),),
    issues=(KnownIssue("slow", "restart", "open"),),
    history=(HistoryEntry("called", date(2026, 1, 2)), HistoryEntry("wrote")),
    code=(CustomCode("src/a.py", "maps", "Tom", date(2026, 1, 1)),),
    stated=Stated(0.72, -20, 90),
    custom_data={"Region": "EU", "empty": ""},
    updated=date(2026, 11, 1),
    heading="### Brightwater",
    file="a.md",
    line=3,
)
BROKEN = [Problem("a.md", 7, "the date is no date", "write 2026-11-09"), Problem("a.md", 9, "no status")]


async def test_everything_the_document_says_comes_back(database: Database) -> None:
    await put(database, RICH)
    assert (await record(database, RICH.name)).profile == RICH
    assert await database.catalogue.profiles(ALL) == [RICH]


async def test_the_same_import_twice_changes_nothing(database: Database) -> None:
    first = await put(database, RICH, profile("Acme"))
    before = await record(database, RICH.name)
    second = await put(database, RICH, profile("Acme"), now=NOW + HOUR)
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.added, second.changed, second.unchanged) == (0, 0, 2)
    assert await record(database, RICH.name) == before


async def test_a_change_is_stored_dated_and_logged(database: Database) -> None:
    await put(database, profile(tier=Tier.GROWTH))
    counts = await put(database, profile(tier=Tier.ENTERPRISE, contract="$5/month"), now=NOW + HOUR)
    found = await record(database)
    assert (counts.added, counts.changed) == (0, 1)
    assert (found.profile.tier, found.first_seen, found.changed_at) == (Tier.ENTERPRISE, NOW, NOW + HOUR)
    assert set(found.changes) == {
        Change(NOW + HOUR, "Tier: Growth → Enterprise"),
        Change(NOW + HOUR, "Contract: none → $5/month"),
    }


async def test_a_customer_that_only_moved_has_not_changed(database: Database) -> None:
    await put(database, RICH)
    moved = replace(RICH, file="b.md", line=90, sections=(replace(RICH.sections[0], line=99),))
    counts = await put(database, moved, now=NOW + HOUR)
    assert (counts.changed, counts.unchanged) == (0, 1)
    assert (await record(database, RICH.name)).changed_at == NOW


async def test_the_log_shows_the_ten_newest_changes(database: Database) -> None:
    for number in range(13):
        await put(database, profile(contract=f"${number}/month"), now=NOW + number * HOUR)
    changes = (await record(database)).changes
    assert [change.at for change in changes] == [NOW + number * HOUR for number in range(12, 2, -1)]
    assert changes[0].what == "Contract: $11/month → $12/month"


# Broken and missing


async def test_a_broken_customer_keeps_the_last_good_version(database: Database) -> None:
    await put(database, profile(contract="$5/month"))
    await database.catalogue.break_(ALL, "acme", BROKEN, NOW + HOUR)
    await database.catalogue.break_(ALL, "acme", BROKEN[:1], NOW + 2 * HOUR)
    found = await record(database)
    assert found.profile.contract == "$5/month"
    assert found.broken_since == NOW + HOUR  # when it began
    assert found.broken_why == "a.md:7: the date is no date (write 2026-11-09)"  # what is wrong now


@pytest.mark.parametrize("mended", [profile(), profile(contract="$6/month")], ids=["as it was", "changed"])
async def test_a_readable_document_mends_what_was_broken(database: Database, mended: Profile) -> None:
    await put(database, profile())
    await database.catalogue.break_(ALL, "acme", BROKEN, NOW)
    await put(database, mended, now=NOW + HOUR)
    found = await record(database)
    assert (found.broken_since, found.broken_why, found.missing_since) == (None, None, None)


async def test_a_broken_customer_nobody_knows_is_not_stored(database: Database) -> None:
    await database.catalogue.break_(ALL, "acme", BROKEN, NOW)
    assert await database.catalogue.slugs(ALL) == set()


async def test_a_customer_without_a_document_is_flagged_and_nothing_else(database: Database) -> None:
    await put(database, profile("Acme"), profile("Beta"))
    counts = await put(database, profile("Beta"), now=NOW + HOUR)
    await put(database, profile("Beta"), now=NOW + 2 * HOUR)
    found = await record(database, "Acme")
    assert counts.missing == ["Acme"]
    assert (found.profile, found.missing_since) == (profile("Acme"), NOW + HOUR)  # since the first time
    assert (await record(database, "Beta")).missing_since is None


async def test_a_customer_who_is_back_is_no_longer_missing(database: Database) -> None:
    await put(database, profile())
    await put(database, profile("Beta"), now=NOW + HOUR)
    counts = await put(database, profile(), profile("Beta"), now=NOW + 2 * HOUR)
    assert (await record(database)).missing_since is None
    assert (counts.unchanged, counts.missing) == (2, [])


async def test_a_broken_document_is_not_a_missing_one(database: Database) -> None:
    await put(database, profile())
    await put(database, now=NOW + HOUR)
    await database.catalogue.break_(ALL, "acme", BROKEN, NOW + 2 * HOUR)
    found = await record(database)
    assert (found.missing_since, found.broken_since) == (None, NOW + 2 * HOUR)


# Names and their version


async def test_names_come_with_slug_and_aliases_in_order(database: Database) -> None:
    await put(database, profile("beta", aliases=("B", "Bee")), profile("Acme"))
    _, named = await database.records.names(ALL)
    assert [(one.name, one.aliases) for one in named] == [("Acme", ("acme",)), ("beta", ("beta", "B", "Bee"))]


async def test_the_version_rises_when_somebody_changed_and_only_then(database: Database) -> None:
    imports = [(profile(),), (profile(),), (profile("Acme", tier=Tier.GROWTH),), (), (), (profile(tier=Tier.GROWTH),)]
    versions = []
    for number, profiles in enumerate(imports):
        await put(database, *profiles, now=NOW + number * HOUR)
        versions.append(await database.records.names_version(ALL))
    assert versions == [1, 1, 2, 3, 3, 3]
    assert (await database.records.names(ALL))[0] == 3 == (await record(database)).names_version


async def test_before_any_import_there_is_nothing(database: Database) -> None:
    assert await database.records.names_version(ALL) == 0
    assert await database.records.names(ALL) == (0, [])
    assert await database.catalogue.last_report(ALL) is None


@pytest.mark.parametrize("earlier", [(), (profile("Acme"),)], ids=["the first", "a later"])
async def test_what_a_killed_import_stored_is_counted_by_the_next(database: Database, earlier: tuple[Profile]) -> None:
    for one in earlier:
        await put(database, one)
    await database.catalogue.put(ALL, [profile("Beta")], NOW + HOUR, Counts())  # killed before it finished
    counts = await put(database, *earlier, profile("Beta"), now=NOW + 2 * HOUR)
    assert (counts.added, counts.unchanged) == (0, 1 + len(earlier))
    assert await database.records.names_version(ALL) == 1 + len(earlier)


async def test_two_imports_at_once_store_everybody_once(database: Database) -> None:
    profiles = [profile(f"Customer {number}") for number in range(30)]
    counts = [Counts() for _ in range(4)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(database.catalogue.put(ALL, profiles, NOW, one) for one in counts))
    assert sorted((one.added, one.unchanged) for one in counts) == [(0, 30), (0, 30), (0, 30), (30, 0)]
    assert len(await ids(database)) == 30


# Reports and look-ups


async def test_the_last_report_is_kept(database: Database) -> None:
    for number in (1, 2):
        await database.catalogue.finish(ALL, set(), NOW + number * HOUR, Counts(), f'{{"files": {number}}}')
    assert await database.catalogue.last_report(ALL) == (NOW + 2 * HOUR, '{"files": 2}')


async def test_profiles_are_exported_by_name_or_one_by_its_slug(database: Database) -> None:
    await put(database, profile("beta"), profile("Acme"), profile("Zed"))
    assert [one.name for one in await database.catalogue.profiles(ALL)] == ["Acme", "beta", "Zed"]
    assert await database.catalogue.profiles(ALL, "beta") == [profile("beta")]
    assert await database.catalogue.profiles(ALL, "nobody") == []


async def test_csms_are_those_of_customers_who_stayed(database: Database) -> None:
    maya, tom = Person("Maya"), Person(handle="tom")
    await put(database, profile("Acme", csm=maya), profile("Beta"), profile("Gone", csm=tom, status=Status.CHURNED))
    assert await database.records.csms(ALL) == [("Acme", maya)]


async def test_extra_data_is_stored_as_json(database: Database) -> None:
    await put(database, profile(custom_data={"Region": "EU"}))
    path = "custom_data ->> 'Region'" if database.file is None else "json_extract(custom_data, '$.Region')"
    assert await run(database, f"SELECT {path} FROM customers") == "EU"


async def test_names_of_any_length_are_stored(database: Database) -> None:
    long = "".join(random.Random(5).choices("abcdefghijklmnopqrstuvwxyzäöü字", k=10_000))
    await put(database, profile(long, csm=Person(long, long, long)))
    assert (await record(database, long)).profile.name == long
    page = await database.records.page(ALL, long[:40], 0, 5)
    assert page.total == 1


# Time


async def test_moments_go_in_with_any_zone_and_come_out_in_utc(database: Database) -> None:
    east = datetime(2026, 11, 18, 23, 30, 0, 123456, timezone(timedelta(hours=14)))
    await put(database, profile(), now=east)
    seen = (await record(database)).first_seen
    assert (seen, seen.utcoffset()) == (east, timedelta(0))
    assert seen.isoformat() == "2026-11-18T09:30:00.123456+00:00"


async def test_a_moment_without_a_zone_is_refused_and_nothing_is_stored(database: Database) -> None:
    with pytest.raises(StatementError, match="a naive datetime cannot be stored"):
        await put(database, profile(), now=datetime(2026, 11, 18, 9))  # noqa: DTZ001
    assert await ids(database) == {}


async def test_a_failed_import_leaves_the_batch_as_it_was(database: Database) -> None:
    await put(database, profile(contract="$5/month"))
    with pytest.raises(IntegrityError):
        await put(database, profile(contract="$6/month"), profile("Twice"), profile("Twice"))
    assert await database.catalogue.profiles(ALL) == [profile(contract="$5/month")]
