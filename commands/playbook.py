"""`/playbook`: checklists from onboarding to churn prevention, started for a customer and done step by step."""

from datetime import date

from commands import playbook_forms as forms
from commands import playbook_views as views
from commands.blocks import button
from commands.errors import old_button
from commands.form import Errors, Filled, Form, notice
from commands.help import render_help
from commands.listen import Ask
from commands.lists import number, number_in, said
from commands.message import Message
from commands.named import names_by
from commands.playbook_start import Start
from commands.ports import People
from customers.desk import Desk
from customers.errors import UnknownSubcommand, WhichCustomer
from customers.playbooks import Playbook
from customers.plays import Playbooks
from customers.runs import REASON, Changed

KNOWN = ("list", "start", "show", "stop", "help")


class PlaybookOf:
    """Parse, call, render."""

    def __init__(self, desk: Desk, playbooks: Playbooks, people: People, start: Start) -> None:
        self._desk = desk
        self._playbooks = playbooks
        self._people = people
        self._start = start

    async def __call__(self, ask: Ask) -> Message | Form:
        word, _, rest = ask.text.strip().partition(" ")
        match word.casefold():
            case "":
                return await self._open(ask)
            case "list":
                linked = await self._desk.linked(ask.channel)
                shelf = await self._playbooks.shelf()
                return views.listed(shelf, linked.customer_id if linked else None, ask.now)
            case "start":
                return await self._begin(ask, rest.strip())
            case "show" | "stop":
                customer_id = await self._desk.find(rest, ask.channel, f"/playbook {word.casefold()}")
                return await self._of(ask, customer_id, stop=word.casefold() == "stop")
            case "help":
                return render_help()
            case _:
                raise UnknownSubcommand("/playbook", word[:40], KNOWN)

    async def act(self, ask: Ask) -> Message | Form:
        """`playbook:done:card:…` with `12|3`, and its siblings; `playbook:start` with `customer|kind`."""
        _, verb, where, *_ = (*ask.action.split(":"), "", "")
        if verb == "more":  # a menu says in its value what was chosen
            verb, _, rest = ask.value.partition("|")
        else:
            rest = ask.value
        first, _, second = rest.partition("|")
        run_id, step = number(first) or 0, number(second.partition("|")[0]) or 0
        match verb:
            case "done":
                return await self._done(ask, where, run_id, step, rest)
            case "skip":
                return await self._about(run_id, step, forms.skip)
            case "assign":
                return await self._about(run_id, step, forms.assign)
            case "all":
                return views.all_steps(await self._playbooks.show(run_id), self._today(ask))
            case "stop":
                return await self._stopping(run_id)
            case "show":
                return views.card(await self._playbooks.show(run_id), self._today(ask), ask.now, "show")
            case "of":
                return await self._of(ask, run_id)
            case "start":
                return await self._start.opened(ask, number(first), second)
            case _:
                return old_button()

    async def reopened(self, filled: Filled) -> Form:
        """A step in the form with all steps was done by mistake."""
        first, _, second = filled.value.partition("|")
        run_id, step = number(first) or 0, number(second) or 0
        key = f"{filled.key}:{step}:{filled.now.isoformat()}"
        changed = await self._playbooks.reopen(run_id, step, key, filled.now)
        return views.all_steps(changed.run, self._playbooks.today(filled.now))

    async def skipped(self, filled: Filled) -> Form | Errors | None:
        """The reason is there."""
        reason = filled.line("reason")[:REASON]
        if not reason:
            return Errors({"reason": "Say why it is not needed."})
        run, step = number_in(filled, "run"), number_in(filled, "n")
        changed = await self._playbooks.skip(run, step, reason, filled.reader, filled.key, filled.now)
        return self._told(changed, step, filled)

    async def assigned(self, filled: Filled) -> Form | Errors | None:
        """Only a full member can be given a step."""
        owner = filled.person("owner") or None
        if owner and not (await self._people.reader(owner, None)).may_read:
            return Errors({"owner": "Choose a full member of this workspace; others are told nothing."})
        run, step = number_in(filled, "run"), number_in(filled, "n")
        changed = await self._playbooks.assign(run, step, owner, filled.reader, filled.key, filled.now)
        found = changed.run.step(step)
        return self._told(changed, step, filled) if found and not found.is_open else None

    async def stopped(self, filled: Filled) -> Form | Errors | None:
        """The reason is there."""
        reason = filled.line("reason")[:REASON]
        if not reason:
            return Errors({"reason": "Say why; the history keeps it."})
        changed = await self._playbooks.stop(number_in(filled, "run"), reason, filled.reader, filled.key, filled.now)
        run = changed.run
        return notice(run.name, f"{run.outcome()}.", "It stands in the history; see it with /brief.")

    def _told(self, changed: Changed, number: int, filled: Filled) -> Form | None:
        """Nothing when it was done as asked; what is true when somebody was faster, or when that was the last step."""
        run, step = changed.run, changed.run.step(number)
        if changed.by_now and step and step.done_by != filled.reader.id:
            return notice(run.name, "Somebody was faster: nothing was changed.", "See how it stands with /playbook.")
        if not run.is_open:
            return notice(run.name, f"{run.outcome()}.", "That was the last step; it stands in the history.")
        return None

    def _today(self, ask: Ask) -> date:
        return self._playbooks.today(ask.now)

    async def _open(self, ask: Ask) -> Message:
        """What runs for the channel's customer, or all of mine."""
        linked = await self._desk.linked(ask.channel)
        if linked:
            return await self._of_customer(ask, linked.customer_id)
        mine = await self._playbooks.mine(ask.reader)
        return views.overview(mine, "you", None, self._today(ask), ask.now)

    async def _of(self, ask: Ask, customer_id: int, *, stop: bool = False) -> Message | Form:
        found = await self._playbooks.open_for(customer_id)
        return forms.stop(found[0]) if stop and len(found) == 1 else await self._of_customer(ask, customer_id)

    async def _of_customer(self, ask: Ask, customer_id: int) -> Message:
        """The one that runs with its steps, several as a list."""
        card = await self._desk.open(customer_id, ask.reader, ask.now)
        found = await self._playbooks.open_for(customer_id)
        if len(found) == 1:
            return views.card(found[0], self._today(ask), ask.now, "show")
        return views.overview(found, card.profile.name, customer_id, self._today(ask), ask.now)

    async def _begin(self, ask: Ask, typed: str) -> Message | Form:
        """`renewal acme`: opens the form with what was typed. A customer's name that could be two is asked about."""
        if not typed:
            return await self._start.opened(ask, None, "")
        book, rest = await self._playbooks.named(typed)
        if not rest:
            return await self._start.opened(ask, None, book.kind)
        try:
            customer_id = await self._desk.find(rest, ask.channel, "/playbook start")
        except WhichCustomer as problem:
            return _which(problem, book)
        return await self._start.opened(ask, customer_id, book.kind)

    async def _done(self, ask: Ask, where: str, run_id: int, step: int, value: str) -> Message:
        pressed = f"{ask.channel}/{ask.message}" if where in ("card", "due") and ask.message else ""
        changed = await self._playbooks.done(run_id, step, ask.reader, ask.key, ask.now, pressed)
        run, today = changed.run, self._today(ask)
        if where == "due":
            day, owner = _told_to(value)
            return _instead(views.reminder(run, owner, day or today, today))
        note = "That was the last step." if not run.is_open and not run.open_steps and where != "card" else ""
        names = await names_by(self._people)(views.owners(run)) if where == "card" else None
        shown = views.card(run, today, ask.now, where if where in ("card", "show") else "show", note, names)
        if where == "home":  # which shows one line of it
            return views.done_line(run, step)
        return _instead(shown) if where == "card" else shown

    async def _about(self, run_id: int, step_number: int, form: forms.AboutStep) -> Message | Form:
        run, step = await self._playbooks.step(run_id, step_number)
        if not run.is_open or not step.is_open:
            over = run.outcome() if not run.is_open else f"{step.title}: this step is over already"
            return said(f"{over}.", "Nothing was changed.")
        return form(run, step)

    async def _stopping(self, run_id: int) -> Message | Form:
        run = await self._playbooks.show(run_id)
        return forms.stop(run) if run.is_open else said(f"{run.outcome()}.", "Nothing was changed.")


def _instead(message: Message) -> Message:
    return Message(message.blocks, message.summary, message.more, instead=True)


def _told_to(value: str) -> tuple[date | None, str | None]:
    """`12|3|2026-11-16|U0MAYA` was told on that day to that person; nobody means the CSM."""
    _, _, day, owner, *_ = (*value.split("|"), "", "", "", "")
    try:
        return date.fromisoformat(day), owner or None
    except ValueError:
        return None, owner or None


def _which(problem: WhichCustomer, book: Playbook) -> Message:
    row = [button(name, f"playbook:start:{at}", f"{one}|{book.kind}") for at, (one, name) in enumerate(problem.choices)]
    return said(problem.sentence, problem.next_step, row)
