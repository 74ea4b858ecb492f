"""The address that takes the bytes of announced files, and the one that shows pictures to the page.

Source: docs.slack.dev, "Working with files". That bytes of another length are refused is assumed.
"""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Faults
from bot.sandbox.pictures import File
from bot.sandbox.traffic import Traffic
from bot.sandbox.transcript import Transcript
from bot.sandbox.webapi import broken
from bot.sandbox.workspace import Workspace

__all__ = ["Uploads"]


class Uploads:
    """Takes the bytes of announced files; `faults.add("upload", …)` breaks it."""

    def __init__(self, workspace: Workspace, transcript: Transcript, faults: Faults, traffic: Traffic) -> None:
        self._workspace, self._transcript, self._faults, self._traffic = workspace, transcript, faults, traffic

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve a POST of raw bytes, or of a form with one file in it, to an upload address."""
        began = time.perf_counter()
        with self._traffic:
            fault = self._faults.take("upload")
            if fault is not None and not fault.after_doing:
                self._say(began, "", f"fault: {fault.kind}")
                return await broken(request, fault, self._faults)
            file = self._workspace.files.announced(request.match_info["ticket"])
            problem = "unknown upload address" if file is None else _taken(file, await _bytes(request))
            self._say(began, file.name if file else "", problem)
            if fault is not None:
                return await broken(request, fault, self._faults)
            if file is None or problem:
                return web.Response(status=404 if file is None else 400, text=problem)
            return web.Response(text=f"OK - {file.length}")

    async def show(self, request: web.Request) -> web.Response:
        """Serve a picture to the page."""
        file = self._workspace.files.find(request.match_info["file"])
        if file is None or not file.kind:
            raise web.HTTPNotFound
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
        return web.Response(body=file.data, content_type=file.kind, headers=headers)

    def _say(self, began: float, name: str, problem: str) -> None:
        ms = (time.perf_counter() - began) * 1000
        self._transcript.add("from bot", "upload", name or "upload", ok=not problem, ms=ms, note=problem)


def _taken(file: File, data: bytes) -> str:
    """Keep the bytes of a file; returns what is wrong with them, if anything."""
    if file.uploaded:
        return "this upload address was used already"
    if len(data) != file.length:
        return f"{file.length} bytes were announced, {len(data)} came"
    file.data, file.uploaded = data, True
    return ""


async def _bytes(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    parts: list[Any] = [one for one in (await request.post()).values() if isinstance(one, web.FileField)]
    return bytes(parts[0].file.read()) if len(parts) == 1 else b""
