"""What the known sections say: issues, history, custom code, and the numbers that the document itself states.

The forms are those of the customer document's template: `Issue #1: Description, workaround`, `YYYY-MM-DD: details`,
bullets File / Description / Owner, `Adoption: X% users active weekly`, `Satisfaction: NPS score Z`, and
`Users: X active users`.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import zip_longest

from customers.documents.bullets import Bullet, labelled
from customers.documents.findings import Notes
from customers.model import CustomCode, HistoryEntry, KnownIssue, Stated

_NUMBERED = re.compile(r"(?:\*\*|__)?issue\s{0,3}#?\d{1,6}(?:\*\*|__)?\s?[:.)–—-]\s?(?:\*\*|__)?\s*", re.IGNORECASE)
_NONE = re.compile(
    r"(?:none|n/a|nothing|no (?:known )?(?:issues?|workaround)|none (?:known|so far|yet|reported)|tbd|-|–|—)\.?",
    re.IGNORECASE,
)
_MARK = re.compile(r"\*{0,2}\b(workaround|work-around|status)\b\*{0,2}\s?:\*{0,2}", re.IGNORECASE)
_STATES = (
    "expected", "open", "fixed", "resolved", "closed", "monitoring", "investigating", "under investigation", "planned",
    "in progress", "known", "by design", "won't fix", "wontfix", "mitigated", "blocked", "pending", "waiting",
    "reported", "scheduled", "deferred", "intermittent",
)  # fmt: skip
_DATED = re.compile(
    r"(?:\*\*|__)?(\d{4}-\d{2}-\d{2})(?:\*\*|__)?(?![\dT])\s{0,3}[:–—-]?(?:\*\*|__)?\s*(.*)", re.DOTALL | re.ASCII
)
_DATE_LIKE = re.compile(
    r"(?:\*\*|__)?(?:\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?|(?:\d{1,2}\.? )?[A-Z][a-z]{2,8}\.? \d{1,4}(?:, ?\d{4})?)"
    r"(?:\*\*|__)?\s?[:–—-]"
)
_UNFILLED = "YYYY-MM-DD"
_ONE_NUMBER = re.compile(r"(?<![\d.,–-])(\d{1,3}(?:,\d{3})+|\d{1,9})(?![\d.,]*\d)")
_PERCENT = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)\s?%")
_NPS = re.compile(
    r"\bNPS\b(?:\s+score)?(?:\s+(?:of|is|at|now))?\s*[:=]?\s*([-+−–]?\s?\d{1,9})(?![.,]?\d|\s?[-–]\s?\d|\s?%)",
    re.IGNORECASE,
)
_LOCATIONS = frozenset(("file", "files", "location", "path", "directory", "folder"))
_REVIEWS = frozenset(("last review", "last reviewed", "reviewed", "review"))
_OWNERS = frozenset(("owner", "owners", "engineering contact", "contact"))
_LONGEST = 300  # characters of a bullet in which a number is looked for


def issues_of(bullets: Iterable[Bullet]) -> Iterator[KnownIssue]:
    """Known Issues. "- None" is no issue."""
    for bullet in bullets:
        text = _NUMBERED.sub("", bullet.text, count=1)
        parts = _marked(text)
        extra: list[str] = []
        for nested in bullet.nested:
            below = _marked(nested)
            extra += [below.pop("text")] if below.get("text") else []
            parts = {**below, **parts}
        issue, state = _stated_in_brackets(parts.get("text", ""))
        issue = "\n".join(filter(None, (issue, *extra)))
        if issue and not (_NONE.fullmatch(issue) and len(parts) == 1):
            workaround = parts.get("workaround", "")
            workaround = "" if _NONE.fullmatch(workaround) else workaround
            yield KnownIssue(issue, workaround or None, parts.get("status") or state)


def _marked(text: str) -> dict[str, str]:
    """The clauses of an issue: "A, workaround: b. Status: open" → text "A", workaround "b", status "open"."""
    marks = [mark for mark in _MARK.finditer(text) if _begins_clause(text, mark.start())]
    if not marks:
        return {"text": text.strip()} if text.strip() else {}
    parts = {"text": _clause(text[: marks[0].start()], opened=True)}
    for mark, after in zip_longest(marks, marks[1:]):
        key = "status" if mark[1].casefold() == "status" else "workaround"
        bracketed = text[max(0, mark.start() - 20) : mark.start()].rstrip().endswith("(")
        clause = text[mark.end() : after.start() if after else len(text)]
        parts.setdefault(key, _clause(clause, opened=after is not None, bracketed=bracketed))
    return {key: value for key, value in parts.items() if value}


def _begins_clause(text: str, at: int) -> bool:
    before = text[max(0, at - 20) : at].rstrip()
    return not before or before[-1] in ".,;:(–—-!?)|"


def _clause(text: str, opened: bool, bracketed: bool = False) -> str:
    """Without the marks that part it from its neighbours."""
    text = text.strip()
    if opened:
        text = text.rstrip(" ,;:(–—-|").removesuffix(".")
    return text.removesuffix(".").removesuffix(")").strip() if bracketed else text


def _stated_in_brackets(text: str) -> tuple[str, str | None]:
    """A state in brackets at the end: "Badge always visible (expected)" → the text without it, and "expected"."""
    bare = text.removesuffix(".")
    at = bare.rfind("(")
    if not bare.endswith(")") or at < 1:
        return text, None
    inside = bare[at + 1 : -1].strip()
    if not inside.casefold().startswith(_STATES) or len(inside) > 80:
        return text, None
    return bare[:at].strip(), inside


def history_of(bullets: Iterable[Bullet], notes: Notes) -> Iterator[HistoryEntry]:
    """Support History in the order written; what is nested below an entry follows it on lines of its own."""
    for bullet in bullets:
        text, on = bullet.text, None
        if text.lstrip("*_").startswith(_UNFILLED) or _NONE.fullmatch(text):
            continue
        if match := _DATED.match(text):
            on = _calendar(match[1])
            text = match[2].strip() if on else text
        if on is None and (match or _DATE_LIKE.match(text)):
            message = f"The date of “{text[:60]}” cannot be read, so the entry is undated."
            notes.warn(bullet.line + 1, message, "Begin the entry with YYYY-MM-DD and a colon.")
        if text := "\n".join(filter(None, (text, *bullet.nested))):
            yield HistoryEntry(text, on)


def _calendar(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def code_of(bullets: Iterable[Bullet], notes: Notes) -> Iterator[CustomCode]:
    """Custom Code: every File bullet begins another piece; Description, Owner and Last review belong to it."""
    piece: dict[str, str] = {}
    reviewed: date | None = None
    for bullet in bullets:
        for text in (bullet.text, *bullet.nested):
            key, value = _code_line(text)
            if not key or (key == "location" and _NONE.fullmatch(value)):
                continue
            if key == "location" and piece.keys() & {"location"}:
                yield CustomCode(**piece, reviewed=reviewed)
                piece, reviewed = {}, None
            if key == "reviewed":
                reviewed = _reviewed(value, bullet, notes)
            else:
                piece.setdefault(key, value)
    if piece or reviewed:
        yield CustomCode(**piece, reviewed=reviewed)


def _code_line(text: str) -> tuple[str, str]:
    label, value = labelled(text)
    if label in _LOCATIONS:
        return "location", value.strip("`")
    if label in _REVIEWS:
        return "reviewed", value
    if label in _OWNERS:
        return "owner", value
    if label in ("description", "purpose"):
        return "description", value
    bare = re.fullmatch(r"`([^`]+)`\s*", text)
    return ("location", bare[1]) if bare else ("", text)


def _reviewed(value: str, bullet: Bullet, notes: Notes) -> date | None:
    on = _calendar(value[:10]) if re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", value, re.ASCII) else None
    if on is None and value.casefold() not in ("", "never", "yyyy-mm-dd", "n/a", "tbd", "none"):
        message = f"The date of the last review, “{value[:40]}”, cannot be read."
        notes.warn(bullet.line + 1, message, "Write it as YYYY-MM-DD.")
    return on


def stated_of(metrics: Iterable[Bullet], configuration: Iterable[Bullet], notes: Notes) -> Stated:
    """The numbers under Success Metrics and Configuration. Two of them in one line are a range and give None."""
    adoption: float | None = None
    satisfaction: int | None = None
    users: int | None = None
    for bullet in metrics:
        label, value = labelled(bullet.text[:_LONGEST])
        if label.startswith("adoption") and adoption is None:
            adoption = _adoption(value, bullet, notes)
        elif "nps" in bullet.text[:_LONGEST].casefold() and satisfaction is None:
            satisfaction = _satisfaction(bullet, notes)
    for bullet in configuration:
        label, value = labelled(bullet.text[:_LONGEST])
        numbers = _ONE_NUMBER.findall(value)
        if label in ("users", "active users", "seats") and users is None and len(numbers) == 1:
            users = int(numbers[0].replace(",", "")) if not re.search(r"\d[.–-]\d", value) else None
    return Stated(adoption, satisfaction, users)


def _adoption(value: str, bullet: Bullet, notes: Notes) -> float | None:
    shares = _PERCENT.findall(value)
    if len(shares) != 1 or re.search(r"\d\s?[–-]\s?\d+\s?%", value):
        return None
    share = float(shares[0])
    if not 0 <= share <= 100:
        message = f"An adoption of {shares[0]} % cannot be, so it is not shown."
        notes.warn(bullet.line + 1, message, "Adoption lies between 0 % and 100 %.")
        return None
    return round(share / 100, 6)


def _satisfaction(bullet: Bullet, notes: Notes) -> int | None:
    match = _NPS.search(bullet.text[:_LONGEST])
    if match is None:
        return None
    score = int(re.sub(r"[−–]", "-", match[1]).replace(" ", ""))
    if not -100 <= score <= 100:
        message = f"An NPS of {score} cannot be, so it is not shown."
        notes.warn(bullet.line + 1, message, "NPS lies between -100 and 100.")
        return None
    return score
