"""Whether a brief costs more when people have captured 10,000 requests and bugs than when they captured ten."""

import shutil
from contextlib import AsyncExitStack

from benchmarks import history, seeds
from benchmarks.bench import SLICES, Bench
from benchmarks.briefs import side
from benchmarks.documents import name
from benchmarks.outcome import Outcome, at_least, compared
from benchmarks.rounds import interleave
from benchmarks.servers import starting

ASKED = 3  # customers
FEW = 10  # requests and bugs of theirs: the same in both databases
GOAL = at_least(0.8)


async def measure(bench: Bench) -> Outcome:
    """The same customers asked for in two bots, and in a third where nobody captured anything."""
    customers, many = bench.size(3_000, 300), bench.size(10_000, 2_000)
    files = {label: bench.folder / f"{label}.sqlite3" for label in ("nothing", "few", "many")}
    await seeds.imported(f"sqlite:///{files['nothing']}", bench.folder, customers)
    for label in ("few", "many"):
        shutil.copy(files["nothing"], files[label])
        history.add(files[label], FEW, FEW, range(1, ASKED + 1), few=True)
    history.add(files["many"], many - FEW, many - FEW, range(ASKED + 1, customers + 1), FEW)
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        names, seconds = [name(number) for number in range(ASKED)], bench.seconds(0.5)
        sides = []
        for label, file in files.items():
            extra = starting.settings(api, bench.folder, f"sqlite:///{file}")
            sides.append(side(label, await starting.ours(stack, bench.folder, label, extra), names, seconds))
        samples = await interleave(sides, bench.rounds, SLICES)
    what = f"/brief with {many:,} requests and {many:,} bugs in the database ÷ with {FEW} of each"
    rows = (
        compared(what, samples, "rate", ("many", "few"), GOAL, unit="/s"),
        compared("… its p99", samples, "p99", ("many", "few"), unit="ms", scale=1_000),
        compared("/brief of a customer with a few of each ÷ with none", samples, "rate", ("few", "nothing"),
                 unit="/s"),
    )  # fmt: skip
    return Outcome("captured", rows, _notes(customers))


def _notes(customers: int) -> tuple[str, ...]:
    return (
        f"{customers:,} customers on SQLite. The {ASKED} that are asked for have the same three or four requests and "
        "open bugs in both databases. The rest is spread over the others as in a real team: a tenth of the customers "
        "has about half of it, a request is wanted by one to five customers, one bug in seven is still open.",
        "The last line is what showing them costs: more to read, more to render, more to send.",
    )
