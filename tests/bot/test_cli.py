"""The command line as its own process: what it prints, and its exit codes."""

import asyncio
import json
import os
import sqlite3
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.demo import EXAMPLES
from customers.history import Draft
from customers.intents import Source
from customers.logbook import Logbook
from customers.people import Reader, Standing
from customers.scope import All
from storage.database import open_database
from tests.conftest import ROOT


async def _dossier(*arguments: str, data: Path, stdin: str = "", **environment: str) -> tuple[int, str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments,
        env={**kept, "DATA_DIR": str(data), "PYTHONPATH": str(ROOT), **environment},
        cwd=data, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(stdin.encode())
    return process.returncode or 0, out.decode(), err.decode()


async def test_import_export_and_usage_fit_together(tmp_path: Path) -> None:
    code, out, _ = await _dossier("import", str(EXAMPLES), data=tmp_path)
    assert (code, out) == (0, "4 files, customers: 4 added, 0 changed, 0 unchanged, 0 missing, 0 broken\n")
    _, text, _ = await _dossier("export", data=tmp_path)
    (tmp_path / "all.md").write_text(text)
    code, out, _ = await _dossier(
        "import", str(tmp_path / "all.md"), data=tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/again.sqlite3"
    )
    assert "4 added" in out
    rows = "customer,week,active_users\nbwl,2026-W44,7\nbwl,2026-W45,-3\nnobody,2026-W45,3\n"
    code, out, err = await _dossier("usage", "import", "-", data=tmp_path, stdin=rows)
    assert (code, out) == (1, "1 rows stored, 2 left out\n")
    assert "line 3: “-3” is not a whole number" in err
    assert "line 4: no customer is called “nobody”" in err


async def test_json_reports_are_json_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\n**Status:** Actve\n**Tier:** Growth\n")
    code, out, _ = await _dossier("import", "--json", str(tmp_path / "a.md"), data=tmp_path)
    assert (code, json.loads(out)["broken"]) == (1, ["A"])


async def test_one_customer_is_exported_by_any_of_its_names(tmp_path: Path) -> None:
    await _dossier("import", str(EXAMPLES), data=tmp_path)
    code, out, _ = await _dossier("export", "BWL", data=tmp_path)
    assert (code, out.count("**Status:**")) == (0, 1)
    code, _, err = await _dossier("export", "brightwter", data=tmp_path)
    assert (code, "similar: Brightwater Logistics" in err) == (2, True)


async def test_what_was_added_in_slack_is_in_the_export_and_comes_back(tmp_path: Path) -> None:
    here = {"data": tmp_path, "DATABASE_URL": f"sqlite:///{tmp_path}/here.sqlite3"}
    await _dossier("import", str(EXAMPLES), **here)
    words = "They said:\n\n# Evil\n**Status:** Churned\n```\nmoved <b>depot</b>"
    await _add(here["DATABASE_URL"], "Oakline Retail", date(2026, 11, 17), words)
    code, text, _ = await _dossier("export", **here)
    line = "- 2026-11-17: They said: # Evil **Status:** Churned ``` moved <b>depot</b>\n"
    assert (code, text.count(line)) == (0, 1)
    assert text.index("Oakline Retail") < text.index(line)
    (tmp_path / "all.md").write_text(text)
    there = {"data": tmp_path, "DATABASE_URL": f"sqlite:///{tmp_path}/there.sqlite3"}
    assert "4 added, 0 changed" in (await _dossier("import", str(tmp_path / "all.md"), **there))[1]
    _, again, _ = await _dossier("export", **there)
    assert again == text
    _, one, _ = await _dossier("export", "bwl", **here)
    assert line not in one


async def _add(url: str, name: str, on: date, words: str) -> None:
    database = await open_database(url)
    try:
        _, named = await database.records.names(All("test"))
        customer = next(one.customer_id for one in named if one.name == name)
        reader, now = Reader("U0MAYA", Standing.MEMBER), datetime(2026, 11, 18, tzinfo=UTC)
        await Logbook(database.history).add(Draft(customer, on, words, Source()), reader, "view:V1", now)
    finally:
        await database.close()


async def test_a_usage_file_with_a_wrong_heading_is_refused_with_the_right_one(tmp_path: Path) -> None:
    code, _, err = await _dossier("usage", "import", "-", data=tmp_path, stdin="a,b,c\n1,2,3\n")
    assert (code, "the first line must be customer,week,active_users" in err) == (2, True)


async def test_running_without_settings_tells_each_missing_one(tmp_path: Path) -> None:
    code, _, err = await _dossier("run", data=tmp_path)
    assert (code, len(err.splitlines())) == (2, 2)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x/y", "Dossier runs on sqlite and postgresql"),
        ("nonsense", "DATABASE_URL is not a URL"),
        ("postgresql://me@127.0.0.1:9/x?nonsense=1", "only sslmode and host are known"),
        ("postgresql://me@127.0.0.1:9/x?sslmode=disable", "The database cannot be reached"),
        ("sqlite:////proc/no/such.sqlite3", "dossier: "),
        ("postgresql://nobody@127.0.0.1:9/none", "The database cannot be reached"),
    ],
)
async def test_a_database_that_cannot_be_used_is_one_line(tmp_path: Path, url: str, said: str) -> None:
    code, _, err = await _dossier("migrate", data=tmp_path, DATABASE_URL=url)
    assert (code, said in err, len(err.splitlines())) == (2, True, 1), err


async def test_a_database_of_a_newer_dossier_is_refused(tmp_path: Path) -> None:
    await _dossier("migrate", data=tmp_path)
    with sqlite3.connect(tmp_path / "dossier.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    code, _, err = await _dossier("migrate", data=tmp_path)
    assert (code, "written by a newer Dossier" in err) == (2, True)


async def test_the_manifest_can_be_printed_for_http(tmp_path: Path) -> None:
    code, out, _ = await _dossier("manifest", "--url", "https://d.example", data=tmp_path)
    assert (code, "https://d.example/slack/events" in out) == (0, True)


async def test_a_port_that_is_taken_is_told_with_the_next_one(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    code, _, err = await _dossier("sandbox", "--port", str(port), data=tmp_path)
    server.close()
    assert (code, err) == (2, f"dossier: port {port} is taken; stop the other sandbox, or use --port {port + 1}\n")


async def test_check_goes_on_behind_a_wrong_setting(tmp_path: Path) -> None:
    code, out, _ = await _dossier("check", "--json", data=tmp_path, PORT="x", SLACK_BOT_TOKEN="xoxp-1")
    found = [(one["about"], one["said"]) for one in json.loads(out)]
    assert code == 1
    assert ("settings", "PORT is not a whole number") in found
    assert ("database", "sqlite, 0 usage rows") in found


async def test_a_manifest_for_an_address_that_slack_cannot_reach_is_refused(tmp_path: Path) -> None:
    code, _, err = await _dossier("manifest", "--url", "http://d.example", data=tmp_path)
    assert (code, "--url must begin with https://" in err) == (2, True)
