"""What must happen outside because of a fact: rows of the outbox, written in the fact's own transaction.

An intent holds ids, not text: what is said is made when it is sent, with rights and channel checked again. The one
exception is a question of product, which stands nowhere else; it is taken out when it has been asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

GITHUB = "github"  # the lane of everything that goes to GitHub; posts have their channel as lane


class State(StrEnum):
    """Where an intent stands. `UNKNOWN`: it was tried and nobody knows what came of it, so it is looked up first."""

    NEW = "new"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Intent:
    """`key` names the fact, so that the same fact never speaks twice; `lane` is a channel, a person or `github`."""

    kind: str
    key: str
    lane: str
    about: Mapping[str, int | str] = field(default_factory=dict)
    customer_id: int | None = None
    wait: timedelta = timedelta()  # how long after the fact it is due; not stored

    def number(self, name: str) -> int:
        """An id in `about`; 0 when it is not there."""
        value = self.about.get(name, 0)
        return value if isinstance(value, int) else 0

    def word(self, name: str) -> str:
        """A word in `about`; empty when it is not there."""
        return str(self.about.get(name, ""))


@dataclass(frozen=True, slots=True)
class Queued:
    """An intent in the outbox. `due` is when something is done about it next, None when nothing will be."""

    id: int
    intent: Intent
    state: State
    attempts: int
    created_at: datetime
    due: datetime | None = None
    first_try: datetime | None = None
    reason: str = ""
    result: str = ""
    counted_from: datetime | None = None  # giving up counts from here
    unsure: bool = False  # it may have been done


TEAM = "team"  # whoever looks after the bot: the fallback channel, or an admin
UNDELIVERED = "undelivered"


def undelivered(row: Queued) -> tuple[Intent, ...]:
    """Tells whoever caused a message that it could not be delivered.

    The team, when nobody did, or when it was them who could not be told: they may have left.
    """
    channel, failed = row.intent.word("channel"), row.id
    who = row.intent.word("by") or row.intent.word("person") or TEAM
    if row.intent.kind == UNDELIVERED:
        if channel == TEAM:
            return ()
        who, failed = TEAM, row.intent.number("row")
    elif who == channel:
        who = TEAM
    about: dict[str, int | str] = {"row": failed, "channel": who}
    return (Intent(UNDELIVERED, f"undelivered:{row.id}:{row.attempts}", who, about, row.intent.customer_id),)


@dataclass(frozen=True, slots=True)
class Source:
    """The message something was captured from; a global shortcut has none."""

    channel: str = ""
    ts: str = ""
    permalink: str = ""
    thread: str = ""  # the thread it stands in; its own ts when it stands in none

    @property
    def is_message(self) -> bool:
        return bool(self.channel and self.ts)

    @property
    def said_at(self) -> datetime | None:
        """When the message was written: Slack's `ts` is that moment; None without a message."""
        seconds = self.ts.partition(".")[0]
        known = self.is_message and seconds.isascii() and seconds.isdecimal() and len(seconds) == 10
        return datetime.fromtimestamp(int(seconds), UTC) if known else None

    def answer(self, person: str) -> dict[str, int | str]:
        """Where an answer goes: the source's thread, or the person when there is none."""
        if self.is_message:
            return {"channel": self.channel, "thread": self.thread or self.ts, "person": person}
        return {"channel": person, "person": person}

    def lane(self, person: str) -> str:
        """The channel that the answer's pace is counted for."""
        return self.channel if self.is_message else person
