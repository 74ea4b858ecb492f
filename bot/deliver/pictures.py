"""Charts as files of Slack: drawn one after the other, uploaded, and shown by a block of the message.

Slack's page "Working with files": an address is asked for, the bytes go there, the file is completed without a channel,
and a block with `slack_file` shows it. Nothing that fails here holds up a message, because its words say the same.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import UNREACHED, code_of
from commands.blocks import Block, cut, plain
from commands.message import MOST_BLOCKS
from commands.said import Picture

SCOPE = "files:write"
ALT = 1_000  # characters (page "files.getUploadURLExternal": alt_txt_too_large)
PATIENCE = 30.0  # seconds for drawing and uploading together: an attempt has eighty
KEPT = 200  # files whose message has not been taken yet
log = structlog.get_logger()


class Pictures:
    """Uploads a message's picture once, however often the message is tried by this process."""

    def __init__(self, web: AsyncWebClient, scopes: Callable[[], frozenset[str]]) -> None:
        self._web = web
        self._scopes = scopes
        self._host = urlsplit(web.base_url).hostname
        self._files: dict[int, str] = {}
        self._drawing = asyncio.Lock()  # a thread for each that waits would leave none for the commands

    async def upload(self, row: int, picture: Picture) -> str:
        """The id of the file; empty when there is none, whatever the reason was."""
        if SCOPE not in self._scopes():
            return ""
        if row not in self._files:
            file = await self._uploaded(picture)
            if not file:
                return ""
            if len(self._files) >= KEPT:
                self._files.pop(next(iter(self._files)))
            self._files[row] = file
        return self._files[row]

    def forget(self, row: int) -> None:
        """The message is out, or goes without its picture."""
        self._files.pop(row, None)

    async def _uploaded(self, picture: Picture) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                async with self._drawing:
                    data = await asyncio.to_thread(picture.draw)
                return await self._sent(data, picture)
        except (SlackApiError, *UNREACHED) as problem:
            log.warning("picture_not_uploaded", why=code_of(problem))
        except Exception:
            log.exception("picture_not_drawn")
        return ""

    async def _sent(self, data: bytes, picture: Picture) -> str:
        alt = cut(picture.alt, ALT)
        asked = await self._web.files_getUploadURLExternal(filename="chart.png", length=len(data), alt_txt=alt)
        url, file = str(asked.get("upload_url")), str(asked.get("file_id") or "")
        if not self._is_slack(url) or not file:
            log.warning("picture_not_uploaded", why="not an address of Slack")
            return ""
        session: aiohttp.ClientSession = self._web.session  # type: ignore[assignment]
        async with session.post(url, data=data, allow_redirects=False) as answer:
            if answer.status != 200:
                log.warning("picture_not_uploaded", why=f"http_{answer.status}")
                return ""
        await self._web.files_completeUploadExternal(files=[{"id": file, "title": picture.title}])
        return file

    def _is_slack(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return host == self._host or (parts.scheme == "https" and host.endswith((".slack.com", ".slack-gov.com")))


def with_picture(blocks: list[Block], picture: Picture, file: str) -> list[Block]:
    """The blocks with the picture among them; without it when there is no room for one more."""
    if not file or len(blocks) >= MOST_BLOCKS:
        return blocks
    image = {"type": "image", "slack_file": {"id": file}, "alt_text": cut(picture.alt, ALT)}
    return [*blocks[: picture.at], image | {"title": plain(picture.title, 2_000)}, *blocks[picture.at :]]


def file_in(blocks: Any) -> str:
    """The file that a message of ours shows; empty when it shows none."""
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict) and block.get("type") == "image":
            return str((block.get("slack_file") or {}).get("id") or "")
    return ""
