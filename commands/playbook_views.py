"""How playbooks look: the files that can be started, a run's message with its progress, a reminder, all steps."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from commands.blocks import (
    NAME,
    Block,
    Element,
    actions,
    bold,
    bullets,
    button,
    context,
    cut,
    line,
    rich,
    small,
    text,
)
from commands.captured import link
from commands.card import until
from commands.dates import day_words
from commands.feature_views import person
from commands.form import Form, option
from commands.lists import as_of, count, said
from commands.message import Message
from commands.named import Names, who
from commands.reading import inline
from customers import playbooks
from customers.playbooks import Anchor, Playbook, Shelf
from customers.preferences import Dates
from customers.runs import Run, RunStep

NEXT = 5  # steps with buttons in a run's message
CELLS = 10  # of a progress bar
LISTED = 10  # runs or playbooks in one message
ABOUT = 350  # characters of what a playbook is for, in the list
REASON = 120
DETAIL = 700  # characters of a step's text in a reminder; all of it stands in "All steps"
ROLES = {"csm": "CSM"}
LINES, MARKS = 40, 80  # of a step's text; Slack takes 500 pieces
REOPEN = "playbook_reopen"  # in the form with all steps
_SOFT = re.compile(r"\*([^*\n]+)\*")


def bar(run: Run) -> str:
    """`4 of 11 ▓▓▓▓░░░░░░`: how many steps are over; a run that has begun never looks empty or full by rounding."""
    over, total = len(run.steps) - len(run.open_steps), len(run.steps)
    filled = over * CELLS // total if total else 0
    filled = max(1, filled) if over else 0
    return f"{over} of {total} " + "▓" * filled + "░" * (CELLS - filled)


def role_words(role: str) -> str:
    """`CSM`, `engineering`."""
    return ROLES.get(role, role)


def named(run: Run) -> str:
    """`Renewal playbook of Brightwater Logistics`."""
    return f"{run.name} of {cut(run.customer, NAME)}"


def counted_from(run: Run, today: date) -> str:
    """`counted from the renewal on 2027-02-12, in 88 days`."""
    return f"counted from {run.counts_from.words} on {until(run.anchor, today)}"


def permalink(home: str, place: str) -> str:
    """The link to a message at `C123/ts`, as Slack makes it; empty when one of the two is not known."""
    channel, _, rest = place.partition("/")
    ts = rest.partition("/")[0]
    return f"{home.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}" if home and channel and ts else ""


def card(
    run: Run, today: date, now: datetime, where: str = "card", note: str = "", names: Names | None = None
) -> Message:
    """A run with its next steps; `where` it stands tells its buttons from those of other messages.

    With `names` nobody is mentioned: a channel reads it.
    """
    head = [line(bold(named(run))), line(text(bar(run)), text(f"  {_standing(run, today)}"))]
    if run.is_open and run.late:
        moved = f"{count(run.late, 'step')} should have been done before the start on {_local(run)}"
        head.append(line(small(f"{moved}: due at once, not overdue since then.")))
    blocks: list[Block] = [*([_noted(note)] if note else []), rich(*head)]
    shown = run.open_steps[:NEXT] if run.is_open else ()
    for step in shown:
        blocks += row(run, step, today, where, names=names)
    if run.is_open and len(run.open_steps) > len(shown):
        later = run.open_steps[len(shown)]
        more = count(len(run.open_steps) - len(shown), "later step")
        blocks.append(context(f"{more}, the next on {day_words(later.due, Dates.ISO)}"))
    return Message(blocks, f"{named(run)}: {bar(run)}", more=[as_of(now), _controls(run, where)])


def _local(run: Run) -> str:
    """The day of the start: what was due before it was moved there."""
    moved = [one.due for one in run.steps if one.planned(run.anchor) < one.due]
    return min(moved).isoformat() if moved else run.started_at.date().isoformat()


def _standing(run: Run, today: date) -> str:
    if run.is_open:
        return counted_from(run, today)
    assert run.closed_at is not None
    day = run.closed_at.date().isoformat()
    if run.open_steps:
        return f"Stopped on {day} after {run.counted()}: {cut(run.closed_why, REASON)}"
    return f"Finished on {day}: {run.counted()}. It stands in the history."


def _noted(note: str) -> Block:
    return rich(line(bold(note)))


def _controls(run: Run, where: str) -> Block:
    one = str(run.id)
    buttons = [button("All steps", f"playbook:all:{where}", one)]
    if run.is_open:
        buttons.append(button("Stop…", f"playbook:stop:{where}", one))
    return actions(*buttons, button("Brief", f"open:brief:{where}", str(run.customer_id)))


def row(
    run: Run,
    step: RunStep,
    today: date,
    where: str,
    value: str = "",
    *,
    detailed: bool = False,
    names: Names | None = None,
) -> list[Block]:
    """One open step with its buttons; `value` follows the ids in those that must find their message again."""
    told = [line(bold(step.title)), line(*_when(step, run.anchor, today), text(" · "), *_owner(step, names))]
    if detailed and step.detail:
        told += _lines(cut(step.detail, DETAIL))
    ids = f"{run.id}|{step.number}"
    return [rich(*told), _step_buttons(ids, f"{where}:{run.id}-{step.number}", value)]


def _step_buttons(ids: str, which: str, value: str) -> Block:
    done = button("Done", f"playbook:done:{which}", f"{ids}|{value}" if value else ids)
    more = [option("Skip…", f"skip|{ids}"), option("Assign…", f"assign|{ids}"), option("Details", f"all|{ids}")]
    return actions(done, {"type": "overflow", "action_id": f"playbook:more:{which}", "options": more})


def _when(step: RunStep, anchor: date, today: date) -> list[Element]:
    day = day_words(step.due, Dates.ISO)
    planned = step.planned(anchor)
    moved = f" (planned for {planned.isoformat()})" if planned < step.due else ""
    if step.is_overdue(today):
        return [bold(f"overdue since {day}"), text(moved)] if moved else [bold(f"overdue since {day}")]
    return [bold(f"due {day}") if step.due == today else text(f"due {day}"), *([text(moved)] if moved else [])]


def owners(run: Run) -> set[str]:
    """Whom its card names."""
    return {step.owner for step in run.open_steps[:NEXT] if step.owner}


def _owner(step: RunStep, names: Names | None = None) -> list[Element]:
    role = role_words(step.role)
    if step.owner:
        return [text(f"{role}: "), who(step.owner, names)]
    return [text(role if step.role == "csm" else f"{role}, through the CSM")]


def _lines(written: str) -> list[Element]:
    """A step's text, line by line; of very many lines the last ones become one."""
    found = [one for one in cut(written, playbooks.DETAIL).split("\n") if one.strip()]
    return [line(*words(one)) for one in (*found[: LINES - 1], "\n".join(found[LINES - 1 :])) if one]


def words(written: str) -> list[Element]:
    """A line of a playbook's text: `code` in the code face, *emphasis* in italics, the rest letter for letter."""
    if written.count("`") + written.count("*") > MARKS:
        return [text(written)]
    parts: list[Element] = []
    for one in inline(written):
        if "style" in one:
            parts.append(one)
            continue
        at = 0
        for match in _SOFT.finditer(one["text"]):
            parts += [text(one["text"][at : match.start()])] if match.start() > at else []
            parts.append(small(match[1]))
            at = match.end()
        parts += [text(one["text"][at:])] if at < len(one["text"]) else []
    return parts


def reminder(run: Run, owner: str | None, day: date, today: date) -> Message:
    """What somebody is reminded of: the steps that were told to them on `day`, those that are over without buttons."""
    mine = [one for one in run.steps if one.owner == owner and one.reminded == day]
    waits = [one for one in mine if one.is_open] if run.is_open else []
    late = any(one.is_overdue(today) for one in waits)
    head = f"{named(run)}: {count(len(waits), 'step')} {'overdue' if late else 'due'}" if waits else named(run)
    blocks: list[Block] = [rich(line(bold(head), text(f"  {bar(run)}")))]
    for step in waits:
        blocks += row(run, step, today, "due", f"{day.isoformat()}|{owner or ''}", detailed=len(waits) <= NEXT)
    over = [line(*_outcome(one)) for one in mine if not one.is_open]
    if over:
        blocks.append(rich(bullets(over)))
    if not run.is_open:
        blocks.append(rich(line(text(_standing(run, today)))))
    elif not waits and not over:
        blocks.append(rich(line(text("Nothing of it is left here: it was given to somebody else."))))
    return Message(blocks, head, more=[actions(button("All steps", "playbook:all:due", str(run.id)))])


def _outcome(step: RunStep) -> list[Element]:
    """`✔ Hold the kick-off, 2026-11-16 by Maya`."""
    assert step.done_at is not None
    by = [text(f", {step.done_at:%Y-%m-%d} by "), person(step.done_by or "")]
    if step.skipped_why:
        return [text("– "), bold(step.title), text(" skipped"), *by, text(f": {cut(step.skipped_why, REASON)}")]
    return [text("✔ "), bold(step.title), *by]


def done_line(run: Run, number: int) -> Message:
    """What became of a step, in one line."""
    step = run.step(number)
    what = f"Done: {step.title}. " if step and not step.is_open else ""
    told = f"{what}{named(run)}: {run.counted() if what else bar(run)}"
    return Message([rich(line(text(told)))], told)


def all_steps(run: Run, today: date) -> Form:
    """Every step with its text; it only tells."""
    head = [line(bold(named(run))), line(text(f"{bar(run)}  {_standing(run, today)}"))]
    blocks: list[Block] = [rich(*head)]
    for step in run.steps:
        if not step.is_open:
            blocks.append(rich(line(*_outcome(step))))
            if run.is_open:
                again = button("Not done after all", f"{REOPEN}:{step.number}", f"{run.id}|{step.number}")
                blocks.append(actions(again))
            continue
        told = [line(text("○ "), bold(step.title)), line(*_when(step, run.anchor, today), text(" · "), *_owner(step))]
        told += _lines(step.detail)
        blocks.append(rich(*told))
    return Form("playbook_all", "All steps", blocks, submit=None)


def listed(shelf: Shelf, customer: int | None, now: datetime) -> Message:
    """Every playbook that can be started; `customer` is whom this channel is about."""
    if not shelf.playbooks:
        return said("No playbook is loaded.", "An admin sees why with dossier check.", now=now)
    blocks: list[Block] = [rich(line(bold("Playbooks")))]
    books = [shelf.playbooks[kind] for kind in shelf.kinds]
    for one in books[:LISTED]:
        roles = ", ".join(map(role_words, one.roles))
        facts = f"{count(len(one.steps), 'step')} {_span(one)}; {roles}{'; goes on after churn' * one.goes_on}"
        told = [line(text(facts)), *([line(*words(cut(one.about, ABOUT)))] if one.about else [])]
        blocks.append(rich(line(bold(one.title), text(f"  /playbook start {one.kind}")), bullets(told)))
    if broken := sum(one.broken for one in shelf.problems):
        files = count(broken, "mistake")
        blocks.append(context(f"{files} in other files; an admin sees where with `dossier playbooks`."))
    whom = str(customer or "")
    row = [button(f"Start {one.title}…", f"playbook:start:{at}", f"{whom}|{one.kind}") for at, one in enumerate(books)]
    return Message(blocks, count(len(books), "playbook"), more=[as_of(now), actions(*row[:LISTED])])


def _span(book: Playbook) -> str:
    first, last = book.steps[0].days, book.steps[-1].days
    return f"from {days_words(first, book.anchor)} to {days_words(last, book.anchor)}"


def days_words(days: int, anchor: Anchor) -> str:
    """`90 days before the renewal`, `the day of the start`."""
    if days == 0:
        return f"the day of {anchor.words}"
    return f"{count(abs(days), 'day')} {'before' if days < 0 else 'after'} {anchor.words}"


def overview(found: Sequence[Run], whose: str, customer: int | None, today: date, now: datetime) -> Message:
    """Several runs, each with its progress and next step; `whose` is a name, or `you`."""
    start = [button("Start one…", "playbook:start", f"{customer or ''}|")]
    if not found:
        return said(f"No playbook runs for {whose}.", "Start one, or see them all with /playbook list.", start, now)
    blocks: list[Block] = [rich(line(bold(f"Open playbooks of {whose}" if customer else "Your open playbooks")))]
    for run in found[:LISTED]:
        told = [line(bold(named(run)), text(f"  {bar(run)}"))]
        if run.open_steps:
            step = run.open_steps[0]
            told.append(line(*_when(step, run.anchor, today), text(f": {step.title}")))
        blocks.append(rich(*told))
    if len(found) > LISTED:
        blocks.append(context(f"{len(found) - LISTED} more; name a customer: /playbook show and a name"))
    row = [button(f"Show {cut(_short(run), 60)}", f"playbook:show:{run.id}", str(run.id)) for run in found[:LISTED]]
    return Message(blocks, f"{count(len(found), 'open playbook')}", more=[as_of(now), actions(*row, *start)])


def _short(run: Run) -> str:
    return f"{run.title} · {run.customer}"


def runs_already(run: Run, today: date, home: str) -> list[Block]:
    """Somebody was first: which one runs, since when, and where."""
    told = [bold(f"The {named(run)} runs already"), text(", started by "), person(run.started_by)]
    told.append(text(f" on {run.started_at:%Y-%m-%d}: {bar(run)}, {counted_from(run, today)}."))
    if (url := permalink(home, run.place)) and url.startswith(("https://", "http://")):
        told += [text(" "), link(url, "Go to its message")]
    return [rich(line(*told))]


def running_message(run: Run, today: date, home: str, now: datetime) -> Message:
    """The same as an answer, with a way to see it."""
    show = actions(button("Show it", "playbook:show", str(run.id), style="primary"))
    return Message(runs_already(run, today, home), f"The {named(run)} runs already", more=[as_of(now), show])
