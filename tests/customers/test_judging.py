"""The look at overrides: what each of them needs, everything in chunks, about once an hour."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from customers import judging
from customers.errors import CustomerGone
from customers.facts import Colour
from customers.health import Health
from customers.intents import Intent
from customers.judgements import Judgement, Kept, Kind
from customers.judging import Judgements
from customers.model import Profile, Status
from customers.people import Reader, Standing
from customers.records import Card, Record
from customers.scope import All, One

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TODAY = NOW.date()
Speak = Callable[[Kept], list[Intent]]


class Store:
    """Open overrides of customers 1, 2, 3 …, and what was done about them."""

    def __init__(self, *known: Kept) -> None:
        self.known = known
        self.asked = 0
        self.did: list[tuple[str, int]] = []
        self.said: list[Intent] = []

    async def overrides(self, scope: All, limit: int, after: int = 0) -> list[Kept]:
        self.asked += 1
        return [one for one in self.known if one.judgement.id > after][:limit]

    async def run_out(self, scope: One, which: int, now: datetime, speak: Speak) -> bool:
        return self._do("ended", which, speak)

    async def told(self, scope: One, which: int, colour: Colour, now: datetime, speak: Speak) -> bool:
        return self._do(colour.value, which, speak)

    def _do(self, what: str, which: int, speak: Speak) -> bool:
        self.did.append((what, which))
        self.said += speak(next(one for one in self.known if one.judgement.id == which))
        return True


def _kept(which: int, until: date = TODAY, **more: Any) -> Kept:
    one = Judgement(which, which, Kind.OVERRIDE, "", "U0MAYA", NOW, Colour.GREEN, Colour.YELLOW, until)
    return Kept(one, "Acme", **more)


def _judgements(store: Any, *computed: Colour | None) -> Judgements:
    async def opened(customer_id: int, reader: Reader, now: datetime) -> Card:
        colour = computed[customer_id - 1]
        if colour is None:
            raise CustomerGone()
        record = Record(
            customer_id, Profile("a", "A", Status.ACTIVE), (), None, now, now, None, None, None, None, (), 1
        )
        return Card(record, Health(colour, "", (), ()), now, TODAY)

    return Judgements(store, opened, lambda now: now.date())


async def test_each_is_told_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "CHUNK", 2)
    over = _kept(1, until=TODAY - timedelta(days=1))
    store = Store(over, _kept(2), _kept(3), _kept(4), _kept(5, told=frozenset({Colour.RED})), _kept(6))
    colours = (Colour.RED, Colour.YELLOW, None, Colour.RED, Colour.RED, Colour.UNKNOWN)
    assert await _judgements(store, *colours).review(NOW) == 2
    assert store.did == [("ended", 1), ("red", 4)]
    assert [(one.kind, one.lane, one.word("channel"), one.word("colour")) for one in store.said] == [
        ("override_ended", "U0MAYA", "U0MAYA", ""),
        ("override_contradicted", "U0MAYA", "U0MAYA", "red"),
    ]
    assert store.asked == 4


async def test_one_question_when_nobody_overrides_anything_and_about_once_an_hour() -> None:
    store = Store()
    looking = _judgements(store)
    for minutes in (0, 1, 59, 60, 61, -5):
        await looking.watch(NOW + timedelta(minutes=minutes))
    assert store.asked == 3


async def test_a_look_that_fails_is_made_again_at_once() -> None:
    class Busy(Store):
        async def overrides(self, scope: All, limit: int, after: int = 0) -> list[Kept]:
            self.asked += 1
            raise RuntimeError("busy")

    store = Busy()
    looking = _judgements(store)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await looking.watch(NOW)
    assert store.asked == 2


async def test_a_colour_is_set_against_what_is_computed_then() -> None:
    drafts = []

    class Opens(Store):
        async def open(self, scope: One, draft: Any, person: str, *rest: Any) -> Kept:
            drafts.append((scope, draft, person))
            return _kept(1)

    maya = Reader("U0MAYA", Standing.MEMBER)
    await _judgements(Opens(), Colour.RED).override(1, Colour.GREEN, "holidays", TODAY, maya, "view:1", NOW, 7)
    ((scope, draft, person),) = drafts
    assert (scope, person) == (One(1), "U0MAYA")
    assert (draft.colour, draft.against, draft.until, draft.instead) == (Colour.GREEN, Colour.RED, TODAY, 7)
