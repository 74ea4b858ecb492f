"""`/health [customer]`: the colour, why, and what would turn it green; alone: my customers, worst first."""

from collections.abc import Awaitable, Callable, Sequence

from commands import alert_views
from commands import card as cards
from commands.bars import bars
from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, context, cut, line, rich, small, text
from commands.form import Form
from commands.help import render_help, wants_help
from commands.judgement_views import buttons, said_about
from commands.listen import Ask
from commands.message import Message
from commands.trend import past
from customers.desk import Desk
from customers.health import Colour, Indicator
from customers.records import Card
from customers.weeks import label

PORTFOLIO = 12  # customers on one page


class HealthOf:
    """Parse, call, render."""

    def __init__(
        self,
        desk: Desk,
        form: Callable[[Ask], Awaitable[Form | None]],
        aged: Callable[[Card], Awaitable[Card]],
        review: Callable[[Ask], Awaitable[Message]],
        alerts: Callable[[Ask], Awaitable[Message]],
    ) -> None:
        self._desk = desk
        self._alerts = alerts  # all that are open
        self._review = review  # this month's review of one's own customers
        self._aged = aged  # puts the last weeks on a card
        self._form = form  # what `override`, `escalate` and `risk` open

    async def __call__(self, ask: Ask) -> Message | Form:
        if wants_help(ask):
            return render_help()
        if form := await self._form(ask):
            return form
        words = ask.text.strip().casefold()
        if words == "review" and await self._desk.exactly(words) is None:
            return await self._review(ask)
        if words == "alerts" and await self._desk.exactly(words) is None:
            return await self._alerts(ask)
        if words == "all" or (not words and await self._desk.linked(ask.channel) is None):
            return await self._portfolio(ask, "all" if words else "mine", 0)
        card = await self._desk.ask(ask.text, ask.channel, ask.reader, ask.now, "/health")
        return render(await self._aged(card))

    async def page(self, ask: Ask) -> Message:
        """The next or previous page of a portfolio; the value is `mine|12`."""
        whose, _, offset = ask.value.partition("|")
        return await self._portfolio(
            ask, "all" if whose == "all" else "mine", int(offset) if offset.isdecimal() and len(offset) < 10 else 0
        )

    async def _portfolio(self, ask: Ask, whose: str, offset: int) -> Message:
        found, cut_off = await self._desk.portfolio(ask.reader, ask.now, whose)
        if not found and whose == "mine":
            whose = "all"
            found, cut_off = await self._desk.portfolio(ask.reader, ask.now, whose)
        return _listed(found, whose, offset, cut_off)


def render(card: Card) -> Message:
    """Health of one customer."""
    health = card.health
    blocks: list[Block] = [cards.title(card, "health"), *cards.warnings(card), rich(cards.colour_line(card))]
    blocks += said_about(card)
    if card.alert:
        blocks.append(alert_views.row(card.alert, card.now)[0])
    known = [one for one in health.indicators if one.colour is not Colour.UNKNOWN]
    ranked = sorted(known, key=lambda one: (Colour.RED, Colour.YELLOW, Colour.GREEN).index(one.colour))
    if ranked:
        blocks.append(rich(bullets([_indicator(one) for one in ranked])))
    if health.to_green:
        steps = [line(text(step)) for step in health.to_green]
        blocks.append(rich(line(bold("What would turn it green")), bullets(steps)))
    if card.record.whole:
        blocks.append(rich(*_trend(card)))
    if weeks := past(card):
        blocks.append(rich(*weeks))
    blocks += _stated(card)
    blocks += [context(told) for told in _unknown(health.unknown)]
    more = [cards.age(card), *buttons(card), cards.buttons(card, "health")]
    return Message(blocks, cards.summary(card), more=more)


def _indicator(one: Indicator) -> Element:
    dated = f"  data to {one.as_of.isoformat()} · {one.threshold}" if one.as_of else f"  {one.threshold}"
    return line(text(f"{cards.MARKS[one.colour]} "), text(one.sentence), small(dated))


def _unknown(indicators: Sequence[Indicator]) -> list[str]:
    """Unknown stays unknown and is said aloud; what nothing records yet stands in one line."""
    unrecorded = [one.name.lower() for one in indicators if "recorded" in one.sentence]
    said = dict.fromkeys(f"Not known: {one.sentence}" for one in indicators if "recorded" not in one.sentence)
    return [*said, *([f"Not recorded yet: {', '.join(unrecorded)}"] if unrecorded else [])]


def _trend(card: Card) -> list[Element]:
    weeks = list(reversed(card.record.whole[:12]))
    top = max(max(week.active for week in weeks), 1)
    drawn = bars([week.active for week in weeks], top)
    first, last = weeks[0], weeks[-1]
    words = f"  {first.active} → {last.active} weekly users, {label(first.start)} to {label(last.start)}"
    return [line(bold("Trend  "), text(drawn), text(words))]


def _stated(card: Card) -> list[Block]:
    adoption = card.profile.stated.adoption
    if adoption is None or card.record.recent:
        return []
    told = f"The document states {adoption:.0%} adoption ({cards.stated_on(card)}); it is not measured."
    return [rich(line(text(told)))]


def _listed(found: list[Card], whose: str, offset: int, cut_off: bool) -> Message:
    owner = "Your customers" if whose == "mine" else "All customers"
    if not found:
        return Message(
            [rich(line(text("There are no customers yet. Import the document with dossier import.")))],
            "No customers yet",
        )
    offset = min(offset, len(found) - 1)
    counts = {colour: sum(card.colour is colour for card in found) for colour in Colour}
    tally = "  ".join(
        f"{cards.MARKS[c]} {counts[c]} {c.value}" for c in (Colour.RED, Colour.YELLOW, Colour.UNKNOWN, Colour.GREEN)
    )
    blocks: list[Block] = [
        rich(line(bold(f"{owner}, worst first"), text(f"   {tally}"))),
        *(
            rich(
                line(text(f"{cards.MARKS[c.colour]} "), bold(cut(c.profile.name, NAME)), text(f"  {cards.in_short(c)}"))
            )
            for c in found[offset : offset + PORTFOLIO]
        ),
    ]
    row = [
        button(card.profile.name, f"open:health:{at}", str(card.record.customer_id))
        for at, card in enumerate(found[offset : offset + 5])
        if card.colour is not Colour.GREEN or card.override
    ]
    if offset:
        row.append(button("‹ Previous", "portfolio:back", f"{whose}|{max(0, offset - PORTFOLIO)}"))
    if offset + PORTFOLIO < len(found):
        row.append(
            button(
                f"Next {min(PORTFOLIO, len(found) - offset - PORTFOLIO)} ›",
                "portfolio:on",
                f"{whose}|{offset + PORTFOLIO}",
            )
        )
    if whose == "mine":
        row.append(button("All customers", "portfolio:all", "all|0"))
    told = f"{offset + 1}–{min(offset + PORTFOLIO, len(found))} of {len(found)} at {found[0].now:%Y-%m-%d %H:%M} UTC"
    if cut_off:
        told += " · only the first by name are judged here; name one with /health"
    blocks.append(context(told))
    return Message(
        blocks,
        f"{owner}: {counts[Colour.RED]} red, {counts[Colour.YELLOW]} yellow",
        more=[actions(*row)] if row else [],
    )
