"""`dossier digest preview | send`: what a weekly digest would say, and one that leaves now."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.settings import Settings
from bot.terminal import Json, do, opened, print_json, read_settings

if TYPE_CHECKING:  # the rest is imported where it is used: `dossier --help` needs none of it
    from customers.digests import Digests

app = typer.Typer(help="The weekly risk digests of channels.", no_args_is_help=True)
Channel = Annotated[str, typer.Argument(help="Channel id (C…), as in /digest list.")]


@app.command()
def preview(
    channel: Annotated[str, typer.Argument(help="Channel id (C…); of everybody's customers when left out.")] = "",
    as_json: Json = False,
) -> None:
    """Print the messages that would be posted now, and post nothing."""

    async def work(digests: "Digests") -> int:
        from commands.digest_views import message

        now = datetime.now(UTC)
        found, page = await digests.preview(channel, now)
        if channel and found is None:
            typer.echo(f"dossier: {channel} has no digest; this is of everybody's customers", err=True)
        pages = [page]
        pages += [await digests.next_page(page, number) for number in range(1, page.total)]
        bodies = [message(one).body() for one in pages]
        if as_json:
            print_json(bodies)
        else:
            typer.echo("\n\n".join("\n".join(_lines(body["blocks"])) for body in bodies))
        return 0

    _with_digests(work)


@app.command()
def send(channel: Channel) -> None:
    """Post the digest of a channel now, whatever its schedule says. Once a minute at most."""

    async def work(digests: "Digests") -> int:
        found = await digests.of(channel)
        if found and found.is_paused:
            typer.echo(f"dossier: the digest of {channel} is paused; type /digest resume there", err=True)
            return 1
        key = await digests.send(channel, datetime.now(UTC))
        typer.echo(f"The digest {key} of {channel} is posted by the running bot.")
        return 0

    _with_digests(work)


def _with_digests(work: Callable[["Digests"], Awaitable[int]]) -> None:
    settings = read_settings()

    async def run() -> int:
        async with opened(settings) as database:
            return await work(_digests(database, settings))

    do(run())


def _digests(database: Any, settings: Settings) -> "Digests":
    from customers.alerts import Alerts
    from customers.desk import Desk
    from customers.digests import Digests

    desk = Desk(database.records, database.channels, database.looks, settings.thresholds, settings.zone)
    alerts = Alerts(database.alerts, settings.thresholds, settings.zone)
    return Digests(database.digests, desk.cards, database.requests.some, alerts.of, settings.check)


def _lines(value: Any) -> Iterator[str]:
    """What blocks say, a line for each of theirs; buttons are left out."""
    for block in value:
        match block["type"]:
            case "header":
                yield block["text"]["text"]
            case "context":
                yield from (one["text"] for one in block["elements"])
            case "rich_text":
                for group in block["elements"]:
                    yield from _rich(group)


def _rich(group: Any) -> Iterator[str]:
    if group["type"] == "rich_text_list":
        yield from (f"  {line}" for one in group["elements"] for line in _rich(one))
    else:
        yield "".join(str(one.get("text") or one.get("user_id") or "") for one in group["elements"])
