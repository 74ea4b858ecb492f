"""`/health override | escalate | risk`: people's judgement beside the computed colour, always with a reason."""

from collections.abc import Awaitable, Callable

from commands import card as cards
from commands import health
from commands import judgement_forms as forms
from commands.blocks import NAME, bold, cut, line, rich
from commands.captured import saved_before, soon
from commands.errors import old_button
from commands.form import Errors, Filled, Form
from commands.listen import Ask, customer_id
from commands.lists import number, number_in
from commands.message import Message
from commands.named import NOBODY, Names, NamesOf
from customers.desk import Desk
from customers.errors import CustomerGone, NoSuchCustomer, WhichCustomer
from customers.facts import Colour
from customers.judgements import CHOICES, REASON, Kind, problems
from customers.judging import Judgements
from customers.records import Card

_FORMS = {"override": forms.override, "escalate": forms.escalate, "risk": forms.risk}


class Judging:
    """Parse, call, render."""

    def __init__(
        self, desk: Desk, judgements: Judgements, aged: Callable[[Card], Awaitable[Card]], names: NamesOf
    ) -> None:
        self._desk = desk
        self._names = names
        self._judgements = judgements
        self._aged = aged

    async def typed(self, ask: Ask) -> Form | None:
        """The form that `/health override acme` asks for; None when it asks for no form.

        Who types the name of a customer who is really called “Override …” wants to see that one; `/health override` and
        the whole name opens the form.
        """
        word, _, rest = ask.text.strip().partition(" ")
        form = _FORMS.get(word.casefold())
        if form is None or await self._desk.exactly(ask.text) is not None:
            return None
        try:
            found = await self._desk.find(rest, ask.channel, f"/health {word.casefold()}")
        except (NoSuchCustomer, WhichCustomer) as problem:
            try:
                await self._desk.find(ask.text, ask.channel, "/health")
            except (NoSuchCustomer, WhichCustomer):
                raise problem from None
            return None
        card = await self._desk.open(found, ask.reader, ask.now)
        if rest and _is_called(card, word) and await self._desk.exactly(rest) is None:
            return None
        return form(card, await self._names_of(forms.people_of(card), ask))

    async def act(self, ask: Ask) -> Message | Form:
        """`judge:override`, `judge:escalate` and `judge:risk` with a customer's id, `judge:end` with an override's.

        `judge:close` has the id of the very escalation or flag that it closes.
        """
        verb = ask.action.partition(":")[2].partition(":")[0]
        if verb == "end":
            return await self._end(ask)
        if verb == "close":
            return await self._close(ask)
        form = _FORMS.get(verb)
        if form is None:
            return old_button()
        card = await self._desk.open(customer_id(ask.value), ask.reader, ask.now)
        return form(card, await self._names_of(forms.people_of(card), ask))

    async def overridden(self, filled: Filled) -> Form | Errors:
        """A colour, why, and until when."""
        card = await self._card(filled)
        colour, reason, until = _colour(filled), filled.text("reason"), filled.day("until")
        wrong = problems(colour, reason, until, card.health.colour, card.today)
        if wrong or colour is None or until is None:
            return Errors(wrong)
        instead = number_in(filled, "instead")
        one = await self._judgements.override(
            card.record.customer_id, colour, cut(reason, REASON), until, filled.reader, filled.key, filled.now, instead
        )
        if (one.colour, one.reason, one.until) != (colour, cut(reason, REASON), until):
            return saved_before("an override", "/health")
        return forms.overridden(card, one)

    async def opened(self, filled: Filled) -> Form | Errors:
        """An escalation with whoever escalated, or a risk of churn."""
        kind = Kind.ESCALATION if filled.state.get("kind") == Kind.ESCALATION else Kind.RISK
        who, reason = filled.line("who"), filled.text("reason")
        wrong = {} if reason else {"reason": "Say why; everybody who sees the colour reads it."}
        if kind is Kind.ESCALATION and not who:
            wrong = {"who": "Say who at the customer escalated.", **wrong}
        if wrong:
            return Errors(wrong)
        card = await self._card(filled)
        act = self._judgements.escalate if kind is Kind.ESCALATION else self._judgements.flag
        words = cut(f"{cut(who, forms.WHO)}: {reason}" if who else reason, REASON)
        one = await act(card.record.customer_id, words, filled.reader, filled.key, filled.now)
        if one.reason != words:
            return saved_before("an escalation" if kind is Kind.ESCALATION else "a churn-risk flag", "/health")
        return forms.said(card, one)

    async def closed(self, filled: Filled) -> Form | Errors:
        """What came of it."""
        why = filled.text("why")
        if not why:
            return Errors({"why": "Say how it ended; it is kept."})
        which = number_in(filled, "judgement")
        kept = await self._judgements.end(which, cut(why, REASON), filled.reader, filled.key, filled.now)
        card = await self._desk.open(kept.judgement.customer_id, filled.reader, filled.now)
        return forms.ended(kept, card)

    async def _close(self, ask: Ask) -> Form:
        kept = await self._judgements.show(number(ask.value) or 0)
        if not kept.is_open:
            return forms.closed_before(kept, await self._names_of({kept.ended_by}, ask))
        card = await self._desk.open(kept.judgement.customer_id, ask.reader, ask.now)
        return forms.close(card, kept.judgement, await self._names_of(forms.people_of(card), ask))

    async def _names_of(self, people: set[str], ask: Ask) -> Names:
        """Whoever reads the form is `you`; others have their names when Slack tells them in time."""
        found = await soon(self._names(people), NOBODY) if people - {ask.reader.id} else NOBODY
        return {**found, ask.reader.id: "you"}

    async def _end(self, ask: Ask) -> Message:
        kept = await self._judgements.end(number(ask.value) or 0, "", ask.reader, ask.key, ask.now)
        card = await self._desk.open(kept.judgement.customer_id, ask.reader, ask.now)
        if ask.private:
            return health.render(await self._aged(card))
        head = f"The override of {cut(card.profile.name, NAME)} is ended."
        blocks = [rich(line(bold(head))), rich(cards.colour_line(card))]
        return Message(blocks, f"{head} {cards.summary(card)}", more=[cards.age(card)], instead=True)

    async def _card(self, filled: Filled) -> Card:
        which = number_in(filled, "customer")
        if not which:
            raise CustomerGone()
        return await self._desk.open(which, filled.reader, filled.now)


def _is_called(card: Card, word: str) -> bool:
    names = (card.profile.name, *card.profile.aliases)
    return any(name.casefold().startswith(f"{word.casefold()} ") for name in names)


def _colour(filled: Filled) -> Colour | None:
    return next((one for one in CHOICES if one.value == filled.choice("colour")), None)
