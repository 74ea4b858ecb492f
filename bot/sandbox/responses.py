"""Answers to a command or an interaction: in the ack, or later to a response URL.

Source: docs.slack.dev, "Handling user interaction", "Message responses": response_type, replace_original,
delete_original; an ephemeral message stays ephemeral.
"""

from __future__ import annotations

import time
from typing import Any

import orjson
from aiohttp import web

from bot.sandbox.blocks import check_blocks
from bot.sandbox.chat import TRUNCATED_AT, with_ids
from bot.sandbox.faults import Faults
from bot.sandbox.traffic import Traffic
from bot.sandbox.transcript import Transcript
from bot.sandbox.triggers import ResponseUrl, ResponseUrls
from bot.sandbox.webapi import broken
from bot.sandbox.workspace import Json, Message, Workspace

__all__ = ["Responses", "refusal_of"]


def refusal_of(body: Json, workspace: Workspace) -> tuple[str, list[str]]:
    """Return Slack's code and messages when an answer cannot be shown, ("", []) when it can."""
    blocks = body.get("blocks")
    if isinstance(blocks, str):
        blocks = orjson.loads(blocks)
    problems = check_blocks(blocks) or workspace.files.problems(blocks) if blocks else []
    if problems:
        return "invalid_blocks", problems
    if not str(body.get("text") or "").strip() and not blocks:
        return "no_text", []
    return "", []


class Responses:
    """Applies answers to the workspace; serves response URLs."""

    def __init__(
        self, workspace: Workspace, urls: ResponseUrls, transcript: Transcript, faults: Faults, traffic: Traffic
    ) -> None:
        self._workspace, self._urls, self._transcript = workspace, urls, transcript
        self._faults, self._traffic = faults, traffic

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve a POST to a response URL."""
        began = time.perf_counter()
        with self._traffic:
            try:
                body = orjson.loads(await request.read())
            except orjson.JSONDecodeError:
                return self._say(began, 400, "invalid_payload", {})
            if not isinstance(body, dict):
                return self._say(began, 400, "invalid_payload", {})
            fault = self._faults.take("response_url")
            if fault is not None and not fault.after_doing:
                self._say(began, 0, f"fault: {fault.kind}", body)
                return await broken(request, fault, self._faults)
            try:
                target = self._urls.use(request.match_info["ticket"])
            except LookupError as problem:
                return self._say(began, 404, str(problem), body)
            code, problems = ("", []) if body.get("delete_original") else refusal_of(body, self._workspace)
            if code:
                return self._say(began, 400, code, {**body, "problems": problems})
            self.apply(target, body)
            answer = self._say(began, 200, "", body)
            return answer if fault is None else await broken(request, fault, self._faults)

    def apply(self, target: ResponseUrl, body: Json) -> Message | None:
        """Show an answer where it belongs: replace, delete, or post for one person or for everybody."""
        source = target.source
        there = source is not None and source in self._workspace.log[source.channel]
        if body.get("delete_original"):
            if source is not None and there:
                self._workspace.remove(source)
            return None
        text, blocks = str(body.get("text") or "")[:TRUNCATED_AT], with_ids(_blocks(body))
        if body.get("replace_original") in (True, "true") and source is not None and there:
            source.text, source.blocks = text, blocks
            if not source.is_ephemeral:
                source.edited = self._workspace.stamp()
            self._workspace.changed(source)
            return source
        seed = self._workspace.seed
        message = Message(target.channel, self._workspace.stamp(), seed.bot_user, text, blocks, bot_id=seed.bot_id)
        message.answers = target.answers
        self._workspace.files.share(blocks)
        message.seen_by = None if body.get("response_type") == "in_channel" else target.person
        message.thread_ts = body.get("thread_ts") or (source.thread_ts if source is not None else None)
        return self._workspace.post(message)

    def _say(self, began: float, status: int, problem: str, body: Json) -> web.Response:
        ms = (time.perf_counter() - began) * 1000
        self._transcript.add("from bot", "response", "response_url", ok=not problem, ms=ms, note=problem, detail=body)
        if status == 200:
            return web.Response(text="ok")
        return web.Response(
            status=status or 500, body=orjson.dumps({"ok": False, "error": problem}), content_type="application/json"
        )


def _blocks(body: Json) -> list[Any]:
    blocks = body.get("blocks") or []
    return list(orjson.loads(blocks)) if isinstance(blocks, str) else list(blocks)
