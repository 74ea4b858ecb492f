"""The quarterly review of custom code: "Should this become a standard feature?" Keep, make standard, or deprecate."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, code, cut, line, rich, small, text
from commands.captured import soon
from commands.errors import old_button
from commands.form import Errors, Filled, Form, externals, field_of, notice, text_input
from commands.listen import Ask, customer_id
from commands.lists import count, number, said
from commands.message import Message
from commands.pick import all_chosen, offered
from commands.ports import Outbound
from customers.desk import Desk
from customers.errors import CustomerGone
from customers.requests import TITLE
from customers.reviewing import Next, Reviews
from customers.reviews import NOTE, Kind, Piece, Verdict

MOST = 20  # customers of one request
LOCATION = 300
_GO_ON = "Press Next on the card."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: the quarter, the piece of code on it, and how many were left for later."""

    period: str
    customer_id: int = 0
    mark: str = ""
    passed: int = 0

    @property
    def value(self) -> str:
        """As a button carries it."""
        return f"{self.period}|{self.customer_id}|{self.mark}|{self.passed}"


class CodeReview:
    """Parse, call, render."""

    def __init__(self, desk: Desk, reviews: Reviews, outbound: Outbound) -> None:
        self._desk = desk
        self._reviews = reviews
        self._outbound = outbound

    async def act(self, ask: Ask) -> Message | Form:
        """`code:keep` and its siblings; the value is a Place."""
        verb, place = ask.action.partition(":")[2], _read(ask.value)
        if place is None:
            return old_button()
        match verb:
            case "start":
                return await self._next(place, ask.now)
            case "skip":
                return await self._next(place, ask.now, (place.customer_id, place.mark))
            case "keep":
                piece, _ = await self._piece(place)
                await self._reviews.judge_code(place.period, piece, Verdict.KEEP, "", ask.reader, ask.key, ask.now)
                return await self._next(place, ask.now)
            case "standard" | "deprecate":
                piece, users = await self._piece(place)
                state = {"card": place.value, "url": ask.response_url}
                return _standard(piece, users, state) if verb == "standard" else _deprecate(piece, state)
            case _:
                return old_button()

    async def begin(self, ask: Ask) -> Message:
        """This quarter's, whether or not an invitation came."""
        return await self._next(Place(self._reviews.period(Kind.CODE, ask.now)), ask.now)

    async def standard(self, filled: Filled) -> Form | Errors:
        """The request that replaces the code."""
        title, wanted = filled.line("title"), all_chosen(filled, "wanted")
        wrong = {}
        if not title:
            wrong["title"] = "Give the feature a title."
        if not wanted:
            wrong["wanted"] = "Choose at least one customer."
        place = _read(str(filled.state.get("card") or ""))
        if wrong or place is None:
            return Errors(wrong)
        piece, _ = await self._piece(place)
        ids = list(wanted)[:MOST]
        logged = await self._reviews.make_standard(place.period, piece, title[:TITLE], ids, filled.reader, filled.now)
        request = logged.request
        sentence = f"Request {request.id} carries {count(len(request.customers), 'customer')}: {request.status.words}."
        return notice(f"Request {request.id}", sentence, await soon(self._turned(place, filled), _GO_ON))

    async def deprecated(self, filled: Filled) -> Form | Errors:
        """Why, and what takes its place."""
        note, place = filled.text("note"), _read(str(filled.state.get("card") or ""))
        if not note or place is None:
            return Errors({"note": "Say what takes its place, or why it can go."})
        piece, _ = await self._piece(place)
        stands = await self._reviews.judge_code(
            place.period, piece, Verdict.DEPRECATE, note[:NOTE], filled.reader, filled.key, filled.now
        )
        if stands is not None:
            why = f" ({cut(stands.note, 100)})" if stands.note else ""
            return Errors({"note": f"Not saved: in {place.period} this code is {stands.verdict.words} already{why}."})
        sentence = f"To be deprecated. {piece.owner or 'Its owner'} takes it out; tell the customer before that."
        return notice("Deprecate", sentence, await soon(self._turned(place, filled), _GO_ON))

    async def _turned(self, place: Place, filled: Filled) -> str:
        url = str(filled.state.get("url") or "")
        if not url:
            return _GO_ON
        body = (await self._next(place, filled.now)).wire()
        await self._outbound.respond(url, {"response_type": "ephemeral", "replace_original": True, **body})
        return "The card goes on with the next piece; if it does not, press Next."

    async def _piece(self, place: Place) -> tuple[Piece, dict[int, str]]:
        piece, users = await self._reviews.piece(place.customer_id, place.mark)
        if piece is None:
            raise CustomerGone()
        return piece, users

    async def _next(self, place: Place, now: datetime, leaving: tuple[int, str] = (0, "")) -> Message:
        found = await self._reviews.code(place.period, place.passed, leaving)
        place = replace(place, passed=found.passed)
        if found.piece is None:
            return _over(found, place, now)
        users = (await self._reviews.piece(found.piece.customer_id, found.piece.mark))[1]
        return _card(found, found.piece, users, place, self._desk.today(now))


def start(period: str) -> Block:
    """The button that begins, or goes on with, a quarter's review."""
    return actions(button("Start review", "code:start", Place(period).value, style="primary"))


def _card(found: Next, piece: Piece, users: dict[int, str], place: Place, today: date) -> Message:
    here = Place(place.period, piece.customer_id, piece.mark, place.passed)
    head = f"Custom code {place.period} · {found.decided} of {found.total} done" + (
        f", {place.passed} left for later" if place.passed else ""
    )
    rows = [line(bold("Owner: "), text(cut(piece.owner, NAME) or "nobody is named")), _reviewed(piece, today)]
    if piece.location and piece.description:
        rows.insert(0, line(bold("What for: "), text(cut(piece.description, LOCATION))))
    others = [name for one, name in users.items() if one != piece.customer_id]
    if others:
        rows.append(line(bold("Also at: "), text(", ".join(cut(name, NAME) for name in others[:5]))))
    blocks = [
        rich(line(small(head))),
        rich(line(bold(cut(piece.customer, NAME)), text("  "), code(cut(piece.item, LOCATION)))),
        rich(bullets(rows)),
        rich(line(bold("Should this become a standard feature?"))),
    ]
    row = actions(
        button("Keep", "code:keep", here.value),
        button("Make standard…", "code:standard", here.value, style="primary"),
        button("Deprecate…", "code:deprecate", here.value),
        button("Next ›", "code:skip", here.value),
    )
    return Message(blocks, f"Custom code of {piece.customer}", more=[row])


def _reviewed(piece: Piece, today: date) -> Element:
    if piece.reviewed is None:
        return line(bold("Last review: "), text("never, as far as the document says"))
    days = max(0, (today - piece.reviewed).days)
    return line(bold("Last review: "), text(f"{piece.reviewed.isoformat()}, {days} days ago"))


def _over(found: Next, place: Place, now: datetime) -> Message:
    if not found.total:
        return said("No customer has custom code.", "The documents name it under “Custom Code”.", now=now)
    left = found.total - found.decided
    if not left:
        return said(f"Review of {place.period} is done.", f"{found.tally.capitalize()}.", now=now)
    again = button("Start again", "code:start", Place(place.period).value)
    told = f"Review of {place.period}: {found.tally}." if found.tally else "Nothing is decided yet."
    return said(told, f"{count(left, 'piece')} left for later.", [again], now)


def _standard(piece: Piece, users: dict[int, str], state: dict[str, str]) -> Form:
    chosen = [offered(one, name) for one, name in list(users.items())[:MOST]]
    title = text_input("title", piece.description or piece.item, most=TITLE)
    blocks = [
        rich(line(bold(cut(piece.customer, NAME)), text("  "), code(cut(piece.item, LOCATION)))),
        field_of("What should the product be able to do?", "title", title),
        field_of("Customers who use it", "wanted", externals("wanted", chosen, most=MOST)),
    ]
    return Form("code_standard", "Make it standard", blocks, "Log request", state)


def _deprecate(piece: Piece, state: dict[str, str]) -> Form:
    written = text_input("note", lines=True, most=NOTE, placeholder="Replaced by the standard lane review in December")
    blocks = [
        rich(line(bold(cut(piece.customer, NAME)), text("  "), code(cut(piece.item, LOCATION)))),
        field_of("What takes its place, or why can it go?", "note", written),
    ]
    return Form("code_deprecate", "Deprecate", blocks, "Deprecate", state)


def _read(value: str) -> Place | None:
    period, customer, mark, passed = (value.split("|") + [""] * 4)[:4]
    year, _, quarter = period.partition("-Q")
    if not (year.isdecimal() and len(year) == 4 and quarter in ("1", "2", "3", "4")):
        return None
    return Place(period, customer_id(customer or "0"), mark[:16], number(passed) or 0)
