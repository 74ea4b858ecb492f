"""Writers in processes of their own on one database: nobody may be told that it is busy."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from customers import requests
from customers.errors import StorageProblem
from customers.intents import Source
from customers.requests import Draft, Importance
from customers.scope import All
from storage.database import Database, open_database
from tests.faults.ledger import Ledger
from tests.faults.nursery import Nursery

TOGETHER = 5  # forms that one bot saves at a time


async def write(url: str, writer: int, transactions: int, customer: int) -> dict[str, Any]:
    """Saves forms in a process of its own; what was told to people by kind (`saved`, `StorageBusy`), and seconds."""
    database = await open_database(url)
    told: Counter[str] = Counter()
    numbers = iter(range(transactions))
    began = time.monotonic()

    async def person() -> None:
        for number in numbers:
            told[await _saved(database, f"{writer}-{number}", customer)] += 1

    await asyncio.gather(*(person() for _ in range(TOGETHER)))
    took = time.monotonic() - began
    await database.close()
    return {"told": dict(told), "seconds": took}


async def _saved(database: Database, name: str, customer: int) -> str:
    draft = Draft(f"Title {name}", f"Quote {name}", ((customer, Importance.IMPORTANT),), Source("C01", name, "", name))
    key = f"view:{name}"
    try:
        await database.requests.log(
            All("faults"), draft, "U1", key, datetime.now(UTC),
            lambda logged: requests.announced(logged, draft.source, "U1", key),
        )  # fmt: skip
    except StorageProblem as problem:
        return type(problem).__name__
    return "saved"


async def write_at_once(nursery: Nursery, url: str, writers: int, transactions: int) -> dict[str, Any]:
    """All writers; what people were told, rows that are missing or too many, and the longest writer's seconds."""
    ledger = Ledger(url)
    customer = await ledger.one("SELECT min(id) FROM customers")
    before = await ledger.one("SELECT count(*) FROM features")
    asked = [
        nursery.writer(url=url, writer=number, transactions=transactions, customer=customer)
        for number in range(writers)
    ]
    found = await asyncio.gather(*(one.wrote for one in asked))
    told = sum((Counter(one["told"]) for one in found), Counter())
    rows = await ledger.one("SELECT count(*) FROM features") - before
    return {
        "saved": told.pop("saved", 0), "told otherwise": told.total(), "unsound": len(await ledger.sound()),
        "rows that differ": writers * transactions - rows, "seconds": max(one["seconds"] for one in found),
    }  # fmt: skip
