"""The button "Send again" under a message about something that could not be delivered."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from commands.blocks import bold, line, rich, text
from commands.listen import Ask
from commands.message import Message

Again = Callable[[str, datetime, str], Awaitable[bool]]


class Redeliver:
    """Parse, call, render. `again` takes the intent's key, the time and the press's key: a press asks once.

    It answers whether there was something to send.
    """

    def __init__(self, again: Again) -> None:
        self._again = again

    async def __call__(self, ask: Ask) -> Message:
        if await self._again(ask.value, ask.now, ask.key):
            told, then = "It is being sent again.", "The answer comes here."
        else:
            told, then = "There is nothing to send again.", "It was delivered, or somebody pressed before you."
        return Message([rich(line(bold(told), text(f" {then}")))], f"{told} {then}", beside=True)
