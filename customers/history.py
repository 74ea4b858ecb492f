"""What people add to a customer's support history from Slack; the document's own entries stay the document's."""

from dataclasses import dataclass
from datetime import date, datetime

from customers.intents import Intent, Source

TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form says."""

    customer_id: int
    on: date
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated entry; `again` when this message was added before, `heard` when this very form was."""

    id: int
    customer_id: int
    customer: str
    on: date
    text: str
    added_by: str
    at: datetime
    source: Source
    again: bool = False
    heard: bool = False


def announced(entry: Entry, person: str, source: Source, key: str) -> list[Intent]:
    """An entry is confirmed where it was captured."""
    where = Source() if entry.again else source
    about: dict[str, int | str] = {"entry": entry.id, "by": person, **where.answer(person)}
    if entry.again:
        about |= {"again": 1}
    return [Intent("history_added", f"history_added:{key}", where.lane(person), about, entry.customer_id)]
