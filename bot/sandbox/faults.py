"""Faults on demand: rate limits, server errors, hanging and cut connections, before or after the work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

__all__ = ["KINDS", "Fault", "Faults"]

KINDS = ("ratelimited", "http_500", "hang", "cut", "error")


@dataclass(slots=True)
class Fault:
    """One planned fault; `left` counts down."""

    method: str
    kind: str
    left: int
    after_doing: bool
    retry_after: int
    error: str
    channel: str | None


class Faults:
    """Plan faults per method; `response_url` is a method here too, `*` is any."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self.released = asyncio.Event()

    def add(
        self,
        method: str,
        kind: str,
        times: int = 1,
        *,
        after_doing: bool = False,
        retry_after: int = 1,
        error: str = "internal_error",
        channel: str | None = None,
    ) -> Fault:
        """Let the next `times` calls fail. `after_doing`: the work is done, only the answer is lost.

        Kinds: `ratelimited` (429 with Retry-After in seconds), `http_500`, `hang` (until `release`), `cut` (the
        connection closes without an answer), `error` (an `ok: false` answer with `error`). `channel` limits the fault
        to calls that name this channel.
        """
        if kind not in KINDS:
            raise ValueError(f"no such kind of fault: {kind!r}; there are {', '.join(KINDS)}")
        fault = Fault(method, kind, times, after_doing, retry_after, error, channel)
        self._planned.append(fault)
        return fault

    def take(self, method: str, channel: str | None = None) -> Fault | None:
        """Return the fault this call meets, if any, and count it."""
        for fault in self._planned:
            if fault.left > 0 and fault.method in (method, "*") and fault.channel in (None, channel):
                fault.left -= 1
                return fault
        return None

    def release(self) -> None:
        """Let every hanging call end."""
        self.released.set()
        self.released = asyncio.Event()

    def clear(self) -> None:
        """Forget all planned faults and let hanging calls end."""
        self._planned.clear()
        self.release()
