"""Open judgements as they stand on the customer's row: as JSON text, so that a brief asks no other table."""

from collections.abc import Sequence
from datetime import date

import orjson

from customers.facts import Colour
from customers.judgements import Judgement, Kind
from storage.readers import utc


def judged_of(judgements: Sequence[Judgement]) -> str | None:
    """The text of the column `judged`; None when nothing is open."""
    if not judgements:
        return None
    rows = [
        (one.id, one.kind, one.reason, one.by, one.at.isoformat(), one.colour, one.against, one.until)
        for one in judgements
    ]
    return orjson.dumps(rows).decode()


def judgements_of(customer_id: int, text: str) -> tuple[Judgement, ...]:
    """The same back."""
    return tuple([_judgement(customer_id, *row) for row in orjson.loads(text)])


def _judgement(
    customer_id: int,
    number: int,
    kind: str,
    reason: str,
    by: str,
    at: str,
    colour: str | None,
    against: str | None,
    until: str | None,
) -> Judgement:
    return Judgement(
        number,
        customer_id,
        Kind(kind),
        reason,
        by,
        utc(at),
        Colour(colour) if colour else None,
        Colour(against) if against else None,
        date.fromisoformat(until) if until else None,
    )
