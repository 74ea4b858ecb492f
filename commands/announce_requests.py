"""What is said about feature requests: saved, moved, and what a CSM can tell the customer."""

from collections.abc import Sequence
from datetime import datetime

from commands.blocks import NAME, Block, bold, cut, line, preformatted, rich, small, text
from commands.message import Message
from commands.said import Said
from customers.backlog import Backlog
from customers.intents import Intent
from customers.model import Person
from customers.requests import Request, Status, Wish, because

SHOWN = 6  # names in one line
_DRAFTS = {
    Status.PRIORITIZED: "what you asked for{asked} is now on our priority list: “{title}”. "
    "I will tell you as soon as it is planned.",
    Status.PLANNED: "what you asked for{asked} is now planned: “{title}”. "
    "I will come back to you when work on it begins.",
    Status.IN_PROGRESS: "our team is now working on what you asked for{asked}: “{title}”. "
    "I will tell you when it is ready.",
    Status.SHIPPED: "what you asked for{asked} is now available: “{title}”. "
    "Shall we look at it together in our next call?",
    Status.DECLINED: "we have looked closely at what you asked for{asked} (“{title}”) and will not build it for now. "
    "I would like to hear what you need it for, so that we find another way.",
    Status.BACKLOG: "what you asked for{asked} is back on our list of ideas: “{title}”. "
    "I will tell you when that changes.",
}
_NEXT = {
    Status.PLANNED: "It is planned already; you will hear when that changes.",
    Status.IN_PROGRESS: "Work on it has begun already; you will hear when it is ready.",
    Status.SHIPPED: "It is available already: tell the customer.",
    Status.DECLINED: "It was declined; /features show {id} says why.",
}
_REVIEW = "Product reviews it weekly. /features show {id} has all of it."


class RequestNews:
    """Composes; every method takes an intent and returns what is said, from the request as it is now."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    async def logged(self, intent: Intent, _now: datetime) -> Said:
        """The confirmation of a capture."""
        request = await self._backlog.show(intent.number("request"))
        names = _names(request.customers) if _alone(intent) else _counted(request, intent)
        if intent.number("again"):
            head = f"This message is request {request.id} already:"
            told = " You are noted on it as well; what you typed this time was not saved."
        elif intent.number("born"):
            head, told = f"Request {request.id} saved", ""
        else:
            head, told = f"Added to request {request.id}", ""
        words = f" “{request.title}” ({request.status.words}), wanted by {names}.{told}"
        blocks: list[Block] = [rich(line(bold(head), text(words)))]
        if intent.number("prioritised") and request.reason:
            blocks.append(rich(line(bold("Prioritized:"), text(_why(request, intent)))))
        blocks.append(rich(line(small(_NEXT.get(request.status, _REVIEW).format(id=request.id)))))
        return Said(Message(blocks, f"{head}{words}"))

    async def moved(self, intent: Intent, _now: datetime) -> Said | None:
        """The answer in a source thread; nothing when the request has moved on meanwhile."""
        request = await self._backlog.show(intent.number("request"))
        if request.status.value != intent.word("status"):
            return None
        head = f"Request {request.id} is now {request.status.words}"
        words = f": “{request.title}”.{_why(request, intent)}"
        return Said(Message([rich(line(bold(head), text(words)))], f"{head}{words}"))

    async def to_csm(self, intent: Intent, _now: datetime) -> Said | None:
        """One message for a CSM with all of their customers on it, and a draft to send them."""
        request = await self._backlog.show(intent.number("request"))
        first = next((one for one in request.customers if one.customer_id == intent.number("csm")), None)
        if first is None or request.status.value != intent.word("status"):
            return None
        mine = [one for one in request.customers if _same(one.csm, first.csm)]
        head = f"Request {request.id} is now {request.status.words}"
        words = f": “{request.title}”.{_why(request, intent)} Your customers on it: {_names(mine)}."
        blocks = [
            rich(line(bold(head), text(words))),
            rich(line(bold("Draft for the customer")), preformatted(_draft(request, mine))),
        ]
        return Said(Message(blocks, f"{head}{words}"), to_csm=True, csm=first.csm)

    async def question(self, intent: Intent, _now: datetime) -> Said:
        """Product needs to know more; asked of the people who logged it."""
        request = await self._backlog.show(intent.number("request"))
        head = f"Product needs to know more about request {request.id}"
        asked = cut(intent.word("question"), 300)
        blocks = [
            rich(line(bold(head), text(f": “{request.title}”."))),
            rich(line(text(asked))),
            rich(
                line(
                    small("Asked by "),
                    {"type": "user", "user_id": intent.word("by")},
                    small(f". Write to them, or log what the customer says: add it to request {request.id}."),
                )
            ),
        ]
        return Said(Message(blocks, f"{head}: {asked}"))


def _names(wishes: Sequence[Wish]) -> str:
    names = [cut(one.name, NAME) for one in wishes]
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "") if names else "nobody"


def _alone(intent: Intent) -> bool:
    """Whether it goes to one person. A thread may be about one customer, and its channel may be shared one day."""
    return intent.word("channel")[:1] not in ("C", "G")


def _counted(request: Request, intent: Intent) -> str:
    """The customers whose words stand in this thread by name, the others as a number."""
    here = {
        one.customer_id
        for one in request.evidence
        if (one.source.channel, one.source.thread or one.source.ts) == (intent.word("channel"), intent.word("thread"))
    }
    own = [one for one in request.customers if one.customer_id in here]
    more = len(request.customers) - len(own)
    others = f"{more} {'other ' if own else ''}customer{'s' if more > 1 else ''}" if more else ""
    return " and ".join(part for part in (_names(own) if own else "", others) if part)


def _why(request: Request, intent: Intent) -> str:
    """Its reason. In a thread, where guests may read, customers are counted and a person's words are left out."""
    counted = request.reason == because(request.customers)
    if _alone(intent):
        return f" {request.reason.rstrip('.')}." if request.reason else ""
    return f" {len(request.counting)} customers want it." if counted else ""


def _same(one: Person | None, other: Person | None) -> bool:
    return str(one).casefold() == str(other).casefold()


def _draft(request: Request, mine: Sequence[Wish]) -> str:
    """No other customer's name, and no reason that was written for colleagues. The day is that of the message."""
    ids = {one.customer_id for one in mine}
    days = {(one.source.said_at or one.at).date() for one in request.evidence if one.customer_id in ids}
    asked = f" on {min(days).isoformat()}" if len(days) == 1 else ""
    return "Hello,\n\n" + _DRAFTS[request.status].format(title=request.title, asked=asked) + "\n\nBest regards"
