"""`Customer brief` from anywhere: a form asks which customer, and becomes the brief."""

from commands import brief
from commands import card as cards
from commands.form import Errors, Filled, Form, Shot, external, field_of
from commands.pick import chosen
from customers.desk import Desk

NAME = "customer_brief"
TITLE = "Customer brief"


class BriefForm:
    """Ask, answer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def open(self, shot: Shot) -> Form:
        """Which customer?"""
        return Form(NAME, TITLE, [field_of("Customer", "customer", external("customer"))], "Show")

    async def submit(self, filled: Filled) -> Form | Errors:
        """The brief without its buttons: a form has no channel to share it in. Raises CustomerGone."""
        customer = chosen(filled, "customer")
        if customer is None:
            return Errors({"customer": "Choose a customer."})
        card = await self._desk.open(customer, filled.reader, filled.now)
        self._desk.looked(card, filled.reader)
        shown = [block for block in brief.render(card).blocks if block["type"] != "actions"]
        return Form(NAME, TITLE, [*shown, cards.age(card)], submit=None)
