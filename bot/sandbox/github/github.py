"""GitHub as one thing of the sandbox: where the bot calls, what people do on its tab, what stands there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github.access import APP_ID, INSTALLATION_ID, LOGIN, Grants
from bot.sandbox.github.door import Door
from bot.sandbox.github.issues import Change, Issue, Repository
from bot.sandbox.github.seed import NAME, OWNER
from bot.sandbox.github.webhooks import Delivery, Webhooks
from bot.sandbox.github.wire import API, Wire
from bot.sandbox.seed import Person
from bot.sandbox.seen import Seen
from bot.sandbox.traffic import Traffic
from bot.sandbox.transcript import Transcript
from bot.sandbox.workspace import NotPossibleError, Workspace

__all__ = ["GitHub"]

Watch = Callable[[Person, Awaitable[str | None]], Awaitable[Seen]]


class GitHub:
    """A repository that people of the workspace use on its tab and the bot over REST; verbs wait like all others."""

    app_id, installation_id, login = APP_ID, INSTALLATION_ID, LOGIN

    def __init__(
        self, workspace: Workspace, clock: Clock, transcript: Transcript, faults: Faults, traffic: Traffic, watch: Watch
    ) -> None:
        self._workspace, self._watch = workspace, watch
        self._repository = Repository(clock, OWNER, NAME, self._changed)
        self._wire, self._grants = Wire(self._repository), Grants(clock)
        self.webhooks = Webhooks(self._wire, transcript)
        self.door = Door(self._repository, self._wire, self._grants, clock, transcript, faults, traffic)

    # Where it is

    @property
    def api_url(self) -> str:
        """The value of GITHUB_API_URL."""
        return f"{self._wire.url}{API}"

    @property
    def token(self) -> str:
        """The personal token the bot may use."""
        return self._grants.token

    @property
    def repository(self) -> str:
        """The repository as `owner/name`."""
        return self._repository.full_name

    @property
    def webhook_url(self) -> str | None:
        """Where webhooks go; None means nowhere."""
        return self.webhooks.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.webhooks.url = url

    @property
    def webhook_secret(self) -> str:
        """What webhooks are signed with."""
        return self.webhooks.secret

    @webhook_secret.setter
    def webhook_secret(self, secret: str) -> None:
        self.webhooks.secret = secret

    @property
    def strict_labels(self) -> bool:
        """Whether unknown labels are refused instead of made."""
        return self.door.strict_labels

    @strict_labels.setter
    def strict_labels(self, strict: bool) -> None:
        self.door.strict_labels = strict

    @property
    def lag(self) -> timedelta:
        """How long a new issue is missing from the list endpoint."""
        return self.door.lag

    @lag.setter
    def lag(self, lag: timedelta) -> None:
        self.door.lag = lag

    def listen_at(self, url: str) -> None:
        """Learn the sandbox's own address."""
        self._wire.url = url

    # Looking

    def lets_in(self, person: Person) -> bool:
        """Say whether a person has access to the repository: full members of the workspace have."""
        return not (person.is_stranger or person.is_guest or person.is_bot or person.deleted)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """All issues, the oldest first."""
        return tuple(self._repository.issues.values())

    def issue(self, number: int) -> Issue:
        """Return an issue; NotPossibleError when there is none."""
        try:
            return self._repository.find(number)
        except LookupError as problem:
            raise NotPossibleError(str(problem)) from None

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the repository's labels."""
        return tuple(one.name for one in self._repository.labels.values())

    def colour(self, label: str) -> str:
        """Return a label's colour as six hex digits."""
        found = self._repository.label(label)
        return found.color if found else "ededed"

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The webhooks sent so far, the oldest first."""
        return tuple(self.webhooks.sent)

    # What people do

    async def comment(self, person: str | Person, number: int, text: str) -> Seen:
        """Comment on an issue."""
        who, _ = self._at(person, number)
        if not text.strip():
            raise NotPossibleError("a comment needs text")
        return await self._act(who, lambda: self._repository.comment(who.name, number, text))

    async def close(self, person: str | Person, number: int, reason: str = "completed") -> Seen:
        """Close an issue as `completed`, `not_planned` or `duplicate`."""
        who, issue = self._at(person, number)
        if reason not in ("completed", "not_planned", "duplicate"):
            raise NotPossibleError(f"an issue is not closed as {reason!r}")
        if issue.state == "closed":
            raise NotPossibleError(f"issue {number} is closed already")
        return await self._act(who, lambda: self._repository.set_state(who.name, number, "closed", reason))

    async def reopen(self, person: str | Person, number: int) -> Seen:
        """Reopen an issue."""
        who, issue = self._at(person, number)
        if issue.state == "open":
            raise NotPossibleError(f"issue {number} is open already")
        return await self._act(who, lambda: self._repository.set_state(who.name, number, "open"))

    async def label(self, person: str | Person, number: int, name: str) -> Seen:
        """Put a label on; a new name makes a new label."""
        who, issue = self._at(person, number)
        if not 0 < len(name.strip()) <= 50:
            raise NotPossibleError("a label has 1 to 50 characters")
        names = (*issue.labels, name.strip())
        return await self._act(who, lambda: self._repository.set_labels(who.name, number, names))

    async def unlabel(self, person: str | Person, number: int, name: str) -> Seen:
        """Take a label off."""
        who, issue = self._at(person, number)
        names = tuple(one for one in issue.labels if one.casefold() != name.casefold())
        if len(names) == len(issue.labels):
            raise NotPossibleError(f"issue {number} has no label {name!r}")
        return await self._act(who, lambda: self._repository.set_labels(who.name, number, names))

    async def edit(self, person: str | Person, number: int, title: str | None = None, body: str | None = None) -> Seen:
        """Change title or body."""
        who, _ = self._at(person, number)
        fields = {name: value for name, value in (("title", title), ("body", body)) if value is not None}
        return await self._act(who, lambda: self._repository.edit(who.name, number, **fields))

    async def redeliver(self, delivery: Delivery | None = None) -> Delivery:
        """Send a webhook again, the last one unless told which, and return how it went this time."""
        which = delivery or (self.deliveries[-1] if self.deliveries else None)
        if which is None:
            raise NotPossibleError("no webhook was sent yet")
        self.webhooks.again(which)
        await self._watch(self._workspace.person(self._workspace.seed.default_person), _nothing())
        return next(one for one in reversed(self.deliveries) if one.id == which.id)

    async def ping(self) -> None:
        """Send what GitHub sends when a webhook is set up."""
        payload = {"zen": "One small step at a time.", "hook_id": 1, "hook": {"type": "Repository", "id": 1}}
        self.webhooks.put("ping", "", payload, self._repository.owner)
        await self._watch(self._workspace.person(self._workspace.seed.default_person), _nothing())

    def reset(self) -> None:
        """Bring the seed back; tokens, address and secret stay."""
        self._repository.reset()
        self.webhooks.clear()
        self.strict_labels, self.lag = False, timedelta(0)

    def _at(self, person: str | Person, number: int) -> tuple[Person, Issue]:
        """Return who acts on which issue; outsiders and guests learn nothing about issues."""
        who = self._workspace.person(person)
        if not self.lets_in(who):
            raise NotPossibleError(f"{who.real_name} has no access to {self.repository}")
        return who, self.issue(number)

    async def _act(self, person: Person, does: Callable[[], object]) -> Seen:
        async def done() -> None:
            does()

        return await self._watch(person, done())

    def _changed(self, change: Change) -> None:
        self.webhooks.tell(change)
        self._workspace.changed()


async def _nothing() -> None:
    """Do nothing: what is to be waited for is under way already."""
