"""`dossier schedule`: an operator sees what is due and says that the date is right."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.app import utc_now
from bot.cli import app
from customers.clock import MARK
from storage.database import open_database
from tests.storage.harbour import ALL


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TIMEZONE", "Europe/Berlin")
    return tmp_path


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["schedule", *words])


def _last_seen(folder: Path, ago: timedelta) -> None:
    async def work() -> None:
        database = await open_database(f"sqlite:///{folder}/dossier.sqlite3")
        await database.watermarks.move(ALL, MARK, utc_now() - ago)
        await database.close()

    asyncio.run(work())


def test_what_is_due_next_is_listed_by_the_teams_zone() -> None:
    listed = _run("list")
    assert listed.exit_code == 0
    lines = listed.stdout.splitlines()
    assert any(line.startswith("Mon ") and " 10:00 CE" in line and line.endswith("product_queue") for line in lines)
    dues = [one["due"] for one in json.loads(_run("list", "--json").stdout)["coming"]]
    assert dues == sorted(dues)
    assert len(dues) == len(lines)
    assert len(_run("list", "--limit", "1").stdout.splitlines()) == 1


def test_a_date_that_nobody_doubts_needs_no_word(folder: Path) -> None:
    _last_seen(folder, timedelta(days=3))
    confirmed = _run("confirm")
    assert (confirmed.exit_code, "nobody doubted it" in confirmed.stdout) == (0, True)


def test_a_clock_that_leapt_is_shown_and_found_right(folder: Path) -> None:
    _last_seen(folder, timedelta(days=80))
    held = _run("list")
    assert held.exit_code == 1
    assert "HELD" in held.stderr
    confirmed = _run("confirm")
    assert (confirmed.exit_code, "goes on" in confirmed.stdout) == (0, True)
    assert _run("list").exit_code == 0
