"""What the known sections say: issues, history, custom code, stated numbers."""

from datetime import date

import pytest

from customers.documents import Parsed, parse
from customers.model import CustomCode, HistoryEntry, KnownIssue, Stated


def below(title: str, body: str) -> Parsed:
    return parse(f"## A\n**Status:** Active\n\n### {title}\n{body}\n", "c.md")


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ("- Slow", KnownIssue("Slow")),
        ("* Issue #1: Slow, workaround: wait", KnownIssue("Slow", "wait")),
        ("- **Issue #12:** Slow. Workaround: wait. Then wait.", KnownIssue("Slow", "wait. Then wait.")),
        ("1. Issue 2 - Slow; status: open", KnownIssue("Slow", None, "open")),
        ("- Slow, status: open, workaround: wait", KnownIssue("Slow", "wait", "open")),
        ("- Slow (workaround: wait)", KnownIssue("Slow", "wait")),
        ("- Slow (workaround: wait).", KnownIssue("Slow", "wait")),
        ("- Slow, workaround: none", KnownIssue("Slow")),
        ("- Slow (expected)", KnownIssue("Slow", None, "expected")),
        ("- Slow (expected for testing).", KnownIssue("Slow", None, "expected for testing")),
        ("- Slow (since v2)", KnownIssue("Slow (since v2)")),
        ("- Slow\n  - **Workaround:** wait\n  - Status: open", KnownIssue("Slow", "wait", "open")),
        ("- Slow\n  - on Mondays\n    - at nine", KnownIssue("Slow\non Mondays\nat nine")),
        ("- Slow when the\n  whole team\nlogs in", KnownIssue("Slow when the whole team logs in")),
        ("- [ ] Slow", KnownIssue("Slow")),
        ("- The workaround: page is slow", KnownIssue("The workaround: page is slow")),
        ("- Slow\n\n  ```\n  - not a bullet\n  ```", KnownIssue("Slow")),
        ("#### Open\n- Slow", KnownIssue("Slow")),
    ],
)
def test_known_issues(body: str, issue: KnownIssue) -> None:
    parsed = below("Known Issues", body)
    assert (parsed.customers[0].issues, parsed.problems) == ((issue,), ())


@pytest.mark.parametrize(
    "body", ["- None", "- n/a.", "- No known issues", "", "None so far.", "---\n* * *", "> - quoted"]
)
def test_no_issues(body: str) -> None:
    assert below("Known Issues", body).customers[0].issues == ()


def test_several_issues_and_a_paragraph_between() -> None:
    issues = below("Known Issues", "- one\n- two\n\nA paragraph.\n\n- three\n#### Old\n- four").customers[0].issues
    assert [issue.text for issue in issues] == ["one", "two", "three", "four"]


def test_a_section_of_another_title_ends_the_issues() -> None:
    assert len(below("Known Issues", "- one\n### Quirks\n- two").customers[0].issues) == 1


@pytest.mark.parametrize(
    ("bullet", "entry"),
    [
        ("2026-01-02: Mended", HistoryEntry("Mended", date(2026, 1, 2))),
        ("2026-01-02 – Mended", HistoryEntry("Mended", date(2026, 1, 2))),
        ("**2026-01-02:** Mended", HistoryEntry("Mended", date(2026, 1, 2))),
        ("2026-01-02: Mended\n  - by Ana", HistoryEntry("Mended\nby Ana", date(2026, 1, 2))),
        ("Called them twice", HistoryEntry("Called them twice")),
    ],
)
def test_history(bullet: str, entry: HistoryEntry) -> None:
    parsed = below("Support History", f"- {bullet}")
    assert (parsed.customers[0].history, parsed.problems) == ((entry,), ())


@pytest.mark.parametrize(
    "bullet", ["2026-02-30: x", "2026-13-01: x", "02.01.2026: x", "5/11/26 - x", "Nov 5: x", "5 Nov 2025: x"]
)
def test_history_with_a_date_that_is_none(bullet: str) -> None:
    parsed = below("Support History", f"- {bullet}\n- 2026-01-02: y")
    assert parsed.customers[0].history == (HistoryEntry(bullet), HistoryEntry("y", date(2026, 1, 2)))
    (problem,) = parsed.problems
    assert (problem.line, problem.broken) == (5, False)
    assert "cannot be read, so the entry is undated" in problem.message


def test_history_keeps_its_order_and_drops_the_template() -> None:
    history = (
        below("Support History", "- 2026-01-02: a\n- 2026-03-04: b\n- YYYY-MM-DD: Issue resolved").customers[0].history
    )
    assert [entry.text for entry in history] == ["a", "b"]


def test_custom_code() -> None:
    body = """- File: `src/a.py`
- Description: Makes: things
- Owner: Ana
- Last review: 2026-01-02
- **Location:** src/b/
  - Owner: Bo
- `src/c.py`
- a remark"""
    assert below("Custom Code", body).customers[0].code == (
        CustomCode("src/a.py", "Makes: things", "Ana", date(2026, 1, 2)),
        CustomCode("src/b/", None, "Bo"),
        CustomCode("src/c.py"),
    )


def test_a_review_that_cannot_be_read() -> None:
    parsed = below("Custom Code", "- File: a\n- Last review: last spring")
    assert parsed.customers[0].code == (CustomCode("a"),)
    assert (parsed.problems[0].line, "last spring" in parsed.problems[0].message) == (6, True)


@pytest.mark.parametrize("body", ["- None", "- File: none", "nothing"])
def test_no_custom_code(body: str) -> None:
    assert below("Custom Code", body).customers[0].code == ()


@pytest.mark.parametrize(
    ("bullet", "stated"),
    [
        ("Adoption: 72% users active weekly", Stated(adoption=0.72)),
        ("Adoption: 72.5 % (good)", Stated(adoption=0.725)),
        ("**Adoption:** 0%", Stated(adoption=0.0)),
        ("Adoption: 50-80%", Stated()),
        ("Adoption: X% users", Stated()),
        ("Adoption: 60% up from 50%", Stated()),
        ("Satisfaction: NPS score 41", Stated(satisfaction=41)),
        ("NPS: -20", Stated(satisfaction=-20)),
        ("NPS −20", Stated(satisfaction=-20)),
        ("Satisfaction: NPS of 0 (was 12)", Stated(satisfaction=0)),
        ("NPS 30-40", Stated()),
        ("NPS 4.5", Stated()),
        ("NPS score Z", Stated()),
    ],
)
def test_stated_metrics(bullet: str, stated: Stated) -> None:
    parsed = below("Success Metrics", f"- {bullet}")
    assert (parsed.customers[0].stated, parsed.problems) == (stated, ())


@pytest.mark.parametrize("bullet", ["Adoption: 180%", "Adoption: -3%", "NPS 900", "NPS: -101"])
def test_metrics_that_cannot_be(bullet: str) -> None:
    parsed = below("Success Metrics", f"- {bullet}")
    assert parsed.customers[0].stated == Stated()
    assert (parsed.problems[0].line, parsed.problems[0].broken) == (5, False)
    assert "cannot be" in parsed.problems[0].message


@pytest.mark.parametrize(
    ("bullet", "users"),
    [
        ("Users: 120 active users", 120), ("Users: 1,200", 1200), ("users: Multiple test users", None),
        ("Users: 80-100", None), ("Users: 120 of 240", None), ("Workflows: 12", None), ("Users: 1.200", None),
    ],
)  # fmt: skip
def test_stated_users(bullet: str, users: int | None) -> None:
    assert below("Configuration", f"- {bullet}").customers[0].stated.users == users
