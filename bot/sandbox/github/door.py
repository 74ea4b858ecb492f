"""The door of the REST API: who calls, which endpoint, planned faults, and GitHub's headers on every answer.

Source: docs.github.com, "Getting started with the REST API", "Rate limits for the REST API".
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from aiohttp import web

from bot.sandbox.clock import Clock
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.github import apps, endpoints, labels
from bot.sandbox.github.access import Caller, Grants
from bot.sandbox.github.call import Answer, Call, DeniedError
from bot.sandbox.github.issues import Repository
from bot.sandbox.github.routes import Route, find
from bot.sandbox.github.wire import API, Json, Wire
from bot.sandbox.traffic import Traffic, lost
from bot.sandbox.transcript import Transcript

__all__ = ["Door"]

LIMIT = 5000
_VERSIONS = ("2022-11-28", "2026-03-10")
_DOES: dict[str, Callable[[Call], Answer]] = {
    one.__name__: one for one in (*endpoints.ENDPOINTS, *labels.ENDPOINTS, *apps.ENDPOINTS)
}
_MESSAGES = {
    401: "Bad credentials",
    403: "Resource not accessible by personal access token",
    404: "Not Found",
    410: "Issues has been disabled in this repository.",
    422: "Validation Failed",
}
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


class Door:
    """Answers everything under `/github/api/`."""

    def __init__(
        self,
        repository: Repository,
        wire: Wire,
        grants: Grants,
        clock: Clock,
        transcript: Transcript,
        faults: Faults,
        traffic: Traffic,
    ) -> None:
        self._repository, self._wire, self._grants, self._clock = repository, wire, grants, clock
        self._transcript, self._faults, self._traffic = transcript, faults, traffic
        self.strict_labels = False
        self.lag = timedelta(0)
        self._hour, self._used = 0, 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, with the planned fault if there is one, and write it to the transcript."""
        began = time.perf_counter()
        with self._traffic:
            raw = await request.read()
            found = find(request.method, "/" + request.rel_url.raw_path.removeprefix(API).strip("/"))
            name = f"github:{found[0].name}" if found else f"github:{request.method} {request.path}"
            fault = self._faults.take(name)
            if fault is not None and not fault.after_doing:
                self._note(name, request, raw, f"fault: {fault.kind}", began, None)
                return await self._broken(request, fault)
            answer = self._answer(request, raw, found)
            note = "" if answer.status < 400 else f"{answer.status} {answer.body.get('message', '')}"
            note = note if fault is None else f"done, then fault: {fault.kind}"
            self._note(name, request, raw, note, began, answer.body)
            return self._response(answer) if fault is None else await self._broken(request, fault)

    def _answer(self, request: web.Request, raw: bytes, found: tuple[Route, dict[str, str]] | None) -> Answer:
        try:
            if not request.headers.get("User-Agent"):
                raise DeniedError(403, "Request forbidden by administrative rules. A User-Agent header is required.")
            if (version := request.headers.get("X-GitHub-Api-Version", _VERSIONS[0])) not in _VERSIONS:
                raise DeniedError(400, f"The API version {version} is not supported.")
            caller = self._caller(request)
            if found is None:
                raise DeniedError(404, "Not Found")
            route, path = found
            self._may(caller, route, path)
            call = Call(
                path,
                request.query,
                _body(raw, route),
                f"{self._wire.url}{request.path}",
                caller,
                self._repository,
                self._wire,
                self._grants,
                self._clock.now(),
                self._clock.now() - self.lag,
                self.strict_labels,
                self._rate(),
            )
            return _DOES[route.name](call)
        except DeniedError as denied:
            return Answer(denied.body, denied.status)

    def _caller(self, request: web.Request) -> Caller:
        given = request.headers.get("Authorization", "")
        if not given:
            raise DeniedError(401, "Requires authentication")
        caller = self._grants.caller(given)
        if caller is None:
            raise DeniedError(401, "Bad credentials")
        return caller

    def _may(self, caller: Caller, route: Route, path: dict[str, str]) -> None:
        if route.needs == "app" and caller.kind != "app":
            raise DeniedError(401, "A JSON web token could not be decoded")
        if route.needs != "app" and caller.kind == "app":
            raise DeniedError(403, "Resource not accessible by integration")
        wanted = f"{path.get('owner', self._repository.owner)}/{path.get('repo', self._repository.name)}"
        if wanted.casefold() != self._repository.full_name.casefold():
            raise DeniedError(404, "Not Found")

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Answer, or do not answer, the way the fault says."""
        match fault.kind:
            case "ratelimited":
                wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                return self._response(Answer(DeniedError(fault.status, _SECONDARY).body, fault.status), wait)
            case "quota":
                reset = int(self._clock.now().timestamp()) + int(fault.retry_after or 0)
                empty = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
                return self._response(Answer(DeniedError(403, "API rate limit exceeded").body, 403), empty)
            case "error":
                status = int(fault.error)
                return self._response(Answer(DeniedError(status, _MESSAGES.get(status, "Refused")).body, status))
            case "http_500":
                return self._response(Answer({"message": "Server Error"}, 500))
        return await lost(request, fault, self._faults)

    def _response(self, answer: Answer, more: dict[str, str] | None = None) -> web.Response:
        rate = self._rate()
        headers = {
            "X-GitHub-Request-Id": ":".join(secrets.token_hex(2).upper() for _ in range(5)),
            "X-GitHub-Media-Type": "github.v3; format=json",
            **{f"X-RateLimit-{name.capitalize()}": str(value) for name, value in rate.items()},
            **({"Link": answer.link} if answer.link else {}),
            **(more or {}),
        }
        self._used += 1
        if answer.status == 204:
            return web.Response(status=204, headers=headers)
        return web.Response(
            status=answer.status,
            body=orjson.dumps(answer.body),
            content_type="application/json",
            charset="utf-8",
            headers=headers,
        )

    def _rate(self) -> Json:
        """Return the hour's figures; they count and never run out by themselves."""
        hour = int(self._clock.now().timestamp()) // 3600
        if hour != self._hour:
            self._hour, self._used = hour, 0
        left = max(LIMIT - self._used, 1)
        return {
            "limit": LIMIT,
            "remaining": left,
            "used": LIMIT - left,
            "reset": (hour + 1) * 3600,
            "resource": "core",
        }

    def _note(self, name: str, request: web.Request, raw: bytes, note: str, began: float, answer: Any) -> None:
        sent = f"{request.method} {request.path_qs.removeprefix(API)}"
        detail = {"request": sent, "arguments": _read(raw), "answer": answer}
        ms = (time.perf_counter() - began) * 1000
        self._transcript.add("from bot", "github", name, ok=not note, ms=ms, note=note, detail=detail)


def _read(raw: bytes) -> Any:
    try:
        return orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        return None


def _body(raw: bytes, route: Route) -> Json:
    """Return the body as an object; lists of labels may come bare."""
    body = _read(raw)
    if body is None:
        raise DeniedError(400, "Problems parsing JSON")
    if isinstance(body, list) and route.name in ("add_labels", "set_labels"):
        return {"labels": body}
    if not isinstance(body, dict):
        raise DeniedError(400, "Body should be a JSON object")
    return body
