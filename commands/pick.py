"""Choosing customers in a form: what is offered while somebody types, and who was chosen."""

from collections.abc import Mapping
from typing import Any

from commands.blocks import Element
from commands.form import Filled, option
from commands.listen import customer_id
from customers.desk import Desk


class Pick:
    """The options of every menu that chooses a customer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def options(self, typed: str, _state: Mapping[str, Any]) -> list[Element]:
        """Customers whose names are like what was typed so far."""
        return [offered(customer, name) for customer, name in await self._desk.typeahead(typed)]


def offered(customer: int, name: str) -> Element:
    """A customer as an option."""
    return option(name, str(customer))


def chosen(filled: Filled, block: str) -> int | None:
    """Who is chosen; None when nobody is. Raises CustomerGone for what is no id."""
    value = filled.choice(block)
    return customer_id(value) if value else None


def all_chosen(filled: Filled, block: str) -> dict[int, str]:
    """Everybody who is chosen, with the name that was shown. Raises CustomerGone for what is no id."""
    return {customer_id(value): name for value, name in filled.choices(block)}
