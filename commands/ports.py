"""What listeners need from Slack itself; `bot` fulfils it."""

from datetime import datetime
from typing import Any, Protocol

from customers.people import Reader


class People(Protocol):
    """Who somebody is."""

    async def reader(self, user: str, team: str | None) -> Reader: ...

    def forget(self, user: str) -> None: ...


class Places(Protocol):
    """Who else can read a channel."""

    async def has_outsiders(self, channel: str) -> bool:
        """Raises ChannelUnknown when Slack does not say."""
        ...

    def forget(self, channel: str) -> None: ...


class Outbound(Protocol):
    """What a button sets off besides its acknowledgement."""

    async def respond(self, url: str, body: dict[str, Any]) -> None: ...

    async def open(self, trigger: str, view: dict[str, Any]) -> None:
        """Opens a form, or puts it on top of the open one; when it fails the person presses again."""
        ...

    async def update(self, view_id: str, seen: str, view: dict[str, Any]) -> None:
        """Changes an open form unless it changed since `seen` (its hash)."""
        ...

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """Shows somebody their Home tab; when it fails they open it again."""
        ...

    async def post(self, channel: str, body: dict[str, Any]) -> None:
        """Raises NotPosted when it surely failed, MaybePosted when the outcome is unknown."""
        ...


class FirstTime(Protocol):
    """Whether an input is delivered for the first time; committed when it answers."""

    async def __call__(self, key: str, now: datetime) -> bool: ...
