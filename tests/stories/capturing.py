"""The shortest way to capture something in a story, to send what a form cannot, and to look at what came of it."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot import manifest
from bot.app import build
from bot.deliver.delays import Delays
from bot.sandbox import HARBOUR, Answer, Clock, Envelope, Issue, Message, Sandbox, Seen
from bot.settings import load
from tests.conftest import Story

Json = dict[str, Any]
EXAMPLES = Path(__file__).parents[2] / "customers" / "examples"
TITLE = "Nightly export is empty"
FAILED = "nightly export failed again"  # in #kestrel, a private channel of Maya and Iris
WANTED = "third time this month. This needs an owner"  # in #brightwater, which is linked to its customer


def said(slack: Sandbox, channel: str, words: str, person: str = "maya") -> Message:
    """The newest message with these words."""
    return next(one for one in reversed(slack.messages(channel, person)) if words in one.text)


def thread(slack: Sandbox, message: Message, person: str = "maya") -> list[Message]:
    """What stands under a message."""
    there = slack.messages(message.channel, person)
    return [one for one in there if one.thread_ts == message.ts and one.bot_id]


async def bug(slack: Sandbox, person: str = "maya", on: Message | None = None, **values: str) -> Seen:
    """Reports the message about the failed export as a critical bug of the channel's customer."""
    form = await slack.shortcut(person, "Report customer bug", on or said(slack, "#kestrel", FAILED, person))
    await slack.select(person, form, "severity", values.pop("severity", "critical"))
    if customer := values.pop("customer", ""):
        await slack.select(person, form, "bug_customer", customer)
    return await slack.submit(person, form, {"title": values.pop("title", TITLE), **values})


async def request(slack: Sandbox, person: str = "maya", on: Message | None = None, **values: Any) -> Seen:
    """Logs the message about single sign-on for the channel's customer."""
    form = await slack.shortcut(person, "Log feature request", on or said(slack, "#brightwater", WANTED, person))
    return await slack.submit(person, form, {"title": "SSO for phones", **values})


def filed(slack: Sandbox) -> list[Issue]:
    """The issues that the bot created."""
    return [one for one in slack.github.issues if one.author == slack.github.login and one.number > 2]


async def forged(slack: Sandbox, change: Callable[[Json], None]) -> Answer:
    """The last delivery once more with something changed that nobody could have changed in a form."""
    last = slack.deliveries.last
    assert last is not None
    payload = copy.deepcopy(last.payload)
    change(payload)
    return await slack.deliver(Envelope(last.kind, last.name, payload))


def another_form(payload: Json) -> None:
    """The same submit as one of another form, so that it is a new input."""
    payload["view"]["id"] = payload["view"]["root_view_id"] = "V0ANOTHER"


async def once_there(is_there: Callable[[], object]) -> None:
    """Lets the bot work until something is there that no verb waits for."""
    async with asyncio.timeout(5):
        while not is_there():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)


@asynccontextmanager
async def workshop(folder: Path, github: bool = True, without: frozenset[str] = frozenset()) -> AsyncIterator[Story]:
    """A workspace with other settings or scopes than the usual one."""
    clock = Clock(HARBOUR.starts_at, frozen=True)
    built: list[Any] = []

    async def settle() -> None:
        for one in built:
            await one.worker.quiet()

    async with Sandbox(manifest.file(), clock, HARBOUR, settle=settle, without_scopes=without) as slack:
        environment = {
            "SLACK_API_URL": slack.api_url, "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token,
            "DATA_DIR": str(folder), "CUSTOMER_DOCS": str(EXAMPLES), "PORT": "0",
        }  # fmt: skip
        if github:
            environment |= {
                "GITHUB_API_URL": slack.github.api_url, "GITHUB_REPOSITORY": slack.github.repository,
                "GITHUB_TOKEN": slack.github.token,
            }  # fmt: skip
        async with build(load(environment), clock.now, Delays(pace=Delays().pace * 0)) as bot:
            await bot.start()
            built.append(bot)
            await slack.connected()
            try:
                yield Story(slack, bot)
            finally:
                built.clear()
                await bot.stop()
