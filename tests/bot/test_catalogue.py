"""Documents into the database: whatever people do to their files, the rest loads and nothing is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.catalogue import Importer, Report, Watch
from customers.people import Reader, Standing
from customers.scope import All, One
from storage.database import Database, open_database
from tests.conftest import SEED

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
ANA = Reader("U1", Standing.MEMBER)
ACME = "# Acme\n\n**Status:** Active\n**Tier:** Growth\n**CSM:** Ana\n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite:///{tmp_path}/data/x.sqlite3")
    yield database
    await database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


async def _import(database: Database, path: Path, max_mb: int = 16) -> Report:
    return await Importer(database.catalogue, path, lambda: NOW, max_mb).run()


async def _names(database: Database) -> list[str]:
    return [one.name for one in (await database.records.names(All("test")))[1]]


async def test_the_same_folder_twice_changes_nothing(database: Database, folder: Path) -> None:
    (folder / "a.md").write_text(ACME)
    first, second = await _import(database, folder), await _import(database, folder)
    assert (first.counts.added, second.counts.added, second.counts.unchanged) == (1, 0, 1)


async def test_a_broken_customer_keeps_its_last_good_version_and_the_rest_loads(
    database: Database, folder: Path
) -> None:
    (folder / "a.md").write_text(ACME)
    await _import(database, folder)
    (folder / "a.md").write_text(ACME.replace("Active", "Actve"))
    (folder / "b.md").write_text(ACME.replace("Acme", "Bolt"))
    report = await _import(database, folder)
    assert (report.counts.broken, report.counts.added, report.counts.missing) == (["Acme"], 1, [])
    assert str(report.problems[0]).startswith("a.md:3: ")
    record = await database.records.record(One(1), ANA)
    assert record is not None
    assert (record.profile.status.value, record.broken_since) == ("Active", NOW)


async def test_a_customer_that_is_mended_is_whole_again(database: Database, folder: Path) -> None:
    for text in (ACME, ACME.replace("Active", "Actve"), ACME):
        (folder / "a.md").write_text(text)
        await _import(database, folder)
    record = await database.records.record(One(1), ANA)
    assert record is not None
    assert record.broken_since is None


async def test_a_customer_written_down_in_two_files_is_told_with_both_places(database: Database, folder: Path) -> None:
    (folder / "a.md").write_text(ACME)
    (folder / "b.md").write_text(ACME.replace("Growth", "Startup"))
    report = await _import(database, folder)
    (problem,) = [one for one in report.problems if one.broken]
    assert (problem.file, problem.line, "a.md:1" in problem.message) == ("b.md", 1, True)
    record = await database.records.record(One(1), ANA)
    assert record is not None
    assert record.profile.tier is not None
    assert record.profile.tier.value == "Growth"


async def test_an_unreadable_file_makes_nobody_missing(database: Database, folder: Path) -> None:
    (folder / "a.md").write_text(ACME)
    (folder / "b.md").write_text(ACME.replace("Acme", "Bolt"))
    await _import(database, folder)
    (folder / "a.md").write_bytes(b"\xff\xfe broken")
    report = await _import(database, folder)
    assert (report.complete, report.counts.missing) == (False, [])


async def test_a_file_that_is_too_large_says_how_to_go_on(database: Database, folder: Path) -> None:
    (folder / "a.md").write_text(ACME + "x" * 2_000_000)
    report = await _import(database, folder, max_mb=1)
    assert "split it into a folder" in str(report.problems[0])
    assert report.counts.missing == []


async def test_a_file_that_was_cut_in_the_middle_removes_nobody(database: Database, folder: Path) -> None:
    both = ACME + "\n## Notes\n- a\n\n" + ACME.replace("# Acme", "# Bolt")
    (folder / "a.md").write_text(both)
    await _import(database, folder)
    (folder / "a.md").write_text(both[: len(both) // 2])
    report = await _import(database, folder)
    assert report.counts.missing == ["Bolt"]
    assert await _names(database) == ["Acme", "Bolt"]


@pytest.mark.parametrize("spoil", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["BOM", "CRLF"])
async def test_files_from_windows_are_read(database: Database, folder: Path, spoil: object) -> None:
    assert callable(spoil)
    (folder / "a.md").write_text(spoil(ACME), newline="")
    assert (await _import(database, folder)).counts.added == 1


async def test_hidden_files_and_other_endings_are_left_alone(database: Database, folder: Path) -> None:
    (folder / ".git").mkdir()
    for name in (".git/a.md", ".b.md", "c.txt"):
        (folder / name).write_text(ACME)
    report = await _import(database, folder)
    assert (report.files, "no .md file here" in str(report.problems[0])) == (0, True)


async def test_the_seed_document_has_one_customer_and_its_damage_is_told(database: Database) -> None:
    if not SEED.exists():
        pytest.skip("the seed document is not here")
    report = await _import(database, SEED)
    assert (report.counts.added, report.counts.broken) == (1, [])
    assert any("164" in str(problem) and "Mac Roman" in str(problem) for problem in report.problems)


async def test_a_change_is_imported_once_it_has_been_still_for_a_look(folder: Path) -> None:
    watch = Watch(folder)
    await watch.settle()
    (folder / "a.md").write_text(ACME)
    assert [await watch.changed() for _ in range(3)] == [False, True, True]  # until it is imported
    watch.imported()
    assert not await watch.changed()
    (folder / "a.md").write_text(ACME + "\nmore")
    assert await watch.changed() is False
    (folder / "a.md").write_text(ACME + "\nmore and more")
    assert [await watch.changed() for _ in range(2)] == [False, True]


async def test_an_alias_that_two_customers_share_is_told(database: Database, folder: Path) -> None:
    (folder / "a.md").write_text(ACME + "**Aliases:** Rocket, ACM\n")
    (folder / "b.md").write_text(ACME.replace("Acme", "Bolt") + "**Aliases:** rocket\n")
    report = await _import(database, folder)
    assert report.counts.added == 2
    assert [str(one).split(";")[0] for one in report.problems] == ["b.md:1: “rocket” is a name of acme as well"]
    assert (await _import(database, folder)).counts.unchanged == 2
