"""Subscriptions to the weekly digest, and the plans of the digests that were made."""

from collections.abc import Hashable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select, update

from customers.digest import Material, Window, kept, plan_of
from customers.editions import Bounds, BugRow, Edition, Wanted
from customers.facts import Colour
from customers.intents import Intent
from customers.model import Tier
from customers.scope import All
from customers.subscriptions import Csm, Subscription
from storage import digest_data
from storage.captures import is_first
from storage.outbox import put
from storage.readers import Reader
from storage.upsert import add_once, upsert
from storage.watch_tables import digests, editions
from storage.writer import Writer


class Digests:
    """The façade's store; see `customers.digests.DigestStore`."""

    def __init__(self, writer: Writer, reading: Reader) -> None:
        self._writer = writer
        self._reading = reading

    async def find(self, scope: All, channel: str) -> Subscription | None:
        """The subscription of a channel."""
        query = select(digests).where(digests.c.channel == channel)

        def work(connection: Connection) -> Subscription | None:
            row = connection.execute(query).first()
            return _subscription(row) if row else None

        return await self._writer.read(work)

    async def every(self, scope: All) -> list[Subscription]:
        """All of them, by channel."""
        query = select(digests).order_by(digests.c.channel)
        return await self._writer.read(lambda connection: [_subscription(row) for row in connection.execute(query)])

    async def version(self, scope: All) -> Hashable:
        """Another one whenever a subscription was made, changed or dropped."""
        query = "SELECT (SELECT count(*) FROM digests), (SELECT max(changed_at) FROM digests)"
        return tuple((await self._reading.rows(query, ()))[0])

    async def save(self, scope: All, wanted: Subscription) -> None:
        """Makes a subscription or overwrites the channel's."""
        row = {
            "channel": wanted.channel, "weekday": wanted.weekday, "at": f"{wanted.at:%H:%M}", "zone": str(wanted.zone),
            "tiers": [one.value for one in wanted.tiers], "csms": list(wanted.csms), "since": wanted.since,
            "created_by": wanted.created_by, "paused_at": wanted.paused_at, "paused_by": wanted.paused_by,
            "paused_why": wanted.paused_why, "changed_at": wanted.changed_at,
        }  # fmt: skip

        def work(connection: Connection) -> None:
            connection.execute(upsert(connection.dialect, digests, [digests.c.channel]), [row])

        await self._writer.run(work)

    async def pause(
        self, scope: All, channel: str, by: str, why: str, now: datetime, intents: Sequence[Intent] = ()
    ) -> bool:
        """Pauses with what it says; False when the channel has no subscription, or a paused one."""
        query = update(digests).where(digests.c.channel == channel, digests.c.paused_at.is_(None))
        values = {"paused_at": now, "paused_by": by, "paused_why": why[:500], "changed_at": now}

        def work(connection: Connection) -> bool:
            done = bool(connection.execute(query.values(values)).rowcount)
            if done:
                put(connection, intents, now)
            return done

        return await self._writer.run(work)

    async def resume(self, scope: All, channel: str, now: datetime) -> bool:
        """Goes on; what fell into the pause is not made up for. False when it was not paused."""
        query = update(digests).where(digests.c.channel == channel, digests.c.paused_at.is_not(None))
        values = {"paused_at": None, "paused_by": None, "paused_why": "", "since": now, "changed_at": now}
        return await self._writer.run(lambda connection: bool(connection.execute(query.values(values)).rowcount))

    async def drop(self, scope: All, channel: str) -> bool:
        """Forgets the subscription and its editions, so that a new one begins with how things stand."""

        def work(connection: Connection) -> bool:
            connection.execute(delete(editions).where(editions.c.channel == channel))
            return bool(connection.execute(delete(digests).where(digests.c.channel == channel)).rowcount)

        return await self._writer.run(work)

    async def tell(self, scope: All, key: str, intents: Sequence[Intent], now: datetime) -> bool:
        """Sends something once for the input `key`; False when that was heard before."""

        def work(connection: Connection) -> bool:
            return is_first(connection, key, now) and put(connection, intents, now) > 0

        return await self._writer.run(work)

    async def edition(self, scope: All, channel: str, key: str) -> Edition | None:
        """A digest that was made."""
        query = select(editions).where(editions.c.channel == channel, editions.c.key == key)
        return await self._writer.read(lambda connection: _edition(connection.execute(query).first()))

    async def last(self, scope: All, channel: str, but: str = "") -> Edition | None:
        """The newest digest of a channel other than the one called `but`."""
        query = select(editions).where(editions.c.channel == channel, editions.c.key != but)
        newest = query.order_by(editions.c.at.desc()).limit(1)
        return await self._writer.read(lambda connection: _edition(connection.execute(newest).first()))

    async def keep(self, scope: All, channel: str, edition: Edition) -> Edition:
        """Keeps a plan, unless somebody kept one for the same occasion: then theirs is the one."""
        row = {
            "channel": channel, "key": edition.key, "week": edition.week, "plan": kept(edition.plan), "at": edition.at,
        }  # fmt: skip
        query = select(editions).where(editions.c.channel == channel, editions.c.key == edition.key)

        def work(connection: Connection) -> Edition:
            connection.execute(add_once(connection.dialect, editions, row))
            return _edition(connection.execute(query).first()) or edition

        return await self._writer.run(work)

    async def bounds(self, scope: All, newest: int) -> Bounds:
        """How far judgements and usage reach; weeks after `newest` do not count."""
        return await self._writer.read(lambda connection: digest_data.bounds(connection, newest))

    async def earlier(self, scope: All, newest: int, oldest: int) -> int | None:
        """The last week between the two that was judged."""
        return await self._writer.read(lambda connection: digest_data.judged(connection, newest, oldest))

    async def material(self, scope: All, wanted: Wanted, window: Window, now: datetime) -> Material:
        """Everything that a digest could tell, in a few statements over all customers."""
        return await self._writer.read(lambda connection: digest_data.material(connection, wanted, window, now))

    async def colours(self, scope: All, week: int, ids: Sequence[int]) -> dict[int, Colour]:
        """How customers were judged for a week."""
        return await self._writer.read(lambda connection: digest_data.colours(connection, week, ids))

    async def bugs(self, scope: All, ids: Sequence[int]) -> list[BugRow]:
        """These bugs, as long as they are open and their customers are current, by due time."""
        return await self._writer.read(lambda connection: digest_data.bug_rows(connection, ids))

    async def csms(self, scope: All) -> list[Csm]:
        """Everybody whom a current customer names as its CSM, by name."""
        return await self._writer.read(digest_data.csms)


def _subscription(row: Any) -> Subscription:
    return Subscription(
        row.channel,
        row.weekday,
        time.fromisoformat(row.at),
        ZoneInfo(row.zone),
        tuple(Tier(one) for one in row.tiers),
        tuple(row.csms),
        row.since,
        row.created_by,
        row.changed_at,
        row.paused_at,
        row.paused_by,
        row.paused_why,
    )


def _edition(row: Any) -> Edition | None:
    return Edition(row.key, row.week, plan_of(row.plan), row.at) if row else None
