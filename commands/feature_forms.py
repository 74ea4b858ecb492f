"""The forms in which product decides about a request, and what is said when it did."""

from commands.blocks import Block, bold, line, rich, text
from commands.feature_views import merged_note, standing
from commands.form import Filled, Form, external, field_of, notice, option, select, text_input
from commands.lists import count
from customers.errors import RequestGone
from customers.requests import REASON, Request, Status, because

QUESTION = 300
_READ_BY = "Colleagues read it in the CSMs' messages and in /features show; threads and drafts leave it out."


def move(request: Request, asked: int, to: Status | None, reason: str) -> Form:
    """Another status, prefilled with what was asked for. What it shows as the status now is what must still be so."""
    if to is Status.PRIORITIZED and not reason:
        reason = because(request.customers) or ""
    options = [option(one.words, one.value) for one in Status]
    blocks = [*merged_note(request, asked), *_about(request)]
    blocks.append(field_of("New status", "status", select("status", options, (to or request.status).value)))
    written = text_input("reason", reason, lines=True, most=REASON)
    blocks.append(field_of("Reason", "reason", written, optional=True, hint=f"Declining needs one. {_READ_BY}"))
    return Form("feature_move", f"Request {request.id}", blocks, "Set status", _state(request))


def decline(request: Request) -> Form:
    """A decline with its reason."""
    written = text_input("reason", lines=True, most=REASON)
    blocks = [*_about(request), field_of("Why not?", "reason", written, hint=_READ_BY)]
    return Form("review_decline", f"Decline {request.id}", blocks, "Decline", _state(request))


def merge(request: Request) -> Form:
    """The request that says the same."""
    menu = external("merge_into", placeholder="Type its number or words of its title")
    told = f"Customers and evidence go there; number {request.id} leads to it from then on."
    blocks = [*_about(request), field_of("Merge into", "merge_into", menu, hint=told)]
    return Form("review_merge", f"Merge {request.id}", blocks, "Merge", _state(request))


def ask(request: Request) -> Form:
    """A question for the people who logged it."""
    written = text_input("question", lines=True, most=QUESTION)
    told = f"Goes to {asked_of(request)} who logged it, with your name."
    blocks = [*_about(request), field_of("What do you need to know?", "question", written, hint=told)]
    return Form("review_ask", f"Ask about {request.id}", blocks, "Ask", _state(request))


def asked_of(request: Request) -> str:
    """Whoever logged it: `the colleague`, `the 3 colleagues`."""
    people = len({one.logged_by for one in request.evidence})
    return "the colleague" if people == 1 else f"the {count(people, 'colleague')}"


def seen_in(filled: Filled) -> Status:
    """The status that the form showed. Raises RequestGone for a form that shows none."""
    try:
        return Status(str(filled.state.get("seen", "")))
    except ValueError:
        raise RequestGone() from None


def done(request: Request, then: str = "") -> Form:
    """What is true now, and who hears of it."""
    sentence = f"Request {request.id} is {request.status.words} now."
    return notice(f"Request {request.id}", sentence, f"{_hears(request)} {then}".strip())


def _hears(request: Request) -> str:
    """Who is told of a new status (the same people as `requests.moved` tells)."""
    threads = len({(one.source.channel, one.source.ts) for one in request.evidence if one.source.is_message})
    heard = [count(threads, "source thread")] if threads else []
    heard += ["the CSM of each customer"] if request.customers else []
    told = " and ".join(heard) or "nobody else"
    return f"Who hears of it: {told}."


def _about(request: Request) -> list[Block]:
    told = f"Now {standing(request)}."
    return [rich(line(bold(f"{request.id}  {request.title}"))), rich(line(text(told)))]


def _state(request: Request) -> dict[str, int | str]:
    return {"id": request.id, "seen": request.status.value}
