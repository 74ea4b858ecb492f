"""`Log feature request`: a message becomes a request, or one more customer's voice for a request that exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commands import captured
from commands.blocks import Block, button, context, cut, plain
from commands.form import (
    Errors,
    Filled,
    Form,
    Shot,
    externals,
    field_of,
    option,
    select,
    source_of,
    state_of,
    text_input,
)
from commands.pick import all_chosen, offered
from customers.backlog import Backlog
from customers.desk import Desk
from customers.intents import Source
from customers.requests import QUOTE, TITLE, Draft, Importance, Request

NAME = "log_request"
MOST = 20  # customers that one form adds
NAMES = 3  # customers of a similar request that are named
NAMED = 40  # characters of a customer's name
_IMPORTANCES = [option(one.words.capitalize(), one.value) for one in Importance]


@dataclass(frozen=True, slots=True)
class _Content:
    """What the form holds. `into` is the request that is added to; then there is no title to be typed."""

    source: Source
    wanted: Mapping[int, str] = field(default_factory=dict)
    importance: Mapping[int, Importance] = field(default_factory=dict)
    title: str = ""
    quote: str = ""
    similar: Sequence[Request] = ()
    into: Request | None = None


class LogRequest:
    """Open, follow what is typed, save."""

    def __init__(self, desk: Desk, backlog: Backlog) -> None:
        self._desk = desk
        self._backlog = backlog

    async def open(self, shot: Shot) -> Form:
        """The form with the message's text and the customer of its channel."""
        quote = captured.words(shot.text)
        title = captured.title_of(quote)
        linked = await captured.linked(self._desk, shot.source)
        wanted = {linked.customer_id: linked.name} if linked else {}
        similar = await captured.soon(self._similar(title), [])
        return _form(_Content(shot.source, wanted, {}, title, quote, similar))

    async def changed(self, filled: Filled) -> Form | None:
        """A row for each chosen customer, and what is asked for already; nothing when all of it stands there."""
        form = _form(await self._content(filled, _joined(filled)))
        return None if form.state["seen"] == filled.state.get("seen") else form

    async def join(self, filled: Filled) -> Form:
        """The customers are added to a request that exists, or (`join:new`) to a new one again."""
        return _form(await self._content(filled, _number(filled.value)))

    async def submit(self, filled: Filled) -> Errors | Form | None:
        """Saves it; storage says so where the message stands."""
        wanted, importance, into = all_chosen(filled, "wanted"), _importance(filled), _joined(filled) or None
        draft = Draft(
            filled.line("title"),
            filled.text("quote"),
            tuple((one, importance[one]) for one in wanted),
            source_of(filled.state),
            into,
        )
        if wrong := _wrong(draft):
            return Errors(wrong)
        logged = await self._backlog.log(draft, filled.reader, filled.key, filled.now)
        if logged.heard and not logged.request.says(draft, filled.reader.id):
            return captured.saved_before(f"request {logged.request.id}", f"/features show {logged.request.id}")
        return None

    async def _content(self, filled: Filled, into: int) -> _Content:
        quote = filled.text("quote")
        title = filled.line("title") if "title" in filled.values else captured.title_of(quote)
        return _Content(
            source_of(filled.state),
            dict(list(all_chosen(filled, "wanted").items())[:MOST]),
            _importance(filled),
            title,
            quote,
            [] if into else await self._similar(title),
            await self._backlog.show(into) if into else None,
        )

    async def _similar(self, title: str) -> Sequence[Request]:
        return await self._backlog.similar(title) if captured.says_something(title) else []


def _joined(filled: Filled) -> int:
    """The request that is added to, 0 for a new one."""
    return _number(str(filled.state.get("into") or ""))


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 18 else 0


def _importance(filled: Filled) -> dict[int, Importance]:
    """Of every chosen customer, one whose row was never shown included."""
    known = {one.value: one for one in Importance}
    return {
        one: known.get(filled.choice(f"importance:{one}"), Importance.IMPORTANT) for one in all_chosen(filled, "wanted")
    }


def _wrong(draft: Draft) -> dict[str, str]:
    problems = {"quote": captured.text_problem(draft.quote, QUOTE)}
    if not draft.wanted:
        problems["wanted"] = "Choose at least one customer."
    if len(draft.wanted) > MOST:
        problems["wanted"] = f"Choose at most {MOST} customers; add the others with a second form."
    if draft.into is None:
        problems["title"] = captured.title_problem(draft.title, TITLE)
    return {block: problem for block, problem in problems.items() if problem}


def _form(content: _Content) -> Form:
    into = content.into
    about = _similar(content.similar) if into is None else _existing(into)
    seen = captured.mark([*map(str, content.wanted), *about])
    options = [offered(customer, name) for customer, name in content.wanted.items()]
    blocks: list[Block] = [
        field_of("Customers", "wanted", externals("wanted", options, most=MOST), live=True),
        *(_row(one, name, content.importance.get(one)) for one, name in content.wanted.items()),
        *([_title(content.title)] if into is None else []),
        *about,
        _quote(content),
        *captured.origin(content.source),
    ]
    state = state_of(content.source, seen=seen, into=into.id if into else 0)
    title = "Log feature request" if into is None else f"Add to request {into.id}"
    return Form(NAME, title, blocks, "Save" if into is None else "Add", state)


def _row(customer: int, name: str, importance: Importance | None) -> Block:
    menu = select("importance", _IMPORTANCES, (importance or Importance.IMPORTANT).value)
    return field_of(f"Importance for {cut(name, NAMED)}", f"importance:{customer}", menu)


def _title(title: str) -> Block:
    element = text_input(
        "request_title", title, most=TITLE, live=True, placeholder="What should be possible, in a few words"
    )
    return field_of("Title", "title", element, live=True)


def _quote(content: _Content) -> Block:
    return field_of(
        "What they said",
        "quote",
        text_input("quote", content.quote, lines=True, most=QUOTE),
        optional=not content.source.is_message,
        hint=captured.fit_hint(content.quote, QUOTE),
    )


def _similar(requests: Sequence[Request]) -> list[Block]:
    if not requests:
        return []
    rows = [
        _told(one, button("Add my customer to this one", f"join:{at}", str(one.id)))
        for at, one in enumerate(requests, start=1)
    ]
    return [context("Asked for already? Then add your customer, and nobody has to merge later."), *rows]


def _existing(request: Request) -> list[Block]:
    return [_told(request, button("Make it a new one instead", "join:new", "0"))]


def _told(request: Request, accessory: Block) -> Block:
    words = f"Request {request.id}: {cut(request.title, TITLE)}\n{request.status.words} · {_customers(request)}"
    return {"type": "section", "text": plain(words), "accessory": accessory}


def _customers(request: Request) -> str:
    """`3 customers: Acme, Bolt, Corp`; colleagues may know who else wants something."""
    count = len(request.customers)
    if not count:
        return "no customer yet"
    names = ", ".join(cut(one.name, NAMED) for one in request.customers[:NAMES])
    more = f" and {count - NAMES} more" if count > NAMES else ""
    return f"{count} customer{'s' if count > 1 else ''}: {names}{more}"
