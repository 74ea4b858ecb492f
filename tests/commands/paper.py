"""A form in somebody's hands: opened, filled in, changed by the bot and submitted, as Slack's payloads tell of it.

Every form the bot shows is checked as Slack would check it. Behind it stand the real façades over small stores.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox import View, check_view
from bot.sandbox.forms import starting_values
from commands.add_history import AddHistory
from commands.brief_form import BriefForm
from commands.listen import Listeners
from commands.log_request import LogRequest
from commands.pick import Pick
from commands.report_bug import ReportBug
from customers import bugs, health, history, requests
from customers.backlog import Backlog
from customers.calendars import Calendar
from customers.desk import Desk
from customers.intents import Intent
from customers.logbook import Logbook
from customers.model import Profile
from customers.people import Standing
from customers.requests import Request
from customers.scope import All, One
from customers.tracker import Tracker
from tests.commands.anybody import NOW, TYPED, objects, strings
from tests.commands.fakes import FakeOutbound, FakePeople, FakeStore, decoded

STOCKHOLM = ZoneInfo("Europe/Stockholm")
Json = dict[str, Any]


class Saved:
    """What the façades answer when something was saved for the first time."""

    heard = False


class FakeRequests:
    """Requests in memory, and the drafts that were logged."""

    def __init__(self, *known: Request) -> None:
        self.known = {one.id: one for one in known}
        self.logged: list[tuple[requests.Draft, str, str]] = []
        self.asked = 0

    async def titles(self, scope: All, after: int) -> list[tuple[int, str]]:
        self.asked += 1
        return [(one.id, one.title) for one in self.known.values() if one.id > after]

    async def some(self, scope: All, ids: Sequence[int]) -> list[Request]:
        return [self.known[one] for one in ids]

    async def find(self, scope: All, request_id: int) -> Request | None:
        return self.known.get(request_id)

    async def log(
        self, scope: All, draft: requests.Draft, person: str, key: str, now: datetime, speak: Callable[..., Any]
    ) -> Any:
        self.logged.append((draft, person, key))
        return Saved()


class FakeBugs:
    """Bugs in memory, and the drafts that were reported."""

    def __init__(self, *known: bugs.Bug) -> None:
        self.known = known
        self.reported: list[tuple[bugs.Draft, datetime, str, str]] = []

    async def page(self, scope: Any, wanted: bugs.Filter, offset: int, limit: int) -> bugs.BugPage:
        mine = tuple(one for one in self.known if one.customer_id == wanted.customer_id)
        return bugs.BugPage(mine[:limit], 0, len(mine))

    async def report(
        self,
        scope: One,
        draft: bugs.Draft,
        due_at: datetime,
        person: str,
        key: str,
        now: datetime,
        speak: Callable[..., list[Intent]],
    ) -> Any:
        self.reported.append((draft, due_at, person, key))
        return Saved()


class FakeHistory:
    """The drafts that were added."""

    def __init__(self) -> None:
        self.added: list[tuple[history.Draft, str, str]] = []

    async def add(
        self, scope: One, draft: history.Draft, person: str, key: str, now: datetime, speak: Callable[..., Any]
    ) -> Any:
        assert scope.customer_id == draft.customer_id
        self.added.append((draft, person, key))
        return Saved()


class Paper:
    """One person, one form at a time. `channel` links a channel to the first customer: "C1"."""

    def __init__(self, *profiles: Profile, known: Sequence[Request] = (), open_bugs: Sequence[bugs.Bug] = ()) -> None:
        self.store, self.outbound, self.people = FakeStore(*profiles), FakeOutbound(), FakePeople()
        self.requests, self.bugs, self.history = FakeRequests(*known), FakeBugs(*open_bugs), FakeHistory()
        self.now = NOW
        if profiles:
            self.store.links["C1"] = 1
        home = "https://harbour.slack.com/"
        self.on = Listeners(self.people, self.outbound, lambda: self.now, home=lambda: home)
        self._register()
        self.view = View("", "", {}, "", "")
        self.errors: dict[str, str] = {}

    def _register(self) -> None:
        desk = Desk(self.store, self.store, self.store, health.Thresholds(), STOCKHOLM)
        team = Calendar(time(9), time(17), zone=STOCKHOLM)
        tracker = Tracker(self.bugs, self.store, desk.open, team, None)
        log, bug = LogRequest(desk, Backlog(self.requests)), ReportBug(desk, tracker)
        entry, brief, pick = AddHistory(desk, Logbook(self.history)), BriefForm(desk), Pick(desk)
        for name, form in (
            ("log_request", log),
            ("report_bug", bug),
            ("add_history", entry),
            ("customer_brief", brief),
        ):
            self.on.shortcut(name, form.open)
            self.on.submit(name, form.submit)
        self.on.live("wanted", log.changed)
        self.on.live("request_title", log.changed)
        self.on.live("join", log.join)
        for name in ("bug_customer", "bug_title", "severity"):
            self.on.live(name, bug.changed)
        for name in ("wanted", "customer", "bug_customer"):
            self.on.offer(name, pick.options)

    @property
    def saved(self) -> int:
        """How many things were saved."""
        return len(self.requests.logged) + len(self.bugs.reported) + len(self.history.added)

    @property
    def said(self) -> str:
        """Everything that stands in the form, fields included."""
        return str(self.view.blocks)

    @property
    def elements(self) -> dict[str, Json]:
        """The fields by block_id."""
        return {one["block_id"]: one["element"] for one in self.view.blocks if one["type"] == "input"}

    @property
    def shows(self) -> list[str]:
        """The texts of what is no field, in order."""
        return [
            one["text"]
            for block in self.view.blocks
            if block["type"] != "input"
            for one in objects(block)
            if isinstance(one.get("text"), str) and one["type"] != "button"
        ]

    async def take(self, callback: str, text: str = "", channel: str = "C1", *, globally: bool = False) -> "Paper":
        """Takes a shortcut on a message in `channel`, or from anywhere."""
        body: Json = {**self._from("shortcut" if globally else "message_action"), "callback_id": callback}
        if not globally:
            body |= {"channel": {"id": channel}, "message_ts": "5.1", "message": {"ts": "5.1", "text": text}}
        before = len(self.outbound.opened)
        await self.on.hear(body)
        trigger, view = self.outbound.opened[-1]
        assert (trigger, len(self.outbound.opened)) == ("t1", before + 1)
        self.view = View("V1", "U0MAYA", {}, "h0", "V1")
        return self._shown(view)

    async def options(self, block: str, typed: str) -> list[Json]:
        """What is offered while somebody types."""
        action = self.elements[block]["action_id"]
        answer = await self.on.hear(
            {**self._from("block_suggestion"), **self._seen(), "action_id": action, "block_id": block, "value": typed}
        )
        return list(decoded(answer)["options"])

    async def pick(self, block: str, *names: str) -> bool:
        """Chooses customers by what is typed; whether the form changed."""
        found = [(await self.options(block, name))[0] for name in names]
        if self.elements[block]["type"].startswith("multi_"):
            return await self.set(block, selected_options=found)
        return await self.set(block, selected_option=found[0] if found else None)

    async def choose(self, block: str, value: str) -> bool:
        """Chooses an option by its value; whether the form changed."""
        found = next(one for one in self.elements[block]["options"] if one["value"] == value)
        return await self.set(block, selected_option=found)

    async def type(self, block: str, words: str) -> bool:
        """Types into a field; whether the form changed."""
        return await self.set(block, value=words or None)

    async def set(self, block: str, **state: Any) -> bool:
        """Puts a value into a field and tells the bot when it wants to hear; whether the form changed."""
        element = self.elements[block]
        self.view.values[block] = {element["action_id"]: {"type": element["type"], **state}}
        listens = any(one.get("dispatch_action") for one in self.view.blocks if one.get("block_id") == block)
        return listens and await self._act({"action_id": element["action_id"], "block_id": block, **state})

    async def press(self, action: str) -> bool:
        """Presses a button in the form; whether the form changed."""
        found = next(one for one in objects(self.view.blocks) if one.get("action_id") == action)
        return await self._act({"action_id": action, "type": "button", "value": found["value"]})

    async def submit(self) -> str:
        """What becomes of the form: `clear`, `errors` (then they are in `errors`) or `update`."""
        answer = decoded(await self.on.hear({**self._from("view_submission"), **self._seen()}))
        self.errors = answer.get("errors", {})
        assert set(self.errors) <= set(self.elements)
        if answer["response_action"] == "update":
            self._shown(answer["view"])
        return str(answer["response_action"])

    async def _act(self, action: Json) -> bool:
        before = len(self.outbound.updated)
        await self.on.hear({**self._from("block_actions"), **self._seen(), "actions": [action]})
        if len(self.outbound.updated) == before:
            return False
        view_id, seen, view = self.outbound.updated[-1]
        assert (view_id, seen) == (self.view.id, self.view.hash)
        self._shown(view)
        return True

    def _shown(self, view: Json) -> "Paper":
        assert wrong(view) == []
        kept = {one.get("block_id") for one in view["blocks"]} & set(self.view.values)
        self.view.values = {one: self.view.values[one] for one in kept}
        self.view.raw, self.view.hash = view, self.view.hash + "'"
        return self

    def _seen(self) -> Json:
        """The form in a payload, with everything filled in."""
        state = {"values": starting_values(self.view)}
        return {"view": {**self.view.raw, "id": self.view.id, "hash": self.view.hash, "state": state}}

    def _from(self, kind: str) -> Json:
        user, team = {"id": "U0MAYA", "team_id": "T1"}, {"id": "T1", "domain": "harbour"}
        return {"type": kind, "user": user, "team": team, "trigger_id": "t1"}

    def refuse(self, standing: Standing) -> None:
        """From now on the person is no full member."""
        self.people.standings["U0MAYA"] = standing


def wrong(view: Json) -> list[str]:
    """What Slack would refuse in this form, or what would mislead or leak; empty is good."""
    found = list(objects(view["blocks"]))
    mrkdwn = " ".join(one["text"] for one in found if one.get("type") == "mrkdwn")
    buttons = [one for one in found if one.get("type") == "button"]
    inputs = [one["element"] for one in view["blocks"] if one["type"] == "input"]
    typed = [one.get("initial_value", "") for one in inputs]
    checks = {
        f"typed text in mrkdwn: {mrkdwn}": TYPED not in mrkdwn and "<" not in mrkdwn,
        "typed text in ids": TYPED not in view["private_metadata"] + "".join(one["value"] for one in buttons),
        "a mention": not any(one.get("type") in ("user", "channel", "usergroup", "broadcast") for one in found),
        "one action_id twice": len({one["action_id"] for one in buttons}) == len(buttons),
        "more than fits": all(
            len(one.encode("utf-16-le")) // 2 <= element.get("max_length", 3_000)
            for one, element in zip(typed, inputs, strict=True)
        ),
        "more chosen than may be": all(
            len(one.get("initial_options", ())) <= one.get("max_selected_items", 100) for one in inputs
        ),
        "hidden characters": not set("\0\x1b\u202e\u2066") & set("".join(strings(view["blocks"]))),
    }
    return check_view(view) + [name for name, good in checks.items() if not good]


def request(number: int, title: str, *names: str, status: requests.Status = requests.Status.BACKLOG) -> Request:
    """A request that these customers want."""
    wishes = tuple(requests.Wish(at, name, True) for at, name in enumerate(names, start=1))
    return Request(number, title, status, "", wishes, (), "U0MAYA", NOW, NOW)
