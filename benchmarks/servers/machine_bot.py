"""slack-machine with its own plugins and 50 commands; run by the Python it is installed in.

It has no setting for the address of Slack, so its client class is given one.
"""

import asyncio
import functools
import json
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

from machine import Machine, core  # type: ignore[import-not-found]
from machine.plugins.base import MachineBasePlugin  # type: ignore[import-not-found]
from machine.plugins.command import Command  # type: ignore[import-not-found]
from machine.plugins.decorators import command  # type: ignore[import-not-found]
from machine.settings import import_settings  # type: ignore[import-not-found]


def _listener(name: str) -> Any:
    async def hi(self: Any, asked: Command) -> AsyncIterator[dict[str, str]]:
        yield {"text": "hi"}

    hi.__name__ = hi.__qualname__ = f"on_{name.strip('/').replace('-', '_')}"
    return command(name)(hi)


def _plugin(count: int) -> type[MachineBasePlugin]:
    names = [f"/padding-{number}" for number in range(count - 1)] + ["/brief"]
    listeners = {f"on_{number}": _listener(name) for number, name in enumerate(names)}
    return type("Bench", (MachineBasePlugin,), listeners)


async def main() -> None:
    """Runs until the parent is gone; says so when the WebSocket is open."""
    settings, _ = import_settings()
    settings["SLACK_APP_TOKEN"] = os.environ["SLACK_APP_TOKEN"]
    settings["SLACK_BOT_TOKEN"] = os.environ["SLACK_BOT_TOKEN"]
    settings["LOGLEVEL"] = "ERROR"
    if "BENCH_COMMANDS" in os.environ:
        sys.modules["bench_plugin"] = type(sys)("bench_plugin")
        sys.modules["bench_plugin"].Bench = _plugin(int(os.environ["BENCH_COMMANDS"]))  # type: ignore[attr-defined]
        settings["PLUGINS"] = [*settings["PLUGINS"], "bench_plugin"]
    core.AsyncWebClient = functools.partial(core.AsyncWebClient, base_url=os.environ["SLACK_API_URL"])
    machine = Machine(settings=settings)
    running = asyncio.ensure_future(machine.run())
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while not running.done():
        await asyncio.sleep(0.01)
        client = getattr(machine, "_socket_mode_client", None)
        if client is not None and await client.is_connected():
            print(json.dumps({"connected": True}), flush=True)
            break
    await running


if __name__ == "__main__":
    asyncio.run(main())
