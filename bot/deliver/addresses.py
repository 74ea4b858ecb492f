"""Where a message goes: a channel that only we read, a person who may still read, a customer's CSM, or nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.deliver.results import Given, Later, Result
from bot.directory import Directory
from bot.slack import Places
from commands.ports import People
from commands.said import Said
from customers.errors import ChannelUnknown
from customers.intents import TEAM, Queued
from customers.people import Standing

OUTSIDERS = "people from outside can read the channel; choose an internal one"
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
            return [Place(one) for one in (self._fallback, *self._admins[:1]) if one]
        where = Place(channel, "" if channel[:1] in _ALONE else row.intent.word("thread"))
        return list(dict.fromkeys([where, *([Place(person)] if person else [])]))

    async def barred(self, row: Queued, place: Place) -> Result | None:
        """Whoever became a guest or left since the fact is told nothing any more."""
        person = row.intent.word("person") if place.channel[:1] == "D" else place.channel
        if person[:1] not in ("U", "W"):
            return None
        reader = await self._people.reader(person, None)
        if reader.standing is Standing.UNKNOWN:
            return Later("Slack did not say who the person is", endless=True)
        return None if reader.may_read else Given("the person it is for is no full member any more")

    async def is_ours(self, channel: str) -> bool:
        """Whether nobody from outside reads there. Raises ChannelUnknown."""
        return not await self._places.has_outsiders(channel)

    async def _team(self) -> Place | None:
        if self._fallback and await self.is_ours(self._fallback):
            return Place(self._fallback)
        return Place(self._admins[0]) if self._admins else None

    async def _csm(self, said: Said) -> Place | None:
        if user := await self._user(said):
            return Place(user)
        if self._fallback and await self.is_ours(self._fallback):
            return Place(self._fallback)
        return None

    async def _user(self, said: Said) -> str | None:
        user = await self._directory.user_of(said.csm) if said.csm else None
        return user if user and (await self._people.reader(user, None)).standing in _STAYED else None


def why_nobody(row: Queued, said: Said) -> str:
    """Why there is no place, and what to set."""
    if said.to_csm:
        return _NOBODY
    if row.intent.word("channel") == TEAM:
        return "nobody to tell; set FALLBACK_CHANNEL or ADMINS"
    return OUTSIDERS
