"""`INSERT … ON CONFLICT`, which both engines spell alike and SQLAlchemy has once for each.

The other engine's dialect is not imported: it costs 30 ms and 3 MiB at start.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Table
from sqlalchemy.sql.dml import Insert


def add_once(dialect: Dialect, table: Table, row: dict[str, Any]) -> Insert:
    """The statement that adds a row unless its key is taken."""
    statement: Insert = _insert(dialect.name, table).values(row).on_conflict_do_nothing()
    return statement


def add_all_once(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Adds the rows whose keys are free; how many they were."""
    statement = _once(connection.dialect.name, table)
    return sum(max(0, connection.execute(statement, row).rowcount) for row in rows)


@cache
def _once(dialect: str, table: Table) -> Insert:
    """Made once: SQLAlchemy takes three times as long to make it as to run it."""
    statement: Insert = _insert(dialect, table).on_conflict_do_nothing()
    return statement


def upsert(dialect: Dialect, table: Table, keys: Sequence[Column[Any]]) -> Insert:
    """The statement that adds a row, or overwrites the columns that are given of the one with the same `keys`."""
    names = {key.name for key in keys}
    values = [column.name for column in table.columns if column.name not in names]
    statement = _insert(dialect.name, table)
    overwritten: Insert = statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in values}
    )
    return overwritten


def add_or_replace(dialect: str, table: Table, where: Callable[[Any], ColumnElement[bool]]) -> Insert:
    """The statement that adds a row, or replaces the one with its primary key if `where(the new row)` holds for it."""
    statement = _insert(dialect, table)
    values = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    replaced: Insert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=values, where=where(statement.excluded)
    )
    return replaced


def held_until(dialect: Dialect, table: Table, rows: Sequence[dict[str, Any]], now: datetime | None = None) -> Insert:
    """The statement that holds lanes (`lane`, `until`) and answers those it held.

    With `now`: only lanes that are free, so that of two processes one gets each. Without: `until` moves forwards only.
    """
    statement = _insert(dialect.name, table).values(list(rows))
    free = table.c.until <= now if now is not None else table.c.until < statement.excluded.until
    held: Insert = statement.on_conflict_do_update(
        index_elements=["lane"], set_={"until": statement.excluded.until}, where=free
    ).returning(table.c.lane)
    return held


def _insert(dialect: str, table: Table) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)
