"""How an alert looks: a row with its buttons wherever it is listed, its own message, and the forms it opens.

Every block about an alert carries the alert's id in its `block_id`, so that one row of a longer message can be replaced
by whoever presses in it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from commands.blocks import NAME, Block, Element, actions, bold, button, cut, line, rich, small, text
from commands.form import Form, day_picker, field_of, option, select, text_input
from commands.named import Names, who
from customers.alerts import LONGEST, NOTE, OLD, Alert, Alerts
from customers.preferences import DAY

SHOWN = 200  # characters of a note in a row; all of it stands in the history
_PICTURE = ("type", "block_id", "slack_file", "alt_text", "title")  # Slack refuses what else it tells of an image


def row(alert: Alert, now: datetime, names: Names | None = None, page: str = "", reader: str = "") -> list[Block]:
    """One alert in a list. The first block is `alert:7`, the second one with the buttons `alert:7:do`.

    With `names` nobody is mentioned. `page` says in the buttons' ids where they stand, for messages that Slack does
    not show us again. `reader` is whoever alone sees the row, when that is known.
    """
    told = {**rich(line(*_head(alert, now)), *_state(alert, now, names)), "block_id": _id(alert)}
    return [told, *controls(alert, now, page, reader)]


def controls(alert: Alert, now: datetime, page: str = "", reader: str = "") -> list[Block]:
    """The buttons; none when it is done. What the `reader` has they can only give back."""
    if not alert.is_open:
        return []
    one, where = str(alert.id), f"{alert.id}:{page}" if page else str(alert.id)
    style = None if alert.is_recovered else "primary"  # then it may be closed rather than claimed
    buttons = [button("Claim", f"alert:claim:{where}", one, style=style)]
    if alert.claimed_by:
        mine = alert.claimed_by == reader
        label, verb = ("Give back", "give") if mine else ("Take over", "take")
        buttons = [button(label, f"alert:{verb}:{where}", one)]
    if not alert.is_snoozed(now):
        choices = [option(label, f"{one}|{choice}") for label, choice in _SNOOZES]
        buttons.append(select(f"alert:snooze:{where}", choices, placeholder="Snooze…"))
    done = button("Done…", f"alert:done:{where}", one, style="primary" if alert.is_recovered else None)
    return [{**actions(*buttons, done), "block_id": f"{_id(alert)}:do"}]


def step(alert: Alert) -> list[Block]:
    """What helps, as it stands with the alert; nothing when it is done."""
    if not alert.is_open:
        return []
    words = "Ask them what changed; Done keeps what came of it."
    if alert.is_recovered:
        words = "Usage is back to what it was. Done keeps what came of it."
    elif not alert.claimed_by:
        words = "Ask them what changed. Claim it, so that nobody else does the same; Done keeps what came of it."
    return [{**rich(line(text(words))), "block_id": f"{_id(alert)}:step"}]


def people_of(alerts: Iterable[Alert]) -> set[str]:
    """Whom their rows name."""
    return {user for one in alerts for user in (one.claimed_by, one.snoozed_by, one.done_by) if user}


def ids_in(blocks: Sequence[dict[str, Any]]) -> list[int]:
    """The alerts that a message has rows of, in its order."""
    found = (_ROW.fullmatch(str(block.get("block_id") or "")) for block in blocks)
    return [int(one[1]) for one in found if one]


_ROW = re.compile(r"alert:([0-9]{1,18})")


_SNOOZES = (("For a day", "1d"), ("For a week", "1w"), ("Until a date…", "day"))


def _head(alert: Alert, now: datetime) -> list[Element]:
    old = alert.age(now)
    said = [bold(cut(alert.customer, NAME)), text(f"  {alert.fall}")]
    if alert.is_open and alert.is_recovered:
        said.append(bold(f" · recovered: {alert.since}"))
    return [*said, bold(f" · open for {old // DAY} days")] if alert.is_open and old >= OLD else said


def _state(alert: Alert, now: datetime, names: Names | None) -> list[Element]:
    if alert.is_withdrawn:
        return [line(small(alert.note))]
    if alert.done_at:
        return [
            line(
                text("Done by "), who(alert.done_by, names), text(f", {_day(alert.done_at)}: {cut(alert.note, SHOWN)}")
            )
        ]
    told = []
    if alert.claimed_at:
        told.append(line(text("Claimed by "), who(alert.claimed_by, names), text(f", {_moment(alert.claimed_at)}")))
    if alert.snoozed_until and alert.is_snoozed(now):
        until = f" until {_moment(alert.snoozed_until)}"
        told.append(line(text("Snoozed by "), who(alert.snoozed_by, names), text(until)))
    return told


def replaced(
    blocks: Sequence[dict[str, Any]],
    alerts: Iterable[Alert],
    now: datetime,
    names: Names | None,
    reader: str = "",
) -> list[Block]:
    """The blocks of a message with what they say about these alerts as they are now; the others as they are."""
    rows: dict[str, list[Block]] = {}
    steps: dict[str, list[Block]] = {}
    for one in alerts:
        rows[_id(one)], steps[_id(one)] = row(one, now, names, reader=reader), step(one)
    apart = {str(block.get("block_id") or "") for block in blocks}  # buttons that stand below other blocks stay there
    found: list[Block] = []
    for block in blocks:
        name = str(block.get("block_id") or "")
        own = name.removesuffix(":do").removesuffix(":step")
        if own not in rows:
            found.append(_kept(block))
            continue
        fresh = {one["block_id"]: one for one in (*rows[own], *steps[own])}
        found += [fresh[name]] if name in fresh else []
        if name == own and f"{own}:do" not in apart:
            found += rows[own][1:]
    return found


def _kept(block: dict[str, Any]) -> Block:
    """A block of a message as it may be sent back: Slack adds facts to pictures that it refuses from us."""
    if block.get("type") == "image":
        return _picture(block)
    kept = dict(block)
    if isinstance(accessory := block.get("accessory"), dict) and accessory.get("type") == "image":
        kept["accessory"] = _picture(accessory)
    if block.get("type") == "context" and isinstance(elements := block.get("elements"), list):
        kept["elements"] = [_picture(one) if one.get("type") == "image" else one for one in elements]
    return kept


def _picture(image: dict[str, Any]) -> Block:
    kept = {name: image[name] for name in _PICTURE if name in image}
    file = image.get("slack_file")
    if isinstance(file, dict) and file.get("id"):
        kept["slack_file"] = {"id": file["id"]}
    elif "image_url" in image:
        kept["image_url"] = image["image_url"]
    return kept


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


def snoozed_until(alert: Alert) -> str:
    """For whoever snoozed it in Home; empty when it is not snoozed."""
    return f"Snoozed until {_moment(alert.snoozed_until)}." if alert.is_open and alert.snoozed_until else ""


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
