"""A workspace for `/features` and `/bugs`: the façades over a real database, everything shown is checked."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import text as sql

from commands.bugs import Bugs
from commands.feature_review import Review
from commands.features import Features
from commands.listen import Listeners
from customers import bugs, health, requests
from customers.backlog import Backlog
from customers.bugs import Bug
from customers.calendars import Calendar
from customers.desk import Desk
from customers.intents import Source
from customers.model import Profile
from customers.people import Reader, Standing
from customers.requests import Importance, Request
from customers.scope import All
from customers.sla import Severity
from customers.tracker import Tracker
from storage.catalogue import Counts
from storage.database import Database, open_database
from storage.engine import transaction, writer_engine
from tests.commands import anybody, paper
from tests.commands.anybody import NOW, objects
from tests.commands.fakes import FakeOutbound, FakePeople, decoded, pressed

Json = dict[str, Any]
STOCKHOLM = ZoneInfo("Europe/Stockholm")
ALL = All("test")


class Room:
    """One person types, presses and fills in; `now` may be moved. Make it with `room_of`."""

    def __init__(self, database: Database, ids: Mapping[str, int]) -> None:
        self.database, self.ids, self.now = database, ids, NOW
        self.outbound, self.people = FakeOutbound(), FakePeople()
        records, channels, looks = database.records, database.channels, database.looks
        self.desk = Desk(records, channels, looks, health.Thresholds(), STOCKHOLM)
        self.backlog = Backlog(database.requests)
        team = Calendar(time(9), time(17), zone=STOCKHOLM)
        self.tracker = Tracker(database.bugs, records, self.desk.open, team, None)
        self.on = Listeners(self.people, self.outbound, lambda: self.now)
        self._register()
        self.reader = Reader("U0MAYA", Standing.MEMBER)
        self.shown: Json = {"blocks": []}  # the message that was answered last
        self.form: Json = {}  # the form that is open
        self._at = 0

    def _register(self) -> None:
        features, review = Features(self.desk, self.backlog), Review(self.desk, self.backlog, self.outbound)
        bug = Bugs(self.desk, self.tracker)
        self.on.command("/features", features)
        self.on.command("/bugs", bug)
        for name, handler in (("features", features.page), ("feature", features.act), ("review", review.act)):
            self.on.action(name, handler)
        self.on.action("bugs", bug.page)
        self.on.action("bug", bug.act)
        self.on.submit("feature_move", features.moved)
        self.on.submit("review_decline", review.declined)
        self.on.submit("review_merge", review.merged)
        self.on.submit("review_ask", review.asked)
        self.on.submit("bug_pause", bug.paused)
        self.on.offer("merge_into", review.candidates)

    async def log(self, title: str, *names: str, into: int | None = None, ago: int = 0, **more: Any) -> Request:
        """A request of these customers, each with a message of its own, `ago` days ago."""
        request: Request | None = None
        for at, name in enumerate(names):
            self._at += 1
            ts = f"{self._at}.1"
            source = Source("C9", ts, f"https://harbour.slack.com/archives/C9/p{self._at}1", ts)
            wanted = ((self.ids[name], more.get("importance", Importance.IMPORTANT)),)
            draft = requests.Draft(title, more.get("quote", f"{name} wants it"), wanted, source, into)
            when = self.now - timedelta(days=ago) + timedelta(seconds=at)
            logged = await self.backlog.log(draft, self.reader, f"view:V{self._at}", when)
            request, into = logged.request, logged.request.id
        assert request is not None
        return request

    async def report(self, title: str, name: str, severity: Severity, ago: timedelta = timedelta(), **more: Any) -> Bug:
        """A bug of a customer."""
        self._at += 1
        ts = f"{self._at}.1"
        source = Source("C9", ts, f"https://harbour.slack.com/archives/C9/p{self._at}1", ts)
        draft = bugs.Draft(self.ids[name], title, more.get("steps", "1. Press save"), severity, source)
        return (await self.tracker.report(draft, self.reader, f"view:V{self._at}", self.now - ago)).bug

    async def type(self, line: str, channel: str = "C1") -> str:
        """What somebody who types this reads; a form that opens is in `form`."""
        name, _, words = line.partition(" ")
        body = {"command": name, "text": words, "user_id": "U0MAYA", "channel_id": channel, "team_id": "T1"}
        before = len(self.outbound.opened)
        answer = decoded(await self.on.hear(body | {"trigger_id": "t1"}))
        return self._opened() if len(self.outbound.opened) > before else self._answered(answer)

    async def press(self, label: str) -> str:
        """What somebody who presses the button with this text under the last message reads."""
        found = next(one for one in self.buttons if one["text"]["text"] == label)
        return await self.send(found["action_id"], found["value"])

    async def send(self, action: str, value: str, at: str = "") -> str:
        """The same for any button, of an older message for example; `at` names one delivery."""
        self._at += 1
        before = (len(self.outbound.opened), len(self.outbound.answers))
        await self.on.hear(pressed(action, value, at=at or f"{self._at}.2") | {"trigger_id": "t1"})
        if len(self.outbound.opened) > before[0]:
            return self._opened()
        assert len(self.outbound.answers) == before[1] + 1
        return self._answered(self.outbound.answers[-1][1])

    def turned(self) -> str:
        """What stands in the place of the message under a form that was submitted."""
        assert self.outbound.answers[-1][1]["replace_original"] is True
        return self._answered(self.outbound.answers[-1][1])

    async def submit(self, view_id: str = "", **filled: str) -> str:
        """What the form says when it is filled in and submitted: another form, or what is wrong with it."""
        self._at += 1
        values = {block: {block: _state(self._field(block), value)} for block, value in filled.items()}
        view = {**self.form, "id": view_id or f"V{self._at}x", "hash": "h", "state": {"values": values}}
        body = {"type": "view_submission", "user": {"id": "U0MAYA", "team_id": "T1"}, "view": view}
        answer = decoded(await self.on.hear(body))
        if answer["response_action"] == "errors":
            assert set(answer["errors"]) <= {one.get("block_id") for one in self.form["blocks"]}
            return "\n".join(answer["errors"].values())
        assert answer["response_action"] == "update"
        assert paper.wrong(answer["view"]) == []
        return said(answer["view"])

    async def offered(self, typed: str) -> list[str]:
        """What a menu offers while somebody types."""
        view = {**self.form, "id": "V1", "state": {"values": {}}}
        body = {"type": "block_suggestion", "user": {"id": "U0MAYA", "team_id": "T1"}, "view": view}
        answer = await self.on.hear({**body, "action_id": "merge_into", "block_id": "merge_into", "value": typed})
        return [one["text"]["text"] for one in decoded(answer)["options"]]

    @property
    def buttons(self) -> list[Json]:
        """The buttons of the last message."""
        return [one for one in objects(self.shown["blocks"]) if one.get("type") == "button"]

    @property
    def labels(self) -> list[str]:
        """Their texts."""
        return [one["text"]["text"] for one in self.buttons]

    @property
    def fields(self) -> dict[str, Any]:
        """What stands in the fields of the open form."""
        inputs = [one for one in self.form["blocks"] if one["type"] == "input"]
        return {one["block_id"]: _initial(one["element"]) for one in inputs}

    async def outbox(self, kind: str) -> list[Json]:
        """What waits to be said of this kind."""
        engine = writer_engine(self.database.url)
        try:
            async with transaction(engine) as connection:
                query = sql("SELECT about FROM outbox WHERE kind = :kind ORDER BY id")
                return [orjson.loads(one) for (one,) in await connection.execute(query, {"kind": kind})]
        finally:
            await engine.dispose()

    def _answered(self, answer: Json) -> str:
        assert anybody.wrong(answer) == []
        assert "Something went wrong" not in answer["text"]
        self.shown = answer
        return said(answer)

    def _opened(self) -> str:
        self.form = self.outbound.opened[-1][1]
        assert paper.wrong(self.form) == []
        return said(self.form)

    def _field(self, block: str) -> Json:
        return next(one["element"] for one in self.form["blocks"] if one.get("block_id") == block)


def said(shown: Json) -> str:
    """What stands in a message or form, without the words of its machinery."""
    found = [one.get("text") for one in objects(shown["blocks"]) if isinstance(one.get("text"), str)]
    return "".join(found)


def people_in(shown: Json) -> list[str]:
    """Who is named by Slack itself."""
    return [one["user_id"] for one in objects(shown["blocks"]) if one.get("type") == "user"]


def links_in(shown: Json) -> list[str]:
    """Where the links of a message lead."""
    return [one["url"] for one in objects(shown["blocks"]) if one.get("type") == "link"]


def _state(element: Json, value: str) -> Json:
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": value or None}
    chosen = {"text": {"type": "plain_text", "text": "x"}, "value": value} if value else None
    return {"type": element["type"], "selected_option": chosen}


def _initial(element: Json) -> str:
    chosen = element.get("initial_option")
    return str(chosen["value"] if chosen else element.get("initial_value", ""))


@contextlib.asynccontextmanager
async def room_of(folder: Path, template: Path, *profiles: Profile) -> AsyncIterator[Room]:
    """A room with these customers, in a copy of an empty database."""
    database = await open_database(f"sqlite:///{shutil.copy(template, folder)}")
    try:
        counts = Counts()
        await database.catalogue.put(ALL, profiles, NOW, counts)
        await database.catalogue.finish(ALL, {one.slug for one in profiles}, NOW, counts, "{}")
        _, named = await database.records.names(ALL)
        yield Room(database, {one.name: one.customer_id for one in named})
    finally:
        await database.close()
