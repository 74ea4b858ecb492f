"""A run in which bots are killed at random moments, and what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from tests.faults.engines import CREW
from tests.faults.forms import Json
from tests.faults.ledger import Found
from tests.faults.nursery import Bot, Nursery
from tests.faults.plan import Plan, Press
from tests.faults.slack import HISTORY
from tests.faults.weather import Times, pause
from tests.faults.world import DELAYS, SHORT_DELAYS, SHORT_TIMES, World, world

AT_ONCE = (0, 1, 1, 2, 2, 3, 10)  # forms that people submit together
MOST = 12  # that wait to be pressed again
APART = 0.04  # seconds
MOMENTS = (0.06, 0.06, 0.1, 0.3, 0.3, 1.2)  # seconds after a form, at most, at which something dies
FREEZES = 0.08  # … or stands still
FROZEN = 4.0  # seconds; longer than a lease
ROUNDS = 30  # of pressing again at the end


@dataclass
class Outcome:
    """The figures of one run."""

    engine: str
    seed: int
    kills: int = 0
    forms: int = 0
    acknowledged: int = 0
    deliveries: int = 0
    bugs: int = 0
    messages: int = 0
    found: Found = field(default_factory=Found)
    defects: list[str] = field(default_factory=list)
    misshapen: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    journal: list[str] = field(default_factory=list)

    def told(self, allowed: Sequence[str] = ()) -> list[str]:
        """What is wrong, one line each."""
        names = [name for name in vars(self.found) if name.replace("_", " ") not in allowed]
        lines = [f"{name}: {one}" for name in names for one in getattr(self.found, name)]
        return [f"{self.engine} {self.seed}: {line}" for line in (*lines, *self.defects)]

    def wrong(self) -> dict[str, int]:
        """What must be zero."""
        return {**self.found.counts(), "defects in logs": len(self.defects), "misshapen calls": self.misshapen}


class KillRun:
    """Submits, kills at random moments, starts again, and compares in the end."""

    def __init__(self, world: World, outcome: Outcome, kills: int, crew: int, plan: Plan) -> None:
        self._world = world
        self._outcome = outcome
        self._kills = kills
        self._plan = plan
        self._size = crew
        self._crew: list[Bot] = []
        self._asking: list[tuple[Press, Bot]] = []

    async def run(self) -> None:
        world, random = self._world, self._world.random
        world.github.created = self._hook
        self._crew = list(await asyncio.gather(*(world.bot() for _ in range(self._size))))
        again: list[Press] = []
        while self._outcome.kills < self._kills:
            batch = [*again, *self._plan.some(random.choice(AT_ONCE) if len(again) < MOST else 0)]
            pressing = [asyncio.create_task(self._press(one, random.uniform(0, APART))) for one in batch]
            await pause(random.uniform(0, random.choice(MOMENTS)))
            if self._size > 1 and random.random() < FREEZES:
                self._freeze_one()
            await self._kill_one()
            await asyncio.gather(*pressing)
            again = [one for one in batch if not one.acknowledged]
            self._plan.known = await world.ledger.requests()
        await self._end(again)

    async def _kill_one(self) -> None:
        world = self._world
        at = world.random.randrange(len(self._crew))
        victim = self._crew[at]
        asked = {one for one, bot in self._asking if bot is victim}
        self._note(victim)
        await victim.kill()
        self._outcome.kills += 1
        successor = world.start()
        kept = await world.ledger.committed([one.view for one in asked])
        for one in asked:
            if not one.acknowledged:
                where = "form committed, not yet acknowledged" if one.view in kept else "form not yet committed"
                self._outcome.phases[where] += 1
        await successor.ready()
        self._crew[at] = successor

    def _freeze_one(self) -> None:
        """One stands still, perhaps for longer than its lease, and goes on as if nothing had happened."""
        victim, seconds = self._world.random.choice(self._crew), self._world.random.uniform(0.5, FROZEN)
        victim.stop()
        self._outcome.phases["frozen for a while"] += 1
        asyncio.get_running_loop().call_later(seconds, victim.go_on)

    def _note(self, victim: Bot) -> None:
        """What the victim was doing outside."""
        calls = [one for one in self._world.slack.weather.under_way if victim.name in one.bot]
        for call in calls:
            if call.kind in ("github create", "slack chat.postMessage"):
                self._outcome.phases[f"{call.kind}: {'done, not yet answered' if call.done else 'not yet done'}"] += 1
            elif call.kind in ("github list", "slack conversations.history", "slack conversations.replies"):
                self._outcome.phases["looking an uncertain one up"] += 1
        if not calls and not any(victim is bot for _, bot in self._asking):
            self._outcome.phases["nothing under way"] += 1

    async def _press(self, one: Press, after: float) -> None:
        """Once, or twice as Slack does when an answer is slow."""
        await pause(after)
        twice = self._world.random.random() < 0.15
        answers = await asyncio.gather(*(self._deliver(one) for _ in range(2 if twice else 1)))
        one.presses += 1
        one.acknowledged = one.acknowledged or any(answers)

    async def _deliver(self, one: Press) -> bool:
        bot = self._world.random.choice(self._crew)
        self._asking.append((one, bot))
        try:
            answer = await self._world.sender.send(bot.port.result(), one.payload)
        finally:
            self._asking.remove((one, bot))
        one.answer = answer
        return answer is not None and _says_saved(answer)

    def _hook(self, number: int) -> None:
        """GitHub tells of half of its new issues by webhook, once, whoever is there to hear it."""
        if self._world.random.random() < 0.5:
            task = asyncio.create_task(self._told(number, self._world.random.choice(self._crew).port.result()))
            self._world.hooks.add(task)
            task.add_done_callback(self._world.hooks.discard)

    async def _told(self, number: int, port: int) -> None:
        await pause(self._world.random.uniform(0, 0.2))
        address = f"http://127.0.0.1:{port}/github/webhooks"
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            await self._world.github.deliver(self._world.sender.session, address, "issues", "opened", number)

    async def close(self) -> None:
        """Nobody is needed any more."""
        for bot in self._crew:
            bot.go_on()
            await bot.kill()

    async def _end(self, again: list[Press]) -> None:
        """Nobody is killed any more: everybody presses until it is saved, and everything is delivered."""
        for _ in range(ROUNDS):
            if not again:
                break
            await asyncio.gather(*(self._press(one, 0) for one in again))
            again = [one for one in again if not one.acknowledged]
        for one in again:
            self._outcome.found.lost.append(f"{one.view} was never acknowledged: {one.answer}")
        await self._world.drain()


def _says_saved(answer: Json) -> bool:
    """Closed, or shown that it was saved when it was pressed before."""
    title = (answer.get("view") or {}).get("title", {}).get("text")
    return answer.get("response_action") == "clear" or title == "Saved before"


async def kill_run(
    nursery: Nursery, url: str, engine: str, seed: int, kills: int, scopes: str = HISTORY, short: bool = False
) -> Outcome:
    """The whole of it. `short`: waits for less, for runs of a few kills."""
    began, outcome = time.monotonic(), Outcome(engine, seed)
    delays, times = (SHORT_DELAYS, SHORT_TIMES) if short else (DELAYS, Times())
    async with world(nursery, url, f"{engine} {seed}", scopes, delays, times=times) as made:
        customers = [row.id for row in await made.ledger.rows("SELECT id FROM customers ORDER BY id")]
        plan = Plan(made.random, customers)
        run = KillRun(made, outcome, kills, CREW[engine], plan)
        await run.run()
        never = outcome.found.lost
        outcome.found = await made.compared(list(plan.made))
        outcome.found.lost += never
        await run.close()
        outcome.forms, outcome.deliveries = len(plan.made), made.sender.delivered
        outcome.acknowledged = sum(one.acknowledged for one in plan.made)
        outcome.bugs, outcome.messages = len(made.github.issues), sum(map(len, made.slack.messages.values()))
        outcome.faults, outcome.journal = made.slack.weather.seen, made.slack.weather.journal
        outcome.misshapen = len(made.github.wrong)
    outcome.defects = nursery.defects()
    outcome.seconds = time.monotonic() - began
    return outcome
