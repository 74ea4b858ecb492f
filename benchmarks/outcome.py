"""What a measurement found: rows with a goal, and notes for people."""

from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.rounds import Samples, Spread


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of the design: `at_least` for speed ratios, `at_most` for costs and times."""

    bound: float
    at_least: bool

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


def at_least(bound: float) -> Goal:
    """Faster is better."""
    return Goal(bound, True)


def at_most(bound: float) -> Goal:
    """Less is better."""
    return Goal(bound, False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `unit` is `×` for a ratio; `met` is None without a goal, or when nothing was measured.

    `why` is told when the goal is missed.
    """

    what: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    ours: str
    theirs: str
    goal: str
    met: bool | None
    why: str = ""

    @classmethod
    def of(
        cls,
        what: str,
        found: Spread,
        goal: Goal | None = None,
        *,
        unit: str = "×",
        ours: str = "",
        theirs: str = "",
        why: str = "",
    ) -> "Row":
        met = goal.met(found.median) if goal else None
        words = f"{goal}{'' if unit == '×' else f' {unit}'}" if goal else ""
        return cls(what, found.median, found.low, found.high, unit, ours, theirs, words, met, why)

    @classmethod
    def absent(cls, what: str, goal: Goal | None, why: str) -> "Row":
        """A yardstick that is not here; never counted as met."""
        return cls(what, None, None, None, "", "", why, str(goal) if goal else "", None)


def figure(value: float) -> str:
    """Three digits, or all of them before the point."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def compared(
    what: str,
    samples: Samples,
    quantity: str,
    sides: tuple[str, str],
    goal: Goal | None = None,
    *,
    unit: str,
    scale: float = 1.0,
    why: str = "",
) -> Row:
    """The row of `sides[0]` ÷ `sides[1]`, with each side's own median (times `scale`) in `unit`."""
    ours, theirs = (f"{figure(samples.pooled(side, quantity) * scale)} {unit}" for side in sides)
    return Row.of(what, samples.ratio(quantity, *sides), goal, ours=ours, theirs=theirs, why=why)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rows of one measurement, and what a reader must know to judge them."""

    name: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, found: dict[str, Any]) -> "Outcome":
        return cls(found["name"], tuple(Row(**row) for row in found["rows"]), tuple(found["notes"]))
