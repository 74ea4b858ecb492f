"""Real bot processes, quickly: everything is imported once, and each bot is a fork of that.

Orders come as lines of JSON on standard input: a new bot, or a signal for one. News go out as lines of JSON: a bot's
port, its end.
The bots end with this process, and this process with its standard input.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any

import aiosqlite  # noqa: F401 - this and what follows is loaded when a database is opened
import asyncpg  # noqa: F401
import sqlalchemy.dialects.postgresql.asyncpg
import sqlalchemy.dialects.sqlite.aiosqlite  # noqa: F401

from bot.app import build, utc_now
from bot.deliver.delays import Delays
from bot.lock import only_one
from bot.logs import set_up
from bot.settings import load
from tests.faults.writers import write

alive: dict[int, int] = {}  # pid → number of the order
Order = dict[str, Any]


def tell(**news: Any) -> None:
    """Shorter than a pipe's block, so that lines of several processes do not mix."""
    os.write(1, json.dumps(news).encode() + b"\n")


def delays(given: dict[str, float]) -> Delays:
    """Seconds as the product's own values."""
    plain = ("poll", "call_slack", "call_github")
    return Delays(**{name: value if name in plain else timedelta(seconds=value) for name, value in given.items()})


async def live(order: Order) -> None:
    """The bot as `dossier run` runs it, with short delays, until it is killed."""
    async with build(load(order["environment"]), utc_now, delays(order["delays"])) as bot:
        with only_one(bot.database.file):
            await bot.start()
            tell(bot=order["bot"], port=bot.port)
            if order["at_once"]:
                await bot.tick(utc_now())
            await asyncio.Event().wait()


async def work(order: Order) -> None:
    """Writes as fast as it can and tells what it met."""
    tell(bot=order["bot"], wrote=await write(**order["write"]))


def fork(order: Order, lifeline: tuple[int, int]) -> None:
    """One more process."""
    pid = os.fork()
    if pid:
        alive[pid] = order["bot"]
        return
    os.close(lifeline[1])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    os.dup2(os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    set_up("WARNING")
    gc.enable()
    code = 1
    try:
        asyncio.run(_until_alone(order, lifeline[0]))
        code = 0
    except BaseException as problem:
        print(f"event=bot_failed error={problem!r}", file=sys.stderr, flush=True)
    os._exit(code)


async def _until_alone(order: Order, lifeline: int) -> None:
    asyncio.get_running_loop().add_reader(lifeline, os._exit, 0)
    await (live(order) if "environment" in order else work(order))


def bury(*_: Any) -> None:
    """Tells of those that ended."""
    while alive:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:  # several died at once, and another call of this, in between, buried them
            return
        if not pid:
            return
        tell(bot=alive.pop(pid), gone=os.waitstatus_to_exitcode(status))


def main() -> None:
    """Forks until standard input ends."""
    lifeline = os.pipe()
    signal.signal(signal.SIGCHLD, bury)
    gc.disable()
    gc.freeze()
    tell(ready=True)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # a pid is ours for as long as it is not buried
        if "signal" in order:
            for pid in [pid for pid, bot in alive.items() if bot == order["bot"]]:
                os.kill(pid, order["signal"])
        else:
            fork(order, lifeline)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in list(alive):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
