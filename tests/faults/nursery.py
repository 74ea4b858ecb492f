"""The harness's side of `bots.py`: orders bots, and has those killed that it ordered."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

DEFECTS = ("_failed", "Traceback", "payload_refused")
START = 30.0  # seconds that a bot may take
News = asyncio.Future[Any]


@dataclass(eq=False)
class Bot:
    """One process. `port` and `gone` (its exit code) are there when they are; a signal after that goes nowhere."""

    number: int
    send: Callable[[signal.Signals], None]
    name: str = ""
    port: News = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    wrote: News = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    gone: News = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def kill(self) -> None:
        """SIGKILL; returns when the system has buried it."""
        self.send(signal.SIGKILL)
        await self.gone

    def stop(self) -> None:
        """It stands still until `go_on`."""
        self.send(signal.SIGSTOP)

    def go_on(self) -> None:
        self.send(signal.SIGCONT)

    async def ready(self) -> int:
        """Its port."""
        async with asyncio.timeout(START):
            await asyncio.wait([self.port, self.gone], return_when=asyncio.FIRST_COMPLETED)
        if not self.port.done():
            raise AssertionError(f"bot {self.number} ended by itself with {self.gone.result()}")
        return int(self.port.result())


class Nursery:
    """`async with nursery(folder) as bots:`; every bot writes its log into the folder."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._bots: dict[int, Bot] = {}

    def bot(self, environment: Mapping[str, str], delays: Mapping[str, float], *, at_once: bool = False) -> Bot:
        """A bot that runs with exactly these settings; `delays` are seconds by name."""
        return self._order({"environment": dict(environment), "delays": dict(delays), "at_once": at_once})

    def writer(self, **asked: Any) -> Bot:
        """A process that runs `writers.write`."""
        return self._order({"write": asked})

    def defects(self) -> list[str]:
        """Lines of all logs that tell of a mistake of ours."""
        lines = (line for file in sorted(self._folder.glob("bot-*.log")) for line in file.read_text().splitlines())
        return [line for line in lines if any(sign in line for sign in DEFECTS)]

    def _order(self, order: dict[str, Any]) -> Bot:
        number = len(self._bots)
        self._bots[number] = Bot(number, lambda sent: self._tell({"bot": number, "signal": int(sent)}))
        self._tell(order | {"bot": number, "log": str(self._folder / f"bot-{number:04}.log")})
        return self._bots[number]

    def _tell(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def listen(self) -> None:
        """Hands news to whom they are about."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            news = json.loads(line)
            bot = self._bots.get(news.pop("bot", -1))
            for name, value in news.items():
                if bot and not (waiting := getattr(bot, name)).done():
                    waiting.set_result(value)


@asynccontextmanager
async def nursery(folder: Path) -> AsyncIterator[Nursery]:
    """Ends with all its bots."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.bots",
        cwd=ROOT, env=kept, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    made = Nursery(process, folder)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        listening.cancel()
