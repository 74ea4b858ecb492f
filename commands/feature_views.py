"""How feature requests look: in a list, and one with all that stands behind it."""

from collections.abc import Sequence
from datetime import datetime

from commands.blocks import NAME, Block, Element, actions, bold, bullets, button, cut, line, rich, small, text
from commands.captured import link
from commands.lists import as_of, count, day, said, span_of, turning
from commands.message import Message
from customers.backlog import PAGE
from customers.requests import Evidence, Importance, Request, RequestPage, Status, Wish, because

NAMES = 4  # customers named in a line of the list
REASON = 160  # characters of a reason in the list; all of it stands in `show`
SHORT = 40  # characters of a customer's name in the list
PROOF = 5  # pieces of evidence on one page
QUOTE = 500  # characters of a quote; all of it stands in the message
EVERYBODY = 30  # customers named in `show`; the evidence below names all of them
_ORDER = {importance: rank for rank, importance in enumerate(Importance)}
_NEXT = {
    Status.BACKLOG: (Status.PLANNED, "Plan…"),
    Status.PRIORITIZED: (Status.PLANNED, "Plan…"),
    Status.PLANNED: (Status.IN_PROGRESS, "Start…"),
    Status.IN_PROGRESS: (Status.SHIPPED, "Ship…"),
}


def title(request: Request) -> Element:
    """`3  Single sign-on`."""
    return line(bold(f"{request.id}  {request.title}"))


def standing(request: Request, most: int = REASON) -> str:
    """`prioritized since 2026-11-16: 2 customers want it: Acme and Beta`."""
    why = f": {cut(request.reason, most)}" if request.reason else ""
    return f"{request.status.words} since {day(request.status_at)}{why}"


def listed(page: RequestPage, about: str, filtered: str, now: datetime, also: Sequence[Element] = ()) -> Message:
    """A page of requests; `about` says which ones, `filtered` is the same for the buttons."""
    if not page.total:
        if not about:
            return said("No open feature requests.", "Log one from a message's menu: Log feature request.", also, now)
        return said(f"No feature requests{about}.", "See all open ones with /features list.", also, now)
    head = f"Feature requests{about or ', open'}, the most wanted first"
    blocks: list[Block] = [rich(line(bold(head))), *(_listed(one) for one in page.lines)]
    row = [button(f"Show {one.id}", f"feature:show:{one.id}", str(one.id)) for one in page.lines]
    row += turning("features", page.offset, len(page.lines), page.total, PAGE, filtered)
    age = as_of(now, span_of(page.offset, len(page.lines), page.total))
    return Message(blocks, f"{count(page.total, 'feature request')}{about}", more=[age, actions(*row, *also)])


def _listed(request: Request) -> Block:
    lines = [line(text(standing(request)))]
    if request.reason != because(request.customers):  # that one names them already
        lines.append(line(text(_wanted_by(request.customers))))
    return rich(title(request), bullets(lines))


def _wanted_by(customers: Sequence[Wish]) -> str:
    """`5 customers: Acme, Beta, Gamma, Delta and 1 more`."""
    if not customers:
        return "no customers"
    names = ", ".join(cut(one.name, SHORT) for one in customers[:NAMES])
    more = f" and {len(customers) - NAMES} more" if len(customers) > NAMES else ""
    return f"{count(len(customers), 'customer')}: {names}{more}"


def shown(request: Request, asked: int, page: int, now: datetime) -> Message:
    """One request with every customer and a page of what they said; `asked` is the number that was asked for."""
    proof = sorted(request.evidence, key=lambda one: (_ORDER[one.importance], one.at))
    page = max(0, min(page, (len(proof) - 1) // PROOF))
    part = proof[page * PROOF : (page + 1) * PROOF]
    blocks: list[Block] = [*merged_note(request, asked), rich(line(bold(f"Request {request.id}  {request.title}")))]
    blocks.append(rich(bullets(_facts(request))))
    names = {one.customer_id: one.name for one in request.customers}
    blocks += [rich(*evidence(one, names)) for one in part]
    span = span_of(page * PROOF, len(part), len(proof))
    more = [
        as_of(now, f"Evidence {span}" if span else ""),
        actions(*_moves(request)),
        actions(*_turn(request, page, len(proof))),
    ]
    return Message(blocks, f"Request {request.id}: {request.title}, {request.status.words}", more=more)


def merged_note(request: Request, asked: int) -> list[Block]:
    """Says that the number asked for forwards to this request."""
    return [] if asked == request.id else [rich(line(small(f"Request {asked} was merged into {request.id}.")))]


def _facts(request: Request) -> list[Element]:
    rows = [("Status: ", f"{request.status.words} since {day(request.status_at)}")]
    if request.reason:
        rows.append(("Why: ", request.reason))
    rows.append(who(request))
    rows.append(("Logged: ", day(request.created_at)))
    return [line(bold(label), text(value)) for label, value in rows]


def who(request: Request) -> tuple[str, str]:
    """`Customers (2): ` and each with what it means to them, those that count first."""
    ranked = sorted(request.customers, key=lambda one: not one.counts)
    names = [f"{cut(one.name, NAME)}{_weight(request, one)}" for one in ranked[:EVERYBODY]]
    if len(ranked) > EVERYBODY:
        names.append(f"{len(ranked) - EVERYBODY} more, named with their words")
    counting = len(request.counting)
    label = f"{len(ranked)}" if counting == len(ranked) else f"{len(ranked)}, {counting} of them counted"
    return f"Customers ({label}): ", ", ".join(names) or "none any more"


def _weight(request: Request, wish: Wish) -> str:
    said = [one.importance for one in request.evidence if one.customer_id == wish.customer_id]
    words = [min(said, key=_ORDER.__getitem__).words] if said else []
    words += [] if wish.counts else ["internal or churned, not counted"]
    return f" ({', '.join(words)})" if words else ""


def evidence(one: Evidence, names: dict[int, str]) -> list[Element]:
    """Who wants it, how much, since when, who logged it and from which message; then the customer's words."""
    name = cut(names.get(one.customer_id, "A customer who is gone"), NAME)
    head = [bold(name), text(f"  {one.importance.words} · {day(one.at)} · logged by "), person(one.logged_by)]
    if one.source.permalink.startswith(("https://", "http://")):
        head += [text(" · "), link(one.source.permalink, "message")]
    quoted = one.quote.strip()
    return [line(*head), quote(cut(quoted, QUOTE) if quoted else "No words were kept.")]


def person(user: str) -> Element:
    """Somebody's name as Slack shows it. In an answer to one person it notifies nobody."""
    return {"type": "user", "user_id": user} if user.isalnum() else text("somebody")


def quote(words: str) -> Element:
    """A quote."""
    return {"type": "rich_text_quote", "elements": [text(words)]}


def _moves(request: Request) -> list[Element]:
    one = str(request.id)
    row = []
    if request.status in _NEXT:
        status, label = _NEXT[request.status]
        row.append(button(label, f"feature:to:{status.value}", one, style="primary"))
    if not request.status.is_over:
        row.append(button("Decline…", "feature:to:declined", one))
    return [*row, button("Other status…", "feature:to", one)]


def _turn(request: Request, page: int, total: int) -> list[Element]:
    row = [button("‹ All requests", "features:all", "0|||")]
    if page:
        row.append(button("‹ Evidence", "feature:show:back", f"{request.id}|{page - 1}"))
    if (page + 1) * PROOF < total:
        row.append(button("More evidence ›", "feature:show:on", f"{request.id}|{page + 1}"))
    return row
