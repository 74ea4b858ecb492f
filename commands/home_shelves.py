"""Sections of Home below the customers: alerts to claim, bugs, playbook steps that are due, the reader's digests."""

from datetime import date, datetime
from typing import Protocol

from commands.alert_views import row
from commands.blocks import NAME, Block, Element, actions, bold, button, code, context, cut, header, line, rich, text
from commands.dates import day_words, moment_words
from commands.digest_pauses import reason_words
from commands.health_review import done
from commands.home import Looked
from commands.home_views import TITLE, Section, bugs
from customers.alerts import Alert
from customers.people import Reader
from customers.preferences import Dates
from customers.reviews import Action
from customers.runs import DueStep
from customers.subscriptions import Subscription

ALERTS = 6
STEPS = 8
DIGESTS = 8


class Fallen(Protocol):
    """The alerts' façade, as far as Home asks it."""

    async def open(self, now: datetime, limit: int = ...) -> list[Alert]: ...

    async def open_for(self, reader: Reader, now: datetime, limit: int = ...) -> list[Alert]: ...


class AlertsOpen:
    """Open alerts of the reader's customers, or of everybody's where Home shows those; what nobody has comes first."""

    title = "Usage alerts"

    def __init__(self, alerts: Fallen) -> None:
        self._alerts = alerts

    async def __call__(self, looked: Looked) -> Section:
        if looked.given.everybody:
            found = await self._alerts.open(looked.now)
        else:
            found = await self._alerts.open_for(looked.reader, looked.now)
        if not found:
            told = "None to claim. A customer whose usage falls sharply from one week to the next stands here."
            return [header(self.title), rich(line(text(told)))]
        found.sort(key=lambda one: bool(one.claimed_by))  # stable: the deepest fall stays first
        rows = [block for one in found[:ALERTS] for block in row(one, looked.now, reader=looked.reader.id)]
        left = len(found) - ALERTS
        more = [context(f"{left} more: /health alerts")] if left > 0 else []
        return [header(self.title), *rows, *more]


class BugsDue:
    """Open bugs of the customers that Home shows, by due time; those of the customers on its other pages too."""

    title = "Bugs by due time"

    async def __call__(self, looked: Looked) -> Section:
        return bugs(looked.given, looked.mine, looked.now)


class Steps(Protocol):
    """The playbooks' façade, as far as Home asks it."""

    def today(self, now: datetime) -> date: ...

    async def due_for(self, reader: Reader, today: date, limit: int) -> tuple[DueStep, ...]: ...


class StepsDue:
    """The reader's playbook steps that are due today or overdue, the oldest first."""

    title = "Playbook steps due"

    def __init__(self, playbooks: Steps) -> None:
        self._playbooks = playbooks

    async def __call__(self, looked: Looked) -> Section:
        today = self._playbooks.today(looked.now)
        found = await self._playbooks.due_for(looked.reader, today, STEPS + 1)
        style = looked.mine.preferences.dates
        if not found:
            told = [text("Nothing is due. Start one with "), code("/playbook start"), text(".")]
            return [header(self.title), rich(line(*told))]
        more = [context("More are due: /playbook")] if len(found) > STEPS else []
        rows = [block for one in found[:STEPS] for block in _step(one, today, style)]
        return [header(self.title), *rows, *more]


def _step(one: DueStep, today: date, style: Dates) -> list[Block]:
    late = f"⚠ overdue since {day_words(one.step.due, style)}" if one.step.due < today else "due today"
    about = f"{cut(one.playbook, NAME)} · {cut(one.customer, NAME)} · {late}"
    run, step = one.run_id, one.step.number
    finish = button("Done", f"playbook:done:home:{run}-{step}", f"{run}|{step}")
    show = button("Show", f"playbook:show:home:{run}-{step}", str(run))
    return [rich(line(bold(cut(one.step.title, TITLE))), line(text(about))), actions(finish, show)]


class Planned(Protocol):
    """The reviews' façade, as far as Home asks it."""

    async def open_actions(self, reader: Reader, limit: int) -> list[Action]: ...


class ActionsOpen:
    """What the reader planned in a monthly review and has not done, by its day; nothing when there is none."""

    title = "Planned actions"

    def __init__(self, reviews: Planned) -> None:
        self._reviews = reviews

    async def __call__(self, looked: Looked) -> Section:
        found = await self._reviews.open_actions(looked.reader, STEPS + 1)
        if not found:
            return []
        style = looked.mine.preferences.dates
        more = [context("More are planned; each comes back on its day.")] if len(found) > STEPS else []
        return [header(self.title), *(block for one in found[:STEPS] for block in _planned(one, style)), *more]


def _planned(one: Action, style: Dates) -> list[Block]:
    about = f"{cut(one.customer, NAME)} · by {day_words(one.due, style)}"
    finish = done(one.period, one.customer_id, f"home:{one.id}")
    return [rich(line(bold(cut(one.note, TITLE))), line(text(about))), actions(finish)]


class Subscriptions(Protocol):
    """The digests' façade, as far as Home asks it."""

    async def of_reader(self, reader: Reader) -> list[Subscription]: ...


class MyDigests:
    """Digests that the reader set up, that speak of their customers, or whose channel is about one of these."""

    title = "Your weekly digests"

    def __init__(self, digests: Subscriptions) -> None:
        self._digests = digests

    async def __call__(self, looked: Looked) -> Section:
        found = await self._digests.of_reader(looked.reader)
        if not found:
            told = [text("None yet. Type "), code("/digest here"), text(" in your team's channel to get one a week; ")]
            return [header(self.title), rich(line(*told, code("/digest list"), text(" shows everybody's.")))]
        blocks = [_digest(one, looked) for one in found[:DIGESTS]]
        left = len(found) - DIGESTS
        more = f"{left} more, and everybody's: /digest list" if left > 0 else "Everybody's: /digest list"
        return [header(self.title), *blocks, context(more)]


def _digest(one: Subscription, looked: Looked) -> Block:
    where: Element = {"type": "channel", "channel_id": one.channel}
    if one.is_paused:
        why = f": {reason_words(one.paused_why)}" if one.paused_why else ""
        return rich(line(where, text("  "), bold("paused"), text(f"{why}. Go on with /digest resume there.")))
    mine = looked.mine
    due = moment_words(one.next(looked.now).due, mine.zone, mine.preferences.dates)
    return rich(line(where, text(f"  {one.words} · next {due}")))
