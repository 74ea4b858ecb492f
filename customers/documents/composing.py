"""Bullets in the template's form, for values that did not come from a document.

Text that somebody typed in Slack must never become a heading, a customer or a code fence of the document.
"""

import re
from collections.abc import Iterator

from customers.model import CustomCode, HistoryEntry, KnownIssue, Profile, Topic

_OPENING = re.compile(r"[`~]{3}|<")


def one_line(text: str) -> str:
    """Text on one line, with single spaces, and without NUL, for which a whole document would be refused."""
    return " ".join(text.replace("\0", "").split())


def bullet_of(entry: HistoryEntry) -> list[str]:
    """`- YYYY-MM-DD: text`, further lines of the text nested below it."""
    first, *more = _split(entry.text)
    head = f"{entry.on}: {first}" if entry.on else _shut(first)  # behind a date nothing opens a block
    return [f"- {head}\n", *(f"  - {_shut(line)}\n" for line in more)]


def _lines(text: str) -> list[str]:
    """Each line of a text on its own, unable to open a block that would hide what follows."""
    return [_shut(line) for line in _split(text)]


def _split(text: str) -> list[str]:
    return [line for line in map(one_line, text.split("\n")) if line] or [""]


def _shut(line: str) -> str:
    return f"\\{line}" if _OPENING.match(line) else line


def bullets_for(profile: Profile, topic: Topic) -> list[str]:
    """The lines of a section that has no text of its own."""
    if topic is Topic.ISSUES:
        return [line for issue in profile.issues for line in _issue(issue)]
    if topic is Topic.HISTORY:
        return [line for entry in profile.history for line in bullet_of(entry)]
    if topic is Topic.CODE:
        return [line for piece in profile.code for line in _code(piece)]
    if topic is Topic.METRICS:
        return list(_metrics(profile))
    if topic is Topic.CONFIGURATION and profile.stated.users is not None:
        return [f"- Users: {profile.stated.users} active users\n"]
    return []


def _issue(issue: KnownIssue) -> Iterator[str]:
    first, *more = _lines(issue.text)
    yield f"- {first}\n"
    yield from (f"  - {line}\n" for line in more)
    if issue.workaround:
        yield f"  - Workaround: {one_line(issue.workaround)}\n"
    if issue.state:
        yield f"  - Status: {one_line(issue.state)}\n"


def _code(piece: CustomCode) -> Iterator[str]:
    yield f"- File: `{one_line(piece.location)}`\n" if piece.location else "- File: not said\n"
    if piece.description:
        yield f"- Description: {one_line(piece.description)}\n"
    if piece.owner:
        yield f"- Owner: {one_line(piece.owner)}\n"
    if piece.reviewed:
        yield f"- Last review: {piece.reviewed}\n"


def _metrics(profile: Profile) -> Iterator[str]:
    if profile.stated.adoption is not None:
        yield f"- Adoption: {round(profile.stated.adoption * 100, 6):g}% users active weekly\n"
    if profile.stated.satisfaction is not None:
        yield f"- Satisfaction: NPS score {profile.stated.satisfaction}\n"
