"""`Report customer bug`: a message becomes a bug with a due time, after a look at what is known already."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands import captured
from commands.blocks import Block, Element, bold, bullets, cut, line, rich, small, text
from commands.form import Errors, Filled, Form, Shot, external, field_of, option, radio, source_of, state_of, text_input
from commands.pick import chosen, offered
from commands.reading import inline
from customers.bugs import STEPS, TITLE, Bug, Draft
from customers.desk import Desk
from customers.intents import Source
from customers.model import KnownIssue
from customers.people import Reader
from customers.records import Card
from customers.sla import Severity
from customers.tracker import Due, Similar, Tracker

NAME = "report_bug"
LINE = 280  # characters of one bullet about what is known
_SEVERITIES = [option(f"{one.value.capitalize()}: {one.meaning}", one.value, one.promise) for one in Severity]
_NOTHING = Similar((), (), 0)


@dataclass(frozen=True, slots=True)
class _Content:
    """What the form holds; `due` is there when customer and severity are chosen."""

    source: Source
    now: datetime
    card: Card | None = None
    title: str = ""
    steps: str = ""
    severity: Severity | None = None
    due: Due | None = None
    known: Similar = _NOTHING


class ReportBug:
    """Open, follow what is chosen and typed, save."""

    def __init__(self, desk: Desk, tracker: Tracker) -> None:
        self._desk = desk
        self._tracker = tracker

    async def open(self, shot: Shot) -> Form:
        """The form with the message's text and the customer of its channel."""
        steps = captured.words(shot.text)
        title = captured.title_of(steps)
        linked = await captured.linked(self._desk, shot.source)
        card = await captured.soon(self._card(linked.customer_id if linked else None, shot.reader, shot.now), None)
        known = await captured.soon(self._known(card, title), _NOTHING)
        return self._form(_Content(shot.source, shot.now, card, title, steps, known=known))

    async def changed(self, filled: Filled) -> Form | None:
        """The due time, and what is known already; nothing when all of it stands there."""
        card = await self._card(chosen(filled, "customer"), filled.reader, filled.now)
        title, severity = filled.line("title"), _severity(filled)
        due = await asyncio.to_thread(self._tracker.due, card, severity, filled.now) if card and severity else None
        known = await self._known(card, title)
        source = source_of(filled.state)
        form = self._form(_Content(source, filled.now, card, title, filled.text("steps"), severity, due, known))
        return None if form.state["seen"] == filled.state.get("seen") else form

    async def submit(self, filled: Filled) -> Errors | Form | None:
        """Saves it; storage says so where the message stands, and files one GitHub issue."""
        customer, severity = chosen(filled, "customer"), _severity(filled)
        title, steps = filled.line("title"), filled.text("steps")
        wrong = {
            "title": captured.title_problem(title, TITLE),
            "severity": None if severity else "Choose how bad it is.",
            "steps": captured.text_problem(steps, STEPS),
            "customer": None if customer is not None else "Choose the customer who reported it.",
        }
        if customer is None or severity is None or any(wrong.values()):
            return Errors({block: problem for block, problem in wrong.items() if problem})
        draft = Draft(customer, title, steps, severity, source_of(filled.state))
        reported = await self._tracker.report(draft, filled.reader, filled.key, filled.now)
        if reported.heard and not reported.bug.says(draft, filled.reader.id):
            return captured.saved_before(f"bug {reported.bug.id}", f"/bugs show {reported.bug.id}")
        return None

    async def _card(self, customer: int | None, reader: Reader, now: datetime) -> Card | None:
        return None if customer is None else await self._desk.open(customer, reader, now)

    async def _known(self, card: Card | None, title: str) -> Similar:
        if card is None or not captured.says_something(title):
            return _NOTHING
        return await self._tracker.similar(card, title)

    def _form(self, content: _Content) -> Form:
        card, known = content.card, self._known_already(content)
        due = _due(content.due, content.severity)
        customer = offered(card.record.customer_id, card.profile.name) if card else None
        title = text_input("bug_title", content.title, most=TITLE, live=True, placeholder="What is broken")
        severity = radio("severity", _SEVERITIES, content.severity.value if content.severity else "")
        blocks: list[Block] = [
            field_of("Customer", "customer", external("bug_customer", customer), live=True),
            field_of("Title", "title", title, live=True),
            *known,
            field_of("Severity", "severity", severity, live=True),
            due,
            _steps(content),
            *captured.origin(content.source),
        ]
        state = state_of(content.source, seen=captured.mark([due, *known]))
        return Form(NAME, "Report customer bug", blocks, state=state)

    def _known_already(self, content: _Content) -> list[Block]:
        """Open bugs and documented issues of this customer; of other customers only how many."""
        card, known = content.card, content.known
        if card is None or known == _NOTHING:
            return []
        told: list[Element] = [line(bold("Known already"))]
        if known.open_bugs:
            told.append(bullets([self._bug(one, card) for one in known.open_bugs]))
        for issue in known.issues:
            told += _documented(issue)
        if known.others:
            told.append(bullets([line(text(_elsewhere(known.others)))]))
        return [rich(*told)]

    def _bug(self, bug: Bug, card: Card) -> Element:
        until = f"{'was due' if bug.is_overdue(card.now) else 'due'} {self._tracker.due_words(bug, card)}"
        when = f"waiting: {cut(bug.pause.reason, LINE)}" if bug.pause else until
        parts = [bold(f"Bug {bug.id}: "), text(f"{cut(bug.title, LINE)} ({bug.severity.value}, {when})")]
        if bug.issue and bug.issue.url.startswith(("https://", "http://")):
            parts += [text("  "), captured.link(bug.issue.url, f"issue #{bug.issue.number}")]
        return line(*parts)


def _severity(filled: Filled) -> Severity | None:
    return next((one for one in Severity if one.value == filled.choice("severity")), None)


def _documented(issue: KnownIssue) -> Sequence[Element]:
    state = f" ({cut(issue.state, LINE)})" if issue.state else ""
    told = [bullets([line(bold("Documented: "), *inline(cut(issue.text, LINE) + state))])]
    if issue.workaround:
        told.append(bullets([line(bold("Workaround: "), *inline(cut(issue.workaround, LINE)))], indent=1))
    return told


def _elsewhere(others: int) -> str:
    return f"{others} other customer{' has' if others == 1 else 's have'} something similar documented."


def _due(due: Due | None, severity: Severity | None) -> Block:
    if due is None or severity is None:
        return rich(line(small("Choose customer and severity to see when it is due.")))
    counted = ", counted in business hours" if severity.counts_working_time else ""
    return rich(line(bold(f"Due {due.words}"), text(counted)), *(line(small(cut(one, LINE))) for one in due.notes))


def _steps(content: _Content) -> Block:
    return field_of(
        "What happened, and how to see it again",
        "steps",
        text_input("steps", content.steps, lines=True, most=STEPS),
        optional=not content.source.is_message,
        hint=captured.fit_hint(content.steps, STEPS),
    )
