"""The product's usage figures, as far as somebody at the page can feed them to the app: by a button, or by pasting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["Feed"]


@dataclass(frozen=True, slots=True)
class Feed:
    """`stories` are the buttons by label; `take` gets a pasted CSV. Both return a report for people.

    `example` is shown where one pastes. The composition brings it along, the sandbox knows nothing of usage.
    """

    stories: Mapping[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    take: Callable[[str], Awaitable[str]] | None = None
    example: str = ""
