"""Requests of the bot while they are answered: counted, waited for, or lost on purpose."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from aiohttp import web

from bot.sandbox.faults import Fault, Faults

__all__ = ["Traffic", "lost"]

# How often a hanging answer looks whether its client is still there; real time, as sockets are.
_LOOK_SECONDS = 0.05


@dataclass
class Traffic:
    """How many requests of the bot are being answered, so that others can wait for none."""

    running: int = 0
    count: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def __enter__(self) -> None:
        self.running += 1
        self.count += 1
        self._move()

    def __exit__(self, *_: object) -> None:
        self.running -= 1
        self._move()

    def _move(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def moved(self, within: float | None = None) -> bool:
        """Wait for the next request to begin or end; False when nothing happened in time."""
        try:
            await asyncio.wait_for(self._moved.wait(), within)
        except TimeoutError:
            return False
        return True

    async def idle(self) -> None:
        """Wait until no request is running."""
        while self.running:
            await self.moved()


async def lost(request: web.Request, fault: Fault, faults: Faults) -> web.StreamResponse:
    """Close the connection without an answer; a `hang` does so when released or when the client has given up."""
    released = faults.released
    while fault.kind == "hang" and not released.is_set() and request.transport is not None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(released.wait(), _LOOK_SECONDS)
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500, text="")
