"""`dossier health dry-run`: who would change colour under other thresholds; nothing is stored and nobody is told."""

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.settings import Settings
from bot.terminal import Json, do, opened, read_settings, refused

if TYPE_CHECKING:  # the rest is imported where it is used: `dossier --help` needs none of it
    from customers.facts import Thresholds
    from customers.sweep import Compared, Sweep

app = typer.Typer(help="Health of all customers.", no_args_is_help=True)


@app.callback()
def _health() -> None:
    """So that there may be more commands than one."""


@app.command("dry-run")
def dry_run(
    adoption_green: Annotated[float | None, typer.Option(help="Adoption (0–1) from which it is green.")] = None,
    adoption_yellow: Annotated[float | None, typer.Option(help="Adoption (0–1) below which it is red.")] = None,
    usage_drop: Annotated[float | None, typer.Option(help="Fall of weekly users (0–1), more is yellow.")] = None,
    drop_base: Annotated[int | None, typer.Option(help="Weekly users from which a fall counts.")] = None,
    falling_weeks: Annotated[int | None, typer.Option(help="Weeks of falling in a row that are yellow.")] = None,
    idle_days: Annotated[int | None, typer.Option(help="Days without any use that are red.")] = None,
    feed_days: Annotated[int | None, typer.Option(help="Age in days up to which usage data is fresh.")] = None,
    feedback_negative: Annotated[int | None, typer.Option(help="NPS below which feedback is negative.")] = None,
    as_json: Json = False,
) -> None:
    """Show who would change colour under other thresholds; those that are left out stay as they are set."""
    asked = {
        "adoption_green": adoption_green,
        "adoption_yellow": adoption_yellow,
        "usage_drop": usage_drop,
        "drop_base": drop_base,
        "falling_weeks": falling_weeks,
        "idle_days": idle_days,
        "feed_days": feed_days,
        "feedback_negative": feedback_negative,
    }
    settings = read_settings()
    do(
        _dry_run(
            settings, _limits(settings, {name: value for name, value in asked.items() if value is not None}), as_json
        )
    )


def _limits(settings: Settings, asked: dict[str, float | int]) -> "Thresholds":
    """The thresholds as set, with what was asked for; ends with one line when they make no sense."""
    from pydantic import ValidationError

    from customers.facts import Thresholds

    if not asked:
        raise refused(["name at least one threshold, for example --adoption-green 0.7; see --help"])
    try:
        return Thresholds(**{**settings.thresholds.model_dump(), **asked})
    except ValidationError as problem:
        first = problem.errors()[0]
        where = "".join(f"--{name} " for name in map(str, first["loc"])).replace("_", "-")
        raise refused([f"{where}{first['msg'].removeprefix('Value error, ')}"]) from None


async def _dry_run(settings: Settings, limits: "Thresholds", as_json: bool) -> int:
    from customers.sweep import Nobody, Sweep

    now = datetime.now(UTC)
    async with opened(settings) as database:
        sweep = Sweep(database.sweeps, Nobody(), settings.check, settings.thresholds, settings.zone)
        await (_as_json if as_json else _as_lines)(sweep, limits, now)
    return 0


async def _as_lines(sweep: "Sweep", limits: "Thresholds", now: datetime) -> None:
    moves, total = Counter[str](), 0
    async for chunk in sweep.dry_run(limits, now):
        total += len(chunk)
        for one in chunk:
            if one.changes:
                moves[_move(one)] += 1
                typer.echo(f"{_plain(one.now.name)}: {_move(one)} ({', '.join(one.names) or 'no indicator'})")
    changed = sum(moves.values())
    counts = "".join(f"\n  {count} {move}" for move, count in moves.most_common())
    typer.echo(f"{changed} of {total} customers would change colour{':' if changed else '.'}{counts}")


async def _as_json(sweep: "Sweep", limits: "Thresholds", now: datetime) -> None:
    """One customer at a time, so that very many need no memory."""
    moves, total, link = Counter[str](), 0, ""
    typer.echo('{"changed": [', nl=False)
    async for chunk in sweep.dry_run(limits, now):
        total += len(chunk)
        for one in chunk:
            if one.changes:
                moves[_move(one)] += 1
                typer.echo(f"{link}\n {_json(_told(one))}", nl=False)
                link = ","
    typer.echo(f'\n], "counts": {_json(dict(moves))}, "customers": {total}}}')


def _move(one: "Compared") -> str:
    return f"{one.now.colour} → {one.then.colour}"


def _told(one: "Compared") -> dict[str, Any]:
    return {
        "id": one.now.customer_id,
        "name": one.now.name,
        "now": one.now.colour.value,
        "then": one.then.colour.value,
        "indicators": one.names,
    }


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _plain(name: str) -> str:
    """On one line, without what a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
