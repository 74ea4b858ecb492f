"""`Add to history`: a message becomes a dated entry of a customer's support history."""

from commands import captured
from commands.form import Errors, Filled, Form, Shot, day_picker, external, field_of, source_of, state_of, text_input
from commands.pick import chosen, offered
from customers.desk import Desk
from customers.history import TEXT, Draft
from customers.logbook import Logbook
from customers.records import Card

NAME = "add_history"


class AddHistory:
    """Open, save."""

    def __init__(self, desk: Desk, logbook: Logbook) -> None:
        self._desk = desk
        self._logbook = logbook

    async def open(self, shot: Shot) -> Form:
        """The form with the message's text and the customer of its channel."""
        words = captured.words(shot.text)
        card = await captured.soon(self._card(shot), None)
        customer = offered(card.record.customer_id, card.profile.name) if card else None
        text = text_input("text", words, lines=True, most=TEXT)
        blocks = [
            field_of("Customer", "customer", external("customer", customer)),
            field_of("Date", "on", day_picker("on", self._desk.today(shot.source.said_at or shot.now))),
            field_of("What happened", "text", text, hint=captured.fit_hint(words, TEXT)),
            *captured.origin(shot.source),
        ]
        return Form(NAME, "Add to history", blocks, state=state_of(shot.source))

    async def submit(self, filled: Filled) -> Errors | Form | None:
        """Saves it; storage says so where the message stands. Raises CustomerGone."""
        customer, text = chosen(filled, "customer"), filled.text("text")
        if customer is None:
            return Errors({"customer": "Choose the customer it is about."})
        await self._desk.open(customer, filled.reader, filled.now)
        today = self._desk.today(filled.now)
        on = filled.day("on") or today
        wrong = {
            "on": "This day is still to come; choose today or an earlier one." if on > today else None,
            "text": captured.text_problem(text, TEXT) if text else "Write what happened.",
        }
        if any(wrong.values()):
            return Errors({block: problem for block, problem in wrong.items() if problem})
        draft = Draft(customer, on, text, source_of(filled.state))
        entry = await self._logbook.add(draft, filled.reader, filled.key, filled.now)
        mine = entry.heard and entry.added_by == filled.reader.id
        if mine and (entry.customer_id, entry.on, entry.text) != (customer, on, text):
            return captured.saved_before("an entry of the history", "/brief")
        return None

    async def _card(self, shot: Shot) -> Card | None:
        """Of the customer the channel is about; it also knows the team's date."""
        linked = await self._desk.linked(shot.source.channel) if shot.source.channel else None
        return await self._desk.open(linked.customer_id, shot.reader, shot.now) if linked else None
