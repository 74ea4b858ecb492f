"""Posts to Slack: rights and channel are checked when they are sent; an uncertain one is looked for, not repeated."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliver.results import Absent, Dropped, Given, Later, Result, Sent, Uncertain
from bot.directory import Directory
from bot.slack import REFUSED, UNREACHED, UNSURE, Places, code_of, status_of
from commands.announce import Announcements
from commands.ports import People
from commands.said import Said
from customers.errors import ChannelUnknown, StorageProblem
from customers.intents import TEAM, Queued
from customers.people import Standing
from storage.outbox import SLACK

EVENT = "dossier_message"
PAGES = 5
LONGEST = 3_600.0  # seconds; a longer "Retry-After" is asked about again
BEFORE = timedelta(minutes=2)  # that Slack's clock may be behind ours
# what Slack says when a channel will not take the message but the person's own conversation may
_CLOSED = frozenset(
    {
        "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "thread_not_found",
        "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "message_not_found",
        "restricted_action_non_threadable_channel", "restricted_action_thread_locked", "cannot_reply_to_message",
        "user_not_in_channel", "no_permission", "invalid_thread_ts",
    }
)  # fmt: skip
_ALONE = ("U", "W", "D")  # ids of people, and of their own conversations with the bot, begin so
_STAYED = (Standing.MEMBER, Standing.ADMIN, Standing.UNKNOWN)
_NOBODY = "the customer's CSM is no Slack user, and FALLBACK_CHANNEL is not set"
_UNCERTAIN = "uncertain whether it was posted, and Dossier may not read there; look before you send it again"
_PRIVATE = frozenset({"im:history", "im:write"})
_NEEDED = {
    "U": _PRIVATE,
    "W": _PRIVATE,
    "D": frozenset({"im:history"}),
    "": frozenset({"channels:history", "groups:history"}),
}
RESENT = 4  # attempts and look-ups of a private message after which it is not sent again where we may not read
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes; `thread` is empty outside of threads."""

    channel: str
    thread: str = ""


class Posts:
    """The carrier of everything that is said in Slack."""

    def __init__(
        self,
        web: AsyncWebClient,
        announcements: Announcements,
        places: Places,
        people: People,
        directory: Directory,
        fallback: str | None,
        admins: Sequence[str],
        scopes: Callable[[], frozenset[str]],
    ) -> None:
        self._web = web
        self._announcements = announcements
        self._places = places
        self._people = people
        self._directory = directory
        self._fallback = fallback
        self._admins = admins
        self._scopes = scopes

    async def send(self, row: Queued, now: datetime) -> Result:
        """Composes and posts."""
        try:
            said = await self._announcements.compose(row.intent, now)
        except StorageProblem as problem:  # nothing has been posted yet
            return Later(problem.sentence)
        if said is None:
            return Dropped("no longer true")
        try:
            place = await self._place(row, said)
        except ChannelUnknown:
            return Later("Slack did not say who reads there")
        except (SlackApiError, *UNREACHED) as problem:
            return _unanswered(problem)
        if place and place.channel == said.knows:
            return Dropped("they did it themselves")
        return await self._post(row, said, place) if place else Given(_why_nobody(row, said))

    async def look(self, row: Queued, now: datetime) -> Result:
        """Reads back whether it was posted. Without the right to read, a private message is sent again."""
        said = await self._announcements.compose(row.intent, now)
        if said is None:
            return Dropped("no longer true")
        unread = False
        try:
            places = await self._tried(row, said)
            for place in places:
                found = await self._find(row, place)
                if found:
                    return Sent(found)
                unread = unread or (found is None and place.channel[:1] not in _ALONE)
        except (SlackApiError, *UNREACHED) as problem:
            return _not_looked(problem)
        if not places:
            return Given(_why_nobody(row, said))
        alone = all(place.channel[:1] in _ALONE for place in places)
        if alone and row.attempts > RESENT and not self._reads(places[0]):
            return Given(_UNCERTAIN)
        if not unread:
            return Absent()
        person = row.intent.word("person")
        return await self._post(row, said, Place(person)) if person else Given(_UNCERTAIN)

    async def _tried(self, row: Queued, said: Said) -> list[Place]:
        """Wherever it may have been posted, whoever reads there now: a try may have seen a channel otherwise."""
        if said.to_csm:
            user = await self._user(said)
            csm = user or self._fallback
            return [Place(csm)] if csm else []
        channel, person = row.intent.word("channel"), row.intent.word("person")
        if channel == TEAM:
            return [Place(one) for one in (self._fallback, *self._admins[:1]) if one]
        where = Place(channel, "" if channel[:1] in _ALONE else row.intent.word("thread"))
        return list(dict.fromkeys([where, *([Place(person)] if person else [])]))

    async def _place(self, row: Queued, said: Said) -> Place | None:
        if said.to_csm:
            return await self._csm(said)
        channel, person = row.intent.word("channel"), row.intent.word("person")
        if channel == TEAM:
            return await self._team()
        if channel[:1] in _ALONE:
            return Place(channel)
        try:
            if await self._is_ours(channel):
                return Place(channel, row.intent.word("thread"))
        except ChannelUnknown:
            if not person:
                raise
        return Place(person) if person else None

    async def _team(self) -> Place | None:
        if self._fallback and await self._is_ours(self._fallback):
            return Place(self._fallback)
        return Place(self._admins[0]) if self._admins else None

    async def _csm(self, said: Said) -> Place | None:
        if user := await self._user(said):
            return Place(user)
        if self._fallback and await self._is_ours(self._fallback):
            return Place(self._fallback)
        return None

    async def _user(self, said: Said) -> str | None:
        user = await self._directory.user_of(said.csm) if said.csm else None
        return user if user and (await self._people.reader(user, None)).standing in _STAYED else None

    async def _is_ours(self, channel: str) -> bool:
        """Whether nobody from outside reads there. Raises ChannelUnknown."""
        return not await self._places.has_outsiders(channel)

    async def _barred(self, row: Queued, place: Place) -> Result | None:
        """Whoever became a guest or left since the fact is told nothing any more."""
        person = row.intent.word("person") if place.channel[:1] == "D" else place.channel
        if person[:1] not in ("U", "W"):
            return None
        reader = await self._people.reader(person, None)
        if reader.standing is Standing.UNKNOWN:
            return Later("Slack did not say who the person is", endless=True)
        return None if reader.may_read else Given("the person it is for is no full member any more")

    async def _post(self, row: Queued, said: Said, place: Place) -> Result:
        if barred := await self._barred(row, place):
            return barred
        body = said.message.body()
        if place.thread:
            body["thread_ts"] = place.thread
        payload = {"event_type": EVENT, "event_payload": {"key": mark(row)}}
        try:
            sent = await self._web.chat_postMessage(
                channel=place.channel, metadata=payload, unfurl_links=False, unfurl_media=False, **body
            )
        except SlackApiError as problem:
            return await self._failed(row, said, place, problem)
        except aiohttp.ClientConnectorError as problem:
            return Later(code_of(problem))
        except UNREACHED as problem:
            return Uncertain(code_of(problem))
        return Sent(f"{sent.get('channel') or place.channel}/{sent.get('ts') or ''}")

    async def _failed(self, row: Queued, said: Said, place: Place, problem: SlackApiError) -> Result:
        code, status = code_of(problem), status_of(problem)
        if status == 429 or code in ("ratelimited", "rate_limited"):
            return Later("rate limited", _retry_after(problem), SLACK)
        if code in UNSURE or status >= 500 or (code.startswith("http_") and status < 400):
            return Uncertain(code)
        person = row.intent.word("person")
        if code in _CLOSED and person and place.channel != person:
            log.info("post_moved_to_person", why=code)
            return await self._post(row, said, Place(person))
        if code in REFUSED:  # a token can be renewed, so nothing is thrown away
            return Later(code, 60.0, endless=True)
        return Given(f"Slack refused: {code}")

    def _reads(self, place: Place) -> bool:
        return _NEEDED.get(place.channel[:1], _NEEDED[""]) <= self._scopes()

    async def _find(self, row: Queued, place: Place) -> str | None:
        """Where the post is; empty when it surely is nowhere; None when we may not read there."""
        if not self._reads(place):
            return None
        channel = place.channel
        if channel[:1] in "UW":
            channel = (await self._web.conversations_open(users=channel))["channel"]["id"]
        oldest = (row.first_try or row.created_at) - BEFORE
        asked: dict[str, Any] = {"channel": channel, "oldest": f"{oldest.timestamp():.6f}", "limit": 200}
        asked |= {"include_all_metadata": True}
        call: Callable[..., Awaitable[Any]] = self._web.conversations_history
        if place.thread:
            call, asked["ts"] = self._web.conversations_replies, place.thread
        try:
            return await _search(call, asked, mark(row))
        except SlackApiError as problem:
            if code_of(problem) in _CLOSED | {"missing_scope"}:  # it let us in when it was posted
                return None
            raise


async def _search(call: Callable[..., Awaitable[Any]], asked: dict[str, Any], wanted: str) -> str | None:
    cursor = ""
    for _ in range(PAGES):
        page = await call(**asked, cursor=cursor or None)
        for message in page.get("messages") or ():
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("key") == wanted:
                return f"{asked['channel']}/{message.get('ts')}"
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return ""
    return None  # too much was said since: nobody can tell


def _why_nobody(row: Queued, said: Said) -> str:
    if said.to_csm:
        return _NOBODY
    if row.intent.word("channel") == TEAM:
        return "nobody to tell; set FALLBACK_CHANNEL or ADMINS"
    return "people from outside can read the channel; choose an internal one"


def mark(row: Queued) -> str:
    """The mark of a message in its metadata: the same for every try, and it tells nothing."""
    return hashlib.sha256(row.intent.key.encode()).hexdigest()[:32]


def _unanswered(problem: BaseException) -> Result:
    """A look-up before the post failed, so nothing was posted."""
    return _waits(problem) or Later(code_of(problem))


def _not_looked(problem: BaseException) -> Result:
    return _waits(problem) or Uncertain(code_of(problem))


def _waits(problem: BaseException) -> Later | None:
    """What is over by itself, or when somebody renews the token. A limit of reading is no limit of posting."""
    if not isinstance(problem, SlackApiError):
        return None
    if status_of(problem) == 429:
        return Later("rate limited", _retry_after(problem))
    return Later(code_of(problem), 60.0, endless=True) if code_of(problem) in REFUSED else None


def _retry_after(problem: SlackApiError) -> float:
    headers = getattr(problem.response, "headers", None) or {}
    value = headers.get("Retry-After") or headers.get("retry-after") or "30"
    seconds = float(value) if str(value).replace(".", "", 1).isdigit() else 30.0
    return min(seconds, LONGEST)
