"""People by name: what several people see, or what leaves by itself, must notify nobody who is merely named."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from commands.blocks import NAME, Element, cut, text
from commands.feature_views import person
from commands.ports import People

Names = Mapping[str, str]  # of Slack users
NamesOf = Callable[[Iterable[str]], Awaitable[Names]]
NOBODY: Names = {}


def names_by(people: People) -> NamesOf:
    """Asks Slack, which remembers; whom it does not know is left out."""

    async def names(users: Iterable[str]) -> Names:
        asked = sorted(filter(None, set(users)))
        found = await asyncio.gather(*(people.reader(one, None) for one in asked))
        return {one.id: one.name for one in found if one.name}

    return names


def named(value: Any, names: Names) -> Any:
    """Blocks with letters in the place of mentions, for forms, which mention nobody."""
    if isinstance(value, list):
        return [named(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "user":
        return who(str(value.get("user_id")), names)
    return {key: named(one, names) for key, one in value.items()}


def who(user: str, names: Names | None) -> Element:
    """A person: a mention without `names`, with them letters that notify nobody."""
    return person(user) if names is None else text(cut(names.get(user) or "a colleague", NAME))
