"""What can be done with feature requests: log, find similar ones, list, move, merge, ask."""

import asyncio
from datetime import datetime

from customers import requests
from customers.errors import RequestGone
from customers.intents import Intent, Source
from customers.people import Reader
from customers.ports import RequestStore
from customers.requests import Draft, Filter, Logged, Move, Queued, Request, RequestPage, Status
from customers.scope import All
from customers.similar import Known, SimilarIndex

PAGE = 8  # requests of one page
SIMILAR = 3
LIKE = 10  # titles that are looked at: several may have been merged into one request
LATE = 200  # requests whose transaction may end after that of a newer one
QUEUE = (Status.BACKLOG, Status.PRIORITIZED)  # what product decides about


class Backlog:
    """The façade for `/features` and its forms. `now` is aware UTC; raises `customers.errors` for people."""

    def __init__(self, store: RequestStore) -> None:
        self._store = store
        self._index = SimilarIndex((), 0)
        self._known = 0  # the newest request that the index holds
        self._late: set[int] = set()  # the newest that the index holds
        self._asking = asyncio.Lock()

    async def similar(self, title: str) -> list[Request]:
        """Requests that may say the same, best first; off the event loop."""
        async with self._asking:  # an index is asked by one thread at a time
            await self._grow()
            found = await asyncio.to_thread(self._index.find, title, LIKE)
        if not found:
            return []
        return (await self._store.some(All("similar requests"), [one.id for one in found]))[:SIMILAR]

    def forget(self) -> None:
        """The numbers begin anew; for a workspace that is brought back."""
        self._index, self._known, self._late = SimilarIndex((), 0), 0, set()

    async def refresh(self) -> None:
        """Takes new titles into the index, so that no form has to wait for it."""
        async with self._asking:
            await self._grow()

    async def log(self, draft: Draft, reader: Reader, key: str, now: datetime) -> Logged:
        """Saves a draft and says so where it came from. `key` names the input; a second delivery changes nothing."""
        source = draft.source
        return await self._store.log(
            All("log request"),
            draft,
            reader.id,
            key,
            now,
            lambda logged: requests.announced(logged, source, reader.id, key),
        )

    async def page(self, wanted: Filter, offset: int) -> RequestPage:
        """Some requests, the most wanted first."""
        return await self._store.page(All("list requests"), wanted, max(0, offset), PAGE)

    async def queue(self, offset: int) -> RequestPage:
        """One request that product has not decided about, the most wanted first; `offset` are those passed over."""
        return await self._store.page(All("review requests"), Filter(QUEUE), max(0, offset), 1)

    async def waiting(self, most: int) -> Queued:
        """What product has not decided about, with the few that have waited longest."""
        return await self._store.queued(All("product queue"), QUEUE, most)

    async def show(self, request_id: int) -> Request:
        """The request, or the one that it was merged into. Raises RequestGone."""
        found = await self._store.find(All("show request"), request_id)
        if found is None:
            raise RequestGone()
        return found

    async def move(self, move: Move, reader: Reader, now: datetime) -> Request:
        """Sets a status; source threads and CSMs hear of it. Raises RequestGone or RequestMoved."""
        moved = await self._store.set(
            All("move request"), move, now, lambda request: requests.moved(request, reader.id)
        )
        return moved or await self.show(move.request_id)

    async def merge(self, request_id: int, into: int, reader: Reader, key: str, now: datetime) -> Request:
        """All customers and evidence of the one go to the other, whose CSMs hear when that makes it a priority."""
        merged = await self._store.merge(
            All("merge requests"), request_id, into, key, now, lambda request: requests.moved(request, reader.id)
        )
        return merged or await self.show(into)

    async def need_info(self, request_id: int, question: str, reader: Reader, key: str, now: datetime) -> Request:
        """Asks the people who logged it. The question is kept with the intent, because it is said only once."""

        def speak(request: Request) -> list[Intent]:
            people = dict.fromkeys(one.logged_by for one in request.evidence)
            return [
                Intent(
                    "request_question",
                    f"request_question:{key}:{person}",
                    person,
                    {"request": request.id, "by": reader.id, "question": question, **Source().answer(person)},
                )
                for person in people
            ]

        asked = await self._store.ask(All("ask about request"), request_id, key, now, speak)
        return asked or await self.show(request_id)

    async def _grow(self) -> None:
        """Titles never change, so the index only ever grows; what was merged since is left out when it is read."""
        found = await self._store.titles(All("request titles"), self._known - LATE)
        known = [Known(request_id, title, 0, "") for request_id, title in found if request_id not in self._late]
        if not known:
            return
        if self._known == 0:
            self._index = await asyncio.to_thread(SimilarIndex, known, 0)
        else:
            for one in known:
                self._index.add(one)
        self._known = found[-1][0]
        self._late = {request_id for request_id, _ in found[-LATE:]}
