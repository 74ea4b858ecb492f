"""Everything that happens by itself, on one screen: what recurs, and what finds out by itself whether it is due."""

from datetime import datetime

from bot.schedule import Calls, Job, Schedule
from bot.settings import Settings
from bot.usage_query import DailyPull, UsageQuery
from commands.app import Desks
from customers.intents import TEAM
from customers.judging import Judgements
from customers.reviewing import Actions, CodeReviewPlans, HealthReviewPlans
from customers.rhythm import FeedWatch, QueuePlans, Renewals
from customers.sweep import Sweep
from customers.timetable import Plans, Table
from storage.database import Database


class Check:
    """The weekly check, before anything that tells of it; then authors of overrides hear what contradicts them."""

    name = "usage_check"

    def __init__(self, sweep: Sweep, judgements: Judgements) -> None:
        self._sweep = sweep
        self._judgements = judgements

    async def run(self, now: datetime) -> None:
        if await self._sweep.check(now):
            await self._judgements.review(now)


def schedule_of(database: Database, desks: Desks, settings: Settings) -> Schedule:
    """The schedule with all its parts; `Bot.tick` runs it."""
    timetables: list[Plans] = [
        QueuePlans(settings.product_channel or TEAM, settings.zone),
        HealthReviewPlans(database.reviews, database.records, settings.zone),
        CodeReviewPlans(settings.bug_channel or TEAM, settings.zone),
        desks.digests,
    ]
    jobs: list[Job] = [
        Calls("bug warnings", desks.tracker.warn),
        FeedWatch(database.usage, database.slots, settings.check, asked=settings.usage_query is not None),
        Calls("overrides", desks.judgements.watch),
        Calls("playbooks", desks.playbooks.remind),
        Actions(database.reviews, database.slots, settings.zone),
        desks.alerts,
    ]
    if settings.usage_database_url and settings.usage_query:
        query = UsageQuery(settings.usage_database_url.get_secret_value(), settings.usage_query, database)
        jobs.append(DailyPull(query, database, settings.usage_pull, settings.zone))
    tables: list[Table] = [Renewals(database.records, database.slots, settings.zone)]
    first = Check(desks.sweep, desks.judgements)
    return Schedule(desks.clock, database.slots, database.outbox, timetables, jobs, tables, first)
