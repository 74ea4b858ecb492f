"""`/features review`: product's weekly queue, one request at a time, each decided with one press or one form."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Any

from commands import card as cards
from commands import feature_forms as forms
from commands.blocks import Block, Element, actions, bold, bullets, button, confirm, context, line, rich, small, text
from commands.captured import soon
from commands.errors import old_button
from commands.feature_views import evidence, standing, who
from commands.form import Errors, Filled, Form, notice, option
from commands.listen import Ask
from commands.lists import as_of, count, day, number, number_in, said
from commands.message import Message
from commands.ports import Outbound
from customers.backlog import QUEUE, Backlog
from customers.desk import Desk
from customers.errors import RequestGone, RequestMoved
from customers.requests import REASON, Filter, Importance, Move, Request, Status

QUOTES = 2  # on a card; all of them stand in /features show
OFFERED = 20  # requests to merge into
_GO_ON = "Press Next on the card."
_GOES_ON = "The card goes on with the next request; if it does not, press Next."
_GRAVITY = {importance: rank for rank, importance in enumerate(Importance)}


@dataclass(frozen=True, slots=True)
class Place:
    """How far a review is: the requests passed over, and what became of the others."""

    passed: int = 0
    planned: int = 0
    declined: int = 0
    merged: int = 0

    @property
    def told(self) -> str:
        """`2 planned, 1 declined`, or nothing."""
        words = ("planned", "declined", "merged")
        counted = zip((self.planned, self.declined, self.merged), words, strict=True)
        return ", ".join(f"{how_many} {word}" for how_many, word in counted if how_many)


START = Place()


class Review:
    """Parse, call, render."""

    def __init__(self, _desk: Desk, backlog: Backlog, outbound: Outbound) -> None:
        self._backlog = backlog
        self._outbound = outbound

    async def act(self, ask: Ask) -> Message | Form:
        """`review:plan` and its siblings; the value is `3|backlog|` and the place."""
        verb = ask.action.partition(":")[2]
        if verb == "again":
            return await next_card(self._backlog, START, ask.now)
        request_id, seen, place = _read(ask.value)
        if verb == "skip":
            place, told = await self._after(request_id, place)
            return await next_card(self._backlog, place, ask.now, told)
        try:
            if verb == "plan":
                return await self._plan(Move(request_id, Status.PLANNED, "", ask.key, seen), place, ask)
            return await self._form(verb, request_id, ask) if verb in _FORMS else old_button()
        except (RequestGone, RequestMoved) as overtaken:  # the card is shown as it is now, or gives way to the next one
            return await next_card(self._backlog, place, ask.now, overtaken.sentence)

    async def _form(self, verb: str, request_id: int, ask: Ask) -> Form:
        """A form that remembers its card. Raises RequestGone or RequestMoved."""
        request = await self._own(request_id)
        if request.status not in QUEUE:
            raise RequestMoved(request_id, request.status.words)
        form = _FORMS[verb](request)
        return replace(form, state={**form.state, "card": ask.value, "url": ask.response_url})

    async def _plan(self, move: Move, place: Place, ask: Ask) -> Message:
        """Whoever was faster wins: raises RequestGone or RequestMoved."""
        await self._own(move.request_id)
        request = await self._backlog.move(move, ask.reader, ask.now)
        told = f"Request {request.id} is {request.status.words} now."
        return await next_card(self._backlog, replace(place, planned=place.planned + 1), ask.now, told)

    async def declined(self, filled: Filled) -> Form | Errors:
        """The reason is there."""
        reason = filled.text("reason")
        if not reason:
            return Errors({"reason": "Say why, so that the CSMs can explain it."})
        move = Move(number_in(filled, "id"), Status.DECLINED, reason[:REASON], filled.key, forms.seen_in(filled))
        await self._own(move.request_id)
        request = await self._backlog.move(move, filled.reader, filled.now)
        return forms.done(request, await self._turn(filled))

    async def merged(self, filled: Filled) -> Form | Errors:
        """The other request is chosen. A second delivery finds the two merged and says the same."""
        from_id, into = number_in(filled, "id"), number(filled.choice("merge_into"))
        if not into:
            return Errors({"merge_into": "Choose the request that stays."})
        if into == from_id:
            return Errors({"merge_into": f"This is request {from_id} itself. Choose another one."})
        request, target = await self._backlog.show(from_id), await self._backlog.show(into)
        if target.status.is_over and request.id != target.id:
            return Errors({"merge_into": f"Request {target.id} is {target.status.words}. Choose one that is open."})
        if request.id != target.id:
            if request.id != from_id or request.status is not forms.seen_in(filled):
                raise RequestMoved(from_id, _now(request, from_id))
            target = await self._backlog.merge(from_id, into, filled.reader, filled.key, filled.now)
        has = count(len(target.customers), "customer")
        sentence = f"Request {from_id} is part of request {target.id} now, which has {has}."
        return notice(f"Request {target.id}", sentence, await self._turn(filled))

    async def asked(self, filled: Filled) -> Form | Errors:
        """The question is there."""
        question = filled.text("question")
        if not question:
            return Errors({"question": "Write the question."})
        if len(question) > forms.QUESTION:
            return Errors({"question": f"Shorten the question to {forms.QUESTION} characters."})
        request_id = number_in(filled, "id")
        request = await self._backlog.need_info(request_id, question, filled.reader, filled.key, filled.now)
        people = forms.asked_of(request)
        sentence = f"Dossier now asks {people} who logged request {request.id}; it stays in the queue."
        return notice(f"Request {request.id}", sentence, await self._turn(filled))

    async def candidates(self, typed: str, state: Mapping[str, Any]) -> list[Element]:
        """Open requests to merge into, never the form's own: of this number, with these words, then similar ones."""
        found: list[Request] = []
        if (one := number(typed)) is not None:
            found += [request for request in (await self._or_none(one),) if request]
        found += (await self._backlog.page(Filter(words=typed), 0)).lines
        found += await self._backlog.similar(typed)
        offered = {one.id: one for one in found if not one.status.is_over and one.id != state.get("id")}
        return [option(_offer(one), str(one.id)) for one in list(offered.values())[:OFFERED]]

    async def _own(self, request_id: int) -> Request:
        """This very request. Raises RequestGone, or RequestMoved when it is a part of another one by now."""
        request = await self._backlog.show(request_id)
        if request.id != request_id:
            raise RequestMoved(request_id, _now(request, request_id))
        return request

    async def _turn(self, filled: Filled) -> str:
        """Turns the card under a form that has done its work; what to do next."""
        return await soon(self._turned(filled), _GO_ON)

    async def _turned(self, filled: Filled) -> str:
        url = str(filled.state.get("url") or "")
        if not url:
            return _GO_ON
        request_id, _, place = _read(str(filled.state.get("card") or ""))
        place, told = await self._after(request_id, place)
        card = await next_card(self._backlog, place, filled.now, told)
        await self._outbound.respond(url, {"response_type": "ephemeral", "replace_original": True, **card.wire()})
        return _GOES_ON

    async def _or_none(self, request_id: int) -> Request | None:
        try:
            return await self._backlog.show(request_id)
        except RequestGone:
            return None

    async def _after(self, request_id: int, place: Place) -> tuple[Place, str]:
        """The place when a card is left: what became of it in a form, or that it was passed over."""
        request = await self._or_none(request_id)
        if request is None:
            return place, ""
        if request.id != request_id:
            return replace(place, merged=place.merged + 1), f"Request {request_id} was merged into {request.id}."
        if request.status in QUEUE:
            return replace(place, passed=place.passed + 1), ""
        told = f"Request {request_id} is {request.status.words} now."
        if request.status is Status.DECLINED:
            return replace(place, declined=place.declined + 1), told
        return replace(place, planned=place.planned + 1), told


_FORMS = {"decline": forms.decline, "merge": forms.merge, "ask": forms.ask}


async def next_card(backlog: Backlog, place: Place, now: datetime, told: str = "") -> Message:
    """The request that comes next, or the end."""
    page = await backlog.queue(place.passed)
    if page.lines:
        return _card(page.lines[0], page.total, place, now, told)
    sentence = "That was all" if place != START else "Nothing waits for a decision"
    sentence += f": {place.told}." if place.told else "."
    if not page.total:
        return said(sentence, "The queue is empty; see all open requests with /features list.", now=now)
    again = button("Start again", "review:again", "")
    return said(sentence, f"{count(page.total, 'request')} still undecided.", [again], now)


def _card(request: Request, total: int, place: Place, now: datetime, told: str) -> Message:
    head = f"Review · {count(total, 'request')} to decide" + (f", {place.passed} passed over" if place.passed else "")
    blocks: list[Block] = [context(told)] if told else []
    blocks += [rich(line(small(head))), rich(line(bold(f"{request.id}  {request.title}")))]
    waiting = f"{day(request.created_at)}, {cards.ago(request.created_at, now)}"
    rows = (("Status: ", standing(request, REASON)), who(request), ("Logged: ", waiting))
    blocks.append(rich(bullets([line(bold(label), text(value)) for label, value in rows])))
    names = {one.customer_id: one.name for one in request.customers}
    quoted = [one for one in request.evidence if one.quote.strip()] or list(request.evidence)
    ranked = sorted(quoted, key=lambda one: (_GRAVITY[one.importance], -one.at.timestamp()))
    blocks += [rich(*evidence(one, names)) for one in ranked[:QUOTES]]
    if len(request.evidence) > QUOTES:
        more = len(request.evidence) - QUOTES
        blocks.append(context(f"{count(more, 'more piece')} of evidence: /features show {request.id}"))
    return Message(blocks, f"Review: request {request.id}, {request.title}", more=[as_of(now), _decide(request, place)])


def _decide(request: Request, place: Place) -> Block:
    value = "|".join(map(str, (request.id, request.status.value, *astuple(place))))
    question = f"Request {request.id} becomes planned. Its source threads are answered and every CSM on it hears."
    return actions(
        button("Plan", "review:plan", value, style="primary", confirm=confirm("Plan it?", question, "Plan")),
        button("Decline…", "review:decline", value),
        button("Merge…", "review:merge", value),
        button("Need info…", "review:ask", value),
        button("Next ›", "review:skip", value),
    )


def _read(value: str) -> tuple[int, Status, Place]:
    """What a card's button carries. Raises RequestGone for anything else."""
    try:
        one, seen, *counted = value.split("|")
        return number(one) or 0, Status(seen), Place(*(number(part) or 0 for part in counted))
    except (ValueError, TypeError):
        raise RequestGone() from None


def _now(request: Request, request_id: int) -> str:
    return request.status.words if request.id == request_id else f"merged into {request.id}"


def _offer(request: Request) -> str:
    return f"{request.id}  {request.title} ({count(len(request.customers), 'customer')})"
