"""`dossier playbooks` and what `dossier check` says about the files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.check import examine
from bot.cli import app
from bot.settings import load


def playbooks(monkeypatch: pytest.MonkeyPatch, folder: Path | None, *more: str) -> tuple[int, str]:
    if folder:
        monkeypatch.setenv("PLAYBOOKS", str(folder))
    else:
        monkeypatch.delenv("PLAYBOOKS", raising=False)
    done = CliRunner().invoke(app, ["playbooks", *more])
    return done.exit_code, done.output


def test_the_shipped_ones_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = playbooks(monkeypatch, None)
    assert (code, told.count("\n")) == (0, 3)
    assert "renewal: Renewal, 13 steps, counted from the renewal; csm, engineering, sales\n" in told
    report = json.loads(playbooks(monkeypatch, None, "--json")[1])
    assert [one["kind"] for one in report["playbooks"]] == ["churn-prevention", "onboarding", "renewal"]
    assert report["playbooks"][2]["steps"][0]["days"] == -90


def test_a_mistake_names_file_and_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "renewal.md").write_text("# Renewal\n**Days count from:** start\n\n## Begin\n**When:** soon\n")
    code, told = playbooks(monkeypatch, tmp_path)
    assert code == 1
    assert told.startswith("renewal.md:5: “soon” is no day. (Write **When:** 30 days before")


async def test_check_tells_the_same(tmp_path: Path) -> None:
    (tmp_path / "renewal.md").write_text("# Renewal\n")
    (tmp_path / "fine.md").write_text("# Fine\n**Days count from:** start\n## Begin\n**When:** day 1\n")
    settings = load({"PLAYBOOKS": str(tmp_path), "DATA_DIR": str(tmp_path / "data")})
    told = [(one.ok, one.said) for one in await examine(settings) if one.about == "playbooks"]
    assert (False, "renewal.md:1: There are no steps. (Write each as a heading: ## Book the meeting.)") in told
    assert told[-1] == (True, "fine: Fine, 1 step, counted from the start; csm")
