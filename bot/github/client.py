"""The calls that Dossier makes to GitHub: each is made once, and tells what it came to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
from gidgethub.aiohttp import GitHubAPI

from bot.github.answers import About, Done, Outcome, Refused, Unknown, is_there_already
from bot.github.credentials import App, Credentials
from bot.github.issue import Issue, issue_from, marked
from bot.github.wire import TIMEOUT, Wire

PER_PAGE = 100
SKEW = timedelta(minutes=5)  # that GitHub's clock and ours may differ
_ISSUES = "/repos/{owner}/{repo}/issues"
_LIST = _ISSUES + "{?state,sort,direction,since,per_page,page}"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, oldest change first and without pull requests.

    `following`: what to ask for next, at once if there is `more`. It is a moment rather than a number of a page,
    because a change in between moves everything that stands behind it, and one issue would be skipped.
    """

    issues: tuple[Issue, ...]
    more: bool
    following: tuple[datetime, int]


class GitHub:
    """One repository. `url` is the API's base, `repository` is "owner/name"; the session stays the caller's."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        repository: str,
        credentials: Credentials,
        clock: Callable[[], datetime],
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self.repository = repository
        self._credentials = credentials
        self._wire = Wire(session, url, clock, timeout)
        owner, _, name = repository.partition("/")
        self._place = {"owner": owner, "repo": name}

    async def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Outcome[Issue]:
        """Labels stand in the create call; those that GitHub dropped are missing in the answer (`missing_labels`)."""
        data = {"title": title, "body": body, "labels": list(labels)}
        return await self._post(_ISSUES, data, issue_from, About.REPOSITORY)

    async def comment(self, number: int, body: str) -> Outcome[str]:
        """The comment's address. What people typed belongs into `issue.fenced`."""
        place = f"{_ISSUES}/{number:d}/comments"
        return await self._post(place, {"body": body}, lambda data: str(data["html_url"]), About.ISSUE)

    async def create_label(self, name: str, color: str, description: str) -> Outcome[str]:
        """`color` is six hexadecimal digits. A label that is there already is as good."""
        data = {"name": name, "color": color, "description": description[:100]}
        made = await self._post("/repos/{owner}/{repo}/labels", data, lambda made: str(made["name"]), About.REPOSITORY)
        return Done(name) if is_there_already(made) else made

    async def issue(self, number: int) -> Outcome[Issue]:
        """An issue as it is now; one that was moved is followed to where it went."""
        return await self._get(f"{_ISSUES}/{number:d}", {}, issue_from, About.ISSUE)

    async def updated_since(self, moment: datetime, page: int = 1) -> Outcome[Page]:
        """What changed at or after a moment of GitHub's clock, oldest change first, a hundred at a time.

        Not filtered by label: an issue whose label somebody took away or renamed would never be heard of again.
        """
        asked = {"sort": "updated", "direction": "asc", "since": _iso(moment), "page": page}
        got = await self._list(asked)
        return Done(_changed(got.data, moment, page)) if isinstance(got, Done) else got

    async def find_marked(self, bug_id: int, key: bytes, since: datetime, pages: int = 5) -> Outcome[list[Issue]]:
        """Issues that carry our marker of a bug whose creation was first tried at `since`.

        An empty list means that there surely is none in what GitHub lists; too many issues to look through is Unknown.
        The search API lags by many seconds and is not asked. Nor is the list filtered by label: GitHub drops labels
        silently without push access, and whoever looks for them would file the bug again.
        """
        oldest = since - SKEW
        found: list[Issue] = []
        for page in range(1, pages + 1):
            got = await self._list({"sort": "created", "direction": "desc", "since": _iso(oldest), "page": page})
            if not isinstance(got, Done):
                return got
            found += [one for one in got.data if not one.pull_request and marked(one.body, key) == bug_id]
            if len(got.data) < PER_PAGE or got.data[-1].created_at < oldest:
                return Done(found)
        return Done(found) if found else Unknown("There are too many new issues to look through.")

    async def who(self) -> Outcome[str]:
        """Whether all is set up: credentials, repository, issues turned on, and the right to set labels."""
        got = await self._get("/repos/{owner}/{repo}", {}, _object, About.REPOSITORY)
        if not isinstance(got, Done):
            return got
        if (problem := self._unfit(got.data)) is not None:
            return problem
        if isinstance(self._credentials, App):
            return Done(f"{self.repository} as a GitHub App")
        me = await self._get("/user", {}, lambda data: str(data["login"]), About.REPOSITORY)
        return Done(f"{self.repository} as {me.data}") if isinstance(me, Done) else me

    def _unfit(self, repository: dict[str, Any]) -> Refused | None:
        if repository.get("archived"):
            return Refused(
                403, "The repository is archived.", "Unarchive it, or name another one in GITHUB_REPOSITORY."
            )
        if repository.get("has_issues") is False:
            return Refused(410, "Issues are turned off in the repository.", "Turn them on in its settings.")
        if isinstance(self._credentials, App):
            may = self._credentials.may_write
        else:
            may = (repository.get("permissions") or {}).get("push") is not False
        if may:
            return None
        mend = "Give the token's owner, or the app, write access to the repository's issues."
        return Refused(403, "Dossier may only read the repository, so GitHub would drop the labels.", mend)

    async def _list(self, asked: dict[str, Any]) -> Outcome[list[Issue]]:
        return await self._get(_LIST, {"state": "all", "per_page": str(PER_PAGE)} | asked, _issues, About.REPOSITORY)

    async def _get(self, url: str, asked: dict[str, Any], shape: Callable[[Any], T], about: About) -> Outcome[T]:
        place = self._place | {name: str(value) for name, value in asked.items()}
        return await self._call(lambda api, token: api.getitem(url, place, oauth_token=token), shape, about)

    async def _post(self, url: str, data: dict[str, Any], shape: Callable[[Any], T], about: About) -> Outcome[T]:
        place = self._place
        return await self._call(lambda api, token: api.post(url, place, data=data, oauth_token=token), shape, about)

    async def _call(self, make: Callable[[GitHubAPI, str], Any], shape: Callable[[Any], T], about: About) -> Outcome[T]:
        """A token that GitHub does not accept, for which nothing can have been done, is replaced once if it can be."""
        outcome, token = await self._with_token(make, shape, about)
        if isinstance(outcome, Refused) and outcome.status == 401 and token and self._credentials.spoil(token):
            outcome, _ = await self._with_token(make, shape, about)
        return outcome

    async def _with_token(
        self, make: Callable[[GitHubAPI, str], Any], shape: Callable[[Any], T], about: About
    ) -> tuple[Outcome[T], str | None]:
        got = await self._credentials.token(self._wire)
        if not isinstance(got, Done):
            return got, None
        return await self._wire.call(lambda api: make(api, got.data), shape, about), got.data


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _issues(data: Any) -> list[Issue]:
    if not isinstance(data, list):
        raise ValueError("not a list")
    return [issue_from(one) for one in data]


def _changed(issues: list[Issue], moment: datetime, page: int) -> Page:
    more = len(issues) >= PER_PAGE
    latest = issues[-1].updated_at if issues else moment
    stuck = more and _iso(latest) == _iso(moment)  # a hundred changes in one second
    following = (moment, page + 1) if stuck else (latest, 1)
    return Page(tuple(one for one in issues if not one.pull_request), more, following)
