"""The trend of the last weeks' colours, and what changed since the week before."""

from collections.abc import Sequence
from datetime import timedelta

from commands import card as cards
from commands.blocks import Element, bold, line, small, text
from customers.facts import Colour, percent
from customers.records import Card
from customers.snapshots import NAMES, Snapshot
from customers.weeks import label, monday

_NO_CHECK = "▫️"
_OTHER_RULES = "│"  # between weeks that were judged by different rules
_CONCERN = {"g": 1, "y": 2, "r": 3}


def past(card: Card) -> list[Element]:
    """Paragraphs; none before the first weekly check."""
    if not card.past:
        return []
    newest = card.past[0]
    drawn = _drawn(card.past)
    parts = [line(bold("Colours  "), text(drawn), text(f"  {_span(card.past)}"))]
    if len(card.past) > 1 and card.past[1].week == newest.week - timedelta(weeks=1):
        parts.append(line(*_since(card, newest, card.past[1])))
    return parts


def _drawn(past: Sequence[Snapshot]) -> str:
    """Oldest first; a week without a check has its own sign."""
    drawn, before = "", None
    for one in reversed(past):
        if before is not None:
            drawn += _NO_CHECK * ((one.week - before.week).days // 7 - 1)
            drawn += _OTHER_RULES if one.rules != before.rules else ""
        drawn += cards.MARKS[one.colour]
        before = one
    return drawn


def _span(past: Sequence[Snapshot]) -> str:
    first, last = label(past[-1].week), label(past[0].week)
    return first if first == last else f"{first} to {last}"


def _since(card: Card, now: Snapshot, before: Snapshot) -> list[Element]:
    """`At the last weekly check: yellow → red, adoption 64 % → 48 %. Worse: usage trend.`, and what it is by now."""
    is_last = now.week == monday(card.today) - timedelta(weeks=1)
    head = "At the last weekly check:" if is_last else f"{label(before.week)} to {label(now.week)}:"
    if now.rules != before.rules:
        told = f"the rules changed, so the colours do not compare{_adoption(now, before, ', ')}."
        return [bold(f"{head} "), small(told)]
    told = f"{before.colour} → {now.colour}{_adoption(now, before, ', ')}."
    computed = card.health.colour
    by_now = [] if computed is now.colour else [text(f" Now {'computed ' if card.override else ''}{computed.value}.")]
    return [bold(f"{head} "), text(told), *_moved(now, before), *by_now]


def _adoption(now: Snapshot, before: Snapshot, link: str) -> str:
    then, today = (_share(one) for one in (before, now))
    if then == today:
        return "" if today is None else f"{link}adoption {today} as before"
    return f"{link}adoption {then or 'unknown'} → {today or 'unknown'}"


def _share(one: Snapshot) -> str | None:
    return None if one.adoption is None else percent(one.adoption)


def _moved(now: Snapshot, before: Snapshot) -> list[Element]:
    """The indicators that are worse or better than in the week before; one that became unknown is neither."""
    both = zip(NAMES, now.marks, before.marks, strict=False)
    known = [(name, _CONCERN[this] - _CONCERN[that]) for name, this, that in both if "u" not in (this, that)]
    told = {
        "Worse": [name for name, step in known if step > 0],
        "Better": [name for name, step in known if step < 0 and now.colour is not Colour.UNKNOWN],
    }
    said = [f" {word}: {', '.join(names)}." for word, names in told.items() if names]
    return [small("".join(said))] if said else []
