"""What passed between the bot and the sandbox: every delivery, ack, Web API call, response and error."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["Entry", "Transcript"]

_HIDDEN = ("token", "signing_secret", "client_secret")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of traffic. `direction` is `to bot` or `from bot`; `detail` is JSON without secrets."""

    number: int
    at: datetime
    direction: str
    kind: str
    name: str
    ok: bool
    ms: float | None = None
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        arrow = "->" if self.direction == "to bot" else "<-"
        took = f" {self.ms:.1f} ms" if self.ms is not None else ""
        note = f"  {self.note}" if self.note else ""
        mark = "" if self.ok else "  FAILED"
        return f"{self.at:%H:%M:%S}  {arrow} {self.kind:<10} {self.name}{took}{mark}{note}"


class Transcript:
    """The last `keep` entries in order."""

    def __init__(self, now: Callable[[], datetime], keep: int = 2000) -> None:
        self._now = now
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._number = 0
        self.listeners: list[Callable[[], None]] = []

    def add(
        self,
        direction: str,
        kind: str,
        name: str,
        *,
        ok: bool = True,
        ms: float | None = None,
        note: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Write a line; values under secret-looking names are masked."""
        self._number += 1
        entry = Entry(self._number, self._now(), direction, kind, name, ok, ms, note, _masked(detail or {}))
        self._entries.append(entry)
        for listener in self.listeners:
            listener()
        return entry

    def clear(self) -> None:
        """Forget all lines, as Reset does."""
        self._entries.clear()

    def calls(self, method: str | None = None) -> list[Entry]:
        """Return the calls the bot made: all of the Web API, or those of one method (`github:create_issue` too)."""
        if method is None:
            return [one for one in self if one.kind == "web api"]
        return [one for one in self if one.kind in ("web api", "github") and one.name == method]

    def render(self) -> str:
        """Return the whole transcript as text, for a failing test."""
        return "\n".join(str(one) for one in self) or "(no traffic)"

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: "…" if name in _HIDDEN and isinstance(one, str) else _masked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(one) for one in value]
    return value
