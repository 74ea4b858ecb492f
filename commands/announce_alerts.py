"""What is said about fallen usage: to the CSM with numbers, a chart and what may explain it, to the team in short."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from commands import card as cards
from commands.alert_views import controls, people_of, row, step
from commands.bars import bars
from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, context, cut, line, rich, text
from commands.lists import count
from commands.message import Message
from commands.named import NamesOf
from commands.said import Picture, Said
from customers import weeks
from customers.alerts import Alert, Alerts
from customers.desk import Desk
from customers.intents import Intent
from customers.model import Week
from customers.outreach import ALONE, CLAIMED, ROWS, TOGETHER, WAITING, told_of
from customers.people import Reader, Standing
from customers.records import Card
from customers.sla import Severity

Draw = Callable[[Sequence[Week], int | None], bytes]
WEEKS = 12  # that the chart shows
_BOT = Reader("", Standing.BOT)


class AlertNews:
    """Composes; every method takes an intent and returns what is said, from the alert as it is now."""

    def __init__(self, desk: Desk, alerts: Alerts, draw: Draw, names: NamesOf) -> None:
        self._desk = desk
        self._alerts = alerts
        self._draw = draw
        self._names = names

    async def fell(self, intent: Intent, now: datetime) -> Said | None:
        """An alert's own message; nothing when somebody has it already, or corrected numbers say otherwise."""
        alert = await self._alerts.find(intent.number("alert"))
        card = await self._desk.open(alert.customer_id, _BOT, now)
        if not alert.is_open or alert.is_snoozed(now) or not self._alerts.still_so(alert, card.record.recent):
            return None
        if intent.number("back"):
            return await self._back(alert, card, intent, now)
        return None if alert.claimed_by else await self._said(alert, card, now, _FELL)

    async def changed(self, intent: Intent, now: datetime) -> Said | None:
        """The same message with what became of it."""
        alert = await self._alerts.find(intent.number("alert"))
        card = await self._desk.open(alert.customer_id, _BOT, now)
        if intent.number("back") and not alert.is_withdrawn:
            return await self._back(alert, card, intent, now)
        return await self._said(alert, card, now, "It was no fall" if alert.is_withdrawn else _FELL)

    async def _back(self, alert: Alert, card: Card, intent: Intent, now: datetime) -> Said:
        """To whoever snoozed it: that it is they who did, what it was about, and how it stands now."""
        said = await self._said(alert, card, now, _BACK, reader=intent.word("channel"))
        told = (
            f"You snoozed it until {self._alerts.when(datetime.fromisoformat(until))}. "
            if (until := intent.word("until"))
            else ""
        )
        told += f"It fell {alert.before} → {alert.active} in {weeks.label(alert.week)}; now {_now(alert)}."
        blocks: list[Block] = [rich(line(text(told))), *said.message.blocks]
        summary = f"{_BACK}: {cut(alert.customer, NAME)}, {told}"
        picture = replace(said.picture, at=2) if said.picture else None
        return replace(
            said, to_csm=False, message=replace(said.message, blocks=blocks, summary=summary), picture=picture
        )

    async def taken(self, intent: Intent, _now: datetime) -> Said | None:
        """To whoever had it, as long as the other one has it."""
        alert, by = await self._alerts.find(intent.number("alert")), intent.word("by")
        if not alert.is_open or alert.claimed_by != by:
            return None
        who = (await self._names([by])).get(by) or "A colleague"
        head = f"{cut(who, NAME)} took over {cut(alert.customer, NAME)}"
        told = f"{head}: {alert.fall}. You need not follow it up any more."
        row_ = actions(button("Brief", "open:brief", str(alert.customer_id)), _health(alert))
        return Said(Message([rich(line(bold(head), text(told.removeprefix(head))))], told, more=[row_]))

    async def more(self, intent: Intent, now: datetime) -> Said | None:
        """Several alerts in one message: the rest of a week's, or those of earlier weeks that nobody claimed."""
        waiting = [one for one in await self._alerts.of(told_of(intent)) if one.waits(now)]
        return await self._listed(intent, waiting, now) if waiting else None

    async def claimed(self, intent: Intent, now: datetime) -> Said | None:
        """To whoever claimed alerts two weeks ago: those that are open still."""
        day = date.fromisoformat(intent.word("day"))
        found = await self._alerts.unfinished(intent.key, intent.word("person"), day, now)
        return await self._listed(intent, found, now) if found else None

    async def relisted(self, intent: Intent, now: datetime) -> Said | None:
        """Such a message with what became of its alerts."""
        ids = told_of(intent)
        found = await self._alerts.of(ids) if ids else await self._alerts.shown(intent.key)
        return await self._listed(intent, found, now) if found else None

    async def _listed(self, intent: Intent, found: Sequence[Alert], now: datetime) -> Said:
        beyond = max(0, intent.number("count") - len(told_of(intent)))
        shown = found[:ROWS]
        beyond += len(found) - len(shown)
        head = _list_head(intent, len(shown) + beyond)
        names = await self._names(people_of(shown))
        blocks: list[Block] = [rich(line(bold(head)))]
        reader = intent.word("channel")
        blocks += [block for alert in shown for block in row(alert, now, names, reader=reader)]
        more = [context(f"… and {beyond} more. See all of them with /health alerts.")] if beyond else []
        told = ", ".join(cut(one.customer, NAME) for one in shown)
        to_csm = not intent.word("channel")
        return Said(Message(blocks, f"{head}: {told}", more=more), to_csm=to_csm, csm=shown[0].csm)

    async def overslept(self, intent: Intent, _now: datetime) -> Said | None:
        """To the team: the check came too late for messages."""
        week, how_many = intent.word("week"), count(intent.number("count"), "customer")
        head = f"Usage fell at {how_many} in {week}"
        words = ". The weekly check came more than a day late, so no CSM was told. See them with /health alerts."
        return Said(Message([rich(line(bold(head), text(words)))], f"{head}{words}"))

    @property
    def drawn_anew(self) -> dict[str, Callable[[Intent, datetime], Awaitable[Said | None]]]:
        """What composes a message of each kind again when one of its alerts has changed."""
        listed = self.relisted
        return {ALONE: self.changed, TOGETHER: listed, WAITING: listed, CLAIMED: listed}

    async def _said(self, alert: Alert, card: Card, now: datetime, head: str, reader: str = "") -> Said:
        top, *_ = row(alert, now, await self._names(people_of([alert])))
        blocks = [top, rich(bullets(_context(alert, card, now))), *step(alert)]
        look = actions(button("Brief", "open:brief", str(alert.customer_id)), _health(alert))
        summary = f"{head}: {cut(alert.customer, NAME)}, {alert.numbers}"
        message = Message(blocks, summary, more=[*controls(alert, now, reader=reader), look])
        return Said(message, to_csm=True, csm=alert.csm, picture=self._picture(alert, card))

    def _picture(self, alert: Alert, card: Card) -> Picture | None:
        recent = _weeks(card, alert.week)
        if len(recent) < 2:
            return None
        seats = recent[0].seats or card.profile.seats
        alt = f"Weekly active users: {_series(recent)}" + (f"; {seats} seats" if seats else "")
        return Picture(lambda: self._draw(recent, seats), cut(alert.customer, NAME), alt, at=1)


def _list_head(intent: Intent, how_many: int) -> str:
    customers = count(how_many, "customer")
    if intent.kind == WAITING:
        return f"Nobody has claimed it yet: usage fell at {customers}"
    if intent.kind == CLAIMED:
        return f"You claimed it on {intent.word('day')} and it is not done: usage fell at {customers}"
    if intent.number("back"):
        return f"Back from snooze: usage fell at {count(how_many, 'more customer')}"
    return f"Usage fell at {count(how_many, 'more customer')}"


_FELL, _BACK = "Usage fell", "Back from snooze"


def _now(alert: Alert) -> str:
    if alert.latest is None:
        return "no later week is known"
    return f"{alert.since}: {'recovered' if alert.is_recovered else 'not recovered'}"


def _health(alert: Alert) -> Element:
    return button("Health", "open:health", str(alert.customer_id))


def _context(alert: Alert, card: Card, now: datetime) -> list[Element]:
    """What may explain it, each a line; what is not there is said as well."""
    facts = [("Trend: ", _trend(_weeks(card, alert.week))), ("Health: ", _health_words(card))]
    facts += [("Open bugs: ", _bugs(card, now)), ("Open requests: ", _requests(card))]
    facts.append(("Renewal: ", _renewal(card.profile.renewal, card.today)))
    facts.append(("CSM: ", str(card.profile.csm) if card.profile.csm else "none named in the document"))
    return [line(bold(label), text(cut(value, 300))) for label, value in facts]


def _health_words(card: Card) -> str:
    """`🟢 green by hand until … · computed 🔴 red: …`."""
    told = cards.in_short(card)
    return f"{cards.MARKS[card.colour]} {card.colour.value}{' ' if card.override else ': '}{told}"


def _weeks(card: Card, until: date) -> tuple[Week, ...]:
    """Newest first, up to the week that the alert is about."""
    return tuple(one for one in card.record.recent if one.start <= until)[:WEEKS]


def _trend(recent: Sequence[Week]) -> str:
    if not recent:
        return "no usage known"
    values = [one.active for one in reversed(recent)]
    return f"{bars(values, max(*values, 1))}  {_series(recent[:6])}"


def _series(recent: Sequence[Week]) -> str:
    """`120, 79 (2026-W45 to 2026-W46)`, oldest first."""
    first, last = weeks.label(recent[-1].start), weeks.label(recent[0].start)
    span = last if first == last else f"{first} to {last}"
    return f"{', '.join(str(one.active) for one in reversed(recent))} ({span})"


def _bugs(card: Card, now: datetime) -> str:
    bugs = card.record.bugs
    if not bugs:
        return "none"
    critical = sum(one.severity is Severity.CRITICAL for one in bugs)
    late = sum(one.is_overdue(now) for one in bugs)
    said = [str(len(bugs))]
    said += [f"{critical} critical"] if critical else []
    said += [f"{late} past the due time"] if late else []
    return f"{', '.join(said)}; first due “{bugs[0].title}”"


def _requests(card: Card) -> str:
    wanted = card.record.requests
    return f"{len(wanted)}; most wanted “{wanted[0].title}”" if wanted else "none"


def _renewal(renewal: date | None, today: date) -> str:
    if renewal is None:
        return "no date in the document"
    days = (renewal - today).days
    return f"{renewal.isoformat()}, in {count(days, 'day')}" if days > 0 else f"{renewal.isoformat()}, today or past"
