"""Subscriptions to the weekly digest, and the plans of the digests that were made."""

from collections.abc import Hashable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, exists, insert, literal, select, update

from customers.digest import Material, Window
from customers.digest_kept import kept, plan_of
from customers.digests import part_key, root_key
from customers.editions import Bounds, BugRow, Edition, Wanted, Words
from customers.intents import Intent, State
from customers.model import Tier
from customers.preferences import known_zone
from customers.scope import All
from customers.subscriptions import Csm, Subscription
from storage import digest_data
from storage.captures import is_first
from storage.outbox import put
from storage.readers import Reader
from storage.tables import feeds, outbox
from storage.upsert import add_once, upsert
from storage.watch_tables import alert_messages, alerts, digests, editions
from storage.writer import Writer

VERSION = "digests"  # kind of the feed that counts changes of subscriptions
_SAID = "said"  # beside the plan: the words of the newest digest
_UTC = ZoneInfo("UTC")


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
        query = "SELECT (SELECT count(*) FROM digests), (SELECT version FROM feeds WHERE kind = 'digests')"
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
            _count(connection, wanted.changed_at)

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
                _count(connection, now)
            return done

        return await self._writer.run(work)

    async def resume(self, scope: All, channel: str, now: datetime) -> bool:
        """Goes on; what fell into the pause is not made up for. False when it was not paused."""
        query = update(digests).where(digests.c.channel == channel, digests.c.paused_at.is_not(None))
        values = {"paused_at": None, "paused_by": None, "paused_why": "", "since": now, "changed_at": now}

        def work(connection: Connection) -> bool:
            done = bool(connection.execute(query.values(values)).rowcount)
            if done:
                _count(connection, now)
            return done

        return await self._writer.run(work)

    async def drop(self, scope: All, channel: str) -> bool:
        """Forgets the subscription and its editions, so that a new one begins with how things stand."""

        def work(connection: Connection) -> bool:
            connection.execute(delete(editions).where(editions.c.channel == channel))
            query = delete(digests).where(digests.c.channel == channel).returning(digests.c.changed_at)
            changed: datetime | None = connection.scalar(query)
            if changed is not None:
                _count(connection, changed)
            return changed is not None

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
        """The newest digest that was posted in a channel, other than the one called `but`.

        A plan is kept before anybody knows whether the channel takes it; only the outbox knows what became of it, and
        it remembers for a month. A channel that was told nothing for so long is told how things stand.
        """
        root = outbox.c.key == literal(root_key(channel, "")) + editions.c.key
        query = select(editions).where(editions.c.channel == channel, editions.c.key != but)
        query = query.where(exists().where(root, outbox.c.state == State.DONE.value))
        newest = query.order_by(editions.c.at.desc()).limit(1)
        return await self._writer.read(lambda connection: _edition(connection.execute(newest).first()))

    async def keep(self, scope: All, channel: str, edition: Edition) -> Edition:
        """Keeps a plan, unless somebody kept one for the same occasion: then theirs is the one."""
        row = {
            "channel": channel, "key": edition.key, "week": edition.week, "plan": kept(edition.plan), "at": edition.at,
        }  # fmt: skip
        query = select(editions).where(editions.c.channel == channel, editions.c.key == edition.key)

        def work(connection: Connection) -> Edition:
            if connection.execute(add_once(connection.dialect, editions, row)).rowcount:
                _shows(connection, channel, edition)
            return _edition(connection.execute(query).first()) or edition

        return await self._writer.run(work)

    async def say(self, scope: All, channel: str, key: str, number: int, words: Words) -> Words:
        """Keeps the words of a message until the next digest is made; those that are kept already win."""
        one = and_(editions.c.channel == channel, editions.c.key == key)

        def work(connection: Connection) -> Words:
            row = connection.execute(select(editions).where(one).with_for_update()).first()
            found = _edition(row)
            if row is None or found is None:
                return words
            if number in found.said:
                return found.said[number]
            said = {**row.plan.get(_SAID, {}), str(number): [words.blocks, words.more, words.summary]}
            connection.execute(update(editions).where(one).values(plan={**row.plan, _SAID: said}))
            return words

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

    async def bugs(self, scope: All, ids: Sequence[int]) -> list[BugRow]:
        """These bugs, as long as they are open and their customers are current, by due time."""
        return await self._writer.read(lambda connection: digest_data.bug_rows(connection, ids))

    async def csms(self, scope: All) -> list[Csm]:
        """Everybody whom a current customer names as its CSM, by name."""
        return await self._writer.read(digest_data.csms)

    async def names_version(self, scope: All) -> int:
        """Another one whenever an import changed documents."""
        rows = await self._reading.rows("SELECT version FROM feeds WHERE kind = 'catalogue'", ())
        return int(rows[0][0]) if rows else 0

    async def linked(self, scope: All, keys: Sequence[str]) -> set[str]:
        """Channels that are linked to current customers whose documents name one of these as the CSM."""
        if not keys:
            return set()
        return await self._writer.read(lambda connection: digest_data.linked(connection, keys))


def _count(connection: Connection, now: datetime) -> None:
    """Counted instead of looking at the newest time of change, which a clock that stood ahead would pin."""
    connection.execute(add_once(connection.dialect, feeds, {"kind": VERSION, "version": 0, "at": now}))
    counted = update(feeds).where(feeds.c.kind == VERSION)
    connection.execute(counted.values(version=feeds.c.version + 1, at=now))


def _shows(connection: Connection, channel: str, edition: Edition) -> None:
    """Which alerts its messages have rows of: they are drawn anew when one changes. Those of the one before rest."""
    query = select(editions.c.key, editions.c.plan).where(editions.c.channel == channel, editions.c.key != edition.key)
    for row in connection.execute(query.order_by(editions.c.at.desc()).limit(1)):
        keys = [part_key(channel, row.key, number) for number in range(len(plan_of(row.plan).pages))]
        before = update(editions).where(editions.c.channel == channel, editions.c.key == row.key)
        connection.execute(before.values(plan={name: one for name, one in row.plan.items() if name != _SAID}))
        connection.execute(delete(alert_messages).where(alert_messages.c.message.in_(keys)))
    for number in range(len(edition.plan.pages)):
        there = select(alerts.c.id, literal(part_key(channel, edition.key, number)))
        there = there.where(alerts.c.id.in_(edition.plan.alerts(number)))
        connection.execute(insert(alert_messages).from_select(["alert_id", "message"], there))


def _subscription(row: Any) -> Subscription:
    zone = known_zone(row.zone)  # what was known when it was chosen may be gone from this machine
    return Subscription(
        row.channel,
        row.weekday,
        time.fromisoformat(row.at),
        zone or _UTC,
        tuple(Tier(one) for one in row.tiers),
        tuple(row.csms),
        row.since,
        row.created_by,
        row.changed_at,
        row.paused_at,
        row.paused_by,
        row.paused_why,
        "" if zone else row.zone,
    )


def _edition(row: Any) -> Edition | None:
    if row is None:
        return None
    said = {int(number): Words(*words) for number, words in row.plan.get(_SAID, {}).items()}
    return Edition(row.key, row.week, plan_of(row.plan), row.at, said)
