"""The Web API door: token, scope, arguments, faults, then the method.

Source: docs.slack.dev, "Using the Slack Web API".
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from bot.sandbox.call import Call, RefusedError
from bot.sandbox.chat import METHODS as CHAT
from bot.sandbox.conversations import METHODS as CONVERSATIONS
from bot.sandbox.facts import METHODS, Fact
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.files import METHODS as FILES
from bot.sandbox.forms import METHODS as FORMS
from bot.sandbox.people import METHODS as PEOPLE
from bot.sandbox.traffic import Traffic, lost
from bot.sandbox.transcript import Transcript
from bot.sandbox.triggers import Triggers
from bot.sandbox.workspace import Json, Workspace

__all__ = ["WebApi", "broken"]

_DOES: dict[str, Callable[[Call], Json]] = {**CHAT, **CONVERSATIONS, **FILES, **FORMS, **PEOPLE}


class WebApi:
    """Answers `/api/<method>` the way Slack does."""

    def __init__(
        self,
        workspace: Workspace,
        triggers: Triggers,
        transcript: Transcript,
        faults: Faults,
        traffic: Traffic,
        *,
        tokens: dict[str, str],
        emit: Callable[[Json], None],
    ) -> None:
        self._workspace, self._triggers, self._transcript = workspace, triggers, transcript
        self._faults, self._traffic, self._tokens, self._emit = faults, traffic, tokens, emit
        self.url = ""
        self.connect: Callable[[], str] = str

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, with the planned fault if there is one, and write it to the transcript."""
        method, began = request.match_info["method"], time.perf_counter()
        with self._traffic:
            args, token = await self._read(request, method)
            channel = str(args.get("channel")) if args.get("channel") else None
            fault = self._faults.take(method, channel)
            if fault is not None and not fault.after_doing:
                self._note(method, args, f"fault: {fault.kind}", began, None)
                return await broken(request, fault, self._faults)
            answer = self._answer(method, args, token)
            note = str(answer.get("error", "")) if fault is None else f"done, then fault: {fault.kind}"
            self._note(method, args, note, began, answer)
            if fault is not None:
                return await broken(request, fault, self._faults)
            return web.Response(
                body=orjson.dumps(answer), content_type="application/json", headers=self._headers(method)
            )

    async def _read(self, request: web.Request, method: str) -> tuple[Json, str | None]:
        """Return arguments and token; a JSON body counts only for methods that read one."""
        args: Json = dict(request.query)
        if request.content_type == "application/json":
            with contextlib.suppress(orjson.JSONDecodeError):
                body = orjson.loads(await request.read())
                if isinstance(body, dict) and (method not in METHODS or METHODS[method].json):
                    args |= {name: value for name, value in body.items() if value is not None}
        else:
            args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        given = args.pop("token", None)
        header = request.headers.get("Authorization", "")
        return args, header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else given

    def _answer(self, method: str, args: Json, token: str | None) -> Json:
        try:
            fact = METHODS.get(method)
            if fact is None:
                raise RefusedError("unknown_method", req_method=method)
            self._check_token(token, fact)
            if fact.token == "app":  # noqa: S105 - the kind of token, not one
                return {"ok": True, "url": self.connect()}
            self._check_scope(fact)
            if absent := [name for name in fact.required if args.get(name) in (None, "")]:
                messages = [f"[ERROR] missing required field: {name}" for name in absent]
                raise RefusedError("invalid_arguments", response_metadata={"messages": messages})
            call = Call(method, args, self._workspace, self._triggers, self._emit, self.url, self._needs)
            return {"ok": True, **_DOES[method](call)}
        except RefusedError as refused:
            return {"ok": False, "error": refused.code, **refused.more}

    def _check_token(self, token: str | None, fact: Fact) -> None:
        if not token:
            raise RefusedError("not_authed")
        if "-sandbox-" not in token:
            raise RefusedError(
                "invalid_auth", warning="this token looks real: keep it out of the sandbox and rotate it"
            )
        kind = next((kind for kind, one in self._tokens.items() if one == token), None)
        if kind is None:
            raise RefusedError("invalid_auth")
        if kind != fact.token:
            raise RefusedError("not_allowed_token_type")

    def _check_scope(self, fact: Fact) -> None:
        if fact.scopes and not set(fact.scopes) & set(self._workspace.declared.scopes):
            self._missing(",".join(fact.scopes))

    def _needs(self, scope: str) -> None:
        if scope not in self._workspace.declared.scopes:
            self._missing(scope)

    def _missing(self, needed: str) -> None:
        raise RefusedError("missing_scope", needed=needed, provided=",".join(self._workspace.declared.scopes))

    def _headers(self, method: str) -> dict[str, str]:
        fact = METHODS.get(method, Fact())
        return {
            "X-OAuth-Scopes": ",".join(self._workspace.declared.scopes),
            "X-Accepted-OAuth-Scopes": ",".join(fact.scopes),
        }

    def _note(self, method: str, args: Json, note: str, began: float, answer: Json | None) -> None:
        ok = bool(answer and answer.get("ok")) and not note
        detail: dict[str, Any] = {"arguments": args, "answer": answer}
        self._transcript.add(
            "from bot", "web api", method, ok=ok, ms=(time.perf_counter() - began) * 1000, note=note, detail=detail
        )


async def broken(request: web.Request, fault: Fault, faults: Faults) -> web.StreamResponse:
    """Answer, or do not answer, the way the fault says."""
    if fault.kind == "ratelimited":
        body = orjson.dumps({"ok": False, "error": "ratelimited"})
        headers = {"Retry-After": str(fault.retry_after)}
        return web.Response(status=429, body=body, content_type="application/json", headers=headers)
    if fault.kind == "error":
        return web.Response(body=orjson.dumps({"ok": False, "error": fault.error}), content_type="application/json")
    if fault.kind == "http_500":
        return web.Response(status=500, text="")
    return await lost(request, fault, faults)
