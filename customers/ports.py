"""What the desk needs from outside: Protocols, kept next to the code that calls them; `storage` fulfils them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from customers.names import Named
from customers.people import Reader
from customers.records import Linked, Page, Record
from customers.scope import All, One


class RecordStore(Protocol):
    """Questions about customers."""

    async def record(self, scope: One, reader: Reader, *, whole: bool = False) -> Record | None: ...

    async def records(self, scope: All, ids: Sequence[int], reader: Reader) -> list[Record]: ...

    async def names_version(self, scope: All) -> int: ...

    async def names(self, scope: All) -> tuple[int, list[Named]]: ...

    async def page(self, scope: All, words: str, offset: int, limit: int) -> Page: ...

    async def of_csm(self, scope: All, reader: Reader, limit: int) -> Sequence[int]: ...

    async def all_current(self, scope: All, limit: int) -> Sequence[int]: ...


class ChannelStore(Protocol):
    """Which channel is about whom."""

    async def linked(self, scope: All, channel: str) -> Linked | None: ...

    async def link(self, scope: One, channel: str, person: str, now: datetime) -> bool: ...

    async def unlink(self, scope: All, channel: str) -> bool: ...


class LookStore(Protocol):
    """Who looked at whom, and when."""

    def note(self, scope: One, person: str, before: datetime | None, now: datetime) -> None: ...
