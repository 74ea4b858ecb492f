"""The forms of playbooks: starting one, leaving a step out, giving it to somebody, stopping."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from commands.blocks import NAME, Block, bold, cut, line, rich, small, text
from commands.form import (
    Filled,
    Form,
    day_picker,
    external,
    field_of,
    option,
    person_picker,
    radio,
    select,
    text_input,
)
from commands.lists import count
from commands.pick import offered
from commands.playbook_views import bar, named, role_words, runs_already, words
from customers.model import Profile
from customers.playbooks import Anchor, Plan, Playbook, Shelf
from customers.runs import AFTER_CHURN, REASON, Run, RunStep

START, SKIP, ASSIGN, STOP = "playbook_start", "playbook_skip", "playbook_assign", "playbook_stop"
HERE, ALONE = "here", "alone"
ROLES = 8  # roles that the form asks people for
_LABELS = {
    Anchor.START: "Day of the start",
    Anchor.RENEWAL: "Day of the renewal",
    Anchor.ONBOARDED: "Day of onboarding",
}
_UNKNOWN = {
    Anchor.RENEWAL: "The document names no renewal. Choose the day, and write it into the document too.",
    Anchor.ONBOARDED: "The document does not say when they were onboarded. Choose the day.",
    Anchor.START: "",
}
AboutStep = Callable[[Run, RunStep], Form]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen so far. `here` says whether the message may stand in the channel the form was opened in."""

    channel: str
    here: bool
    customer_id: int | None = None
    kind: str = ""
    day: date | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    where: str = HERE


@dataclass(frozen=True, slots=True)
class Content:
    """What the form shows about that; what is not known yet is None. `home` is the workspace's address.

    Of a customer who churned, `refused` says why this playbook cannot be started, and `ends` when it would end.
    """

    chosen: Chosen
    shelf: Shelf
    today: date
    home: str
    profile: Profile | None
    playbook: Playbook | None
    anchor: date | None
    plan: Plan | None
    running: Run | None
    refused: str = ""
    ends: date | None = None


def start(content: Content) -> Form:
    """Which playbook for whom, from which day, by whom, and where its message stands."""
    chosen, book, profile = content.chosen, content.playbook, content.profile
    picked = offered(chosen.customer_id, profile.name) if chosen.customer_id is not None and profile else None
    books = [option(one.title, kind) for kind, one in sorted(content.shelf.playbooks.items())]
    blocks: list[Block] = [
        field_of("Customer", "customer", external("playbook_customer", picked), live=True),
        field_of("Playbook", "kind", select("playbook_kind", books, book.kind if book else ""), live=True),
    ]
    if content.running:
        blocks += runs_already(content.running, content.today, content.home)
    elif content.refused:
        blocks.append(rich(line(bold(content.refused))))
    elif book:
        blocks += [*_about(book), *_dated(content, book), *_owned(content, book)]
    blocks.append(_tracked(chosen))
    state = {"c": chosen.channel, "here": int(chosen.here)}
    return Form(START, "Start a playbook", blocks, "Start", state)


def _about(book: Playbook) -> list[Block]:
    return [rich(line(*words(book.about)))] if book.about else []


def anchor_block(kind: str, customer_id: int | None) -> str:
    """Another playbook or customer has another day, so its field is another one: what was typed there stays behind."""
    return f"anchor:{kind}:{customer_id or ''}"


def _dated(content: Content, book: Playbook) -> list[Block]:
    known = book.anchor.of(content.profile, content.today) if content.profile else None
    hint = "" if book.anchor is Anchor.START else "As the document says." if known else _UNKNOWN[book.anchor]
    hint = hint if content.profile else ""
    picker = day_picker("playbook_anchor", content.anchor)
    block = anchor_block(book.kind, content.chosen.customer_id)
    return [field_of(_LABELS[book.anchor], block, picker, hint=hint, live=True), *_planned(content)]


def _planned(content: Content) -> list[Block]:
    """How long it takes; steps whose day is over are due at once, and that is said before anything starts."""
    if content.plan is None:
        return []
    steps = content.plan.steps
    span = f"{count(len(steps), 'step')}, the first due {steps[0][1]}, the last {max(day for _, day in steps)}."
    told = [line(bold(span))]
    if content.plan.late:
        late = f"{count(content.plan.late, 'step')} should have been done before today: due today, not overdue."
        told.append(line(small(late)))
    if content.ends:
        beyond = sum(day >= content.ends for _, day in steps)
        over = f"It ends on {content.ends}, {AFTER_CHURN.days} days after they churned"
        told.append(line(small(f"{over}: {count(beyond, 'step')} will not be reached." if beyond else f"{over}.")))
    return [rich(*told)]


def _owned(content: Content, book: Playbook) -> list[Block]:
    found: list[Block] = []
    for role in book.roles[:ROLES]:
        many = count(sum(step.role == role for step in book.steps), "step")
        picker = person_picker("playbook_owner", content.chosen.owners.get(role, ""))
        hint = "" if found else "Nobody chosen: the customer's CSM is reminded."
        label = f"Who does the {many} of {role_words(role)}?"
        found.append(field_of(label, f"owner:{role}", picker, optional=True, hint=hint))
    return found


def _tracked(chosen: Chosen) -> Block:
    alone = option("In my direct messages", ALONE)
    if not chosen.here:
        return field_of("Where shall it be tracked?", "alone", radio("playbook_where", [alone], ALONE))
    places = [option("In this channel", HERE), alone]
    return field_of("Where shall it be tracked?", "where", radio("playbook_where", places, chosen.where))


def _about_step(run: Run, step: RunStep) -> list[Block]:
    return [rich(line(bold(step.title)), line(text(f"{named(run)}  {bar(run)}")))]


def _state(run: Run, step: RunStep) -> dict[str, int]:
    return {"run": run.id, "n": step.number}


def skip(run: Run, step: RunStep) -> Form:
    """Why a step is left out."""
    written = text_input("reason", lines=True, most=REASON, placeholder="The contract has no notice period")
    hint = "Colleagues read it beside the step."
    blocks = [*_about_step(run, step), field_of("Why is it not needed?", "reason", written, hint=hint)]
    return Form(SKIP, "Skip a step", blocks, "Skip", _state(run, step))


def assign(run: Run, step: RunStep) -> Form:
    """Who does a step."""
    picker = person_picker("owner", step.owner or "")
    hint = "They are reminded when it is due. Nobody chosen: the customer's CSM."
    label = f"Who does it ({role_words(step.role)})?"
    blocks = [*_about_step(run, step), field_of(label, "owner", picker, optional=True, hint=hint)]
    return Form(ASSIGN, "Assign a step", blocks, "Assign", _state(run, step))


def stop(run: Run) -> Form:
    """Why a run ends early."""
    written = text_input("reason", lines=True, most=REASON, placeholder="Replaced by churn prevention")
    hint = f"The history of {cut(run.customer, NAME)} keeps it."
    told = rich(line(bold(named(run))), line(text(f"{bar(run)}. Nobody is reminded of it any more.")))
    blocks = [told, field_of("Why does it stop?", "reason", written, hint=hint)]
    return Form(STOP, "Stop a playbook", blocks, "Stop", {"run": run.id})


def already(run: Run, today: date, home: str) -> Form:
    """Somebody started the same one first."""
    return Form("notice", "It runs already", runs_already(run, today, home), submit=None)


def where_of(filled: Filled) -> str:
    """The chosen place, `here` unless it was asked for otherwise."""
    return filled.choice("where") or filled.choice("alone") or HERE
