"""Health: the rules of the customer document ("Health Indicators", "Weekly Check") as pure functions.

The colour of a customer is the worst colour any indicator gives. What is not known is said, never assumed: a customer
without usage data is unknown, never green.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from customers import weeks
from customers.model import Profile, Status, Week

RULES_VERSION = 1  # raise it when a rule changes, so that a change of rules is never mistaken for one of the customer


class Colour(StrEnum):
    """In order of concern; `UNKNOWN` never outweighs a colour that is known."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


_CONCERN = {Colour.RED: 3, Colour.YELLOW: 2, Colour.GREEN: 1, Colour.UNKNOWN: 0}


class Thresholds(BaseModel):
    """Settings with the defaults of the customer document. Shares are 0–1; each number names its unit."""

    model_config = ConfigDict(frozen=True)

    adoption_green: float = Field(
        0.80, gt=0, le=1, description="share of seats active weekly from which adoption is green"
    )
    adoption_yellow: float = Field(0.50, ge=0, lt=1, description="share below which adoption is red")
    usage_drop: float = Field(0.20, gt=0, lt=1, description="fall week over week, strictly more than which is yellow")
    drop_base: int = Field(5, ge=1, description="active users from which a fall counts")
    falling_weeks: int = Field(3, ge=2, le=12, description="weeks of falling in a row that are yellow")
    idle_days: int = Field(14, ge=1, description="days without any use that are red")
    feed_days: int = Field(9, ge=1, description="age in days up to which usage data is fresh")
    feedback_negative: int = Field(0, ge=-100, le=100, description="NPS below which feedback is negative")

    @model_validator(mode="after")
    def _ordered(self) -> "Thresholds":
        if self.adoption_yellow >= self.adoption_green:
            raise ValueError("the red limit of adoption must lie below the green one")
        if self.idle_days <= self.feed_days:
            raise ValueError("idle_days must be more than feed_days, or a late feed looks like an idle customer")
        return self


@dataclass(frozen=True, slots=True)
class Signals:
    """What people and the bug tracker say about a customer. None means: nothing records this yet, so it is unknown.

    `feedback` is an NPS score or, from logged feedback, +1 / -1; the counts are of open items.
    """

    feedback: int | None = None
    feedback_on: date | None = None
    critical_open: int | None = None
    critical_overdue: int = 0
    tickets_open: int | None = None
    requests_waiting: int | None = None
    escalated: bool | None = None
    churn_risk: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rules look at. `weeks` are newest first; `fed` is the Monday of the feed's newest week."""

    today: date
    seats: int | None
    seats_from: str
    weeks: Sequence[Week]
    fed: date | None
    signals: Signals = field(default_factory=Signals)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of `/health`: `value` and `threshold` as people read them, `as_of` the last day the data covers."""

    name: str
    colour: Colour
    sentence: str
    value: str = ""
    threshold: str = ""
    as_of: date | None = None
    mend: str | None = None


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
    indicators = tuple(rule(facts, limits) for rule in RULES)
    worst = max(indicators, key=lambda one: _CONCERN[one.colour])
    colour = worst.colour
    known_use = indicators[0].colour is not Colour.UNKNOWN  # adoption decides whether "green" may be said
    if colour is Colour.GREEN and not known_use:
        colour = Colour.UNKNOWN
    ranked = sorted(indicators, key=lambda one: -_CONCERN[one.colour])
    reasons = [one for one in ranked if one.colour is colour]
    return Health(colour, _why(colour, reasons, indicators[0]), indicators, _to_green(colour, ranked, indicators[0]))


def of(profile: Profile, recent: Sequence[Week], fed: date | None, today: date, limits: Thresholds) -> Health:
    """Health of a customer as the document and the usage feed tell it; a churned one has none."""
    if profile.status is Status.CHURNED:
        when = f" on {profile.churned.isoformat()}" if profile.churned else ""
        return Health(Colour.UNKNOWN, f"Churned{when}; health is no longer judged.", (), ())
    return judge(facts(profile, recent, fed, today), limits)


def _why(colour: Colour, reasons: Sequence[Indicator], adoption: Indicator) -> str:
    if colour is Colour.UNKNOWN:
        return adoption.sentence
    if colour is Colour.GREEN:
        return adoption.sentence
    also = ", ".join(one.name[0].lower() + one.name[1:] for one in reasons[1:])
    return reasons[0].sentence + (f" Also {colour.value}: {also}." if also else "")


def _to_green(colour: Colour, ranked: Sequence[Indicator], adoption: Indicator) -> tuple[str, ...]:
    if colour is Colour.GREEN:
        return ()
    wanted = [one for one in ranked if one.colour in (Colour.RED, Colour.YELLOW)]
    if adoption.colour is Colour.UNKNOWN:  # while it is, nobody is called green
        wanted.append(adoption)
    return tuple(dict.fromkeys(one.mend for one in wanted if one.mend))


def _percent(share: float) -> str:
    """Rounded towards the worse side of a threshold: 79.96 % is never shown as the 80 % it is not."""
    return f"{int(share * 1000 + 1e-9) / 10:g} %"


def _complete(facts: Facts) -> list[Week]:
    """Weeks that are over, newest first; the running one only says that somebody was there."""
    this_week = weeks.monday(facts.today)
    return [week for week in facts.weeks if week.start < this_week]


def _age(week: Week, today: date) -> int:
    return (today - week.start).days - 6  # days since its Sunday


def _stale(facts: Facts, limits: Thresholds) -> str | None:
    """Why the newest complete week is too old to judge by, or None when it is fresh."""
    complete = _complete(facts)
    if not complete:
        return "No usage data for this customer."
    age = _age(complete[0], facts.today)
    if age <= limits.feed_days:
        return None
    latest = weeks.label(complete[0].start)
    return f"The latest usage is of week {latest}, {age} days old: too old to judge."


_FEED = "Import current usage (dossier usage import)."


def adoption(facts: Facts, limits: Thresholds) -> Indicator:
    """Weekly active users ÷ contracted seats of the newest complete week."""
    name = "Adoption"
    threshold = f"green from {_percent(limits.adoption_green)}, red below {_percent(limits.adoption_yellow)}"
    if stale := _stale(facts, limits):
        as_of = _sunday(_complete(facts))
        return Indicator(name, Colour.UNKNOWN, stale, threshold=threshold, as_of=as_of, mend=_FEED)
    week = _complete(facts)[0]
    if not facts.seats:
        return Indicator(
            name,
            Colour.UNKNOWN,
            f"{week.active} weekly users in {weeks.label(week.start)}, but no seats are known to compare with.",
            str(week.active),
            threshold,
            _sunday([week]),
            "Write the seats into the contract line of the document.",
        )
    share = week.active / facts.seats
    colour = Colour.GREEN
    if share < limits.adoption_green:
        colour = Colour.YELLOW if share >= limits.adoption_yellow else Colour.RED
    needed = _ceil(limits.adoption_green * facts.seats)
    return Indicator(
        name,
        colour,
        f"Adoption {_percent(share)}: {week.active} of {facts.seats} {facts.seats_from} in {weeks.label(week.start)}.",
        _percent(share),
        threshold,
        _sunday([week]),
        None
        if colour is Colour.GREEN
        else f"{needed - week.active} more weekly users: {needed} of {facts.seats} seats.",
    )


def trend(facts: Facts, limits: Thresholds) -> Indicator:
    """Fell by more than the limit week over week from a base worth counting, or fell several weeks running."""
    name = "Usage trend"
    drop_limit = _percent(limits.usage_drop)
    threshold = f"yellow when it falls more than {drop_limit} in a week or {limits.falling_weeks} weeks running"
    complete = _complete(facts)
    if stale := _stale(facts, limits):
        return Indicator(name, Colour.UNKNOWN, stale, threshold=threshold, as_of=_sunday(complete))
    now = complete[0]
    if len(complete) < 2 or complete[1].start != now.start - timedelta(weeks=1):
        sentence = f"Data incomplete: nothing for the week before {weeks.label(now.start)}."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, as_of=_sunday(complete))
    before = complete[1]
    # one division: a fall of exactly 20 % becomes the very number that the limit is, so it is never "more"
    change = (now.active - before.active) / before.active if before.active else 0.0
    moved = f"{before.active} → {now.active} weekly users in {weeks.label(now.start)}"
    value = f"{change * 100:+.1f} %" if before.active else f"{now.active}"
    run = _falling(complete)
    if -change > limits.usage_drop and before.active >= limits.drop_base:
        sentence = f"Usage fell {_ceil(-change * 1000) / 10:g} % in a week: {moved}."
        mend = "A week without such a fall."
        return Indicator(name, Colour.YELLOW, sentence, value, threshold, _sunday(complete), mend)
    if run >= limits.falling_weeks:
        fell = f"{complete[run].active} → {now.active} weekly users up to {weeks.label(now.start)}"
        sentence = f"Usage fell {run} weeks running: {fell}."
        return Indicator(name, Colour.YELLOW, sentence, value, threshold, _sunday(complete), "A week without a fall.")
    if now.active >= before.active:
        told = "Usage did not fall"
    else:
        told = f"Usage fell no more than {drop_limit}" if before.active >= limits.drop_base else "A small base fell"
    return Indicator(name, Colour.GREEN, f"{told}: {moved}.", value, threshold, _sunday(complete))


def last_use(facts: Facts, limits: Thresholds) -> Indicator:
    """Anybody there within the last days? Only judged while the feed itself is fresh."""
    name, threshold = "Last use", f"red after {limits.idle_days} days without any"
    if facts.fed is None or not facts.weeks:
        return Indicator(name, Colour.UNKNOWN, "No usage data for this customer.", threshold=threshold)
    feed_age = max(0, (facts.today - facts.fed).days - 6)
    if feed_age > limits.feed_days:
        sentence = f"The usage feed is {feed_age} days old, so silence means nothing."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, mend=_FEED)
    used = next((week for week in facts.weeks if week.active), None)
    newest = facts.weeks[0]
    until = min(_end(newest), facts.today)
    if used and (facts.today - _end(used)).days < limits.idle_days:
        return Indicator(
            name, Colour.GREEN, f"Used in {weeks.label(used.start)}.", weeks.label(used.start), threshold, until
        )
    oldest = facts.weeks[-1]
    if used is None and (facts.today - oldest.start).days < limits.idle_days:
        sentence = f"No use yet, but the data only begins in {weeks.label(oldest.start)}."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, as_of=until)
    if gap := _gap(facts, limits):
        sentence = f"Data incomplete: nothing for {weeks.label(gap)} although the feed has that week."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, as_of=until)
    silent = f"{weeks.label(oldest.start)} to {weeks.label(newest.start)}"
    since = f"seen since {weeks.label(used.start)}" if used else f"from {silent}"
    return Indicator(
        name, Colour.RED, f"No usage {since}.", "none", threshold, until, "Anybody using the product again."
    )


def feedback(facts: Facts, limits: Thresholds) -> Indicator:
    """Latest NPS or logged feedback."""
    score, threshold = facts.signals.feedback, f"yellow below NPS {limits.feedback_negative}"
    if score is None:
        return Indicator("Feedback", Colour.UNKNOWN, "No feedback is recorded.", threshold=threshold)
    negative = score < limits.feedback_negative
    dated = facts.signals.feedback_on.isoformat() if facts.signals.feedback_on else "undated"
    sentence = f"Feedback is {'negative' if negative else 'not negative'}: NPS {score} ({dated})."
    mend = "Feedback that is not negative." if negative else None
    colour = Colour.YELLOW if negative else Colour.GREEN
    return Indicator("Feedback", colour, sentence, f"NPS {score}", threshold, facts.signals.feedback_on, mend)


def critical_bugs(facts: Facts, limits: Thresholds) -> Indicator:
    """Critical bugs open: yellow; one past its due time: red."""
    count, late = facts.signals.critical_open, facts.signals.critical_overdue
    name, threshold = "Critical bugs", "yellow when one is open, red past its due time"
    if count is None:
        return Indicator(name, Colour.UNKNOWN, "Bugs are not recorded yet.", threshold=threshold)
    if late:
        sentence = f"{_many(late, 'critical bug')} past the due time."
        return Indicator(
            name, Colour.RED, sentence, str(late), threshold, facts.today, "Resolve the overdue critical bugs."
        )
    if count:
        sentence = f"{_many(count, 'critical bug')} open."
        return Indicator(
            name, Colour.YELLOW, sentence, str(count), threshold, facts.today, "Resolve the critical bugs."
        )
    return Indicator(name, Colour.GREEN, "No critical bug open.", "0", threshold, facts.today)


def tickets(facts: Facts, limits: Thresholds) -> Indicator:
    """Support tickets and customer-reported bugs open."""
    words = ("open ticket or bug", "open tickets or bugs")
    return _counted("Support tickets", facts.signals.tickets_open, words, "Close the open tickets.", facts, "Tickets")


def requests(facts: Facts, limits: Thresholds) -> Indicator:
    """Feature requests that waited in the backlog for more than 30 days."""
    words = ("request waiting over 30 days", "requests waiting over 30 days")
    waiting = facts.signals.requests_waiting
    return _counted("Feature requests", waiting, words, "Answer the waiting requests.", facts, "Requests")


def _counted(name: str, count: int | None, words: tuple[str, str], mend: str, facts: Facts, what: str) -> Indicator:
    threshold = "yellow from one"
    if count is None:
        return Indicator(name, Colour.UNKNOWN, f"{what} are not recorded yet.", threshold=threshold)
    if count:
        sentence = f"{count} {words[0] if count == 1 else words[1]}."
        return Indicator(name, Colour.YELLOW, sentence, str(count), threshold, facts.today, mend)
    return Indicator(name, Colour.GREEN, f"No {words[0]}.", "0", threshold, facts.today)


def escalation(facts: Facts, limits: Thresholds) -> Indicator:
    """An executive escalation that is open."""
    words = ("An executive escalation is open.", "No executive escalation is open.")
    return _flag("Executive escalation", facts.signals.escalated, "Escalations", words, "Close the escalation.", facts)


def churn_risk(facts: Facts, limits: Thresholds) -> Indicator:
    """The churn-risk flag that the CSM sets."""
    words = ("The CSM flagged a churn risk.", "No churn risk is flagged.")
    mend = "Clear the flag with the CSM."
    return _flag("Churn risk", facts.signals.churn_risk, "Churn-risk flags", words, mend, facts)


def _flag(name: str, is_set: bool | None, what: str, words: tuple[str, str], mend: str, facts: Facts) -> Indicator:
    threshold = "red when there is one"
    if is_set is None:
        return Indicator(name, Colour.UNKNOWN, f"{what} are not recorded yet.", threshold=threshold)
    if is_set:
        return Indicator(name, Colour.RED, words[0], "yes", threshold, facts.today, mend)
    return Indicator(name, Colour.GREEN, words[1], "no", threshold, facts.today)


Rule = Callable[[Facts, Thresholds], Indicator]
RULES: tuple[Rule, ...] = (
    adoption,
    trend,
    last_use,
    feedback,
    critical_bugs,
    tickets,
    requests,
    escalation,
    churn_risk,
)


def _falling(complete: Sequence[Week]) -> int:
    """How many weeks in a row, ending with the newest, were lower than the week before."""
    run = 0
    for now, before in zip(complete, complete[1:], strict=False):
        if before.start != now.start - timedelta(weeks=1) or now.active >= before.active:
            break
        run += 1
    return run


def _gap(facts: Facts, limits: Thresholds) -> date | None:
    """A week that the feed has and this customer lacks, late enough to hold a use that would count."""
    there = {week.start for week in facts.weeks}
    start = weeks.monday(facts.today) - timedelta(weeks=1)
    while (facts.today - start).days - 6 < limits.idle_days:
        if start not in there and facts.fed is not None and start <= facts.fed:
            return start
        start -= timedelta(weeks=1)
    return None


def _end(week: Week) -> date:
    return week.start + timedelta(days=6)


def _sunday(complete: Sequence[Week]) -> date | None:
    return _end(complete[0]) if complete else None


def _ceil(value: float) -> int:
    return -int(-(value - 1e-9) // 1)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
