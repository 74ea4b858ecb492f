"""`/health alerts`: every open alert with its buttons, page by page, for the eyes of one person.

Slack does not show us such a message again when somebody presses in it, so its buttons say what stands there.
"""

from collections.abc import Sequence
from datetime import datetime

from commands.alert_views import row
from commands.blocks import Block, Element, actions, bold, button, cut, line, rich, text
from commands.lists import as_of, number, span_of
from commands.message import Message
from customers.alerts import OPEN, Alert

ROWS = 6
ONE = "one"  # a message of one row and nothing else


def page(
    ranked: Sequence[Alert], offset: int, now: datetime, shown: Sequence[Alert] | None = None, reader: str = ""
) -> Message:
    """Some of the alerts, from `offset` on; or those that are `shown` there already, whatever became of them."""
    offset = offset if offset < len(ranked) or shown else 0
    rows = shown or ranked[offset : offset + ROWS]
    if not rows:
        told = "No alert is open."
        step = "A customer whose usage falls by more than a fifth within a week stands here."
        return Message([rich(line(bold(told), text(f" {step}")))], told, more=[as_of(now)])
    where = f"{offset}-{'.'.join(str(one.id) for one in rows)}"
    head = f"Open usage alerts · {len(ranked)}" if len(ranked) < OPEN else f"Open usage alerts · at least {OPEN}"
    blocks: list[Block] = [rich(line(bold(head), text("  yours first, the deepest fall first")))]
    blocks += [block for one in rows for block in row(one, now, page=where, reader=reader)]
    turns = _turning(offset, len(ranked))
    span = span_of(offset, len(rows), max(len(ranked), offset + len(rows)))
    return Message(blocks, head, more=[as_of(now, span), *([actions(*turns)] if turns else [])])


def place(where: str) -> tuple[int, list[int]]:
    """The offset and the ids of a page, as its buttons carry them."""
    offset, _, ids = where.partition("-")
    return number(offset) or 0, [one for one in map(number, ids.split(".")) if one]


def alone(alert: Alert, now: datetime, reader: str = "", first: str = "") -> Message:
    """The alert and nothing else, below a sentence that comes `first`."""
    head: list[Block] = [rich(line(text(first)))] if first else []
    return Message([*head, *row(alert, now, page=ONE, reader=reader)], summary(alert))


def summary(alert: Alert) -> str:
    """For notifications."""
    return f"{cut(alert.customer, 100)}: {alert.fall}"


def _turning(offset: int, total: int) -> list[Element]:
    row = []
    if offset:
        row.append(button("‹ Previous", "alert:page:back", str(max(0, offset - ROWS))))
    if (rest := total - offset - ROWS) > 0:
        row.append(button(f"Next {min(ROWS, rest)} ›", "alert:page:on", str(offset + ROWS)))
    return row
