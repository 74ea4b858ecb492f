"""A section of the document as rich text, cut into pages that fit a message.

Bullets, code and quotes keep their shape; everything else stays letter for letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from commands.blocks import Element, bold, bullets, code, line, preformatted, text

PAGE = 8_000  # bytes of JSON on one page; with title, warnings and buttons a message stays inside its budget
PIECE = 1_500  # bytes of text in one element; a longer line is cut into several
DEPTH = 5
FRAME = 200  # bytes around a line that shares its element with no other

_BULLET = re.compile(r"^(\s*)[-*+]\s+(.*)$")
_FENCE = re.compile(r"^\s*(?:(`{3,})[^`]*|(~{3,}).*)$")  # an info string behind backticks holds no backtick
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str  # "text" | "code" | "title" | "bullet"
    words: str
    depth: int = 0

    @property
    def cost(self) -> int:
        """Bytes of JSON, with the frame of an element of its own around it."""
        return len(orjson.dumps(inline(self.words))) + FRAME


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
            yield from (_Line("title", piece) for piece in _pieces(title))
        fence = ""
        for raw in body.strip("\n").split("\n"):
            mark = raw.strip()
            if fence and len(mark) >= len(fence) and set(mark) == {fence[0]}:
                fence = ""
                continue
            if not fence and (opened := _FENCE.match(raw)):
                fence = opened[1] or opened[2]
                continue
            if not mark and not fence:
                continue
            match = None if fence else _BULLET.match(raw)
            if match:
                depth = min(DEPTH, len(match[1].expandtabs(4)) // 2)
                yield from (_Line("bullet", piece, depth) for piece in _pieces(match[2]))
            else:
                yield from (_Line("code" if fence else "text", piece) for piece in _pieces(raw))


def _pieces(words: str) -> Iterator[str]:
    """A line in parts that fit a page; one with code in every word takes many times its own length."""
    if len(words) <= 1 or (len(words.encode()) <= PIECE and len(orjson.dumps(inline(words))) <= PAGE // 2):
        yield words
        return
    if len(words) > PIECE:
        for at in range(0, len(words), PIECE):
            yield from _pieces(words[at : at + PIECE])
        return
    middle = len(words) // 2
    yield from _pieces(words[:middle])
    yield from _pieces(words[middle:])


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
