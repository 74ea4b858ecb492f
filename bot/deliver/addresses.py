"""Where a message goes: a channel that only we read, a person who may still read, a customer's CSM, or nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.deliver.results import Given, Later, Result
from bot.directory import Directory
from bot.slack import Places, code_of
from commands.ports import People
from commands.said import Said
from customers.errors import ChannelUnknown
from customers.intents import TEAM, Queued
from customers.people import Standing

OUTSIDERS = "people from outside can read the channel; choose an internal one"
# what Slack says when a channel will not take the message but a person's own conversation may
CLOSED = frozenset(
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes; `thread` is empty outside of threads."""

    channel: str
    thread: str = ""

    @property
    def is_private(self) -> bool:
        """Whether one person reads there and nobody else."""
        return self.channel[:1] in _ALONE


class Addresses:
    """Finds the place of a message when it is sent, because people and channels change."""

    def __init__(
        self, places: Places, people: People, directory: Directory, fallback: str | None, admins: Sequence[str]
    ) -> None:
        self._places = places
        self._people = people
        self._directory = directory
        self._fallback = fallback
        self._admins = admins

    async def of(self, row: Queued, said: Said) -> Place | None:
        """Where it goes now; None when nobody may be told. Raises ChannelUnknown."""
        if said.to_csm:
            return await self._csm(said)
        channel, person = row.intent.word("channel"), row.intent.word("person")
        if channel == TEAM:
            return await self._team()
        if channel[:1] in _ALONE:
            return Place(channel)
        try:
            if await self.is_ours(channel):
                return Place(channel, row.intent.word("thread"))
        except ChannelUnknown:
            if not person:
                raise
        return Place(person) if person else None

    async def tried(self, row: Queued, said: Said) -> list[Place]:
        """Wherever it may have been posted, whoever reads there now: a try may have seen a channel otherwise."""
        if said.to_csm:
            user = await self._user(said)
            csm = user or self._fallback
            return [Place(csm)] if csm else []
        channel, person = row.intent.word("channel"), row.intent.word("person")
        if channel == TEAM:
            admin = await self._admin()
            return [*([Place(self._fallback)] if self._fallback else []), *([admin] if admin else [])]
        where = Place(channel, "" if channel[:1] in _ALONE else row.intent.word("thread"))
        return list(dict.fromkeys([where, *([Place(person)] if person else [])]))

    async def instead(self, row: Queued, place: Place) -> Place | None:
        """Where it goes when that place will not take it; None when there is no other."""
        if row.intent.word("channel") == TEAM:
            other = await self._admin()
        else:
            person = row.intent.word("person")
            other = Place(person) if person else None
        return other if other and other.channel != place.channel else None

    async def barred(self, row: Queued, place: Place, person: str = "") -> Result | None:
        """Whoever became a guest or left since the fact is told nothing any more.

        `person` is whose own conversation it is, when the place is one and the fact does not name them.
        """
        if place.channel[:1] != "D":
            person = place.channel
        elif not (person := row.intent.word("person") or person or self._typing(row, place)):
            return Given("nobody knows whose conversation it is")
        if person[:1] not in ("U", "W"):
            return None
        reader = await self._people.reader(person, None)
        if reader.standing is Standing.UNKNOWN:
            return Later("Slack did not say who the person is", endless=True)
        return None if reader.may_read else Given("the person it is for is no full member any more")

    @staticmethod
    def _typing(row: Queued, place: Place) -> str:
        """Who did something in their own conversation with the bot."""
        return row.intent.word("by") if row.intent.word("channel") == place.channel else ""

    async def is_ours(self, channel: str) -> bool:
        """Whether nobody from outside reads there. Raises ChannelUnknown."""
        return not await self._places.has_outsiders(channel)

    async def _team(self) -> Place | None:
        try:
            if self._fallback and await self.is_ours(self._fallback):
                return Place(self._fallback)
        except ChannelUnknown as problem:
            if why_unseen(problem) not in CLOSED:
                raise
        return await self._admin()

    async def _admin(self) -> Place | None:
        """The first who is still there; while Slack does not say who somebody is, they count as there."""
        for one in self._admins:
            if (await self._people.reader(one, None)).standing in _STAYED:
                return Place(one)
        return None

    async def _csm(self, said: Said) -> Place | None:
        if user := await self._user(said):
            return Place(user)
        if self._fallback and await self.is_ours(self._fallback):
            return Place(self._fallback)
        return None

    async def _user(self, said: Said) -> str | None:
        user = await self._directory.user_of(said.csm) if said.csm else None
        return user if user and (await self._people.reader(user, None)).standing in _STAYED else None


def why_unseen(problem: ChannelUnknown) -> str:
    """Slack's code for not telling who reads in a channel; empty when there is none."""
    return code_of(problem.__cause__) if problem.__cause__ else ""


def why_nobody(row: Queued, said: Said) -> str:
    """Why there is no place, and what to set."""
    if said.to_csm:
        return _NOBODY
    if row.intent.word("channel") == TEAM:
        return "nobody to tell; set FALLBACK_CHANNEL or ADMINS"
    return OUTSIDERS
