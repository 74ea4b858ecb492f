"""Trouble by the press of a button: faults a newcomer can set to watch the bot recover."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.sandbox.faults import Faults

__all__ = ["TROUBLES", "Trouble", "troubles_of"]

Trouble = Callable[[], Awaitable[None]]

TROUBLES: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "Slack answers 429 once": ("chat.postMessage", "ratelimited", {"retry_after": 5}),
    "Slack answers 500 after posting": ("chat.postMessage", "http_500", {"after_doing": True}),
    "GitHub answers 500 after creating": ("github:create_issue", "http_500", {"after_doing": True}),
    "GitHub cuts the line after creating": ("github:create_issue", "cut", {"after_doing": True}),
    "GitHub refuses (403)": ("github:create_issue", "error", {"error": 403}),
    "GitHub is silent (time-out)": ("github:create_issue", "hang", {"after_doing": True}),
}


def troubles_of(faults: Faults, own: Mapping[str, Trouble] | None = None) -> dict[str, Trouble]:
    """Return all buttons by label: the faults above, then what the composition adds."""
    return {label: partial(_arm, faults, label) for label in TROUBLES} | dict(own or {})


async def _arm(faults: Faults, label: str) -> None:
    method, kind, more = TROUBLES[label]
    faults.add(method, kind, **more)
