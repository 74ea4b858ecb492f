"""“The date is right”: somebody says so under the message about a clock that leapt."""

from commands.blocks import bold, context, line, rich, text
from commands.feature_views import person
from commands.listen import Ask
from commands.lists import said
from commands.message import Message
from customers.clock import Clock


class ClockRight:
    """Parse, call, render."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, ask: Ask) -> Message:
        if not await self._clock.confirm(ask.now):
            return said("Nothing is held back.", "The clock and the date that Dossier knows agree.", now=ask.now)
        head = f"It is {ask.now:%Y-%m-%d %H:%M} UTC"
        told = ", says "
        goes = context("What happens by itself goes on within a minute; of what was missed only the latest counts.")
        blocks = [rich(line(bold(head), text(told), person(ask.reader.id), text("."))), goes]
        return Message(blocks, f"{head}: confirmed.", instead=True)
