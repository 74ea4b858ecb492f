"""Delivery put together: who carries which kind of intent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliver.delays import Delays
from bot.deliver.filing import TWINS, Filer
from bot.deliver.posts import Posts
from bot.deliver.worker import Carrier, Worker
from bot.directory import Directory
from bot.drawing import drawer
from bot.github.client import GitHub
from bot.github.credentials import App, Token
from bot.settings import Settings
from bot.slack import Identity, People, Places
from commands.announce import Announcements
from commands.announce_alerts import AlertNews
from commands.announce_bugs import BugNews
from commands.announce_digest import DigestNews
from commands.announce_judgements import JudgementNews
from commands.announce_playbooks import PlaybookNews
from commands.announce_requests import RequestNews
from commands.announce_reviews import ReviewNews
from commands.announce_rhythm import RhythmNews
from commands.app import Desks
from commands.named import names_by
from customers.bugs import FILE
from customers.scope import All
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Delivery:
    """What delivery is made of."""

    database: Database
    desks: Desks
    settings: Settings
    web: AsyncWebClient
    people: People
    places: Places
    who: Callable[[], Identity]
    github: GitHub | None
    mark_key: bytes


def github_of(
    settings: Settings, session: aiohttp.ClientSession, clock: Callable[[], datetime], seconds: float
) -> GitHub | None:
    """The repository of the settings, or None when there is none; `seconds` is how long one call may take."""
    repository = settings.github_repository
    if repository is None:
        return None
    if settings.github_token:
        credentials: Token | App = Token(settings.github_token.get_secret_value())
    elif settings.github_app_id and settings.github_app_private_key:
        key = settings.github_app_private_key.get_secret_value()
        credentials = App(settings.github_app_id, key, repository, settings.github_app_installation)
    else:
        return None
    timeout = aiohttp.ClientTimeout(total=seconds, connect=seconds / 3)
    return GitHub(session, settings.github_api_url, repository, credentials, clock, timeout)


def deliver(
    parts: Delivery,
    clock: Callable[[], datetime],
    delays: Delays,
    doubted: Callable[[datetime], datetime | None] = lambda now: None,
) -> Worker:
    """The worker with its carriers; it begins with `start`. `doubted` is the time believed last, while `now` is not."""
    desks = parts.desks
    outbox = parts.database.outbox
    said = Announcements(
        RequestNews(desks.backlog),
        BugNews(desks.customers, desks.tracker, on_github=parts.github is not None),
        parts.database.history,
        lambda row: outbox.find(All("deliver"), row),
        RhythmNews(
            desks.customers,
            desks.backlog,
            desks.tracker,
            parts.database.usage,
            parts.database.slots,
            desks.clock,
            desks.playbooks,
            digests=desks.digests,
            feed_days=parts.settings.thresholds.feed_days,
        ),
        JudgementNews(desks.customers, desks.judgements),
        ReviewNews(desks.reviews),
        AlertNews(desks.customers, desks.alerts, drawer.usage, names_by(parts.people)),
        playbooks=PlaybookNews(desks.customers, desks.playbooks, names_by(parts.people)),
        digests=DigestNews(desks.digests, drawer.adoption, names_by(parts.people)),
    )
    posts = Posts(
        parts.web,
        said,
        parts.places,
        parts.people,
        Directory(parts.web, clock),
        parts.settings.fallback_channel,
        sorted(parts.settings.admin_ids),
        lambda: parts.who().scopes,
        earlier=lambda key: outbox.find_key(All("deliver"), key),
        quiet_until=desks.personal.quiet_until,
    )
    filer = Filer(parts.github, parts.mark_key, desks.customers, desks.tracker, parts.people, delays)
    carriers: dict[str, Carrier] = dict.fromkeys(said.kinds, posts) | {FILE: filer, TWINS: filer}
    return Worker(outbox, carriers.get, clock, delays, doubted)


async def send_again(database: Database, worker: Worker | None, key: str, now: datetime, heard: str = "") -> bool:
    """What was given up is tried once more; False when there is nothing to send, or `heard` (an input) asked before."""
    kind, _, number = key.partition(":")
    bug = int(number) if kind == FILE and number.isdecimal() and len(number) <= 18 else None
    again = await database.outbox.retry_key(All("send again"), key, now, heard, bug)
    if again and worker:
        worker.wake()
    return again
