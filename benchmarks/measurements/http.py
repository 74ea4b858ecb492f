"""A full `/brief` from the database over HTTP, beside Bolt that says "hi"."""

from contextlib import AsyncExitStack

from benchmarks import seeds, signing
from benchmarks.bench import Bench
from benchmarks.briefs import AT_ONCE, HI, side
from benchmarks.documents import name
from benchmarks.load import drive
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared
from benchmarks.postgres import NoPostgres, postgres
from benchmarks.processes import Child
from benchmarks.rounds import Samples, Side, interleave
from benchmarks.servers import starting

LABELS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
SPEED = {"sqlite": at_least(0.8), "postgres": at_least(0.7)}


async def measure(bench: Bench) -> Outcome:
    """SQLite, PostgreSQL, bare Bolt and stock Bolt side by side; 64 at once and one at a time."""
    count = bench.size(300, 60)
    names = [name(number) for number in range(count)]
    absent: list[Row] = []
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        urls = {"sqlite": f"sqlite:///{bench.folder}/dossier.sqlite3"}
        try:
            urls["postgres"] = stack.enter_context(postgres())
        except NoPostgres as problem:
            absent = [Row.absent(_title("postgres"), SPEED["postgres"], str(problem))]
        servers: dict[str, Child] = {}
        for kind, url in urls.items():
            await seeds.imported(url, bench.folder / kind, count)
            extra = starting.settings(api, bench.folder, url)
            servers[kind] = await starting.ours(stack, bench.folder, kind, extra, "--listeners", "50")
        bare = await starting.bare(stack, bench.folder)
        stock = await starting.bare(stack, bench.folder, "--stock")
        many, one = bench.seconds(2.0), bench.seconds(0.6)
        sides: list[Side] = [side(f"{kind} at 64", server, names, many) for kind, server in servers.items()]
        sides.append(side("bare at 64", bare, names, many, expect=HI))
        sides += [side(f"{kind} at 1", server, names, one, at_once=1) for kind, server in servers.items()]
        sides.append(side("stock at 1", stock, names, one, at_once=1, expect=HI))
        samples = await interleave(sides, bench.rounds)
        nothing = await starting.ceiling(stack, bench.folder)
        top = await drive(nothing.told["port"], signing.asking("/brief", names), AT_ONCE, many)
    rows = [row for kind in servers for row in _rows(samples, kind)] + absent
    notes = (
        f"Each side is a process of its own, ours with 50 listeners, Bolt with one; {count} customers with five "
        "issues, ten history entries and 13 weeks of usage each; customer and person vary from request to request.",
        f"The load reaches {top.rate:,.0f} requests/s against a server that does nothing, so it limits no side.",
    )
    return Outcome("http", tuple(rows), notes)


def _title(kind: str) -> str:
    return f"/brief from {LABELS[kind]} at 64 concurrent ÷ bare Bolt"


def _rows(samples: Samples, kind: str) -> list[Row]:
    many, one = (f"{kind} at 64", "bare at 64"), (f"{kind} at 1", "stock at 1")
    p99, median = "… its p99 ÷ bare Bolt's", "… its median at 1 concurrent ÷ stock Bolt's"
    return [
        compared(_title(kind), samples, "rate", many, SPEED[kind], unit="/s"),
        compared(p99, samples, "p99", many, at_most(2.5), unit="ms", scale=1_000),
        compared(median, samples, "p50", one, at_most(0.1), unit="ms", scale=1_000),
    ]
