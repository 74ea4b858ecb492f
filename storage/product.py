"""The product's own PostgreSQL (for example Supabase), of which one query is asked and nothing is changed."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from storage.engine import BadUrl, database_url

CONNECT = 20.0  # seconds


class NotPulled(Exception):
    """The query could not be asked; the message is for the admin and names no secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the query answers, piece by piece: the server keeps the rest until it is asked for."""

    columns: tuple[str, ...]
    _cursor: Any

    async def rows(self, most: int) -> Sequence[Sequence[object]]:
        """The next rows; none when that was all."""
        found: Sequence[Sequence[object]] = await self._cursor.fetch(most)
        return found


@contextlib.asynccontextmanager
async def asking(url: str, sql: str, since: date) -> AsyncIterator[Answer]:
    """The answer to the query, whose `$1` (when it has one) is `since`. Raises NotPulled, also from within."""
    import asyncpg

    try:
        connection = await asyncpg.connect(**_where(url), timeout=CONNECT, statement_cache_size=0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as problem:
        raise NotPulled(f"the product's database does not let us in: {_why(problem)}") from None
    try:
        async with connection.transaction(readonly=True):  # the server refuses whatever the file tries to change
            prepared = await connection.prepare(sql)
            asked = [since] if prepared.get_parameters() else []
            columns = tuple(one.name for one in prepared.get_attributes())
            yield Answer(columns, await prepared.cursor(*asked))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise NotPulled(f"the query failed: {_why(problem)}") from None
    finally:
        with contextlib.suppress(Exception):
            await connection.close(timeout=5)


def _where(url: str) -> dict[str, Any]:
    """asyncpg's arguments. Raises NotPulled."""
    try:
        parsed = database_url(url)
    except BadUrl as problem:
        raise NotPulled(str(problem).replace("DATABASE_URL", "USAGE_DATABASE_URL")) from None
    if parsed.get_backend_name() != "postgresql":
        raise NotPulled("USAGE_DATABASE_URL is no PostgreSQL; write postgresql://user:password@host/name")
    query = {name: str(value) for name, value in parsed.query.items()}
    where = {
        "host": query.get("host") or parsed.host,
        "port": int(query.get("port") or parsed.port or 5432),
        "user": parsed.username,
        "password": parsed.password,
        "database": parsed.database,
        "ssl": query.get("ssl"),
        "server_settings": {"application_name": "dossier", "default_transaction_read_only": "on"},
    }
    return {name: value for name, value in where.items() if value is not None}


def _why(problem: BaseException) -> str:
    """The server's first line."""
    words = str(problem).split("\n")[0][:200]
    return words or type(problem).__name__
