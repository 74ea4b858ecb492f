"""What may happen to a call, drawn by chance from a seed, and what was under way when a bot died."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web

RETRY_AFTER = 0.3  # seconds; the real ones are whole, ours are as short as everything else here
Answer = tuple[int, Any]
Do = Callable[[], Answer]


@dataclass(frozen=True)
class Times:
    """Seconds. The bot's delays are longer than what is promised here, as they are in earnest."""

    work: float = 0.02  # an ordinary call takes up to this before it is done, and again until it is answered
    late_work: float = 0.15  # it is done so late, although nobody waits for it any more
    late_answer: tuple[float, float] = (0.6, 3.2)  # done at once, answered after the caller's time-out, or its lease
    lag_slack: float = 0.15  # until a message is seen in a list
    lag_github: float = 0.9  # … and an issue


# how often a call that changes something meets what: of a hundred
WRITING = {
    "429": 8, "500 before": 5, "500 after": 8, "cut before": 4, "cut after": 8, "late answer": 6, "late work": 6,
    "nonsense after": 4,
}  # fmt: skip
READING = {"429": 5, "500 before": 5, "cut before": 5, "late answer": 3}


@dataclass(eq=False)
class Call:
    """A call that has arrived and is not answered yet."""

    bot: str
    kind: str
    done: bool = False


@dataclass
class Weather:
    """Decides what a call meets. `seen` counts what happened, by kind of call and fault."""

    random: Random
    times: Times = field(default_factory=Times)
    writing: dict[str, int] = field(default_factory=lambda: WRITING)
    reading: dict[str, int] = field(default_factory=lambda: READING)
    seen: Counter[str] = field(default_factory=Counter)
    under_way: set[Call] = field(default_factory=set)
    journal: list[str] = field(default_factory=list)  # every call, to see afterwards how something came about

    async def meet(
        self, bot: str, kind: str, writes: bool, request: web.Request, do: Do, about: str = ""
    ) -> web.StreamResponse:
        """Answers one call, with or without a fault; what is done is done by `do`, at most once."""
        fault = self._drawn(self.writing if writes else self.reading)
        if fault:
            self.seen[f"{kind}: {fault}"] += 1
        self._note(bot, kind, about, fault or "")
        with self._calls(bot, kind) as call:
            await pause(self.random.uniform(0, self.times.work))
            if fault == "429":
                limited = {"Retry-After": str(RETRY_AFTER)}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=limited)
            if fault == "500 before":
                return web.json_response({"ok": False, "message": "Server Error"}, status=500)
            if fault == "cut before":
                return _cut(request)
            if fault == "late work":
                await pause(self.random.uniform(0, self.times.late_work))
            status, data = do()
            call.done = True
            self._note(bot, kind, about, "done")
            if fault == "500 after":
                return web.json_response({"ok": False, "message": "Server Error"}, status=500)
            if fault == "cut after":
                return _cut(request)
            if fault == "nonsense after":
                return web.Response(text="<html>Bad gateway</html>", content_type="text/html", status=502)
            await pause(self.random.uniform(*self.times.late_answer) if fault == "late answer" else self._short())
            return web.json_response(data, status=status)

    def _note(self, bot: str, kind: str, about: str, what: str) -> None:
        self.journal.append(f"{time.time():.3f} {bot} {kind} {about} {what}")

    def _short(self) -> float:
        return self.random.uniform(0, self.times.work)

    def _drawn(self, chances: dict[str, int]) -> str | None:
        drawn = self.random.uniform(0, 100)
        for fault, chance in chances.items():
            drawn -= chance
            if drawn < 0:
                return fault
        return None

    @contextmanager
    def _calls(self, bot: str, kind: str) -> Iterator[Call]:
        call = Call(bot, kind)
        self.under_way.add(call)
        try:
            yield call
        finally:
            self.under_way.discard(call)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def pause(seconds: float) -> None:
    """Time that passes on purpose: a fake that takes its time, a moment at which something dies."""
    over = asyncio.Event()
    timer = asyncio.get_running_loop().call_later(seconds, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()


class Stalls:
    """How long this process itself stood still, at most: more than the margins of `Times` would spoil a run."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def watch(self) -> None:
        while True:
            began = time.monotonic()
            await pause(0.01)
            self.worst = max(self.worst, time.monotonic() - began - 0.01)
