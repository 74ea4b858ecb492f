"""The demo workspace as a value: the same people, channels and messages for the page, the tests and the docs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

__all__ = ["HARBOUR", "Channel", "Person", "Post", "Seed"]


@dataclass(frozen=True, slots=True)
class Person:
    """A user as `users.info` tells of one (docs.slack.dev: User object)."""

    id: str
    name: str
    real_name: str
    team_id: str
    email: str | None = None
    title: str = ""
    tz: str = "Europe/London"
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False

    @property
    def is_guest(self) -> bool:
        """Say whether this is a single- or multi-channel guest."""
        return self.is_restricted or self.is_ultra_restricted


@dataclass(slots=True)
class Channel:
    """A conversation (docs.slack.dev: Conversation object); the workspace works on its own copies of the seed's."""

    id: str
    name: str
    members: frozenset[str]
    topic: str = ""
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    shared_with: tuple[str, ...] = ()
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message that is there from the start; `reply_to` is the index of an earlier post in the same seed."""

    channel: str
    person: str
    at: datetime
    text: str
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """All a workspace starts with. `teams` maps team ids to (name, domain); the first is the installing one."""

    team_id: str
    teams: dict[str, tuple[str, str]]
    bot_user: str
    bot_id: str
    app_id: str
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    posts: tuple[Post, ...] = ()
    starts_at: datetime = datetime(2026, 11, 16, 8, tzinfo=UTC)
    default_person: str = ""
    default_channel: str = ""
    suggestions: tuple[str, ...] = field(default=())


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


_STAFF = frozenset({"U0MAYA", "U0JONAS", "U0IRIS"})
_BOT = frozenset({"U0DOSSIER"})
_TEAM, _OUTSIDE = "T0HARBOUR", "T0BRIGHT"

HARBOUR = Seed(
    team_id=_TEAM,
    teams={_TEAM: ("Harbour", "harbour-demo"), _OUTSIDE: ("Brightwater", "brightwater")},
    bot_user="U0DOSSIER",
    bot_id="B0DOSSIER",
    app_id="A0DOSSIER",
    people=(
        Person("U0MAYA", "maya", "Maya Okafor", _TEAM, "maya@harbour.example", "Customer success manager"),
        Person(
            "U0JONAS", "jonas", "Jonas Lindqvist", _TEAM, "jonas@harbour.example", "Engineer, CSM", "Europe/Stockholm"
        ),
        Person("U0IRIS", "iris", "Iris Tanaka", _TEAM, "iris@harbour.example", "Leads customer success", is_admin=True),
        Person(
            "U0GUS",
            "gus",
            "Gus Moreau",
            _TEAM,
            "gus@contractor.example",
            "Contractor",
            "Europe/Paris",
            is_restricted=True,
        ),
        Person(
            "U0OLGA",
            "olga",
            "Olga Reyes",
            _OUTSIDE,
            "olga@brightwater.example",
            "Operations, Brightwater",
            is_stranger=True,
        ),
        Person("U0DOSSIER", "dossier", "Dossier", _TEAM, is_bot=True),
    ),
    channels=(
        Channel("C0GENERAL", "general", _STAFF | _BOT | {"U0GUS"}, "Company-wide news"),
        Channel("C0CSTEAM", "cs-team", _STAFF | _BOT, "Customer success: hand-overs, risks, wins"),
        Channel("C0BRIGHT", "brightwater", _STAFF | _BOT | {"U0GUS"}, "Brightwater Logistics, internal"),
        Channel(
            "C0KESTREL", "kestrel", frozenset({"U0MAYA", "U0IRIS"}) | _BOT, "Kestrel Health, internal", is_private=True
        ),
        Channel(
            "C0SHARED",
            "shared-brightwater",
            _STAFF | _BOT | {"U0OLGA"},
            "Together with Brightwater",
            is_ext_shared=True,
            shared_with=(_OUTSIDE,),
        ),
        Channel("C0ENG", "engineering", _STAFF | _BOT, "Builds, bugs and releases"),
        Channel("C0NOBOT", "random", _STAFF, "Anything else"),
        Channel("C0OLD", "launch-2024", _STAFF | _BOT, "Finished", is_archived=True),
    ),
    posts=(
        Post("C0OLD", "U0IRIS", _at(2, 9), "Archiving this one, the launch is long done. Thanks everyone!"),
        Post(
            "C0BRIGHT",
            "U0MAYA",
            _at(9, 10, 5),
            "Brightwater asked whether single sign-on can cover the drivers' phones too. First time I hear it.",
        ),
        Post(
            "C0ENG",
            "U0JONAS",
            _at(10, 14, 20),
            "Import of large rate sheets is 40 % faster since this morning's release.",
        ),
        Post(
            "C0BRIGHT",
            "U0JONAS",
            _at(11, 15, 40),
            "Their IT lead raised SSO for the drivers' phones again in the weekly call.",
        ),
        Post(
            "C0KESTREL",
            "U0MAYA",
            _at(12, 7, 50),
            "Kestrel's nightly export failed again at 02:00, the file arrives empty. They need it for their audit.",
        ),
        Post("C0KESTREL", "U0IRIS", _at(12, 8, 15), "Do we know when it started?", reply_to=4),
        Post(
            "C0CSTEAM",
            "U0IRIS",
            _at(12, 16),
            "Oakline has no sponsor since Renée left in September. Who else do we know over there?",
        ),
        Post(
            "C0SHARED",
            "U0OLGA",
            _at(13, 9, 10),
            "Morning! SSO for the drivers' phones: third time this month from our side, is there a date?",
        ),
        Post("C0SHARED", "U0MAYA", _at(13, 9, 25), "Good morning Olga, I will come back to you on Monday.", reply_to=7),
        Post(
            "C0ENG",
            "U0MAYA",
            _at(13, 11),
            "Is somebody looking at the empty exports? Kestrel has an audit on the 20th.",
        ),
        Post(
            "C0CSTEAM",
            "U0JONAS",
            _at(13, 15, 30),
            "Nobody at Oakline has logged in for three weeks. Worth a call before the renewal.",
        ),
        Post(
            "C0GENERAL", "U0IRIS", _at(13, 16, 45), "Quarterly reviews start on Monday. Type `/brief` before your call."
        ),
        Post(
            "C0BRIGHT",
            "U0MAYA",
            _at(16, 7, 40),
            "SSO for drivers' phones, Brightwater, third time this month. This needs an owner.",
        ),
        Post("C0NOBOT", "U0JONAS", _at(16, 7, 50), "Coffee machine is back."),
    ),
    default_person="U0MAYA",
    default_channel="C0CSTEAM",
    suggestions=("/brief demo", "/known-issues demo", "/health demo", "/brief brightwater", "/health oakline"),
)
