"""The monthly review: one customer per card, worst first; agree, set another colour, or plan what to do."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from commands import card as cards
from commands.bars import bars
from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, cut, line, rich, small, text
from commands.captured import soon
from commands.errors import old_button
from commands.form import Errors, Filled, Form, day_picker, field_of, notice, text_input
from commands.listen import Ask, customer_id
from commands.lists import count, number, said
from commands.message import Message
from commands.ports import Outbound
from customers.desk import Desk
from customers.facts import percent
from customers.reviewing import Next, Reviews
from customers.reviews import NOTE, Kind, Verdict
from customers.weeks import label

LATER = timedelta(days=14)  # until when something is planned unless somebody says otherwise
LONGEST = timedelta(days=366)
_GO_ON = "Press Next on the card."
_DONE_BEFORE = "This is done already, or it is planned no longer."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: the month, the customer on it, and how many were left for later."""

    period: str
    customer_id: int = 0
    passed: int = 0

    @property
    def value(self) -> str:
        """As a button carries it."""
        return f"{self.period}|{self.customer_id}|{self.passed}"


class HealthReview:
    """Parse, call, render."""

    def __init__(self, desk: Desk, reviews: Reviews, outbound: Outbound) -> None:
        self._desk = desk
        self._reviews = reviews
        self._outbound = outbound

    async def act(self, ask: Ask) -> Message | Form:
        """`month:agree` and its siblings; the value is a Place."""
        verb, place = ask.action.partition(":")[2], _read(ask.value)
        if place is None:
            return old_button()
        match verb:
            case "start":
                return await self._next(Place(place.period), ask)
            case "agree":
                await self._reviews.agree(place.period, place.customer_id, ask.reader, ask.key, ask.now)
                return await self._next(place, ask)
            case "skip":
                return await self._next(place, ask, leaving=place.customer_id)
            case "plan":
                card = await self._desk.open(place.customer_id, ask.reader, ask.now)
                state = {"card": place.value, "url": ask.response_url}
                return _plan(card.profile.name, card.health.to_green, card.today, state)
            case "done":
                return await self._finishing(place)
            case _:
                return old_button()

    async def begin(self, ask: Ask) -> Message:
        """This month's, whether or not an invitation came."""
        return await self._next(Place(self._reviews.period(Kind.HEALTH, ask.now)), ask)

    async def planned(self, filled: Filled) -> Form | Errors:
        """What to do, and by when."""
        what, due = filled.text("what"), filled.day("due")
        today = self._desk.today(filled.now)
        wrong = {}
        if not what:
            wrong["what"] = "Say what will be done."
        if due is None or not today <= due <= today + LONGEST:
            wrong["due"] = "Choose a day from today on, within a year."
        place = _read(str(filled.state.get("card") or ""))
        if wrong or due is None or place is None:
            return Errors(wrong)
        who = (place.period, place.customer_id)
        stands = await self._reviews.plan(*who, what[:NOTE], due, filled.reader, filled.key, filled.now)
        if stands is not None:
            told = f"Not saved: an action is {stands.verdict.words} for {place.period} already"
            told += f" by {stands.due.isoformat()}" if stands.due else ""
            return Errors(
                {"what": f"{told} (“{cut(stands.note, 100)}”). Your text is still here: add it to the history."}
            )
        then = await soon(self._turned(place, filled), _GO_ON)
        sentence = f"Planned by {due.isoformat()}. It stands in the history, and Dossier reminds you that morning."
        return notice("Planned", sentence, then)

    async def _finishing(self, place: Place) -> Form:
        decision = await self._reviews.planned(place.period, place.customer_id)
        if decision is None or decision.verdict is not Verdict.PLAN:
            return notice("Nothing to do", _DONE_BEFORE, "Look with /brief and the button History.")
        return _finish(decision.note, place)

    async def finished(self, filled: Filled) -> Form | Errors:
        """What was planned is done; what came of it may be said."""
        place, note = _read(str(filled.state.get("card") or "")), filled.text("note")
        if place is None:
            return notice("Planned action", "This form is too old.", "Open it again.")
        who = (place.period, place.customer_id)
        done = await self._reviews.finish(*who, note[:NOTE], filled.reader, filled.key, filled.now)
        if done is None:
            return notice("Nothing to do", _DONE_BEFORE, "Look with /brief and the button History.")
        return notice("Done", "Saved, and added to the customer's history.", "See it with /brief.")

    async def _turned(self, place: Place, filled: Filled) -> str:
        """Turns the card under the form."""
        url = str(filled.state.get("url") or "")
        if not url:
            return _GO_ON
        found = await self._reviews.health(place.period, filled.reader, place.passed, filled.now)
        body = _shown(found, place, filled.now).wire()
        await self._outbound.respond(url, {"response_type": "ephemeral", "replace_original": True, **body})
        return "The card goes on with the next customer; if it does not, press Next."

    async def _next(self, place: Place, ask: Ask, leaving: int = 0) -> Message:
        found = await self._reviews.health(place.period, ask.reader, place.passed, ask.now, leaving)
        return _shown(found, replace(place, passed=found.passed), ask.now)


def start(period: str) -> Block:
    """The button that begins, or goes on with, a month's review."""
    return actions(button("Start review", "month:start", Place(period).value, style="primary"))


def done(period: str, customer_id: int, place: str = "") -> Element:
    """The button that finishes what was planned; `place` tells it from others in the same view."""
    action = f"month:done:{place}" if place else "month:done"
    return button("Done…", action, Place(period, customer_id).value, style="primary")


def _shown(found: Next, place: Place, now: datetime) -> Message:
    if found.card is None:
        return _over(found, place, now)
    card, here = found.card, Place(place.period, found.card.record.customer_id, place.passed)
    head = f"Review of {place.period} · {found.decided} of {found.total} done" + (
        f", {place.passed} left for later" if place.passed else ""
    )
    blocks: list[Block] = [rich(line(small(head))), cards.title(card), *cards.warnings(card)]
    blocks.append(rich(cards.colour_line(card)))
    if told := _month(found):
        blocks.append(rich(line(text(told))))
    if whole := card.record.whole:
        blocks.append(rich(line(bold("Usage  "), text(_bars([week.active for week in whole[:12]])))))
    if card.health.to_green:
        steps = [line(text(step)) for step in card.health.to_green[:5]]
        blocks.append(rich(line(bold("What would turn it green")), bullets(steps)))
    row = actions(
        button("Agree", "month:agree", here.value, style="primary"),
        button("Plan action…", "month:plan", here.value),
        button("Override colour…", "judge:override", str(here.customer_id)),
        button("Brief", "open:brief", str(here.customer_id)),
        button("Next ›", "month:skip", here.value),
    )
    summary = f"Review: {cards.summary(card)}"
    return Message(blocks, summary, more=[cards.age(card), row])


def _over(found: Next, place: Place, now: datetime) -> Message:
    if not found.total:
        step = "A document names you with **CSM:** Name <email>; /health all shows everybody’s."
        return said("No customer has you as CSM.", step, now=now)
    left = found.total - found.decided
    sentence = f"Review of {place.period}: {found.tally}." if found.tally else "Nothing is decided yet."
    if not left:
        return said(f"Review of {place.period} is done.", f"{found.tally.capitalize()}.", now=now)
    again = button("Start again", "month:start", Place(place.period).value)
    return said(sentence, f"{count(left, 'customer')} left for later.", [again], now)


def _month(found: Next) -> str:
    """How it looked four weeks ago."""
    then = found.then
    if then is None:
        return ""
    adoption = f", adoption {percent(then.adoption)}" if then.adoption is not None else ""
    users = f", {count(then.active, 'weekly user')}" if then.active is not None else ""
    return f"In {label(then.week)}: {cards.MARKS[then.colour]} {then.colour.value}{adoption}{users}."


def _bars(newest_first: list[int]) -> str:
    top = max(*newest_first, 1) if newest_first else 1
    drawn = bars(reversed(newest_first), top)
    return f"{drawn}  {newest_first[-1]} → {newest_first[0]} weekly users"


def _plan(name: str, to_green: tuple[str, ...], today: date, state: dict[str, str]) -> Form:
    hint = f"What would turn it green: {cut(' '.join(to_green), 300)}" if to_green else "It stands in the history."
    written = text_input("what", lines=True, most=NOTE, placeholder="Call the sponsor about the new release")
    blocks = [
        rich(line(bold(cut(name, NAME)))),
        field_of("What will you do?", "what", written, hint=hint),
        field_of("By when?", "due", day_picker("due", today + LATER), hint="You are reminded that morning."),
    ]
    return Form("month_plan", "Plan an action", blocks, "Plan", state)


def _finish(planned: str, place: Place) -> Form:
    note = text_input("note", lines=True, most=NOTE, placeholder="They will try the new release in December")
    hint = "It stands in the customer's history together with what was planned."
    blocks = [
        rich(line(bold("Planned: "), text(cut(planned, NOTE)))),
        field_of("What came of it?", "note", note, optional=True, hint=hint),
    ]
    return Form("month_done", "Planned action", blocks, "Done", {"card": place.value})


def _read(value: str) -> Place | None:
    period, _, rest = value.partition("|")
    customer, _, passed = rest.partition("|")
    try:
        date.fromisoformat(f"{period}-01")
    except ValueError:
        return None
    return Place(period, customer_id(customer or "0"), number(passed) or 0)
