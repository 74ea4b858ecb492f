"""`docs/performance.md`, made from the latest result of every measurement; they are kept in `results.json`."""

import json
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measurements import LONG, NAMES, module_of
from benchmarks.outcome import Outcome, Row, figure
from benchmarks.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "benchmarks" / "results.json"
_PACKAGES = (
    "slack-bolt",
    "slack-sdk",
    "aiohttp",
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "pydantic",
    "rapidfuzz",
    "orjson",
)

_TOP = """# Speed and cost

Every number here is a measurement of this repository by `python3 run.py bench`, which anybody can repeat: each of ours
runs beside its yardstick in the same run, A B A B …, and the ratio is taken within each round. The table shows the
median of the rounds and, in brackets, the lowest and the highest; when those are far apart, the machine had other work
to do. Absolute numbers belong to the machine they were taken on; ratios travel better. Goals are those of the design;
what is missed is listed as missed.

*Bare Bolt* is Bolt for Python with `AsyncApp(process_before_response=True)`, one listener that answers `ack("hi")`, its
own `authorize`, its own check of signatures, and its own aiohttp server, in a process like ours. *Stock Bolt* is the
same with Bolt's default `process_before_response=False`.

`python3 run.py bench` takes about a quarter of an hour; `python3 run.py bench http blocks` runs some, `--rounds N` more
rounds than five, `--quick` tries everything out on small data and writes nothing. It uses loopback only, stops what it
started, and removes its data. slack-machine and Bolt for JavaScript are installed once, by pip and npm, into a folder
of their own in the user's cache; without them their lines say "not measured".
"""


def remember(outcome: Outcome, rounds: int, load: float) -> None:
    """Replaces the kept result; `load` is the machine's load average before the measurement."""
    kept = _kept()
    kept[outcome.name] = outcome.as_dict() | {"date": datetime.now(UTC).date().isoformat(), "rounds": rounds,
                                              "machine": machine(), "load": load, "versions": versions()}  # fmt: skip
    RESULTS.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write() -> Path:
    """Makes the page anew; returns where it is."""
    PAGE.write_text("\n".join(_page(_kept())) + "\n", encoding="utf-8")
    return PAGE.relative_to(ROOT)


def lines(outcome: Outcome) -> Iterator[str]:
    """For the terminal."""
    for row in outcome.rows:
        sides = f"   {row.ours} | {row.theirs}" if row.theirs else f"   {row.ours}"
        goal = f"   goal {row.goal}: {_met(row)}" if row.goal else ""
        yield f"{row.what}: {_value(row)}{sides.rstrip()}{goal}"
    yield from (f"- {note}" for note in outcome.notes)


def machine() -> str:
    """Cores, processor, system."""
    import os

    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = [one.partition(":")[2].strip() for one in info.read_text().splitlines() if one.startswith("model name")]
        processor = found[0] if found else processor
    return f"{os.cpu_count()} cores, {processor}, {platform.system()}"


def versions() -> str:
    """What was measured with."""
    return ", ".join([f"Python {sys.version.split()[0]}", *(f"{name} {version(name)}" for name in _PACKAGES)])


def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


def _page(kept: dict[str, Any]) -> Iterator[str]:
    yield _TOP
    rows = [(name, row) for name in NAMES + LONG if name in kept for row in Outcome.read(kept[name]).rows]
    yield _verdict([(name, row) for name, row in rows if row.goal])
    yield ""
    for name in NAMES + LONG:
        if name in kept:
            yield from _section(name, kept[name])


def _verdict(judged: list[tuple[str, Row]]) -> str:
    met, unknown = sum(row.met is True for _, row in judged), sum(row.met is None for _, row in judged)
    missed = [
        f"- {name}: {row.what}: {_value(row)}, goal {row.goal}." + (f" {row.why}" if row.why else "")
        for name, row in judged
        if row.met is False
    ]
    first = f"**{met} of {len(judged)} goals met**" + (f", {unknown} not measured here." if unknown else ".")
    return "\n".join([first, *(["", "Missed, and why as far as we know:", "", *missed] if missed else [])])


def _section(name: str, found: dict[str, Any]) -> Iterator[str]:
    outcome = Outcome.read(found)
    about = (module_of(name).__doc__ or "").strip().splitlines()[0]
    yield f"## {name}\n\n{about}\n"
    yield "| What | Measured | Ours | Beside | Goal | Met |\n| --- | --- | --- | --- | --- | --- |"
    for row in outcome.rows:
        yield f"| {row.what} | {_value(row)} | {row.ours} | {row.theirs} | {row.goal or '–'} | {_met(row)} |"
    yield ""
    yield from (f"- {note}" for note in outcome.notes)
    yield (
        f"- `python3 run.py bench {name}`, {found['rounds']} rounds, {found['date']}; {found['machine']}, "
        f"load before the start {found['load']:.1f}; "
        f"{found['versions']}\n"
    )


def _value(row: Row) -> str:
    if row.value is None or row.low is None or row.high is None:
        return "not measured"
    unit = "" if row.unit == "×" else f" {row.unit}"
    return f"{figure(row.value)}{unit} ({figure(row.low)}–{figure(row.high)})"


def _met(row: Row) -> str:
    return "–" if not row.goal else "not measured" if row.met is None else "yes" if row.met else "**no**"
