"""The foreign GitHub in bad weather: its answers get lost, and its list is behind."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.bot.github.facts import problems
from tests.bot.github.foreign_github import Answer, ForeignGitHub, Request
from tests.faults.weather import Weather

REPOSITORY = "faults/product"
CHECKED = 20  # requests of a kind that are held against GitHub's description; all of them would take too long
_MARK = re.compile(r"^<!-- dossier:bug:(\d+):[0-9a-f]{32} -->$", re.MULTILINE)


class FaultyGitHub(ForeignGitHub):
    """A bot is told from the others by its token."""

    def __init__(self, weather: Weather, clock: Any) -> None:
        super().__init__(REPOSITORY, clock=clock)
        self.secret = b"foreign-webhook-secret"
        self.weather = weather
        self.created: Callable[[int], None] = lambda number: None
        self._shown_at: dict[int, float] = {}
        self.asked: Counter[str] = Counter()  # requests of each kind

    def marked(self) -> Counter[int]:
        """How many issues each bug has."""
        return Counter(int(_MARK.findall(one["body"])[-1]) for one in self.issues)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, raw = "/" + request.match_info["path"], await request.read()
        body = json.loads(raw) if raw else None
        asked = Request(request.method, path, dict(request.query), body, request.headers)
        kind = self._kind(request.method, path)
        self.asked[kind] += 1
        if self.asked[kind] <= CHECKED:
            self.wrong += problems(asked.method, path, asked.query, body)
        bot = request.headers.get("Authorization", "").rpartition(" ")[2]
        self.tokens.add(bot)
        if self._faults[kind]:
            return await self._fail(self._faults[kind].popleft(), kind, asked, request)
        about = str(body.get("title", path)) if body else request.query_string
        writes = request.method == "POST"
        return await self.weather.meet(bot, f"github {kind}", writes, request, lambda: self._answer(kind, asked), about)

    def _create(self, asked: Request) -> Answer:
        status, issue = super()._create(asked)
        if status == 201:
            lag = self.weather.random.uniform(0, self.weather.times.lag_github)
            self._shown_at[issue["number"]] = time.monotonic() + lag
            self.created(issue["number"])
        return status, issue

    def _list(self, asked: Request) -> Answer:
        now, everything = time.monotonic(), self.issues
        self.issues = [one for one in everything if self._shown_at.get(one["number"], 0) <= now]
        try:
            return super()._list(asked)
        finally:
            self.issues = everything
