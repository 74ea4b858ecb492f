"""The weekly risk digest of a channel: subscribing, pausing, and what each of its messages tells."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from customers import weeks
from customers.digest import WEEKS_BACK, Plan, Section, Window, plan
from customers.editions import AlertsOf, Bounds, Cards, DigestStore, Edition, Page, Wanted, Wishes, Words
from customers.errors import NoDigest, NotJudgedYet
from customers.intents import Intent
from customers.model import Status
from customers.people import Reader, Standing
from customers.records import Card
from customers.schedule import Weekly
from customers.scope import All
from customers.subscriptions import Csm, Draft, Subscription, keys_of
from customers.timetable import Plan as Timed

ROOT, PART, PAUSED = "digest", "digest_part", "digest_paused"  # kinds of intents
UNKNOWN_ZONE = "unknown_zone"  # why a digest is paused
PATIENCE = timedelta(hours=2)  # with which a digest waits for the weekly check
_WEEK = timedelta(weeks=1)
_BOT = Reader("", Standing.BOT)
_SCOPE = All("digest")


class Digests:
    """The façade. `now` is aware UTC, `check` says when health is judged; raises `customers.errors` for people."""

    kind = ROOT  # of the slots

    def __init__(self, store: DigestStore, cards: Cards, requests: Wishes, alerts: AlertsOf, check: Weekly) -> None:
        self._store = store
        self._cards = cards
        self._requests = requests
        self._alerts = alerts
        self._check = check
        self._csms: tuple[int, list[Csm]] | None = None  # with the version of the documents they belong to

    @property
    def zone(self) -> ZoneInfo:
        """The team's zone: what a new subscription begins with."""
        return self._check.zone

    @property
    def check(self) -> Weekly:
        """When health is judged; a digest before that speaks of the week before."""
        return self._check

    async def of(self, channel: str) -> Subscription | None:
        """The channel's subscription."""
        return await self._store.find(_SCOPE, channel)

    async def every(self) -> list[Subscription]:
        """All subscriptions."""
        return await self._store.every(_SCOPE)

    async def of_reader(self, reader: Reader) -> list[Subscription]:
        """Those that the reader set up, whose channel is about a customer of theirs, or that are filtered to them."""
        keys = keys_of(reader)
        linked = await self._store.linked(_SCOPE, keys)
        return [
            one
            for one in await self.every()
            if one.created_by == reader.id or one.channel in linked or not set(keys).isdisjoint(one.csms)
        ]

    async def csms(self) -> list[Csm]:
        """Everybody who can be chosen, by name; gathered anew only when documents changed."""
        version = await self._store.names_version(_SCOPE)
        if self._csms is None or self._csms[0] != version:
            self._csms = version, await self._store.csms(_SCOPE)
        return self._csms[1]

    async def save(self, channel: str, draft: Draft, reader: Reader, now: datetime) -> Subscription:
        """Subscribes, or changes the subscription. What was due before is not made up for."""
        before = await self.of(channel)
        asked = (draft.weekday, draft.at, draft.zone)
        timed = before is not None and (before.weekday, before.at, before.zone) == asked
        wanted = Subscription(
            channel,
            *asked,
            draft.tiers,
            draft.csms,
            before.since if before and timed else now,
            before.created_by if before else reader.id,
            now,
            *((before.paused_at, before.paused_by, before.paused_why) if before else ()),
        )
        await self._store.save(_SCOPE, wanted)
        return wanted

    async def pause(self, channel: str, reader: Reader, now: datetime) -> Subscription:
        """Nothing comes until it is resumed. Raises NoDigest."""
        await self._store.pause(_SCOPE, channel, reader.id, "", now)
        return await self._there(channel)

    async def resume(self, channel: str, now: datetime) -> Subscription:
        """Goes on with the next occasion. Raises NoDigest."""
        await self._store.resume(_SCOPE, channel, now)
        return await self._there(channel)

    async def off(self, channel: str) -> None:
        """Forgets the subscription. Raises NoDigest."""
        if not await self._store.drop(_SCOPE, channel):
            raise NoDigest()

    async def shut(self, channel: str, why: str, now: datetime) -> bool:
        """Dossier pauses it by itself, and tells whoever made it, once.

        `why` is Slack's code, `outsiders` or UNKNOWN_ZONE.
        """
        found = await self.of(channel)
        return found is not None and await self._store.pause(_SCOPE, channel, "", why, now, (told(found, why, now),))

    async def _there(self, channel: str) -> Subscription:
        found = await self.of(channel)
        if found is None:
            raise NoDigest()
        return found

    # When

    async def version(self) -> Hashable:
        """Another one whenever subscriptions changed."""
        return await self._store.version(_SCOPE)

    async def plans(self) -> list[Timed]:
        """The occasions of everybody who is not paused."""
        return [self._timed(one) for one in await self.every() if not one.is_paused]

    def _timed(self, found: Subscription) -> Timed:
        return Timed(found.channel, found.rule, lambda it: (leaving(found, it.key, it.due),), found.since)

    async def send(self, channel: str, now: datetime) -> str:
        """One that leaves now, whatever the schedule says; its key. Raises NoDigest."""
        found = await self._there(channel)
        key = f"{now:%Y-%m-%dT%H:%M}"
        await self._store.tell(_SCOPE, f"digest:{channel}:{key}", (leaving(found, key, now),), now)
        return key

    # What

    async def edition(self, intent: Intent, now: datetime) -> tuple[Subscription, Edition] | None:
        """The digest of an intent, made when it is first asked for; None when nobody wants it any more.

        Raises NotJudgedYet while the weekly check is at it.
        """
        channel, key = intent.word("channel"), intent.word("key")
        found = await self.of(channel)
        if found is None or found.is_paused:
            return None
        if found.unknown_zone:
            await self.shut(channel, UNKNOWN_ZONE, now)
            return None
        edition = await self._store.edition(_SCOPE, channel, key)
        if edition is None:
            bounds = await self._store.bounds(_SCOPE, self._expected(now))
            due = datetime.fromtimestamp(intent.number("due"), UTC)
            if not bounds.checked and not self._is_missing(bounds, now) and now - due < PATIENCE:
                raise NotJudgedYet()
            made = await self._make(found, await self._store.last(_SCOPE, channel, key), now)
            edition = await self._store.keep(_SCOPE, channel, Edition(key, _told(made.window), made, now))
        return found, edition

    async def say(self, intent: Intent, number: int, words: Words) -> Words:
        """What a message says from now on, whatever becomes of what it speaks of; only its alerts go on changing."""
        return await self._store.say(_SCOPE, intent.word("channel"), intent.word("key"), number, words)

    async def preview(self, channel: str, now: datetime) -> tuple[Subscription | None, Page]:
        """What would be posted now, for everybody's customers when the channel has no subscription."""
        found = await self.of(channel)
        wanted = found or Subscription(channel, 0, self._check.at, self.zone, (), (), now, "", now)
        made = await self._make(wanted, await self._store.last(_SCOPE, channel), now)
        return found, await self.page(wanted, made, 0, now)

    async def next_page(self, page: Page, number: int) -> Page:
        """Another message of the same digest."""
        return replace(await self._page(page.plan, number, page.now), about=page.about)

    async def page(self, found: Subscription, made: Plan, number: int, now: datetime) -> Page:
        """One message of a digest with what it shows."""
        about = found.about(await self.csms() if found.csms else ())
        return replace(await self._page(made, number, now), about=about)

    async def _page(self, made: Plan, number: int, now: datetime) -> Page:
        ids: dict[Section, tuple[int, ...]] = {one.section: one.ids for one in made.pages[number]}
        judged = [section for section in ids if section in _CHANGED]
        told = [one for section in judged for one in ids[section]]
        about = [*told, *ids.get(Section.RENEWALS, ())]
        cards = [one for one in await self._cards(about, _BOT, now) if _counts(one)] if about else []
        bug_ids, wish_ids = ids.get(Section.BUGS, ()), ids.get(Section.REQUESTS, ())
        alert_ids = [*ids.get(Section.DROPS, ()), *ids.get(Section.ALERTS, ())]
        alert_ids += [made.attached[one] for one in told if one in made.attached]
        return Page(
            made,
            number,
            now,
            now.astimezone(self.zone).date(),
            self.zone,
            "",
            {one.record.customer_id: one for one in cards},
            {one.id: one for one in await self._store.bugs(_SCOPE, bug_ids)} if bug_ids else {},
            {one.id: one for one in await self._requests(_SCOPE, wish_ids)} if wish_ids else {},
            {one.id: one for one in await self._alerts(alert_ids)} if alert_ids else {},
        )

    async def _make(self, found: Subscription, last: Edition | None, now: datetime) -> Plan:
        window = await self._window(last, now)
        today, since = (moment.astimezone(self.zone).date() for moment in (now, window.since))
        told = last.plan.told if last is not None and window.before is not None else {}
        wanted = Wanted(found.tiers, found.csms, today, since, told)
        return plan(await self._store.material(_SCOPE, wanted, window, now))

    def _expected(self, now: datetime) -> int:
        """The week that was complete when health was last to be judged."""
        return weeks.number(self._check.latest(now).day) - 1

    def _is_missing(self, bounds: Bounds, now: datetime) -> bool:
        """Whether there is a usage feed and it lacks that week."""
        return bounds.fed is not None and bounds.fed < self._expected(now)

    async def _window(self, last: Edition | None, now: datetime) -> Window:
        """Which week is told, and compared with which: the one whose colours this channel was told last.

        A channel that was told nothing for weeks, or never, is told how things stand.
        """
        expected = self._expected(now)
        bounds = await self._store.bounds(_SCOPE, expected)
        missing = (bounds.fed or 0) + 1 if self._is_missing(bounds, now) else None
        if last is not None and now - last.at > WEEKS_BACK * _WEEK:
            last = None
        before = None
        if last is not None and bounds.judged is not None:
            newest = min(last.week, bounds.judged)
            before = await self._store.earlier(_SCOPE, newest, bounds.judged - WEEKS_BACK)
        since, until = last.at if last else now - _WEEK, expected if missing is not None else None
        return Window(bounds.judged, before, missing, since, last is None, until)


_CHANGED = (Section.RED, Section.YELLOW, Section.RECOVERED, Section.UNKNOWN, Section.CORRECTED)


def _told(window: Window) -> int:
    """Colours that lack usage are not settled: what they turn out to be is told by the next digest."""
    week = window.before if not window.is_settled and window.before is not None else window.week
    return week if week is not None else 0


def _counts(card: Card) -> bool:
    return card.profile.status is not Status.CHURNED and not card.profile.internal


def root_key(channel: str, key: str) -> str:
    """The outbox key of a digest's first message."""
    return f"{ROOT}:{channel}:{key}"


def part_key(channel: str, key: str, number: int) -> str:
    """The outbox key of a message in a digest's thread; number 0 is the first message."""
    return f"{PART}:{channel}:{key}:{number}" if number else root_key(channel, key)


def leaving(found: Subscription, key: str, due: datetime) -> Intent:
    """The first message of a digest."""
    about: dict[str, int | str] = {"channel": found.channel, "key": key, "due": int(due.timestamp())}
    return Intent(ROOT, root_key(found.channel, key), found.channel, about | {"by": found.created_by})


def following(intent: Intent, thread: str, made: Plan) -> tuple[Intent, ...]:
    """The next message of the same digest in the thread, one after the other; nothing behind the last."""
    number = intent.number("number") + 1
    if number >= len(made.pages):
        return ()
    channel, key = intent.word("channel"), intent.word("key")
    about: dict[str, int | str] = {"channel": channel, "key": key, "by": intent.word("by"), "thread": thread}
    about |= {"number": number, "total": len(made.pages)}
    return (Intent(PART, part_key(channel, key, number), channel, about),)


def told(found: Subscription, why: str, now: datetime) -> Intent:
    """Tells whoever made it that it was paused, and how to go on."""
    person = found.created_by
    about: dict[str, int | str] = {"channel": person, "person": person, "where": found.channel, "why": why[:200]}
    return Intent(PAUSED, f"digest_paused:{found.channel}:{now.isoformat()}", person, about)
