"""The `markdown` block as safe HTML: the everyday part of Markdown (docs.slack.dev: Markdown block)."""

from __future__ import annotations

import re

from markupsafe import Markup

from bot.sandbox.addresses import Inside, nowhere
from bot.sandbox.emoji import drawn as emoji
from bot.sandbox.emoji import shown
from bot.sandbox.mrkdwn import anchor, grouped

__all__ = ["markdown"]

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<link>[^)\s]+)\)"
    r"|\*\*(?P<strong>[^*\n]+)\*\*"
    r"|(?<!\w)[*_](?P<em>[^\s*_](?:[^*_\n]*[^\s*_])?)[*_](?!\w)"
    r"|~~(?P<del>[^~\n]+)~~"
    r"|:(?P<emoji>[a-z0-9_+-]+):"
)
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```\s*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_ITEM = re.compile(r"^\s*(?:([-*+])|\d+[.)])\s+(.*)$")
_RULE = re.compile(r"^\s*(?:-{3,}|\*{3,})\s*$")
_ROW = re.compile(r"^\s*\|(.*)\|\s*$")


def markdown(text: str, inside: Inside = nowhere) -> Markup:
    """Return HTML; what is not understood is shown as text."""
    parts: list[str] = []
    for number, part in enumerate(_FENCE.split(text)):
        if number % 2:
            parts.append(f"<pre>{shown(part.rstrip())}</pre>")
            continue
        parts += [_paragraph(one, inside) for one in re.split(r"\n\s*\n", part.strip("\n")) if one.strip()]
    return Markup("".join(parts))  # noqa: S704 - every piece was escaped


def _paragraph(text: str, inside: Inside) -> str:
    lines = text.split("\n")
    if all(_ROW.match(one) for one in lines) and len(lines) > 1:
        return _table(lines, inside)
    drawn: list[tuple[str, str]] = []
    for line in lines:
        if heading := _HEADING.match(line):
            drawn.append(("", f'<span class="heading h{len(heading[1])}">{_inline(heading[2], inside)}</span>'))
        elif _RULE.match(line):
            drawn.append(("", "<hr>"))
        elif item := _ITEM.match(line):
            drawn.append(("ul" if item[1] else "ol", _inline(item[2], inside)))
        elif line.startswith(">"):
            drawn.append(("blockquote", _inline(line[1:].lstrip(), inside)))
        else:
            drawn.append(("", _inline(line, inside)))
    return f"<div>{grouped(drawn)}</div>"


def _table(lines: list[str], inside: Inside) -> str:
    rows = [[_inline(cell.strip(), inside) for cell in one.strip().strip("|").split("|")] for one in lines]
    body = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    drawn = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
    return f"<table>{drawn}</table>"


def _inline(text: str, inside: Inside) -> str:
    parts, end = [], 0
    for hit in _INLINE.finditer(text):
        parts.append(shown(text[end : hit.start()]))
        end = hit.end()
        if hit["code"] is not None:
            parts.append(f"<code>{shown(hit['code'])}</code>")
        elif hit["link"] is not None:
            parts.append(anchor(hit["link"], _inline(hit["label"], inside), inside))
        elif hit["emoji"] is not None:
            parts.append(emoji(hit["emoji"]) or shown(hit[0]))
        else:
            tag = next(name for name in ("strong", "em", "del") if hit[name] is not None)
            parts.append(f"<{tag}>{_inline(hit[tag], inside)}</{tag}>")
    return "".join([*parts, shown(text[end:])])
