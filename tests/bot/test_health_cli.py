"""`dossier health dry-run`: an admin sees who would change colour before a threshold is changed."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from customers import weeks
from customers.model import Status
from storage.database import open_database
from tests.storage.harbour import ALL, ids, profile, put


@pytest.fixture
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four customers with 75 % adoption: a real one, one with a bold name, a churned one and an internal one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    database = await open_database(f"sqlite:///{tmp_path}/dossier.sqlite3")
    now = datetime.now(UTC)
    await put(
        database,
        profile("Acme", seats=100),
        profile("\x1b[1mBold", seats=100),
        profile("Gone", seats=100, status=Status.CHURNED),
        profile("Ours", seats=100, qualifier="Internal"),
        now=now,
    )
    week = weeks.number(now.date())
    rows = [(one, week - back, 75, None) for one in (await ids(database)).values() for back in range(5)]
    await database.usage.put(ALL, rows)
    await database.usage.finish(ALL, now - timedelta(days=1), week)
    await database.close()
    return tmp_path


async def dry_run(*arguments: str) -> Result:
    """The command, in a thread of its own because it runs an event loop."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["health", "dry-run", *arguments]))


async def test_whoever_would_change_colour_is_named_with_the_reason(folder: Path) -> None:
    found = await dry_run("--adoption-green", "0.7")
    assert (found.exit_code, found.output.splitlines()) == (
        0,
        [
            "Acme: yellow → green (Adoption)",
            "[1mBold: yellow → green (Adoption)",
            "2 of 2 customers would change colour:",
            "  2 yellow → green",
        ],
    )
    assert (await dry_run("--adoption-green", "0.76")).output == "0 of 2 customers would change colour.\n"


async def test_the_report_is_json_and_nothing_else(folder: Path) -> None:
    told = json.loads((await dry_run("--adoption-yellow", "0.79", "--json")).output)
    assert [(one["name"], one["now"], one["then"], one["indicators"]) for one in told["changed"]] == [
        ("Acme", "yellow", "red", ["Adoption"]),
        ("\x1b[1mBold", "yellow", "red", ["Adoption"]),
    ]
    assert (told["counts"], told["customers"]) == ({"yellow → red": 2}, 2)
    assert json.loads((await dry_run("--drop-base", "9", "--json")).output)["changed"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "dossier: name at least one threshold, for example --adoption-green 0.7; see --help"),
        (["--adoption-green", "1.2"], "dossier: --adoption-green Input should be less than or equal to 1"),
        (["--adoption-green", "0.4"], "dossier: the red limit of adoption must lie below the green one"),
    ],
)
async def test_thresholds_that_make_no_sense_are_told(folder: Path, arguments: list[str], sentence: str) -> None:
    found = await dry_run(*arguments)
    assert (found.exit_code, found.output) == (2, f"{sentence}\n")
