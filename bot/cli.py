"""`dossier …`: the command line. Long work shows progress, `--json` is for scripts, exit codes tell.

0 all well · 1 done, but something needs mending · 2 not done (settings, files, database).
"""

import asyncio
import contextlib
import gc
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import digest_cli, health_cli, outbox_cli, playbook_cli, schedule_cli, usage_cli
from bot.settings import BadSettings, Settings, load, load_rest, wrong_names
from bot.terminal import Json, do, opened, print_json, progress, read_settings, refused

app = typer.Typer(
    help="Dossier, the Slack bot for customer-success teams.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(usage_cli.app, name="usage")
app.add_typer(outbox_cli.app, name="outbox")
app.add_typer(digest_cli.app, name="digest")
app.add_typer(health_cli.app, name="health")
app.add_typer(schedule_cli.app, name="schedule")
app.command()(playbook_cli.playbooks)


def main() -> None:
    """The entry point of the `dossier` command."""
    gc.disable()  # nothing of what is imported now is garbage; looking for some costs a sixth of the start
    app()


@app.command()
def run() -> None:
    """Answer Slack until stopped (Socket Mode with SLACK_APP_TOKEN, else HTTP)."""
    import bot.app  # noqa: F401 - before the collector is on again

    do(_run(read_settings()))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port of the page.")] = 4000,
    docs: Annotated[
        Path | None, typer.Option(help="Your own document or folder instead of the examples.", exists=True)
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Deliver over signed HTTP instead of Socket Mode.")] = False,
) -> None:
    """Try the bot in a browser: a simulated Slack workspace, no account needed."""
    from bot.demo import EXAMPLES, serve

    do(serve(port, docs or EXAMPLES, http))


@app.command()
def check(as_json: Json = False) -> None:
    """Report every problem of the set-up at once."""
    from bot.check import examine

    wrong: frozenset[str] = frozenset()
    try:
        settings = load()
        broken: list[str] = []
    except BadSettings as problem:  # the rest of the set-up is looked at all the same
        broken, wrong = problem.problems, wrong_names(problem)
        settings = load_rest(problem)
    findings = [{"ok": False, "about": "settings", "said": line} for line in broken]
    findings += [finding.as_dict() for finding in asyncio.run(examine(settings, wrong))]
    if as_json:
        print_json(findings)
    else:
        for one in findings:
            typer.echo(f"{'ok   ' if one['ok'] else 'MEND '} {one['about']}: {one['said']}")
    raise typer.Exit(0 if all(one["ok"] for one in findings) else 1)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A Markdown document, or a folder of them.", exists=True)],
    as_json: Json = False,
) -> None:
    """Read customer documents into the database. Doing it twice changes nothing."""
    do(_import(read_settings(), path, as_json))


@app.command()
def export(
    customer: Annotated[str | None, typer.Argument(help="Name, alias or slug; everybody when left out.")] = None,
) -> None:
    """Write a document in the template's format to standard output."""
    do(_export(read_settings(), customer))


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema (also done at start)."""

    async def work() -> int:
        async with opened(read_settings()):
            typer.echo("The database is up to date.")
        return 0

    do(work())


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="Public base URL of the bot: writes the HTTP variant.")] = None,
) -> None:
    """Print the Slack app manifest to paste into Slack."""
    from bot.manifest import for_http, text

    if url and not url.startswith("https://"):
        raise refused([f"--url must begin with https://, because Slack delivers to nothing else; this is {url}"])
    typer.echo(for_http(url) if url else text(), nl=False)


async def _run(settings: Settings) -> int:
    from bot.app import build
    from bot.lock import only_one
    from bot.logs import set_up

    set_up(settings.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with build(settings) as bot:
        with only_one(bot.database.file):
            starting = asyncio.ensure_future(bot.start())
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            try:
                if starting.done():
                    starting.result()
                    await stopping
            finally:
                starting.cancel()
                stopping.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await starting
                await bot.stop()
    return 0


async def _import(settings: Settings, path: Path, as_json: bool) -> int:
    from bot.app import utc_now
    from bot.catalogue import Importer

    async with opened(settings) as database:
        with progress("Importing", as_json) as bar:
            report = await Importer(database.catalogue, path, utc_now, settings.document_max_mb).run(bar)
    if as_json:
        print_json(report.as_dict())
    else:
        for problem in report.problems:
            typer.echo(str(problem), err=True)
        counts = report.counts
        for said, names in (("Missing from the documents", counts.missing), ("Broken", counts.broken)):
            if names:
                more = f" and {len(names) - 20} more" if len(names) > 20 else ""
                typer.echo(f"{said}: {', '.join(names[:20])}{more}", err=True)
        files = f"{report.files} file{'' if report.files == 1 else 's'}"
        typer.echo(
            f"{files}, customers: {counts.added} added, {counts.changed} changed, {counts.unchanged} unchanged, "
            f"{len(counts.missing)} missing, {len(counts.broken)} broken"
        )
    return 1 if counts_need_mending(report) else 0


def counts_need_mending(report: Any) -> bool:
    """Whether somebody should look at a document: a broken customer, or a file that could not be read."""
    return bool(report.counts.broken) or not report.complete or any(one.broken for one in report.problems)


async def _export(settings: Settings, customer: str | None) -> int:
    from customers.documents import export_catalogue
    from customers.documents.composing import one_line
    from customers.model import HistoryEntry
    from customers.names import NameIndex
    from customers.scope import All

    async with opened(settings) as database:
        profiles = await database.catalogue.profiles(All("export"))
        added = await database.history.every(All("export"))
    history = {slug: [HistoryEntry(one_line(one.text), one.on) for one in entries] for slug, entries in added.items()}
    if customer is not None:
        from customers.names import Named

        index = NameIndex(Named(at, one.name, (one.slug, *one.aliases)) for at, one in enumerate(profiles))
        found = index.exact(customer)
        if found is None:
            near = ", ".join(name for _, name in index.typeahead(customer, 5)) or "nobody"
            return int(refused([f"no customer is called exactly “{customer}”; similar: {near}"]).exit_code)
        profiles = [profiles[found]]
    sys.stdout.write(export_catalogue(profiles, history))
    return 0
