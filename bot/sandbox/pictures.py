"""Files that the app uploaded, and the pictures that blocks make of them. No network here.

Sources: docs.slack.dev, "Working with files", "Image block", "Slack file object"; what is observed and not documented
says so.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.clock import Clock

__all__ = ["File", "Files", "images"]

Json = dict[str, Any]
# Only these can be shown in blocks ("Slack file object"); the bytes say what a file is, not its name.
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(slots=True, eq=False)
class File:
    """A file of the app: announced with its length in bytes, then uploaded, then completed.

    `shared` says that a new message, form or Home tab showed it; an edit alone does not make others see a file
    (observed: java-slack-sdk issue 1441).
    """

    id: str
    name: str
    length: int
    alt: str
    ticket: str
    title: str = ""
    data: bytes = b""
    uploaded: bool = False
    completed: datetime | None = None
    shared: bool = False

    @property
    def kind(self) -> str:
        """The media type of a picture that blocks may show, empty for everything else."""
        return next((kind for mark, kind in _KINDS.items() if self.data.startswith(mark)), "")

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels of a PNG; None for other kinds."""
        if self.kind != "image/png" or len(self.data) < 24:
            return None
        return int.from_bytes(self.data[16:20]), int.from_bytes(self.data[20:24])


class Files:
    """All files of the workspace. `lag`: how long a completed one is not usable yet (Slack works on them later)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}
        self.lag = timedelta(0)

    def __iter__(self) -> Iterator[File]:
        return iter(tuple(self._files.values()))

    def announce(self, name: str, length: int, alt: str) -> File:
        """Make room for a file of `length` bytes."""
        file = File(f"F0{secrets.token_hex(5).upper()}", name, length, alt, secrets.token_urlsafe(24))
        self._files[file.id] = file
        return file

    def find(self, file_id: object) -> File | None:
        """Find a file by id, whatever state it is in."""
        return self._files.get(file_id) if isinstance(file_id, str) else None

    def announced(self, ticket: str) -> File | None:
        """Find the file whose bytes an upload address takes."""
        return next((one for one in self._files.values() if secrets.compare_digest(one.ticket, ticket)), None)

    def complete(self, file: File, title: str) -> None:
        """Finish an upload."""
        file.title, file.completed = title or file.name, self._clock.now()

    def picture(self, image: Json) -> File | None:
        """Return the file that an image block or element shows, None when Slack could not show it."""
        given = image.get("slack_file")
        file = self.find(given.get("id")) if isinstance(given, dict) else None
        ready = file is not None and file.completed is not None and self._clock.now() - file.completed >= self.lag
        return file if ready and file is not None and file.kind else None

    def problems(self, blocks: Any, at: str = "/blocks") -> list[str]:
        """Return why Slack would refuse the pictures in blocks that are otherwise good.

        An `image_url` must lie on this machine: Slack fetches the picture itself, and nothing leaves the sandbox.
        """
        found = []
        for where, image in _images(blocks, at):
            if "slack_file" in image:
                if self.picture(image) is None:
                    found.append(f"invalid slack file [json-pointer:{where}/slack_file]")
            elif not _is_here(image.get("image_url")):
                found.append(f"downloading image failed [json-pointer:{where}/image_url]")
        return found

    def share(self, blocks: list[Json]) -> None:
        """Note that a new message or view shows these blocks."""
        for image in images(blocks):
            if file := self.picture(image):
                file.shared = True

    def told(self, blocks: list[Json]) -> list[Json]:
        """Return blocks as payloads show them: Slack adds facts to pictures that it refuses when they come back.

        Observed (bolt-js issue 1841); an app that edits a message has to leave them out again.
        """
        if not images(blocks):
            return blocks
        shown = copy.deepcopy(blocks)
        for image in images(shown):
            if file := self.picture(image):
                image |= {"image_bytes": file.length, "is_animated": file.kind == "image/gif"}
                if size := file.size:
                    width, height = size
                    image |= {"image_width": width, "image_height": height, "fallback": f"{width}x{height}px image"}
        return shown


def images(blocks: list[Json]) -> list[Json]:
    """Return all image blocks and elements in order."""
    return [image for _, image in _images(blocks, "")]


def _images(blocks: Any, at: str) -> Iterator[tuple[str, Json]]:
    """Go through all pictures in blocks with their JSON pointers."""
    for number, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if not isinstance(block, dict):
            continue
        where = f"{at}/{number}"
        parts: list[tuple[str, Any]] = [(where, block), (f"{where}/accessory", block.get("accessory"))]
        if block.get("type") == "context" and isinstance(block.get("elements"), list):
            parts += [(f"{where}/elements/{each}", one) for each, one in enumerate(block["elements"])]
        yield from ((place, one) for place, one in parts if isinstance(one, dict) and one.get("type") == "image")


def _is_here(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False
