"""Dossier that is told when digests and alerts are due, and says how late its event loop was.

A line `send D A` on its standard input makes D digests and A alerts due and is answered with a line of JSON when all of
it is posted; `late` is answered with the loop's worst lateness since it was last asked, in seconds.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, select

from benchmarks.servers.serving import until_told
from bot.app import Bot, build
from bot.drawing import drawer
from bot.logs import set_up
from bot.settings import load
from customers.digests import leaving
from customers.intents import Intent, State
from customers.outreach import ALONE
from customers.people import Reader, Standing
from customers.scope import All
from customers.subscriptions import Draft
from storage.tables import outbox
from storage.watch_tables import alerts

EVERY = 0.005  # seconds between two looks at the clock
LOOK = 0.2  # … and at the outbox
_SCOPE = All("benchmark")
_READER = Reader("U0000000", Standing.MEMBER)


class Lateness:
    """How much later than asked the event loop came back."""

    def __init__(self) -> None:
        self._worst = 0.0

    async def watch(self) -> None:
        """Never ends."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._worst = max(self._worst, loop.time() - due)

    def taken(self) -> float:
        """Since it was last asked."""
        worst, self._worst = self._worst, 0.0
        return worst


class Sender:
    """Makes messages due. Every digest is the first of its channel, which tells how everybody stands."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._channels = (f"C0DIGEST{number:03d}" for number in count())
        self._rounds = count()

    async def send(self, digests: int, calls: int) -> None:
        """Says how many messages were posted so far, how many with a picture, and who draws."""
        now, number = datetime.now(UTC), next(self._rounds)
        intents = [await self._digest(next(self._channels), number, now) for _ in range(digests)]
        found = await self._bot.database._facts.read(lambda one: _alerts(one, calls))
        keys = [(alert, f"{ALONE}:{alert}:{number}") for alert in found]
        intents += [Intent(ALONE, key, f"csm:{alert % 7}", {"alert": alert}) for alert, key in keys]
        await self._bot.database.outbox.add(_SCOPE, intents, now)
        self._bot.worker.wake()
        while await self._waiting():  # noqa: ASYNC110 - the worker is quiet between two posts to one channel as well
            await asyncio.sleep(LOOK)
        messages, pictures, rest = await self._bot.database._facts.read(_counted)
        told = {"messages": messages, "pictures": pictures, "rest": rest, "drawer": drawer.pid}
        print(json.dumps(told), flush=True)

    async def _waiting(self) -> int:
        counts = await self._bot.database.outbox.counts(_SCOPE)
        return sum(counts.get(one.value, 0) for one in (State.NEW, State.SENDING, State.UNKNOWN))

    async def _digest(self, channel: str, number: int, now: datetime) -> Intent:
        digests = self._bot.desks.digests
        never = Draft((now + timedelta(days=3)).weekday(), digests.check.at, digests.zone)
        subscription = await digests.save(channel, never, _READER, now)
        return leaving(subscription, f"bench-{number}", now)


def _alerts(connection: Connection, most: int) -> list[int]:
    return list(connection.scalars(select(alerts.c.id).order_by(alerts.c.id).limit(most)))


def _counted(connection: Connection) -> tuple[int, int, int]:
    """Posted so far, those with a file, and what was not posted."""
    rows = connection.execute(select(outbox.c.state, outbox.c.result)).all()
    done = [row.result for row in rows if row.state == State.DONE.value]
    return len(done), sum("/F" in one for one in done), len(rows) - len(done)


async def main() -> None:
    settings, late = load(), Lateness()
    set_up(settings.log_level)
    async with build(settings) as bot:
        await bot.start()
        sender, tasks = Sender(bot), [asyncio.create_task(late.watch())]

        def heard(words: str) -> None:
            if words == "late":
                print(json.dumps({"late": late.taken()}), flush=True)
            else:
                tasks.append(asyncio.create_task(sender.send(*map(int, words.split()[1:]))))

        await until_told(heard, port=bot.port)
        for task in tasks:
            task.cancel()
        await bot.stop()


if __name__ == "__main__":
    asyncio.run(main())
