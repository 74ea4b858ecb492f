"""`dossier playbooks`: what can be started, and what is wrong with the files of the rest."""

from dataclasses import asdict

import typer

from bot.playbooks import read, told
from bot.terminal import Json, print_json, read_settings
from customers.playbooks import Shelf


def playbooks(as_json: Json = False) -> None:
    """List the playbooks that can be started, and what is wrong with the files of the others."""
    shelf = read(read_settings().playbooks)
    if as_json:
        print_json(_report(shelf))
    else:
        for _, line in told(shelf):
            typer.echo(line)
    raise typer.Exit(1 if any(one.broken for one in shelf.problems) else 0)


def _report(shelf: Shelf) -> dict[str, object]:
    books = [asdict(shelf.playbooks[kind]) for kind in shelf.kinds]
    return {"playbooks": books, "problems": [asdict(one) for one in shelf.problems]}
