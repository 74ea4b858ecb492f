"""A digest's plan as JSON, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.digest import Compared, Plan, Point, Section, Stretch, Tally, Window
from customers.facts import Colour
from customers.told import Change, packed, unpacked


def kept(made: Plan) -> dict[str, Any]:
    """The plan as JSON."""
    window, counts = made.window, made.tally
    return {
        "window": [window.week, window.before, window.missing, window.since.isoformat(), window.first, window.until],
        "tally": [getattr(counts, name) for name in Tally.__slots__],
        "adoption": [[one.week, one.active, one.seats] for one in made.adoption],
        "totals": {section.value: total for section, total in made.totals.items()},
        "pages": [[[one.section.value, one.start, list(one.ids)] for one in page] for page in made.pages],
        "attached": [[customer, alert] for customer, alert in made.attached.items()],
        "changes": [
            [one, it.colour.value, it.was and it.was.value, it.marks, it.marks_then, it.corrected]
            for one, it in made.changes.items()
        ],
        "told": packed(made.told),
        "compared": [getattr(made.compared, name) for name in Compared.__slots__] if made.compared else None,
    }


def plan_of(json: Mapping[str, Any]) -> Plan:
    """The same back."""
    week, before, missing, since, first, until = json["window"]
    return Plan(
        Window(week, before, missing, datetime.fromisoformat(since), first, until),
        Tally(*json["tally"]),
        tuple(Point(*one) for one in json["adoption"]),
        {Section(name): total for name, total in json["totals"].items()},
        tuple(tuple(Stretch(Section(name), start, tuple(ids)) for name, start, ids in page) for page in json["pages"]),
        dict(json["attached"]),
        {
            one: Change(Colour(colour), Colour(was) if was else None, *rest)
            for one, colour, was, *rest in json.get("changes", ())
        },
        unpacked(json.get("told", "")),
        Compared(*json["compared"]) if json.get("compared") else None,
    )
