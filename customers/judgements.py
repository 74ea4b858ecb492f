"""What people say about a customer's health: a colour of their own, an escalation, a risk of churn.

The computed colour is never hidden: what a person says stands beside it, with a reason and, for a colour, an end date
(customer document, "Health Indicators": "Escalations from executive", "Churn risk").
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from customers.facts import Colour

REASON = 500
LONGEST = 90  # days that a colour may be overridden


class Kind(StrEnum):
    """One open judgement of a kind per customer."""

    OVERRIDE = "override"
    ESCALATION = "escalation"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody (`by`, a Slack user) said at `at` (aware UTC).

    An override has a `colour`, the colour that was computed then (`against`) and its last day (`until`).
    """

    id: int
    customer_id: int
    kind: Kind
    reason: str
    by: str
    at: datetime
    colour: Colour | None = None
    against: Colour | None = None
    until: date | None = None

    def holds(self, today: date) -> bool:
        """Whether it is still said on the team's `today`; only an override ends by itself."""
        return self.until is None or today <= self.until


def open_of(judgements: tuple[Judgement, ...], kind: Kind, today: date) -> Judgement | None:
    """The one of this kind that holds."""
    return next((one for one in judgements if one.kind is kind and one.holds(today)), None)
