"""Any customer at all, as Hypothesis invents them, and what every answer about one must keep to.

Whatever a person could have written holds the mark `TYPED`, so that a test can see where it ends up.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st

from bot.sandbox import check_blocks
from customers import health
from customers.judgements import CHOICES, Judgement, Kind
from customers.model import (
    CustomCode,
    HistoryEntry,
    KnownIssue,
    MetadataLine,
    Person,
    Profile,
    Section,
    Stated,
    Status,
    Tier,
    Topic,
    Week,
)
from customers.people import Reader, Standing
from customers.records import BugLine, Card, Change, Record, RequestLine
from customers.requests import Status as RequestStatus
from customers.sla import Severity
from customers.weeks import monday

TYPED = "≋"
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TODAY = NOW.date()
READER = Reader("U0MAYA", Standing.MEMBER, "Maya Lindqvist", "maya@harbour.example", "maya")
HOSTILE = (
    "<!channel>", "<@U1>", "<https://x|Acme>", "*Acme*_ & <b>", "`a` `b`", "\0", "\u202eRTL", "🎉", "👩‍👩‍👧‍👦",
    "</script>", ":tada:", "@here", "&lt;", "```", "\\", '"', "\x1b[31m", "\u2066", "a\nb", "\t", "{{name}}", "%s",
    "\\u00e9", "---",
)  # fmt: skip


def typed(longest: int = 40) -> st.SearchStrategy[str]:
    """Something a person could have written, with the mark in it."""
    parts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=longest), max_size=3)
    many = st.sampled_from([1, 1, 1, 1, 40, 400])
    return st.builds(lambda some, times: (TYPED + " ".join(some)) * times, parts, many)


def some(one: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few, or very many alike."""
    times = st.sampled_from([1, 1, 1, 30])
    return st.builds(lambda few, many: tuple(few) * many, st.lists(one, max_size=most), times)


DAYS = st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 18), timezones=st.just(UTC))  # noqa: DTZ001
MAYBE = st.none() | typed()
LINES = st.one_of(
    typed(),
    st.builds("{}- {}".format, st.sampled_from(["", "  ", "    ", "\t"]), typed()),
    st.just("```"),
    st.just(""),
    st.builds("# {}".format, typed()),
)
BODIES = st.builds("\n".join, st.lists(LINES, max_size=12))
SECTIONS = st.builds(Section, typed(), st.none() | st.sampled_from(Topic), typed(), BODIES, st.integers(1, 9))
PROFILES = st.builds(
    Profile,
    slug=st.just("acme"),
    name=typed(),
    status=st.sampled_from(Status),
    qualifier=st.sampled_from([None, "Internal"]) | typed(),
    tier=st.none() | st.sampled_from(Tier),
    onboarded=DAYS,
    csm=st.none() | st.builds(Person, typed(), MAYBE, MAYBE),
    contract=MAYBE,
    seats=st.none() | st.integers(0, 10**6),
    renewal=DAYS,
    churned=DAYS,
    aliases=some(typed()),
    channel=MAYBE,
    metadata=some(st.builds(MetadataLine, typed(), typed())),
    preamble=typed(),
    sections=some(SECTIONS, 3),
    issues=some(st.builds(KnownIssue, typed(), MAYBE, MAYBE)),
    history=some(st.builds(HistoryEntry, typed(), DAYS)),
    code=some(st.builds(CustomCode, MAYBE, MAYBE, MAYBE, DAYS)),
    stated=st.builds(
        Stated, st.none() | st.floats(0, 2), st.none() | st.integers(-100, 100), st.none() | st.integers(0, 10**6)
    ),
    updated=DAYS,
    heading=typed(),
    file=typed(),
)
WEEKS = st.lists(st.integers(0, 10**8), max_size=13).map(
    lambda active: tuple(Week(monday(TODAY) - timedelta(weeks=at), one) for at, one in enumerate(active))
)
RECORDS = st.builds(
    Record,
    customer_id=st.integers(1, 10**17),
    profile=PROFILES,
    recent=WEEKS,
    fed=st.none() | st.just(monday(TODAY)),
    first_seen=MOMENTS,
    changed_at=MOMENTS,
    missing_since=st.none() | MOMENTS,
    broken_since=st.none() | MOMENTS,
    broken_why=MAYBE,
    looked_at=st.none() | MOMENTS,
    changes=some(st.builds(Change, MOMENTS, typed())),
    names_version=st.just(1),
)
BUG_LINES = st.builds(
    BugLine,
    st.integers(1, 10**17),
    typed(),
    st.sampled_from(Severity),
    MOMENTS,
    st.none() | st.integers(1, 10**6),
    st.sampled_from([None, "https://github.example/o/r/issues/1", "javascript:alert(1)", ""]),
    st.booleans(),
)
REQUEST_LINES = st.builds(
    RequestLine, st.integers(1, 10**17), typed(), st.sampled_from(RequestStatus), st.integers(0, 10**6), MOMENTS
)
LONG_AGO, LAST_DAY = TODAY - timedelta(days=9), TODAY + timedelta(days=90)
JUDGEMENTS = st.tuples(
    *(
        st.none()
        | st.builds(
            Judgement,
            id=st.integers(1, 10**17),
            customer_id=st.just(7),
            kind=st.just(kind),
            reason=typed(),
            by=st.sampled_from(["U0MAYA", "W0JONAS", ""]),
            at=MOMENTS,
            colour=st.sampled_from(CHOICES) if kind is Kind.OVERRIDE else st.none(),
            against=st.sampled_from(health.Colour) if kind is Kind.OVERRIDE else st.none(),
            until=st.dates(LONG_AGO, LAST_DAY) if kind is Kind.OVERRIDE else st.none(),
        )
        for kind in Kind
    )
).map(lambda found: tuple(one for one in found if one))
RECORDS = st.builds(
    replace,
    RECORDS,
    judgements=JUDGEMENTS,
    bugs=some(BUG_LINES),
    requests=some(REQUEST_LINES),
    entries=some(st.builds(HistoryEntry, typed(), DAYS.filter(bool))),
)
CARDS = RECORDS.map(lambda record: card(record))


def card(record: Record) -> Card:
    """The record as the desk shows it."""
    judged = health.of(record.profile, record.recent, record.fed, TODAY, health.Thresholds(), record.counted(NOW))
    return Card(record, judged, NOW, TODAY)


def card_of(profile: Profile) -> Card:
    """A customer of whom nothing else is known."""
    return card(Record(7, profile, (), None, NOW, NOW, None, None, None, None, (), 1))


# What every answer keeps to

PIECES = {
    "text",
    "link",
    "user",
    "channel",
    "rich_text_section",
    "rich_text_list",
    "rich_text_preformatted",
    "rich_text_quote",
}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object within."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(one)


def strings(value: Any) -> Iterator[str]:
    """Every string within, in order."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(one)


def wrong(body: dict[str, Any]) -> list[str]:
    """What Slack would refuse in this message, or what would notify, mislead or leak; empty is good."""
    blocks, shown = body["blocks"], body["text"]
    found = list(objects(blocks))
    size = len(orjson.dumps(blocks).decode())
    buttons = [one for one in found if one.get("type") == "button"]
    mrkdwn = " ".join(one["text"] for one in found if one.get("type") == "mrkdwn")
    pieces = {
        one["type"] for group in found if str(group.get("type")).startswith("rich_text") for one in group["elements"]
    }
    checks = {
        f"{size} characters": size <= 13_000,
        f"{len(blocks)} blocks": 0 < len(blocks) <= 50,
        "text": 0 < len(shown) <= 4_000,
        "text is not escaped": not re.search(r"[<>]|&(?!amp;|lt;|gt;)", shown),
        "one action_id twice": len({one["action_id"] for one in buttons}) == len(buttons),
        "a button's value": all(len(one["value"]) <= 2_000 for one in buttons),
        f"typed text in mrkdwn: {mrkdwn}": TYPED not in mrkdwn,
        f"mentions: {mrkdwn}": not re.search(r"<(?!@U0MAYA>)", mrkdwn),
        f"elements: {pieces}": pieces <= PIECES,
        "a link elsewhere": all(one["url"].startswith("https://") for one in found if one.get("type") == "link"),
        "a person who is none": all(one["user_id"].isalnum() for one in found if one.get("type") == "user"),
        "hidden characters": not re.search("[\0\x1b\u202a-\u202e\u2066-\u2069]", shown + "".join(strings(blocks))),
    }  # fmt: skip
    return check_blocks(blocks) + [name for name, good in checks.items() if not good]


def letters(text: str) -> str:
    """What of a text must not be lost: its letters and digits in order."""
    return "".join(re.findall(r"[^\W_]", text))
