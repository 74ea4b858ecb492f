"""The metadata block: `**Label:** value` lines below a customer's heading (customer document, "Customer Template").

The block tells a customer from any other heading. Lines may be bullets, may end in two spaces and may be wrapped when
the next line is indented. Labels are case-insensitive.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from customers.documents.outline import Outline

LABELS = {
    "status": "Status", "tier": "Tier", "onboarded": "Onboarded", "csm": "CSM", "contract": "Contract",
    "renewal": "Renewal", "aliases": "Aliases", "timezone": "Timezone", "country": "Country",
    "slack channel": "Slack channel", "churned": "Churned", "last updated": "Last Updated",
}  # fmt: skip
"""The labels we understand, in the order in which export writes them; all others are kept as written."""

SIBLINGS = frozenset(("tier", "onboarded", "csm", "contract"))
"""Two of these make a customer even where Status is missing or misspelt."""

_SYNONYMS = {"alias": "aliases", "time zone": "timezone", "slack": "slack channel", "updated": "last updated"}
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_STARTS = r"[ ]{0,3}(?:[-*+][ \t]+)?"
_LINE = re.compile(
    _STARTS + r"(?:(\*\*|__)(?P<label>[^*:]{1,60}?)[ \t]{0,9}(?::[ \t]{0,9}\1|\1[ \t]{0,9}:)(?P<value>.*)"
    r"|\*\*(?P<all>[^*:]{1,60}?)[ \t]{0,9}:(?P<bold>[^*]*)\*\*[ \t]*$)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of metadata; `line` is the index in the document, `key` one of LABELS, None for others."""

    label: str
    value: str
    line: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """What stands between a customer's heading and its first section: the metadata, and all else as the preamble."""

    entries: tuple[Entry, ...]
    preamble: str


def key_of(label: str) -> str | None:
    """The key of a label that we understand: "Time Zone" → "timezone"."""
    folded = " ".join(label.split()).casefold()
    return folded if folded in LABELS else _SYNONYMS.get(folded)


def near_label(label: str) -> str | None:
    """The label that was probably meant: "Teir" → "Tier"."""
    close = difflib.get_close_matches(label.casefold(), LABELS, n=1, cutoff=0.75) if len(label) < 30 else []
    return LABELS[close[0]] if close else None


def entry_of(line: str, index: int) -> Entry | None:
    """The metadata in one line of a document; None when there is none."""
    if "**" not in line and "__" not in line:
        return None
    match = _LINE.match(line)
    if match is None:
        return None
    label = (match["label"] or match["all"] or "").strip()
    key = key_of(label)
    if not label or (match["label"] is None and key is None):
        return None
    return Entry(label, (match["value"] if match["label"] else match["bold"]).strip(), index, key)


def all_entries(document: Outline) -> dict[int, Entry]:
    """Every metadata line of a document by its index; lines inside code, HTML and quotes are none."""
    hidden = document.hidden
    found = {}
    for index, line in enumerate(document.lines):
        if ("**" in line or "__" in line) and not hidden[index] and (entry := entry_of(line, index)):
            found[index] = entry
    return found


def head_of(document: Outline, entries: dict[int, Entry], lines: range) -> Head:
    """Sorts the lines between a heading and the next one into metadata and preamble.

    Labels that we understand count anywhere among them; those of the team only where the block has not ended yet,
    because `**Expected:**` above a list is prose.
    """
    block: list[Entry] = []
    rest: list[str] = []
    begun = ended = touching = False
    previous = -2
    for index in lines:
        text, entry = document.lines[index], entries.get(index)
        if entry and (entry.key or (not ended and entry.value)):
            block.append(entry)
            begun, touching, previous = True, True, index
        elif previous == index - 1 and _continues(text, document.hidden[index]):
            last = block[-1]
            block[-1] = Entry(last.label, f"{last.value} {text.strip()}".strip(), last.line, last.key)
            previous = index
        else:
            ended = ended or (begun and bool(text.strip()))
            touching = touching and bool(text.strip()) and not document.hidden[index]
            if touching and rest and _UNDERLINE.fullmatch(text):
                rest.append("")  # it underlined nothing so far; without the metadata above it would
            rest.append(text)
    return Head(tuple(block), _trimmed(rest))


def _continues(text: str, hidden: int) -> bool:
    return not hidden and text[:2].isspace() and text.strip()[:2] not in ("", "- ", "* ", "+ ")


def _trimmed(lines: Iterable[str]) -> str:
    """The lines without blank ones at the start and the end."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    first = next((at for at, text in enumerate(kept) if text.strip()), 0)
    return "\n".join(kept[first:])
