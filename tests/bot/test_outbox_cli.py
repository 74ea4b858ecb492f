"""`dossier outbox`: an operator sees what waits and why, sends it again or takes it back."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from customers.intents import Intent, State
from storage.database import Database, open_database
from storage.outbox import Outcome, put
from tests.storage.harbour import ALL, HOUR, NOW


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


async def fill(folder: Path) -> None:
    """One row that waits, one that was given up, one that is done."""
    database = await open_database(f"sqlite:///{folder}/dossier.sqlite3")
    intents = [Intent("request_logged", f"fact:{n}", f"C{n}", {"request": n}) for n in (1, 2, 3)]
    await database._facts.run(lambda connection: put(connection, intents, NOW))
    _, two, three = await database.outbox.claim(ALL, NOW, HOUR, HOUR * 0, 9)
    ends = [
        Outcome(two.id, two.attempts, State.DEAD, None, "Slack refused: is_archived"),
        Outcome(three.id, three.attempts, State.DONE, None),
    ]
    await database.outbox.settle(ALL, ends, NOW)
    await database.close()


async def state(folder: Path, row: int) -> State:
    database: Database = await open_database(f"sqlite:///{folder}/dossier.sqlite3")
    found = await database.outbox.find(ALL, row)
    await database.close()
    assert found is not None
    return found.state


def dossier(*arguments: str) -> Result:
    """The command, in a thread of its own because it runs an event loop."""
    return CliRunner().invoke(app, ["outbox", *arguments])


async def told(*arguments: str) -> Result:
    return await asyncio.to_thread(dossier, *arguments)


async def test_what_waits_is_listed_with_its_reason_and_next_step(folder: Path) -> None:
    assert (await told("list")).output == "Nothing waits.\n"
    await fill(folder)
    listed = await told("list")
    assert listed.exit_code == 0
    lines = listed.output.splitlines()
    assert lines[0].startswith("2  dead  request_logged  C2  Slack refused: is_archived  dossier outbox retry 2")
    assert lines[1].startswith("1  sending  request_logged  C1  due 2026-11-18 10:00:00")
    assert len(lines) == 2
    found = json.loads((await told("list", "--json", "--state", "done")).output)
    assert [(one["id"], one["state"], one["attempts"]) for one in found] == [(3, "done", 1)]


async def test_a_row_is_sent_again_or_taken_back(folder: Path) -> None:
    await fill(folder)
    assert (await told("retry", "2")).output == "Row 2 is sent again by the running bot.\n"
    assert await state(folder, 2) is State.NEW
    assert (await told("cancel", "2")).output == "Row 2 is cancelled.\n"
    assert await state(folder, 2) is State.CANCELLED


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("retry", "3"), "row 3 is not one that can be sent again"),
        (("retry", "99"), "there is no row 99; see dossier outbox list"),
        (("cancel", "1"), "row 1 is over or is being sent"),
        (("cancel", "99"), "there is no row 99; see dossier outbox list"),
    ],
)
async def test_what_cannot_be_done_is_said(folder: Path, arguments: tuple[str, str], why: str) -> None:
    await fill(folder)
    answer = await told(*arguments)
    assert answer.exit_code == 1
    assert why in answer.output


async def test_what_waits_by_itself_is_explained_once_below(folder: Path) -> None:
    await fill(folder)
    assert "unknown:" not in (await told("list")).output
    database = await open_database(f"sqlite:///{folder}/dossier.sqlite3")
    ends = [(1, State.UNKNOWN), (2, State.PARKED), (3, State.PARKED)]
    attempts = [(await database.outbox.find(ALL, row)).attempts for row, _ in ends]  # type: ignore[union-attr]
    await database.outbox.settle(
        ALL, [Outcome(row, tries, state, None, "why") for (row, state), tries in zip(ends, attempts, strict=True)], NOW
    )
    await database.close()
    lines = (await told("list")).output.splitlines()
    assert [line.split("  ")[0] for line in lines[:-2]] == ["3", "2", "1"]
    assert lines[-2].startswith("parked: waits for a setting")
    assert lines[-1].startswith("unknown: may have arrived")


@pytest.mark.parametrize(
    ("name", "value"), [("CUSTOMER_DOCS", "nowhere"), ("SLACK_BOT_TOKEN", "xapp-1"), ("ADMINS", "?")]
)
async def test_settings_that_do_not_matter_here_may_be_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    await fill(folder)
    monkeypatch.setenv(name, value)
    assert (await told("list")).output.startswith("2  dead  request_logged")


@pytest.mark.parametrize(
    "wrong",
    [
        {"HEALTH_ADOPTION_GREEN": "0.1"},  # what is wrong here is no single setting
        {"DATABASE_URL": "nonsense\n"},
    ],
)
async def test_doubt_about_which_database_is_meant_stops_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    answer = await told("list")
    assert (answer.exit_code, answer.output.startswith("dossier: ")) == (2, True)


async def test_two_wrong_settings_of_which_one_hides_the_other_stop_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_DOCS", "nowhere")
    monkeypatch.setenv("ADMINS", "?")
    assert (await told("list")).output == "Nothing waits.\n"


async def test_the_database_of_a_file_of_settings_is_the_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(folder)
    (folder / ".env").write_text(f"DATABASE_URL=sqlite:///{folder}/elsewhere.sqlite3\n")
    monkeypatch.setenv("CUSTOMER_DOCS", "nowhere")
    assert (await told("list")).output == "Nothing waits.\n"
    assert (folder / "elsewhere.sqlite3").exists()


async def test_a_database_that_cannot_be_opened_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x/y")
    answer = await told("list")
    assert answer.exit_code == 2
    assert answer.output.startswith("dossier: DATABASE_URL uses 'mysql'")
