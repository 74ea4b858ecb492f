"""One world: a database, a Slack, a GitHub, people who press, and bots that are killed."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import aiohttp

from storage.database import open_database
from tests.faults import ledger
from tests.faults.forms import Sender
from tests.faults.github import REPOSITORY, FaultyGitHub
from tests.faults.ledger import Found, Ledger
from tests.faults.nursery import Bot, Nursery
from tests.faults.plan import Press, profiles
from tests.faults.slack import FALLBACK, HISTORY, FaultySlack
from tests.faults.weather import Times, Weather, pause
from tests.foreign import SECRET
from tests.storage.harbour import put

# seconds; in the same order of size as in earnest: calls < looks < lease
DELAYS = {
    "lease": 2.5, "call_slack": 0.5, "call_github": 0.6, "look_slack": 0.8, "look_github": 1.6, "look_again": 2.0,
    "first": 0.05, "longest": 0.5, "pace": 0.02, "poll": 0.1,
}  # fmt: skip
SHORT_DELAYS = DELAYS | {
    "lease": 1.2, "call_slack": 0.2, "call_github": 0.25, "look_slack": 0.3, "look_github": 0.6, "look_again": 0.3,
    "longest": 0.2, "poll": 0.05,
}  # fmt: skip
RELAY_DELAYS = DELAYS | {"lease": 1.5, "pace": 0.0}
SHORT_TIMES = Times(work=0.01, late_work=0.05, late_answer=(0.25, 1.4), lag_slack=0.05, lag_github=0.3)
CALM_DELAYS = DELAYS | {  # nothing fails, so nobody gives up either on a machine that is busy
    "lease": 30.0, "call_slack": 10.0, "call_github": 10.0, "look_again": 0.2, "pace": 0.0, "poll": 0.05,
}  # fmt: skip
DRAIN = 60.0  # seconds in which everything must have been delivered at the end
PATIENCE = 1.5  # seconds until somebody who got no answer presses again


@dataclass
class World:
    """The surroundings of some bots. `random` decides everything that is left to chance."""

    nursery: Nursery
    url: str
    random: Random
    slack: FaultySlack
    github: FaultyGitHub
    sender: Sender
    ledger: Ledger
    delays: Mapping[str, float]
    hooks: set["asyncio.Task[Any]"] = field(default_factory=set)

    async def bot(self, *, at_once: bool = False) -> Bot:
        """A bot that answers; its number is in its tokens."""
        made = self.start(at_once=at_once)
        await made.ready()
        return made

    def start(self, *, at_once: bool = False) -> Bot:
        """A bot that is on its way; `at_once`: its heart beats when it is there, and not some seconds later."""
        number = f"{self.random.getrandbits(40):010x}"
        environment = {
            "SLACK_API_URL": self.slack.url, "SLACK_BOT_TOKEN": f"xoxb-{number}", "SLACK_SIGNING_SECRET": SECRET,
            "DATABASE_URL": self.url, "PORT": "0", "FALLBACK_CHANNEL": FALLBACK, "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": f"ghp_{number}", "GITHUB_POLL_SECONDS": "5",
            "GITHUB_WEBHOOK_SECRET": self.github.secret.decode(),
        }  # fmt: skip
        made = self.nursery.bot(environment, self.delays, at_once=at_once)
        made.name = number
        return made

    async def drain(self, seconds: float = DRAIN) -> None:
        """Returns when nothing waits any more, or when it has waited long enough."""
        until = time.monotonic() + seconds
        while await self.ledger.open_rows() and time.monotonic() < until:
            await pause(0.05)

    async def compared(self, presses: list[Press]) -> Found:
        """What is wrong in the end."""
        return await ledger.compare(self.ledger, presses, self.github.marked(), self.slack.marks())


CALM: dict[str, Any] = {"writing": {}, "reading": {}}  # weather in which nothing fails


@asynccontextmanager
async def world(
    nursery: Nursery,
    url: str,
    seed: str,
    scopes: str = HISTORY,
    delays: Mapping[str, float] = CALM_DELAYS,
    **known: Any,
) -> AsyncIterator[World]:
    """`known` goes to the weather."""
    random = Random(seed)
    sky = Weather(random, **known)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FaultySlack(sky, scopes).serve())
        github = await stack.enter_async_context(FaultyGitHub(sky, lambda: datetime.now(UTC)))
        timeout = aiohttp.ClientTimeout(total=10 * PATIENCE if known.items() >= CALM.items() else PATIENCE)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, connector=connector))
        database = await open_database(url)
        await put(database, *profiles())
        await database.close()
        made = World(nursery, url, random, slack, github, Sender(session), Ledger(url), delays)
        try:
            yield made
        finally:
            for hook in made.hooks:
                hook.cancel()
            await asyncio.gather(*made.hooks, return_exceptions=True)
