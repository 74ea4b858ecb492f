"""`dossier outbox list | retry | cancel`: what could not be delivered, and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.settings import BadSettings, load, load_rest, wrong_names
from customers.errors import StorageProblem
from customers.intents import Queued, State
from customers.scope import All

if TYPE_CHECKING:  # the rest is imported where it is used: `dossier --help` needs none of it
    from storage.database import Database

app = typer.Typer(help="What must still be delivered to Slack and GitHub.", no_args_is_help=True)
_RETRY = "dossier outbox retry {id}, when the reason is mended"
_MEANINGS = {
    State.PARKED: "parked: waits for a setting, and goes on by itself when it is there; dossier check tells which",
    State.UNKNOWN: "unknown: may have arrived; the running bot looks before it sends anything again",
}
_WHERE = frozenset({"DATABASE_URL", "DATA_DIR"})


@app.command("list")
def list_(
    state: Annotated[list[State] | None, typer.Option(help="Only these states; all but done when left out.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show rows with their state, reason and next step; ids only, no customer's words."""

    async def work(database: "Database") -> int:
        rows = await database.outbox.page(All("outbox list"), state or (), limit)
        if as_json:
            typer.echo(_json([_told(row) for row in rows]))
            return 0
        for row in rows:
            when = f"due {row.due:%Y-%m-%d %H:%M:%S}" if row.due else ""
            step = _RETRY.format(id=row.id) if row.state is State.DEAD else ""
            parts = (str(row.id), row.state.value, row.intent.kind, row.intent.lane, when, row.reason, step)
            typer.echo("  ".join(part for part in parts if part))
        for meant, words in _MEANINGS.items():
            if any(row.state is meant for row in rows):
                typer.echo(words)
        if not rows:
            typer.echo("Nothing waits.")
        return 0

    _with_database(work)


@app.command()
def retry(row: Annotated[int, typer.Argument(help="The row's number.")]) -> None:
    """Send a row again that was given up, cancelled or is uncertain."""

    async def work(database: "Database") -> int:
        from bot.delivery import send_again

        found = await database.outbox.find(All("outbox retry"), row)
        if found is None:
            return _no_row(row)
        if not await send_again(database, None, found.intent.key, datetime.now(UTC)):
            typer.echo(f"dossier: row {row} is not one that can be sent again; see dossier outbox list", err=True)
            return 1
        typer.echo(f"Row {row} is sent again by the running bot.")
        return 0

    _with_database(work)


@app.command()
def cancel(row: Annotated[int, typer.Argument(help="The row's number.")]) -> None:
    """Take a row back that is not being sent."""

    async def work(database: "Database") -> int:
        if await database.outbox.find(All("outbox cancel"), row) is None:
            return _no_row(row)
        if not await database.outbox.cancel(All("outbox cancel"), row, datetime.now(UTC)):
            typer.echo(f"dossier: row {row} is over or is being sent; see dossier outbox list", err=True)
            return 1
        typer.echo(f"Row {row} is cancelled.")
        return 0

    _with_database(work)


def _no_row(row: int) -> int:
    typer.echo(f"dossier: there is no row {row}; see dossier outbox list", err=True)
    return 1


def _told(row: Queued) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "kind": row.intent.kind,
        "lane": row.intent.lane,
        "attempts": row.attempts,
        "due": row.due.isoformat() if row.due else None,
        "reason": row.reason,
        "created_at": row.created_at.isoformat(),
    }


def _json(value: Any) -> str:
    import json

    return json.dumps(value, indent=2)


def _database_url() -> str:
    """Where the database is; other settings may be wrong. Raises BadSettings when that cannot be told for sure."""
    try:
        return load().database
    except BadSettings as problem:
        rest = load_rest(problem)
        if wrong_names(problem) & _WHERE or rest == load({}):  # nothing could be left, so it says nothing
            raise
        return rest.database


def _with_database(work: Callable[["Database"], Awaitable[int]]) -> None:
    from storage.database import NewerDatabase, open_database
    from storage.engine import BadUrl

    async def run() -> int:
        database = await open_database(_database_url())
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        code = asyncio.run(run())
    except BadSettings as problem:
        for told in problem.problems:
            typer.echo(f"dossier: {told}", err=True)
        code = 2
    except (BadUrl, NewerDatabase, StorageProblem) as problem:
        typer.echo(f"dossier: {problem}", err=True)
        code = 2
    raise typer.Exit(code)
