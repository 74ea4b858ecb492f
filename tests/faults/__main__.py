"""`python3 run.py faults [--kills 200] [--seeds 3] [--engine sqlite|postgresql|both] [--only schedule] [--quick]`.

Zeros, or exit code 1. `--only schedule` is about what happens by itself, `--only forms` about the rest.

Everything runs on this machine, in a folder of its own that is gone afterwards, and ends by itself.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from tests.faults.engines import CREW, POSTGRESQL, SQLITE, Databases, server
from tests.faults.floods import TIMES, Floods
from tests.faults.kills import Outcome, kill_run
from tests.faults.nursery import Nursery, nursery
from tests.faults.occasions import Occasions, occasions
from tests.faults.relay import relay
from tests.faults.weather import Stalls
from tests.faults.world import CALM, RELAY_DELAYS, world
from tests.faults.writers import write_at_once
from tests.faults.zones import FEW, every_zone
from tests.faults.zones import TIMES as TIMES_OF_DAY

LONGEST = 3_000.0  # seconds of everything
AT_ONCE = 3  # worlds
WRITERS, TRANSACTIONS, QUEUE = 4, 2_000, 600
FORMS, SCHEDULE = "forms", "schedule"
CREWS = (2, 4)  # bots that look for digests to take
_TOLD = {
    "slots": "weeks that came out", "skipped": "… of them late, and told", "jumped": "local times that did not exist",
    "repeated": "local times that came twice", "late": "kills while something was still to be taken",
    "at_it": "moments of taking at which all bots were killed",
    "taken": "digests taken", "posts": "digests posted",
}  # fmt: skip
T = TypeVar("T")


def main() -> int:
    """Runs everything that was asked for."""
    parser = argparse.ArgumentParser(prog="run.py faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often a bot is killed for each seed (default 200)")
    parser.add_argument("--seeds", type=int, default=3, help="runs with other chances (default 3)")
    parser.add_argument("--engine", choices=(SQLITE, POSTGRESQL, "both"), default="both")
    parser.add_argument("--only", choices=(FORMS, SCHEDULE), help="one of the two halves")
    parser.add_argument("--quick", action="store_true", help="everything small, to try out: about a minute")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is stopped
    if chosen.quick:
        chosen.kills, chosen.seeds = min(chosen.kills, 15), min(chosen.seeds, 1)
    engines = [SQLITE, POSTGRESQL] if chosen.engine == "both" else [chosen.engine]
    with tempfile.TemporaryDirectory(prefix="dossier-faults-") as folder, server(POSTGRESQL in engines) as url:
        runs = Runs(Path(folder), url, chosen.kills, chosen.seeds, chosen.quick)
        wrong = asyncio.run(_limited(runs, engines, [chosen.only] if chosen.only else [FORMS, SCHEDULE]))
    print(f"\n{'All of it is as it should be.' if not wrong else f'WRONG: {wrong}'}")
    return 1 if wrong else 0


async def _limited(runs: "Runs", engines: list[str], parts: list[str]) -> int:
    async with asyncio.timeout(LONGEST):
        return await runs.all(engines, parts)


class Runs:
    """All runs; they count what is wrong."""

    def __init__(self, folder: Path, url: str | None, kills: int, seeds: int, quick: bool) -> None:
        self._folder = folder
        self._databases = Databases(folder, url)
        self._kills, self._seeds, self._quick = kills, seeds, quick
        self._stalls = Stalls()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._wrong = 0

    async def all(self, engines: list[str], parts: list[str]) -> int:
        """How much is wrong."""
        if SCHEDULE in parts:
            await self._zones()
        watching = asyncio.create_task(self._stalls.watch())
        await self._databases.prepare()
        try:
            if FORMS in parts:
                await self._forms(engines)
            if SCHEDULE in parts and POSTGRESQL in engines:
                for crew in CREWS:
                    await self._occasions(crew)
        finally:
            watching.cancel()
            await self._databases.close()
        print(f"\nThe longest that the harness itself stood still: {self._stalls.worst * 1000:.0f} ms")
        return self._wrong

    async def _within(self, engine: str, run: Callable[[Nursery, str], Awaitable[T]]) -> T:
        """Runs with a nursery and a database of its own."""
        async with self._room, AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=self._folder))
            url = await stack.enter_async_context(self._databases.one(engine))
            return await run(await stack.enter_async_context(nursery(Path(folder))), url)

    async def _forms(self, engines: list[str]) -> None:
        await self._killed(engines)
        for engine in engines:
            await self._blind(engine)
            await self._flooded(engine)
            await self._written(engine)
        if POSTGRESQL in engines:
            await self._relayed()

    async def _zones(self) -> None:
        found = await (every_zone(TIMES_OF_DAY[:2], FEW) if self._quick else every_zone())
        print(f"\n{found.zones} time zones, weekly at awkward times, {found.ticks:,} heartbeats of two bots")
        for name in ("slots", "skipped", "jumped", "repeated"):
            _line(_TOLD[name], f"{getattr(found, name):,}")
        _line("seconds", round(found.seconds))
        self._zero("weeks that are missing, double, out of order or at another time", len(found.wrong))
        for line in found.wrong[:20]:
            print(f"  ! {line}")

    async def _occasions(self, crew: int) -> None:
        slots, kills, waves = (60, 5, 1) if self._quick else (500, 20, 3)

        async def run(bots: Nursery, url: str) -> Occasions:
            return await occasions(bots, url, crew, slots, kills, waves)

        found = await self._within(POSTGRESQL, run)
        print(f"\n{POSTGRESQL}: {crew} bots, {slots} digests due in {waves} minute(s), 15 % of all answers fail")
        for name in ("kills", "at_it", "late", "taken", "posts"):
            _line(_TOLD.get(name, name), getattr(found, name))
        _line("answers that failed", found.faults.total())
        _line("seconds", round(found.seconds))
        for name, count in found.wrong().items():
            self._zero(name, count)

    async def _killed(self, engines: list[str]) -> None:
        async def one(engine: str, seed: int) -> Outcome:
            done = await self._within(engine, lambda bots, url: kill_run(bots, url, engine, seed, self._kills))
            print(f"  {engine}, seed {seed}: {done.kills} kills in {done.seconds:.0f} s", file=sys.stderr, flush=True)
            return done

        found = await asyncio.gather(*(one(engine, seed + 1) for seed in range(self._seeds) for engine in engines))
        for engine in engines:
            title = f"{engine}: {self._kills} kills × {self._seeds} seeds, {CREW[engine]} bot(s) at once"
            self._tell(title, [one for one in found if one.engine == engine])

    def _tell(self, title: str, outcomes: list[Outcome], allowed: tuple[str, ...] = ()) -> None:
        print(f"\n{title}")
        for name in ("kills", "forms", "acknowledged", "deliveries", "bugs", "messages"):
            _line(name, sum(getattr(one, name) for one in outcomes))
        _line("seconds", round(sum(one.seconds for one in outcomes)))
        wrong: Counter[str] = Counter()
        for one in outcomes:
            for name, count in one.wrong().items():
                wrong[name] += count
        for name, count in wrong.items():
            self._zero(name, count, allowed=name in allowed)
        for name, what in (("when a bot died", "phases"), ("faults", "faults")):
            print(f"  {name}")
            together = sum((getattr(one, what) for one in outcomes), Counter[str]())
            for phase, count in sorted(together.items()):
                _line(f"  {phase}", count)
        for line in (line for one in outcomes for line in one.told(allowed)):
            print(f"  ! {line}")

    async def _blind(self, engine: str) -> None:
        kills = max(5, self._kills // 4)
        found = await self._within(engine, lambda bots, url: kill_run(bots, url, engine, 9, kills, scopes=""))
        title = f"{engine}: {kills} kills without the right to read history (said again to one person alone is allowed)"
        self._tell(title, [found], ("duplicate messages", "given up"))

    async def _flooded(self, engine: str) -> None:
        times = 20 if self._quick else TIMES

        async def run(bots: Nursery, url: str) -> Any:
            async with world(bots, url, "flood", **CALM) as made:
                crew = await asyncio.gather(*(made.bot() for _ in range(CREW[engine])))
                return await Floods(made, crew, times).run(), bots.defects()

        began = time.monotonic()
        found, defects = await self._within(engine, run)
        print(f"\n{engine}: each kind of input delivered {times} times at once to {CREW[engine]} bot(s)")
        for one in found:
            said = ", ".join(f"{name} {count:+}" for name, count in sorted(one.one.items())) or "nothing"
            print(f"  {one.name:<32}{said if one.is_right else f'WRONG: {dict(one.one)} but {dict(one.all)}'}")
        _line("kinds of input", len(found))
        self._zero("kinds with another effect than one delivery", sum(not one.is_right for one in found))
        self._zero("deliveries without an answer", sum(one.unanswered for one in found))
        self._zero("defects in logs", len(defects))
        _line("seconds", round(time.monotonic() - began))

    async def _written(self, engine: str) -> None:
        transactions = 200 if self._quick else TRANSACTIONS

        async def run(bots: Nursery, url: str) -> dict[str, Any]:
            async with world(bots, url, "writers", **CALM):
                return await write_at_once(bots, url, WRITERS, transactions)

        found = await self._within(engine, run)
        print(f"\n{engine}: {WRITERS} processes that write {transactions} transactions each")
        _line("saved", found["saved"])
        _line("transactions a second", round(WRITERS * transactions / found["seconds"]))
        self._zero("people who were told that it is busy, or worse", found["told otherwise"])
        self._zero("rows that differ", found["rows that differ"])
        self._zero("unsound", found["unsound"])

    async def _relayed(self) -> None:
        async def run(bots: Nursery, url: str) -> Any:
            async with world(bots, url, "relay", delays=RELAY_DELAYS, **CALM) as made:
                return await relay(made, QUEUE)

        found = await self._within(POSTGRESQL, run)
        print(f"\n{POSTGRESQL}: {QUEUE} rows wait, two bots deliver, one is killed half-way and another one comes")
        _line("posts of the killed, the staying and the coming bot", "/".join(map(str, found.by_bot)))
        _line("rows left when it was killed", found.left)
        for name, count in found.found.counts().items():
            self._zero(name, count)

    def _zero(self, name: str, count: int, *, allowed: bool = False) -> None:
        _line(name, count)
        self._wrong += 0 if allowed else count


def _line(name: str, value: Any) -> None:
    print(f"  {name:<58}{value:>10}")


if __name__ == "__main__":
    raise SystemExit(main())
