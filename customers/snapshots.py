"""What the weekly check keeps of every customer, so that a trend can be told and a change be named."""

from dataclasses import dataclass
from datetime import date

from customers.facts import Colour

LETTERS = {"g": Colour.GREEN, "y": Colour.YELLOW, "r": Colour.RED, "u": Colour.UNKNOWN}
NAMES = (
    "Adoption",
    "Usage trend",
    "Last use",
    "Feedback",
    "Critical bugs",
    "Reported bugs",
    "Feature requests",
    "Executive escalation",
    "Churn risk",
)  # of the indicators in the order of the rules; a test holds the two together
KEPT = 104  # weeks; two years of a trend


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A customer as judged for the complete week that began at `week` (a Monday).

    `colour` is the computed one, `marks` has one letter of LETTERS for each of NAMES, `rules` is the version of the
    rules. `active` and `before` are the users of that week and of the one before it, None where the feed has none.
    """

    week: date
    colour: Colour
    marks: str
    rules: int
    active: int | None
    before: int | None
    seats: int | None

    @property
    def adoption(self) -> float | None:
        """Share of the seats, from 0; None when it is unknown."""
        return self.active / self.seats if self.active is not None and self.seats else None

    def coloured(self, colour: Colour) -> tuple[str, ...]:
        """Names of the indicators that have this colour."""
        return tuple([name for name, mark in zip(NAMES, self.marks, strict=False) if LETTERS[mark] is colour])
