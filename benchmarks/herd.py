"""Very many customers with half a year of usage, put into a database by a few statements of its own.

The documents of a hundred customers are imported as always and copied under other names. Usage is stored as a feed
brings it, week by week; one customer in thirty lost two fifths of its users in the last one. One in ten has reported a
bug, one in ten wants something.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import documents, seeds
from bot.catalogue import Importer
from customers import weeks
from customers.scope import All
from storage.database import Database
from storage.tables import customers

WEEKS = 26
MODELS = 100
_OWN = ("id", "slug", "name", "sort_key", "digest", "judged")
_COPIED = [one.name for one in customers.columns if one.name not in _OWN]
_LIGHT = ("profile", "head")
_NUMBERS = "WITH RECURSIVE numbers(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM numbers WHERE i < {last}) "
_CUSTOMERS = (
    "INSERT INTO customers (id, slug, name, sort_key, digest, {columns}) "
    "SELECT i, 'copy-' || i, 'Copy ' || i, 'copy ' || i, 'copy-' || i, {values} "
    "FROM numbers JOIN customers c ON c.id = i % {models} + 1"
)
_USAGE = (
    "INSERT INTO usage (customer_id, week, active, seats) SELECT i, {week}, (20 + (i * 31 + {week} * 7) % 11 + i % 170)"
    " * {share} / 10, 200 + i % 50 FROM numbers"
)
_BUGS = (
    "INSERT INTO bugs (customer_id, title, steps, severity, reported_by, reported_at, due_at, channel, message_ts, "
    "thread_ts, permalink, filing, filing_why, closed_at, closed_why, paused_why, warned) "
    "SELECT i, 'A bug', 'Steps', CASE WHEN i % 40 = 0 THEN 'critical' ELSE 'medium' END, 'U1', {long_ago}, "
    "CASE WHEN i % 20 = 0 THEN {long_ago} ELSE {today} END, 'C1', '1', '1', '', 'filed', '', "
    "CASE WHEN i % 70 = 0 THEN NULL ELSE {long_ago} END, '', '', 0 FROM numbers WHERE i % 10 = 0"
)
_FEATURES = (
    "INSERT INTO features (id, title, title_key, status, reason, requested_by_customers, customers_count, created_by, "
    "created_at, status_at) SELECT i, 'A request', 'a request', CASE WHEN i % 2 = 0 THEN 'backlog' ELSE 'planned' END, "
    "'', '[]', 2, 'U1', {long_ago}, {long_ago} FROM numbers WHERE i % 20 = 0"
)
_EVIDENCE = (
    "INSERT INTO feature_evidence (feature_id, customer_id, importance, quote, channel, message_ts, thread_ts, "
    "permalink, logged_by, at) SELECT (i / 20) * 20, i, 'important', 'Words', 'C1', '1', '1', '', 'U1', {long_ago} "
    "FROM numbers WHERE i % 10 = 3 AND i > 121"
)


async def fill(database: Database, folder: Path, count: int, today: date, *, light: bool = False) -> None:
    """`count` customers judged on `today`; with `light` documents are empty, so that a million need no hard disk."""
    documents.write_folder(folder / "models", range(MODELS))
    await Importer(database.catalogue, folder / "models", seeds.now, 16).run()
    on_postgresql = database.file is None
    for statement in _statements(count, today, light, on_postgresql):

        def work(connection: Connection, statement: str = statement) -> None:
            if on_postgresql:  # nobody's id is checked, which is most of the time it takes
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(statement)

        await database._facts.run(work)
    await database.usage.finish(All("benchmark"), seeds.now(), weeks.number(today) - 1)
    if on_postgresql:  # as its own housekeeping would do before long; nobody does it on SQLite
        await vacuum(database)


async def vacuum(database: Database, tables: str = "") -> None:
    """PostgreSQL's housekeeping, which stands outside transactions."""
    async with database._writer.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.exec_driver_sql(f"VACUUM (ANALYZE) {tables}")


def _statements(count: int, today: date, light: bool, on_postgresql: bool) -> Iterator[str]:
    numbers = _NUMBERS.format(first=MODELS + 1, last=count)
    moment = "timestamp with time zone '{} 00:00:00Z'" if on_postgresql else "'{} 00:00:00.000000'"
    long_ago, at = (moment.format(day) for day in (today - timedelta(days=90), today))
    values = {one: "'{}'" if light and one in _LIGHT else f"c.{one}" for one in _COPIED}
    yield numbers + _CUSTOMERS.format(columns=", ".join(values), values=", ".join(values.values()), models=MODELS)
    last = weeks.number(today) - 1
    for week in range(last - WEEKS + 1, last + 1):
        share = "CASE WHEN i % 30 = 7 THEN 6 ELSE 10 END" if week == last else "10"
        yield numbers + _USAGE.format(week=week, share=share)
    for statement in (_BUGS, _FEATURES, _EVIDENCE):
        yield numbers + statement.format(long_ago=long_ago, today=at, last=count)
