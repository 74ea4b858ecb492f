"""Saving what people capture: everything about it in one durable transaction, beside plain sqlite3 with the same rows."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import documents, facts, plain, seeds, signing
from benchmarks.bench import SLICES, Bench
from benchmarks.load import drive
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared
from benchmarks.processes import Child, module
from benchmarks.rounds import Sample, Samples, Side, Spread, interleave
from benchmarks.servers import starting
from commands.blocks import plain as words
from commands.form import state_of
from customers import bugs, requests
from customers.scope import All, One
from storage.database import Database, open_database

AT_ONCE = 50
WRITERS = 4
PATIENCE = 300.0
GOAL = at_least(0.5)
SAVED = b"clear"  # the answer that closes all forms
CPU = "SQLAlchemy, forms and the event loop are Python; a commit of plain sqlite3 on this disk is not much slower."


async def measure(bench: Bench) -> Outcome:
    """Storage beside sqlite3 in this process; forms over HTTP; four processes that write into one file."""
    customers = bench.size(300, 60)
    files = {name: bench.folder / f"{name}.sqlite3" for name in ("ours", "theirs", "served", "shared")}
    await seeds.imported(f"sqlite:///{files['ours']}", bench.folder, customers)
    for name in ("theirs", "served", "shared"):
        shutil.copy(files["ours"], files[name])
    samples = await _beside_sqlite(bench, files, customers)
    forms = await _over_http(bench, files["served"], customers)
    many = await _four(bench, files["shared"], customers)
    return Outcome("submit", (*_rows(samples), *_form_rows(forms), *_four_rows(many)), _notes(bench, customers, many))


async def _beside_sqlite(bench: Bench, files: dict[str, Path], customers: int) -> Samples:
    count = bench.size(1_000, 250)
    database = await open_database(f"sqlite:///{files['ours']}")
    theirs = plain.opened(files["theirs"])
    copying = plain.Copying(files["ours"])
    numbers = itertools.count()
    save: dict[str, Callable[[int], Awaitable[object]]] = {
        "request": lambda number: log(database, number, customers),
        "bug": lambda number: report(database, number, customers),
    }

    def ours(kind: str) -> Callable[[], Awaitable[Sample]]:
        return lambda: together(save[kind], numbers, count)

    def same(kind: str) -> Callable[[], Awaitable[Sample]]:
        async def run() -> Sample:
            rows = copying.added(kind)
            began = perf_counter()
            plain.written(theirs, rows)
            return {"rate": len(rows) / (perf_counter() - began)}

        return run

    sides = [side for kind in save for side in (Side(kind, ours(kind)), Side(f"plain {kind}", same(kind)))]
    try:
        samples = await interleave(sides, bench.rounds, SLICES)
    finally:
        await database.close()
        theirs.close()
        copying.close()
    if wrong := plain.differences(files["ours"], files["theirs"]):
        raise AssertionError(f"the two databases do not hold the same: {wrong}")
    return samples


async def log(database: Database, number: int, customers: int) -> object:
    """A feature request with its evidence, its array and what will be posted about it."""
    draft, key, person = facts.request(number, customers), f"view:V{number:010d}", facts.PERSON.id
    return await database.requests.log(
        All("benchmark"), draft, person, key, seeds.now(),
        lambda logged: requests.announced(logged, draft.source, person, key),
    )  # fmt: skip


async def report(database: Database, number: int, customers: int) -> object:
    """A bug with its confirmation and its issue."""
    draft, key, person, now = facts.bug(number, customers), f"view:V{number:010d}", facts.PERSON.id, seeds.now()
    return await database.bugs.report(
        One(draft.customer_id), draft, now + facts.DUE, person, key, now,
        lambda reported: bugs.announced(reported, person, draft.source, key),
    )  # fmt: skip


async def together(save: Callable[[int], Awaitable[object]], numbers: "itertools.count[int]", count: int) -> Sample:
    """`count` facts by fifty people, each of whom saves the next one when the last one is durable."""
    left = count

    async def person() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await save(next(numbers))

    began = perf_counter()
    await asyncio.gather(*(person() for _ in range(AT_ONCE)))
    return {"rate": count / (perf_counter() - began)}


async def _over_http(bench: Bench, file: Path, customers: int) -> Samples:
    """Signed submissions of the form, from the first byte sent to the last byte of the acknowledgement."""
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        extra = starting.settings(api, bench.folder, f"sqlite:///{file}")
        server = await starting.ours(stack, bench.folder, "served", extra)
        numbers, seconds = itertools.count(), bench.seconds(2.0)

        async def run() -> Sample:
            sent = [form(next(numbers), customers) for _ in range(int(seconds * 2_500))]
            return (await drive(server.told["port"], sent, AT_ONCE, seconds, SAVED)).sample()

        return await interleave([Side("forms", run)], bench.rounds)


def form(number: int, customers: int) -> bytes:
    """`Log feature request`, filled in and submitted."""
    draft = facts.request(number, customers)
    chosen = [{"text": words(documents.name(one - 1)), "value": str(one)} for one, _ in draft.wanted]
    values: dict[str, Any] = {
        "wanted": {"wanted": {"type": "multi_external_select", "selected_options": chosen}},
        "title": {"request_title": {"type": "plain_text_input", "value": draft.title}},
        "quote": {"quote": {"type": "plain_text_input", "value": draft.quote}},
    }
    for one, importance in draft.wanted:
        option = {"text": words(importance.words), "value": importance.value}
        values[f"importance:{one}"] = {"importance": {"type": "static_select", "selected_option": option}}
    blocks = [{"type": "input", "block_id": block, "label": words(block)} for block in values]
    state = json.dumps(state_of(draft.source, seen="", into=0))
    view = {"type": "modal", "callback_id": "log_request", "blocks": blocks, "private_metadata": state}
    return signing.submitting(view, values, f"V{number:010d}", signing.user(number % 40))


async def _four(bench: Bench, file: Path, customers: int) -> Samples:
    """Each writer is a process; together they start when all of them are ready."""
    count = bench.size(2_000, 200)

    async def run() -> Sample:
        async with AsyncExitStack() as stack:
            children = []
            for writer in range(WRITERS):
                start = _START + (next(runs) * WRITERS + writer) * count
                command = module("benchmarks.writer", f"sqlite:///{file}", str(customers), str(start), str(count))
                children.append(await starting.started(stack, bench.folder / "writers.log", command))
            for child in children:
                assert child.process and child.process.stdin
                child.process.stdin.write(b"go\n")
            found = [await child.said(PATIENCE) for child in children]
        return {"rate": WRITERS * count / max(one["seconds"] for one in found),
                "locked": sum(one["locked"] for one in found), "longest": max(one["longest"] for one in found)}  # fmt: skip

    runs = itertools.count()
    return await interleave([Side("four", run)], bench.rounds)
