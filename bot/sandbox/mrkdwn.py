"""Slack's mrkdwn as safe HTML: formatting, mentions, links, dates, emoji.

Sources: docs.slack.dev, "Formatting message text" and "Formatting dates". Every piece of text is escaped here; only
tags written in this module reach the page.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.sandbox.addresses import Inside, nowhere
from bot.sandbox.emoji import drawn as emoji
from bot.sandbox.emoji import shown
from bot.sandbox.seed import Person
from bot.sandbox.workspace import Workspace

__all__ = ["Mrkdwn", "anchor", "emoji_in", "safe_link"]

_FENCE = re.compile(r"\n?```\n?(.*?)\n?```\n?", re.DOTALL)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<special>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<em>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<del>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+-]+):"
)
_EMOJI = re.compile(r":([a-z0-9_+-]+):")
_QUOTE = re.compile(r"^(?:&gt;|>)\s?(.*)$")
_BULLET = re.compile(r"^\s*[•◦]\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Mrkdwn:
    """Draws text as one person sees it: names from the workspace, dates in the person's zone."""

    workspace: Workspace
    viewer: Person
    inside: Inside = nowhere

    def __call__(self, text: str) -> Markup:
        """Return HTML for a text."""
        parts: list[str] = []
        for number, part in enumerate(_FENCE.split(text)):
            if number % 2:
                parts.append(f"<pre>{_plain(part)}</pre>")
            elif part:
                parts.append(self._lines(part))
        return Markup("".join(parts))  # noqa: S704 - every piece was escaped

    def _lines(self, text: str) -> str:
        drawn: list[tuple[str, str]] = []
        for line in text.split("\n"):
            if quoted := _QUOTE.match(line):
                drawn.append(("blockquote", self.inline(quoted[1])))
            elif bullet := _BULLET.match(line):
                drawn.append(("ul", self.inline(bullet[1])))
            else:
                drawn.append(("", self.inline(line)))
        return grouped(drawn)

    def inline(self, text: str) -> str:
        """Return HTML for text without line structure."""
        parts, end = [], 0
        for hit in _INLINE.finditer(text):
            parts.append(_plain(text[end : hit.start()]))
            end = hit.end()
            if hit["code"] is not None:
                parts.append(f"<code>{_plain(hit['code'])}</code>")
            elif hit["special"] is not None:
                parts.append(self._special(hit["special"]))
            elif hit["emoji"] is not None:
                parts.append(emoji(hit["emoji"]) or _plain(hit[0]))
            else:
                tag = str(hit.lastgroup)
                parts.append(f"<{tag}>{self.inline(hit[tag])}</{tag}>")
        return "".join([*parts, _plain(text[end:])])

    def _special(self, inner: str) -> str:
        body, _, label = inner.partition("|")
        if body.startswith("@"):
            person = self.workspace.people.get(body[1:])
            return _mention("@" + (person.real_name if person else label or body[1:]), mine=body[1:] == self.viewer.id)
        if body.startswith("#"):
            channel = self.workspace.channels.get(body[1:])
            hidden = channel is None or not self.workspace.may_see(self.viewer, channel)
            return _mention("a private channel" if hidden or channel is None else f"#{channel.name}")
        if body.startswith("!date^"):
            return _plain(self._date(body, label))
        if body in ("!here", "!channel", "!everyone"):
            return _mention("@" + body[1:], mine=True)
        if body.startswith("!"):
            return _mention(label or "@" + body[1:])
        return anchor(html.unescape(body), _plain(label or body), self.inside)

    def _date(self, body: str, fallback: str) -> str:
        _, stamp, *rest = body.split("^")
        if not stamp.isdigit() or not rest:
            return fallback
        zone = ZoneInfo(self.viewer.tz)
        at = datetime.fromtimestamp(int(stamp), UTC).astimezone(zone)
        days = (at.date() - self.workspace.clock.now().astimezone(zone).date()).days
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
        words = {
            "date_num": f"{at:%Y-%m-%d}",
            "date": f"{at:%B} {at.day}, {at.year}",
            "date_short": f"{at:%b} {at.day}, {at.year}",
            "date_long": f"{at:%A, %B} {at.day}, {at.year}",
            "time": f"{at:%H:%M}",
            "time_secs": f"{at:%H:%M:%S}",
            "ago": f"in {days} days" if days > 0 else f"{-days} days ago",
        }
        pretty = {f"{name}_pretty": near or words[name] for name in ("date", "date_short", "date_long")}
        text = rest[0]
        for name, value in (words | pretty).items():
            text = text.replace("{" + name + "}", value)
        return text


def grouped(drawn: list[tuple[str, str]]) -> str:
    """Join drawn lines (`ul`, `ol`, `blockquote` or none): neighbours become one list, quote or paragraph."""
    parts: list[str] = []
    for kind, group in groupby(drawn, key=lambda one: one[0]):
        lines = [line for _, line in group]
        if kind in ("ul", "ol"):
            parts.append(f"<{kind}>{''.join(f'<li>{line}</li>' for line in lines)}</{kind}>")
        else:
            body = "<br>".join(lines)
            parts.append(f"<blockquote>{body}</blockquote>" if kind else body)
    return "".join(parts)


def anchor(address: str, label: str, inside: Inside = nowhere) -> str:
    """Return a link when the address is harmless, else only its label (already HTML).

    A link to a place on the page itself opens there, all others in a new window.
    """
    if not safe_link(address):
        return label
    if place := inside(address):
        return f'<a href="{html.escape(place)}" data-go>{label}</a>'
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


def safe_link(address: str) -> bool:
    """Say whether an address may become a link."""
    return address.startswith(("http://", "https://", "mailto:"))


def emoji_in(text: str) -> Markup:
    """Return plain text as HTML with known emoji drawn."""
    return Markup(_EMOJI.sub(lambda hit: emoji(hit[1]) or hit[0], shown(text)))  # noqa: S704 - escaped


def _mention(text: str, *, mine: bool = False) -> str:
    return f'<span class="mention{" mine" if mine else ""}">{_plain(text)}</span>'


def _plain(text: str) -> str:
    """Undo Slack's three entities, then escape for HTML."""
    bare = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return shown(bare)
