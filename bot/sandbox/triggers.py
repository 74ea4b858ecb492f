"""Short-lived rights: trigger ids to open a form, response URLs to answer an interaction.

Sources: docs.slack.dev, "Handling user interaction" (response_url: 5 uses in 30 minutes) and "views.open"
(trigger_id: 3 seconds, once).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.workspace import Message

__all__ = ["TRIGGER_LIFE", "ResponseUrl", "ResponseUrls", "Triggers"]

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass(slots=True)
class _Trigger:
    person: str
    made: datetime
    used: bool = False


class Triggers:
    """Hands out trigger ids and exchanges each once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[str, _Trigger] = {}

    def new(self, person: str) -> str:
        """Return a trigger id for something a person just did."""
        name = f"{secrets.randbelow(10**12):012d}.{secrets.token_hex(8)}"
        self._made[name] = _Trigger(person, self._clock.now())
        return name

    def exchange(self, name: str) -> str:
        """Use a trigger up and return the person; LookupError with Slack's code when that is not possible."""
        trigger = self._made.get(name)
        if trigger is None:
            raise LookupError("invalid_trigger_id")
        if trigger.used:
            raise LookupError("exchanged_trigger_id")
        if self._clock.now() - trigger.made > TRIGGER_LIFE:
            raise LookupError("expired_trigger_id")
        trigger.used = True
        return trigger.person

    def clear(self) -> None:
        """Forget everything."""
        self._made.clear()


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer may go: the channel, the person who acted, the message acted on."""

    channel: str
    person: str
    made: datetime
    source: Message | None = None
    answers: str = ""
    left: int = RESPONSE_USES


class ResponseUrls:
    """Hands out response URLs and counts their use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[str, ResponseUrl] = {}

    def new(self, channel: str, person: str, *, source: Message | None = None, answers: str = "") -> str:
        """Return the last path segment of a new response URL."""
        ticket = secrets.token_urlsafe(18)
        self._made[ticket] = ResponseUrl(channel, person, self._clock.now(), source, answers)
        return ticket

    def use(self, ticket: str) -> ResponseUrl:
        """Use a response URL once; LookupError with Slack's code when it is used up, expired or unknown."""
        found = self._made.get(ticket)
        if found is None:
            raise LookupError("invalid_url")
        if self._clock.now() - found.made > RESPONSE_LIFE:
            raise LookupError("expired_url")
        if found.left == 0:
            raise LookupError("used_url")
        found.left -= 1
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._made.clear()
