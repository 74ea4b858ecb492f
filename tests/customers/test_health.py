"""The health rules of the customer document, as tables. Today is Wednesday 2026-11-18, in week 2026-W47."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from customers import health, indicators
from customers.health import Colour, Facts, Health, Indicator, Signals, Thresholds
from customers.model import Profile, Stated, Status, Week
from customers.weeks import monday

GREEN, YELLOW, RED, UNKNOWN = Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.UNKNOWN
TODAY = date(2026, 11, 18)
W47 = date(2026, 11, 16)  # the running week
W46 = date(2026, 11, 9)  # the newest complete week; it ended three days ago
LIMITS = Thresholds()
CALM = Signals(0, date(2026, 11, 1), 0, 0, 0, 0, False, False)  # everything known and nothing wrong
ORDER = [GREEN, YELLOW, RED]


def weeks(*active: int | None, newest: date = W46, seats: int | None = None) -> tuple[Week, ...]:
    """Newest first; None is a week without a row."""
    starts = (newest - timedelta(weeks=back) for back in range(len(active)))
    return tuple(Week(start, count, seats) for start, count in zip(starts, active, strict=True) if count is not None)


def facts(
    *active: int | None, seats: int | None = 100, newest: date = W46, fed: date | None = W46, today: date = TODAY
) -> Facts:
    return Facts(today, seats, "contracted seats", weeks(*active, newest=newest), fed, CALM)


def profile(status: Status = Status.ACTIVE, **known: object) -> Profile:
    return Profile("acme", "Acme", status, **known)  # type: ignore[arg-type]


def of(customer: Profile, *active: int, seats: int | None = None) -> Health:
    return health.of(customer, weeks(*active, seats=seats), W46, TODAY, LIMITS)


# Adoption


@pytest.mark.parametrize(
    ("active", "seats", "colour", "shown"),
    [
        (80, 100, GREEN, "80 %"),
        (4, 5, GREEN, "80 %"),
        (130, 100, GREEN, "130 %"),
        (7_999, 10_000, YELLOW, "79.9 %"),
        (50, 100, YELLOW, "50 %"),
        (1, 2, YELLOW, "50 %"),
        (4_999, 10_000, RED, "49.9 %"),
        (0, 100, RED, "0 %"),
        (1, 3, RED, "33.3 %"),
    ],
)
def test_adoption_compares_the_exact_share_and_never_shows_a_better_one(
    active: int, seats: int, colour: Colour, shown: str
) -> None:
    found = indicators.adoption(facts(active, seats=seats), LIMITS)
    assert (found.colour, found.value) == (colour, shown)
    assert found.sentence == f"Adoption {shown}: {active} of {seats} contracted seats in 2026-W46."
    assert found.as_of == date(2026, 11, 15)


@pytest.mark.parametrize(("active", "mend"), [(79, "1 more"), (49, "31 more"), (0, "80 more")])
def test_adoption_says_how_many_users_are_missing(active: int, mend: str) -> None:
    found = indicators.adoption(facts(active), LIMITS)
    assert found.mend == f"{mend} weekly users: 80 of 100 seats."


def test_the_missing_users_are_exactly_enough() -> None:
    for seats in range(1, 300):
        found = indicators.adoption(facts(0, seats=seats), LIMITS)
        needed = int(found.mend.split()[0]) if found.mend else 0
        assert indicators.adoption(facts(needed, seats=seats), LIMITS).colour is GREEN
        assert indicators.adoption(facts(needed - 1, seats=seats), LIMITS).colour is not GREEN


@pytest.mark.parametrize("seats", [None, 0])
def test_without_seats_adoption_is_unknown_and_says_what_would_help(seats: int | None) -> None:
    found = indicators.adoption(facts(12, seats=seats), LIMITS)
    assert found.colour is UNKNOWN
    assert found.sentence == "12 weekly users in 2026-W46, but no seats are known to compare with."
    assert found.mend == "Write the seats into the contract line of the document."


@pytest.mark.parametrize(
    ("contract", "feed", "stated", "seats", "source"),
    [
        (100, 50, 25, 100, "contracted seats"),
        (None, 50, 25, 50, "seats in the usage feed"),
        (0, 50, 25, 50, "seats in the usage feed"),
        (None, None, 25, 25, "users stated in the document"),
        (None, 0, 25, 25, "users stated in the document"),
        (None, None, None, None, ""),
        (0, 0, 0, None, ""),
    ],
)
def test_seats_come_from_the_contract_then_the_feed_then_the_document(
    contract: int | None, feed: int | None, stated: int | None, seats: int | None, source: str
) -> None:
    customer = profile(seats=contract, stated=Stated(users=stated))
    found = health.facts(customer, weeks(10, 10, seats=feed), W46, TODAY)
    assert (found.seats, found.seats_from) == (seats, source)


def test_seats_of_an_earlier_week_are_better_than_none() -> None:
    recent = (Week(W46 + timedelta(weeks=1), 3), Week(W46, 10, 40))
    assert health.facts(profile(), recent, W46, TODAY).seats == 40


@pytest.mark.parametrize(
    ("today", "colour"),
    [(date(2026, 11, 16), GREEN), (date(2026, 11, 24), GREEN), (date(2026, 11, 25), UNKNOWN)],
    ids=["1 day old", "9 days old", "10 days old"],
)
def test_adoption_is_judged_by_usage_of_at_most_nine_days(today: date, colour: Colour) -> None:
    assert indicators.adoption(facts(90, today=today), LIMITS).colour is colour


def test_stale_usage_is_said_with_its_week_and_age() -> None:
    found = indicators.adoption(facts(90, today=date(2026, 11, 25)), LIMITS)
    assert found.sentence == "The latest usage is of week 2026-W46, 10 days old: too old to judge."
    assert found.mend == "Import current usage (dossier usage import)."


def test_the_running_week_is_never_judged() -> None:
    running = facts(3, 90, 90, newest=monday(TODAY))
    assert indicators.adoption(running, LIMITS).value == "90 %"
    assert indicators.trend(running, LIMITS).colour is GREEN


# Usage trend


@pytest.mark.parametrize(
    ("newest_first", "colour"),
    [
        ((80, 100), GREEN),  # exactly 20 %
        ((79, 100), YELLOW),
        ((7_999, 10_000), YELLOW),
        ((80_000_000, 100_000_000), GREEN),
        ((4, 5), GREEN),  # the smallest base: exactly 20 %
        ((3, 5), YELLOW),
        ((0, 4), GREEN),  # below the base
        ((0, 5), YELLOW),
        ((0, 0), GREEN),
        ((5, 0), GREEN),
        ((100, 10), GREEN),
        ((97, 98, 99, 100), YELLOW),  # three weeks running
        ((98, 99, 100), GREEN),
        ((97, 98, 98, 100), GREEN),
        ((1, 2, 3, 4), YELLOW),  # three weeks running needs no base
        ((97, 98, 99, None, 100), GREEN),  # a gap ends the run
        ((97, 98, 99, 100, None), YELLOW),
        ((99, None, 100), UNKNOWN),
        ((99,), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_trend_is_yellow_for_a_sharp_fall_or_three_falls_running(
    newest_first: tuple[int | None, ...], colour: Colour
) -> None:
    assert indicators.trend(facts(*newest_first), LIMITS).colour is colour


@pytest.mark.parametrize(
    ("newest_first", "sentence"),
    [
        ((79, 100), "Usage fell 21 % in a week: 100 → 79 weekly users in 2026-W46."),
        ((7_999, 10_000), "Usage fell 20.1 % in a week: 10000 → 7999 weekly users in 2026-W46."),
        ((80, 100), "Usage fell no more than 20 %: 100 → 80 weekly users in 2026-W46."),
        ((1, 4), "A small base fell: 4 → 1 weekly users in 2026-W46."),
        ((40, 10), "Usage did not fall: 10 → 40 weekly users in 2026-W46."),
        ((97, 98, 99, 100), "Usage fell 3 weeks running: 100 → 97 weekly users up to 2026-W46."),
        ((99, None, 100), "Data incomplete: nothing for the week before 2026-W46."),
        ((), "No usage data for this customer."),
    ],
)
def test_trend_says_what_happened(newest_first: tuple[int | None, ...], sentence: str) -> None:
    assert indicators.trend(facts(*newest_first), LIMITS).sentence == sentence


# Last use


@pytest.mark.parametrize(
    ("today", "newest_first", "colour"),
    [
        (date(2026, 11, 28), (0, 9), UNKNOWN),  # the feed is 13 days old
        (date(2026, 11, 21), (0, 9), GREEN),  # 13 days since the last week with use
        (date(2026, 11, 22), (0, 9), UNKNOWN),  # 14 days, but the data covers only 7 of them
        (date(2026, 11, 24), (0, 0, 9), RED),  # the feed is 9 days old and still fresh
        (date(2026, 11, 25), (0, 9), UNKNOWN),  # 10 days
        (TODAY, (0, 0, 9), RED),
        (TODAY, (0, 0, 0), RED),
        (TODAY, (0, 9), GREEN),
        (TODAY, (9,), GREEN),
    ],
)
def test_nobody_for_fourteen_days_is_red_while_the_feed_is_fresh(
    today: date, newest_first: tuple[int, ...], colour: Colour
) -> None:
    assert indicators.last_use(facts(*newest_first, today=today), LIMITS).colour is colour


@pytest.mark.parametrize(
    ("newest_first", "newest", "sentence"),
    [
        ((None, 0, 0, 9), W46, "Data incomplete: nothing for 2026-W46 although the feed has that week."),
        ((0, None, 9), W46, "Data incomplete: nothing for 2026-W45 although the feed has that week."),
        ((9,), date(2026, 10, 5), "Data incomplete: nothing for 2026-W46 although the feed has that week."),
        ((0,), W46, "No use yet, but the data only begins in 2026-W46."),
        ((), W46, "No usage data for this customer."),
    ],
)
def test_a_gap_is_no_silence(newest_first: tuple[int | None, ...], newest: date, sentence: str) -> None:
    found = indicators.last_use(facts(*newest_first, newest=newest), LIMITS)
    assert (found.colour, found.sentence) == (UNKNOWN, sentence)


@pytest.mark.parametrize(
    ("today", "colour"),
    [
        (date(2026, 11, 21), GREEN),
        (date(2026, 11, 22), UNKNOWN),  # the fourteenth day is not over
        (date(2026, 11, 23), RED),
    ],
)
def test_thirteen_days_without_use_are_green_and_fourteen_red(today: date, colour: Colour) -> None:
    running = monday(today)
    fed = running - timedelta(weeks=1)
    assert indicators.last_use(facts(0, 0, 9, newest=W47, fed=fed, today=today), LIMITS).colour is colour


def test_an_old_gap_does_not_hide_that_nobody_is_there() -> None:
    assert indicators.last_use(facts(0, 0, None, 9), LIMITS).sentence == "No usage seen since 2026-W43."
    assert indicators.last_use(facts(0, 0, 0), LIMITS).sentence == "No usage from 2026-W44 to 2026-W46."


def test_somebody_in_the_running_week_counts_as_use() -> None:
    running = facts(1, 0, 0, 0, newest=monday(TODAY))
    found = indicators.last_use(running, LIMITS)
    assert (found.sentence, found.as_of) == ("Used in 2026-W47.", TODAY)


# A week that came in part, because it ran when the feed was imported

MONDAY = date(2026, 11, 23)  # W47 is over, but the feed last came on its Wednesday


@pytest.mark.parametrize(
    ("active", "adoption", "trend", "last_use"),
    [
        ((9, 90, 90), "Adoption 90 %: 90 of 100 contracted seats in 2026-W46.", "Usage did not fall", "2026-W47"),
        ((0, 90, 90), "Adoption 90 %: 90 of 100 contracted seats in 2026-W46.", "Usage did not fall", "2026-W46"),
        ((0, 0, 9), "Adoption 0 %: 0 of 100 contracted seats in 2026-W46.", "Usage fell 100 %", "too early to say"),
        ((9,), *["Data incomplete: of 2026-W47 only a part has come."] * 2, "2026-W47"),
        ((0,), *["Data incomplete: of 2026-W47 only a part has come."] * 2, "No use yet"),
    ],
)
def test_what_came_of_a_running_week_proves_a_use_and_nothing_else(
    active: tuple[int, ...], adoption: str, trend: str, last_use: str
) -> None:
    partial = facts(*active, newest=W47, today=MONDAY)
    assert indicators.adoption(partial, LIMITS).sentence == adoption
    assert trend in indicators.trend(partial, LIMITS).sentence
    assert last_use in indicators.last_use(partial, LIMITS).sentence


def test_a_feed_that_brought_no_week_whole_tells_nothing() -> None:
    partial = facts(0, 0, 0, 0, newest=W47, today=MONDAY, fed=None)
    assert {rule(partial, LIMITS).colour for rule in indicators.RULES[:3]} == {UNKNOWN}


def test_a_week_that_is_believed_while_it_runs_is_not() -> None:
    assert facts(1, 0, newest=W47, fed=W47).complete == facts(0).complete


# What people and the bug tracker say


@pytest.mark.parametrize(
    ("rule", "signals", "colour", "sentence"),
    [
        (indicators.feedback, Signals(), UNKNOWN, "No feedback is recorded."),
        (indicators.feedback, Signals(0, date(2026, 10, 1)), GREEN, "Feedback is not negative: NPS 0 (2026-10-01)."),
        (indicators.feedback, Signals(-1, date(2026, 10, 1)), YELLOW, "Feedback is negative: NPS -1 (2026-10-01)."),
        (indicators.feedback, Signals(-1), YELLOW, "Feedback is negative: NPS -1 (undated)."),
        (indicators.critical_bugs, Signals(), UNKNOWN, "Bugs are not recorded yet."),
        (indicators.critical_bugs, Signals(critical_open=0), GREEN, "No critical bug open."),
        (indicators.critical_bugs, Signals(critical_open=1), YELLOW, "1 critical bug open."),
        (indicators.critical_bugs, Signals(critical_open=2), YELLOW, "2 critical bugs open."),
        (
            indicators.critical_bugs,
            Signals(critical_open=2, critical_overdue=1),
            RED,
            "1 critical bug past the due time.",
        ),
        (indicators.tickets, Signals(), UNKNOWN, "Bugs are not recorded yet."),
        (indicators.tickets, Signals(tickets_open=0), GREEN, "No customer-reported bug open."),
        (indicators.tickets, Signals(tickets_open=1), YELLOW, "1 customer-reported bug open."),
        (indicators.tickets, Signals(tickets_open=2), YELLOW, "2 customer-reported bugs open."),
        (indicators.requests, Signals(), UNKNOWN, "Requests are not recorded yet."),
        (indicators.requests, Signals(requests_waiting=0), GREEN, "No request waiting over 30 days."),
        (indicators.requests, Signals(requests_waiting=1), YELLOW, "1 request waiting over 30 days."),
        (indicators.requests, Signals(requests_waiting=2), YELLOW, "2 requests waiting over 30 days."),
        (indicators.escalation, Signals(), UNKNOWN, "Escalations are not recorded yet."),
        (indicators.escalation, Signals(escalated=False), GREEN, "No executive escalation is open."),
        (indicators.escalation, Signals(escalated=True), RED, "An executive escalation is open."),
        (indicators.churn_risk, Signals(), UNKNOWN, "Churn-risk flags are not recorded yet."),
        (indicators.churn_risk, Signals(churn_risk=False), GREEN, "No churn risk is flagged."),
        (indicators.churn_risk, Signals(churn_risk=True), RED, "A churn risk is flagged."),
    ],
)
def test_signals(rule: indicators.Rule, signals: Signals, colour: Colour, sentence: str) -> None:
    found = rule(Facts(TODAY, None, "", (), None, signals), LIMITS)
    assert (found.colour, found.sentence) == (colour, sentence)
    assert bool(found.mend) is (colour in (YELLOW, RED))


def test_the_score_in_the_document_is_the_feedback_until_some_is_logged() -> None:
    customer = profile(stated=Stated(satisfaction=-20), updated=date(2026, 9, 1))
    stated = health.facts(customer, (), None, TODAY).signals
    assert (stated.feedback, stated.feedback_on) == (-20, date(2026, 9, 1))
    assert health.facts(customer, (), None, TODAY, CALM).signals is CALM


# The colour of a customer


@pytest.mark.parametrize(
    ("customer", "active", "colour"),
    [
        (profile(seats=100), (90, 90), GREEN),
        (profile(seats=100), (60, 60), YELLOW),
        (profile(seats=100, stated=Stated(satisfaction=-1)), (90, 90), YELLOW),
        (profile(seats=100, stated=Stated(satisfaction=-1)), (10, 10), RED),
        (profile(seats=100, stated=Stated(satisfaction=50)), (), UNKNOWN),  # never green without usage
        (profile(stated=Stated(satisfaction=50)), (90, 90), UNKNOWN),  # nor without seats
        (profile(seats=100, stated=Stated(satisfaction=-1)), (), YELLOW),
        (profile(), (), UNKNOWN),
        (profile(Status.PILOT, seats=100), (90, 90), GREEN),
        (profile(qualifier="Internal", seats=100), (90, 90), GREEN),
    ],
)
def test_the_colour_is_the_worst_and_unknown_is_never_green(
    customer: Profile, active: tuple[int, ...], colour: Colour
) -> None:
    assert of(customer, *active).colour is colour


@pytest.mark.parametrize(
    ("customer", "active", "steps"),
    [
        (profile(seats=100), (90, 90), ()),
        (profile(seats=100), (60, 60), ("20 more weekly users: 80 of 100 seats.",)),
        (profile(seats=100), (), ("Import current usage (dossier usage import).",)),
        (
            profile(seats=100, stated=Stated(satisfaction=-5)),
            (),
            ("Feedback that is not negative.", "Import current usage (dossier usage import)."),
        ),
        (
            profile(seats=100, stated=Stated(satisfaction=-5)),
            (10, 90),
            (
                "70 more weekly users: 80 of 100 seats.",
                "A week without such a fall.",
                "Feedback that is not negative.",
            ),
        ),
    ],
)
def test_what_would_turn_it_green_is_complete_and_worst_first(
    customer: Profile, active: tuple[int, ...], steps: tuple[str, ...]
) -> None:
    assert of(customer, *active).to_green == steps


def test_why_names_every_reason() -> None:
    why = of(profile(seats=100, stated=Stated(satisfaction=-5)), 60, 90).why
    assert why == "Adoption 60 %: 60 of 100 contracted seats in 2026-W46. Also yellow: usage trend, feedback."


def test_what_is_unknown_is_listed() -> None:
    unknown = [one.name for one in of(profile(seats=100), 90, 90).unknown]
    recorded_later = ["Critical bugs", "Reported bugs", "Feature requests", "Executive escalation", "Churn risk"]
    assert unknown == ["Feedback", *recorded_later]


@pytest.mark.parametrize(
    ("churned", "why"),
    [
        (date(2026, 10, 1), "Churned on 2026-10-01; health is no longer judged."),
        (None, "Churned; health is no longer judged."),
    ],
)
def test_a_churned_customer_is_not_judged(churned: date | None, why: str) -> None:
    found = of(profile(Status.CHURNED, seats=100, churned=churned), 10, 90)
    assert found == Health(UNKNOWN, why, (), ())


# Thresholds


@pytest.mark.parametrize(
    "wrong",
    [
        {"adoption_green": 0.5, "adoption_yellow": 0.5},
        {"adoption_green": 80},
        {"adoption_green": float("nan")},
        {"adoption_yellow": -0.1},
        {"usage_drop": 0},
        {"usage_drop": 1},
        {"drop_base": 0},
        {"falling_weeks": 13},  # storage keeps thirteen weeks, which are twelve falls
        {"idle_days": 9, "feed_days": 9},  # a late feed would look like an idle customer
        {"feed_days": 0},
        {"feedback_negative": 101},
    ],
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Thresholds(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limits", "rule", "given_facts", "colour"),
    [
        (Thresholds(adoption_green=0.7), indicators.adoption, facts(70), GREEN),
        (Thresholds(adoption_yellow=0.6), indicators.adoption, facts(59), RED),
        (Thresholds(usage_drop=0.1), indicators.trend, facts(89, 100), YELLOW),
        (Thresholds(usage_drop=0.3), indicators.trend, facts(70, 100), GREEN),
        (Thresholds(drop_base=50), indicators.trend, facts(10, 49), GREEN),
        (Thresholds(falling_weeks=2), indicators.trend, facts(98, 99, 100), YELLOW),
        (Thresholds(idle_days=21), indicators.last_use, facts(0, 0, 9), GREEN),
        (Thresholds(feed_days=2), indicators.adoption, facts(90), UNKNOWN),
        (Thresholds(feedback_negative=10), indicators.feedback, Facts(TODAY, 1, "", (), None, Signals(9)), YELLOW),
    ],
)
def test_every_limit_is_a_setting(
    limits: Thresholds, rule: indicators.Rule, given_facts: Facts, colour: Colour
) -> None:
    assert rule(given_facts, limits).colour is colour


# Whatever the facts are


def some_weeks(start: date) -> st.SearchStrategy[tuple[Week, ...]]:
    """Newest first, with gaps, from two weeks ahead of `start` back."""
    row = st.tuples(st.integers(0, 20), st.integers(0, 10**8) | st.integers(0, 12), st.none() | st.integers(0, 200))
    backs = st.lists(row, max_size=13, unique_by=lambda one: one[0]).map(lambda rows: sorted(rows))
    first = monday(start) + timedelta(weeks=2)
    return backs.map(lambda rows: tuple(Week(first - timedelta(weeks=b), n, seats) for b, n, seats in rows))


COUNT = st.none() | st.integers(0, 3)
SIGNALS = st.builds(
    Signals,
    st.none() | st.integers(-100, 100),
    st.none() | st.just(W46),
    COUNT,
    st.integers(0, 2),
    COUNT,
    COUNT,
    st.none() | st.booleans(),
    st.none() | st.booleans(),
)
FACTS = st.builds(
    Facts,
    st.just(TODAY) | st.just(date(2099, 12, 31)),
    st.none() | st.integers(0, 10**6),
    st.just("contracted seats"),
    some_weeks(TODAY),
    st.none() | st.sampled_from([W46, W46 - timedelta(weeks=1), W46 - timedelta(weeks=9), monday(TODAY)]),
    SIGNALS,
)


def concern(found: Indicator | Health) -> int:
    return -1 if found.colour is UNKNOWN else ORDER.index(found.colour)


@settings(max_examples=150, deadline=None)
@given(FACTS)
def test_the_colour_is_the_worst_known_one_of_all_indicators(given_facts: Facts) -> None:
    found = health.judge(given_facts, LIMITS)
    worst = max(map(concern, found.indicators))
    adoption = found.indicators[0]
    assert concern(found) == (-1 if worst == 0 and adoption.colour is UNKNOWN else worst)
    assert (found.colour is GREEN) is (found.to_green == ())
    assert all(one.mend for one in found.indicators if one.colour in (YELLOW, RED))


@settings(max_examples=150, deadline=None)
@given(FACTS)
def test_sentences_are_short_dated_and_whole(given_facts: Facts) -> None:
    found = health.judge(given_facts, LIMITS)
    for one in found.indicators:
        assert 0 < len(one.sentence) <= 200
        assert one.sentence.endswith(".")
        assert one.threshold
        assert one.colour is UNKNOWN or one.as_of or "undated" in one.sentence
        assert one.as_of is None or one.as_of <= given_facts.today
    assert 0 < len(found.why) <= 300


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=2).map(sorted), st.integers(0, 10**6))
def test_more_users_never_make_adoption_worse(users: list[int], seats: int) -> None:
    fewer, more = (indicators.adoption(facts(count, seats=seats), LIMITS) for count in users)
    assert concern(more) <= concern(fewer)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_fall_is_sharp_exactly_when_more_than_a_fifth_is_gone(now: int, before: int) -> None:
    sharp = before >= 5 and 5 * (before - now) > before  # in whole numbers, as a person would check it
    assert (indicators.trend(facts(now, before), LIMITS).colour is YELLOW) is sharp


def test_no_sentence_repeats_what_somebody_typed() -> None:
    typed = "<!channel> *x*"
    customer = Profile(typed, typed, Status.ACTIVE, typed, contract=typed, seats=99, stated=Stated(satisfaction=-5))
    found = of(customer, 10, 90)
    assert typed not in " ".join([found.why, *found.to_green, *(one.sentence for one in found.indicators)])
