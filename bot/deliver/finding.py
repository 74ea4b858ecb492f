"""Reading back: whether a message stands where it may have been posted, by the mark in its metadata."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliver.addresses import CLOSED, Place
from bot.deliver.pictures import file_in
from bot.slack import code_of
from customers.intents import Queued

EVENT = "dossier_message"
PAGES = 5
BEFORE = timedelta(minutes=2)  # that Slack's clock may be behind ours
_PRIVATE = frozenset({"im:history", "im:write"})
_NEEDED = {
    "U": _PRIVATE,
    "W": _PRIVATE,
    "D": frozenset({"im:history"}),
    "": frozenset({"channels:history", "groups:history"}),
}


class Finder:
    """Looks for messages, where the token may read."""

    def __init__(self, web: AsyncWebClient, scopes: Callable[[], frozenset[str]]) -> None:
        self._web = web
        self._scopes = scopes

    def reads(self, place: Place) -> bool:
        """Whether the token may read there."""
        return _NEEDED.get(place.channel[:1], _NEEDED[""]) <= self._scopes()

    async def find(self, row: Queued, place: Place) -> str | None:
        """Where the post is, as `where` spells it; empty when it surely is nowhere; None when we may not read there."""
        if not self.reads(place):
            return None
        channel, person = place.channel, reader_of(row, place)
        if channel[:1] in "UW":
            channel = (await self._web.conversations_open(users=channel))["channel"]["id"]
        oldest = (row.first_try or row.created_at) - BEFORE
        asked: dict[str, Any] = {"channel": channel, "oldest": f"{oldest.timestamp():.6f}", "limit": 200}
        asked |= {"include_all_metadata": True}
        call: Callable[..., Awaitable[Any]] = self._web.conversations_history
        if place.thread:
            call, asked["ts"] = self._web.conversations_replies, place.thread
        try:
            return await _search(call, asked, mark(row), person)
        except SlackApiError as problem:
            if code_of(problem) in CLOSED | {"missing_scope"}:  # it let us in when it was posted
                return None
            raise


async def _search(call: Callable[..., Awaitable[Any]], asked: dict[str, Any], wanted: str, person: str) -> str | None:
    cursor = ""
    for _ in range(PAGES):
        page = await call(**asked, cursor=cursor or None)
        for message in page.get("messages") or ():
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("key") == wanted:
                return where(asked["channel"], str(message.get("ts")), file_in(message.get("blocks")), person)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return ""
    return None  # too much was said since: nobody can tell


def mark(row: Queued) -> str:
    """The mark of a message in its metadata: the same for every try, and it tells nothing."""
    return hashlib.sha256(row.intent.key.encode()).hexdigest()[:32]


def metadata(row: Queued) -> dict[str, Any]:
    """The same as Slack keeps it."""
    return {"event_type": EVENT, "event_payload": {"key": mark(row)}}


def reader_of(row: Queued, place: Place) -> str:
    """The user who alone reads there; empty for channels, and when the fact names them."""
    return place.channel if place.channel[:1] in ("U", "W") and place.channel != row.intent.word("person") else ""


def where(channel: str, ts: str, file: str = "", person: str = "") -> str:
    """`C123/1700000000.000100`, the file that the message shows, and who alone reads it: what an outbox row keeps."""
    return f"{channel}/{ts}/{file}/{person}".rstrip("/")


def parts_of(result: str) -> tuple[str, str, str, str]:
    """Channel, ts, file and person of a result; empty ones where there is none."""
    channel, ts, file, person = [*result.split("/"), "", "", ""][:4]
    return channel, ts, file, person
