"""What every command at the terminal needs: settings, a database, a bar, and errors in one line with exit code 2."""

import asyncio
import contextlib
import gc
import json
import sys
from collections.abc import Coroutine, Iterator
from typing import Annotated, Any

import typer

from bot.settings import BadSettings, Settings, load

Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def read_settings() -> Settings:
    """From the environment; ends with one line for each problem."""
    try:
        return load()
    except BadSettings as problem:
        raise refused(problem.problems) from None


def refused(problems: list[str]) -> typer.Exit:
    """The end of a command that was not done."""
    for line in problems:
        typer.echo(f"dossier: {line}", err=True)
    return typer.Exit(2)


def do(work: Coroutine[Any, Any, int]) -> None:
    """Runs until done; what a person can mend is told in one line each and exits with 2."""
    from bot.lock import AlreadyRunning
    from customers.errors import DossierError
    from storage.database import NewerDatabase
    from storage.engine import BadUrl

    gc.enable()
    try:
        code = asyncio.run(work)
    except BadSettings as problem:
        raise refused(problem.problems) from None
    except (BadUrl, NewerDatabase, AlreadyRunning, DossierError, OSError) as problem:
        raise refused([_plainly(problem)]) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(code)


def _plainly(problem: Exception) -> str:
    """For the person at the terminal, who is the admin."""
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename}: {problem.strerror}"
    reason = getattr(problem, "reason", "")
    return f"{getattr(problem, 'sentence', problem)} ({reason})" if reason else str(problem)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> Any:
    """The opened database."""
    from storage.database import open_database

    database = await open_database(settings.database)
    try:
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def progress(words: str, quiet: bool) -> Iterator[Any]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def print_json(value: Any) -> None:
    """For scripts."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
