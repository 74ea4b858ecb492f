"""The weekly check and a digest of a million customers beside those of 100,000; long, so only when it is named."""

from benchmarks import herd
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_most, compared
from benchmarks.postgres import NoPostgres, postgres
from benchmarks.rounds import Sample, Side, interleave
from benchmarks.watching import Watching, herd_in

GOAL = at_most(12)


async def measure(bench: Bench) -> Outcome:
    """Both engines, one after the other; ten times the customers in a database of their own."""
    many = bench.size(1_000_000, 20_000)
    few = many // 10
    files = [f"sqlite:///{bench.folder}/{count}.sqlite3" for count in (many, few)]
    rows = [await _engine("SQLite", files[0], files[1], many, bench)]
    try:
        with postgres() as one, postgres() as other:
            rows.append(await _engine("PostgreSQL", one, other, many, bench))
    except NoPostgres as problem:
        rows.append(Row.absent("the same on PostgreSQL", GOAL, str(problem)))
    return Outcome("watch-million", tuple(rows), _notes(many, few))


async def _engine(name: str, many_at: str, few_at: str, many: int, bench: Bench) -> Row:
    few = many // 10
    async with (
        herd_in(many_at, bench.folder / name / "many", many, light=True) as herd_of_many,
        herd_in(few_at, bench.folder / name / "few", few, light=True) as herd_of_few,
    ):
        sides = [Side("many", lambda: _both(herd_of_many)), Side("few", lambda: _both(herd_of_few))]
        samples = await interleave(sides, bench.rounds)
    what = f"{name}: snapshots and digest data of {many:,} customers ÷ of {few:,}"
    return compared(what, samples, "ms", ("many", "few"), GOAL, unit="s", scale=1 / 1_000)


async def _both(watching: Watching) -> Sample:
    check, digest = await watching.check(), await watching.digest()
    return {"ms": check["ms"] + digest["ms"]}


def _notes(many: int, few: int) -> tuple[str, ...]:
    return (
        f"{herd.WEEKS} weeks of usage for {many:,} and for {few:,} customers, whose documents are empty here so that "
        "they fit on a small disk; see `watch`.",
    )
