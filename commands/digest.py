"""`/digest here | preview | pause | resume | off | list`: the weekly risk digest of a channel."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from commands import digest_form
from commands.blocks import Block, Element, actions, bold, bullets, button, confirm, cut, line, rich, text
from commands.digest_pauses import reason_words
from commands.digest_views import message
from commands.errors import old_button
from commands.form import Errors, Filled, Form, notice
from commands.help import render_help
from commands.listen import Ask
from commands.lists import as_of, number, said, span_of, turning
from commands.message import Message
from commands.ports import Places
from customers.digests import Digests
from customers.errors import ChannelUnknown, DigestNotHere, NoDigest, ReadersUnknown, UnknownSubcommand
from customers.subscriptions import Subscription, occasion_words

KNOWN = ("here", "preview", "pause", "resume", "off", "list", "help")
LISTED = 12  # subscriptions of one answer
WHOM = 160  # characters of whom one speaks of
_CHANNELS = ("C", "G")  # ids of conversations that several people read
_INVITE = "If Dossier is not in this channel yet, type /invite @Dossier."


class Digest:
    """Parse, call, render."""

    def __init__(
        self, digests: Digests, places: Places, clock: Callable[[], datetime], stir: Callable[[], None]
    ) -> None:
        self._digests = digests
        self._places = places
        self._clock = clock
        self._stir = stir

    async def __call__(self, ask: Ask) -> Message | Form:
        word, _, _ = ask.text.strip().partition(" ")
        match word.casefold():
            case "":
                return await self._state(ask)
            case "here":
                return await self._here(ask)
            case "preview":
                return await self._preview(ask)
            case "pause" | "resume":
                return await self._moved(ask, word.casefold())
            case "off":
                return await self._ask_off(ask)
            case "list":
                return await self._list(ask.now)
            case "help":
                return render_help()
            case _:
                raise UnknownSubcommand("/digest", word[:40], KNOWN)

    async def act(self, ask: Ask) -> Message | Form:
        """`digest:here`, `digest:preview`, `digest:pause`, `digest:resume` and `digest:off`, of this channel.

        `digest:list` turns the pages of the list.
        """
        match ask.action.split(":")[1]:
            case "list":
                return await self._list(ask.now, number(ask.value.partition("|")[0]) or 0)
            case "here":
                return await self._here(ask)
            case "preview":
                return await self._preview(ask)
            case "pause" | "resume" as verb:
                return await self._moved(ask, verb)
            case "off":
                await self._digests.off(ask.channel)
                return said("The weekly digest of this channel is off.", "Subscribe it again with /digest here.")
            case _:
                return old_button()

    async def submit(self, filled: Filled) -> Form | Errors:
        """The subscription is saved."""
        channel = str(filled.state.get("c") or "")
        await self._internal(channel)  # the form may have been open for hours
        draft = digest_form.read(filled, await self._digests.csms())
        if isinstance(draft, Errors):
            return draft
        found = await self._digests.save(channel, draft, filled.reader, filled.now)
        about = found.about(await self._digests.csms() if found.csms else ())
        told = f"The digest of {about} comes {found.words}, next on {_next(found, filled.now)}."
        if found.is_paused:
            return notice("Weekly risk digest", told, "It is paused: type /digest resume in the channel.")
        return notice("Weekly risk digest", told, f"See it now with /digest preview. {_INVITE}")

    async def shared(self, event: Mapping[str, Any]) -> None:
        """`channel_shared`: a digest there pauses by itself. Whoever sends one looks again anyway."""
        channel = str(event.get("channel") or "")
        self._places.forget(channel)
        if await self._digests.of(channel) is None:
            return
        try:
            outsiders = await self._places.has_outsiders(channel)
        except ChannelUnknown:
            return
        if outsiders and await self._digests.shut(channel, "outsiders", self._clock()):
            self._stir()

    async def _internal(self, channel: str) -> None:
        """Raises DigestNotHere, or ReadersUnknown: doubt means no."""
        if channel[:1] not in _CHANNELS:
            raise DigestNotHere("this is a private conversation, and a digest is for a team's channel")
        try:
            outsiders = await self._places.has_outsiders(channel)
        except ChannelUnknown as problem:
            raise ReadersUnknown() from problem
        if outsiders:
            raise DigestNotHere("people from outside your organisation can read this channel")

    async def _here(self, ask: Ask) -> Form:
        await self._internal(ask.channel)
        before = await self._digests.of(ask.channel)
        known = await self._digests.csms() if before and before.csms else ()
        return digest_form.form(ask.channel, before, known, self._digests)

    async def _state(self, ask: Ask) -> Message:
        found = await self._there(ask.channel)
        about = found.about(await self._digests.csms() if found.csms else ())
        head = f"The digest of {about} comes {found.words}."
        told = [text(f"It is {_paused(found)}.")] if found.is_paused else [text(f"Next on {_next(found, ask.now)}.")]
        blocks = [rich(line(bold(f"{head} "), *told))]
        return Message(blocks, head, more=[as_of(ask.now), _row(found)])

    async def _there(self, channel: str) -> Subscription:
        found = await self._digests.of(channel)
        if found is None:
            raise NoDigest()
        return found

    async def _preview(self, ask: Ask) -> Message:
        found, page = await self._digests.preview(ask.channel, ask.now)
        told = "Preview, seen by you alone. Posted now, this would stand in the channel"
        if page.total > 1:
            more = f"{page.total - 1} more message{'s' if page.total > 2 else ''}"
            told += f", with a chart of adoption, and {more} in its thread"
        told += "." if found else "; it has no digest yet, so this is of everybody. Subscribe it with /digest here."
        return message(page, told)

    async def _moved(self, ask: Ask, verb: str) -> Message:
        before = await self._there(ask.channel)
        if verb == "pause":
            found = await self._digests.pause(ask.channel, ask.reader, ask.now)
            already = "was paused already" if before.is_paused else "is paused"
            return said(f"The weekly digest of this channel {already}.", "Go on with /digest resume.", [_resume()])
        if before.unknown_zone:
            sentence = f"Its time zone {before.unknown_zone} is not known here."
            return said(sentence, "Choose another one with /digest here.")
        await self._internal(ask.channel)
        found = await self._digests.resume(ask.channel, ask.now)
        told = "goes on" if before.is_paused else "was not paused"
        next_one = f"It comes next on {_next(found, ask.now)}, with everything since the last one."
        return said(f"The weekly digest of this channel {told}.", next_one if before.is_paused else "")

    async def _ask_off(self, ask: Ask) -> Message:
        found = await self._there(ask.channel)
        question = f"No more digest here? It comes {found.words}."
        row = [button("Turn it off", "digest:off", "", style="danger"), button("Keep", "keep", "")]
        return said(question, "To stop it for a while use /digest pause.", row)

    async def _list(self, now: datetime, offset: int = 0) -> Message:
        """A page; every row is a block of its own, so that one that is too long takes no other with it."""
        found = await self._digests.every()
        if not found:
            return said(
                "No channel has a weekly digest yet.", "Begin with /digest here in your team's channel.", (), now
            )
        found.sort(key=lambda one: (one.is_paused, one.next(now).due))
        offset = offset if offset < len(found) else 0
        page = found[offset : offset + LISTED]
        known = await self._digests.csms() if any(one.csms for one in page) else ()
        rows = [rich(bullets([_line(one, cut(one.about(known), WHOM), now)])) for one in page]
        blocks: list[Block] = [rich(line(bold(f"Weekly digests · {len(found)}"))), *rows]
        row = turning("digest:list", offset, len(page), len(found), LISTED, "")
        more = [as_of(now, span_of(offset, len(page), len(found))), *([actions(*row)] if row else [])]
        return Message(blocks, f"Weekly digests: {len(found)}", more=more)


def _line(found: Subscription, about: str, now: datetime) -> Element:
    """`#cs-team  all customers · Mondays at 09:00 (Europe/London) · next Mon 2026-11-23 09:00`."""
    where: Element = {"type": "channel", "channel_id": found.channel}
    parts = [where, text(f"  {about[0].upper()}{about[1:]} · {found.words} · ")]
    return line(*parts, bold(_paused(found)) if found.is_paused else text(f"next {_next(found, now)}"))


def _paused(found: Subscription) -> str:
    since = f" since {found.paused_at:%Y-%m-%d}" if found.paused_at else ""
    reason = ", by hand" if found.paused_by else f" by Dossier: {reason_words(found.paused_why)}"
    return f"paused{since}{reason}"


def _next(found: Subscription, now: datetime) -> str:
    return occasion_words(found.next(now), found.zone)


def _resume() -> Element:
    return button("Resume", "digest:resume", "", style="primary")


def _row(found: Subscription) -> Block:
    sure = confirm("Turn the digest off?", "Nothing comes here any more. Pause stops it for a while.", "Turn it off")
    turn = _resume() if found.is_paused else button("Pause", "digest:pause", "")
    return actions(
        button("Change…", "digest:here", ""),
        button("Preview", "digest:preview", ""),
        turn,
        button("Turn it off", "digest:off", "", style="danger", confirm=sure),
    )
