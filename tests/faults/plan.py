"""What people do in a run, drawn from its seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from customers.model import Person, Profile, Status
from tests.faults import forms
from tests.faults.forms import Json, Place
from tests.faults.slack import CSMS, INSIDE, PEOPLE, SHARED

CONFIRMED = {"request": "request_logged", "bug": "bug_reported", "history": "history_added"}


@dataclass(eq=False)
class Press:
    """One form that somebody submits; pressed again with the same `view` until it is acknowledged."""

    view: str
    kind: str
    place: Place
    words: str  # title, quote or text, which no other form has
    customers: tuple[int, ...]
    payload: Json
    into: int = 0
    acknowledged: bool = False
    presses: int = 0
    answer: Json | None = None  # the last one

    @property
    def thing(self) -> tuple[str, str]:
        """What makes it the same thing as another: its message, or else itself."""
        return (self.place.channel, self.place.ts) if self.place.ts else ("form", self.view)

    @property
    def confirmed_as(self) -> str:
        return CONFIRMED[self.kind]


def profiles() -> list[Profile]:
    """Twelve customers with three CSMs; one has none, one has left."""
    names = ["Acme", "Bolt", "Corp", "Dyno", "Echo", "Flux", "Gale", "Halo", "Iris", "Jade", "Kite", "Lark"]
    csms = list(CSMS)
    made = []
    for at, name in enumerate(names):
        csm = None if name == "Lark" else Person(csms[at % len(csms)])
        status = Status.CHURNED if name == "Kite" else Status.ACTIVE
        made.append(Profile(name.casefold(), name, status, csm=csm))
    return made


class Plan:
    """Draws forms; `known` are requests that others can be added to."""

    def __init__(self, random: Random, customers: Sequence[int]) -> None:
        self._random = random
        self._customers = customers
        self._made: list[Press] = []
        self.known: Sequence[int] = ()

    @property
    def made(self) -> Sequence[Press]:
        return self._made

    def some(self, how_many: int) -> list[Press]:
        """New ones."""
        found = [self._one() for _ in range(how_many)]
        self._made += found
        return found

    def _one(self) -> Press:
        draw, number = self._random, len(self._made) + self._random.randrange(10**9) * 10_000
        view, person, kind = f"V{number:X}", draw.choice(PEOPLE), draw.choice(("request", "request", "bug", "history"))
        words, place, into = f"{kind} {number}", self._place(number), 0
        twin = self._twin(kind) if draw.random() < 0.1 else None
        if twin:  # somebody else captures the same message
            place, person = twin.place, draw.choice([one for one in PEOPLE if one != twin.payload["user"]["id"]])
        elif kind == "request" and self.known and draw.random() < 0.4:
            into = draw.choice(self.known)
        wanted = tuple(draw.sample(self._customers, draw.choice((1, 1, 2, 3)) if kind == "request" else 1))
        if kind == "request":
            payload = forms.request(view, person, place, words, words, wanted, into)
        elif kind == "bug":
            payload = forms.bug(view, person, place, words, wanted[0], draw.choice(("critical", "high", "low")))
        else:
            payload = forms.history(view, person, place, words, wanted[0])
        return Press(view, kind, place, words, wanted, payload, into)

    def _place(self, number: int) -> Place:
        if self._random.random() < 0.15:
            return Place()
        channel = self._random.choice((*INSIDE, *INSIDE, SHARED))
        return Place(channel, f"17950{number % 100_000:05}.{number // 100_000 % 1_000_000:06}")

    def _twin(self, kind: str) -> Press | None:
        """A form about a message that nobody else has captured twice."""
        taken = [one.thing for one in self._made]
        free = [
            one for one in self._made[-40:]
            if one.kind == kind and one.place.ts and not one.into and taken.count(one.thing) == 1
        ]  # fmt: skip
        return self._random.choice(free) if free else None
