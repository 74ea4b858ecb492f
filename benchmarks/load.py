"""Load over HTTP/1.1 keep-alive from a raw protocol: a client library would cost more than what it measures.

Every answer is looked at: one that is not 200, or lacks what it must contain, ends the measurement.
"""

import asyncio
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter

Requests = Sequence[bytes]


class WrongAnswer(Exception):
    """The server did not do what it is measured at."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run of load saw; `latencies` in seconds."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds within which `share` of the answers came."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]

    def sample(self) -> dict[str, float]:
        """As a round's sample."""
        return {"rate": self.rate, "p50": statistics.median(self.latencies), "p99": self.quantile(0.99)}


class _Caller(asyncio.Protocol):
    """One connection with one request on its way at a time."""

    def __init__(self, expect: bytes) -> None:
        self._expect = expect
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._sent = 0.0
        self.answered: Callable[[float, float], None] = lambda sent, now: None
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, began: float | None = None) -> None:
        assert self._transport is not None
        self._sent = perf_counter() if began is None else began
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        stop = head.find(b"\r\n", at)
        length = int(head[at + 15 : stop if stop > 0 else end]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        answer, self._buffer = self._buffer, b""
        if not answer.startswith(b"HTTP/1.1 200") or self._expect not in answer:
            self._fail(WrongAnswer(answer[:400].decode("utf-8", "replace")))
            return
        self.answered(self._sent, perf_counter())

    def connection_lost(self, problem: Exception | None) -> None:
        self._fail(WrongAnswer("the server closed the connection"))

    def _fail(self, problem: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(problem)

    def close(self) -> None:
        self.failed.cancel()
        assert self._transport is not None
        self._transport.abort()


async def _connect(port: int, count: int, expect: bytes) -> list[_Caller]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(lambda: _Caller(expect), "127.0.0.1", port))[1] for _ in range(count)]


async def _until(done: asyncio.Future[None], callers: Sequence[_Caller]) -> None:
    finished, _ = await asyncio.wait([done, *(one.failed for one in callers)], return_when=asyncio.FIRST_COMPLETED)
    try:
        for one in finished:
            one.result()
    finally:
        for caller in callers:
            caller.close()


async def drive(port: int, requests: Requests, at_once: int, seconds: float, expect: bytes = b"") -> Taken:
    """Closed loop: `at_once` connections, each sends again when its answer is there."""
    callers = await _connect(port, at_once, expect)
    source: Iterator[bytes] = cycle(requests)
    latencies: list[float] = []
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    began = perf_counter()
    until = began + seconds
    running = at_once

    def next_of(caller: _Caller) -> Callable[[float, float], None]:
        def answered(sent: float, now: float) -> None:
            nonlocal running
            latencies.append(now - sent)
            if now < until:
                caller.send(next(source))
                return
            running -= 1
            if not running:
                done.set_result(None)

        return answered

    for caller in callers:
        caller.answered = next_of(caller)
        caller.send(next(source))
    await _until(done, callers)
    return Taken(perf_counter() - began, latencies)


async def pace(
    port: int, requests: Requests, at_once: int, per_second: float, seconds: float, expect: bytes = b""
) -> Taken:
    """Open loop at a steady rate. Latency counts from when the request was due, so a stalled server cannot hide."""
    callers = await _connect(port, at_once, expect)
    loop = asyncio.get_running_loop()
    source: Iterator[bytes] = cycle(requests)
    latencies: list[float] = []
    waiting: list[float] = []  # due, but every connection is busy
    free = list(callers)
    count = int(per_second * seconds)
    done: asyncio.Future[None] = loop.create_future()
    began = perf_counter()

    def answered_by(caller: _Caller) -> Callable[[float, float], None]:
        def answered(due: float, now: float) -> None:
            latencies.append(now - due)
            if waiting:
                caller.send(next(source), waiting.pop(0))
            else:
                free.append(caller)
            if len(latencies) == count and not done.done():
                done.set_result(None)

        return answered

    for caller in callers:
        caller.answered = answered_by(caller)

    async def clock() -> None:
        for number in range(count):
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - perf_counter()))
            if free:
                free.pop().send(next(source), due)
            else:
                waiting.append(due)
        await asyncio.sleep(30)
        raise WrongAnswer("answers are missing half a minute after the last request")

    ticking = asyncio.ensure_future(clock())
    try:
        await asyncio.wait([done, ticking, *(one.failed for one in callers)], return_when=asyncio.FIRST_COMPLETED)
        if ticking.done():
            ticking.result()
        await _until(done, callers)
    finally:
        ticking.cancel()
    return Taken(perf_counter() - began, latencies)
