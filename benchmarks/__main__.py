"""`python3 run.py bench [name …] [--rounds N] [--quick]`: measures, prints, and writes docs/performance.md."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import page
from benchmarks.bench import Bench
from benchmarks.measurements import LONG, NAMES, module_of
from benchmarks.outcome import Outcome

LONGEST = 1_800.0  # seconds of one measurement, with all its rounds


def main() -> int:
    """Runs what was asked for, one after the other; a measurement that fails does not stop the others."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"only these: {', '.join(NAMES + LONG)}")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds after one warm-up (default 5)")
    parser.add_argument("--quick", action="store_true", help="short and small, to try out; nothing is written")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in NAMES + LONG]:
        parser.error(f"no measurement is called {', '.join(unknown)}; there are {', '.join(NAMES + LONG)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is stopped
    failed = 0
    for name in chosen.names or NAMES:
        load = os.getloadavg()[0]
        outcome = _measured(name, max(1, chosen.rounds), chosen.quick)
        failed += outcome is None
        if outcome and not chosen.quick:
            page.remember(outcome, chosen.rounds, load)
    if not chosen.quick:
        print(f"Written: {page.write()}")
    return 1 if failed else 0


def _measured(name: str, rounds: int, quick: bool) -> Outcome | None:
    began = time.monotonic()
    print(f"\n{name} …", flush=True)
    tools = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dossier-bench"
    folder = Path(tempfile.mkdtemp(prefix="dossier-bench-"))
    try:
        outcome = asyncio.run(_limited(name, Bench(rounds, quick, folder, tools)))
    except Exception as problem:
        print(f"  failed: {type(problem).__name__}: {problem}", file=sys.stderr)
        if os.environ.get("DOSSIER_BENCH_DEBUG"):
            raise
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for line in page.lines(outcome):
        print(f"  {line}")
    print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    return outcome


async def _limited(name: str, bench: Bench) -> Outcome:
    async with asyncio.timeout(LONGEST):
        outcome: Outcome = await module_of(name).measure(bench)
        return outcome


if __name__ == "__main__":
    raise SystemExit(main())
