"""Usage from the product's own PostgreSQL: read-only, in pieces, with what is wrong told by row."""

import asyncio
import struct
from collections.abc import AsyncIterator, MutableMapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from bot.check import Finding, examine
from bot.settings import load
from bot.usage_query import DailyPull, NotPulled, UsageQuery
from customers import weeks
from customers.usage import Failed
from storage.database import Database
from tests.storage.conftest import Postgres
from tests.storage.harbour import ALL, NOW, profile, put, record, run

TODAY = NOW.date()
QUERY = """
select account as customer, week, count(distinct person) as active_users, max(seats)::numeric as seats
from logins where week >= $1 group by account, week order by account, week;
"""


@pytest.fixture
async def product(postgres: Postgres | str) -> AsyncIterator[str]:
    """Somebody else's database, with a table of who was there."""
    if isinstance(postgres, str):
        pytest.skip(postgres)
    made = await postgres.empty()
    await _product(made, "create table logins (account text, week date, person int, seats int)")
    yield made
    await postgres.drop(made)


async def _product(url: str, statement: str) -> None:
    parsed = make_url(url)
    host = parsed.host or str(parsed.query.get("host"))
    connection = await asyncpg.connect(
        host=host, port=parsed.port, user=parsed.username, password=parsed.password, database=parsed.database
    )
    await connection.execute(statement)
    await connection.close()


def _seen(account: str, week: str, people: int, seats: int = 20) -> str:
    monday = weeks.parse(week).isoformat()
    return (
        f"insert into logins select '{account}', '{monday}', n % {people}, {seats} from generate_series(1, {people}) n;"
    )


def _query(tmp_path: Path, text: str = QUERY) -> Path:
    file = tmp_path / "usage.sql"
    file.write_text(text, encoding="utf-8")
    return file


async def test_weeks_come_from_the_products_database(database: Database, product: str, tmp_path: Path) -> None:
    await put(database, profile())
    await _product(
        product, _seen("Acme", "2026-W45", 12) + _seen("Acme", "2026-W46", 9) + _seen("nobody", "2026-W46", 3)
    )
    counted: list[int] = []
    report = await UsageQuery(product, _query(tmp_path), database).pull(NOW, TODAY, counted.append)
    assert (report.stored, report.left_out) == (2, 1)
    assert [str(bad) for bad in report.bad] == ["line 3: no customer is called “nobody”"]
    assert counted == [3]
    assert [(weeks.label(week.start), week.active, week.seats) for week in (await record(database)).recent] == [
        ("2026-W46", 9, 20),
        ("2026-W45", 12, 20),
    ]
    assert (await database.usage.reach(ALL)).last_week == weeks.number(date(2026, 11, 9))


async def test_the_next_pull_asks_for_late_corrections_and_not_for_everything(
    database: Database, product: str, tmp_path: Path
) -> None:
    await put(database, profile())
    await _product(product, _seen("Acme", "2026-W30", 5) + _seen("Acme", "2026-W46", 9))
    query = UsageQuery(product, _query(tmp_path), database)
    await query.pull(NOW, TODAY)
    await _product(product, "delete from logins;" + _seen("Acme", "2026-W30", 1) + _seen("Acme", "2026-W46", 8))
    assert (await query.pull(NOW, TODAY)).stored == 1
    assert [week.active for week in (await record(database)).recent] == [8, 5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("select account, week from logins", "it answers account, week; name its columns customer, week, active_users"),
        ("delete from logins returning account as customer, week, 1 as active_users", "read-only transaction"),
        ("select wrong from nowhere", 'relation "nowhere" does not exist'),
    ],
)
async def test_a_query_that_cannot_be_used_says_so_and_changes_nothing(
    database: Database, product: str, tmp_path: Path, text: str, told: str
) -> None:
    await put(database, profile())
    with pytest.raises(NotPulled, match=told.replace("[", r"\[")):
        await UsageQuery(product, _query(tmp_path, text), database).pull(NOW, TODAY)
    assert await run(database, "SELECT count(*) FROM usage") == 0
    assert (await database.usage.reach(ALL)).version == 0


async def test_what_the_server_says_of_somebodys_data_is_for_the_admin_alone(
    database: Database, product: str, tmp_path: Path
) -> None:
    file = _query(tmp_path, "select 'Acme GmbH'::int as customer, 1 as week, 1 as active_users")
    with pytest.raises(NotPulled, match="Acme GmbH") as caught:
        await UsageQuery(product, file, database).pull(NOW, TODAY)
    assert caught.value.why == "the query failed (InvalidTextRepresentationError, 22P02)"


async def test_a_query_can_be_tried_without_being_run(database: Database, product: str, tmp_path: Path) -> None:
    await put(database, profile())
    await _product(product, _seen("Acme", "2026-W46", 9))
    query = UsageQuery(product, _query(tmp_path), database)
    assert await query.attempt(TODAY) == ("customer", "week", "active_users", "seats")
    assert await database.usage.count(ALL) == 0
    with pytest.raises(NotPulled, match="it answers account, week"):
        await UsageQuery(product, _query(tmp_path, "select account, week from logins"), database).attempt(TODAY)


async def test_a_sound_query_stands_in_the_check(database: Database, product: str, tmp_path: Path) -> None:
    settings = load(
        {
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "DATA_DIR": str(tmp_path),
            "USAGE_DATABASE_URL": product,
            "USAGE_QUERY": str(_query(tmp_path)),
        }
    )
    said = [one for one in await examine(settings) if one.about == "usage query"]
    answers = "usage.sql is understood and answers customer, week, active_users, seats"
    assert said == [Finding(True, "usage query", answers)]


POOLED = {"user", "database", "client_encoding", "datestyle", "timezone", "standard_conforming_strings"}


class Pooler:
    """Stands before the product's database as PgBouncer does, which refuses every parameter that it does not know."""

    def __init__(self, behind: str) -> None:
        self._behind = make_url(behind)
        self.refused: set[str] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size, code = struct.unpack("!ii", await reader.readexactly(8))
        if code == 80877103:  # asks for TLS
            writer.write(b"N")
            size, code = struct.unpack("!ii", await reader.readexactly(8))
        rest = await reader.readexactly(size - 8)
        self.refused |= set(rest.decode().split("\0")[:-2:2]) - POOLED
        if not self.refused:
            host, port = str(self._behind.host or self._behind.query["host"]), self._behind.port or 5432
            opened = asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}") if host[0] == "/" else None
            there = await (opened or asyncio.open_connection(host, port))
            there[1].write(struct.pack("!ii", size, code) + rest)
            await asyncio.gather(_pour(reader, there[1]), _pour(there[0], writer))
        writer.close()


async def _pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    while some := await source.read(65_536):
        into.write(some)
    into.close()


async def test_a_pooler_in_between_is_asked_nothing_it_does_not_know(
    database: Database, product: str, tmp_path: Path
) -> None:
    await put(database, profile())
    await _product(product, _seen("Acme", "2026-W46", 9))
    pooler = Pooler(product)
    server = await asyncio.start_server(pooler, "127.0.0.1", 0)
    async with server:
        url = make_url(product).set(host="127.0.0.1", port=server.sockets[0].getsockname()[1], query={})
        query = UsageQuery(url.render_as_string(hide_password=False), _query(tmp_path), database)
        for _ in range(2):
            assert (await query.pull(NOW, TODAY)).stored == 1
    assert pooler.refused == set()


async def test_a_moment_with_a_zone_is_no_week(database: Database, product: str, tmp_path: Path) -> None:
    await put(database, profile())
    text = "select 'Acme' as customer, timestamptz '2026-11-09 00:00+01' as week, 3 as active_users"
    report = await UsageQuery(product, _query(tmp_path, text), database).pull(NOW, TODAY)
    assert report.left_out == 1
    assert "cast the week" in report.bad[0].why or "no week" in report.bad[0].why


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("sqlite:////tmp/x", "is no PostgreSQL"),
        ("mysql://somewhere/x", "USAGE_DATABASE_URL"),
        ("postgresql://dossier:hunter2@127.0.0.1:1/x", "does not let us in"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    database: Database, tmp_path: Path, where: str, told: str
) -> None:
    with pytest.raises(NotPulled, match=told) as caught:
        await UsageQuery(where, _query(tmp_path), database).pull(NOW, TODAY)
    assert "hunter2" not in str(caught.value)


async def test_it_is_pulled_once_a_day_and_again_after_a_failure(
    database: Database, product: str, tmp_path: Path
) -> None:
    await put(database, profile())
    await _product(product, _seen("Acme", "2026-W46", 9))
    file = _query(tmp_path, "select wrong")
    daily = DailyPull(UsageQuery(product, file, database), database, "05:00", ZoneInfo("UTC"))
    other = DailyPull(UsageQuery(product, file, database), database, "05:00", ZoneInfo("UTC"))
    five = datetime(2026, 11, 18, 5, tzinfo=NOW.tzinfo)
    logs: list[MutableMapping[str, Any]] = []

    async def beat(now: datetime) -> int:
        with capture_logs() as seen:
            for one in (daily, other):
                await one.run(now)
                await one.quiet()
        logs.extend(seen)
        return int(await run(database, "SELECT count(*) FROM slots WHERE kind = 'usage_pull'"))

    assert await beat(five) == 1  # one of the two, and it fails
    failed = (await database.usage.reach(ALL)).failed
    assert failed == Failed(five, "the query failed (UndefinedColumnError, 42703)")
    [logged] = [one for one in logs if one["event"] == "usage_not_pulled"]
    assert logged["why"] == failed.why
    assert await beat(five + timedelta(minutes=20)) == 1
    file.write_text(QUERY, encoding="utf-8")
    assert await beat(five + timedelta(minutes=30)) == 2
    assert [week.active for week in (await record(database)).recent] == [9]
    reach = await database.usage.reach(ALL)
    assert (reach.failed, reach.pulled) == (None, five + timedelta(minutes=30))
    assert await beat(five + timedelta(hours=5)) == 2  # it worked today
    assert await beat(five + timedelta(days=1)) == 3
