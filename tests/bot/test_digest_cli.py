"""`dossier digest`: an operator reads what would be posted, and posts one now."""

import asyncio
import json
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.sandbox import check_blocks
from customers.subscriptions import Subscription
from storage.database import open_database
from tests.storage.harbour import ALL, profile, put

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)


@pytest.fixture
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One channel with a digest, and another whose digest is paused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    database = await open_database(f"sqlite:///{tmp_path}/dossier.sqlite3")
    await put(database, profile("Acme", renewal=datetime.now(UTC).date()), now=NOW)
    for channel, paused in (("C1", None), ("C2", NOW)):
        found = Subscription(channel, 0, time(9), ZoneInfo("UTC"), (), (), NOW, "U0MAYA", NOW, paused)
        await database.digests.save(ALL, found)
    await database.close()
    return tmp_path


async def told(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["digest", *arguments])


async def test_what_would_be_posted_is_printed(folder: Path) -> None:
    seen = await told("preview", "C1")
    assert seen.exit_code == 0
    assert "All customers. Health has not been judged yet, so this tells of everything else." in seen.output
    assert "Renewals coming up · 1\n  🔴" not in seen.output
    assert "Acme" in seen.output
    [message] = json.loads((await told("preview", "C1", "--json")).output)
    assert check_blocks(message["blocks"]) == []
    assert "C9 has no digest; this is of everybody's customers" in (await told("preview", "C9")).output


async def test_one_is_sent_now_and_not_twice_a_minute(folder: Path) -> None:
    for _ in range(2):
        assert "of C1 is posted by the running bot." in (await told("send", "C1")).output
    database = await open_database(f"sqlite:///{folder}/dossier.sqlite3")
    rows = await database.outbox.page(ALL, (), 9)
    await database.close()
    assert {row.intent.kind for row in rows} == {"digest"}
    assert len({row.intent.key for row in rows}) == len(rows) <= 2  # two when the minute ended in between
    paused, unknown = await told("send", "C2"), await told("send", "C9")
    assert (paused.exit_code, unknown.exit_code) == (1, 2)
    assert "is paused; type /digest resume there" in paused.output
    assert "This channel has no weekly digest." in unknown.output
