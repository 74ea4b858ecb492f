"""What a message gives to a form that is opened on it: its words as they were read, its link, its channel's customer.

A form opens with whatever is known at once: Slack's trigger lives for three seconds, and a person who wants to keep
a message must not lose it because a look-up is slow.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import orjson

from commands.blocks import Block, Element, line, rich, shown, small
from commands.form import Form, notice
from customers.desk import Desk
from customers.errors import DossierError
from customers.intents import Source
from customers.records import Linked

SOON = 0.7  # seconds for what is only convenient; two of them fit before the form must open
SHORT = 100  # characters of a message that is a title by itself
LETTERS = 3  # a shorter title says nothing
_T = TypeVar("_T")
_MARK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def words(text: str) -> str:
    """A message as people read it: `<!channel>` → @channel, `<https://x.com|Acme>` → Acme, `&amp;` → &.

    Slack: "Formatting message text", how mentions, links and special characters are written. Names of people and
    channels are not looked up: a mention without its name stays the id.
    """
    text = _MARK.sub(_read, text.encode("utf-8", "replace").decode())
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return str(shown(text)).strip()


def _read(mark: re.Match[str]) -> str:
    target, label = mark[1], mark[2] or ""
    kind, rest = target[0], target[1:]
    if kind == "!" and rest.startswith("date^"):
        return label
    if kind in "@!":
        return "@" + (label.lstrip("@") or rest.rpartition("^")[2])
    if kind == "#":
        return "#" + (label.lstrip("#") or rest)
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def title_of(words: str) -> str:
    """A short message of one line is its own title; of others nothing is guessed."""
    return words if "\n" not in words and says_something(words) and len(words) <= SHORT else ""


def says_something(title: str) -> bool:
    """Whether a title is worth a search."""
    return sum(map(str.isalnum, title)) >= LETTERS


def title_problem(title: str, most: int) -> str | None:
    """What is wrong with a title."""
    if len(title) < LETTERS:
        return f"Write a title of at least {LETTERS} characters."
    return f"Shorten the title to {most} characters." if len(title) > most else None


def text_problem(text: str, most: int) -> str | None:
    """What is wrong with a longer text."""
    return f"Shorten this to {most:,} characters." if len(text) > most else None


def fit_hint(text: str, most: int) -> str:
    """Says that a message was too long to be taken over whole."""
    return (
        f"The first {most:,} characters; the rest stays in the message."
        if len(text.encode("utf-16-le", "replace")) >= 2 * most
        else ""
    )


async def linked(desk: Desk, source: Source) -> Linked | None:
    """The customer the message's channel is about, when that is known at once."""
    return await soon(desk.linked(source.channel), None) if source.channel else None


async def soon(waiting: Awaitable[_T], otherwise: _T) -> _T:
    """What is known at once; the form opens without it rather than late or never."""
    try:
        async with asyncio.timeout(SOON):
            return await waiting
    except (TimeoutError, DossierError):
        return otherwise


def link(url: str, words: str) -> Element:
    """A link with our own words."""
    return {"type": "link", "url": url, "text": words}


def origin(source: Source) -> list[Block]:
    """Where the message stands, in small text; nothing for a global shortcut."""
    if not source.permalink.startswith(("https://", "http://")):
        return []
    return [rich(line(small("From "), link(source.permalink, "this message") | {"style": {"italic": True}}))]


def mark(shown: Sequence[Any]) -> str:
    """A short name for what a form shows besides its fields: another one means that it must be shown again."""
    return blake2b(orjson.dumps(list(shown)), digest_size=8).hexdigest()


def saved_before(what: str, look: str) -> Form:
    """A form that was sent again with something changed, after the first sending was saved all the same."""
    return notice(
        "Saved before", f"This was saved as {what} before you changed it; the change was not.", f"See {look}."
    )
