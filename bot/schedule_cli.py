"""`dossier schedule list | confirm`: what happens by itself and when, and a clock that leapt."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.terminal import Json, do, opened, print_json, read_settings

if TYPE_CHECKING:  # the rest is imported where it is used: `dossier --help` needs none of it
    from bot.schedule import Coming

app = typer.Typer(help="What happens by itself, and when.", no_args_is_help=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, soonest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Show what is due next, by the team's time zone; ids only."""

    async def work() -> int:
        from bot.app import desks_of, utc_now
        from bot.rhythm import schedule_of

        settings, now = read_settings(), utc_now()
        async with opened(settings) as database:
            desks = desks_of(database, settings)
            coming = (await schedule_of(database, desks, settings).coming(now))[:limit]
            mark = await desks.clock.doubted(now)
        if as_json:
            print_json({"held_since_clock_said": mark, "coming": [_told(one) for one in coming]})
        else:
            for one in coming:
                local = one.due.astimezone(settings.zone)
                typer.echo(f"{local:%a %Y-%m-%d %H:%M %Z}  {one.kind}  {one.prefix}".rstrip())
            if mark:
                typer.echo(_held(mark, now), err=True)
        return 1 if mark else 0

    do(work())


@app.command()
def confirm() -> None:
    """Say that the computer's date is right, when Dossier doubts it and holds everything back."""

    async def work() -> int:
        from bot.app import desks_of, utc_now

        settings, now = read_settings(), utc_now()
        async with opened(settings) as database:
            confirmed = await desks_of(database, settings).clock.confirm(now)
        said = "it goes on within a minute" if confirmed else "nobody doubted it, and nothing was changed"
        typer.echo(f"It is {now:%Y-%m-%d %H:%M} UTC; {said}.")
        return 0

    do(work())


def _held(mark: datetime, now: datetime) -> str:
    return (
        f"HELD: the clock says {now:%Y-%m-%d %H:%M} UTC, and before that it said {mark:%Y-%m-%d %H:%M}. "
        "Mend the clock, or run dossier schedule confirm."
    )


def _told(one: "Coming") -> dict[str, Any]:
    return {"due": one.due.isoformat(), "kind": one.kind, "about": one.prefix}
