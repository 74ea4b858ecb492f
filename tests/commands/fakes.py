"""Small stand-ins for what the commands ask and tell: they remember, and nothing else."""

import asyncio
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from commands.app import Desks, Outside, register
from commands.listen import Ask, Listeners
from commands.message import Message
from customers import health
from customers.alerts import Alerts
from customers.backlog import Backlog
from customers.calendars import Calendar
from customers.desk import Desk
from customers.judging import Judgements
from customers.logbook import Logbook
from customers.model import Profile
from customers.names import Named
from customers.people import Reader, Standing
from customers.personal import Personal
from customers.playbooks import Shelf
from customers.plays import Playbooks
from customers.records import Linked, Listed, Page, Record
from customers.reviewing import Reviews
from customers.scope import All, One
from customers.snapshots import Snapshot
from customers.sweep import Sweep
from customers.tracker import Tracker
from tests.commands.anybody import NOW


class FakePeople:
    """Everybody is a member unless `standings` says otherwise."""

    def __init__(self, **standings: Standing) -> None:
        self.standings = standings
        self.forgotten: list[str] = []

    async def reader(self, user: str, team: str | None) -> Reader:
        return Reader(user, self.standings.get(user, Standing.MEMBER))

    def forget(self, user: str) -> None:
        self.forgotten.append(user)


class FakePlaces:
    """Outsiders are in the channels of `shared`."""

    def __init__(self, *shared: str) -> None:
        self.shared = shared
        self.forgotten: list[str] = []

    async def has_outsiders(self, channel: str) -> bool:
        return channel in self.shared

    def forget(self, channel: str) -> None:
        self.forgotten.append(channel)


class FakeOutbound:
    """Remembers what left the bot."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, dict[str, Any]]] = []
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.opened: list[tuple[str, dict[str, Any]]] = []
        self.updated: list[tuple[str, str, dict[str, Any]]] = []
        self.published: list[tuple[str, dict[str, Any]]] = []

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        self.published.append((user, decoded(view)))

    async def open(self, trigger: str, view: dict[str, Any]) -> None:
        self.opened.append((trigger, decoded(view)))

    async def update(self, view_id: str, seen: str, view: dict[str, Any]) -> None:
        self.updated.append((view_id, seen, decoded(view)))

    async def respond(self, url: str, body: dict[str, Any]) -> None:
        self.answers.append((url, decoded(body)))

    async def post(self, channel: str, body: dict[str, Any]) -> None:
        self.posts.append((channel, body))


class FakeStore:
    """Customers, links and looks in memory."""

    def __init__(self, *profiles: Profile) -> None:
        self.profiles = dict(enumerate(profiles, start=1))
        self.links: dict[str, int] = {}
        self.looks: list[tuple[int, str]] = []

    async def record(self, scope: One, reader: Reader, *, whole: bool = False) -> Record | None:
        profile = self.profiles.get(scope.customer_id)
        return profile and Record(scope.customer_id, profile, (), None, NOW, NOW, None, None, None, None, (), 1)

    async def records(self, scope: All, ids: Sequence[int], reader: Reader) -> list[Record]:
        found = [await self.record(One(one), reader) for one in ids]
        return [one for one in found if one]

    async def names_version(self, scope: All) -> int:
        return 1

    async def names(self, scope: All) -> tuple[int, list[Named]]:
        return 1, [Named(at, one.name, (one.slug, *one.aliases)) for at, one in self.profiles.items()]

    async def page(self, scope: All, words: str, offset: int, limit: int) -> Page:
        lines = [
            Listed(at, one.name, one.status, one.internal, one.tier, one.csm and str(one.csm), True, True)
            for at, one in self.profiles.items()
        ]
        return Page(tuple(lines[offset : offset + limit]), offset, len(lines))

    async def of_csm(self, scope: All, reader: Reader, limit: int) -> Sequence[int]:
        return []

    async def all_current(self, scope: All, limit: int) -> Sequence[int]:
        return list(self.profiles)[:limit]

    async def issues(self, scope: All, limit: int) -> list[tuple[int, str]]:
        return [(at, issue.text) for at, one in self.profiles.items() for issue in one.issues][:limit]

    async def linked(self, scope: All, channel: str) -> Linked | None:
        customer = self.links.get(channel)
        return None if customer is None else Linked(customer, self.profiles[customer].name)

    async def link(self, scope: One, channel: str, person: str, now: datetime) -> bool:
        self.links[channel] = scope.customer_id
        return scope.customer_id in self.profiles

    async def unlink(self, scope: All, channel: str) -> bool:
        return self.links.pop(channel, None) is not None

    async def history(self, scope: One, limit: int) -> tuple[Snapshot, ...]:
        return ()

    async def of_customer(self, scope: One, now: datetime) -> None:
        """Nobody's usage fell."""

    def note(self, scope: One, person: str, before: datetime | None, now: datetime) -> None:
        self.looks.append((scope.customer_id, person))


class Handlers:
    """Behaviours that remember what they were asked, and one for every way to fail."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    async def answer(self, ask: Ask) -> Message:
        self.asked.append(ask)
        return Message([], f"heard {ask.text}{ask.value}", beside=ask.value == "beside")

    async def never(self, ask: Ask) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    def failing(self, problem: Exception) -> Any:
        async def fail(ask: Ask) -> Message:
            raise problem

        return fail


def listeners(**standings: Standing) -> tuple[Listeners, FakeOutbound]:
    """Listeners without a behaviour, and where their answers go."""
    outbound = FakeOutbound()
    return Listeners(FakePeople(**standings), outbound, lambda: NOW), outbound


class Office:
    """All behaviours of the bot over these customers."""

    def __init__(self, *profiles: Profile) -> None:
        self.store, self.outbound = FakeStore(*profiles), FakeOutbound()
        self.people, self.places = FakePeople(), FakePlaces("CEXT")
        self._seen: set[str] = set()
        desk = Desk(self.store, self.store, self.store, health.Thresholds(), ZoneInfo("UTC"))
        unasked: Any = None  # nobody captures anything here
        calendar = Calendar()
        tracker = Tracker(unasked, self.store, desk.open, calendar, None)
        nothing = {one.name: unasked for one in fields(Desks)}  # what nobody asks here
        judgements, personal = Judgements(unasked, desk.open, desk.today), Personal(unasked, ZoneInfo("UTC"))
        backlog, logbook = Backlog(unasked), Logbook(unasked)
        reviews = Reviews(unasked, unasked, desk, backlog, ZoneInfo("UTC"))
        asked = {"customers": desk, "backlog": backlog, "tracker": tracker, "logbook": logbook}
        asked |= {"judgements": judgements, "personal": personal, "reviews": reviews}
        asked["sweep"] = Sweep(self.store, unasked, unasked, health.Thresholds(), ZoneInfo("UTC"))
        calm: Any = self.store
        asked["alerts"] = Alerts(calm, health.Thresholds(), ZoneInfo("UTC"))
        asked["playbooks"] = Playbooks(unasked, self.store, Shelf, ZoneInfo("UTC"))
        desks = Desks(**{**nothing, **asked})
        outside = Outside(self.people, self.places, self.outbound, self.first, self.first, lambda: None, lambda: "")
        self.on = register(desks, outside, lambda: NOW)

    async def first(self, key: str, now: datetime) -> bool:
        new = key not in self._seen
        self._seen.add(key)
        return new

    async def type(self, line: str, channel: str = "C1") -> dict[str, Any]:
        """What somebody who types `line` is shown."""
        name, _, text = line.partition(" ")
        body = {"command": name, "text": text, "user_id": "U0MAYA", "channel_id": channel, "team_id": "T1"}
        return decoded(await self.on.hear(body))

    async def press(self, action: str, value: str, channel: str = "C1", at: str = "1.1") -> dict[str, Any]:
        """What somebody who presses this button is shown."""
        await self.on.hear(pressed(action, value, channel, at))
        return self.outbound.answers[-1][1]


def pressed(action: str, value: str, channel: str = "C1", at: str = "1.1", private: bool = True) -> dict[str, Any]:
    """A `block_actions` payload as Slack sends it for a button under a message of ours."""
    return {
        "type": "block_actions",
        "user": {"id": "U0MAYA", "team_id": "T1"},
        "channel": {"id": channel},
        "container": {"type": "message", "message_ts": "1.0", "is_ephemeral": private},
        "response_url": "https://hooks.slack.example/1",
        "actions": [{"type": "button", "action_id": action, "action_ts": at, "value": value}],
    }


def decoded(answer: Any) -> dict[str, Any]:
    """An answer as it stands on the wire."""
    return orjson.loads(orjson.dumps(answer))  # type: ignore[no-any-return]
