"""What all verbs stand on: the parts of the sandbox, waiting until the bot is quiet, looking with a person's eyes."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.deliveries import Answer, Deliveries, Envelope
from bot.sandbox.faults import Faults
from bot.sandbox.github.github import GitHub
from bot.sandbox.link import Link
from bot.sandbox.manifest import read_manifest
from bot.sandbox.payloads import Payloads
from bot.sandbox.pictures import File, images
from bot.sandbox.responses import Responses
from bot.sandbox.seed import Channel, Person, Seed
from bot.sandbox.seen import Seen
from bot.sandbox.traffic import Traffic
from bot.sandbox.transcript import Transcript
from bot.sandbox.triggers import ResponseUrls, Triggers
from bot.sandbox.troubles import Trouble, Troubles, troubles_of
from bot.sandbox.uploads import Uploads
from bot.sandbox.webapi import WebApi
from bot.sandbox.workspace import SLACKBOT, Json, Message, View, Workspace

__all__ = ["Stage"]

Settle = Callable[[], Awaitable[object]]


class Stage:
    """Builds the parts. Verbs await `settle`, when set: it returns when the bot has nothing left to do."""

    def __init__(
        self,
        manifest: Path | Mapping[str, Any],
        clock: Clock,
        seed: Seed,
        *,
        ack_seconds: float = 3.0,
        quiet_seconds: float = 0.02,
        settle_seconds: float = 10.0,
        settle: Settle | None = None,
        on_reset: Settle | None = None,
        troubles: Mapping[str, Trouble] | None = None,
        without_scopes: frozenset[str] = frozenset(),
    ) -> None:
        self.declared = read_manifest(manifest, without_scopes)
        self.clock, self.seed, self.settle, self.on_reset = clock, seed, settle, on_reset
        self.quiet_seconds, self.settle_seconds = quiet_seconds, settle_seconds
        self.url = ""
        self.bot_token = f"xoxb-sandbox-{secrets.token_hex(12)}"
        self.app_token = f"xapp-sandbox-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.workspace = Workspace(seed, clock, self.declared)
        self.transcript = Transcript(clock.now)
        self.faults = Faults()
        self._troubles = Troubles(troubles_of(self.faults, troubles), self.workspace.changed)
        self.traffic = Traffic()
        self.link = Link(seed.app_id, self.transcript)
        self.deliveries = Deliveries(clock, self.link, self.transcript, self.signing_secret, ack_seconds)
        self._triggers, self._urls = Triggers(clock), ResponseUrls(clock)
        self._payloads = Payloads(self.workspace, self._triggers, self._urls)
        self._responses = Responses(self.workspace, self._urls, self.transcript, self.faults, self.traffic)
        self._uploads = Uploads(self.workspace, self.transcript, self.faults, self.traffic)
        tokens = {"bot": self.bot_token, "app": self.app_token}
        parts = (self.workspace, self._triggers, self.transcript, self.faults, self.traffic)
        self._api = WebApi(*parts, tokens=tokens, emit=self._emit)
        self._events: set[asyncio.Task[Answer]] = set()
        self.github = GitHub(self.workspace, clock, self.transcript, self.faults, self.traffic, self._watch)

    @property
    def is_connected(self) -> bool:
        """Whether deliveries can reach a bot, as far as one can tell."""
        return self.deliveries.request_url is not None or self.link.is_up

    # Delivering

    async def deliver(self, envelope: Envelope) -> Answer:
        """Deliver an envelope, also one that was delivered before (a duplicate), and wait until the bot is quiet."""
        answer = await self.deliveries.deliver(envelope)
        await self.quiet()
        return answer

    async def event(self, event: Json) -> Answer | None:
        """Deliver an event if the manifest subscribes to it and the bot may see it; None otherwise."""
        name = _event_name(event)
        if name not in self.declared.events:
            return None
        where = event.get("channel")
        channel = self.workspace.channels.get(where) if isinstance(where, str) else None
        about_channel = event["type"] in ("message", "app_mention", "reaction_added")
        if about_channel and channel is not None and self.seed.bot_user not in channel.members:
            return None
        return await self.deliveries.deliver(
            Envelope("events_api", name, self._payloads.event(event), wants_payload=False)
        )

    def _emit(self, event: Json) -> None:
        """Deliver an event that the bot itself caused, beside what is running."""
        if _event_name(event) in self.declared.events:
            task = asyncio.ensure_future(self._event_task({**event, "event_ts": event.get("ts", "")}))
            self._events.add(task)
            task.add_done_callback(self._events.discard)

    async def _event_task(self, event: Json) -> Answer:
        return await self.event(event) or Answer("")

    # Waiting

    async def quiet(self) -> None:
        """Wait until the bot is quiet: it settled, no request is running, and nothing more came."""
        try:
            async with asyncio.timeout(self.settle_seconds):
                while not await self._is_quiet():
                    pass
        except TimeoutError:
            self.transcript.add("from bot", "error", "quiet", ok=False, note="the bot did not become quiet in time")

    async def _is_quiet(self) -> bool:
        before = self.traffic.count
        if self._events:
            await asyncio.wait(set(self._events))
        await self.github.webhooks.idle()
        if self.settle is not None:
            await self.settle()
        await self.traffic.idle()
        if self.settle is None and await self.traffic.moved(self.quiet_seconds):
            return False
        return self.traffic.count == before and not self._events and self.github.webhooks.is_idle

    # Looking

    async def _watch(self, person: Person, doing: Awaitable[str | None], own: Message | None = None) -> Seen:
        """Await what a person does, then the bot, and return what is new for this person."""
        mark, began = self.workspace.version, time.perf_counter()
        trouble = await doing
        await self.quiet()
        return self._look(person, mark, trouble, own, began)

    def _look(self, person: Person, mark: int, trouble: str | None, own: Message | None, began: float) -> Seen:
        fresh = [one for one in self.workspace.seen_anywhere(person) if one.version > mark and one.user != person.id]
        home = self.workspace.homes.get(person.id)
        return Seen(
            person.id,
            tuple(one for one in fresh if not one.is_error),
            (*([trouble] if trouble else ()), *(one.text for one in fresh if one.is_error)),
            tuple(one for one in self.workspace.stack(person) if one.version > mark),
            home if home is not None and home.version > mark else None,
            own,
            ms=(time.perf_counter() - began) * 1000,
        )

    def messages(self, channel: str | Channel, viewer: str | Person) -> list[Message]:
        """Return what a person sees in a channel, oldest first."""
        person = self.workspace.person(viewer)
        return self.workspace.visible(self.workspace.channel(channel, person), person)

    def dms(self, person: str | Person) -> list[Message]:
        """Return the messages in a person's conversation with the app."""
        who = self.workspace.person(person)
        return self.messages("dm", who) if self.workspace.has_dm(who) else []

    def pictures(self, where: Message | View | Seen) -> list[File]:
        """Return the files that a message, a view or everything just seen shows in its blocks, in order."""
        blocks = where.blocks
        shown = [self.workspace.files.picture(image) for image in images(blocks)]
        return [one for one in shown if one is not None and one.shared]

    def render_transcript(self) -> str:
        """Return all traffic as text."""
        return self.transcript.render()

    def _slackbot(self, person: Person, channel: Channel, text: str) -> None:
        """Let Slack itself tell a person what went wrong."""
        self.workspace.post(
            Message(channel.id, self.workspace.stamp(), SLACKBOT.id, text, seen_by=person.id, is_error=True)
        )


def _event_name(event: Json) -> str:
    if event.get("type") != "message":
        return str(event.get("type"))
    kinds = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
    return kinds.get(str(event.get("channel_type")), "message")
