"""Everything that can go wrong for a person, as values: a sentence that is true and a next step.

`commands.errors` is the only renderer. What stands in a field may have been typed by somebody and is shown literally.
"""

from dataclasses import dataclass, field


class DossierError(Exception):
    """Root of all errors that a person may see.

    DossierError
    ├── AskedBadly        NoCustomerNamed · NoSuchCustomer · WhichCustomer · CustomerGone ·
    │                     UnknownSubcommand · NothingLinked · RequestGone · RequestMoved · BugGone · BugOver ·
    │                     JudgedMeanwhile · RunGone · NoSuchPlaybook · NoDigest ·
    │                     AlertGone · AlertOver
    ├── NotAllowed        NotAMember · ChannelHasOutsiders · DigestNotHere
    ├── CannotTell        IdentityUnknown · ChannelUnknown · ReadersUnknown
    ├── NotPosted · MaybePosted
    └── StorageProblem    StorageBusy · StorageUnavailable · NotJudgedYet
    """

    sentence: str = "That did not work."
    next_step: str = "Please try again."

    def __str__(self) -> str:
        return f"{self.sentence} {self.next_step}"


class AskedBadly(DossierError):
    """The person can mend it by asking differently."""


@dataclass(eq=False)
class NoCustomerNamed(AskedBadly):
    """No name was typed and the channel is linked to nobody."""

    command: str
    sentence: str = field(default="Which customer?", init=False)

    @property
    def next_step(self) -> str:  # type: ignore[override]
        if self.command == "/customer link":
            return "Type /customer link and a name."
        return f"Type {self.command} and a name, or link this channel with /customer link."


@dataclass(eq=False)
class NoSuchCustomer(AskedBadly):
    """Nothing is named like this. `query` is what was typed, shortened."""

    query: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="See all names with /customer list.", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"No customer is called “{self.query}”."


@dataclass(eq=False)
class WhichCustomer(AskedBadly):
    """Several customers could be meant; `choices` are (id, name), best first. Never a guess."""

    query: str
    choices: tuple[tuple[int, str], ...]
    sentence: str = field(default="", init=False)
    next_step: str = field(default="Pick one:", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"“{self.query}” could be more than one customer."
        if len(self.choices) == 1:
            self.sentence, self.next_step = f"No customer is called “{self.query}”.", "Did you mean:"


@dataclass(eq=False)
class NothingLinked(AskedBadly):
    """`/customer unlink` in a channel without a link."""

    sentence: str = field(default="This channel is not linked to a customer.", init=False)
    next_step: str = field(default="Link it with /customer link and a name.", init=False)


@dataclass(eq=False)
class CustomerGone(AskedBadly):
    """A button or link points to a customer who is no longer there."""

    sentence: str = field(default="This customer is no longer in Dossier.", init=False)
    next_step: str = field(default="See who is there with /customer list.", init=False)


@dataclass(eq=False)
class RequestGone(AskedBadly):
    """A number that no feature request has."""

    sentence: str = field(default="There is no such feature request.", init=False)
    next_step: str = field(default="See them with /features list.", init=False)


@dataclass(eq=False)
class RequestMoved(AskedBadly):
    """Somebody else moved the request after the list was made; nothing is overwritten."""

    number: int
    status: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"Request {self.number} is {self.status} by now; nothing was changed."
        self.next_step = f"Look with /features show {self.number}."


@dataclass(eq=False)
class BugGone(AskedBadly):
    """A number that no bug has."""

    sentence: str = field(default="There is no such bug.", init=False)
    next_step: str = field(default="See them with /bugs list.", init=False)


@dataclass(eq=False)
class BugOver(AskedBadly):
    """The clock of a bug that is closed, or that stands as it was asked to, cannot be moved."""

    why: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence, self.next_step = f"Nothing was changed: {self.why}.", "See where it stands with /bugs list."


@dataclass(eq=False)
class JudgedMeanwhile(AskedBadly):
    """An override, escalation or risk flag was set or ended by somebody else since the form or button was made."""

    happened: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"{self.happened}; nothing was changed."
        self.next_step = "Look with /health and the customer's name."


@dataclass(eq=False)
class RunGone(AskedBadly):
    """A button or form points to a started playbook, or a step of one, that is not there."""

    sentence: str = field(default="This playbook is no longer in Dossier.", init=False)
    next_step: str = field(default="See what runs with /playbook.", init=False)


@dataclass(eq=False)
class NoSuchPlaybook(AskedBadly):
    """No file that could be read is called like this; `known` are the names of those that could."""

    typed: str
    known: tuple[str, ...]
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"No playbook is called “{self.typed}”."
        names = ", ".join(self.known)
        self.next_step = f"There are {names}." if names else "None is loaded; an admin sees why with dossier check."


@dataclass(eq=False)
class AlertGone(AskedBadly):
    """A button or form points to an alert that is not there."""

    sentence: str = field(default="This alert is no longer in Dossier.", init=False)
    next_step: str = field(default="See how the customer does with /health.", init=False)


@dataclass(eq=False)
class AlertOver(AskedBadly):
    """Somebody else closed the alert first; `at` is when, in words."""

    at: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"This alert was closed already, at {self.at}; your note was not saved."
        self.next_step = "Keep it with Add to history in a message's menu."


@dataclass(eq=False)
class NoDigest(AskedBadly):
    """The channel has no weekly digest."""

    sentence: str = field(default="This channel has no weekly digest.", init=False)
    next_step: str = field(default="Subscribe it with /digest here.", init=False)


@dataclass(eq=False)
class UnknownSubcommand(AskedBadly):
    """`/customer frobnicate`."""

    command: str
    typed: str
    known: tuple[str, ...]
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"{self.command} knows no “{self.typed}”."
        self.next_step = f"Try {', '.join(f'{self.command} {word}' for word in self.known)}."


class NotAllowed(DossierError):
    """The person or the place may not; says nothing about what exists."""


@dataclass(eq=False)
class NotAMember(NotAllowed):
    """Guests, people of other organisations, bots, deactivated accounts (design: "Who may")."""

    sentence: str = field(default="Dossier answers full members of this workspace only.", init=False)
    next_step: str = field(default="Ask the colleague who invited you.", init=False)


@dataclass(eq=False)
class ChannelHasOutsiders(NotAllowed):
    """The channel is shared with another organisation, or about to be: nothing is posted there."""

    sentence: str = field(
        default="Not shared: people from outside your organisation can read this channel.", init=False
    )
    next_step: str = field(default="Share it in an internal channel instead.", init=False)


@dataclass(eq=False)
class DigestNotHere(NotAllowed):
    """A digest names customers, so it goes where only colleagues read."""

    where: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="Type /digest here in an internal channel of your team.", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"No digest here: {self.where}."


class CannotTell(DossierError):
    """Slack did not answer a question that decides who may see what. Doubt means no."""


@dataclass(eq=False)
class IdentityUnknown(CannotTell):
    """`users.info` failed, so we do not know whether this is a full member."""

    sentence: str = field(default="Slack did not confirm who you are, so nothing is shown.", init=False)
    next_step: str = field(default="Try again in a minute.", init=False)


@dataclass(eq=False)
class ChannelUnknown(CannotTell):
    """`conversations.info` failed, so outsiders may be in the channel."""

    sentence: str = field(default="Not shared: Slack did not confirm that this channel is internal.", init=False)
    next_step: str = field(
        default="Invite the bot to the channel (/invite @Dossier) and press Share again.", init=False
    )


@dataclass(eq=False)
class ReadersUnknown(CannotTell):
    """The same for a channel that shall get a digest."""

    sentence: str = field(default="No digest yet: Slack did not confirm that this channel is internal.", init=False)
    next_step: str = field(default="Invite the bot (/invite @Dossier), then type /digest here again.", init=False)


@dataclass(eq=False)
class NotPosted(DossierError):
    """Slack refused a post; `reason` is Slack's error code."""

    reason: str
    sentence: str = field(default="", init=False)
    next_step: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sentence = f"Not shared: Slack answered “{self.reason}”."
        invite = self.reason in ("not_in_channel", "channel_not_found")
        self.next_step = "Invite the bot with /invite @Dossier and press Share again." if invite else "Try again later."


@dataclass(eq=False)
class MaybePosted(DossierError):
    """A post whose outcome could not be learned; it is never repeated blindly."""

    sentence: str = field(default="Slack did not say whether the post arrived.", init=False)
    next_step: str = field(default="Look in the channel before you share again.", init=False)


class StorageProblem(DossierError):
    """The database could not answer."""


@dataclass(eq=False)
class StorageBusy(StorageProblem):
    """Locked for longer than we may wait."""

    sentence: str = field(default="The database is busy; nothing was changed.", init=False)
    next_step: str = field(default="Press or type it again in a moment.", init=False)


@dataclass(eq=False)
class NotJudgedYet(StorageProblem):
    """A digest is due while the weekly check is at it; it leaves when that is done."""

    sentence: str = field(default="Health is being judged right now.", init=False)
    next_step: str = field(default="The digest follows by itself.", init=False)


@dataclass(eq=False)
class StorageUnavailable(StorageProblem):
    """Gone, full or read-only. `reason` is for the log and `dossier check`, and holds no data."""

    reason: str
    sentence: str = field(default="The database cannot be reached; nothing was changed.", init=False)
    next_step: str = field(default="Try again later; your admin sees the reason in the bot's log.", init=False)
