"""What is documented is tested, what exists is documented."""

import re
from pathlib import Path

import pytest

from docs.generate import pages
from tests.conftest import ROOT

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MENTIONED = re.compile(r"python3 run\.py ([a-z]+)")


@pytest.mark.parametrize("name", pages())
def test_the_reference_is_what_the_code_says(name: str) -> None:
    """When this is red: python3 run.py docs."""
    assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == pages()[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [one for one in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in one]
    assert [one for one in targets if not (page.parent / one).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_told_exist(page: Path) -> None:
    told = set(MENTIONED.findall(page.read_text(encoding="utf-8")))
    assert told <= set(re.findall(r'^    "(\w+)": \[', (ROOT / "run.py").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_dossier_commands_that_are_told_exist(page: Path) -> None:
    known = set(re.findall(r"^## `dossier ([a-z]+(?: [a-z]+)?)", pages()["cli.md"], re.MULTILINE))
    for told in re.findall(r"`dossier ([a-z]+(?: import)?)\b", page.read_text(encoding="utf-8")):
        assert any(told == one or one.startswith(told + " ") for one in known), told


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in sorted(folder.glob("0*.md")) if page.name not in index] == []


def test_the_manifests_settings_are_in_the_reference() -> None:
    variables = set(
        re.findall(
            r"\b(?:SLACK|HEALTH|CUSTOMER|DATABASE|DOCUMENT|GITHUB|WORK|SPRINT|BUG|FALLBACK)_[A-Z_]+[A-Z]\b",
            _all_pages(),
        )
    )
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in sorted(variables) if f"`{name}`" not in reference] == []


def _all_pages() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
