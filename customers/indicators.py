"""The nine indicators of health as pure rules (customer document, "Health Indicators" and "Weekly Check").

Every rule answers with a colour, the measured value, its threshold, the last day of the data and one sentence. Missing
or late data is unknown and says so.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from customers import weeks
from customers.facts import Colour, Facts, Indicator, Thresholds, fallen, percent
from customers.model import Week


def _age(week: Week, today: date) -> int:
    return (today - week.start).days - 6  # days since its Sunday


def _stale(facts: Facts, limits: Thresholds) -> str | None:
    """Why the newest complete week is too old to judge by, or None when it is fresh."""
    complete = facts.complete
    if not complete or facts.fed is None:
        if facts.partial:
            return f"Data incomplete: of {weeks.label(facts.partial.start)} only a part has come."
        return "No usage data for this customer."
    age = _age(complete[0], facts.today)
    if age <= limits.feed_days:
        if complete[0].start == facts.fed:
            return None
        return f"Data incomplete: nothing for {weeks.label(facts.fed)} although the feed has that week."
    latest = weeks.label(complete[0].start)
    return f"The latest usage is of week {latest}, {age} days old: too old to judge."


_FEED = "Import current usage (dossier usage import)."


def adoption(facts: Facts, limits: Thresholds) -> Indicator:
    """Weekly active users ÷ contracted seats of the newest complete week."""
    name = "Adoption"
    threshold = limits.adoption_words
    if stale := _stale(facts, limits):
        as_of = _sunday(facts.complete)
        return Indicator(name, Colour.UNKNOWN, stale, threshold=threshold, as_of=as_of, mend=_FEED)
    week = facts.complete[0]
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
    shown = percent(share, limits.adoption_green, limits.adoption_yellow)
    needed = _ceil(limits.adoption_green * facts.seats)
    return Indicator(
        name,
        colour,
        f"Adoption {shown}: {week.active} of {facts.seats} {facts.seats_from} in {weeks.label(week.start)}.",
        shown,
        threshold,
        _sunday([week]),
        None
        if colour is Colour.GREEN
        else f"{needed - week.active} more weekly users: {needed} of {facts.seats} seats.",
    )


def trend(facts: Facts, limits: Thresholds) -> Indicator:
    """Fell by more than the limit week over week from a base worth counting, or fell several weeks running."""
    name = "Usage trend"
    threshold = limits.trend_words
    complete = facts.complete
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
        sentence = f"Usage fell {fallen(-change, limits.usage_drop)} in a week: {moved}."
        mend = "A week without such a fall."
        return Indicator(name, Colour.YELLOW, sentence, value, threshold, _sunday(complete), mend)
    if run >= limits.falling_weeks:
        fell = f"{complete[run].active} → {now.active} weekly users up to {weeks.label(now.start)}"
        sentence = f"Usage fell {run} weeks running: {fell}."
        return Indicator(name, Colour.YELLOW, sentence, value, threshold, _sunday(complete), "A week without a fall.")
    if not now.active and not before.active:
        told = "No usage left to fall"
    elif now.active >= before.active:
        told = "Usage did not fall"
    else:
        told = (
            f"Usage fell no more than {percent(limits.usage_drop)}"
            if before.active >= limits.drop_base
            else "A small base fell"
        )
    return Indicator(name, Colour.GREEN, f"{told}: {moved}.", value, threshold, _sunday(complete))


def last_use(facts: Facts, limits: Thresholds) -> Indicator:
    """Anybody there within the last days? Only judged while the feed itself is fresh.

    A week that came in part may prove a use; that nobody was there can only be told by weeks that came whole.
    """
    name, threshold = "Last use", f"red after {limits.idle_days} days without any"
    if facts.fed is None or not facts.weeks:
        return Indicator(name, Colour.UNKNOWN, "No usage data for this customer.", threshold=threshold)
    feed_age = max(0, (facts.today - facts.fed).days - 6)
    if feed_age > limits.feed_days:
        sentence = f"The usage feed is {feed_age} days old, so it is unknown whether anybody is active."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, mend=_FEED)
    used = next((week for week in facts.weeks if week.active), None)
    until = _end(facts.fed)
    if used and (facts.today - _end(used.start)).days < limits.idle_days:
        week, seen = weeks.label(used.start), max(until, min(_end(used.start), facts.today))
        return Indicator(name, Colour.GREEN, f"Used in {week}.", week, threshold, seen)
    oldest = facts.weeks[-1]
    if used is None and (facts.today - oldest.start).days < limits.idle_days:
        sentence = f"No use yet, but the data only begins in {weeks.label(oldest.start)}."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, as_of=until)
    if gap := _gap(facts, limits):
        sentence = f"Data incomplete: nothing for {weeks.label(gap)} although the feed has that week."
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, as_of=until)
    known = (until - (_end(used.start) if used else oldest.start - timedelta(days=1))).days
    if (
        known < limits.idle_days
    ):  # the feed is fresh, but the weeks that came whole end before the silence is long enough
        sentence = f"No use seen lately, but the data ends with {weeks.label(facts.fed)}: too early to say."
        mend = _FEED if facts.fed < facts.over else None
        return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold, as_of=until, mend=mend)
    silent = f"{weeks.label(oldest.start)} to {weeks.label(facts.fed)}"
    since = f"seen since {weeks.label(used.start)}" if used else f"from {silent}"
    return Indicator(
        name, Colour.RED, f"No usage {since}.", "none", threshold, until, "Anybody using the product again."
    )


def feedback(facts: Facts, limits: Thresholds) -> Indicator:
    """Latest NPS or logged feedback."""
    score, threshold = facts.signals.feedback, f"yellow below NPS {limits.feedback_negative}"
    if score is None:
        return _unrecorded("Feedback", "No feedback is recorded.", threshold)
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
        return _unrecorded(name, "Bugs are not recorded yet.", threshold)
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
    words = ("customer-reported bug open", "customer-reported bugs open")
    mend = "Resolve the customer-reported bugs."
    return _counted("Reported bugs", facts.signals.tickets_open, words, mend, facts, "Bugs")


def requests(facts: Facts, limits: Thresholds) -> Indicator:
    """Feature requests that waited in the backlog for more than 30 days."""
    words = ("request waiting over 30 days", "requests waiting over 30 days")
    waiting = facts.signals.requests_waiting
    return _counted("Feature requests", waiting, words, "Answer the waiting requests.", facts, "Requests")


def _counted(name: str, count: int | None, words: tuple[str, str], mend: str, facts: Facts, what: str) -> Indicator:
    threshold = "yellow from one"
    if count is None:
        return _unrecorded(name, f"{what} are not recorded yet.", threshold)
    if count:
        sentence = f"{count} {words[0] if count == 1 else words[1]}."
        return Indicator(name, Colour.YELLOW, sentence, str(count), threshold, facts.today, mend)
    return Indicator(name, Colour.GREEN, f"No {words[0]}.", "0", threshold, facts.today)


def escalation(facts: Facts, limits: Thresholds) -> Indicator:
    """An executive escalation that is open."""
    words = ("An executive escalation is open.", "No executive escalation is open.")
    return _flag("Executive escalation", facts.signals.escalated, "Escalations", words, "Close the escalation.", facts)


def churn_risk(facts: Facts, limits: Thresholds) -> Indicator:
    """The churn-risk flag that the CSM, or whoever stands in, sets."""
    words = ("A churn risk is flagged.", "No churn risk is flagged.")
    mend = "Clear the churn-risk flag."
    return _flag("Churn risk", facts.signals.churn_risk, "Churn-risk flags", words, mend, facts)


def _flag(name: str, is_set: bool | None, what: str, words: tuple[str, str], mend: str, facts: Facts) -> Indicator:
    threshold = "red when there is one"
    if is_set is None:
        return _unrecorded(name, f"{what} are not recorded yet.", threshold)
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


@lru_cache(maxsize=256)
def _unrecorded(name: str, sentence: str, threshold: str) -> Indicator:
    """Nothing is known, so the same is said about every customer."""
    return Indicator(name, Colour.UNKNOWN, sentence, threshold=threshold)


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
    there = {week.start for week in facts.complete}
    start = facts.over
    while (facts.today - start).days - 6 < limits.idle_days:
        if start not in there and facts.fed is not None and start <= facts.fed:
            return start
        start -= timedelta(weeks=1)
    return None


def _end(start: date) -> date:
    return start + timedelta(days=6)


def _sunday(complete: Sequence[Week]) -> date | None:
    return _end(complete[0].start) if complete else None


def _ceil(value: float) -> int:
    return -int(-(value - 1e-9) // 1)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
