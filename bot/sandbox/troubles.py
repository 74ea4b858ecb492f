"""Trouble by the press of a button: faults a newcomer can set to watch the bot recover."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.sandbox.faults import Faults
from bot.sandbox.workspace import NotPossibleError

__all__ = ["TROUBLES", "Trouble", "Troubles", "troubles_of"]

Trouble = Callable[[], Awaitable[None]]

TROUBLES: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "Slack answers 429 once": ("chat.postMessage", "ratelimited", {"retry_after": 5}),
    "Slack answers 500 after posting": ("chat.postMessage", "http_500", {"after_doing": True}),
    "GitHub answers 500 after creating": ("github:create_issue", "http_500", {"after_doing": True}),
    "GitHub cuts the line after creating": ("github:create_issue", "cut", {"after_doing": True}),
    "GitHub refuses (403)": ("github:create_issue", "error", {"error": 403}),
    "GitHub is silent (time-out)": ("github:create_issue", "hang", {"after_doing": True}),
}


class Troubles:
    """The buttons by label, and which of them are under way: a trouble may last, nobody has to wait for it."""

    def __init__(self, makers: Mapping[str, Trouble], changed: Callable[[], None]) -> None:
        self._makers, self._changed = makers, changed
        self._running: dict[str, asyncio.Future[None]] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """All buttons."""
        return tuple(self._makers)

    @property
    def running(self) -> tuple[str, ...]:
        """The labels of what is under way, the first begun first."""
        return tuple(self._running)

    def begin(self, label: str) -> asyncio.Future[None]:
        """Begin a trouble; what is returned is done when the trouble is over."""
        make = self._makers.get(label)
        if make is None:
            raise NotPossibleError(f"no trouble is called {label!r}; there is: {', '.join(self._makers)}")
        if label in self._running:
            raise NotPossibleError(f"{label!r} is under way already")
        self._running[label] = task = asyncio.ensure_future(make())
        task.add_done_callback(lambda _: self._over(label))
        self._changed()
        return task

    async def end(self) -> None:
        """End everything that is under way."""
        tasks = list(self._running.values())
        for one in tasks:
            one.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _over(self, label: str) -> None:
        del self._running[label]
        self._changed()


def troubles_of(faults: Faults, own: Mapping[str, Trouble] | None = None) -> dict[str, Trouble]:
    """Return all buttons by label: the faults above, then what the composition adds."""
    return {label: partial(_arm, faults, label) for label in TROUBLES} | dict(own or {})


async def _arm(faults: Faults, label: str) -> None:
    method, kind, more = TROUBLES[label]
    faults.add(method, kind, **more)
