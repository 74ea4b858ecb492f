"""Alerts about usage that fell: one per customer and week, told to the CSM, until somebody has dealt with it.

Customer document, "Weekly Check": "Alert if >20% drop week-over-week" and "CSM outreach if usage drops". Who claims an
alert has it; who snoozes it gets it back; whoever closes it says what came of it, and that lands in the history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from customers import outreach, weeks
from customers.errors import AlertGone
from customers.facts import Thresholds, fallen
from customers.intents import Intent
from customers.model import Person, Week
from customers.outreach import Fallen
from customers.people import Reader
from customers.schedule import instant
from customers.scope import All, One

NOTE = 800  # characters; with the numbers in front of it, it fits into an entry of the history
LONGEST = 90  # days that an alert may be snoozed
OLD = timedelta(weeks=1)  # unclaimed for so long: carried over, with its age
REMINDED = 4  # weeks after the first message in which its CSM is reminded of one that nobody claimed
NEARLY = timedelta(days=6)  # what is younger waits for the next reminder: a check may come earlier than the one before
UNFINISHED = timedelta(weeks=2)  # whoever claimed one is asked about it after so long
MORNING = time(9)  # when a snooze until a date ends
OPEN = 200  # alerts that a list asks for at most
WITHDRAWN = "The usage numbers were corrected: it was no such fall."
_SCOPE = All("alerts")
_USUAL = Thresholds().usage_drop


@dataclass(frozen=True, slots=True)
class Alert:
    """Usage fell from `before` to `active` users in the complete week that begins on Monday `week`.

    People are Slack users. `done_by` is empty when corrected numbers took the alert back.
    """

    id: int
    customer_id: int
    customer: str
    csm: Person | None
    week: date
    before: int
    active: int
    created_at: datetime
    claimed_by: str = ""
    claimed_at: datetime | None = None
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    done_by: str = ""
    done_at: datetime | None = None
    note: str = ""
    latest: Week | None = None  # users of the newest week that was judged, when that is a later one

    @property
    def drop(self) -> float:
        """The share that is gone, 0 to 1."""
        return (self.before - self.active) / self.before if self.before else 0.0

    @property
    def drop_words(self) -> str:
        """`34.2 %`; 20.01 % is never shown as the 20 % that would be no alert."""
        return fallen(self.drop, _USUAL)

    @property
    def fall(self) -> str:
        """`usage fell 34.2 %: 120 → 79 weekly users in 2026-W46`, or that it did not, after all."""
        fell = f"usage fell {self.drop_words}" if not self.is_withdrawn else "usage did not fall so far"
        return f"{fell}: {self.numbers}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether corrected numbers took it back."""
        return self.done_at is not None and not self.done_by

    @property
    def numbers(self) -> str:
        """`120 → 79 weekly users in 2026-W46`."""
        return f"{self.before} → {self.active} weekly users in {weeks.label(self.week)}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None

    @property
    def is_recovered(self) -> bool:
        """Whether usage is back to what it was before the fall, or beyond."""
        return not self.is_withdrawn and self.latest is not None and self.latest.active >= self.before

    @property
    def since(self) -> str:
        """`70 in 2026-W48`; empty while no later week is known."""
        return f"{self.latest.active} in {weeks.label(self.latest.start)}" if self.latest else ""

    def is_snoozed(self, now: datetime) -> bool:
        """Whether it is out of sight until later."""
        return self.is_open and self.snoozed_until is not None and self.snoozed_until > now

    def waits(self, now: datetime) -> bool:
        """Whether nobody has it and somebody should."""
        return self.is_open and not self.claimed_by and not self.is_snoozed(now)

    def age(self, now: datetime) -> timedelta:
        """Since it was noticed."""
        return max(timedelta(), now - self.created_at)

    def is_told_by(self, recent: Sequence[Week], drop: float, base: int) -> bool:
        """Whether usage as it is known now still says so; yes when it does not know both weeks."""
        known = {one.start: one.active for one in recent}
        active, before = known.get(self.week), known.get(self.week - timedelta(weeks=1))
        if active is None or before is None:
            return True
        return before >= base and (before - active) / before > drop


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants done to an alert. `key` names the press, `pressed` (`C1/1.2`) the message it was in."""

    alert_id: int
    person: str
    key: str
    pressed: str = ""


class AlertStore(Protocol):
    """Alerts; every change is one transaction with its inbox key and what it says to whom."""

    async def tell(
        self,
        scope: All,
        week: date,
        limits: Thresholds,
        now: datetime,
        speak: Callable[[Sequence[Fallen], Mapping[str, int]], list[Intent]],
    ) -> int: ...

    async def remind(
        self,
        scope: All,
        week: date,
        since: date,
        before: datetime,
        now: datetime,
        speak: Callable[[Sequence[Fallen]], list[Intent]],
    ) -> int: ...

    async def come_back(
        self, scope: All, now: datetime, speak: Callable[[Sequence[Fallen], datetime], list[Intent]]
    ) -> int: ...

    async def claim(
        self, scope: All, change: Change, now: datetime, *, over: bool, later: Intent | None = None
    ) -> Alert: ...

    async def give_back(self, scope: All, change: Change, now: datetime) -> Alert: ...

    async def snooze(self, scope: All, change: Change, until: datetime, now: datetime) -> Alert: ...

    async def done(self, scope: All, change: Change, note: str, on: date, now: datetime) -> Alert: ...

    async def some(self, scope: All, ids: Sequence[int]) -> list[Alert]: ...

    async def shown(self, scope: All, message: str) -> list[Alert]: ...

    async def waiting(self, scope: All, now: datetime, limit: int, reader: Reader | None) -> list[Alert]: ...

    async def of_customer(self, scope: One, now: datetime) -> Alert | None: ...


class Alerts:
    """The façade. `now` is aware UTC; raises `customers.errors` for people."""

    name = "alerts"

    def __init__(self, store: AlertStore, limits: Thresholds, zone: ZoneInfo) -> None:
        self._store = store
        self._limits = limits
        self._zone = zone

    async def tell(self, week: date, now: datetime, late: bool) -> None:
        """Gives the alerts of the week (its Monday) that were not told yet to the outbox, once each.

        Alerts that corrected numbers contradict are taken back first. When `late` only the team is told, once.
        """

        def speak(fallen: Sequence[Fallen], told: Mapping[str, int]) -> list[Intent]:
            return outreach.overslept(week, fallen) if late else outreach.outreach(week, fallen, told)

        await self._store.tell(_SCOPE, week, self._limits, now, speak)
        if not late:
            await self._remind(week, now)

    async def _remind(self, week: date, now: datetime) -> None:
        """Once a week, after the check and not before the morning: whoever looks after a customer whose older alert
        nobody has claimed.
        """
        since = week - timedelta(weeks=REMINDED)
        wait = max(timedelta(), instant(now.astimezone(self._zone).date(), MORNING, self._zone) - now)
        await self._store.remind(
            _SCOPE, week, since, now - NEARLY, now, lambda waiting: outreach.reminders(week, waiting, wait)
        )

    async def run(self, now: datetime) -> None:
        """For the heartbeat: what was snoozed until now comes back."""
        await self._store.come_back(_SCOPE, now, outreach.returned)

    async def claim(self, change: Change, now: datetime, *, over: bool = False) -> Alert:
        """The person has it from now on; somebody else's stays theirs unless it is taken `over`.

        Answers the alert as it is then, whoever has it, done or not. Raises AlertGone.
        """
        day = now.astimezone(self._zone).date()
        asked = instant(day + UNFINISHED, MORNING, self._zone)
        later = outreach.unfinished(change.person, day, asked - now)
        return await self._store.claim(_SCOPE, change, now, over=over, later=later)

    async def give_back(self, change: Change, now: datetime) -> Alert:
        """Whoever has it has it no longer; somebody else's stays theirs. The same answer as `claim`."""
        return await self._store.give_back(_SCOPE, change, now)

    async def snooze(self, change: Change, until: datetime, now: datetime) -> Alert:
        """Nobody sees it until then, in the messages and lists that ask; the same answer as `claim`."""
        return await self._store.snooze(_SCOPE, change, until, now)

    async def done(self, change: Change, note: str, now: datetime) -> Alert:
        """Closes it with a note that becomes part of the customer's history. Raises AlertGone or AlertOver."""
        today = now.astimezone(self._zone).date()
        return await self._store.done(_SCOPE, change, note[:NOTE], today, now)

    async def find(self, alert_id: int) -> Alert:
        """One alert. Raises AlertGone."""
        found = await self._store.some(_SCOPE, [alert_id])
        if not found:
            raise AlertGone()
        return found[0]

    async def of(self, ids: Sequence[int]) -> list[Alert]:
        """Several alerts in the order asked for, in whatever state, without those that are gone."""
        found = {one.id: one for one in await self._store.some(_SCOPE, ids)}
        return [found[one] for one in ids if one in found]

    async def shown(self, message: str) -> list[Alert]:
        """The alerts of a message by its key, in whatever state."""
        return await self._store.shown(_SCOPE, message)

    async def unfinished(self, message: str, person: str, day: date, now: datetime) -> list[Alert]:
        """Of those in a message the ones that the person claimed that day and that are not done."""
        return [
            one
            for one in await self.shown(message)
            if one.is_open and not one.is_snoozed(now) and one.claimed_by == person and one.claimed_at
            if one.claimed_at.astimezone(self._zone).date() == day
        ]

    async def ranked(self, reader: Reader, now: datetime) -> list[Alert]:
        """Everybody's open alerts, those of the reader first; each part the deepest fall first."""
        mine = await self.open_for(reader, now)
        theirs = {one.id for one in mine}
        return mine + [one for one in await self.open(now) if one.id not in theirs]

    async def open(self, now: datetime, limit: int = OPEN) -> list[Alert]:
        """Alerts that are neither done nor snoozed, claimed or not, the deepest fall first."""
        return await self._store.waiting(_SCOPE, now, limit, None)

    async def open_for(self, reader: Reader, now: datetime, limit: int = OPEN) -> list[Alert]:
        """The same of one CSM's customers, and of those that they claimed."""
        return await self._store.waiting(_SCOPE, now, limit, reader)

    async def of_customer(self, customer_id: int, now: datetime) -> Alert | None:
        """The newest open alert of a customer that is not snoozed."""
        return await self._store.of_customer(One(customer_id), now)

    def still_so(self, alert: Alert, recent: Sequence[Week]) -> bool:
        """Whether usage as it is known now still says so."""
        return alert.is_told_by(recent, self._limits.usage_drop, self._limits.drop_base)

    def until(self, choice: str, now: datetime) -> datetime:
        """`1d` and `1w` from now."""
        return now + (timedelta(days=1) if choice == "1d" else timedelta(weeks=1))

    def until_day(self, day: date, now: datetime) -> datetime | None:
        """That morning in the team's zone; None when the day is not among the next ninety."""
        today = now.astimezone(self._zone).date()
        if not timedelta() < day - today <= timedelta(days=LONGEST):
            return None
        return datetime.combine(day, MORNING, self._zone).astimezone(UTC)

    def tomorrow(self, now: datetime) -> date:
        """The team's next day."""
        return now.astimezone(self._zone).date() + timedelta(days=1)

    def when(self, moment: datetime) -> str:
        """`2026-11-23 09:00` in the team's zone."""
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"


def told_in_history(alert: Alert, note: str) -> str:
    """The entry of the customer's history."""
    return f"Usage fell {alert.drop_words} ({alert.numbers}): {note}"


def closed_with(alert: Alert, note: str) -> str:
    """The note of older alerts of the same customer."""
    return f"Closed with the one of {weeks.label(alert.week)}: {note}"
