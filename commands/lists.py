"""What `/features` and `/bugs` share: numbers that people type, pages, and short answers."""

from collections.abc import Sequence
from datetime import datetime

from commands.blocks import Block, Element, actions, bold, button, context, line, rich, text
from commands.captured import link
from commands.form import Filled
from commands.message import Message

DIGITS = 18  # of a number that a database takes


def number(typed: str) -> int | None:
    """`7` and `#7` are 7; anything else is no number."""
    digits = typed.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS else None


def number_in(filled: Filled, name: str) -> int:
    """An id in a form's state; 0, which nothing has, when it is not there."""
    return number(str(filled.state.get(name, ""))) or 0


def count(how_many: int, noun: str) -> str:
    """`1 customer`, `2 customers`, `no customers`."""
    return f"{how_many or 'no'} {noun}" + ("" if how_many == 1 else "s")


def day(moment: datetime) -> str:
    """The date in UTC, as people read it."""
    return f"{moment:%Y-%m-%d}"


def issue_link(url: str | None, issue: int) -> Element:
    """The number of a GitHub issue, a link when GitHub's address is one."""
    words = f"#{issue}"
    return link(url, words) if url and url.startswith(("https://", "http://")) else text(words)


def turning(action: str, offset: int, shown: int, total: int, size: int, filtered: str) -> list[Element]:
    """Buttons to the previous and the next page; their value is `8|` and the filter."""
    row = []
    if offset:
        row.append(button("‹ Previous", f"{action}:back", f"{max(0, offset - size)}|{filtered}"))
    if offset + shown < total:
        row.append(button("Next ›", f"{action}:on", f"{offset + shown}|{filtered}"))
    return row


def span_of(offset: int, shown: int, total: int) -> str:
    """`1–8 of 20`; nothing when all of them are shown."""
    if shown == total:
        return ""
    return f"{offset + 1}–{offset + shown} of {total}" if shown else f"none of {total} left here"


def as_of(now: datetime, *before: str) -> Block:
    """`1–8 of 20 · as of 2026-11-16 08:00 UTC`: how old an answer is, after what else its last line says."""
    return context(" · ".join(filter(None, (*before, f"as of {now:%Y-%m-%d %H:%M} UTC"))))


def said(sentence: str, next_step: str, row: Sequence[Element] = (), now: datetime | None = None) -> Message:
    """A sentence and what to do next; with `now` when it tells how things stand."""
    more = [*([as_of(now)] if now else []), *([actions(*row)] if row else [])]
    return Message([rich(line(bold(sentence), text(f" {next_step}")))], f"{sentence} {next_step}", more=more)
