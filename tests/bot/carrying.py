"""A carrier of posts at a foreign Slack, and the shortest way to hand it something to carry."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot import slack
from bot.deliver.posts import Posts, Quiet
from bot.deliver.results import Result
from bot.directory import Directory
from commands.blocks import line, rich, text
from commands.message import Message
from commands.said import Said
from customers.intents import Intent, Queued, State
from tests.foreign import ForeignSlack
from tests.slack_methods import declared

NOW = datetime.now(UTC)
WORDS = "Request 1 saved"
ALONE = frozenset({"chat:write"})


@dataclass
class FakeAnnouncements:
    """Says the same about everything, or nothing."""

    said: Said | None
    instead: tuple[Intent, ...] | None = None
    refusals: list[str] = field(default_factory=list)

    async def compose(self, intent: Intent, now: datetime) -> Said | None:
        return self.said

    async def refused(self, intent: Intent, why: str, now: datetime) -> tuple[Intent, ...] | None:
        self.refusals.append(why)
        return self.instead


def message() -> Message:
    return Message([rich(line(text(WORDS)))], WORDS)


@dataclass
class Desk:
    """The carrier, the Slack it talks to, and what it can be told to do."""

    slack: ForeignSlack
    web: slack.AsyncWebClient
    scopes: frozenset[str] = field(default_factory=declared)
    fallback: str | None = None
    admins: tuple[str, ...] = ()
    said: Said | None = field(default_factory=lambda: Said(message()))
    now: datetime = NOW
    instead: tuple[Intent, ...] | None = None  # what follows when a channel will not take it
    refusals: list[str] = field(default_factory=list)  # why channels would not
    before: dict[str, Queued] = field(default_factory=dict)  # rows that went out, by key
    quiet: Quiet | None = None

    async def earlier(self, key: str) -> Queued | None:
        return self.before.get(key)

    @property
    def posts(self) -> Posts:
        people = slack.People(self.web, lambda: me(self.scopes), frozenset(), lambda: self.now)
        directory, places = Directory(self.web, lambda: self.now), slack.Places(self.web, lambda: self.now)
        said = FakeAnnouncements(self.said, self.instead, self.refusals)
        more = {"earlier": self.earlier, "quiet_until": self.quiet}
        return Posts(self.web, said, places, people, directory, self.fallback, self.admins, lambda: self.scopes, **more)  # type: ignore[arg-type]

    async def send(self, row: Queued) -> Result:
        return await self.posts.send(row, self.now)

    async def look(self, row: Queued) -> Result:
        return await self.posts.look(row, self.now)


def me(scopes: frozenset[str]) -> slack.Identity:
    return slack.Identity("TFOREIGN", "Foreign", None, "UBOT", "BBOT", scopes)


def row(channel: str, thread: str = "", to: str = "U1", key: str = "request_logged:1") -> Queued:
    about: dict[str, int | str] = {"channel": channel, "thread": thread, "person": to}
    about = {name: value for name, value in about.items() if value}
    return Queued(1, Intent("request_logged", key, channel, about), State.NEW, 1, NOW, NOW, NOW)
