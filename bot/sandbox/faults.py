"""Faults on demand: rate limits, server errors, hanging and cut connections, before or after the work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.sandbox.github.routes import ROUTES

__all__ = ["KINDS", "Fault", "Faults"]

KINDS = ("ratelimited", "quota", "http_500", "hang", "cut", "error")
GITHUB = "github:"
_GITHUB_METHODS = {"github:*", *(f"github:{one.name}" for one in ROUTES)}


@dataclass(slots=True)
class Fault:
    """One planned fault; `left` counts down."""

    method: str
    kind: str
    left: int
    after_doing: bool
    retry_after: int | None
    error: str | int
    channel: str | None = None
    status: int = 429

    def __str__(self) -> str:
        what = f"{self.kind} {self.error}" if self.kind == "error" else self.kind
        return f"{self.method}: {what}{' after the work' if self.after_doing else ''}, {self.left} ×"

    def meets(self, method: str, channel: str | None) -> bool:
        """Say whether a call runs into this fault; `*` is any call to Slack, `github:*` any to GitHub."""
        every = "github:*" if method.startswith(GITHUB) else "*"
        return self.left > 0 and self.method in (method, every) and self.channel in (None, channel)


class Faults:
    """Plan faults per method: of Slack (`response_url` is one too, `*` is any) and of GitHub (`github:…`)."""

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
        retry_after: int | None = 1,
        error: str | int = "internal_error",
        channel: str | None = None,
        status: int = 429,
    ) -> Fault:
        """Let the next `times` calls fail. `after_doing`: the work is done, only the answer is lost.

        Kinds: `ratelimited` (429 with Retry-After in seconds), `http_500`, `hang` (until `release`, or until the
        client gives up), `cut` (the connection closes without an answer), `error` (an `ok: false` answer with `error`;
        from GitHub an HTTP status: 401, 403, 404, 410, 422). `channel` limits the fault to calls that name this
        channel. Of GitHub only: `ratelimited` with `status` 403, or with `retry_after=None` for the secondary limit
        that does not say how long; `quota`, the primary limit used up for `retry_after` seconds.
        """
        if kind not in KINDS:
            raise ValueError(f"no such kind of fault: {kind!r}; there are {', '.join(KINDS)}")
        of_github = method.startswith(GITHUB)
        if of_github and method not in _GITHUB_METHODS:
            raise ValueError(f"GitHub has no {method!r} here; there are {', '.join(sorted(_GITHUB_METHODS))}")
        if of_github and kind == "error" and not str(error).isdigit():
            raise ValueError("an error of GitHub is an HTTP status")
        if not of_github and (kind == "quota" or retry_after is None or status != 429):
            raise ValueError("only GitHub has this limit")
        fault = Fault(method, kind, times, after_doing, retry_after, error, channel, status)
        self._planned.append(fault)
        return fault

    @property
    def armed(self) -> tuple[Fault, ...]:
        """The faults still to come."""
        return tuple(one for one in self._planned if one.left > 0)

    def take(self, method: str, channel: str | None = None) -> Fault | None:
        """Return the fault this call meets, if any, and count it."""
        for fault in self._planned:
            if fault.meets(method, channel):
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
