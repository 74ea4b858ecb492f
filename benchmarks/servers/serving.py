"""The common frame of the servers: say where you are, then serve until told to stop or until the parent is gone."""

import asyncio
import json
import os
import signal
import sys
from typing import Any


async def until_told(**said: Any) -> None:
    """Prints one line of JSON, then returns on SIGTERM, SIGINT, or when the parent closes our standard input."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def gone() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            stop.set()

    loop.add_reader(sys.stdin.fileno(), gone)
    print(json.dumps(said), flush=True)
    await stop.wait()
