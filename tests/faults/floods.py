"""Every kind of input, delivered a hundred times at once and to two bots at once: it does what one delivery does."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bot.github.foreign_github import refuse
from tests.faults import forms
from tests.faults.forms import Json, Place
from tests.faults.nursery import Bot
from tests.faults.slack import TEAM
from tests.faults.world import World
from tests.foreign import command

TIMES = 100
TABLES = (
    "features", "feature_evidence", "bugs", "bug_pauses", "history_entries", "captures", "channel_links", "inbox",
    "outbox",
)  # fmt: skip
COMMANDS = (
    "/brief acme", "/known-issues acme", "/health acme", "/customer list", "/features list", "/features show 1",
    "/features set 1 planned", "/features review", "/bugs list", "/bugs show 1",
)  # fmt: skip
Once = Callable[[int], Awaitable[bool]]  # delivers to the bot at this port; whether it was answered
Make = Callable[[], Awaitable[Once]]


@dataclass(frozen=True)
class Flood:
    """What came of one kind of input: what one delivery did, what all of them did, how many were answered."""

    name: str
    one: Counter[str]
    all: Counter[str]
    unanswered: int
    acts: bool

    @property
    def is_right(self) -> bool:
        return self.one == self.all and bool(self.one) == self.acts and not self.unanswered


class Floods:
    """Needs a world in calm weather with its bots running."""

    def __init__(self, world: World, bots: Sequence[Bot], times: int = TIMES) -> None:
        self._world = world
        self._ports = [bot.port.result() for bot in bots]
        self._times = times
        self._views = itertools.count(1)
        self._customers: list[int] = []
        self._requests: list[int] = []
        self._bugs: list[tuple[int, int]] = []  # with the issue's number

    async def run(self, only: Collection[str] = ()) -> list[Flood]:
        """All kinds, or only some, one after the other."""
        await self._prepare(*((2, 2) if only else (20, 10)))
        found = []
        for name, acts, make in self._kinds():
            if only and name not in only:
                continue
            one, unanswered = await self._effect(make, 1)
            all_, more = await self._effect(make, self._times)
            found.append(Flood(name, one, all_, unanswered + more, acts))
        return found

    def _kinds(self) -> list[tuple[str, bool, Make]]:
        """Name, whether it does anything, and what makes a fresh input of it."""
        return [
            *((f"command {words}", False, self._command(words)) for words in COMMANDS),
            ("shortcut log_request", False, self._shortcut),
            ("event user_change", False, self._event),
            ("form log_request", True, self._form(self._log)),
            ("form log_request into another", True, self._form(self._join)),
            ("form report_bug", True, self._form(self._report)),
            ("form add_history", True, self._form(self._add)),
            ("form feature_move", True, self._form(self._move)),
            ("form review_decline", True, self._form(self._decline)),
            ("form review_merge", True, self._form(self._merge)),
            ("form review_ask", True, self._form(self._ask)),
            ("form bug_pause", True, self._form(self._pause)),
            ("button bug:resume", True, self._resume),
            ("button review:plan", True, self._plan),
            ("button share", True, self._share),
            ("button link", True, self._link),
            ("button unlink", True, self._unlink),
            ("button again:issue", True, self._again),
            ("webhook closed", True, self._hook("issues", "closed", lambda number: self._world.github.close(number))),
            ("webhook labeled", True, self._hook("issues", "labeled", self._relabel)),
            ("webhook commented", True, self._hook("issue_comment", "created", self._say)),
        ]

    async def _effect(self, make: Make, times: int) -> tuple[Counter[str], int]:
        once = await make()
        before = await self._counted()
        answers = await asyncio.gather(*(once(port) for _, port in zip(range(times), itertools.cycle(self._ports))))
        await self._world.drain()
        after = await self._counted()
        after.subtract(before)
        return Counter({name: count for name, count in after.items() if count}), answers.count(False)

    async def _counted(self) -> Counter[str]:
        world, counted = self._world, Counter[str]()
        for table in TABLES:
            counted[table] = int(await world.ledger.one(f"SELECT count(*) FROM {table}"))
        counted["messages"] = sum(map(len, world.slack.messages.values()))
        counted["issues"], counted["comments"] = len(world.github.issues), len(world.github.comments)
        counted["create calls"] = world.github.asked["create"]
        for row in await world.ledger.rows("SELECT status, count(*) FROM features GROUP BY status"):
            counted[f"requests {row[0]}"] = row[1]
        counted["closed"] = int(await world.ledger.one("SELECT count(*) FROM bugs WHERE closed_at IS NOT NULL"))
        return counted

    async def _prepare(self, requests: int, bugs: int) -> None:
        """Some of what inputs are about."""
        world = self._world
        self._customers = [row.id for row in await world.ledger.rows("SELECT id FROM customers ORDER BY id")]
        payloads = [make(f"V{next(self._views):08}") for make in (*[self._log] * requests, *[self._report] * bugs)]
        await asyncio.gather(*(self._deliver(one)(self._ports[0]) for one in payloads))
        await world.drain()
        self._requests = [row.id for row in await world.ledger.rows("SELECT id FROM features ORDER BY id")]
        filed = await world.ledger.rows("SELECT id, issue_number FROM bugs ORDER BY id")
        self._bugs = [(row.id, row.issue_number) for row in filed]

    # ways of delivery

    def _form(self, payload: Callable[[str], Json]) -> Make:
        async def make() -> Once:
            return self._deliver(payload(f"V{next(self._views):08}"))

        return make

    def _deliver(self, payload: Json) -> Once:
        async def once(port: int) -> bool:
            answer = await self._world.sender.send(port, payload)
            return answer is not None and answer.get("response_action") != "errors"

        return once

    def _command(self, words: str) -> Make:
        async def make() -> Once:
            name, _, typed = words.partition(" ")
            fields = command(name, typed) | {"team_id": TEAM, "channel_id": "C01"}

            async def once(port: int) -> bool:
                return await self._world.sender.post(port, fields) is not None

            return once

        return make

    def _press(self, action: str, value: str, channel: str = "C01") -> Once:
        respond = self._world.slack.url.replace("/api/", "/respond")
        return self._deliver(forms.press("U1", action, value, respond, f"2.{next(self._views):06}", channel))

    def _hook(self, event: str, action: str, change: Callable[[int], Any]) -> Make:
        async def make() -> Once:
            number = self._bugs.pop()[1]
            change(number)
            headers, body = self._world.github.webhook(event, action, number)

            async def once(port: int) -> bool:
                address = f"http://127.0.0.1:{port}/github/webhooks"
                async with self._world.sender.session.post(address, data=body, headers=headers) as answer:
                    return answer.status == 204

            return once

        return make

    # inputs

    def _place(self) -> Place:
        return Place("C01", f"1795000001.{next(self._views):06}")

    def _log(self, view: str) -> Json:
        return forms.request(view, "U1", self._place(), f"Title {view}", f"Quote {view}", self._customers[:1])

    def _join(self, view: str) -> Json:
        into = self._requests.pop()
        return forms.request(view, "U1", self._place(), "", f"Quote {view}", self._customers[1:3], into)

    def _report(self, view: str) -> Json:
        return forms.bug(view, "U1", self._place(), f"Title {view}", self._customers[0])

    def _add(self, view: str) -> Json:
        return forms.history(view, "U1", self._place(), f"Text {view}", self._customers[0])

    def _move(self, view: str) -> Json:
        return self._decide(view, "feature_move", {"status": _chosen("status", "planned"), "reason": _typed("reason")})

    def _decline(self, view: str) -> Json:
        return self._decide(view, "review_decline", {"reason": _typed("reason")})

    def _merge(self, view: str) -> Json:
        into = str(self._requests[0])
        return self._decide(view, "review_merge", {"merge_into": _chosen("merge_into", into)})

    def _ask(self, view: str) -> Json:
        return self._decide(view, "review_ask", {"question": _typed("question")})

    def _decide(self, view: str, form: str, values: dict[str, Json]) -> Json:
        return forms.submission(view, "U1", form, {"id": self._requests.pop(), "seen": "backlog"}, values)

    def _pause(self, view: str) -> Json:
        return self._stop(view, self._bugs.pop(0)[0])

    async def _resume(self) -> Once:
        bug = self._bugs.pop(0)[0]
        assert await self._deliver(self._stop(f"V{next(self._views):08}", bug))(self._ports[0])
        return self._press("bug:resume", str(bug))

    def _stop(self, view: str, bug: int) -> Json:
        return forms.submission(view, "U1", "bug_pause", {"id": bug}, {"reason": _typed("reason")})

    async def _plan(self) -> Once:
        return self._press("review:plan", f"{self._requests.pop()}|backlog|0|0|0|0")

    async def _share(self) -> Once:
        return self._press("share", f"{self._customers[0]}|brief|0")

    async def _link(self) -> Once:
        return self._press("link", str(self._customers[0]), f"C{next(self._views):06}")

    async def _unlink(self) -> Once:
        channel = f"C{next(self._views):06}"
        assert await self._press("link", str(self._customers[0]), channel)(self._ports[0])
        return self._press("unlink", "", channel)

    async def _again(self) -> Once:
        """GitHub refuses once more: whoever presses is told so once, not a hundred times."""
        world, view = self._world, f"V{next(self._views):08}"
        world.github.meets("create", *(refuse(422, "Validation Failed") for _ in range(2)))
        assert await self._deliver(self._report(view))(self._ports[0])
        await world.drain()
        bug = await world.ledger.one("SELECT max(id) FROM bugs")
        return self._press("again:issue", f"bug_issue:{bug}")

    async def _shortcut(self) -> Once:
        message = {"ts": "1795000002.000001", "text": "We need this", "user": "U2"}
        place = {"callback_id": "log_request", "channel": {"id": "C01", "name": "one"}, "message": message}
        person = {"user": {"id": "U1", "team_id": TEAM}, "team": {"id": TEAM, "domain": "faults"}}
        return self._deliver({"type": "message_action", "trigger_id": "1.2.3", **person, **place})

    async def _event(self) -> Once:
        event = {"type": "user_change", "user": {"id": "U1"}}
        return self._deliver({"type": "event_callback", "event_id": "Ev1", "team_id": TEAM, "event": event})

    def _relabel(self, number: int) -> None:
        self._world.github.label(number, "customer-reported", "severity:critical")

    def _say(self, number: int) -> None:
        self._world.github.say(number, "We are looking into it")


def _typed(name: str) -> Json:
    return {name: {"value": "Because of this"}}


def _chosen(name: str, value: str) -> Json:
    return {name: {"selected_option": {"value": value, "text": {"type": "plain_text", "text": value}}}}
