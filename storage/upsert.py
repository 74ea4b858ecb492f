"""`INSERT … ON CONFLICT DO UPDATE`, which both engines spell alike and SQLAlchemy imports from two places."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert


def upsert(connection: AsyncConnection, table: Table, keys: Sequence[Column[Any]]) -> Insert:
    """The statement that adds a row, or overwrites the columns that are given of the one with the same `keys`."""
    names = {key.name for key in keys}
    values = [column.name for column in table.columns if column.name not in names]
    if connection.dialect.name == "sqlite":
        lite = sqlite_insert(table)
        return lite.on_conflict_do_update(index_elements=list(keys), set_={n: lite.excluded[n] for n in values})
    full = postgresql_insert(table)
    return full.on_conflict_do_update(index_elements=list(keys), set_={n: full.excluded[n] for n in values})
