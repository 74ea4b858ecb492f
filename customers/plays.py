"""What can be done with playbooks: see them, start one for a customer, do its steps, be reminded in the morning."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from customers import runs
from customers.errors import NoSuchPlaybook, RunGone
from customers.intents import Intent
from customers.model import Profile, Status
from customers.people import Reader
from customers.playbooks import Plan, Playbook, Shelf, plan
from customers.ports import RecordStore
from customers.runs import Changed, Close, Draft, DueStep, Reminder, Run, RunStep, Started, Waiting
from customers.schedule import Daily
from customers.scope import All, One

MORNING = time(9)
MINE = 20  # runs of one person that are listed
CUSTOMERS = 2_000  # of one CSM that are looked through
CHUNK = 500  # steps looked at in one go when reminders are due
FURTHEST = 1_000  # days from today that a playbook may count from
CHURNED = "the customer churned"  # why a playbook was stopped
LEFT = f"{runs.AFTER_CHURN.days} days have passed since the customer churned"  # why one that goes on was
SHOWN = 40  # characters of a name that an answer repeats


class PlaybookStore(Protocol):
    """Started playbooks; every change is one transaction with what it says to whom."""

    async def start(
        self, scope: One, draft: Draft, person: str, key: str, now: datetime, speak: Callable[[Run], list[Intent]]
    ) -> Started: ...

    async def find(self, scope: All, run_id: int) -> Run | None: ...

    async def open_for(self, scope: One) -> list[Run]: ...

    async def mine(self, scope: All, person: str, customer_ids: Sequence[int], limit: int) -> list[Run]: ...

    async def due(
        self, scope: All, person: str, customer_ids: Sequence[int], until: date, limit: int
    ) -> list[DueStep]: ...

    async def close(
        self, scope: One, run_id: int, number: int, close: Close, key: str, speak: Callable[[Run], list[Intent]]
    ) -> Changed: ...

    async def reopen(
        self, scope: One, run_id: int, number: int, now: datetime, speak: Callable[[Run], list[Intent]]
    ) -> Changed: ...

    async def assign(
        self,
        scope: One,
        run_id: int,
        number: int,
        owner: str | None,
        key: str,
        now: datetime,
        speak: Callable[[Run], list[Intent]],
    ) -> Changed: ...

    async def stop(
        self, scope: One, run_id: int, close: Close, key: str, speak: Callable[[Run], list[Intent]]
    ) -> Changed: ...

    async def waiting(self, scope: All, day: date, limit: int, after: int = 0) -> list[Waiting]: ...

    async def of_churned(self, scope: All, today: date, limit: int) -> list[Run]: ...

    async def left(self, scope: All, reader: Reader, limit: int) -> Sequence[int]: ...

    async def remind(
        self, scope: One, reminder: Reminder, day: date, due: datetime, now: datetime, intents: Sequence[Intent]
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form says: which playbook for whom, counted from which day, tracked where, and who does what.

    `owners` maps a role to a Slack user; whoever is not in it leaves the role's steps to the customer's CSM.
    """

    customer_id: int
    playbook: Playbook
    anchor: date
    channel: str
    owners: Mapping[str, str]


class Playbooks:
    """The façade for `/playbook`, its forms and its reminders. `now` is aware; raises `customers.errors` for people."""

    def __init__(self, store: PlaybookStore, records: RecordStore, read: Callable[[], Shelf], zone: ZoneInfo) -> None:
        self._store = store
        self._records = records
        self._read = read
        self._zone = zone
        self._mornings = Daily(MORNING, zone)

    def today(self, now: datetime) -> date:
        """The team's local date."""
        return now.astimezone(self._zone).date()

    async def shelf(self) -> Shelf:
        """The playbooks as their files are now; read anew each time, because a team edits them."""
        return await asyncio.to_thread(self._read)

    async def named(self, typed: str) -> tuple[Playbook, str]:
        """The playbook that `typed` begins with, and the rest. Raises NoSuchPlaybook."""
        shelf = await self.shelf()
        found, rest = shelf.named(typed)
        if found is None:
            shown = typed.strip()
            raise NoSuchPlaybook(shown[:SHOWN] + ("…" if len(shown) > SHOWN else ""), shelf.kinds)
        return found, rest

    def proposed(self, playbook: Playbook, profile: Profile | None, now: datetime) -> date | None:
        """The day to count from, as the document has it; None when it does not say."""
        return playbook.anchor.of(profile, self.today(now)) if profile else None

    def anchor_problem(self, anchor: date, now: datetime) -> str | None:
        """Why a playbook cannot count from this day."""
        if abs((anchor - self.today(now)).days) > FURTHEST:
            return "This day is years away. Choose one nearer to today."
        return None

    def churn_problem(self, playbook: Playbook, profile: Profile, now: datetime) -> str | None:
        """Why a playbook cannot be started for a customer who churned; None for everybody else."""
        if profile.status is not Status.CHURNED:
            return None
        if not playbook.goes_on:
            return f"This customer has churned; the {playbook.title} playbook is for current ones."
        if profile.churned is None:
            return "This customer has churned, but the document does not say when. Write Churned and the day there."
        if self.today(now) >= profile.churned + runs.AFTER_CHURN:
            days = runs.AFTER_CHURN.days
            return f"This customer churned on {profile.churned}; a playbook goes on for {days} days after that."
        return None

    def ends(self, profile: Profile) -> date | None:
        """The day that ends what goes on for a customer who churned; None when they have not, or nobody knows when."""
        churned = profile.churned if profile.status is Status.CHURNED else None
        return churned + runs.AFTER_CHURN if churned else None

    def planned(self, playbook: Playbook, anchor: date, now: datetime) -> Plan:
        """When each step would be due if it started now; only for an anchor without a problem."""
        return plan(playbook, anchor, self.today(now))

    async def start(self, wish: Wish, reader: Reader, key: str, now: datetime) -> Started:
        """Starts it with its message, unless one of its kind runs already. Raises CustomerGone."""
        steps = tuple(
            RunStep(number, step.title, step.detail, step.role, wish.owners.get(step.role), step.days, due)
            for number, (step, due) in enumerate(self.planned(wish.playbook, wish.anchor, now).steps, start=1)
        )
        book = wish.playbook
        draft = Draft(
            wish.customer_id, book.kind, book.title, book.anchor, wish.anchor, wish.channel, steps, book.goes_on
        )
        return await self._store.start(One(wish.customer_id), draft, reader.id, key, now, runs.started)

    async def show(self, run_id: int) -> Run:
        """One run. Raises RunGone."""
        run = await self._store.find(All("show playbook"), run_id)
        if run is None:
            raise RunGone()
        return run

    async def step(self, run_id: int, number: int) -> tuple[Run, RunStep]:
        """One step with its run. Raises RunGone."""
        run = await self.show(run_id)
        step = run.step(number)
        if step is None:
            raise RunGone()
        return run, step

    async def open_for(self, customer_id: int) -> tuple[Run, ...]:
        """What runs for a customer, the oldest first."""
        return tuple(await self._store.open_for(One(customer_id)))

    async def running(self, customer_id: int, kind: str) -> Run | None:
        """The open one of this kind."""
        return next((one for one in await self.open_for(customer_id) if one.kind == kind), None)

    async def mine(self, reader: Reader) -> tuple[Run, ...]:
        """What the reader started, has a step in, or what runs for a customer of theirs."""
        ids = await self._customers_of(reader)
        return tuple(await self._store.mine(All("my playbooks"), reader.id, ids, MINE))

    async def due_for(self, reader: Reader, today: date, limit: int) -> tuple[DueStep, ...]:
        """The reader's steps that are due today or overdue, the oldest first; for the Home tab."""
        ids = await self._customers_of(reader)
        return tuple(await self._store.due(All("my steps"), reader.id, ids, today, limit))

    async def done(self, run_id: int, number: int, reader: Reader, key: str, now: datetime, pressed: str) -> Changed:
        """A step is done; `pressed` is `C123/ts` of the message that the answer changes. Raises RunGone."""
        return await self._close(run_id, number, "", reader, key, now, pressed)

    async def skip(self, run_id: int, number: int, why: str, reader: Reader, key: str, now: datetime) -> Changed:
        """A step is left out, for a reason. Raises RunGone."""
        return await self._close(run_id, number, why, reader, key, now, "")

    async def _close(
        self, run_id: int, number: int, why: str, reader: Reader, key: str, now: datetime, pressed: str
    ) -> Changed:
        run, step = await self.step(run_id, number)
        close = Close(reader.id, now, self.today(now), why)
        speak = _step_changed(step, key, pressed)
        return await self._store.close(One(run.customer_id), run_id, number, close, key, speak)

    async def reopen(self, run_id: int, number: int, key: str, now: datetime) -> Changed:
        """A step was not done after all; nothing changes once the run is closed. Raises RunGone."""
        run, step = await self.step(run_id, number)
        speak = _step_changed(step, key, "")
        return await self._store.reopen(One(run.customer_id), run_id, number, now, speak)

    async def assign(
        self, run_id: int, number: int, owner: str | None, reader: Reader, key: str, now: datetime
    ) -> Changed:
        """Gives a step to somebody, or back to the customer's CSM. Raises RunGone."""
        run, step = await self.step(run_id, number)
        speak = _step_changed(step, key, "")
        return await self._store.assign(One(run.customer_id), run_id, number, owner, key, now, speak)

    async def stop(self, run_id: int, why: str, reader: Reader, key: str, now: datetime) -> Changed:
        """Ends it before its steps are done, for a reason that the history keeps. Raises RunGone."""
        run = await self.show(run_id)
        close = Close(reader.id, now, self.today(now), why)

        def speak(after: Run) -> list[Intent]:
            return [runs.card_changed(after.id, after.customer_id, after.channel, key)]

        return await self._store.stop(One(run.customer_id), run_id, close, key, speak)

    async def remind(self, now: datetime) -> int:
        """From nine in the morning: one message per person and run for what is due; how many.

        A step is told on its day and then every week. On the day of the start only those hear of it who were given
        steps by somebody else: whoever started it has just seen them.
        """
        morning = self._mornings.latest(now)
        if morning.day != self.today(now):
            return 0
        await self._end_churned(now)
        told, after = 0, 0
        while chunk := await self._store.waiting(All("playbook reminders"), morning.day, CHUNK, after):
            after = chunk[-1].run_id
            for reminder in runs.grouped(one for one in chunk if self._is_news(one, morning.day)):
                intents = runs.reminded(reminder, morning.day)
                one = One(reminder.customer_id)
                told += await self._store.remind(one, reminder, morning.day, morning.due, now, intents)
        return told

    async def _end_churned(self, now: datetime) -> None:
        """What runs for customers who churned is stopped when its time is over; their history keeps the reason."""
        today = self.today(now)
        for run in await self._store.of_churned(All("playbooks of churned customers"), today, CHUNK):
            key = f"churned:{run.id}"
            close = Close("", now, today, LEFT if run.goes_on else CHURNED)
            told = [runs.card_changed(run.id, run.customer_id, run.channel, key)]
            await self._store.stop(One(run.customer_id), run.id, close, key, _saying(told))

    def _is_news(self, one: Waiting, day: date) -> bool:
        return self.today(one.started_at) < day or one.owner not in (None, one.started_by)

    async def _customers_of(self, reader: Reader) -> Sequence[int]:
        """Their current customers, and those who churned while a playbook goes on."""
        current = await self._records.of_csm(All("my playbooks"), reader, CUSTOMERS)
        return [*current, *await self._store.left(All("my playbooks"), reader, CUSTOMERS)]


def _saying(told: list[Intent]) -> Callable[[Run], list[Intent]]:
    return lambda _: told


def _step_changed(step: RunStep, key: str, pressed: str) -> Callable[[Run], list[Intent]]:
    return lambda after: runs.step_changed(after, step, key, pressed)
