"""An issue as GitHub tells it, and a bug as we write it: pure.

Everything that people typed stands inside one fenced code block, where GitHub interprets nothing: no mention notifies,
no reference links, no image loads, no HTML runs (GitHub's pages "Autolinked references and URLs" and "Creating and
highlighting code blocks"; CommonMark, "Fenced code blocks").
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

CUSTOMER_REPORTED = "customer-reported"
# color and description of our labels, for the call that creates a missing one
LOOKS: Mapping[str, tuple[str, str]] = {
    CUSTOMER_REPORTED: ("1d76db", "Reported by a customer through Dossier"),
    "severity:critical": ("b60205", "System down"),
    "severity:high": ("d93f0b", "Feature broken"),
    "severity:medium": ("fbca04", "Inconvenience"),
    "severity:low": ("c2e0c6", "Cosmetic"),
}
TITLE = 256  # characters, GitHub's limit
TYPED = 20_000  # characters of a code block: with fences as long as itself it still fits into a body
NAME = 200
CUT = "The text was cut here; the whole of it is in Dossier."

# what could reorder or hide what is read, and control characters; tab and line feed stay
_HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029\x85]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9/_.?=&%~-]*")
_MARKER = re.compile(r"<!-- dossier:bug:([1-9][0-9]{0,18}):([0-9a-f]{32}) -->")


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue; times are aware. `user` is a login, empty when the account is gone."""

    number: int
    url: str
    title: str
    body: str
    labels: tuple[str, ...]
    state: Literal["open", "closed"]
    state_reason: str | None
    created_at: datetime
    updated_at: datetime
    user: str
    pull_request: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A bug that becomes an issue. `customer` is the reporting one; no other customer's name belongs into any field.

    `due` is the due time in words; `permalink` leads to the message in Slack.
    """

    bug_id: int
    title: str
    steps: str
    severity: str
    reported_at: datetime
    due: str
    customer: str
    reporter: str
    permalink: str | None


def render(draft: Draft, key: bytes) -> tuple[str, str]:
    """Title (one line, at most 256 characters) and body (at most 65,536), with our marker as its last line."""
    facts = {
        "Customer": draft.customer,
        "Reported by": draft.reporter,
        "Reported at": f"{draft.reported_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "Severity then": draft.severity,
        "Due then": draft.due,
    }
    lines = "\n".join(f"{name + ':':<15}{one_line(value, NAME)}" for name, value in facts.items())
    where = f" [The message in Slack](<{draft.permalink}>)." if _linkable(draft.permalink) else ""
    parts = (
        f"A customer reported this bug; Dossier filed it as bug {draft.bug_id}.{where}",
        fenced(f"{lines}\n\n{draft.steps}"),
        mark(draft.bug_id, key),
    )
    return one_line(draft.title, TITLE) or f"Bug {draft.bug_id}", "\n\n".join(parts)


def fenced(text: str) -> str:
    """A code block that holds the text as it is, without control and direction characters; cut, it says so."""
    shown = _clean(text).strip("\n").rstrip()
    cut = len(shown) > TYPED
    if cut:
        shown = shown[:TYPED].rstrip()
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}" + (f"\n\n{CUT}" if cut else "")


def one_line(text: str, limit: int) -> str:
    """The text in one line of at most `limit` characters, without control and direction characters."""
    line = " ".join(_clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _clean(text: str) -> str:
    """Lone halves of a character cannot be sent at all."""
    return _HIDDEN.sub("", _LINE_END.sub("\n", _SURROGATE.sub("\ufffd", text)))


def _linkable(link: str | None) -> bool:
    return link is not None and len(link) <= 500 and _LINK.fullmatch(link) is not None


def mark(bug_id: int, key: bytes) -> str:
    """A hidden comment that only we can write; it finds an issue again whose creation was never answered."""
    return f"<!-- dossier:bug:{bug_id}:{_seal(bug_id, key)} -->"


def marked(body: str, key: bytes) -> int | None:
    """The bug whose marker the body carries.

    The last whole line that is one: ours stands below everything that was typed, so that a marker copied into the
    steps of another bug never counts, and a footer that somebody adds later does no harm.
    """
    for line in reversed(body.splitlines()):
        found = _MARKER.fullmatch(line.strip())
        if found and hmac.compare_digest(found[2], _seal(int(found[1]), key)):
            return int(found[1])
    return None


def _seal(bug_id: int, key: bytes) -> str:
    """HMAC-SHA256, cut to 128 bits."""
    return hmac.digest(key, b"dossier:bug:%d" % bug_id, "sha256")[:16].hex()


def labels(severity: str) -> tuple[str, str]:
    """The labels of the create call; those added later miss filters."""
    return CUSTOMER_REPORTED, f"severity:{severity}"


def missing_labels(issue: Issue, wanted: Iterable[str]) -> tuple[str, ...]:
    """GitHub drops labels silently when the token lacks push access, and compares their names without case."""
    there = {name.casefold() for name in issue.labels}
    return tuple(name for name in wanted if name.casefold() not in there)


def issue_from(data: Any) -> Issue:
    """An issue of GitHub's REST API or webhooks; raises ValueError for anything else."""
    try:
        return Issue(
            number=_whole(data["number"]),
            url=_web(data["html_url"]),
            title=_text(data["title"]),
            body=_text(data.get("body") or ""),
            labels=tuple(_text(one if isinstance(one, str) else one["name"]) for one in data["labels"]),
            state="closed" if data["state"] == "closed" else "open",
            state_reason=None if data.get("state_reason") is None else _text(data["state_reason"]),
            created_at=_moment(data["created_at"]),
            updated_at=_moment(data["updated_at"]),
            user=_text((data.get("user") or {}).get("login") or ""),
            pull_request=bool(data.get("pull_request")),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise ValueError("not an issue") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError
    return value


def _web(value: Any) -> str:
    if not _text(value).startswith(("https://", "http://")):
        raise ValueError
    return str(value)


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
