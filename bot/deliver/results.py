"""What one attempt came to, in the words of the outbox."""

from dataclasses import dataclass

from customers.intents import Intent


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there; `result` says where."""

    result: str = ""
    follow: tuple[Intent, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """It surely was not done: again after `after` seconds (None: the usual backoff). `brake` holds a lane for all.

    `endless`: somebody has to mend a setting, and until then it is not given up.
    """

    reason: str
    after: float | None = None
    brake: str | None = None
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody knows: it is looked up before it is done again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Looked up and surely not there."""


@dataclass(frozen=True, slots=True)
class Given:
    """It can never be done; people are shown why."""

    reason: str
    follow: tuple[Intent, ...] = ()
    unsure: bool = False  # it may have been done all the same


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nobody wants it any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """It waits for a setting, and for nothing else."""

    reason: str


Result = Sent | Later | Uncertain | Absent | Given | Dropped | Parked
