"""Usage from the product's own PostgreSQL: read-only, in pieces, with what is wrong told by row."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from sqlalchemy import make_url

from bot.usage_query import DailyPull, NotPulled, UsageQuery
from customers import weeks
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

    async def beat(now: datetime) -> int:
        for one in (daily, other):
            await one.run(now)
            await one.quiet()
        return int(await run(database, "SELECT count(*) FROM slots WHERE kind = 'usage_pull'"))

    assert await beat(five) == 1  # one of the two, and it fails
    assert "wrong" in daily.why
    assert await beat(five + timedelta(minutes=20)) == 1
    file.write_text(QUERY, encoding="utf-8")
    assert await beat(five + timedelta(minutes=30)) == 2
    assert (daily.why, [week.active for week in (await record(database)).recent]) == ("", [9])
    assert await beat(five + timedelta(hours=5)) == 2  # it worked today
    assert await beat(five + timedelta(days=1)) == 3
