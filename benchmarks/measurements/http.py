"""A full `/brief` from the database over HTTP, beside Bolt that says "hi"."""

from contextlib import AsyncExitStack

from benchmarks import seeds, signing
from benchmarks.bench import SLICES, Bench
from benchmarks.briefs import AT_ONCE, HI, side
from benchmarks.documents import name
from benchmarks.load import drive
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared
from benchmarks.postgres import NoPostgres, postgres
from benchmarks.processes import Child
from benchmarks.rounds import Samples, Side, interleave
from benchmarks.servers import starting

LABELS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
ASKED = 300  # customers that people ask about at the same time
WHY = {
    "sqlite": "Most of what is left is the work of aiohttp and of Bolt's middleware, which bare Bolt has as well.",
    "postgres": "PostgreSQL, the bot and the load share the cores, and the driver works on the bot's event loop.",
}
SPEED = {"sqlite": at_least(0.8), "postgres": at_least(0.7)}


async def measure(bench: Bench) -> Outcome:
    """SQLite, PostgreSQL, bare Bolt and stock Bolt side by side; 64 at once and one at a time."""
    count = bench.size(3_000, 1_500)
    every = [name(number) for number in range(count)]
    names = every[:ASKED]
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
        many, one = bench.seconds(0.5), bench.seconds(0.2)
        sides: list[Side] = [side(f"{kind} at 64", server, names, many) for kind, server in servers.items()]
        sides.append(side("sqlite, everybody", servers["sqlite"], every, many))
        sides.append(side("bare at 64", bare, names, many, expect=HI))
        sides += [side(f"{kind} at 1", server, names, one, at_once=1) for kind, server in servers.items()]
        sides.append(side("stock at 1", stock, names, one, at_once=1, expect=HI))
        samples = await interleave(sides, bench.rounds, SLICES)
        nothing = await starting.ceiling(stack, bench.folder)
        top = await drive(nothing.told["port"], signing.asking("/brief", names), AT_ONCE, many)
    rest = compared(
        f"/brief from SQLite of {count:,} customers in turn ÷ bare Bolt", samples, "rate",
        ("sqlite, everybody", "bare at 64"), unit="/s",
    )  # fmt: skip
    rows = [*(row for kind in servers for row in _rows(samples, kind)), *absent, rest]
    notes = (
        f"Each side is a process of its own, ours with 50 listeners, Bolt with one. {count:,} customers with five "
        f"issues, ten history entries and 13 weeks of usage; {ASKED} of them are asked for, by 40 people.",
        "Every brief reads its row; what an unchanged row means is remembered for about a thousand customers. The line "
        f"with {count:,} customers in turn is what a brief costs when nothing is remembered.",
        f"The load reaches {top.rate:,.0f} requests/s against a server that does nothing; it shares the cores.",
    )
    return Outcome("http", tuple(rows), notes)


def _title(kind: str) -> str:
    return f"/brief from {LABELS[kind]} at 64 concurrent ÷ bare Bolt"


def _rows(samples: Samples, kind: str) -> list[Row]:
    label, many, one = LABELS[kind], (f"{kind} at 64", "bare at 64"), (f"{kind} at 1", "stock at 1")
    p99, median = f"p99 at 64 concurrent, {label} ÷ bare Bolt", f"median at 1 concurrent, {label} ÷ stock Bolt"
    return [
        compared(_title(kind), samples, "rate", many, SPEED[kind], unit="/s", why=WHY[kind]),
        compared(p99, samples, "p99", many, at_most(2.5), unit="ms", scale=1_000, why=WHY[kind]),
        compared(median, samples, "p50", one, at_most(0.1), unit="ms", scale=1_000),
    ]
