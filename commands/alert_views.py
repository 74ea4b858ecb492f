"""How an alert looks: a row with its buttons wherever it is listed, its own message, and the forms it opens.

Every block about an alert carries the alert's id in its `block_id`, so that one row of a longer message can be replaced
by whoever presses in it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from commands.blocks import NAME, Block, Element, actions, bold, button, cut, line, rich, small, text
from commands.feature_views import person
from commands.form import Form, day_picker, field_of, option, select, text_input
from customers.alerts import LONGEST, NOTE, OLD, Alert, Alerts
from customers.preferences import DAY

SHOWN = 200  # characters of a note in a row; all of it stands in the history
_PICTURE = ("type", "block_id", "slack_file", "alt_text", "title")  # Slack refuses what else it tells of an image


def row(alert: Alert, now: datetime) -> list[Block]:
    """One alert in a list. The first block is `alert:7`, the second one with the buttons `alert:7:do`."""
    told = {**rich(line(*_head(alert, now)), *_state(alert, now)), "block_id": _id(alert)}
    return [told, *controls(alert, now)]


def controls(alert: Alert, now: datetime) -> list[Block]:
    """The buttons; none when it is done."""
    if not alert.is_open:
        return []
    one = str(alert.id)
    claim = button("Claim", f"alert:claim:{one}", one, style="primary")
    buttons = [button("Take over", f"alert:take:{one}", one) if alert.claimed_by else claim]
    if not alert.is_snoozed(now):
        choices = [option(label, f"{one}|{choice}") for label, choice in _SNOOZES]
        buttons.append(select(f"alert:snooze:{one}", choices, placeholder="Snooze…"))
    return [{**actions(*buttons, button("Done…", f"alert:done:{one}", one)), "block_id": f"{_id(alert)}:do"}]


_SNOOZES = (("For a day", "1d"), ("For a week", "1w"), ("Until a date…", "day"))


def _head(alert: Alert, now: datetime) -> list[Element]:
    old = alert.age(now)
    said = [bold(cut(alert.customer, NAME)), text(f"  usage fell {alert.drop_words}: {alert.numbers}")]
    return [*said, bold(f" · open for {old // DAY} days")] if alert.is_open and old >= OLD else said


def _state(alert: Alert, now: datetime) -> list[Element]:
    if alert.done_at and not alert.done_by:
        return [line(small(alert.note))]
    if alert.done_at:
        return [
            line(text("Done by "), person(alert.done_by), text(f", {_day(alert.done_at)}: {cut(alert.note, SHOWN)}"))
        ]
    told = []
    if alert.claimed_at:
        told.append(line(text("Claimed by "), person(alert.claimed_by), text(f", {_moment(alert.claimed_at)}")))
    if alert.snoozed_until and alert.is_snoozed(now):
        until = f" until {_moment(alert.snoozed_until)}"
        told.append(line(text("Snoozed by "), person(alert.snoozed_by), text(until)))
    return told


def replaced(blocks: Sequence[dict[str, Any]], alert: Alert, now: datetime) -> list[Block]:
    """The blocks of a message with what they say about this alert as it is now; the others as they are."""
    fresh = {block["block_id"]: block for block in row(alert, now)}
    own = _id(alert)
    if not any(block.get("block_id") == own for block in blocks):
        return []
    after = f"{own}:do" if not any(block.get("block_id") == f"{own}:do" for block in blocks) else ""
    found: list[Block] = []
    for block in blocks:
        name = str(block.get("block_id") or "")
        if name == own or name.startswith(f"{own}:"):
            found += [fresh[name]] if name in fresh else []
            found += [fresh[after]] if name == own and after in fresh else []
        else:
            found.append(_kept(block))
    return found


def _kept(block: dict[str, Any]) -> Block:
    return {name: block[name] for name in _PICTURE if name in block} if block.get("type") == "image" else dict(block)


def note_form(alert: Alert) -> Form:
    """What came of it."""
    blocks = [
        rich(line(bold(cut(alert.customer, NAME)), text(f"  usage fell {alert.drop_words}: {alert.numbers}"))),
        field_of(
            "What came of it?",
            "note",
            text_input("note", lines=True, most=NOTE, placeholder="They paused for a stocktake; back next week"),
            hint="It becomes part of the customer's support history.",
        ),
    ]
    return Form("alert_done", "Close the alert", blocks, "Done", {"id": alert.id})


def day_form(alert: Alert, alerts: Alerts, now: datetime) -> Form:
    """Until when."""
    field = field_of(
        "Snooze until",
        "until",
        day_picker("until", alerts.tomorrow(now)),
        hint=f"You are told again that morning. At most {LONGEST} days.",
    )
    head = rich(line(bold(cut(alert.customer, NAME)), text(f"  usage fell {alert.drop_words}")))
    return Form("alert_snooze", "Snooze the alert", [head, field], "Snooze", {"id": alert.id})


def _id(alert: Alert) -> str:
    return f"alert:{alert.id}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
