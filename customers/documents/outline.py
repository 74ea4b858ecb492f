"""The skeleton of a document: its lines, its headings, and the lines that only look like content.

markdown-it decides what a heading is, with the block rules alone. What stands in code fences (the template does),
in HTML comments and in quotes is never a heading, never metadata and never a bullet.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

# A plain bullet or a bold label. Directly below another of its kind it cannot change what the following lines are, so
# markdown-it need not see it; that saves half of the time. `>` may end an HTML block and is left alone.
_PLAIN = re.compile(r"(?:([-*+]) (?:\*\*|[`(\[\"“])?(?!\d+[.)])\w|\*\*\w)[^>]*$")
_RULES = ("fence", "code", "blockquote", "hr", "list", "html_block", "heading", "lheading", "paragraph")
_HIDING = frozenset(("fence", "code_block", "html_block", "blockquote_open"))
_LABELLED = re.compile(r"\s*(?:[-*+]\s+)?(?:\*\*|__)[^*_]{1,60}(?::(?:\*\*|__)|(?:\*\*|__):)")
_TITLE = re.compile(r" {0,3}(?![-*+>][ \t]|\d{1,9}[.)][ \t]|#{1,6}(?:[ \t]|$)|[=-]+[ \t]*$|[`~]{3}|<)\S")
_FRONT = re.compile(r"---\n(?:(?:\w[\w -]{0,60}:|[ \t]+|- )[^\n]*\n){1,50}---\n")  # YAML, as wikis write it

_ENDS = (
    ("<!--", "-->"), ("<?", "?>"), ("<![cdata[", "]]>"), ("<script", "</script>"), ("<pre", "</pre>"),
    ("<style", "</style>"), ("<textarea", "</textarea>"),
)  # fmt: skip

_MARKDOWN = MarkdownIt("commonmark")
_MARKDOWN.core.ruler.enableOnly(["normalize", "block"])
_MARKDOWN.block.ruler.enableOnly(list(_RULES))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at top level. `line` is the index of its first line, `end` of the first one after it.

    `ruled` says that a thematic break (`---`) is the last thing before it.
    """

    line: int
    end: int
    level: int
    title: str
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A document line by line. `hidden[i]` is 1 for a line inside code, HTML or a quote; `rules` are lines of `---`.

    `unclosed` are the lines where a code fence or comment begins that never ends: nothing below them can be read.
    """

    lines: list[str]
    headings: tuple[Heading, ...]
    hidden: bytearray
    rules: frozenset[int]
    unclosed: tuple[int, ...]


def outline(text: str) -> Outline:
    """The skeleton of `text`, whose line ends are LF. Linear in its length."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    front = _FRONT.match(text)
    skip = front[0].count("\n") if front else 0
    hidden = bytearray(len(lines))
    hidden[:skip] = b"\1" * skip
    kept = list(_telling(lines, skip))
    tokens = _MARKDOWN.parse("\n".join([lines[index] for index in kept]))
    kept.append(len(lines))
    return _Reading(lines, hidden, kept).read(tokens)


def _is_typed(token: Token) -> bool:
    """`- <!channel> told us` begins an HTML block for Markdown, but somebody meant it as text."""
    return token.type == "html_block" and token.level > 0 and not token.content.lstrip().startswith("<!--")


def _telling(lines: list[str], skip: int) -> Iterator[int]:
    """The indexes of the lines that markdown-it has to see."""
    before = 0
    match = _PLAIN.match
    for index in range(skip, len(lines)):
        line = lines[index]
        kind = 0
        if line[:1] in ("-", "*", "+") and (plain := match(line)):
            kind = 1 if plain[1] else 2
            if kind == before:
                continue
        before = kind
        yield index


class _Reading:
    def __init__(self, lines: list[str], hidden: bytearray, kept: list[int]) -> None:
        self.lines, self.hidden, self.kept = lines, hidden, kept
        self.rules: set[int] = set()
        self.unclosed: list[int] = []
        self.headings: list[Heading] = []

    def read(self, tokens: list[Token]) -> Outline:
        for at, token in enumerate(tokens):
            if token.map is None:
                continue
            start, end = self.kept[token.map[0]], self.kept[token.map[1]]
            if token.type in _HIDING and not _is_typed(token):
                self.hidden[start:end] = b"\1" * (end - start)
                if token.level == 0 and self._open(token, start, end):
                    self.unclosed.append(start)
            elif token.level == 0 and token.type == "hr":
                self.rules.add(start)
            elif token.level == 0 and token.type == "heading_open":
                self._heading(token, tokens[at + 1].content, start, end)
        headings = tuple(self._marked(self.headings))
        return Outline(self.lines, headings, self.hidden, frozenset(self.rules), tuple(self.unclosed))

    def _heading(self, token: Token, title: str, start: int, end: int) -> None:
        if token.markup in ("=", "-"):
            self._underlined(token, end)
        else:
            self.headings.append(Heading(start, end, int(token.tag[1:]), title.strip()))

    def _underlined(self, token: Token, end: int) -> None:
        """A title is one line, whatever paragraph stands directly above it.

        Three dashes below a paragraph or the metadata are a line that somebody drew, though Markdown makes a heading
        of all that.
        """
        title, mark = self.lines[end - 2], self.lines[end - 1].strip()
        if _TITLE.match(title) and not _LABELLED.match(title) and (token.markup == "=" or len(mark) > 3):
            self.headings.append(Heading(end - 2, end, int(token.tag[1:]), title.strip()))
        elif token.markup == "-" and len(mark) >= 3:
            self.rules.add(end - 1)

    def _marked(self, headings: Iterable[Heading]) -> Iterator[Heading]:
        for heading in headings:
            above = heading.line - 1
            while above >= 0 and not self.lines[above].strip():
                above -= 1
            ruled = above in self.rules
            yield Heading(heading.line, heading.end, heading.level, heading.title, True) if ruled else heading

    def _open(self, token: Token, start: int, end: int) -> bool:
        if token.type == "html_block":
            begins = token.content.lstrip()[:10].lower()
            return any(begins.startswith(mark) and end not in token.content.lower() for mark, end in _ENDS)
        if token.type != "fence":
            return False
        last = self.lines[end - 1].strip()
        return end - start == 1 or len(last) < len(token.markup) or last.strip(token.markup[0]) != ""
