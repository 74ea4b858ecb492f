"""What stands in the repository at the start: labels a team has, one finished issue, one open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["LABELS", "NAME", "OLD_ISSUES", "OWNER"]

OWNER, NAME = "harbour", "product"

LABELS = (
    ("bug", "d73a4a", "Something is broken"),
    ("enhancement", "a2eeef", "A wish"),
    ("customer-reported", "5319e7", "A customer told us"),
    ("severity:critical", "b60205", "System down"),
    ("severity:high", "d93f0b", "Feature broken"),
    ("severity:medium", "fbca04", "Inconvenience"),
    ("severity:low", "c2e0c6", "Cosmetic"),
)


@dataclass(frozen=True, slots=True)
class OldIssue:
    """An issue that is there from the start; comments are (login, text, instant)."""

    title: str
    body: str
    author: str
    at: datetime
    labels: tuple[str, ...]
    comments: tuple[tuple[str, str, datetime], ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None


OLD_ISSUES = (
    OldIssue(
        "Import of large rate sheets takes minutes",
        "Sheets with more than 50,000 rows block the import for everybody else.",
        "jonas",
        datetime(2026, 10, 26, 9, 30, tzinfo=UTC),
        ("bug",),
        (("jonas", "Rows are written in batches now, 40 % faster.", datetime(2026, 11, 10, 13, 50, tzinfo=UTC)),),
        datetime(2026, 11, 10, 13, 55, tzinfo=UTC),
        "jonas",
    ),
    OldIssue(
        "Dark colours for the dispatch board",
        "Night shifts ask for it.",
        "iris",
        datetime(2026, 11, 3, 15, 5, tzinfo=UTC),
        ("enhancement",),
    ),
)
