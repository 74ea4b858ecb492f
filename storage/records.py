"""Reading one customer in one statement, and lists of them."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from customers import weeks
from customers.judgements import Judgement
from customers.model import HistoryEntry, Person, Profile, Status, Tier, Week
from customers.names import Named, fold
from customers.people import Reader
from customers.records import BugLine, Change, Listed, Page, Record, RequestLine
from customers.rhythm import Renewing
from customers.scope import All, One
from customers.sla import Severity
from storage.engine import snapshot
from storage.judged import judgements_of
from storage.readers import Reader as Reading
from storage.readers import utc
from storage.tables import customers, feeds
from storage.whose import csm_is

PROFILE: TypeAdapter[Profile] = TypeAdapter(Profile)

# Thirteen weeks are a quarter: what a sparkline and "three weeks running" need.
# One statement, so that one hop to SQLite's thread (or one round trip to PostgreSQL) answers a brief. EXISTS, because
# without it SQLite makes a list and a sorter even for a customer who wants nothing, which is a fifth of the statement.
_SQLITE = """
SELECT c.head, c.first_seen, c.changed_at, c.missing_since, c.broken_since, c.broken_why,
  (SELECT json_group_array(json_array(week, active, seats)) FROM
    (SELECT week, active, seats FROM usage WHERE customer_id = c.id ORDER BY week DESC LIMIT 13)),
  (SELECT last_week FROM feeds WHERE kind = 'usage'),
  (SELECT at FROM looks WHERE person = ?1 AND customer_id = c.id),
  (SELECT json_group_array(json_array(at, what)) FROM
    (SELECT at, what FROM changes WHERE customer_id = c.id ORDER BY at DESC, id DESC LIMIT 10)),
  (SELECT version FROM feeds WHERE kind = 'catalogue'),
  c.digest, c.id, c.judged,
  (SELECT before FROM looks WHERE person = ?1 AND customer_id = c.id),
  (SELECT json_group_array(json_array(id, title, severity, due_at, issue_number, issue_url, paused_at)) FROM
    (SELECT id, title, severity, due_at, issue_number, issue_url, paused_at
      FROM bugs WHERE customer_id = c.id AND closed_at IS NULL ORDER BY due_at, id LIMIT 100)),
  CASE WHEN EXISTS (SELECT 1 FROM feature_evidence WHERE customer_id = c.id) THEN
  (SELECT json_group_array(json_array(id, title, status, customers_count, created_at)) FROM
    (SELECT id, title, status, customers_count, created_at
      FROM features WHERE id IN (SELECT feature_id FROM feature_evidence WHERE customer_id = c.id)
      AND status NOT IN ('shipped', 'declined') ORDER BY customers_count DESC, id LIMIT 100)) END,
  (SELECT json_group_array(json_array("on", text)) FROM
    (SELECT "on", text FROM history_entries WHERE customer_id = c.id ORDER BY "on" DESC, id DESC LIMIT 12))
FROM customers c WHERE c.id = ?2
"""
_POSTGRESQL = """
SELECT c.head, c.first_seen, c.changed_at, c.missing_since, c.broken_since, c.broken_why,
  (SELECT json_agg(json_build_array(week, active, seats)) FROM
    (SELECT week, active, seats FROM usage WHERE customer_id = c.id ORDER BY week DESC LIMIT 13) w)::text,
  (SELECT last_week FROM feeds WHERE kind = 'usage'),
  (SELECT at FROM looks WHERE person = $1 AND customer_id = c.id),
  (SELECT json_agg(json_build_array(at, what)) FROM
    (SELECT at, what FROM changes WHERE customer_id = c.id ORDER BY at DESC, id DESC LIMIT 10) h)::text,
  (SELECT version FROM feeds WHERE kind = 'catalogue'),
  c.digest, c.id, c.judged,
  (SELECT before FROM looks WHERE person = $1 AND customer_id = c.id),
  (SELECT json_agg(json_build_array(id, title, severity, due_at, issue_number, issue_url, paused_at)) FROM
    (SELECT id, title, severity, due_at, issue_number, issue_url, paused_at
      FROM bugs WHERE customer_id = c.id AND closed_at IS NULL ORDER BY due_at, id LIMIT 100) b)::text,
  (SELECT json_agg(json_build_array(id, title, status, customers_count, created_at)) FROM
    (SELECT id, title, status, customers_count, created_at
      FROM features WHERE id IN (SELECT feature_id FROM feature_evidence WHERE customer_id = c.id)
      AND status NOT IN ('shipped', 'declined') ORDER BY customers_count DESC, id LIMIT 100) f)::text,
  (SELECT json_agg(json_build_array("on", text)) FROM
    (SELECT "on", text FROM history_entries WHERE customer_id = c.id ORDER BY "on" DESC, id DESC LIMIT 12) e)::text
FROM customers c WHERE c.id = $2
"""


class Records:
    """Questions about customers."""

    def __init__(self, engine: AsyncEngine, reading: Reading) -> None:
        self._engine = engine
        self._reading = reading
        self._record_sql = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL
        self._whole_sql = self._record_sql.replace("c.head", "c.profile").replace("LIMIT 12", "LIMIT 200")
        self._some_sql = self._record_sql.replace("c.id = ?2", "c.id IN (SELECT value FROM json_each(?2))")
        self._some_sql = self._some_sql.replace("c.id = $2", "c.id = ANY($2::bigint[])")

    async def record(self, scope: One, reader: Reader, *, whole: bool = False) -> Record | None:
        """The customer of the scope as `reader` sees it, or None; with the sections' text only when `whole`."""
        sql = self._whole_sql if whole else self._record_sql
        rows = await self._reading.rows(sql, (reader.id, scope.customer_id))
        return _record(rows[0]) if rows else None

    async def names_version(self, scope: All) -> int:
        """Counts catalogue imports that changed something; a name index of another version is out of date."""
        rows = await self._reading.rows("SELECT version FROM feeds WHERE kind = 'catalogue'", ())
        return int(rows[0][0]) if rows else 0

    async def names(self, scope: All) -> tuple[int, list[Named]]:
        """Every customer's names with the version they belong to."""
        async with snapshot(self._engine) as connection:
            version = await connection.scalar(select(feeds.c.version).where(feeds.c.kind == "catalogue"))
            found = await connection.execute(
                select(customers.c.id, customers.c.name, customers.c.slug, customers.c.aliases).order_by(
                    customers.c.sort_key
                )
            )
            named = [Named(i, name, (slug, *aliases)) for i, name, slug, aliases in found]
        return int(version or 0), named

    async def page(self, scope: All, words: str, offset: int, limit: int) -> Page:
        """Customers by name; `words` filter by status, tier, `mine`-like CSM names or a part of the name."""
        where = _filter(words)
        query: Select[Any] = select(customers).where(where).order_by(customers.c.sort_key, customers.c.id)
        async with snapshot(self._engine) as connection:
            total = await connection.scalar(select(func.count()).select_from(customers).where(where))
            found = await connection.execute(query.offset(offset).limit(limit))
            lines = tuple(_listed(row) for row in found)
        return Page(lines, offset, int(total or 0))

    async def of_csm(self, scope: All, reader: Reader, limit: int) -> Sequence[int]:
        """Ids of the customers whose CSM is `reader`: by e-mail, by name, by handle; churned ones left out."""
        return await self._ids(csm_is(reader), limit)

    async def all_current(self, scope: All, limit: int) -> Sequence[int]:
        """Ids of every customer who has not churned."""
        return await self._ids(true(), limit)

    async def renewing(self, scope: All, days: Sequence[date]) -> list[Renewing]:
        """Whose renewal falls on one of these days; neither internal nor churned ones."""
        counts = (customers.c.internal.is_(False), customers.c.status != Status.CHURNED.value)
        query = select(customers.c.id, customers.c.renewal).where(*counts, customers.c.renewal.in_(list(days)))
        async with snapshot(self._engine) as connection:
            found = await connection.execute(query.order_by(customers.c.renewal, customers.c.id))
            return [Renewing(row.id, row.renewal) for row in found]

    async def _ids(self, where: Any, limit: int) -> Sequence[int]:
        query = select(customers.c.id).where(where, customers.c.status != Status.CHURNED.value)
        async with snapshot(self._engine) as connection:
            return (await connection.scalars(query.order_by(customers.c.sort_key).limit(limit))).all()

    async def records(self, scope: All, ids: Sequence[int], reader: Reader) -> list[Record]:
        """Several customers in one statement, in the order asked for, without those who are gone."""
        wanted = orjson.dumps(list(ids)).decode() if self._engine.dialect.name == "sqlite" else list(ids)
        rows = await self._reading.rows(self._some_sql, (reader.id, wanted))
        found = await asyncio.to_thread(lambda: {record.customer_id: record for record in map(_record, rows)})
        return [found[one] for one in ids if one in found]

    async def countries(self, scope: All) -> list[str]:
        """The countries that documents name, whose holidays will be asked for."""
        sqlite = "SELECT DISTINCT json_extract(head, '$.country') FROM customers"
        postgresql = "SELECT DISTINCT head::json->>'country' FROM customers"
        rows = await self._reading.rows(sqlite if self._engine.dialect.name == "sqlite" else postgresql, ())
        return [row[0] for row in rows if row[0]]

    async def issues(self, scope: All, limit: int) -> list[tuple[int, str]]:
        """(customer id, words) of the documented known issues of everybody who has not churned."""
        query = select(customers.c.id, customers.c.head).where(customers.c.status != Status.CHURNED.value)
        async with snapshot(self._engine) as connection:
            rows = (await connection.execute(query.order_by(customers.c.id))).all()

        def read() -> list[tuple[int, str]]:
            found = ((one, issue["text"]) for one, head in rows for issue in orjson.loads(head).get("issues") or ())
            return list(islice(found, limit))

        return await asyncio.to_thread(read)

    async def csms(self, scope: All) -> list[tuple[str, Person]]:
        """(customer name, CSM) of every customer who has not churned and names one; for `dossier check`."""
        query = select(customers.c.name, customers.c.head).where(customers.c.status != Status.CHURNED.value)
        async with snapshot(self._engine) as connection:
            found = (await connection.execute(query.order_by(customers.c.sort_key))).all()
        profiles = ((name, PROFILE.validate_json(text)) for name, text in found)
        return [(name, profile.csm) for name, profile in profiles if profile.csm]


def _filter(words: str) -> Any:
    conditions = []
    storable = words.replace("\0", " ").encode("utf-8", "ignore").decode()  # no engine takes half a character
    for word in storable.split():
        key = fold(word)
        status = next((s for s in Status if s.value.casefold() == key), None)
        tier = next((t for t in Tier if t.value.casefold() == key), None)
        if status:
            conditions.append(customers.c.status == status.value)
        elif tier:
            conditions.append(customers.c.tier == tier.value)
        elif key == "internal":
            conditions.append(customers.c.internal.is_(True))
        else:
            text = word.casefold()
            conditions.append(
                or_(
                    customers.c.sort_key.contains(text, autoescape=True),
                    customers.c.csm_name.contains(text, autoescape=True),
                )
            )
    return and_(true(), *conditions)


def _listed(row: Any) -> Listed:
    profile = _profile(row.head)
    return Listed(
        row.id,
        row.name,
        Status(row.status),
        row.internal,
        Tier(row.tier) if row.tier else None,
        str(profile.csm) if profile.csm else None,
        row.missing_since is not None,
        row.broken_since is not None,
    )


def _record(row: Any) -> Record:
    profile, first_seen, changed_at, missing, broken, broken_why, recent, fed, looked, changed, version, *rest = row
    digest, customer_id, judged, before, bugs, requests, entries = rest
    return Record(
        customer_id,
        _profile(profile),
        _weeks(recent or "[]"),
        _monday(fed),
        utc(first_seen),
        utc(changed_at),
        _maybe_utc(missing),
        _maybe_utc(broken),
        broken_why,
        _maybe_utc(looked),
        tuple(Change(utc(at), what) for at, what in orjson.loads(changed or "[]")),
        version or 0,
        digest,
        _maybe_utc(before),
        _bugs(bugs) if bugs else (),
        _requests(requests) if requests else (),
        _entries(entries) if entries else (),
        _judgements(customer_id, judged) if judged else (),
    )


@lru_cache(maxsize=1024)
def _profile(text: str) -> Profile:
    """The same text means the same customer: the few that are asked about all day are understood once."""
    return PROFILE.validate_json(text)


@lru_cache(maxsize=1024)
def _weeks(text: str) -> tuple[Week, ...]:
    return tuple([Week(weeks.start(week), active, seats) for week, active, seats in orjson.loads(text)])


@lru_cache(maxsize=1024)
def _bugs(text: str) -> tuple[BugLine, ...]:
    return tuple(
        [
            BugLine(bug_id, title, Severity(severity), utc(due), number, url, paused is not None)
            for bug_id, title, severity, due, number, url, paused in orjson.loads(text)
        ]
    )


@lru_cache(maxsize=1024)
def _requests(text: str) -> tuple[RequestLine, ...]:
    found = orjson.loads(text)
    return tuple([RequestLine(one, title, status, count, utc(at)) for one, title, status, count, at in found])


@lru_cache(maxsize=1024)
def _entries(text: str) -> tuple[HistoryEntry, ...]:
    return tuple([HistoryEntry(words, date.fromisoformat(on)) for on, words in orjson.loads(text)])


@lru_cache(maxsize=1024)
def _judgements(customer_id: int, text: str) -> tuple[Judgement, ...]:
    return judgements_of(customer_id, text)


def _monday(week: int | None) -> date | None:
    return None if week is None else weeks.start(week)


def _maybe_utc(value: datetime | str | None) -> datetime | None:
    return None if value is None else utc(value)
