"""Health: the colour of a customer, why, and what would turn it green.

The colour is the worst colour any indicator gives. What is not known is said, never assumed: a customer without usage
data is unknown, never green (customer document, "Customer Health & Status").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from customers.facts import RULES_VERSION, Colour, Counted, Facts, Indicator, Signals, Thresholds
from customers.indicators import RULES
from customers.model import Profile, Status, Week

__all__ = [
    "RULES_VERSION",
    "Colour",
    "Counted",
    "Facts",
    "Health",
    "Indicator",
    "Signals",
    "Thresholds",
    "facts",
    "judge",
    "of",
]

PRESSING = "Critical bugs"  # said first among what is as bad
_CONCERN = {Colour.RED: 3, Colour.YELLOW: 2, Colour.GREEN: 1, Colour.UNKNOWN: 0}


@dataclass(frozen=True, slots=True)
class Health:
    """`why` is one line; `to_green` says what would have to happen, in order of concern."""

    colour: Colour
    why: str
    indicators: tuple[Indicator, ...]
    to_green: tuple[str, ...]

    @property
    def unknown(self) -> tuple[Indicator, ...]:
        """What is not known; said aloud in every answer."""
        return tuple(one for one in self.indicators if one.colour is Colour.UNKNOWN)


def facts(
    profile: Profile, recent: Sequence[Week], fed: date | None, today: date, signals: Signals | None = None
) -> Facts:
    """Seats come from the contract, else from the feed, else from the users the document states; none are no seats."""
    known = (
        (profile.seats, "contracted seats"),
        (next((week.seats for week in recent if week.seats), None), "seats in the usage feed"),
        (profile.stated.users, "users stated in the document"),
    )
    seats, source = next(((count, words) for count, words in known if count), (None, ""))
    if signals is None:
        signals = Signals(feedback=profile.stated.satisfaction, feedback_on=profile.updated)
    return Facts(today, seats, source, recent, fed, signals)


def judge(facts: Facts, limits: Thresholds) -> Health:
    """All indicators, the worst colour, one line of why, and what would turn it green."""
    indicators = tuple([rule(facts, limits) for rule in RULES])
    worst = max(indicators, key=lambda one: _CONCERN[one.colour])
    colour = worst.colour
    known_use = indicators[0].colour is not Colour.UNKNOWN  # adoption decides whether "green" may be said
    if colour is Colour.GREEN and not known_use:
        colour = Colour.UNKNOWN
    ranked = sorted(indicators, key=lambda one: -_CONCERN[one.colour])
    reasons = sorted((one for one in ranked if one.colour is colour), key=lambda one: one.name != PRESSING)
    return Health(colour, _why(colour, reasons, indicators[0]), indicators, _to_green(colour, ranked, indicators[0]))


def of(
    profile: Profile,
    recent: Sequence[Week],
    fed: date | None,
    today: date,
    limits: Thresholds,
    counted: Counted | None = None,
) -> Health:
    """Health of a customer from the document, the usage feed and what people captured; a churned one has none."""
    if profile.status is Status.CHURNED:
        when = f" on {profile.churned.isoformat()}" if profile.churned else ""
        return Health(Colour.UNKNOWN, f"Churned{when}; health is no longer judged.", (), ())
    return judge(facts(profile, recent, fed, today, _signals(profile, counted)), limits)


def _signals(profile: Profile, counted: Counted | None) -> Signals:
    feedback, on = profile.stated.satisfaction, profile.updated
    if counted is None:
        return Signals(feedback, on)
    return Signals(
        feedback,
        on,
        counted.critical_open,
        counted.critical_overdue,
        counted.bugs_open,
        counted.requests_waiting,
        counted.escalated,
        counted.churn_risk,
    )


def _why(colour: Colour, reasons: Sequence[Indicator], adoption: Indicator) -> str:
    if colour is Colour.UNKNOWN:
        return adoption.sentence
    if colour is Colour.GREEN:
        return adoption.sentence
    also = ", ".join(one.name[0].lower() + one.name[1:] for one in reasons[1:])
    unseen = f" {adoption.sentence}" if adoption.colour is Colour.UNKNOWN else ""  # what is known is not all there is
    return reasons[0].sentence + (f" Also {colour.value}: {also}." if also else "") + unseen


def _to_green(colour: Colour, ranked: Sequence[Indicator], adoption: Indicator) -> tuple[str, ...]:
    if colour is Colour.GREEN:
        return ()
    wanted = [one for one in ranked if one.colour in (Colour.RED, Colour.YELLOW)]
    if adoption.colour is Colour.UNKNOWN:  # while it is, nobody is called green
        wanted.append(adoption)
    return tuple(dict.fromkeys(one.mend for one in wanted if one.mend))
