"""What is new about a customer since somebody last looked, in few words."""

from dataclasses import dataclass
from datetime import date, datetime

from customers.facts import Colour
from customers.judgements import Kind
from customers.records import Card
from customers.weeks import label

CHANGES = 2  # of the document, that are told one by one
_SAID = {
    Kind.OVERRIDE: "colour set by hand",
    Kind.ESCALATION: "escalated",
    Kind.RISK: "marked as a churn risk",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """How the weekly check found a customer in the complete week that began at `week` (a Monday)."""

    colour: Colour
    week: date


def news(card: Card, since: datetime | None, was: Checked | None) -> tuple[str, ...]:
    """Short phrases, the most telling first; nothing for somebody who looks for the first time.

    `was` is the newest check at `since`, None when there was none by today's rules. What the colour was on the day
    nobody keeps, so the week is told with it.
    """
    if since is None:
        return ()
    record, said = card.record, []
    if was is not None and was.colour is not card.health.colour:
        said.append(f"was {was.colour.value} in {label(was.week)}")
    said += [_SAID[one.kind] for one in record.judgements if one.at > since]
    if asked := sum(one.created_at > since for one in record.requests):
        said.append("1 new request" if asked == 1 else f"{asked} new requests")
    changed = [one.what for one in record.changes if one.at > since]
    said += changed[:CHANGES]
    if len(changed) > CHANGES:
        said.append(f"{len(changed) - CHANGES} more in the document")
    return tuple(said)
