"""Files of a foreign Slack: announced, uploaded, completed, and then shown in blocks."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class RefusedError(Exception):
    """`ok: false` with this error code."""


@dataclass
class File:
    """A file of the bot: announced, then uploaded, then done."""

    id: str
    name: str
    length: int
    data: bytes = b""
    is_done: bool = False


class Pictures:
    """The part of a foreign Slack that takes files. `url` is the bot's SLACK_API_URL."""

    url: str

    def __init__(self) -> None:
        self.files: dict[str, File] = {}

    def look_at_pictures(self, given: Json) -> None:
        """Refuses blocks that show a file which is not done."""
        for block in given.get("blocks") or []:
            file = self.files.get((block.get("slack_file") or {}).get("id", ""))
            if "slack_file" in block and not (file and file.is_done):
                raise RefusedError("invalid_blocks")

    def _files_getUploadURLExternal(self, given: Json) -> Json:  # noqa: N802 - as Slack calls it
        file = File(f"F{len(self.files):09d}", given["filename"], int(given["length"]))
        self.files[file.id] = file
        return {"upload_url": self.url.replace("/slack/", f"/upload/{file.id}"), "file_id": file.id}

    async def upload(self, request: web.Request) -> web.Response:
        """Takes the bytes."""
        file, data = self.files[request.match_info["file"]], await request.read()
        if len(data) != file.length:
            return web.Response(status=400, text="wrong length")
        file.data = data
        return web.Response(text=f"OK - {len(data)}")

    def _files_completeUploadExternal(self, given: Json) -> Json:  # noqa: N802 - as Slack calls it
        done = [self.files[one["id"]] for one in given["files"]]
        if not all(one.data for one in done):
            raise RefusedError("file_not_found")
        for one in done:
            one.is_done = True
        return {"files": [{"id": one.id, "title": one.name} for one in done]}
