"""`dossier usage import | pull`: weekly active users, from a file or from the product's own database."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.settings import Settings
from bot.terminal import Json, do, opened, print_json, progress, read_settings, refused

app = typer.Typer(help="Weekly usage per customer.", no_args_is_help=True)


@app.command("import")
def usage_import(
    file: Annotated[str, typer.Argument(help="CSV: customer,week,active_users[,seats]; - for standard input.")],
    as_json: Json = False,
) -> None:
    """Store weekly active users. Wrong rows are reported and left out; the rest goes in."""
    do(_usage(read_settings(), file, as_json))


@app.command("pull")
def pull(as_json: Json = False) -> None:
    """Ask the product's database now, with the query of the settings. The running bot does it every day."""
    do(_pull(read_settings(), as_json))


async def _pull(settings: Settings, as_json: bool) -> int:
    from bot.app import utc_now
    from bot.usage_query import NotPulled, UsageQuery

    if settings.usage_query is None or settings.usage_database_url is None:
        return int(refused(["USAGE_DATABASE_URL and USAGE_QUERY are not set; set both"]).exit_code)
    async with opened(settings) as database:
        query = UsageQuery(settings.usage_database_url.get_secret_value(), settings.usage_query, database)
        with progress("Reading usage", as_json) as bar:
            try:
                now = utc_now()
                report = await query.pull(now, now.astimezone(settings.zone).date(), lambda rows: bar(rows, 0))
            except NotPulled as problem:
                return int(refused([str(problem)]).exit_code)
    return _told(report, f"{settings.usage_query.name}: row", as_json)


def _told(report: Any, where: str, as_json: bool) -> int:
    if as_json:
        print_json(report.as_dict())
    else:
        for bad in report.bad:
            typer.echo(f"{where} {bad.line}: {bad.why}", err=True)
        typer.echo(f"{report.stored} rows stored, {report.left_out} left out")
    return 1 if report.left_out else 0


async def _usage(settings: Settings, file: str, as_json: bool) -> int:
    from bot.app import utc_now
    from bot.feed import import_usage
    from customers.usage import NoUsageFile

    async with opened(settings) as database:
        with progress("Reading usage", as_json) as bar, _lines(file) as lines:
            try:
                now = utc_now()
                today = now.astimezone(settings.zone).date()
                report = await import_usage(database, lines, now, today, lambda rows: bar(rows, 0))
            except NoUsageFile as problem:
                return int(refused([f"{file}: {problem}"]).exit_code)
    return _told(report, f"{file}: line", as_json)


@contextlib.contextmanager
def _lines(file: str) -> Iterator[Any]:
    if file == "-":
        with open(sys.stdin.fileno(), encoding="utf-8", errors="replace", newline="", closefd=False) as lines:
            yield lines
        return
    with Path(file).open(encoding="utf-8", errors="replace", newline="") as lines:
        yield lines
