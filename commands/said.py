"""A message that leaves by itself, and whom it is for when that is a CSM."""

from collections.abc import Callable
from dataclasses import dataclass

from commands.message import Message
from customers.intents import Intent
from customers.model import Person


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that goes with a message whose words say the same.

    `draw` makes a PNG and takes its time, so it is called in a thread; `alt` says what is to be seen.
    """

    draw: Callable[[], bytes]
    title: str
    alt: str
    at: int = 1  # how many of the message's blocks stand above it


@dataclass(frozen=True, slots=True)
class Said:
    """`csm` is set for messages to a customer's CSM, found in Slack when they are sent.

    `knows` is a Slack user who need not be told, because they did it; `apart` one who gets a message of their own.
    """

    message: Message
    to_csm: bool = False
    csm: Person | None = None
    knows: str = ""
    apart: str = ""
    picture: Picture | None = None
    updates: str = ""  # the outbox key of a message that was sent before and is changed into this one
    then: Callable[[str, str], tuple[Intent, ...]] | None = None  # what follows once it stands at (channel, ts)
