"""The state of the simulated workspace: who is there, what was said, which forms are open. No network here."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.manifest import Declared
from bot.sandbox.pictures import Files
from bot.sandbox.seed import Channel, Person, Seed

__all__ = ["SLACKBOT", "Json", "Message", "NotPossibleError", "View", "Workspace"]

Json = dict[str, Any]
SLACKBOT = Person("USLACKBOT", "slackbot", "Slackbot", "", is_bot=True)


class NotPossibleError(Exception):
    """A person cannot do that in Slack either: no such channel, not a member, no such button."""


@dataclass(slots=True, eq=False)
class Message:
    """A message; `seen_by` set means only that person sees it (ephemeral)."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    seen_by: str | None = None
    bot_id: str | None = None
    edited: str | None = None
    is_error: bool = False
    answers: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json | None = None
    version: int = 0

    @property
    def is_ephemeral(self) -> bool:
        """Say whether only one person sees it."""
        return self.seen_by is not None


@dataclass(slots=True, eq=False)
class View:
    """A modal or a Home tab of one person; `raw` is what the app sent, `values` what the person filled in."""

    id: str
    owner: str
    raw: Json
    hash: str
    root: str
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    version: int = 0

    @property
    def type(self) -> str:
        """Return `modal` or `home`."""
        return str(self.raw.get("type", "modal"))

    @property
    def blocks(self) -> list[Json]:
        """Return the view's blocks."""
        return list(self.raw.get("blocks") or ())

    @property
    def title(self) -> str:
        """Return the visible title, empty for a Home tab."""
        return str((self.raw.get("title") or {}).get("text", ""))


class Workspace:
    """People, channels, messages and views of one workspace, with a change counter for those who watch."""

    def __init__(self, seed: Seed, clock: Clock, declared: Declared) -> None:
        self.seed, self.clock, self.declared = seed, clock, declared
        self.listeners: list[Callable[[], None]] = []
        self.version = 0
        self.reset()

    def reset(self) -> None:
        """Bring back the seed."""
        self.people: dict[str, Person] = {one.id: one for one in self.seed.people}
        self.channels: dict[str, Channel] = {one.id: dataclasses.replace(one) for one in self.seed.channels}
        self.log: dict[str, list[Message]] = {one: [] for one in self.channels}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.files = Files(self.clock)
        self._read: dict[str, set[str]] = {}
        self._stamps: set[str] = set()
        posted: list[Message] = []
        for post in self.seed.posts:
            above = posted[post.reply_to].ts if post.reply_to is not None else None
            message = Message(post.channel, self.stamp(post.at), post.person, post.text, thread_ts=above)
            posted.append(message)
            self.log[post.channel].append(message)
        self.changed()

    def changed(self, thing: Message | View | None = None) -> None:
        """Count a change, mark the thing that changed, tell those who watch."""
        self.version += 1
        if thing is not None:
            thing.version = self.version
        for listener in self.listeners:
            listener()

    def stamp(self, at: datetime | None = None) -> str:
        """Return a message `ts` for an instant (default: now), unique in this workspace."""
        instant = at or self.clock.now()
        micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        while (ts := f"{micros // 1_000_000}.{micros % 1_000_000:06d}") in self._stamps:
            micros += 1
        self._stamps.add(ts)
        return ts

    # People and channels

    @property
    def bot(self) -> Person:
        """Return the app's bot user."""
        return self.people[self.seed.bot_user]

    def person(self, who: str | Person) -> Person:
        """Find a person by id, handle or full name; NotPossibleError when there is none."""
        if isinstance(who, Person):
            return self.people[who.id]
        if who in self.people:
            return self.people[who]
        wanted = who.removeprefix("@").casefold()
        for one in self.people.values():
            if wanted in (one.name.casefold(), one.real_name.casefold()):
                return one
        raise NotPossibleError(f"nobody here is called {who!r}")

    def channel(self, which: str | Channel, person: Person | None = None) -> Channel:
        """Find a channel by id or name (`#name`, `name`); `dm` is the person's conversation with the app."""
        if isinstance(which, Channel):
            return self.channels[which.id]
        if which in self.channels:
            return self.channels[which]
        if which == "dm" and person is not None:
            return self.dm(person)
        wanted = which.removeprefix("#")
        for one in self.channels.values():
            if one.name == wanted and not one.is_im:
                return one
        raise NotPossibleError(f"there is no channel {which!r}")

    def dm(self, person: Person, *, create: bool = True) -> Channel:
        """Return the direct conversation between a person and the app, opened when it is not there yet."""
        found = f"D{person.id.removeprefix('U')}"
        if found not in self.channels and create:
            members = frozenset({person.id, self.seed.bot_user})
            self.channels[found] = Channel(found, "directmessage", members, is_im=True, user=person.id)
            self.log[found] = []
        return self.channels[found]

    def has_dm(self, person: Person) -> bool:
        """Say whether that conversation was opened already."""
        return f"D{person.id.removeprefix('U')}" in self.channels

    def may_see(self, person: Person, channel: Channel) -> bool:
        """Say whether the person can read the channel: its members, and full members any public channel."""
        if person.id in channel.members:
            return True
        outside = person.is_stranger or person.is_guest or person.team_id != self.seed.team_id
        return not (channel.is_private or channel.is_im or outside)

    # Messages

    def post(self, message: Message) -> Message:
        """Add a message to its channel."""
        self.log[message.channel].append(message)
        self.changed(message)
        return message

    def remove(self, message: Message) -> None:
        """Take a message away."""
        self.log[message.channel].remove(message)
        self.changed()

    def visible(self, channel: Channel, viewer: Person) -> list[Message]:
        """Return what a person sees in a channel, thread replies included, oldest first."""
        if not self.may_see(viewer, channel):
            return []
        return [one for one in self.log[channel.id] if one.seen_by in (None, viewer.id)]

    def find(self, channel: str, ts: str) -> Message | None:
        """Find a message that everybody sees."""
        return next((one for one in self.log.get(channel, ()) if one.ts == ts and not one.is_ephemeral), None)

    def seen_anywhere(self, viewer: Person) -> Iterator[Message]:
        """Go through everything a person can see, in order of change."""
        every: Iterable[Message] = (
            one for channel in list(self.channels.values()) for one in self.visible(channel, viewer)
        )
        return iter(sorted(every, key=lambda one: one.version))

    def unread(self, person: Person) -> int:
        """Return how many messages of others came into the person's conversation with the app since `read`."""
        if not self.has_dm(person):
            return 0
        read = self._read.get(person.id, set())
        return sum(one.user != person.id and one.ts not in read for one in self.visible(self.dm(person), person))

    def read(self, person: Person) -> None:
        """Note that the person has that conversation before their eyes."""
        self._read[person.id] = {one.ts for one in self.visible(self.dm(person), person)}

    # Views

    def stack(self, person: Person) -> list[View]:
        """Return the person's open modals, the lowest first."""
        return self.stacks.setdefault(person.id, [])

    def view(self, view_id: str) -> View | None:
        """Find an open modal or a Home tab by id."""
        everything = [one for stack in self.stacks.values() for one in stack] + list(self.homes.values())
        return next((one for one in everything if one.id == view_id), None)

    def new_view(self, person: Person, raw: Json, *, above: View | None = None) -> View:
        """Make a view of an app's definition; it is not shown before it is put on a stack or a Home tab."""
        made = f"V0{secrets.token_hex(5).upper()}"
        root = above.root if above else made
        view = View(made, person.id, raw, self.new_hash(), root, above.id if above else None)
        self.changed(view)
        return view

    def replace_view(self, view: View, raw: Json) -> None:
        """Put a new definition into a view; values of inputs that stay (same block_id and action_id) are kept."""
        kept: dict[str, dict[str, Json]] = {}
        for block in raw.get("blocks") or ():
            parts = [block.get("element"), block.get("accessory"), *(block.get("elements") or ())]
            there = {one.get("action_id") for one in parts if isinstance(one, dict)}
            filled = view.values.get(block.get("block_id"), {})
            if staying := {action: value for action, value in filled.items() if action in there}:
                kept[block["block_id"]] = staying
        view.raw, view.values, view.errors, view.trouble, view.hash = raw, kept, {}, "", self.new_hash()
        self.changed(view)

    def new_hash(self) -> str:
        """Return a hash as views carry one: it changes with every update."""
        return f"{int(self.clock.now().timestamp())}.{secrets.token_hex(4)}"
