"""A section of the document as rich text, cut into pages that fit a message.

Bullets, code and quotes keep their shape; everything else stays letter for letter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from commands.blocks import Element, bold, bullets, code, line, preformatted, text

PAGE = 6_000  # bytes of text on one page, well under what a message may hold with its buttons
PIECE = 1_500  # bytes of text in one element; a longer line is cut into several
DEPTH = 5

_BULLET = re.compile(r"^(\s*)[-*+]\s+(.*)$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str  # "text" | "code" | "title" | "bullet"
    words: str
    depth: int = 0

    @property
    def cost(self) -> int:
        return len(self.words.encode()) + 60  # what the JSON around a line takes


def pages(parts: Sequence[tuple[str, str]]) -> list[list[Element]]:
    """Pages of rich-text elements for (title, Markdown body) pairs; at least one page."""
    found: list[list[_Line]] = [[]]
    room = PAGE
    for one in _lines(parts):
        if one.cost > room and found[-1]:
            found.append([])
            room = PAGE
        room -= one.cost
        found[-1].append(one)
    return [list(_elements(page)) or [line(text("Nothing is written here."))] for page in found]


def inline(words: str) -> list[Element]:
    """Letters as they are, `code` in the code face."""
    if "`" not in words:
        return [text(words)]
    parts: list[Element] = []
    at = 0
    for match in _CODE.finditer(words):
        if match.start() > at:
            parts.append(text(words[at : match.start()]))
        parts.append(code(match[1]))
        at = match.end()
    if at < len(words) or not parts:
        parts.append(text(words[at:]))
    return parts


def _lines(parts: Sequence[tuple[str, str]]) -> Iterator[_Line]:
    for title, body in parts:
        if title:
            yield _Line("title", title)
        fenced = False
        for raw in body.strip("\n").split("\n"):
            if _FENCE.match(raw):
                fenced = not fenced
                continue
            if not raw.strip() and not fenced:
                continue
            match = None if fenced else _BULLET.match(raw)
            if match:
                depth = min(DEPTH, len(match[1].expandtabs(4)) // 2)
                yield from (_Line("bullet", piece, depth) for piece in _pieces(match[2]))
            else:
                yield from (_Line("code" if fenced else "text", piece) for piece in _pieces(raw))


def _pieces(words: str) -> Iterable[str]:
    size = max(1, PIECE // max(1, -(-len(words.encode()) // max(1, len(words)))))
    return [words[i : i + size] for i in range(0, len(words), size)] or [words]


def _elements(page: Sequence[_Line]) -> Iterator[Element]:
    """Lines next to each other of one kind become one element; titles and text share a paragraph."""
    at = 0
    while at < len(page):
        kind, depth = page[at].kind, page[at].depth
        until = at + 1
        while until < len(page) and (page[until].kind, page[until].depth) == (kind, depth):
            until += 1
        run = page[at:until]
        at = until
        if kind == "bullet":
            yield bullets([line(*inline(one.words)) for one in run], depth)
        elif kind == "code":
            yield preformatted("\n".join(one.words for one in run))
        else:
            yield line(*_paragraph(run))


def _paragraph(run: Sequence[_Line]) -> list[Element]:
    parts: list[Element] = []
    for one in run:
        if parts:
            parts.append(text("\n"))
        parts += [bold(one.words)] if one.kind == "title" else inline(one.words)
    return parts
