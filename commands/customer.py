"""`/customer list | link | unlink | code | help`: everything else about customers."""

from collections.abc import Awaitable, Callable

from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, context, cut, line, rich, text
from commands.help import render_help
from commands.listen import Ask, customer_id
from commands.message import Message
from customers.desk import PAGE, Desk
from customers.errors import NoCustomerNamed, NothingLinked, UnknownSubcommand
from customers.records import Card, Listed, Page

KNOWN = ("list", "link", "unlink", "code", "help")


class Customer:
    """Parse, call, render."""

    def __init__(self, desk: Desk, code: Callable[[Ask], Awaitable[Message]]) -> None:
        self._desk = desk
        self._code = code  # this quarter's review of custom code

    async def __call__(self, ask: Ask) -> Message:
        word, _, rest = ask.text.strip().partition(" ")
        match word.casefold():
            case "list":
                return _listed(await self._desk.customers(rest, 0), rest)
            case "link":
                return await self._ask_link(ask, rest)
            case "unlink":
                return await self._ask_unlink(ask)
            case "code":
                return await self._code(ask)
            case "" | "help":
                return render_help()
            case _:
                raise UnknownSubcommand("/customer", word[:40], KNOWN)

    async def page(self, ask: Ask) -> Message:
        """Another page of the list; the value is `15|growth`."""
        offset, _, words = ask.value.partition("|")
        return _listed(
            await self._desk.customers(words, int(offset) if offset.isdecimal() and len(offset) < 10 else 0), words
        )

    async def _ask_link(self, ask: Ask, query: str) -> Message:
        if not query.strip():
            raise NoCustomerNamed("/customer link")
        card = await self._desk.ask(query, ask.channel, ask.reader, ask.now, "/customer link")
        return await self._question(card, ask)

    async def choose(self, ask: Ask) -> Message:
        """`open:link` after a choice among similar names."""
        return await self._question(await self._desk.open(customer_id(ask.value), ask.reader, ask.now), ask)

    async def _question(self, card: Card, ask: Ask) -> Message:
        linked = await self._desk.linked(ask.channel)
        if linked and linked.customer_id == card.record.customer_id:
            told = f"This channel is about {cut(linked.name, NAME)} already."
            return Message([rich(line(bold(told)))], told)
        return _link_question(card.record.customer_id, card.profile.name, linked.name if linked else None)

    async def link(self, ask: Ask) -> Message:
        """The confirmed link."""
        card = await self._desk.open(customer_id(ask.value), ask.reader, ask.now)
        await self._desk.link(card.record.customer_id, ask.channel, ask.reader, ask.now)
        told = f"This channel is now about {cut(card.profile.name, NAME)}."
        return Message([rich(line(bold(told), text(" /brief, /known-issues and /health need no name here.")))], told)

    async def _ask_unlink(self, ask: Ask) -> Message:
        linked = await self._desk.linked(ask.channel)
        if linked is None:
            raise NothingLinked()
        question = f"Unlink this channel from {cut(linked.name, NAME)}?"
        row = actions(button("Unlink", "unlink", "", style="danger"), button("Keep", "keep", ""))
        return Message([rich(line(bold(question)))], question, more=[row])

    async def unlink(self, ask: Ask) -> Message:
        """The confirmed unlinking."""
        if not await self._desk.unlink(ask.channel):
            raise NothingLinked()
        told = "This channel is no longer linked to a customer."
        return Message([rich(line(bold(told)))], told)

    async def keep(self, ask: Ask) -> Message:
        """The question taken back."""
        return Message([rich(line(text("Nothing was changed.")))], "Nothing was changed.")


def _link_question(customer_id: int, name: str, before: str | None) -> Message:
    instead = f" instead of {cut(before, NAME)}" if before else ""
    question = f"Make this channel about {cut(name, NAME)}{instead}?"
    row = actions(button("Link", "link", str(customer_id), style="primary"), button("Cancel", "keep", ""))
    why = rich(line(bold(question), text(" For everybody here, commands will then need no name.")))
    return Message([why], question, more=[row])


def _listed(page: Page, words: str) -> Message:
    about = f" matching “{words.strip()[:60]}”" if words.strip() else ""
    if not page.total:
        told = f"No customers{about}."
        return Message([rich(line(bold(told), text(" See all with /customer list.")))], told)
    blocks: list[Block] = [rich(line(bold(f"Customers{about}"))), rich(bullets([_line(one) for one in page.lines]))]
    last = page.offset + len(page.lines)
    blocks.append(context(f"{page.offset + 1}–{last} of {page.total}"))
    row = []
    if page.offset:
        row.append(button("‹ Previous", "list:back", f"{max(0, page.offset - PAGE)}|{words[:500]}"))
    if last < page.total:
        row.append(button("Next ›", "list:on", f"{last}|{words[:500]}"))
    return Message(blocks, f"{page.total} customers{about}", more=[actions(*row)] if row else [])


def _line(one: Listed) -> Element:
    parts = [one.status.value + (" (internal)" if one.internal else ""), one.tier.value if one.tier else "no tier"]
    parts.append(f"CSM {cut(one.csm, NAME)}" if one.csm else "no CSM")
    if one.broken:
        parts.append("error in the document")
    if one.missing:
        parts.append("missing from the document")
    return line(bold(cut(one.name, NAME)), text("  " + " · ".join(parts)))
