"""What the database holds, held against what people were told and what Slack and GitHub have."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.engine import database_url
from tests.faults.plan import Press

SILENT = ("bug_issue", "bug_twins")  # kinds that post nothing in Slack
OPEN = ("new", "sending", "unknown")
ORPHANS = {  # child rows without their parent, where no foreign key can tell: text columns and JSON
    "captures": "SELECT count(*) FROM captures WHERE item = 0",
    "issues": "SELECT count(*) FROM bugs WHERE filing = 'filed' AND issue_number IS NULL",
}


@dataclass
class Ledger:
    """Reads with a connection of its own, every time anew, so that a killed bot's file is recovered as in earnest."""

    url: str

    async def rows(self, query: str, **values: Any) -> Sequence[Any]:
        engine = create_async_engine(database_url(self.url), poolclass=NullPool)
        try:
            async with engine.connect() as connection:
                return (await connection.execute(text(query), values)).all()
        finally:
            await engine.dispose()

    async def one(self, query: str, **values: Any) -> Any:
        return (await self.rows(query, **values))[0][0]

    async def open_rows(self) -> int:
        """Rows about which something will still be done."""
        return int(await self.one("SELECT count(*) FROM outbox WHERE state IN ('new', 'sending', 'unknown')"))

    async def requests(self) -> list[int]:
        """Ids of the requests that can be added to."""
        return [row.id for row in await self.rows("SELECT id FROM features ORDER BY id DESC LIMIT 20")]

    async def committed(self, views: Iterable[str]) -> set[str]:
        """Those of these forms that are in the database."""
        there = {row.key for row in await self.rows("SELECT key FROM inbox")}
        return {view for view in views if f"view:{view}" in there}

    async def sound(self) -> list[str]:
        """What the database itself finds wrong."""
        wrong = [f"{name}: {count}" for name, query in ORPHANS.items() if (count := await self.one(query))]
        if self.url.startswith("sqlite"):
            told = [row[0] for row in await self.rows("PRAGMA integrity_check")]
            wrong += [one for one in told if one != "ok"]
            wrong += [str(tuple(row)) for row in await self.rows("PRAGMA foreign_key_check")]
        return wrong


@dataclass
class Found:
    """What is not as it should be; all of it empty when all is well."""

    lost: list[str] = field(default_factory=list)
    duplicate_rows: list[str] = field(default_factory=list)
    disagreeing: list[str] = field(default_factory=list)
    lost_issues: list[str] = field(default_factory=list)
    duplicate_issues: list[str] = field(default_factory=list)
    lost_messages: list[str] = field(default_factory=list)
    duplicate_messages: list[str] = field(default_factory=list)
    twice_in_a_channel: list[str] = field(default_factory=list)  # those of them that everybody sees
    left_open: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    unsound: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name.replace("_", " "): len(value) for name, value in vars(self).items()}


async def compare(
    ledger: Ledger, presses: Sequence[Press], issues: Mapping[int, int], marks: Mapping[str, Sequence[str]]
) -> Found:
    """Everything that was acknowledged against everything that is there."""
    found = Found()
    await _captured(ledger, [one for one in presses if one.acknowledged], found)
    await _evidence(ledger, found)
    await _filed(ledger, issues, found)
    await _said(ledger, presses, marks, found)
    found.unsound = await ledger.sound()
    return found


async def _captured(ledger: Ledger, presses: Sequence[Press], found: Found) -> None:
    """Each has its row once; several captures of one message have one row together."""
    requests = Counter(row.title for row in await ledger.rows("SELECT title FROM features"))
    evidence = Counter(
        (row.quote, row.customer_id) for row in await ledger.rows("SELECT quote, customer_id FROM feature_evidence")
    )
    bugs = Counter(row.title for row in await ledger.rows("SELECT title FROM bugs"))
    entries = Counter(row.text for row in await ledger.rows("SELECT text FROM history_entries"))
    groups: dict[tuple[str, str, str], list[Press]] = {}
    for one in presses:
        groups.setdefault((one.kind, *one.thing), []).append(one)
        if one.kind == "request":
            for customer in one.customers:
                _exactly_one(evidence[one.words, customer], f"evidence of {one.view}", found)
    for (kind, *_), together in groups.items():
        rows = {"request": requests, "bug": bugs, "history": entries}[kind]
        if not any(one.into for one in together):
            _exactly_one(sum(rows[one.words] for one in together), f"{kind} {together[0].view}", found)


def _exactly_one(rows: int, what: str, found: Found) -> None:
    if not rows:
        found.lost.append(what)
    found.duplicate_rows += [what] * (rows - 1)


async def _evidence(ledger: Ledger, found: Found) -> None:
    """`requested_by_customers` is who gave evidence."""
    proof: dict[int, set[int]] = {}
    for row in await ledger.rows("SELECT feature_id, customer_id FROM feature_evidence"):
        proof.setdefault(row.feature_id, set()).add(row.customer_id)
    for row in await ledger.rows("SELECT id, requested_by_customers, customers_count, merged_into FROM features"):
        array = row.requested_by_customers
        array = json.loads(array) if isinstance(array, str) else array
        if sorted(array) != sorted(proof.get(row.id, ())) or row.customers_count != len(array):
            found.disagreeing.append(f"request {row.id}: {array}, evidence of {proof.get(row.id)}")


async def _filed(ledger: Ledger, issues: Mapping[int, int], found: Found) -> None:
    for row in await ledger.rows("SELECT id, issue_number FROM bugs"):
        if not issues.get(row.id) or not row.issue_number:
            found.lost_issues.append(f"bug {row.id}")
        found.duplicate_issues += [f"bug {row.id}"] * (issues.get(row.id, 0) - 1)


async def _said(ledger: Ledger, presses: Sequence[Press], marks: Mapping[str, Sequence[str]], found: Found) -> None:
    """Each fact was said once, and each acknowledged form has its confirmation, each bug its number."""
    outbox = await ledger.rows("SELECT id, kind, key, state, reason FROM outbox")
    states = {row.key: row.state for row in outbox}
    for row in outbox:
        if row.state in OPEN:
            found.left_open.append(f"{row.kind} {row.id}: {row.state} {row.reason}")
        elif row.state != "done" and row.state != "cancelled":
            found.given_up.append(f"{row.kind} {row.id}: {row.state} {row.reason}")
        places = marks.get(mark_of(row.key), ())
        if row.state == "done" and row.kind not in SILENT and not places:
            found.lost_messages.append(f"{row.kind} {row.id}")
        found.duplicate_messages += [f"{row.kind} {row.id}: {' '.join(places)} {mark_of(row.key)}"] * (len(places) - 1)
        public = [one for one in places if not one.startswith("D")]
        found.twice_in_a_channel += [f"{row.kind} {row.id}"] * (len(public) - 1)
    known = {mark_of(row.key) for row in outbox}
    found.duplicate_messages += [f"of no fact: {mark}" for mark in marks if mark not in known]
    wanted = [f"{one.confirmed_as}:view:{one.view}" for one in presses if one.acknowledged]
    wanted += [f"bug_issue:{row.id}" for row in await ledger.rows("SELECT id FROM bugs")]
    numbered = await ledger.rows("SELECT id, issue_number FROM bugs WHERE issue_number IS NOT NULL")
    wanted += [f"bug_filed:{row.id}:{row.issue_number}" for row in numbered]
    found.lost_messages += [key for key in wanted if states.get(key) not in ("done", "dead")]  # dead: counted above


def mark_of(key: str) -> str:
    """What the post of an outbox row carries."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
