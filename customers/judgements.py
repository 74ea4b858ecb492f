"""What people say about a customer's health: a colour of their own, an escalation, a risk of churn.

The computed colour is never hidden: what a person says stands beside it, with a reason and, for a colour, an end date
(customer document, "Health Indicators": "Escalations from executive", "Churn risk").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from customers.facts import Colour
from customers.intents import Intent

REASON = 500
LONGEST = 90  # days that a colour may be overridden
USUAL = 30  # days that the form offers
CHOICES = (Colour.GREEN, Colour.YELLOW, Colour.RED)  # what a person may say, from good to bad
_WORSE = {colour: rank for rank, colour in enumerate(CHOICES)}


class Kind(StrEnum):
    """One open judgement of a kind per customer."""

    OVERRIDE = "override"
    ESCALATION = "escalation"
    RISK = "risk"

    @property
    def words(self) -> str:
        """As it is called in a sentence."""
        return "churn-risk flag" if self is Kind.RISK else self.value

    @property
    def over(self) -> str:
        """What happens to it in the end."""
        return {Kind.OVERRIDE: "ended", Kind.ESCALATION: "closed", Kind.RISK: "cleared"}[self]


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


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form says. `instead` is the id of the open one that it shall take the place of, 0 when there is none."""

    customer_id: int
    kind: Kind
    reason: str
    colour: Colour | None = None
    against: Colour | None = None
    until: date | None = None
    instead: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A judgement as it is kept, open or over.

    `ended_by` is empty when an override ended by itself; `told` are the computed colours whose contradiction its
    author has heard of.
    """

    judgement: Judgement
    customer: str
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""
    told: frozenset[Colour] = frozenset()

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


def open_of(judgements: tuple[Judgement, ...], kind: Kind, today: date) -> Judgement | None:
    """The one of this kind that holds."""
    return next((one for one in judgements if one.kind is kind and one.holds(today)), None)


def contradicts(computed: Colour, override: Judgement) -> bool:
    """Whether data say otherwise than the override by now.

    They do when they became worse than both what it says and what was computed then; and, unless it was set to
    something better, when they became better than both. An unknown colour contradicts nothing; when nothing was known
    then, whatever else becomes known does.
    """
    now, said, then = (_WORSE.get(one or Colour.UNKNOWN) for one in (computed, override.colour, override.against))
    if now is None or said is None:
        return False
    if then is None:
        return now != said
    return now > max(said, then) or (said >= then and now < min(said, then))


def problems(
    colour: Colour | None, reason: str, until: date | None, computed: Colour, today: date
) -> Mapping[str, str]:
    """What is wrong with an override, by the field of its form; empty is good."""
    wrong = {}
    if colour is None:
        wrong["colour"] = "Choose a colour."
    elif colour is computed:
        wrong["colour"] = f"It is computed {computed.value} already; there is nothing to override."
    if not reason:
        wrong["reason"] = "Say why; everybody who sees the colour reads it."
    if until is None or until < today:
        wrong["until"] = "Choose the last day on which it holds, today or later."
    elif until > today + timedelta(days=LONGEST):
        last = (today + timedelta(days=LONGEST)).isoformat()
        wrong["until"] = f"An override holds for {LONGEST} days at most: choose {last} or earlier."
    return wrong


def opened(one: Judgement) -> list[Intent]:
    """The CSM hears of an escalation and of a risk; a colour is seen wherever the customer is."""
    return [] if one.kind is Kind.OVERRIDE else [_to_csm(one, "opened", one.by)]


def closed(kept: Kept) -> list[Intent]:
    """When it is over: the CSM, whoever opened it, and the message that told of its opening."""
    one = kept.judgement
    if one.kind is Kind.OVERRIDE:
        return []
    about: dict[str, int | str] = {"judgement": one.id}
    told = [_to_csm(one, "closed", kept.ended_by)]
    told.append(Intent("judged_over", f"judged_over:{one.id}", f"csm:{one.customer_id}", about, one.customer_id))
    if one.by != kept.ended_by:
        to_author = _to_author(one) | {"by": kept.ended_by}
        told.append(Intent("judged_author", f"judged_author:{one.id}", one.by, to_author, one.customer_id))
    return told


def _to_csm(one: Judgement, what: str, by: str) -> Intent:
    about: dict[str, int | str] = {"judgement": one.id, "what": what, "by": by}
    return Intent("judged_csm", f"judged_csm:{one.id}:{what}", f"csm:{one.customer_id}", about, one.customer_id)


def ran_out(one: Judgement, wait: timedelta = timedelta()) -> list[Intent]:
    """Whoever set a colour hears that its last day is over, in the morning (after that `wait`)."""
    return [Intent("override_ended", f"override_ended:{one.id}", one.by, _to_author(one), one.customer_id, wait=wait)]


def contradicted(one: Judgement, computed: Colour) -> list[Intent]:
    """… and that data say otherwise, once for each colour."""
    about = _to_author(one) | {"colour": computed.value}
    key = f"override_contradicted:{one.id}:{computed.value}"
    return [Intent("override_contradicted", key, one.by, about, one.customer_id)]


def _to_author(one: Judgement) -> dict[str, int | str]:
    """No `person`: when the author has left, the team hears that it could not be delivered."""
    return {"judgement": one.id, "channel": one.by}


def history_of(kept: Kept) -> str:
    """What the customer's support history says of an escalation; of other judgements nothing."""
    if kept.judgement.kind is not Kind.ESCALATION:
        return ""
    return f"Escalation opened. {kept.judgement.reason}" if kept.is_open else f"Escalation closed. {kept.ended_why}"
