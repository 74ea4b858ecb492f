"""A weekly risk digest as a plan: what is told, in which order, and how much of it in which message.

It speaks of what changed since the last one. The first message holds the counts and the worst of everything, the rest
follows in its thread, and what would be too much even there is counted with the command that shows it. The plan holds
ids and colours only and is kept, so that all messages of a digest agree, and one that is sent again says the same.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from customers.facts import Colour
from customers.told import Change, lost_sight

WEEKS_BACK = 5  # weeks that an earlier judgement may be old to be compared with
DRAWN = 12  # weeks of the chart
DAYS_BEFORE = (90, 60, 30, 7)  # a renewal
SOON = timedelta(days=3)  # a bug's due time is near
ROOM = 20  # weight of one message: a row weighs 1, one with buttons more
BUTTONS = 2.5
IN_FIRST = 18  # weight of the rows in the first message
MESSAGES = 12  # of one digest
ATTACHED = 8  # rows of changed customers that carry the buttons of their alert


class Section(StrEnum):
    """In the order in which they are told."""

    RED = "red"
    YELLOW = "yellow"
    RECOVERED = "recovered"
    UNKNOWN = "unknown"
    CORRECTED = "corrected"
    DROPS = "drops"
    BUGS = "bugs"
    RENEWALS = "renewals"
    REQUESTS = "requests"
    ALERTS = "alerts"


# how many rows are listed at most; together they fit into MESSAGES
MOST = {
    Section.RED: 40, Section.YELLOW: 20, Section.RECOVERED: 10, Section.UNKNOWN: 12, Section.CORRECTED: 8,
    Section.DROPS: 10, Section.BUGS: 12, Section.RENEWALS: 16, Section.REQUESTS: 6, Section.ALERTS: 8,
}  # fmt: skip
# how many of them stand in the first message when there is not room for all
_FIRST = {
    Section.RED: 5, Section.YELLOW: 3, Section.RECOVERED: 1, Section.UNKNOWN: 1, Section.CORRECTED: 1, Section.DROPS: 1,
    Section.BUGS: 2, Section.RENEWALS: 2, Section.REQUESTS: 1, Section.ALERTS: 1,
}  # fmt: skip
_WITH_BUTTONS = (Section.DROPS, Section.ALERTS)


@dataclass(frozen=True, slots=True)
class Tally:
    """Customers by the colour that is shown, and those among them that were red or yellow before.

    `rules_changed` were judged by other rules before, so nobody can say whether they changed. `new_red` and
    `new_yellow` became so since; `by_hand` show another colour than the computed one.
    """

    red: int = 0
    yellow: int = 0
    green: int = 0
    unknown: int = 0
    still_red: int = 0
    still_yellow: int = 0
    rules_changed: int = 0
    new_red: int = 0
    new_yellow: int = 0
    by_hand: int = 0

    def of(self, colour: Colour) -> int:
        """How many have this colour now."""
        return int(getattr(self, colour.value))


@dataclass(frozen=True, slots=True)
class Lines:
    """One section: the ids of its first rows, the worst first, and how many rows it has altogether."""

    section: Section
    ids: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Point:
    """Adoption of one week: users and seats of everybody of whom both are known. `week` is its number."""

    week: int
    active: int
    seats: int

    @property
    def share(self) -> float | None:
        """From 0; None without seats."""
        return self.active / self.seats if self.seats else None


@dataclass(frozen=True, slots=True)
class Compared:
    """Users of the told week and of the one before it, of those whose usage both weeks have, who have these `seats`.

    `missing` are the seats of those of whom the told week has no usage.
    """

    active: int
    before: int
    seats: int
    missing: int


@dataclass(frozen=True, slots=True)
class Window:
    """Which weeks and which time a digest speaks of.

    `week` is the complete week whose judgement is told, `before` the one it is compared with (None: there is none).
    `missing` is the first week that usage should be there of and is not, `until` the last. `since` is when the last
    digest was made; `first` when there was none, and how things stand is told instead of how they changed.
    """

    week: int | None
    before: int | None
    missing: int | None
    since: datetime
    first: bool
    until: int | None = None

    @property
    def is_settled(self) -> bool:
        """Whether usage of the told week is there; otherwise every colour that rests on it is unknown."""
        return self.missing is None or self.week is None or self.week < self.missing


@dataclass(frozen=True, slots=True)
class Material:
    """What storage found. `attached` are alerts of customers in the first two sections, which tell their drops.

    `changes` are those of the customers in sections of colours, `told` is what the channel knows of everybody then.
    """

    window: Window
    tally: Tally
    lines: tuple[Lines, ...]
    adoption: tuple[Point, ...]
    attached: Mapping[int, int] = field(default_factory=dict)
    changes: Mapping[int, Change] = field(default_factory=dict)
    told: Mapping[int, Colour] = field(default_factory=dict)
    compared: Compared | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows of a section in one message; `start` counts those in earlier ones."""

    section: Section
    start: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All messages of a digest; the first is the one that the others follow in the thread of."""

    window: Window
    tally: Tally
    adoption: tuple[Point, ...]
    totals: Mapping[Section, int]
    pages: tuple[tuple[Stretch, ...], ...]
    attached: Mapping[int, int]
    changes: Mapping[int, Change] = field(default_factory=dict)
    told: Mapping[int, Colour] = field(default_factory=dict)
    compared: Compared | None = None

    @property
    def is_quiet(self) -> bool:
        """Nothing has changed."""
        return not any(self.totals.values())

    @property
    def later(self) -> int:
        """How many rows follow in the thread."""
        return sum(len(stretch.ids) for page in self.pages[1:] for stretch in page)

    def alerts(self, number: int) -> tuple[int, ...]:
        """The alerts that a message has rows of."""
        found: list[int] = []
        for one in self.pages[number]:
            if one.section in _WITH_BUTTONS:
                found += one.ids
            elif one.section in (Section.RED, Section.YELLOW):
                found += [self.attached[customer] for customer in one.ids if customer in self.attached]
        return tuple(found)

    def left_out(self) -> dict[Section, int]:
        """How many rows of which section stand in no message."""
        told = dict.fromkeys(self.totals, 0)
        for page in self.pages:
            for stretch in page:
                told[stretch.section] += len(stretch.ids)
        return {section: total - told[section] for section, total in self.totals.items() if total > told[section]}


class Worst:
    """Who has another colour than before, of any number of customers: counted, and the worst of them kept.

    The larger tier comes first, then the more seats. `settled` is False when the week's usage is missing: then who was
    green and is unknown is one sentence and no list. `by_hand` are colours that people set instead of the computed
    ones: they are counted, and of the computed ones only what became worse is told.
    """

    def __init__(self, *, settled: bool = True, by_hand: Mapping[int, Colour] | None = None) -> None:
        self._settled = settled
        self._by_hand = by_hand or {}
        self._found: dict[Section, list[tuple[tuple[int, int, str], int, Change]]] = {one: [] for one in _COLOURED}
        self._totals = dict.fromkeys(_COLOURED, 0)
        self.at_risk: set[int] = set()  # everybody who is newly red or yellow, listed or not
        self._moved = dict.fromkeys(Colour, 0)  # how many who show a colour had another one, or other rules
        self._new = dict.fromkeys(Colour, 0)
        self._rules = 0

    def add(
        self, customer: int, seats: int | None, now: str, then: str | None, same: bool | None, rank: int, name: str,
        marks: str = "", marks_then: str | None = "", corrected: bool = False,
    ) -> None:  # fmt: skip
        """One customer whose colour is `now` and was told as `then` (None: never), by the `same` rules or not."""
        change = Change(Colour(now), Colour(then) if then else None, marks, marks_then or "", corrected)
        if customer not in self._by_hand:
            self._moved[change.colour] += 1
        if change.was is not None and not same:
            self._rules += 1
            return
        section = self._section(change)
        if section is None or (customer in self._by_hand and section not in _WORSE):
            return
        self._totals[section] += 1
        if section in _WORSE:
            self.at_risk.add(customer)
            self._new[change.colour] += customer not in self._by_hand
        found = self._found[section]
        found.append(((rank, -(seats or 0), name), customer, change))
        if len(found) > 4 * MOST[section]:
            self._found[section] = heapq.nsmallest(MOST[section], found, key=_order)

    def _section(self, change: Change) -> Section | None:
        lost = lost_sight(change.colour, change.marks, change.marks_then) or (not self._settled and bool(change.lost))
        section = changed(change.was, change.colour, lost=lost)
        if section is Section.UNKNOWN and not self._settled and change.was is Colour.GREEN:
            return None
        if change.corrected and section in (Section.RECOVERED, Section.UNKNOWN):
            return Section.CORRECTED
        return section

    def tally(self, totals: Mapping[Colour, int]) -> Tally:
        """Counts by shown colour, from the computed ones of those who show them and those set by hand."""
        red, yellow, green, unknown = (totals[one] for one in (Colour.RED, Colour.YELLOW, Colour.GREEN, Colour.UNKNOWN))
        still = red - self._moved[Colour.RED], yellow - self._moved[Colour.YELLOW]
        new = self._new[Colour.RED], self._new[Colour.YELLOW]
        return Tally(red, yellow, green, unknown, *still, self._rules, *new, len(self._by_hand))

    def by_hand_since(self, shown: Colour) -> None:
        """A colour that was set by hand since the last digest is not unchanged."""
        self._moved[shown] += 1

    def lines(self) -> list[Lines]:
        """The sections of colours."""
        return [Lines(one, tuple(row[1] for row in self._first(one)), self._totals[one]) for one in _COLOURED]

    def changes(self) -> dict[int, Change]:
        """What became of everybody in `lines`."""
        return {customer: change for one in _COLOURED for _, customer, change in self._first(one)}

    def _first(self, section: Section) -> list[tuple[tuple[int, int, str], int, Change]]:
        return heapq.nsmallest(MOST[section], self._found[section], key=_order)


_WORSE = (Section.RED, Section.YELLOW)
_COLOURED = (*_WORSE, Section.RECOVERED, Section.UNKNOWN, Section.CORRECTED)


def _order(row: tuple[tuple[int, int, str], int, Change]) -> tuple[tuple[int, int, str], int]:
    return row[0], row[1]


def changed(before: Colour | None, now: Colour, *, lost: bool = False) -> Section | None:
    """Where a change of colour by the same rules is told; red that became yellow is better, not newly yellow.

    `lost`: it looks better only because what was worse is not known any more, which is not better.
    """
    if before is now or (before is None and now not in (Colour.RED, Colour.YELLOW)):
        return None
    better = Section.UNKNOWN if lost else Section.RECOVERED
    match now:
        case Colour.RED:
            return Section.RED
        case Colour.YELLOW:
            return better if before is Colour.RED else Section.YELLOW
        case Colour.GREEN:
            return better if before in (Colour.RED, Colour.YELLOW) else None
        case _:
            return Section.UNKNOWN


def plan(material: Material) -> Plan:
    """Which row stands in which message."""
    attached = _attached(material)
    lines = sorted((one for one in material.lines if one.total), key=lambda one: list(Section).index(one.section))
    weighed = _Weighing(attached)
    rows = [(one.section, at, row) for one in lines for at, row in enumerate(one.ids)]
    pages = [rows] if weighed.all(rows) <= IN_FIRST else _parted(rows, weighed)
    return Plan(
        material.window,
        material.tally,
        material.adoption,
        {one.section: one.total for one in lines},
        tuple(tuple(_stretches(page)) for page in pages[:MESSAGES]),
        attached,
        material.changes,
        material.told,
        material.compared,
    )


_Row = tuple[Section, int, int]  # its section, its place there, its id


def _attached(material: Material) -> dict[int, int]:
    """The worst customers that are told anyway take the buttons of their alert with them."""
    told = [row for one in material.lines if one.section in (Section.RED, Section.YELLOW) for row in one.ids]
    with_alert = [customer for customer in told if customer in material.attached]
    return {customer: material.attached[customer] for customer in with_alert[:ATTACHED]}


@dataclass(frozen=True, slots=True)
class _Weighing:
    attached: Mapping[int, int]

    def one(self, row: _Row) -> float:
        section, _, which = row
        if section in _WITH_BUTTONS:
            return BUTTONS
        return 1 + BUTTONS if section in (Section.RED, Section.YELLOW) and which in self.attached else 1

    def all(self, rows: Sequence[_Row]) -> float:
        return sum(self.one(row) for row in rows)


def _parted(rows: Sequence[_Row], weighed: _Weighing) -> list[list[_Row]]:
    """The worst of every section, then the rest in its order, as much as one message holds at a time."""
    there, left = set[_Row](), float(IN_FIRST)
    for row in sorted((row for row in rows if row[1] < _FIRST[row[0]]), key=lambda row: row[1] > 0):
        if weighed.one(row) <= left:
            there.add(row)
            left -= weighed.one(row)
    pages, page, weight = [[row for row in rows if row in there]], list[_Row](), 0.0
    for row in rows:
        if row in there:
            continue
        if page and weight + weighed.one(row) > ROOM:
            pages.append(page)
            page, weight = [], 0.0
        page.append(row)
        weight += weighed.one(row)
    return [*pages, page] if page else pages


def _stretches(page: Sequence[_Row]) -> Iterator[Stretch]:
    sections: dict[Section, list[_Row]] = {}
    for row in page:
        sections.setdefault(row[0], []).append(row)
    for section, rows in sections.items():
        yield Stretch(section, rows[0][1], tuple(row[2] for row in rows))
