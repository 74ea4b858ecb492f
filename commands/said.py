"""A message that leaves by itself, and whom it is for when that is a CSM."""

from dataclasses import dataclass

from commands.message import Message
from customers.model import Person


@dataclass(frozen=True, slots=True)
class Said:
    """`csm` is set for messages to a customer's CSM, found in Slack when they are sent.

    `knows` is a Slack user who need not be told, because they did it.
    """

    message: Message
    to_csm: bool = False
    csm: Person | None = None
    knows: str = ""
