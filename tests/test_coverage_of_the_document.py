"""docs/coverage.md names a test for every row of the customer document's rules, and every one of them exists."""

import re

import pytest

from tests.conftest import ROOT, SEED

_ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "| ---" not in line
][1:]
_SECTIONS = {
    "Health Indicators": ("### Health Indicators", "### Monitoring"),
    "Monitoring": ("### Monitoring", "---"),
    "Maintenance": ("**Review Cycle:**", "---"),
    "Feature Requests": ("### Feature Requests", "### Bug Reports"),
    "Bug Reports": ("### Bug Reports", "---"),
    "Playbooks": ("## Customer Success Playbooks", "---"),
}
_MARKS = re.compile(r"^(?:- |\d\. |### )(?:[^\x00-\x7f]+\s*)?")  # a bullet, a number, a heading; and a damaged emoji


def test_the_table_is_read() -> None:
    assert len(_ROWS) > 40
    assert {len(row) for row in _ROWS} == {4}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[1][:40])
def test_every_row_names_a_test_that_exists(row: tuple[str, ...]) -> None:
    file, _, name = row[3].partition("::")
    assert re.search(rf"^(?:async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.skipif(not SEED.exists(), reason="the customer document is not here")
@pytest.mark.parametrize("section", _SECTIONS)
def test_every_rule_of_the_document_is_in_the_table(section: str) -> None:
    begins, ends = _SECTIONS[section]
    text = SEED.read_text(encoding="utf-8").partition(f"\n{begins}\n")[2].partition(f"\n{ends}")[0]
    rules = [_MARKS.sub("", line).strip() for line in text.splitlines() if _MARKS.match(line)]
    told = [row[1] for row in _ROWS if row[0] == section]
    assert rules
    assert [rule for rule in rules if not any(one in rule for one in told) and not rule.startswith(_LEFT_OUT)] == []


_LEFT_OUT = ("See [", "Renewal Playbook", "Churn Prevention Playbook")  # a link, and headings whose rows are there
