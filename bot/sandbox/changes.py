"""What happens around the bot: time passes, channels are shared, archived or renamed, people join and leave."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

from bot.sandbox.formverbs import FormVerbs
from bot.sandbox.seed import Channel, Person
from bot.sandbox.workspace import Json

__all__ = ["Changes"]


class Changes(FormVerbs):
    """Verbs of administrators and of time; each sends the events the manifest subscribes to."""

    async def move(self, by: timedelta) -> None:
        """Move the clock, deliver what is due (event retries), and wait until the bot is quiet."""
        self.clock.move(by)
        self.workspace.changed()
        await self.deliveries.due()
        await self.quiet()

    async def share(self, channel: str | Channel, team: str | None = None, *, pending: bool = False) -> None:
        """Share a channel with another organisation, or have it pending."""
        where = self.workspace.channel(channel)
        other = team or next(one for one in self.seed.teams if one != self.seed.team_id)
        if pending:
            where.is_pending_ext_shared = True
            self.workspace.changed()
            return
        where.is_ext_shared, where.is_pending_ext_shared, where.shared_with = True, False, (*where.shared_with, other)
        await self._announce({"type": "channel_shared", "connected_team_id": other, "channel": where.id})

    async def unshare(self, channel: str | Channel) -> None:
        """End the sharing."""
        where = self.workspace.channel(channel)
        other = where.shared_with[0] if where.shared_with else ""
        where.is_ext_shared, where.is_pending_ext_shared, where.shared_with = False, False, ()
        event = {"type": "channel_unshared", "previously_connected_team_id": other, "channel": where.id}
        await self._announce({**event, "is_ext_shared": False})

    async def archive(self, channel: str | Channel, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        where = self.workspace.channel(channel)
        where.is_archived = archived
        kind = f"{_kind(where)}_{'archive' if archived else 'unarchive'}"
        await self._announce({"type": kind, "channel": where.id, "user": self.seed.default_person})

    async def rename(self, channel: str | Channel, name: str) -> None:
        """Give a channel another name."""
        where = self.workspace.channel(channel)
        where.name = name
        about = {"id": where.id, "name": name, "created": 0}
        await self._announce({"type": f"{_kind(where)}_rename", "channel": about})

    async def make_private(self, channel: str | Channel) -> None:
        """Turn a public channel private; there is no event apps could subscribe to."""
        self.workspace.channel(channel).is_private = True
        self.workspace.changed()
        await self.quiet()

    async def join(self, person: str | Person, channel: str | Channel) -> None:
        """Add a person, or the bot, to a channel."""
        who, where = self.workspace.person(person), self.workspace.channel(channel)
        where.members |= {who.id}
        await self._announce(self._membership("member_joined_channel", who, where))

    async def leave(self, person: str | Person, channel: str | Channel) -> None:
        """Take a person, or the bot, out of a channel."""
        who, where = self.workspace.person(person), self.workspace.channel(channel)
        where.members -= {who.id}
        if who.id == self.seed.bot_user:
            await self._announce({"type": f"{_kind(where)}_left", "channel": where.id})
        else:
            await self._announce(self._membership("member_left_channel", who, where))

    async def change(self, person: str | Person, **fields: Any) -> Person:
        """Change a person (deleted, is_restricted, is_admin, tz, real_name, …) and tell the app."""
        changed = dataclasses.replace(self.workspace.person(person), **fields)
        self.workspace.people[changed.id] = changed
        await self._announce(self._payloads.user_event("user_change", changed))
        return changed

    async def arrive(self, person: Person, *channels: str) -> None:
        """Let a new person join the workspace."""
        self.workspace.people[person.id] = person
        for one in channels:
            self.workspace.channel(one).members |= {person.id}
        await self._announce(self._payloads.user_event("team_join", person))

    async def reset(self) -> None:
        """Bring the seed, the clock and an empty transcript back; the bot stays connected."""
        await self._troubles.end()
        self.clock.reset()
        self.faults.clear()
        self._triggers.clear()
        self._urls.clear()
        self.deliveries.waiting.clear()
        self.transcript.clear()
        self.github.reset()
        self.workspace.reset()
        if self.on_reset is not None:  # what the bot remembers is its own; the composition knows how to begin anew
            await self.on_reset()

    @property
    def troubles(self) -> tuple[str, ...]:
        """The labels of all trouble that a button makes."""
        return self._troubles.labels

    @property
    def troubles_running(self) -> tuple[str, ...]:
        """The labels of the trouble that is under way."""
        return self._troubles.running

    def begin_trouble(self, label: str) -> asyncio.Future[None]:
        """Make trouble, as a button of the page does; what is returned is done when the trouble is over."""
        return self._troubles.begin(label)

    async def trouble(self, label: str) -> None:
        """Make trouble, a planned fault or what the composition brought along, and wait until it is over."""
        await self.begin_trouble(label)

    async def calm(self) -> None:
        """Forget planned faults, let hanging calls go and end the trouble that is under way."""
        self.faults.clear()
        await self._troubles.end()

    async def refresh_link(self, reason: str = "refresh_requested") -> None:
        """Ask a Socket Mode bot to connect anew, as Slack does every few hours."""
        await self.link.disconnect(reason)

    async def _announce(self, event: Json) -> None:
        self.workspace.changed()
        await self.event({**event, "event_ts": self.workspace.stamp()})
        await self.quiet()

    def _membership(self, kind: str, person: Person, channel: Channel) -> Json:
        letter = "G" if channel.is_private else "C"
        return {"type": kind, "user": person.id, "channel": channel.id, "channel_type": letter, "team": person.team_id}


def _kind(channel: Channel) -> str:
    return "group" if channel.is_private else "channel"
