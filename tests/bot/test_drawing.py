"""Charts come from a process of their own, which may fail, hang or die, and which knows nothing that it need not."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO

import pytest

from bot import drawing
from bot.charts import adoption_chart, usage_chart
from bot.drawing import Drawer, NotDrawn, serve
from customers.model import Week

RECENT = [Week(date(2026, 11, 9), 79), Week(date(2026, 11, 2), 120)]
POINTS = [(date(2026, 11, 2), 0.75), (date(2026, 11, 9), None)]
# processes that draw nothing: one names its variables, one says no, one never answers, one is gone at once
ANSWERS = "import os,sys\nfor _ in sys.stdin.buffer:\n  said = {said}\n  out = sys.stdout.buffer\n"
ANSWERS += "  out.write({verdict} + len(said).to_bytes(4) + said)\n  out.flush()"
NAMES = ANSWERS.format(said="' '.join(os.environ).encode()", verdict="b'+'")
REFUSES = ANSWERS.format(said="b'no room'", verdict="b'-'")
HANGS = "import sys\nfor _ in sys.stdin.buffer: pass"
GONE = ""
Make = Callable[..., Drawer]


@pytest.fixture
def make() -> Iterator[Make]:
    """Drawers with a process that runs some code; it ends with the test."""
    made: list[Drawer] = []

    def one(code: str, **seconds: float) -> Drawer:
        made.append(Drawer(command=[sys.executable, "-I", "-S", "-c", code], **seconds))
        return made[-1]

    yield one
    for drawer in made:
        drawer.close()
        drawer.rest.cancel()


def test_the_process_draws_what_would_be_drawn_here() -> None:
    assert drawing.drawer.usage(RECENT, 130) == usage_chart(RECENT, 130)
    first = drawing.drawer.pid
    assert drawing.drawer.adoption(POINTS) == adoption_chart(POINTS)
    assert drawing.drawer.pid == first


def test_what_cannot_be_drawn_does_not_end_it() -> None:
    words = [{"points": [["no day", 1]]}, {"points": [["2026-11-02", 0.5]]}]
    answered = BytesIO()
    serve(BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in words)), answered)
    answered.seek(0)
    assert answered.read(1) == b"-"
    assert answered.read(int.from_bytes(answered.read(4))).startswith(b"ValueError: ")
    assert answered.read(1) == b"+"
    png = answered.read(int.from_bytes(answered.read(4)))
    assert png.startswith(b"\x89PNG")
    assert not answered.read()


def test_it_is_told_no_secrets(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-0")
    monkeypatch.setenv("MPLCONFIGDIR", "/somewhere")
    told = make(NAMES).usage(RECENT, None).decode().split()
    assert "MPLCONFIGDIR" in told
    assert not [one for one in told if one.startswith(("SLACK", "GITHUB", "DATABASE"))]


def test_what_went_wrong_there_is_said_here(make: Make) -> None:
    with pytest.raises(NotDrawn, match="no room"):
        make(REFUSES).usage(RECENT, None)


@pytest.mark.parametrize("code", [HANGS, GONE], ids=["hangs", "gone"])
def test_one_that_does_not_answer_is_given_up(make: Make, code: str) -> None:
    drawer = make(code, longest=0.05)
    with pytest.raises(NotDrawn):
        drawer.usage(RECENT, None)
    assert drawer.pid is None


def test_after_one_that_was_killed_comes_another(make: Make) -> None:
    drawer = make(NAMES)
    drawer.usage(RECENT, None)
    first = drawer.pid
    assert first
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert drawer.usage(RECENT, None)
    assert drawer.pid not in (first, None)


def test_it_goes_when_nobody_wants_a_chart(make: Make) -> None:
    drawer = make(NAMES, idle=0.0)
    drawer.usage(RECENT, None)
    drawer.rest.join(10)
    assert drawer.pid is None


def test_many_threads_are_served_one_after_the_other(make: Make) -> None:
    drawer, drawn = make(NAMES), list[bytes]()
    threads = [threading.Thread(target=lambda: drawn.append(drawer.usage(RECENT, None))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(drawn) == 8
    assert len(set(drawn)) == 1
