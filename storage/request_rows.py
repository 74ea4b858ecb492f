"""Reading requests with their customers and evidence in one statement: every message about a request begins with it."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, text

from customers.intents import Source
from customers.model import Person
from customers.model import Status as CustomerStatus
from customers.requests import Evidence, Importance, Request, Status, Wish
from storage.readers import utc

# Three statements and SQLAlchemy's types took five times as long, which halved what the outbox delivers in a second.
_SQLITE = """
SELECT f.id, f.title, f.status, f.reason,
  (SELECT json_group_array(json_array(id, name, internal, status, json(csm))) FROM
    (SELECT c.id, c.name, c.internal, c.status, json_extract(c.head, '$.csm') AS csm
      FROM json_each(f.requested_by_customers) j JOIN customers c ON c.id = j.value ORDER BY j.key)),
  (SELECT json_group_array(
      json_array(customer_id, importance, quote, channel, message_ts, permalink, thread_ts, logged_by, at)) FROM
    (SELECT * FROM feature_evidence WHERE feature_id = f.id ORDER BY id)),
  f.created_by, f.created_at, f.status_at, f.merged_into
FROM features f WHERE f.id IN (SELECT value FROM json_each(:ids))
"""
_POSTGRESQL = """
SELECT f.id, f.title, f.status, f.reason,
  CAST((SELECT json_agg(json_build_array(c.id, c.name, c.internal, c.status, CAST(c.head AS json)->'csm') ORDER BY j.at)
    FROM jsonb_array_elements_text(f.requested_by_customers) WITH ORDINALITY AS j(id, at)
    JOIN customers c ON c.id = CAST(j.id AS bigint)) AS text),
  CAST((SELECT json_agg(
      json_build_array(customer_id, importance, quote, channel, message_ts, permalink, thread_ts, logged_by, at)
      ORDER BY id)
    FROM feature_evidence WHERE feature_id = f.id) AS text),
  f.created_by, f.created_at, f.status_at, f.merged_into
FROM features f WHERE f.id IN (SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json)))
"""
_ROWS = {"sqlite": text(_SQLITE), "postgresql": text(_POSTGRESQL)}


def load(connection: Connection, ids: Sequence[int]) -> list[Request]:
    """These requests, in this order, without those that do not exist."""
    rows = connection.execute(_ROWS[connection.dialect.name], {"ids": orjson.dumps(list(ids)).decode()})
    found = {row[0]: _request(row) for row in rows}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def found(connection: Connection, ids: Sequence[int]) -> dict[int, Request]:
    """These requests by the id they were asked for, which may be that of one that was merged into another."""
    stand = {one.id: one for one in load(connection, ids)}
    merged = {one.id: one.merged_into for one in stand.values() if one.merged_into is not None}
    into = {one.id: one for one in load(connection, list(merged.values()))} if merged else {}
    return {one: into[merged[one]] if one in merged else request for one, request in stand.items()}


def wish(customer_id: int, name: str, internal: bool, status: str, csm: Any) -> Wish:
    """A customer on a request; `csm` as the profile's JSON has it."""
    person = Person(csm.get("name"), csm.get("email"), csm.get("handle")) if csm else None
    return Wish(customer_id, name, not internal and status != CustomerStatus.CHURNED.value, person)


def _request(row: Any) -> Request:
    request_id, title, status, reason, customers, evidence, created_by, created_at, status_at, merged_into = row
    return Request(
        request_id,
        title,
        Status(status),
        reason,
        tuple([wish(*one) for one in orjson.loads(customers or "[]")]),
        tuple([_evidence(*one) for one in orjson.loads(evidence or "[]")]),
        created_by,
        utc(created_at),
        utc(status_at),
        merged_into,
    )


def _evidence(
    customer: int, importance: str, quote: str, channel: str, ts: str, link: str, thread: str, person: str, at: str
) -> Evidence:
    source = Source(channel, ts, link, thread)
    return Evidence(customer, Importance(importance), quote, source, person, utc(at))
