"""Databases in which people have captured much: requests and bugs put straight into SQLite, as storage writes them."""

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import facts, plain, seeds
from customers.names import fold
from customers.sla import Severity

_OPEN_BUGS = 0.15  # of all that were ever reported
_FEATURES = ("backlog",) * 6 + ("prioritized", "planned", "in_progress", "shipped", "declined")


def add(file: Path, requests: int, bugs: int, customers: Sequence[int], first: int = 0, *, few: bool = False) -> None:
    """Spread over `customers` (ids) as in a real team: a tenth of them has about half of everything.

    Most bugs are closed, most requests wait. `few`: one customer after the other gets one of each, all of them open.
    """
    dice = random.Random(5)
    connection = plain.opened(file)
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in (
        ("features", _features(dice, requests, customers, first, few)),
        ("bugs", _bugs(dice, bugs, customers, first, few)),
    ):
        for row, evidence in rows:
            number = _inserted(connection, table, row)
            for one in evidence:
                _inserted(connection, "feature_evidence", {**one, "feature_id": number})
    connection.execute("COMMIT")
    connection.close()


def _inserted(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> int:
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
    return int(connection.execute(statement, tuple(row.values())).lastrowid or 0)


def _one(dice: random.Random, customers: Sequence[int], number: int, few: bool) -> int:
    if few:
        return customers[number % len(customers)]
    loud = max(1, len(customers) // 10)
    return customers[dice.randrange(loud) if dice.random() < 0.5 else dice.randrange(len(customers))]


def _features(
    dice: random.Random, count: int, customers: Sequence[int], first: int, few: bool
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    for number in range(count):
        draft, at = facts.request(first + number, len(customers)), _moment(dice)
        wants = 1 if few else dice.choice((1, 1, 1, 2, 2, 3, 5))
        ids = list(dict.fromkeys(_one(dice, customers, number, few) for _ in range(wants)))
        source = draft.source
        row = {
            "title": draft.title, "title_key": fold(draft.title), "reason": "",
            "status": "backlog" if few else dice.choice(_FEATURES), "requested_by_customers": json.dumps(ids),
            "customers_count": len(ids), "created_by": facts.PERSON.id, "created_at": at, "status_at": at,
        }  # fmt: skip
        evidence = [
            {
                "customer_id": one, "importance": "important", "quote": draft.quote, "channel": source.channel,
                "message_ts": source.ts, "thread_ts": source.thread, "permalink": source.permalink,
                "logged_by": facts.PERSON.id, "at": at,
            }
            for one in ids
        ]  # fmt: skip
        yield row, evidence


def _bugs(
    dice: random.Random, count: int, customers: Sequence[int], first: int, few: bool
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    for number in range(count):
        draft, at = facts.bug(first + number, len(customers)), _moment(dice)
        is_open = few or dice.random() < _OPEN_BUGS
        source = draft.source
        row = {
            "customer_id": _one(dice, customers, number, few), "title": draft.title, "steps": draft.steps,
            "severity": list(Severity)[number % 4].value, "reported_by": facts.PERSON.id, "reported_at": at,
            "due_at": _moment(dice, 10) if is_open else at, "channel": source.channel, "message_ts": source.ts,
            "thread_ts": source.thread, "permalink": source.permalink, "filing": "filed", "filing_why": "",
            "issue_number": first + number, "issue_url": f"https://github.com/bench/desk/issues/{first + number}",
            "closed_at": None if is_open else at, "closed_why": "" if is_open else "completed", "paused_why": "",
            "warned": 0,
        }  # fmt: skip
        yield row, []


def _moment(dice: random.Random, ahead: int = -1) -> str:
    """As SQLAlchemy writes it: within the last two years, or within so many days from now."""
    days = -dice.randrange(1, 730) if ahead < 0 else dice.randrange(1, ahead)
    moment: datetime = seeds.now() + timedelta(days=days)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
