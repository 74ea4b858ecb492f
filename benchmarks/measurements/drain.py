"""Delivering what waits in the outbox, beside a bare client that posts the same messages."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks import plain, seeds
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, at_least, compared
from benchmarks.rounds import Sample, Side, interleave
from benchmarks.saving import saver, together
from benchmarks.servers import starting
from bot.app import build
from bot.deliver.delays import Delays
from bot.deliver.finding import EVENT, mark
from bot.deliver.worker import IN_FLIGHT
from bot.settings import Settings, load
from commands.announce_requests import RequestNews
from customers.backlog import Backlog
from customers.intents import State
from customers.scope import All
from storage.database import open_database

Body = dict[str, Any]
PEOPLE = 50
WHY = (
    "Every row is also claimed, composed and settled, in threads that share the interpreter with the posting; "
    "the lease and the outcome are a flush to disk each."
)
_AGAIN = (
    "UPDATE outbox SET state = 'new', due = created_at, attempts = 0, first_try = NULL, last_try = NULL, result = ''"
)


async def measure(bench: Bench) -> Outcome:
    """Both post from this process to one small Slack in another."""
    rows, customers = bench.size(10_000, 1_000), bench.size(300, 60)
    file = bench.folder / "dossier.sqlite3"
    await seeds.imported(f"sqlite:///{file}", bench.folder, customers)
    bodies = await _filled(file, rows, customers)
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        settings = load(starting.settings(api, bench.folder, f"sqlite:///{file}"))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(token=starting.BOT_TOKEN, base_url=api, session=session, retry_handlers=[])
        stack.enter_context(_collector_as_in_the_bot())
        sides = [
            Side("outbox", lambda: _drained(settings, file, rows)),
            Side("client", lambda: _posted(client, bodies)),
        ]
        samples = await interleave(sides, bench.rounds)
    what = f"{rows:,} rows of the outbox delivered ÷ the same messages posted by a bare client"
    row = compared(what, samples, "rate", ("outbox", "client"), at_least(0.5), unit="/s", why=WHY)
    return Outcome("drain", (row,), _notes())


async def _filled(file: Path, rows: int, customers: int) -> list[Body]:
    """Requests whose confirmations wait in the outbox; the messages that will be posted about them."""
    database = await open_database(f"sqlite:///{file}")
    try:
        # every fifth one is left out: it is wanted by two customers, and then more is said than a confirmation
        numbers = (number for number in count() if number % 5 != 4)
        await together(saver(database, "request", customers), numbers, rows, PEOPLE)
        waiting = await database.outbox.page(All("benchmark"), [State.NEW], rows + 1)
        news = RequestNews(Backlog(database.requests))
        said = [(row, await news.logged(row.intent, seeds.now())) for row in waiting]
    finally:
        await database.close()
    if len(said) != rows:
        raise AssertionError(f"{len(said)} rows wait instead of {rows}")
    return [
        one.message.body()
        | {"channel": row.intent.word("channel"), "thread_ts": row.intent.word("thread"), "unfurl_links": False,
           "unfurl_media": False, "metadata": {"event_type": EVENT, "event_payload": {"key": mark(row)}}}
        for row, one in said
    ]  # fmt: skip


@contextlib.contextmanager
def _collector_as_in_the_bot() -> Iterator[None]:
    """For both sides; see `Bot.start`."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


async def _drained(settings: Settings, file: Path, rows: int) -> Sample:
    """The bot's own worker, without a pace, until nothing is due."""
    connection = plain.opened(file)
    connection.execute(_AGAIN)
    async with build(settings, delays=Delays(pace=timedelta())) as bot:
        await bot.identify()
        began = perf_counter()
        bot.worker.start()
        await bot.worker.quiet()
        seconds = perf_counter() - began
        await bot.worker.stop(1.0)
    done = connection.execute("SELECT count(*) FROM outbox WHERE state = 'done' AND result != ''").fetchone()[0]
    connection.close()
    if done != rows:
        raise AssertionError(f"{done} of {rows} rows were delivered")
    return {"rate": rows / seconds}


async def _posted(client: AsyncWebClient, bodies: Sequence[Body]) -> Sample:
    """As many at once as the worker has."""
    left: Iterator[Body] = iter(bodies)

    async def person() -> None:
        for body in left:
            await client.chat_postMessage(**body)

    began = perf_counter()
    await asyncio.gather(*(person() for _ in range(IN_FLIGHT)))
    return {"rate": len(bodies) / (perf_counter() - began)}


def _notes() -> tuple[str, ...]:
    return (
        f"Both have {IN_FLIGHT} messages under way. The client is slack_sdk's `AsyncWebClient` with one session for "
        "all calls, and posts messages that were composed before; ours claims rows, commits the lease, looks up who "
        "can read the channel, composes from what is in the database at that moment, posts and writes down where.",
        "The pace of one message a second and channel is switched off; Slack would not take them so fast.",
    )
