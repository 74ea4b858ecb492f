"""What is said about playbooks: a run's message, what became of it, and what is due in the morning."""

from datetime import date, datetime

from commands import playbook_views as views
from commands.named import NamesOf
from commands.said import Said
from customers.desk import Desk
from customers.intents import Intent
from customers.people import Reader, Standing
from customers.plays import Playbooks
from customers.runs import Run, card_key, due_key

_BOT = Reader("", Standing.BOT)


class PlaybookNews:
    """Composes; every method takes an intent and returns what is said, from the run as it is now."""

    def __init__(self, desk: Desk, playbooks: Playbooks, names: NamesOf) -> None:
        self._desk = desk
        self._names = names
        self._playbooks = playbooks

    async def card(self, intent: Intent, now: datetime) -> Said:
        """The run's message, or the change of it."""
        run = await self._playbooks.show(intent.number("run"))
        names = await self._names(views.owners(run))
        message = views.card(run, self._playbooks.today(now), now, names=names)
        return Said(message, updates=card_key(run.id) if intent.number("update") else "")

    async def due(self, intent: Intent, now: datetime) -> Said | None:
        """A reminder, unless everything in it was done meanwhile; or the change of one that was sent."""
        run = await self._playbooks.show(intent.number("run"))
        day, owner = _day(intent), intent.word("person") or None
        if day is None:
            return None
        message = views.reminder(run, owner, day, self._playbooks.today(now))
        if intent.number("update"):
            return Said(message, updates=due_key(run.id, owner, day))
        if not (run.is_open and _waits(run, owner, day)):
            return None
        if owner:
            return Said(message)
        card = await self._desk.open(run.customer_id, _BOT, now)
        return Said(message, to_csm=True, csm=card.profile.csm)


def _waits(run: Run, owner: str | None, day: date) -> bool:
    return any(one.is_open and one.owner == owner and one.reminded == day for one in run.steps)


def _day(intent: Intent) -> date | None:
    try:
        return date.fromisoformat(intent.word("day"))
    except ValueError:
        return None
