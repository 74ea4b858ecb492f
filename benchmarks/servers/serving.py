"""The common frame of the servers: say where you are, then serve until told to stop or until the parent is gone."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


async def until_told(heard: Callable[[str], None] | None = None, /, **said: Any) -> None:
    """Prints one line of JSON, then returns on SIGTERM, SIGINT, or when the parent closes our standard input.

    `heard` is given every line that the parent writes there.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def read() -> None:
        if not (words := os.read(sys.stdin.fileno(), 4096)):
            loop.remove_reader(sys.stdin.fileno())
            stop.set()
        for one in words.decode().splitlines() if heard else ():
            heard(one)

    loop.add_reader(sys.stdin.fileno(), read)
    print(json.dumps(said), flush=True)
    await stop.wait()
