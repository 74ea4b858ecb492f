"""Child processes: started with clean variables, told to stop by their own pid, never left behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
READY = 60.0  # seconds until a child must say that it is ready
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without what belongs to the person: no proxies, no settings of a real bot."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in _PROXIES and not name.startswith(("SLACK_", "CUSTOMER_", "DATABASE_", "HEALTH_", "PG"))
    }
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(extra or {})


def module(name: str, *arguments: str) -> list[str]:
    """The command line of one of our modules."""
    return [sys.executable, "-m", name, *arguments]


class Died(Exception):
    """A child ended before it was ready; the message ends with what it said last."""


@dataclass(slots=True)
class Child:
    """One process. Use it as `async with Child(command, …) as child`; `told` is its first line of JSON."""

    command: Sequence[str]
    extra: Mapping[str, str] | None = None
    cwd: Path = ROOT
    log: Path | None = None
    told: Any = None
    process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "Child":
        errors = self.log.open("ab") if self.log else asyncio.subprocess.DEVNULL
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
            env=environment(self.extra), cwd=self.cwd,
        )  # fmt: skip
        if self.log and not isinstance(errors, int):
            errors.close()
        return self

    async def ready(self) -> Any:
        """Waits for the line of JSON in which the child says how to reach it."""
        try:
            self.told = await self.said()
        except TimeoutError:
            raise Died(f"{' '.join(map(str, self.command))} did not become ready\n{self._last_words()}") from None
        return self.told

    async def said(self, patience: float = READY) -> Any:
        """The next line of JSON."""
        assert self.process and self.process.stdout
        async with asyncio.timeout(patience):
            while line := await self.process.stdout.readline():
                if line.startswith(b"{"):
                    return json.loads(line)
        raise Died(f"{' '.join(map(str, self.command))} ended without a word\n{self._last_words()}")

    def tell(self, words: str) -> None:
        """A line to its standard input."""
        assert self.process and self.process.stdin
        self.process.stdin.write(f"{words}\n".encode())

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2_000:] if self.log and self.log.exists() else ""

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def memory(self) -> float:
        """Resident MiB now."""
        return resident(self.pid)

    def peak(self) -> float:
        """The most resident MiB so far."""
        return _memory(self.pid, "VmHWM")

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(15):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()


def resident(pid: int) -> float:
    """Resident MiB of any process now."""
    return _memory(pid, "VmRSS")


def _memory(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise OSError(f"/proc/{pid}/status has no {field}")
