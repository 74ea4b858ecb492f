"""Bullets of a section: one value per top-level bullet, with everything nested below it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from customers.documents.outline import Outline

_BULLET = re.compile(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(.*)")
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_RULE = re.compile(r"[ ]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,})")
_LABELLED = re.compile(r"(?:\*\*|__)?([^\s:*_][^:*]{0,39}?)\s?(?:\*\*|__)?\s?:(?:\*\*|__)?\s*(.*)", re.DOTALL)


@dataclass(slots=True)
class Bullet:
    """A bullet without its mark; `line` is its index, `nested` are those below it at any depth."""

    line: int
    text: str
    nested: list[str] = field(default_factory=list)


def bullets_of(document: Outline, ranges: Iterable[range]) -> list[Bullet]:
    """The bullets in these lines, in order. Wrapped lines are joined, code and quotes are left out."""
    found: list[Bullet] = []
    for lines in ranges:
        found += _bullets(document, lines)
    return [bullet for bullet in found if bullet.text or bullet.nested]


def _bullets(document: Outline, lines: range) -> Iterator[Bullet]:
    current: Bullet | None = None
    base, blank = 0, False
    for index in lines:
        text = document.lines[index]
        if document.hidden[index]:
            continue
        if not text or text.isspace():
            blank = True
            continue
        match = None if _RULE.fullmatch(text[:200]) else _BULLET.match(text)
        indent = _indent(text)
        if match:
            words = _CHECKBOX.sub("", match[2].strip(), count=1) if match[2][:1] == "[" else match[2].strip()
            if current is None or indent < base + 2:
                if current:
                    yield current
                current, base = Bullet(index, words), indent
            else:
                current.nested.append(words)
        elif current and (indent >= base + 2 or not blank):
            _wrap(current, text.strip())
        elif current:  # a paragraph of its own ends the list
            yield current
            current = None
        blank = False
    if current:
        yield current


def _indent(text: str) -> int:
    if text[0] not in " \t":
        return 0
    head = text[: len(text) - len(text.lstrip(" \t"))]
    return len(head.expandtabs(4))


def _wrap(bullet: Bullet, text: str) -> None:
    if bullet.nested:
        bullet.nested[-1] = f"{bullet.nested[-1]} {text}"
    else:
        bullet.text = f"{bullet.text} {text}".strip()


def labelled(text: str) -> tuple[str, str]:
    """Label and value: "Owner: Ana" → ("owner", "Ana"); ("", text) without a label. Bold labels are labels too."""
    match = _LABELLED.match(text)
    return (" ".join(match[1].split()).casefold(), match[2].strip()) if match else ("", text)
