"""A GitHub that shares no code with ours: issues of one repository, faults on demand, signed webhooks."""

import asyncio
import hashlib
import hmac
import json
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import jwt
from aiohttp import web

from tests.bot.github.facts import problems

STARTS = datetime(2026, 11, 16, 8, tzinfo=UTC)
Answer = tuple[int, Any]
_LISTS = (
    "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events",
    "received_events",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What the next request of a kind meets. `done`: the work is done all the same."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False
    cut: bool = False
    late: bool = False


def limited(seconds: int) -> Fault:
    return Fault(429, {"message": "Too many requests"}, {"Retry-After": str(seconds)})


def secondary() -> Fault:
    """As GitHub often sends it: a plain 403 without any header that tells how long."""
    return Fault(403, {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."})


def broken(status: int = 500, done: bool = True) -> Fault:
    return Fault(status, {"message": "Server Error"}, done=done)


def cut(done: bool = True) -> Fault:
    return Fault(done=done, cut=True)


def late() -> Fault:
    """Done at once, answered when `release` is called."""
    return Fault(done=True, late=True)


def refuse(status: int, message: str, *errors: Any) -> Fault:
    return Fault(status, {"message": message, "errors": list(errors), "documentation_url": "https://docs.github.com"})


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: Mapping[str, str]


class ForeignGitHub:
    """`async with ForeignGitHub() as github:`; kinds of requests for `meets`: create, list, issue, comment, label,
    repository, user, installation, token."""

    def __init__(
        self, repository: str = "acme/app", token: str = "ghp_foreign", clock: Callable[[], datetime] | None = None
    ) -> None:
        self.repository, self.tokens, self.secret = repository, {token}, b"foreign webhook secret"
        self.url = ""
        self.requests: list[Request] = []
        self.wrong: list[str] = []
        self.issues: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.labels: set[str] = {"customer-reported"}
        self.push, self.makes_labels, self.hidden = True, True, 0
        self.has_issues, self.archived, self.moved_from = True, False, ""
        self.app: tuple[str, str] | None = None  # id and public key (PEM) of a GitHub App
        self.permissions = {"issues": "write", "metadata": "read"}
        self._clock = clock
        self._ticks = 0
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._released = asyncio.Event()

    async def __aenter__(self) -> "ForeignGitHub":
        app = web.Application()
        app.router.add_route("*", "/api/v3/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/v3"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()
        await self._runner.cleanup()

    def meets(self, kind: str, *faults: Fault) -> None:
        """The next requests of a kind get these answers, in this order."""
        self._faults[kind].extend(faults)

    def release(self) -> None:
        """Late answers arrive."""
        self._released.set()

    # what people do on GitHub

    def file(self, title: str, body: str = "", *labels: str, user: str = "octo") -> dict[str, Any]:
        now = self._now()
        number = len(self.issues) + 1
        here = f"{self.url}/repos/{self.repository}"
        made = {
            "id": 1000 + number, "node_id": f"I_{number}", "number": number, "title": title, "body": body,
            "url": f"{here}/issues/{number}", "repository_url": here, "events_url": f"{here}/issues/{number}/events",
            "labels_url": f"{here}/issues/{number}/labels{{/name}}", "comments_url": f"{here}/issues/{number}/comments",
            "html_url": f"https://github.com/{self.repository}/issues/{number}", "state": "open", "state_reason": None,
            "user": _person(user), "labels": [_label(one) for one in labels], "assignee": None, "assignees": [],
            "milestone": None, "locked": False, "active_lock_reason": None, "comments": 0, "closed_at": None,
            "created_at": now, "updated_at": now, "author_association": "MEMBER",
        }  # fmt: skip
        self.issues.append(made)
        return made

    def change(self, number: int, **changed: Any) -> dict[str, Any]:
        """Any field, as a person would change it on the page."""
        issue = self.issues[number - 1]
        issue.update(changed, updated_at=self._now())
        return issue

    def close(self, number: int, reason: str = "completed") -> dict[str, Any]:
        return self.change(number, state="closed", state_reason=reason, closed_at=self._now())

    def reopen(self, number: int) -> dict[str, Any]:
        return self.change(number, state="open", state_reason="reopened", closed_at=None)

    def label(self, number: int, *names: str) -> dict[str, Any]:
        """Sets exactly these labels."""
        return self.change(number, labels=[_label(one) for one in names])

    def say(self, number: int, body: str, user: str = "octo") -> dict[str, Any]:
        """A comment."""
        issue = self.change(number, comments=self.issues[number - 1]["comments"] + 1)
        made = {
            "id": 5000 + len(self.comments), "node_id": f"C_{len(self.comments)}", "body": body, "user": _person(user),
            "url": f"{self.url}/comments/{len(self.comments)}", "issue_url": issue["url"],
            "html_url": f"{issue['html_url']}#issuecomment-{5000 + len(self.comments)}",
            "created_at": issue["updated_at"], "updated_at": issue["updated_at"], "author_association": "MEMBER",
        }  # fmt: skip
        self.comments.append(made)
        return made

    def webhook(
        self, event: str, action: str, number: int, delivery: str | None = None, **more: Any
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery; for issue_comment it carries the last comment."""
        payload: dict[str, Any] = {
            "action": action,
            "issue": self.issues[number - 1],
            "repository": {"full_name": self.repository},
            "sender": _person("octo"),
        }
        if event == "issue_comment":
            payload["comment"] = self.comments[-1]
        body = json.dumps(payload | more).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(self.secret, body, hashlib.sha256).hexdigest(),
        }
        return headers, body

    async def deliver(
        self, session: aiohttp.ClientSession, url: str, event: str, action: str, number: int, **more: Any
    ) -> int:
        """Posts a webhook; the status that came back."""
        headers, body = self.webhook(event, action, number, **more)
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status

    # what programs ask

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, raw = "/" + request.match_info["path"], await request.read()
        body = json.loads(raw) if raw else None
        asked = Request(request.method, path, dict(request.query), body, request.headers)
        self.requests.append(asked)
        self.wrong += problems(asked.method, path, asked.query, body)
        if not request.headers.get("User-Agent"):
            return web.json_response({"message": "Request forbidden by administrative rules."}, status=403)
        if self.moved_from and path.startswith(f"/repos/{self.moved_from}/"):
            there = self.url + path.replace(self.moved_from, self.repository) + f"?{request.query_string}"
            status = 301 if request.method == "GET" else 307
            return web.json_response({"message": "Moved"}, status=status, headers={"Location": there})
        kind = self._kind(request.method, path)
        fault = self._faults[kind].popleft() if self._faults[kind] else None
        if fault is None:
            status, data = self._answer(kind, asked)
            return web.json_response(data, status=status)
        return await self._fail(fault, kind, asked, request)

    async def _fail(self, fault: Fault, kind: str, asked: Request, request: web.Request) -> web.StreamResponse:
        status, data = self._answer(kind, asked) if fault.done else (fault.status, fault.body)
        if fault.late:
            await self._released.wait()
            return web.json_response(data, status=status)
        if fault.cut and request.transport is not None:
            request.transport.abort()
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)

    def _kind(self, method: str, path: str) -> str:
        here = f"/repos/{self.repository}"
        known = {
            ("GET", "/user"): "user", ("GET", here): "repository", ("GET", f"{here}/installation"): "installation",
            ("GET", f"{here}/issues"): "list", ("POST", f"{here}/issues"): "create",
            ("POST", f"{here}/labels"): "label",
        }  # fmt: skip
        if path.startswith("/app/installations/") and path.endswith("/access_tokens"):
            return "token"
        if path.startswith(f"{here}/issues/"):
            return "comment" if path.endswith("/comments") else "issue"
        return known.get((method, path), "nothing")

    def _answer(self, kind: str, asked: Request) -> Answer:
        scheme, _, given = asked.headers.get("Authorization", "").partition(" ")
        if kind in ("installation", "token"):
            return self._for_app(kind, scheme, given)
        if given not in self.tokens:
            return 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
        if kind == "nothing":
            return 404, {"message": "Not Found"}
        answer: Answer = getattr(self, f"_{kind}")(asked)
        return answer

    def _for_app(self, kind: str, scheme: str, given: str) -> Answer:
        try:
            assert self.app is not None and scheme.lower() == "bearer"
            claims = jwt.decode(given, self.app[1], algorithms=["RS256"], options={"verify_exp": False})
            assert claims["iss"] == self.app[0]
        except (AssertionError, jwt.PyJWTError):
            return 401, {"message": "A JSON web token could not be decoded"}
        if kind == "installation":
            return 200, {"id": 42, "app_slug": "dossier", "permissions": self.permissions}
        token = f"ghs_{len(self.requests)}"
        self.tokens.add(token)
        until = datetime.fromisoformat(self._now()) + timedelta(hours=1)
        return 201, {"token": token, "expires_at": _iso(until), "permissions": self.permissions}

    def _user(self, _asked: Request) -> Answer:
        return 200, _person("dossier-bot")

    def _repository(self, _asked: Request) -> Answer:
        rights = {"admin": False, "push": self.push, "pull": True}
        told = {"full_name": self.repository, "has_issues": self.has_issues, "archived": self.archived}
        return 200, told | {"permissions": rights}

    def _create(self, asked: Request) -> Answer:
        if not self.has_issues:
            return 410, {"message": "Issues are disabled for this repo"}
        if len(asked.body["title"]) > 256 or len(asked.body.get("body", "")) > 65_536:
            return 422, {"message": "Validation Failed", "errors": [{"resource": "Issue", "code": "custom"}]}
        wanted = asked.body.get("labels", []) if self.push else []
        if not self.makes_labels and set(wanted) - self.labels:
            error = {"resource": "Label", "field": "name", "code": "invalid", "value": wanted}
            return 422, {"message": "Validation Failed", "errors": [error]}
        self.labels |= set(wanted)
        return 201, self.file(asked.body["title"], asked.body.get("body", ""), *wanted, user="dossier-bot")

    def _list(self, asked: Request) -> Answer:
        query = asked.query
        shown = self.issues[: len(self.issues) - self.hidden]
        wanted = set(filter(None, query.get("labels", "").split(",")))
        shown = [one for one in shown if query.get("state", "open") in ("all", one["state"])]
        shown = [one for one in shown if wanted <= {label["name"] for label in one["labels"]}]
        shown = [one for one in shown if one["updated_at"] >= query.get("since", "")]
        order = query.get("sort", "created") + "_at"
        shown.sort(key=lambda one: (one[order], one["number"]), reverse=query.get("direction", "desc") == "desc")
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        return 200, shown[size * (page - 1) : size * page]

    def _issue(self, asked: Request) -> Answer:
        number = int(asked.path.rsplit("/", 1)[1])
        known = 0 < number <= len(self.issues)
        return (200, self.issues[number - 1]) if known else (404, {"message": "Not Found"})

    def _comment(self, asked: Request) -> Answer:
        number = int(asked.path.split("/")[-2])
        if not 0 < number <= len(self.issues):
            return 404, {"message": "Not Found"}
        return 201, self.say(number, asked.body["body"], user="dossier-bot")

    def _label(self, asked: Request) -> Answer:
        name = asked.body["name"]
        if name in self.labels:
            error = {"resource": "Label", "field": "name", "code": "already_exists"}
            return 422, {"message": "Validation Failed", "errors": [error]}
        self.labels.add(name)
        return 201, _label(name)

    def _now(self) -> str:
        if self._clock is not None:
            return _iso(self._clock())
        self._ticks += 1
        return _iso(STARTS + timedelta(seconds=self._ticks))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _label(name: str) -> dict[str, Any]:
    return {
        "id": 7, "node_id": "L_7", "url": f"https://api.github.com/labels/{name}", "name": name, "description": None,
        "color": "ededed", "default": False,
    }  # fmt: skip


def _person(login: str) -> dict[str, Any]:
    here = f"https://api.github.com/users/{login}"
    told = {"login": login, "id": 1, "node_id": "U_1", "avatar_url": f"{here}/a", "gravatar_id": "", "url": here}
    told |= {f"{one}_url": f"{here}/{one}" for one in _LISTS}
    return told | {"html_url": f"https://github.com/{login}", "type": "User", "site_admin": False}
