"""`INSERT … ON CONFLICT`, which both engines spell alike and SQLAlchemy has once for each.

The other engine's dialect is not imported: it costs 30 ms and 3 MiB at start.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Dialect, Table
from sqlalchemy.sql.dml import Insert


def add_once(dialect: Dialect, table: Table, row: dict[str, Any]) -> Insert:
    """The statement that adds a row unless its key is taken."""
    if dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table).values(row).on_conflict_do_nothing()
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table).values(row).on_conflict_do_nothing()


def upsert(dialect: Dialect, table: Table, keys: Sequence[Column[Any]]) -> Insert:
    """The statement that adds a row, or overwrites the columns that are given of the one with the same `keys`."""
    names = {key.name for key in keys}
    values = [column.name for column in table.columns if column.name not in names]
    if dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        lite = sqlite_insert(table)
        return lite.on_conflict_do_update(index_elements=list(keys), set_={n: lite.excluded[n] for n in values})
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    full = postgresql_insert(table)
    return full.on_conflict_do_update(index_elements=list(keys), set_={n: full.excluded[n] for n in values})
