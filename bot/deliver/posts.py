"""Posts to Slack: rights and channel are checked when they are sent; an uncertain one is looked for, not repeated."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliver.addresses import CLOSED, OUTSIDERS, Addresses, Place, why_nobody, why_unseen
from bot.deliver.finding import Finder, metadata, parts_of, reader_of, where
from bot.deliver.pictures import Pictures, with_picture
from bot.deliver.results import Absent, Dropped, Given, Later, Result, Sent, Uncertain
from bot.directory import Directory
from bot.slack import REFUSED, UNREACHED, UNSURE, Places, code_of, status_of
from commands.announce import Announcements
from commands.ports import People
from commands.said import Said
from customers.errors import ChannelUnknown, StorageProblem
from customers.intents import Intent, Queued, State
from storage.outbox import SLACK

LONGEST = 3_600.0  # seconds; a longer "Retry-After" is asked about again
RESENT = 4  # attempts and look-ups of a private message after which it is not sent again where we may not read
UNREADY = 4  # attempts after which a picture that Slack has not taken in yet is left out
SOON = 3.0  # seconds between them
_UNCERTAIN = "uncertain whether it was posted, and Dossier may not read there; look before you send it again"
_OVER = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
Quiet = Callable[[str, datetime], Awaitable[datetime | None]]
Earlier = Callable[[str], Awaitable[Queued | None]]
log = structlog.get_logger()


class Posts:
    """The carrier of everything that is said in Slack.

    `earlier` finds the row of a key, for messages that are changed; `quiet_until` says until when a person wants to
    hear nothing that was not asked for.
    """

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
        *,
        earlier: Earlier | None = None,
        quiet_until: Quiet | None = None,
    ) -> None:
        self._web = web
        self._announcements = announcements
        self._addresses = Addresses(places, people, directory, fallback, admins)
        self._finder = Finder(web, scopes)
        self._pictures = Pictures(web, scopes)
        self._earlier = earlier
        self._quiet_until = quiet_until

    async def send(self, row: Queued, now: datetime) -> Result:
        """Composes and posts."""
        try:
            said = await self._announcements.compose(row.intent, now)
        except StorageProblem as problem:  # nothing has been posted yet
            return Later(problem.sentence)
        if said is None:
            return Dropped("no longer true")
        if said.updates:
            return await self._update(row, said)
        try:
            place = await self._addresses.of(row, said)
        except ChannelUnknown as problem:
            return await self._unseen(row, problem, now)
        except (SlackApiError, *UNREACHED) as problem:
            return _unanswered(problem)
        if place is None:
            return await self._given_up(row, why_nobody(row, said), now)
        if place.channel == said.knows:
            return Dropped("they did it themselves")
        if place.channel == said.apart:
            return Dropped("they are told in a message of their own")
        return await self._held(row, place, now) or await self._post(row, said, place, now)

    async def look(self, row: Queued, now: datetime) -> Result:
        """Reads back whether it was posted. Without the right to read, a private message is sent again."""
        said = await self._announcements.compose(row.intent, now)
        if said is None:
            return Dropped("no longer true")
        if said.updates:  # a change that is made twice is the same change
            return await self._update(row, said)
        unread = False
        try:
            places = await self._addresses.tried(row, said)
            for place in places:
                found = await self._finder.find(row, place)
                if found:
                    return _sent(said, found)
                unread = unread or (found is None and not place.is_private)
        except (SlackApiError, *UNREACHED) as problem:
            return _not_looked(problem)
        if not places:
            return Given(why_nobody(row, said))
        alone = all(place.is_private for place in places)
        if alone and row.attempts > RESENT and not self._finder.reads(places[0]):
            return Given(_UNCERTAIN)
        if not unread:
            return Absent()
        person = row.intent.word("person")
        return await self._post(row, said, Place(person), now) if person else Given(_UNCERTAIN)

    async def _held(self, row: Queued, place: Place, now: datetime) -> Later | None:
        """A person's quiet hours hold what they did not ask for; a critical bug that is late is told all the same."""
        person = row.intent.word("person") if place.channel[:1] == "D" else place.channel
        if self._quiet_until is None or person[:1] not in ("U", "W"):
            return None
        if row.intent.word("by") == person or is_urgent(row.intent):
            return None
        try:
            until = await self._quiet_until(person, now)
        except StorageProblem as problem:
            return Later(problem.sentence)
        if until is None or until <= now:
            return None
        return Later("the person's quiet hours", (until - now).total_seconds(), endless=True)

    async def _post(self, row: Queued, said: Said, place: Place, now: datetime) -> Result:
        if barred := await self._addresses.barred(row, place):
            return barred
        file = await self._pictures.upload(row.id, said.picture) if said.picture else ""
        body = _body(said, file)
        if place.thread:
            body["thread_ts"] = place.thread
        try:
            sent = await self._web.chat_postMessage(
                channel=place.channel, metadata=metadata(row), unfurl_links=False, unfurl_media=False, **body
            )
        except SlackApiError as problem:
            if not (file and code_of(problem) == "invalid_blocks"):
                return await self._failed(row, said, place, problem, now)
            if row.attempts < UNREADY:
                return Later("Slack has not taken in the picture yet", SOON)
            log.warning("picture_left_out", row=row.id)
            self._pictures.forget(row.id)
            return await self._post(row, replace(said, picture=None), place, now)
        except aiohttp.ClientConnectorError as problem:
            return Later(code_of(problem))
        except UNREACHED as problem:
            return Uncertain(code_of(problem))
        self._pictures.forget(row.id)
        return _sent(
            said, where(sent.get("channel") or place.channel, sent.get("ts") or "", file, reader_of(row, place))
        )

    async def _failed(self, row: Queued, said: Said, place: Place, problem: SlackApiError, now: datetime) -> Result:
        code, status = code_of(problem), status_of(problem)
        if status == 429 or code in ("ratelimited", "rate_limited"):
            return Later("rate limited", _retry_after(problem), SLACK)
        if code in UNSURE or status >= 500 or (code.startswith("http_") and status < 400):
            return Uncertain(code)
        moved = await self._addresses.instead(row, place) if code in CLOSED else None
        if moved:
            log.info("post_moved_to_person", why=code)
            return await self._held(row, moved, now) or await self._post(row, said, moved, now)
        if code in REFUSED:  # a token can be renewed, so nothing is thrown away
            return Later(code, 60.0, endless=True)
        if code in CLOSED:
            return await self._given_up(row, f"Slack refused: {code}", now, code)
        return Given(f"Slack refused: {code}")

    async def _unseen(self, row: Queued, problem: ChannelUnknown, now: datetime) -> Result:
        """Slack may say later who reads there, unless it no longer shows us the channel at all."""
        code = why_unseen(problem)
        follow = await self._announcements.refused(row.intent, code, now) if code in CLOSED else None
        if follow is None:
            return Later("Slack did not say who reads there")
        return Given(f"Slack refused: {code}", follow) if follow else Dropped(f"Slack refused: {code}")

    async def _given_up(self, row: Queued, reason: str, now: datetime, code: str = "") -> Result:
        """The channel will not take it: whoever sends such messages may have something to do about that."""
        follow = await self._announcements.refused(row.intent, code or reason, now)
        if follow is None:
            return Given(reason)
        return Given(reason, follow) if follow else Dropped(reason)

    async def _update(self, row: Queued, said: Said) -> Result:
        """Changes a message that was sent before; its picture stays the file it was."""
        target = await self._earlier(said.updates) if self._earlier else None
        if target is None or target.state in (State.DEAD, State.CANCELLED):
            return Dropped("the message that was to be changed was never sent")
        if target.state is not State.DONE:
            return Later("the message that is to be changed has not been sent yet")
        channel, ts, file, person = parts_of(target.result)
        if row.intent.word("pressed") == f"{channel}/{ts}":
            return Dropped("the answer to the press changed it already")
        place = Place(channel)
        try:
            if not place.is_private and not await self._addresses.is_ours(channel):
                return Given(OUTSIDERS)
            if barred := await self._addresses.barred(target, place, person):
                return Dropped(barred.reason) if isinstance(barred, Given) else barred
            await self._web.chat_update(channel=channel, ts=ts, metadata=metadata(target), **_body(said, file))
        except ChannelUnknown:
            return Later("Slack did not say who reads there")
        except SlackApiError as problem:
            return _not_changed(problem)
        except UNREACHED as problem:
            return Later(code_of(problem))
        return _sent(said, target.result)


def is_urgent(intent: Intent) -> bool:
    """What breaks into quiet hours: a bug that is past its due time."""
    return intent.kind == "bug_late_csm" and intent.number("level") >= 100


def _sent(said: Said, found: str) -> Sent:
    channel, ts, *_ = parts_of(found)
    return Sent(found, said.then(channel, ts) if said.then else ())


def _body(said: Said, file: str) -> dict[str, Any]:
    body = said.message.body()
    if said.picture and file:
        body["blocks"] = with_picture(body["blocks"], said.picture, file)
    return body


def _not_changed(problem: SlackApiError) -> Result:
    """A change may be made again without harm, so nothing about it is uncertain."""
    code, status = code_of(problem), status_of(problem)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return Later("rate limited", _retry_after(problem), SLACK)
    if code in _OVER:
        return Dropped(f"the message is gone: {code}")
    if code in UNSURE or status >= 500 or code.startswith("http_"):
        return Later(code)
    if code in REFUSED:
        return Later(code, 60.0, endless=True)
    return Given(f"Slack refused: {code}")


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
