"""Saving facts through storage as the forms do; also a process of its own that saves many beside others.

`python -m benchmarks.saving URL CUSTOMERS FIRST COUNT` says that it is ready, waits for a line, saves, prints JSON.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from time import perf_counter
from typing import Any

from benchmarks import facts, seeds
from customers import bugs, requests
from customers.errors import StorageBusy
from customers.scope import All, One
from storage.database import Database, open_database

Save = Callable[[int], Awaitable[object]]
_DUE = timedelta(days=3)
_PEOPLE = 8  # at once in each of several processes


def saver(database: Database, kind: str, customers: int) -> Save:
    """Saves the `request` or the `bug` with a number."""

    async def request(number: int) -> object:
        draft, key, person = facts.request(number, customers), facts.view(number), facts.PERSON.id
        return await database.requests.log(
            All("benchmark"), draft, person, key, seeds.now(),
            lambda logged: requests.announced(logged, draft.source, person, key),
        )  # fmt: skip

    async def bug(number: int) -> object:
        draft, key, person, now = facts.bug(number, customers), facts.view(number), facts.PERSON.id, seeds.now()
        return await database.bugs.report(
            One(draft.customer_id), draft, now + _DUE, person, key, now,
            lambda reported: bugs.announced(reported, person, draft.source, key),
        )  # fmt: skip

    return {"request": request, "bug": bug}[kind]


async def together(save: Save, numbers: Iterator[int], count: int, people: int) -> float:
    """Seconds for `count` facts by `people`, each of whom saves the next one when the last one is durable."""
    left = count

    async def person() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await save(next(numbers))

    began = perf_counter()
    await asyncio.gather(*(person() for _ in range(people)))
    return perf_counter() - began


async def beside_others(url: str, customers: int, first: int, count: int) -> dict[str, Any]:
    """What this process met: seconds, how often the database was locked, and the longest that one fact took."""
    database = await open_database(url)
    save, locked, longest = saver(database, "request", customers), 0, 0.0

    async def one(number: int) -> None:
        nonlocal locked, longest
        began = perf_counter()
        try:
            await save(number)
        except StorageBusy:
            locked += 1
        longest = max(longest, perf_counter() - began)

    try:
        print(json.dumps({"ready": True}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        seconds = await together(one, itertools.count(first), count, _PEOPLE)
    finally:
        await database.close()
    return {"seconds": seconds, "locked": locked, "longest": longest}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(beside_others(sys.argv[1], *map(int, sys.argv[2:5])))), flush=True)
