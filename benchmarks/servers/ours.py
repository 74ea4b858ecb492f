"""Dossier as `dossier run` builds it, from environment variables alone, with further commands registered."""

import argparse
import asyncio
import json
import signal

from benchmarks.servers.serving import until_told
from bot import app as composition
from bot.app import Bot, build
from bot.logs import set_up
from bot.settings import load
from commands.blocks import line, rich, text
from commands.listen import Ask, Listeners
from commands.message import Message


async def _hi(ask: Ask) -> Message:
    return Message([rich(line(text("hi")))], "hi")


def pad(listeners: Listeners, total: int) -> int:
    """Registers `/padding-…` until there are `total` listeners of all kinds; returns how many there are."""
    have = len(listeners.commands) + len(listeners.actions) + len(listeners.events)
    for number in range(max(0, total - have)):
        listeners.command(f"/padding-{number}", _hi)
    return max(have, total)


def _import(bot: Bot) -> asyncio.Task[None]:
    """Reads the documents again, as the bot does when a file changes, and says when it is done."""

    async def work() -> None:
        assert bot.importer
        report = await bot.importer.run(gentle=True)
        print(json.dumps({"changed": report.counts.changed, "problems": len(report.problems)}), flush=True)

    return asyncio.ensure_future(work())


async def main(total: int, only: str | None) -> None:
    """Serves; `only` leaves nothing registered but that one command."""
    count = 0
    imports: list[asyncio.Task[None]] = []
    register = composition.register  # type: ignore[attr-defined]

    def registered(*arguments: object) -> Listeners:
        nonlocal count
        listeners: Listeners = register(*arguments)  # type: ignore[arg-type]
        if only:
            listeners.commands = {only: listeners.commands[only]}
            listeners.actions, listeners.events = {}, {}
        count = pad(listeners, total)
        return listeners

    composition.register = registered  # type: ignore[attr-defined, assignment]
    settings = load()
    set_up(settings.log_level)
    async with build(settings) as bot:
        await bot.start()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: imports.append(_import(bot)))
        await until_told(port=bot.port, listeners=count)
        await bot.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--listeners", type=int, default=50)
    parser.add_argument("--only", default=None)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.listeners, chosen.only))
