"""What is said about people's judgement of health: an escalation, a risk, an override that ended or is contradicted."""

from datetime import datetime

from commands import card as cards
from commands.blocks import NAME, Block, Element, actions, bold, button, cut, line, rich, text
from commands.feature_views import person
from commands.judgement_views import close, end
from commands.lists import day
from commands.message import Message
from commands.said import Said
from customers.desk import Desk
from customers.facts import Colour
from customers.intents import Intent
from customers.judgements import Judgement, Kept, Kind, contradicts
from customers.judging import Judgements
from customers.people import Reader, Standing
from customers.records import Card

_BOT = Reader("", Standing.BOT)


class JudgementNews:
    """Composes; every method takes an intent and returns what is said, from what is true now."""

    def __init__(self, desk: Desk, judgements: Judgements) -> None:
        self._desk = desk
        self._judgements = judgements

    async def to_csm(self, intent: Intent, now: datetime) -> Said | None:
        """An escalation or a risk of churn, opened or over. Nothing of an opening that was taken back at once."""
        kept, card = await self._kept(intent, now)
        closing = intent.word("what") == "closed"
        if closing is kept.is_open:
            return None
        one = kept.judgement
        who, why = (kept.ended_by, kept.ended_why) if closing else (one.by, one.reason)
        head = f"{_name(card)}: {_happened(one.kind, closing=closing)}"
        told = line(bold(head), text(" by "), person(who), text(f": {cut(why, cards.REASON)}"))
        message = _message(card, [told], f"{head}: {why}", [] if closing else [close(one)])
        apart = one.by if closing and one.by != who else ""
        return Said(message, to_csm=True, csm=card.profile.csm, knows=intent.word("by"), apart=apart)

    async def to_author(self, intent: Intent, now: datetime) -> Said | None:
        """Somebody else closed the escalation, or cleared the flag, of whoever hears of it."""
        kept, card = await self._kept(intent, now)
        if kept.is_open:
            return None
        head = f"{_name(card)}: your {kept.judgement.kind.words} was {kept.judgement.kind.over}"
        told = _ending(head, kept)
        return Said(_message(card, [told], f"{head}: {kept.ended_why}", []), knows=kept.ended_by)

    async def over(self, intent: Intent, now: datetime) -> Said | None:
        """The message that told of the opening, when it is over."""
        kept, card = await self._kept(intent, now)
        one = kept.judgement
        if kept.is_open:
            return None
        head = f"{_name(card)}: {_happened(one.kind, closing=False)}"
        opened = line(bold(head), text(" by "), person(one.by), text(f": {cut(one.reason, cards.REASON)}"))
        ending = _ending(f"{one.kind.over.capitalize()} on {day(kept.ended_at)}" if kept.ended_at else "Over", kept)
        return Said(_message(card, [opened, ending], head, []), updates=f"judged_csm:{one.id}:opened")

    async def ended(self, intent: Intent, now: datetime) -> Said | None:
        """An override ran out, and nobody has set another."""
        kept, card = await self._kept(intent, now)
        one = kept.judgement
        if kept.is_open or card.override is not None:
            return None
        head = f"Your override of {_name(card)} has ended"
        words = (
            f": {_colour(one)} until {one.until} ({cut(one.reason, cards.REASON)}). The computed colour is shown again."
        )
        return Said(_message(card, [line(bold(head), text(words))], head, [_renew(card)]))

    async def contradicted(self, intent: Intent, now: datetime) -> Said | None:
        """Data say otherwise than an override that holds, and still do."""
        kept, card = await self._kept(intent, now)
        one, computed = kept.judgement, card.health.colour
        if not (kept.is_open and one.holds(card.today) and contradicts(computed, one)):
            return None
        head = f"Data contradict your override of {_name(card)}"
        then = f"{_mark(one.against)} when you set it" if one.against else "unknown when you set it"
        words = f": you said {_colour(one)}; computed was {then}, now it is {_mark(computed)}."
        step = f" It holds until {one.until}, or until you end it."
        lines = [line(bold(head), text(words + step))]
        return Said(_message(card, lines, head, [end(one), _renew(card)]))

    async def _kept(self, intent: Intent, now: datetime) -> tuple[Kept, Card]:
        kept = await self._judgements.show(intent.number("judgement"))
        return kept, await self._desk.open(kept.judgement.customer_id, _BOT, now)


def _message(card: Card, lines: list[Element], summary: str, row: list[Element]) -> Message:
    blocks: list[Block] = [rich(*lines), rich(cards.colour_line(card))]
    health = button("Health", "open:health", str(card.record.customer_id))
    return Message(blocks, f"{summary}. {cards.summary(card)}", more=[actions(*row, health)])


def _happened(kind: Kind, *, closing: bool) -> str:
    if kind is Kind.RISK:
        return "the churn-risk flag was cleared" if closing else "a churn risk was flagged"
    return "the escalation was closed" if closing else "an executive escalation was opened"


def _ending(head: str, kept: Kept) -> Element:
    """`Closed on 2026-11-16 by Maya: Daily calls agreed`."""
    return line(bold(head), text(" by "), person(kept.ended_by), text(f": {cut(kept.ended_why, cards.REASON)}"))


def _renew(card: Card) -> Element:
    return button("Renew override…", "judge:override", str(card.record.customer_id))


def _colour(one: Judgement) -> str:
    return _mark(one.colour) if one.colour else ""


def _mark(colour: Colour | None) -> str:
    return f"{cards.MARKS[colour]} {colour.value}" if colour else ""


def _name(card: Card) -> str:
    return cut(card.profile.name, NAME)
