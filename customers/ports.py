"""What the desk needs from outside: Protocols, kept next to the code that calls them; `storage` fulfils them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from customers import bugs, history, judgements, requests
from customers.facts import Colour
from customers.intents import Intent
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

    async def issues(self, scope: All, limit: int) -> list[tuple[int, str]]: ...


class ChannelStore(Protocol):
    """Which channel is about whom."""

    async def linked(self, scope: All, channel: str) -> Linked | None: ...

    async def link(self, scope: One, channel: str, person: str, now: datetime) -> bool: ...

    async def unlink(self, scope: All, channel: str) -> bool: ...


class LookStore(Protocol):
    """Who looked at whom, and when."""

    def note(self, scope: One, person: str, before: datetime | None, now: datetime) -> None: ...


class RequestStore(Protocol):
    """Feature requests; every change is one transaction with its inbox key and what it says to whom."""

    async def log(
        self,
        scope: All,
        draft: requests.Draft,
        person: str,
        key: str,
        now: datetime,
        speak: Callable[[requests.Logged], list[Intent]],
    ) -> requests.Logged: ...

    async def find(self, scope: All, request_id: int) -> requests.Request | None: ...

    async def some(self, scope: All, ids: Sequence[int]) -> list[requests.Request]: ...

    async def page(self, scope: All, wanted: requests.Filter, offset: int, limit: int) -> requests.RequestPage: ...

    async def queued(self, scope: All, statuses: Sequence[requests.Status], limit: int) -> requests.Queued: ...

    async def titles(self, scope: All, after: int) -> list[tuple[int, str]]: ...

    async def set(
        self, scope: All, move: requests.Move, now: datetime, speak: Callable[[requests.Request], list[Intent]]
    ) -> requests.Request | None: ...

    async def merge(
        self,
        scope: All,
        request_id: int,
        into: int,
        key: str,
        now: datetime,
        speak: Callable[[requests.Request], list[Intent]],
    ) -> requests.Request | None: ...

    async def ask(
        self,
        scope: All,
        request_id: int,
        key: str,
        now: datetime,
        speak: Callable[[requests.Request], list[Intent]],
    ) -> requests.Request | None: ...


class BugStore(Protocol):
    """Bugs, their clock, and what GitHub says about them."""

    async def report(
        self,
        scope: One,
        draft: bugs.Draft,
        due_at: datetime,
        person: str,
        key: str,
        now: datetime,
        speak: Callable[[bugs.Reported], list[Intent]],
    ) -> bugs.Reported: ...

    async def find(self, scope: All, bug_id: int) -> bugs.Bug | None: ...

    async def of_issue(self, scope: All, seen: bugs.Seen) -> bugs.Bug | None: ...

    async def page(self, scope: All | One, wanted: bugs.Filter, offset: int, limit: int) -> bugs.BugPage: ...

    async def filed(self, scope: One, bug_id: int, issue: bugs.Issue, why: str) -> None: ...

    async def filing(self, scope: One, bug_id: int, filing: bugs.Filing, why: str) -> None: ...

    async def pause(
        self,
        scope: One,
        bug_id: int,
        pause: bugs.Pause,
        person: str,
        key: str,
        speak: Callable[[bugs.Bug], list[Intent]],
    ) -> bugs.Bug: ...

    async def resume(
        self,
        scope: One,
        bug_id: int,
        due_at: datetime,
        person: str,
        key: str,
        now: datetime,
        speak: Callable[[bugs.Bug], list[Intent]],
    ) -> bugs.Bug: ...

    async def observed(
        self,
        scope: All,
        seen: bugs.Seen,
        change: Callable[[bugs.Bug], bugs.Bug],
        told: Callable[[bugs.Bug, bugs.Bug], list[Intent]],
        now: datetime,
    ) -> bugs.Bug | None: ...

    async def tell(self, scope: One, intents: Sequence[Intent], now: datetime) -> None: ...

    async def running(self, scope: All, limit: int, after: int = 0) -> list[bugs.Bug]: ...

    async def warned(self, scope: One, bug_id: int, level: int, intents: Sequence[Intent], now: datetime) -> bool: ...


class HistoryStore(Protocol):
    """History that was added from Slack."""

    async def add(
        self,
        scope: One,
        draft: history.Draft,
        person: str,
        key: str,
        now: datetime,
        speak: Callable[[history.Entry], list[Intent]],
    ) -> history.Entry: ...

    async def find(self, scope: All, entry_id: int) -> history.Entry | None: ...


class JudgementStore(Protocol):
    """What people say about health; every change is one transaction with the customer's row and what it tells."""

    async def open(
        self,
        scope: One,
        draft: judgements.Draft,
        person: str,
        key: str,
        now: datetime,
        today: date,
        speak: Callable[[judgements.Kept], list[Intent]],
    ) -> judgements.Kept: ...

    async def end(
        self,
        scope: One,
        which: int,
        why: str,
        person: str,
        key: str,
        now: datetime,
        today: date,
        speak: Callable[[judgements.Kept], list[Intent]],
    ) -> judgements.Kept: ...

    async def run_out(
        self, scope: One, which: int, now: datetime, speak: Callable[[judgements.Kept], list[Intent]]
    ) -> bool: ...

    async def told(
        self,
        scope: One,
        which: int,
        colour: Colour,
        now: datetime,
        speak: Callable[[judgements.Kept], list[Intent]],
    ) -> bool: ...

    async def find(self, scope: All, which: int) -> judgements.Kept | None: ...

    async def overrides(self, scope: All, limit: int, after: int = 0) -> list[judgements.Kept]: ...
