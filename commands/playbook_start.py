"""The form that starts a playbook: opened, followed while it is filled in, saved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from commands import playbook_forms as forms
from commands import playbook_views as views
from commands.captured import soon
from commands.form import Errors, Filled, Form
from commands.listen import Ask
from commands.message import Message
from commands.pick import chosen as chosen_customer
from commands.playbook_forms import HERE, Chosen, Content
from commands.ports import People, Places
from customers.desk import Desk
from customers.people import Reader
from customers.playbooks import Plan, Playbook
from customers.plays import Playbooks, Wish

_CHANNELS = ("C", "G")


class Start:
    """Open, follow what is chosen, start."""

    def __init__(
        self, desk: Desk, playbooks: Playbooks, people: People, places: Places, home: Callable[[], str]
    ) -> None:
        self._desk = desk
        self._playbooks = playbooks
        self._people = people
        self._places = places
        self._home = home

    async def opened(self, ask: Ask, customer_id: int | None, kind: str) -> Message | Form:
        """The form with what is known; an answer when this very playbook runs already."""
        if customer_id is None and (linked := await soon(self._desk.linked(ask.channel), None)):
            customer_id = linked.customer_id
        chosen = Chosen(ask.channel, await self._is_ours(ask.channel), customer_id, kind)
        content = await self._content(chosen, ask.reader, ask.now)
        if not content.shelf.playbooks:
            return views.listed(content.shelf, customer_id, ask.now)
        if content.running:
            return views.running_message(content.running, content.today, content.home, ask.now)
        return forms.start(content)

    async def changed(self, filled: Filled) -> Form:
        """Another customer, playbook or day was chosen."""
        return forms.start(await self._filled(filled))

    async def submit(self, filled: Filled) -> Errors | Form | None:
        """Starts it; its message is posted by the outbox. Raises CustomerGone."""
        content = await self._filled(filled)
        chosen, book, anchor = content.chosen, content.playbook, content.anchor
        if chosen.customer_id is None:
            return Errors({"customer": "Choose the customer it is for."})
        if book is None:
            return Errors({"kind": "Choose a playbook."})
        if content.refused:
            return Errors({"customer": content.refused})
        if content.running and content.running.started_by != filled.reader.id:
            return forms.already(content.running, content.today, content.home)
        at = forms.anchor_block(book.kind, chosen.customer_id)
        if anchor is None:  # its field may not have been there yet
            return Errors({at if at in filled.values else "kind": "Choose the day that the steps count from."})
        if problem := self._playbooks.anchor_problem(anchor, filled.now):
            return Errors({at: problem})
        if wrong := await self._strangers(chosen):
            return wrong
        channel = chosen.channel if chosen.here and chosen.where == HERE else filled.reader.id
        wish = Wish(chosen.customer_id, book, anchor, channel, chosen.owners)
        started = await self._playbooks.start(wish, filled.reader, filled.key, filled.now)
        if started.new or started.heard:
            return None
        return forms.already(started.run, content.today, content.home)

    async def _strangers(self, chosen: Chosen) -> Errors | None:
        """Guests, bots and people from outside cannot be given a step."""
        wrong = {}
        for role, owner in chosen.owners.items():
            if not (await self._people.reader(owner, None)).may_read:
                wrong[f"owner:{role}"] = "Choose a full member of this workspace; others are told nothing."
        return Errors(wrong) if wrong else None

    async def _filled(self, filled: Filled) -> Content:
        """What the form says; a day that belongs to another customer or playbook is not taken over."""
        customer_id, kind = chosen_customer(filled, "customer"), filled.choice("kind")
        block = forms.anchor_block(kind, customer_id)
        owners = {
            at.removeprefix("owner:"): owner
            for at in filled.values
            if at.startswith("owner:") and (owner := filled.person(at))
        }
        chosen = Chosen(
            str(filled.state.get("c") or ""),
            bool(filled.state.get("here")),
            customer_id,
            kind,
            filled.day(block) if block in filled.values else None,
            owners,
            forms.where_of(filled),
        )
        return await self._content(chosen, filled.reader, filled.now)

    async def _content(self, chosen: Chosen, reader: Reader, now: datetime) -> Content:
        """Everything that follows from what was chosen. Raises CustomerGone."""
        shelf, profile, running = await self._playbooks.shelf(), None, None
        book = shelf.playbooks.get(chosen.kind)
        if chosen.customer_id is not None:
            profile = (await self._desk.open(chosen.customer_id, reader, now)).profile
            running = await self._playbooks.running(chosen.customer_id, chosen.kind)
        if book:  # nobody of another playbook's roles is taken over
            chosen = replace(chosen, owners={r: who for r, who in chosen.owners.items() if r in book.roles})
        anchor = chosen.day or (self._playbooks.proposed(book, profile, now) if book else None)
        plan = self._plan(book, anchor, now)
        today = self._playbooks.today(now)
        content = Content(chosen, shelf, today, self._home(), profile, book, anchor, plan, running)
        if not (book and profile):
            return content
        refused = self._playbooks.churn_problem(book, profile, now) or ""
        return replace(content, refused=refused, ends=self._playbooks.ends(profile))

    def _plan(self, book: Playbook | None, anchor: date | None, now: datetime) -> Plan | None:
        if book is None or anchor is None or self._playbooks.anchor_problem(anchor, now):
            return None
        return self._playbooks.planned(book, anchor, now)

    async def _is_ours(self, channel: str) -> bool:
        """Whether the message may stand in this channel; doubt means no."""
        if channel[:1] not in _CHANNELS:
            return False
        return not await soon(self._places.has_outsiders(channel), True)
