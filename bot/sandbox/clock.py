"""The one clock of the demo: it starts at a given instant, runs on with real time, and can be moved by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]


class Clock:
    """`now()` for everybody: the bot gets this method injected, the sandbox stamps messages and signatures with it.

    With `frozen=True` it stands still until moved, so tests see exact instants.
    """

    def __init__(self, start: datetime, *, frozen: bool = False) -> None:
        self.frozen = frozen
        self._start = _aware(start)
        self._at = self._start
        self._since = time.monotonic()

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        if self.frozen:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def move(self, by: timedelta) -> datetime:
        """Move by a span (negative goes back) and return the new instant."""
        return self.set(self.now() + by)

    def set(self, to: datetime) -> datetime:
        """Jump to an aware instant and return it; a naive one is a ValueError."""
        self._at = _aware(to)
        self._since = time.monotonic()
        return self._at

    def reset(self) -> datetime:
        """Go back to the instant the clock was built with."""
        return self.set(self._start)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"the clock needs an aware datetime, not {instant.isoformat()}")
    return instant.astimezone(UTC)
