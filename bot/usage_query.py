"""Usage from the product's own PostgreSQL (for example Supabase): a query in a file, asked read-only once a day.

The query answers the columns of a usage file: customer, week, active_users[, seats]. It may have one parameter, `$1`: a
date from which on weeks are wanted. Four weeks before the newest one that is known, so that late corrections come too.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.feed import SCOPE, Feed, FeedReport
from customers import weeks
from customers.errors import StorageProblem
from customers.schedule import Daily
from customers.usage import CHUNK, PULLED, Failed, NoUsageFile, Table
from storage.database import Database
from storage.product import NotPulled, asking

__all__ = ["DailyPull", "NotPulled", "UsageQuery"]
AGAIN = timedelta(minutes=30)  # after a pull that failed
CORRECTED = 4  # weeks that are asked for again
ANSWER = 900.0  # seconds that the query may take as a whole
ATTEMPT = 30.0  # seconds in which it must be understood
log = structlog.get_logger()


class UsageQuery:
    """Asks the product's database. Make it with the URL and the file of the settings."""

    def __init__(self, url: str, file: Path, database: Database) -> None:
        self._url = url
        self._file = file
        self._database = database

    async def pull(self, now: datetime, today: date, progress: Callable[[int], None] | None = None) -> FeedReport:
        """Everything the query answers, stored piece by piece as it comes. Raises NotPulled or a StorageProblem."""
        sql = await asyncio.to_thread(self._sql)
        since = await self._since()
        feed = Feed(self._database, today, progress)
        names = await feed.names()
        try:
            async with asyncio.timeout(ANSWER):
                async with asking(self._url, sql, since) as answer:
                    table = Table(answer.columns, today, names)
                    while rows := await answer.rows(CHUNK):
                        await feed.store(await asyncio.to_thread(table.chunk, rows))
        except TimeoutError:
            told = f"the query took longer than {ANSWER / 60:.0f} minutes"
            raise NotPulled(f"{told}; ask for fewer weeks", told) from None
        except NoUsageFile as problem:
            raise self._unusable(problem) from None
        report = await feed.end(now)
        await self._database.watermarks.move(SCOPE, PULLED, now)
        return report

    async def attempt(self, today: date) -> tuple[str, ...]:
        """The columns that the query would answer; it is prepared and not run. Raises NotPulled or a StorageProblem."""
        sql = await asyncio.to_thread(self._sql)
        try:
            async with asyncio.timeout(ATTEMPT), asking(self._url, sql, await self._since()) as answer:
                Table(answer.columns, today, lambda _: None)
                return answer.columns
        except TimeoutError:
            told = f"the product's database did not answer in {ATTEMPT:.0f} seconds"
            raise NotPulled(told, told) from None
        except NoUsageFile as problem:
            raise self._unusable(problem) from None

    async def _since(self) -> date:
        last = (await self._database.usage.reach(SCOPE)).last_week
        return weeks.start(max(0, last - CORRECTED) if last is not None else 0)

    def _unusable(self, problem: NoUsageFile) -> NotPulled:
        told = f"the query in {self._file.name} cannot be used"
        return NotPulled(f"{told}: {problem}", f"{told}: it lacks columns")

    def _sql(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8").strip().rstrip(";")
        except (OSError, UnicodeDecodeError) as problem:
            told = f"{self._file.name} cannot be read ({type(problem).__name__})"
            raise NotPulled(told, told) from None


class DailyPull:
    """What the heartbeat runs: once a day by local time, tried again every half hour until it worked."""

    name = "usage_pull"

    def __init__(self, query: UsageQuery, database: Database, at: str, zone: ZoneInfo) -> None:
        self._query = query
        self._database = database
        self._rule = Daily(time.fromisoformat(at), zone)
        self._zone = zone
        self._pulling: asyncio.Task[None] | None = None

    async def run(self, now: datetime) -> None:
        """Begins a pull in the background when one is due; a long one never holds up the heartbeat."""
        occasion = self._rule.latest(now)
        if self._pulling is not None or occasion is None:
            return
        done = await self._database.watermarks.of(SCOPE, PULLED)
        if done is not None and occasion.due <= done <= now:
            return
        attempt = (now - occasion.due) // AGAIN
        if await self._database.slots.take(SCOPE, self.name, f"{occasion.key}:{attempt}", occasion.due, now, ()):
            self._pulling = asyncio.create_task(self._pull(now))
            self._pulling.add_done_callback(self._ended)

    async def stop(self) -> None:
        """What is under way is given up; the next start begins it anew."""
        if self._pulling is not None:
            self._pulling.cancel()
            await asyncio.gather(self._pulling, return_exceptions=True)

    async def quiet(self) -> None:
        """Returns when nothing is being pulled."""
        if self._pulling is not None:
            await asyncio.gather(self._pulling, return_exceptions=True)

    async def _pull(self, now: datetime) -> None:
        try:
            report = await self._query.pull(now, now.astimezone(self._zone).date(), _told)
        except NotPulled as problem:
            log.warning("usage_not_pulled", why=problem.why)
            # for the message that the feed is late
            await self._database.watermarks.fail(SCOPE, PULLED, Failed(now, problem.why))
        except StorageProblem as problem:
            log.warning("usage_not_stored", why=type(problem).__name__, reason=getattr(problem, "reason", ""))
        else:
            log.info("usage_pulled", stored=report.stored, left_out=report.left_out)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._pulling = None
        if not task.cancelled() and (problem := task.exception()):
            log.error("usage_pull_failed", exc_info=problem)


def _told(rows: int) -> None:
    log.info("usage_pulling", rows=rows)
