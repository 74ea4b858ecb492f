"""The form that subscribes a channel to the weekly digest: when it comes and whom it speaks of."""

from collections.abc import Mapping, Sequence
from datetime import time
from hashlib import blake2b
from typing import Any

from commands.blocks import Element, line, rich, text
from commands.form import Errors, Filled, Form, external, externals, field_of, option, select, time_picker
from customers.digests import Digests
from customers.model import Tier
from customers.preferences import known_zone
from customers.subscriptions import CSMS, DAYS, Csm, Draft, Subscription

NAME = "digest"
ZONE, CSM = "digest_zone", "digest_csm"
OFFERED = 50  # CSMs in the menu
NINE = time(9)


def form(channel: str, before: Subscription | None, known: Sequence[Csm], digests: Digests) -> Form:
    """With what is set already; a new one begins on Monday at nine, by the team's zone, with everybody."""
    day, at, zone = (before.weekday, before.at, before.zone) if before else (0, NINE, digests.zone)
    judged = digests.check
    when = f"{DAYS[judged.weekday]}s at {judged.at:%H:%M} ({judged.zone})"
    hint = f"Health is judged {when}; a digest before that tells of the week before."
    told = "A message with what changed. Everyone in this channel, guests included, will be able to read it."
    chosen = option(str(zone), str(zone))
    tiers = [option(one.value, one.value) for one in Tier]
    picked = [_offered(one) for one in known if before and one.key in before.csms]
    return Form(
        NAME,
        "Weekly risk digest",
        [
            rich(line(text(told))),
            field_of("Day", "day", select("day", [option(name, str(n)) for n, name in enumerate(DAYS)], str(day))),
            field_of("Time", "at", time_picker("at", at), hint=hint),
            field_of("Time zone", "zone", external(ZONE, chosen, "Type a city, for example Berlin")),
            field_of("Tiers", "tiers", _multi(tiers, before), optional=True, hint="None chosen: all of them."),
            field_of(
                "CSMs",
                "csms",
                externals(CSM, picked, "Type a name", CSMS),
                optional=True,
                hint="Only customers of these people. None chosen: everybody's.",
            ),
        ],
        "Save" if before else "Subscribe",
        {"c": channel},
    )


def _multi(tiers: Sequence[Element], before: Subscription | None) -> Element:
    made: Element = {"type": "multi_static_select", "action_id": "tiers", "options": list(tiers)}
    made["placeholder"] = {"type": "plain_text", "text": "All tiers", "emoji": False}
    chosen = [one for one in tiers if before and Tier(one["value"]) in before.tiers]
    return made | ({"initial_options": chosen} if chosen else {})


def read(filled: Filled, known: Sequence[Csm]) -> Draft | Errors:
    """What the form says."""
    zone = known_zone(filled.choice("zone"))
    at = filled.time("at")
    if zone is None:
        return Errors({"zone": "Choose a time zone from the list."})
    if at is None:
        return Errors({"at": "Choose a time."})
    day = filled.choice("day")
    tiers = tuple(Tier(value) for value, _ in filled.choices("tiers") if value in set(Tier))
    wanted = {value for value, _ in filled.choices("csms")}
    csms = tuple(one.key for one in known if _id(one) in wanted)
    if len(csms) < len(wanted):
        return Errors({"csms": "Somebody you chose is no CSM of any customer any more; take them out."})
    return Draft(int(day) if day.isdecimal() and len(day) == 1 and int(day) < len(DAYS) else 0, at, zone, tiers, csms)


class Menus:
    """What the form's menus offer while somebody types."""

    def __init__(self, digests: Digests) -> None:
        self._digests = digests

    async def csms(self, typed: str, _state: Mapping[str, Any]) -> list[Element]:
        """CSMs whose name or address holds everything that was typed."""
        words = typed.casefold().split()
        known = await self._digests.csms()
        found = [one for one in known if all(word in f"{one.name.casefold()} {one.key}" for word in words)]
        return [_offered(one) for one in found[:OFFERED]]


def _offered(one: Csm) -> Element:
    return option(one.name, _id(one), one.key if "@" in one.key[1:] and one.key != one.name.casefold() else "")


def _id(one: Csm) -> str:
    """Ids of options hold nobody's name, and an address may be longer than they may be."""
    return blake2b(one.key.encode(), digest_size=8).hexdigest()
