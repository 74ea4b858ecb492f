"""Charts drawn by a process of their own: it comes with the first one and goes when none is wanted for a minute.

matplotlib takes 50 MiB and half a second to import and a tenth of a second for a chart. In a thread of the bot it would
hold the interpreter for much of that time, and every command would wait; and the memory would be kept for good. The
process knows none of the bot's secrets, lets everything else go first, and ends when the bot does.

Both speak through pipes: a line of JSON says what to draw; the answer is `+` or `-`, the length in four bytes, and a
PNG or what went wrong.
"""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from bot.charts import adoption_chart, usage_chart
from customers.model import Week

IDLE = 60.0  # seconds without a chart
LONGEST = 25.0  # seconds for one, with the start; a message waits for its picture for half a minute
LAST = 19  # how far the process stands back (`nice`)
_COMMAND = (sys.executable, "-m", "bot.drawing")


class NotDrawn(Exception):
    """The process could not draw it, or is gone."""


class Drawer:
    """Its methods take their time and may be called by several threads; one chart is drawn at a time."""

    def __init__(self, idle: float = IDLE, longest: float = LONGEST, command: Sequence[str] = _COMMAND) -> None:
        self._idle = idle
        self._longest = longest
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self.rest = threading.Timer(idle, self.close)  # ends the process; another one with every chart
        self._one_at_a_time = threading.Lock()

    @property
    def pid(self) -> int | None:
        """That of the process; None when there is none."""
        return self._process.pid if self._process else None

    def usage(self, recent: Sequence[Week], seats: int | None) -> bytes:
        """See `bot.charts.usage_chart`. Raises NotDrawn."""
        return self._draw({"recent": [[one.start.isoformat(), one.active] for one in recent], "seats": seats})

    def adoption(self, points: Sequence[tuple[date, float | None]]) -> bytes:
        """See `bot.charts.adoption_chart`. Raises NotDrawn."""
        return self._draw({"points": [[day.isoformat(), share] for day, share in points]})

    def close(self) -> None:
        """Ends the process; the next chart begins another one."""
        with self._one_at_a_time:
            self._stop()

    def _draw(self, wanted: Mapping[str, Any]) -> bytes:
        with self._one_at_a_time:
            self.rest.cancel()
            process = self._process = self._running()
            too_long = _later(self._longest, process.kill)
            try:
                return _asked(process, wanted)
            except (OSError, EOFError) as problem:
                self._stop()
                raise NotDrawn("the process that draws has ended") from problem
            finally:
                too_long.cancel()
                self.rest = _later(self._idle, self.close)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        self._stop()
        from bot.settings import of_the_system  # the other side needs none of it

        place = Path(__file__).resolve().parent.parent  # where the program lies, wherever it was started
        environment = of_the_system() | {"OPENBLAS_NUM_THREADS": "1"}  # one chart is little work
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=place,
            env=environment,
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()  # there is nothing to finish
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what was written for it stays behind
                    if pipe:
                        pipe.close()


drawer = Drawer()  # one for all bots of a process, of which there is more than one in tests only
atexit.register(drawer.close)


def _asked(process: subprocess.Popen[bytes], wanted: Mapping[str, Any]) -> bytes:
    """Raises NotDrawn for what the process says went wrong, OSError or EOFError when it is gone."""
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(wanted).encode() + b"\n")
    process.stdin.flush()
    verdict, length = _exactly(process.stdout, 1), int.from_bytes(_exactly(process.stdout, 4))
    said = _exactly(process.stdout, length)
    if verdict != b"+":
        raise NotDrawn(said.decode("utf-8", "replace"))
    return said


def _exactly(pipe: Any, length: int) -> bytes:
    read: bytes = pipe.read(length)
    if len(read) < length:
        raise EOFError
    return read


def _later(seconds: float, do: Callable[[], None]) -> threading.Timer:
    """A timer that does not keep the bot from ending."""
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    timer.start()
    return timer


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """The other side: draws what it is asked for until nobody is there any more."""
    for words in asked:
        try:
            verdict, said = b"+", _drawn(json.loads(words))
        except Exception as problem:
            verdict, said = b"-", f"{type(problem).__name__}: {problem}".encode()
        answered.write(verdict + len(said).to_bytes(4) + said)
        answered.flush()


def _drawn(wanted: Mapping[str, Any]) -> bytes:
    if "points" in wanted:
        return adoption_chart([(date.fromisoformat(day), share) for day, share in wanted["points"]])
    return usage_chart([Week(date.fromisoformat(day), active) for day, active in wanted["recent"]], wanted["seats"])


def main() -> None:
    """Ctrl-C is meant for the bot, which may still want a chart while it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(LAST)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
