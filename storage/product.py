"""The product's own PostgreSQL (for example Supabase), of which one query is asked and nothing is changed."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from storage.engine import BadUrl, database_url

CONNECT = 20.0  # seconds
_NO_URL = "USAGE_DATABASE_URL cannot be used"


class NotPulled(Exception):
    """The query could not be asked. The message is for the admin and names no secret, but it may quote the server.

    `why` may be logged and posted: words of ours and the server's code, never what it said of somebody's data.
    """

    def __init__(self, told: str, why: str) -> None:
        super().__init__(told)
        self.why = why


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
        told = "the product's database does not let us in"
        raise NotPulled(f"{told}: {_said(problem)}", f"{told} ({_code(problem)})") from None
    try:
        async with connection.transaction(readonly=True):  # the server refuses whatever the file tries to change
            # here and not when connecting: a pooler (PgBouncer, Supabase's) refuses parameters that it does not know
            await connection.execute("SET LOCAL application_name = 'dossier'")
            # without a name, which on a pooler's connection might be somebody else's
            prepared = await connection.prepare(sql, name="")
            asked = [since] if prepared.get_parameters() else []
            columns = tuple(one.name for one in prepared.get_attributes())
            yield Answer(columns, await prepared.cursor(*asked))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise NotPulled(f"the query failed: {_said(problem)}", f"the query failed ({_code(problem)})") from None
    finally:
        with contextlib.suppress(Exception):
            await connection.close(timeout=5)


def _where(url: str) -> dict[str, Any]:
    """asyncpg's arguments. Raises NotPulled."""
    try:
        parsed = database_url(url)
    except BadUrl as problem:
        raise NotPulled(str(problem).replace("DATABASE_URL", "USAGE_DATABASE_URL"), _NO_URL) from None
    if parsed.get_backend_name() != "postgresql":
        raise NotPulled("USAGE_DATABASE_URL is no PostgreSQL; write postgresql://user:password@host/name", _NO_URL)
    query = {name: str(value) for name, value in parsed.query.items()}
    where = {
        "host": query.get("host") or parsed.host,
        "port": int(query.get("port") or parsed.port or 5432),
        "user": parsed.username,
        "password": parsed.password,
        "database": parsed.database,
        "ssl": query.get("ssl"),
    }
    return {name: value for name, value in where.items() if value is not None}


def _said(problem: BaseException) -> str:
    """The server's first line."""
    words = str(problem).split("\n")[0][:200]
    return words or type(problem).__name__


def _code(problem: BaseException) -> str:
    """`UndefinedTableError, 42P01`: what an admin looks up."""
    state = getattr(problem, "sqlstate", None)
    return f"{type(problem).__name__}, {state}" if state else type(problem).__name__
