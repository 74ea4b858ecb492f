"""What is said regularly, and about the schedule: renewals, product's queue, late usage, skips, a wrong clock."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from commands import card as cards
from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, confirm, cut, line, rich, text
from commands.lists import as_of, count, day
from commands.message import Message
from commands.said import Said
from customers import weeks
from customers.backlog import Backlog
from customers.clock import Clock, asking
from customers.desk import Desk
from customers.digests import ROOT as DIGEST
from customers.digests import Digests
from customers.facts import Thresholds
from customers.intents import Intent
from customers.model import Status
from customers.people import Reader, Standing
from customers.plays import Playbooks
from customers.records import Card
from customers.requests import Request
from customers.requests import Status as Stage
from customers.rhythm import QUEUE, RENEWAL, FeedStore, is_late
from customers.runs import Run
from customers.schedule import Occasion
from customers.scope import All
from customers.timetable import Slot, SlotStore
from customers.tracker import Tracker

OLDEST = 3  # requests that a reminder names
NAMED = 8  # things of one kind that a message about skips names
BACK = 52  # digests that one channel may have missed
MOST = 1_000  # … and that it counts
TITLE = 120
_BOT = Reader("", Standing.BOT)
_KINDS = {  # what was skipped, and what helps
    DIGEST: ("The weekly risk digest", "Each of them tells of last week again with /digest preview."),
    QUEUE: ("The reminder of product's queue", "See the queue with /features review."),
    RENEWAL: ("The reminder of a renewal", "See every renewal with /brief and the name."),
    "health_review": ("The monthly review", "Begin it with /health review."),
    "code_review": ("The quarterly review of custom code", "Begin it with /customer code."),
}


class RhythmNews:
    """Composes; None when it is no longer true."""

    def __init__(
        self,
        desk: Desk,
        backlog: Backlog,
        tracker: Tracker,
        feed: FeedStore,
        slots: SlotStore,
        clock: Clock,
        playbooks: Playbooks,
        digests: Digests | None = None,
        feed_days: int = Thresholds().feed_days,
    ) -> None:
        self._desk = desk
        self._playbooks = playbooks
        self._backlog = backlog
        self._tracker = tracker
        self._feed = feed
        self._slots = slots
        self._clock = clock
        self._digests = digests
        self._feed_days = feed_days

    async def renewal(self, intent: Intent, now: datetime) -> Said | None:
        """To the CSM, so many days before; nothing when the renewal was moved, or the customer went."""
        card = await self._desk.open(intent.number("customer"), _BOT, now)
        profile = card.profile
        if profile.renewal is None or profile.renewal.isoformat() != intent.word("renewal"):
            return None
        if profile.status is Status.CHURNED or profile.internal or profile.renewal < card.today:
            return None
        running = await self._playbooks.running(card.record.customer_id, RENEWAL)
        return Said(_renewal(card, profile.renewal, running), to_csm=True, csm=profile.csm)

    async def queue(self, _intent: Intent, now: datetime) -> Said | None:
        """Product's weekly reminder; nothing when nothing waits."""
        waiting = await self._backlog.waiting(OLDEST)
        if not waiting.total:
            return None
        verb = "waits" if waiting.total == 1 else "wait"
        head = f"Product's weekly queue: {count(waiting.total, 'request')} {verb} for a decision"
        prioritized, backlog = (waiting.counts.get(one, 0) for one in (Stage.PRIORITIZED, Stage.BACKLOG))
        numbers = f"{prioritized} prioritized (two or more customers want it), {backlog} in the backlog."
        listed = bullets([_oldest(one, now) for one in waiting.oldest])
        blocks = [rich(line(bold(head))), rich(line(text(numbers)), line(text("Waiting longest:")), listed)]
        row = actions(button("Review now", "review:again", "", style="primary"))
        return Said(Message(blocks, f"{head}. {numbers}", more=[as_of(now), row]))

    async def feed_late(self, intent: Intent, now: datetime) -> Said | None:
        """To the team; nothing when the week has come meanwhile."""
        reach, week = await self._feed.reach(All("usage feed")), intent.number("week")
        if not is_late(reach, week):
            return None
        head = f"Usage data of {weeks.label(weeks.start(week))} has not come"
        told = f"; {_colours(reach.last_week, self._feed_days, now)}"
        said = [line(bold(head), text(told))]
        if failed := reach.failed:
            said.append(line(text(f"The last pull ({self._tracker.when(failed.at)}): {cut(failed.why, TITLE)}.")))
        step = "Whoever runs the usage import: dossier usage import, or dossier check when a query brings it."
        return Said(Message([rich(*said, line(text(step)))], f"{head}{told}", more=[as_of(now)]))

    async def skipped(self, intent: Intent, now: datetime) -> Said | None:
        """To the team: everything that was missed, by kind, with what helps."""
        found = await self._slots.skipped(All("skipped"), datetime.fromisoformat(intent.word("at")), MOST)
        if any(slot.kind == QUEUE for slot in found) and not (await self._backlog.waiting(1)).total:
            found = [slot for slot in found if slot.kind != QUEUE]  # nothing would have been said
        if not found:
            return None
        total = f"{MOST} or more things were" if len(found) == MOST else _things(len(found))
        head = f"{total} skipped"
        why = ", because Dossier was not running when it was time. Only what is less than a day late is made up for."
        blocks: list[Block] = [rich(line(bold(head), text(why)))]
        for kind, slots in groupby(found, key=lambda slot: slot.kind):
            blocks.append(await self._skipped_of(kind, list(slots), now))
        return Said(Message(blocks, f"{head}{why}"))

    async def clock_held(self, intent: Intent, now: datetime) -> Said | None:
        """To the team: the clock leapt. Nothing when it is back."""
        mark = await self._clock.doubted(now)
        if mark is None:
            return None
        head = f"Is it {now:%Y-%m-%d %H:%M} UTC?"
        told = f" So says the clock of Dossier's computer, and before that it was {mark:%Y-%m-%d %H:%M} UTC."
        waits = "Until that is clear, nothing leaves by itself: no digests, alerts, reminders or warnings."
        step = "If the date is right, say so. If not, set the computer's clock; Dossier then goes on by itself."
        sure = confirm("Is the date right?", f"It is {now:%Y-%m-%d} today, and what is due may leave.", "It is")
        row = actions(button("The date is right", "clock:right", "", style="primary", confirm=sure))
        blocks = [rich(line(bold(head), text(told)), line(text(waits)), line(text(step)))]
        return Said(Message(blocks, f"{head}{told} {waits}", more=[row]))

    async def clock_settled(self, intent: Intent, now: datetime) -> Said | None:
        """The question of before, changed. Nothing when the clock leapt again."""
        if await self._clock.doubted(now):
            return None
        head, told = (
            "Settled: the clock is back.",
            f" It is {now:%Y-%m-%d %H:%M} UTC, and what happens by itself goes on.",
        )
        updates = asking(datetime.fromisoformat(intent.word("mark"))).key
        return Said(Message([rich(line(bold(head), text(told)))], f"{head}{told}"), updates=updates)

    async def _skipped_of(self, kind: str, slots: Sequence[Slot], now: datetime) -> Block:
        words, step = _KINDS.get(kind, (f"“{kind}”", ""))
        names = await self._names([slot for slot in slots[:NAMED] if kind == RENEWAL], now)
        missed = [await self._missed(slot, now) if kind == DIGEST else 1 for slot in slots[:NAMED]]
        rows = [
            line(*_one(slot, self._tracker.when(slot.due), names, how_many))
            for slot, how_many in zip(slots, missed, strict=False)
        ]
        if len(slots) > NAMED:
            rows.append(line(text(f"and {len(slots) - NAMED} more")))
        times = f", {len(slots)} times" if len(slots) > 1 else ""
        told = [line(text(step))] if step else []
        return rich(line(bold(f"{words}{times}")), bullets(rows), *told)

    async def _missed(self, slot: Slot, now: datetime) -> int:
        """How many digests of this channel nothing was made of, one after the other, up to this one."""
        channel = slot.key.partition(":")[0]
        found = await self._digests.of(channel) if self._digests else None
        if found is None:
            return 1
        earlier, due = list[Occasion](), slot.due
        while len(earlier) < BACK and (one := found.rule.latest(due - timedelta(seconds=1))).due >= found.since:
            earlier.append(one)
            due = one.due
        keys = [f"{channel}:{one.key}" for one in earlier]
        used = await self._slots.used(All("skipped"), DIGEST, keys, now) if keys else set()
        return 1 + next((at for at, key in enumerate(keys) if key in used), len(keys))

    async def _names(self, slots: Sequence[Slot], now: datetime) -> Mapping[str, str]:
        """By id, as it stands in the key of a renewal."""
        ids = [int(slot.key.partition(":")[0]) for slot in slots]
        found = await self._desk.cards(ids, _BOT, now) if ids else []
        return {str(card.record.customer_id): card.profile.name for card in found}


def _colours(last: int | None, fresh: int, now: datetime) -> str:
    """What health says meanwhile: usage stays good for so many days (HEALTH_FEED_DAYS) after its week."""
    if last is None:
        return "none ever came. Colours that rest on usage are unknown."
    week = weeks.label(weeks.start(last))
    gone = weeks.start(last) + timedelta(days=6 + fresh + 1)
    newest = f"the last whole week is {week}. Colours"
    if now.date() >= gone:
        return f"{newest} that rest on usage are unknown since {gone}."
    return f"{newest} are still those of {week}; from {gone} those that rest on usage become unknown."


def _things(how_many: int) -> str:
    return "One thing was" if how_many == 1 else f"{how_many} things were"


def _one(slot: Slot, when: str, names: Mapping[str, str], how_many: int) -> list[Element]:
    """`#customers (Mon 2026-11-23 09:00)`, or how many and the last; a renewal by the customer's name."""
    prefix, *rest = slot.key.split(":")
    if slot.kind == RENEWAL:
        name = cut(names.get(prefix, "a customer who is gone"), NAME)
        return [text(f"{name}, {rest[-1]} days before {rest[0]}")]
    if prefix[:1] in ("C", "G") and rest:
        told = (
            f": {how_many}{'' if how_many <= BACK else ' or more'}, the last {when}" if how_many > 1 else f" ({when})"
        )
        return [{"type": "channel", "channel_id": prefix}, text(told)]
    return [text(when)]


def _oldest(request: Request, now: datetime) -> Element:
    waits = f"{day(request.created_at)}, {cards.ago(request.created_at, now)}"
    wanted = count(len(request.customers), "customer")
    told = f"  {request.status.words} · {wanted} · logged {waits}"
    return line(bold(f"{request.id}  {cut(request.title, TITLE)}"), text(told))


def _renewal(card: Card, renewal: date, running: Run | None) -> Message:
    profile, record = card.profile, card.record
    head = f"{cut(profile.name, NAME)} renews on {cards.until(renewal, card.today)}"
    late = sum(bug.is_overdue(card.now) for bug in record.bugs)
    overdue = f" ({late} overdue)" if late else ""
    open_items = f"{count(len(record.bugs), 'bug')}{overdue}, {count(len(record.requests), 'feature request')}"
    rows = [
        line(bold("Contract: "), text(cut(profile.contract or "not stated", 200))),
        line(bold("Open: "), text(open_items)),
    ]
    customer = str(record.customer_id)
    first = button("Start renewal playbook", "playbook:start", f"{customer}|renewal", style="primary")
    if running:
        rows.append(line(bold(f"{cut(running.name, NAME)}: "), text(f"{running.counted()} done")))
        first = button("Show", "playbook:show", str(running.id), style="primary")
    row = actions(first, button("Brief", "open:brief", customer))
    health = rich(cards.colour_line(card))
    return Message([rich(line(bold(head))), health, rich(bullets(rows))], head, more=[cards.age(card), row])
