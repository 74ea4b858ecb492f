"""What leaves by itself about weekly digests: their messages, one after the other, and why one was paused."""

from dataclasses import replace
from datetime import datetime

from commands.alert_views import people_of, replaced
from commands.blocks import Element, bold, line, rich, text
from commands.digest_pauses import mend_words, reason_words
from commands.digest_views import Chart, message, picture
from commands.message import Message
from commands.named import NamesOf
from commands.said import Said
from customers.digests import Digests, following
from customers.editions import Words
from customers.intents import Intent


class DigestNews:
    """Composes; `chart` draws adoption and takes its time."""

    def __init__(self, digests: Digests, chart: Chart, names: NamesOf) -> None:
        self._digests = digests
        self._chart = chart
        self._names = names

    async def root(self, intent: Intent, now: datetime) -> Said | None:
        """The message in the channel; the rest follows in its thread."""
        return await self._said(intent, 0, now)

    async def part(self, intent: Intent, now: datetime) -> Said | None:
        """One message in the thread."""
        return await self._said(intent, intent.number("number"), now)

    async def _said(self, intent: Intent, number: int, now: datetime) -> Said | None:
        found = await self._digests.edition(intent, now)
        if found is None or number >= len(found[1].plan.pages):
            return None
        subscription, edition = found
        page = await self._digests.page(subscription, edition.plan, number, now)
        page = replace(page, names=await self._names(people_of(page.alerts.values())))

        def then(_channel: str, ts: str) -> tuple[Intent, ...]:
            return following(intent, intent.word("thread") or ts, edition.plan)

        words = edition.said.get(number)
        if words is None:
            made = message(page)
            words = await self._digests.say(intent, number, Words(made.blocks, made.more, made.summary))
        blocks = replaced(words.blocks, page.alerts.values(), now, page.names)
        said = Message(blocks, words.summary, more=words.more)
        return Said(said, picture=picture(page, self._chart), then=then)

    async def paused(self, intent: Intent, _now: datetime) -> Said | None:
        """To whoever subscribed the channel; nothing when it goes on already."""
        found = await self._digests.of(intent.word("where"))
        if found is None or not found.is_paused:
            return None
        why = intent.word("why")
        reason, mend = reason_words(why), mend_words(why)
        where: Element = {"type": "channel", "channel_id": found.channel}
        head = "The weekly digest is paused"
        told = line(bold(head), text(" in "), where, text(f": {reason}. {mend}"))
        return Said(Message([rich(told)], f"{head}: {reason}. {mend}"))

    async def refused(self, intent: Intent, why: str, now: datetime) -> tuple[Intent, ...]:
        """The channel will not take it: the digest pauses by itself, and whoever made it is told once."""
        code = "outsiders" if " " in why else why  # a sentence instead of Slack's code
        await self._digests.shut(intent.word("channel"), code, now)
        return ()
