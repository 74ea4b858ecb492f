"""What is said about reviews: that one is due, and that the day of a planned action has come."""

from datetime import datetime

from commands import card as cards
from commands import code_review, health_review
from commands.blocks import NAME, actions, bold, bullets, cut, line, rich, text
from commands.lists import as_of, count
from commands.message import Message
from commands.said import Said
from customers.health import Colour
from customers.intents import Intent
from customers.reviewing import Reviews
from customers.reviews import Verdict

NAMED = 5  # customers or pieces that an invitation names


class ReviewNews:
    """Composes."""

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    async def month(self, intent: Intent, now: datetime) -> Said | None:
        """The invitation of one CSM: how many of which colour, the trends of the month, a button."""
        card, mine = await self._reviews.mine(intent.number("customer"), now)
        if not mine:
            return None
        period = intent.word("period")
        counts = [(colour, sum(one.colour is colour for one in mine)) for colour in _ORDER]
        tally = "  ".join(f"{cards.MARKS[colour]} {how_many} {colour.value}" for colour, how_many in counts if how_many)
        by_hand = sum(one.override is not None for one in mine)
        tally += f" ({by_hand} by hand)" if by_hand else ""
        trend = await self._reviews.month(mine)
        names = {one.record.customer_id: one.profile.name for one in mine}
        rows = [line(text(trend.words))]
        for label, ids in (("Worse: ", trend.worse), ("Better: ", trend.better)):
            if ids:
                more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
                told = ", ".join(cut(names[one], NAME) for one in ids[:NAMED]) + more
                rows.append(line(bold(label), text(told)))
        head = f"Monthly review {period}: {count(len(mine), 'customer')}"
        blocks = [rich(line(bold(head), text(f"   {tally}"))), rich(bullets(rows))]
        blocks.append(rich(line(text("Go through them one by one: agree, set another colour, or plan an action."))))
        message = Message(blocks, f"{head}. {trend.words}", more=[as_of(now), health_review.start(period)])
        return Said(message, to_csm=True, csm=card.profile.csm)

    async def quarter(self, intent: Intent, now: datetime) -> Said | None:
        """The invitation to read custom code; nothing when there is none."""
        pieces = await self._reviews.pieces()
        if not pieces:
            return None
        period = intent.word("period")
        customers = len({one.customer_id for one in pieces})
        pieces_of = f"{count(len(pieces), 'piece')} of custom code at {count(customers, 'customer')}"
        head = f"Quarterly review {period}: {pieces_of}"
        rows = []
        for one in pieces[:NAMED]:
            when = one.reviewed.isoformat() if one.reviewed else "never"
            owner = f", {cut(one.owner, NAME)}" if one.owner else ""
            rows.append(line(bold(cut(one.customer, NAME)), text(f"  {cut(one.item, NAME)} (last read {when}{owner})")))
        told = "Should it become a standard feature? The longest unread first:"
        blocks = [rich(line(bold(head))), rich(line(text(told)), bullets(rows))]
        return Said(Message(blocks, head, more=[as_of(now), code_review.start(period)]))

    async def action(self, intent: Intent, now: datetime) -> Said | None:
        """What somebody planned is due today."""
        decision = await self._reviews.planned(intent.word("period"), intent.number("customer"))
        if decision is None or decision.verdict is not Verdict.PLAN or decision.due is None:
            return None
        card, _ = await self._reviews.mine(decision.customer_id, now)
        head = f"Due {decision.due.isoformat()} for {cut(card.profile.name, NAME)}"
        words = f": {decision.note}"
        blocks = [rich(line(bold(head), text(words))), rich(cards.colour_line(card))]
        done = actions(health_review.done(decision.period, decision.customer_id))
        return Said(Message(blocks, f"{head}{words}", more=[done, cards.buttons(card, "")]))

    async def action_done(self, intent: Intent, now: datetime) -> Said | None:
        """The reminder of something that is done by now."""
        decision = await self._reviews.planned(intent.word("period"), intent.number("customer"))
        if decision is None or decision.verdict is not Verdict.DONE:
            return None
        card, _ = await self._reviews.mine(decision.customer_id, now)
        head, words = f"Done for {cut(card.profile.name, NAME)}", f": {decision.note}"
        blocks = [rich(line(bold(head), text(words)))]
        message = Message(blocks, f"{head}{words}", more=[cards.buttons(card, "")])
        return Said(message, updates=f"review_action:{intent.number('action')}")

    async def month_done(self, intent: Intent, now: datetime) -> Said | None:
        """The invitation of somebody who has decided about all of their customers."""
        period = intent.word("period")
        _, mine = await self._reviews.mine(intent.number("customer"), now)
        tally = await self._reviews.tally(period, mine)
        if not tally:
            return None
        head, words = f"Review of {period} is done", f": {tally}."
        message = Message([rich(line(bold(head), text(words)))], f"{head}{words}", more=[as_of(now)])
        return Said(message, updates=f"health_review:{period}:{intent.word('mark')}")


_ORDER = (Colour.RED, Colour.YELLOW, Colour.UNKNOWN, Colour.GREEN)
