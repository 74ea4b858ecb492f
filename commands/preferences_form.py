"""The form behind Home's button Preferences: quiet hours, time zone, language of dates."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from commands.blocks import Element
from commands.dates import NAMES
from commands.form import Errors, Filled, Form, external, field_of, notice, option, select, time_picker
from commands.listen import Ask
from customers.personal import Mine, Personal
from customers.preferences import LONGEST, Dates, Quiet, known_zone

NAME = "preferences"
OFFERED = 50  # zones in the menu
ZONE = "my_zone"
_FROM, _TO, _DATES = "quiet_from", "quiet_to", "dates"
_HOURS = int(LONGEST / timedelta(hours=1))


class PreferencesForm:
    """Parse, call, render."""

    def __init__(self, personal: Personal) -> None:
        self._personal = personal

    async def open(self, ask: Ask) -> Form:
        """With what is set already; the zone is Slack's, or the team's, for somebody who set none."""
        return form(await self._personal.of(ask.reader))

    async def submit(self, filled: Filled) -> Form | Errors:
        """Saved, unless the quiet hours cannot be."""
        quiet = quiet_of(filled)
        if isinstance(quiet, Errors):
            return quiet
        zone, dates = filled.choice(ZONE), filled.choice(_DATES)
        if not known_zone(zone):
            return Errors({ZONE: "Choose a time zone, such as Europe/Berlin."})
        style = next((one for one in Dates if one.value == dates), Dates.ISO)
        await self._personal.save(filled.reader, quiet, zone, style)
        told = f"Quiet hours: {quiet} by the clock of {zone}." if quiet else "No quiet hours."
        return notice("Preferences", "Saved.", told)


def form(mine: Mine) -> Form:
    """The form as somebody finds it."""
    quiet, zone = mine.preferences.quiet, str(mine.zone)
    chosen = option(zone, zone)
    return Form(
        NAME,
        "Preferences",
        [
            field_of("Quiet hours from", _FROM, time_picker(_FROM, quiet.starts if quiet else None), optional=True),
            field_of(
                "Quiet hours to",
                _TO,
                time_picker(_TO, quiet.ends if quiet else None),
                optional=True,
                hint="What Dossier tells you alone waits until then; a bug past its due time is told at once.",
            ),
            field_of("Time zone", ZONE, external(ZONE, chosen, "Type a city or region")),
            field_of(
                "Dates",
                _DATES,
                select(_DATES, [option(NAMES[one], one.value) for one in Dates], mine.preferences.dates.value),
                hint="How dates and times are written on this tab.",
            ),
        ],
    )


def quiet_of(filled: Filled) -> Quiet | Errors | None:
    """The hours that were filled in, none, or what is wrong with them."""
    starts, ends = filled.time(_FROM), filled.time(_TO)
    if starts is None and ends is None:
        return None
    if starts is None or ends is None:
        return Errors({_FROM if starts is None else _TO: "Fill in both times, or none."})
    if starts == ends:
        return Errors({_TO: "The hours end when they begin; choose another time, or clear both."})
    quiet = Quiet(starts, ends)
    return quiet if quiet.length <= LONGEST else Errors({_TO: f"At most {_HOURS} hours, or nothing would reach you."})


async def zones(typed: str, _state: Mapping[str, Any]) -> list[Element]:
    """What a menu of time zones offers while somebody types."""
    return [option(one, one) for one in await asyncio.to_thread(zones_named, typed)]


def zones_named(typed: str) -> list[str]:
    """At most OFFERED, those whose city begins so first."""
    words = typed.casefold().replace("_", " ").replace("/", " ").split()
    found = [(name, key) for name, key in _zones() if all(word in key for word in words)]
    first = words[0] if words else ""
    found.sort(key=lambda one: (not any(part.startswith(first) for part in one[1].split()), one[0]))
    return [name for name, _ in found[:OFFERED]]


@lru_cache(maxsize=1)
def _zones() -> list[tuple[str, str]]:
    return [(name, name.casefold().replace("_", " ").replace("/", " ")) for name in sorted(available_timezones())]
