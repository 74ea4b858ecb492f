"""A playbook that was started for a customer: its own copy of the steps, who does them, and what they came to.

The steps are copied when it starts, so a file that is edited later changes nothing that is under way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customers.intents import Intent
from customers.playbooks import Anchor

CARD, DUE = "playbook_card", "playbook_due"  # kinds of intents
REASON = 300
AFTER_CHURN = timedelta(days=90)  # then everything about the customer is erased (customer document, "Data handling")


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step. `owner` is a Slack user, none means the customer's CSM; done and skipped steps have a `done_at`."""

    number: int
    title: str
    detail: str
    role: str
    owner: str | None
    days: int
    due: date
    done_at: datetime | None = None
    done_by: str | None = None
    skipped_why: str = ""
    reminded: date | None = None

    @property
    def is_open(self) -> bool:
        return self.done_at is None

    def is_overdue(self, today: date) -> bool:
        """Its day is over; on the day itself it is due."""
        return self.is_open and self.due < today

    def planned(self, anchor: date) -> date:
        """The day that the file says, which a late start moves to the day of the start."""
        return anchor + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Run:
    """One started playbook. `place` is `C123/ts` of its message, empty until that is posted.

    One that `goes_on` is not ended by the customer's churn, only by the 90 days after it.
    """

    id: int
    customer_id: int
    customer: str
    kind: str
    title: str
    counts_from: Anchor
    anchor: date
    channel: str
    started_by: str
    started_at: datetime
    steps: tuple[RunStep, ...]
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_why: str = ""
    place: str = ""
    goes_on: bool = False

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def name(self) -> str:
        """`Renewal playbook`."""
        return self.title if "playbook" in self.title.casefold() else f"{self.title} playbook"

    @property
    def open_steps(self) -> tuple[RunStep, ...]:
        """What is still to be done, the oldest day first."""
        return tuple(sorted((one for one in self.steps if one.is_open), key=lambda one: (one.due, one.number)))

    @property
    def skipped(self) -> int:
        return sum(bool(one.skipped_why) for one in self.steps)

    @property
    def done(self) -> int:
        """Steps that were done; skipped ones are not."""
        return sum(not one.is_open for one in self.steps) - self.skipped

    @property
    def late(self) -> int:
        """Open steps that were due before the start."""
        return sum(one.is_open and one.planned(self.anchor) < one.due for one in self.steps)

    def step(self, number: int) -> RunStep | None:
        """The step with this number."""
        return next((one for one in self.steps if one.number == number), None)

    def counted(self) -> str:
        """`11 of 12 steps, 1 skipped`."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.done} of {len(self.steps)} step{'' if len(self.steps) == 1 else 's'}{skipped}"

    def outcome(self) -> str:
        """How it ended, as the customer's history keeps it."""
        if self.open_steps:
            return f"{self.name} stopped after {self.counted()}: {self.closed_why}"
        return f"{self.name} finished: {self.counted()}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is started: steps with the day on which each is due, and who does them."""

    customer_id: int
    kind: str
    title: str
    counts_from: Anchor
    anchor: date
    channel: str
    steps: tuple[RunStep, ...]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """`new` unless one of this kind runs for the customer already; `heard` when this very form was sent before."""

    run: Run
    new: bool
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """Somebody did a step, or left it out for a reason; `on` is the team's local date."""

    by: str
    at: datetime
    on: date
    why: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A run after somebody did something; `by_now` when there was nothing left to change."""

    run: Run
    by_now: bool = False


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step on somebody's list."""

    run_id: int
    customer_id: int
    customer: str
    playbook: str
    step: RunStep


@dataclass(frozen=True, slots=True)
class Reminder:
    """Steps of one run that one person (or the CSM) is reminded of."""

    run_id: int
    customer_id: int
    channel: str
    owner: str | None
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open step whose reminder is due."""

    run_id: int
    customer_id: int
    channel: str
    owner: str | None
    number: int
    started_by: str
    started_at: datetime


def open_key(customer_id: int, kind: str) -> str:
    """One open playbook of a kind per customer."""
    return f"{customer_id}:{kind}"


def card_key(run_id: int) -> str:
    """The outbox key of a run's message; later changes of it name this key."""
    return f"{CARD}:{run_id}"


def started(run: Run) -> list[Intent]:
    """Its message; where outsiders read along it goes to whoever started it."""
    about: dict[str, int | str] = {"run": run.id, "channel": run.channel, "person": run.started_by}
    return [Intent(CARD, card_key(run.id), run.channel, about, run.customer_id)]


def due_key(run_id: int, owner: str | None, day: date) -> str:
    """The outbox key of a reminder; later changes of it name this key."""
    return f"{DUE}:{run_id}:{owner or 'csm'}:{day.isoformat()}"


def card_changed(run_id: int, customer_id: int, channel: str, stamp: str, pressed: str = "") -> Intent:
    """Its message tells what is true now; `stamp` names the change.

    `pressed` is `C123/ts` of the message whose answer has changed it already.
    """
    about: dict[str, int | str] = {"run": run_id, "channel": channel, "update": 1, "pressed": pressed}
    return Intent(CARD, f"{card_key(run_id)}:{stamp}", channel, about, customer_id)


def step_changed(run: Run, before: RunStep, stamp: str, pressed: str) -> list[Intent]:
    """A step of the run is not what it was: its message says so, and so does the reminder that told of it last."""
    found = [card_changed(run.id, run.customer_id, run.channel, stamp, pressed)]
    if before.reminded:
        key = due_key(run.id, before.owner, before.reminded)
        about = _about_due(run.id, before.owner, before.reminded) | {"update": 1, "pressed": pressed}
        found.append(Intent(DUE, f"{key}:{stamp}", _lane(run.customer_id, before.owner), about, run.customer_id))
    return found


def reminded(reminder: Reminder, day: date) -> list[Intent]:
    """One message per person, run and day, and the card tells what is overdue by then."""
    key = due_key(reminder.run_id, reminder.owner, day)
    about = _about_due(reminder.run_id, reminder.owner, day)
    card = card_changed(reminder.run_id, reminder.customer_id, reminder.channel, day.isoformat())
    return [Intent(DUE, key, _lane(reminder.customer_id, reminder.owner), about, reminder.customer_id), card]


def _about_due(run_id: int, owner: str | None, day: date) -> dict[str, int | str]:
    about: dict[str, int | str] = {"run": run_id, "day": day.isoformat()}
    return about | ({"channel": owner, "person": owner} if owner else {})


def _lane(customer_id: int, owner: str | None) -> str:
    return owner or f"csm:{customer_id}"


def grouped(waiting: Iterable[Waiting]) -> list[Reminder]:
    """One reminder for each run and person."""
    found: dict[tuple[int, str | None], list[Waiting]] = {}
    for one in waiting:
        found.setdefault((one.run_id, one.owner), []).append(one)
    return [
        Reminder(run_id, some[0].customer_id, some[0].channel, owner, tuple(one.number for one in some))
        for (run_id, owner), some in found.items()
    ]
