"""The buttons of alerts, wherever they stand: claim, snooze, done. The row that was pressed changes for everybody."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from commands import alert_list
from commands.alert_list import ONE
from commands.alert_views import day_form, ids_in, note_form, people_of, replaced, snoozed_until
from commands.errors import old_button
from commands.form import Errors, Filled, Form, notice
from commands.listen import Ask
from commands.lists import number, number_in
from commands.message import Message
from commands.named import NamesOf
from commands.ports import Outbound
from customers.alerts import LONGEST, Alert, Alerts, Change

KEPT = 200  # pressed messages that are remembered while their form is open


@dataclass(frozen=True, slots=True)
class _Pressed:
    """The message under an open form: its blocks would not fit into the form's own state."""

    url: str
    blocks: tuple[dict[str, Any], ...]
    summary: str
    page: str
    alone: bool = False  # nobody but whoever pressed sees it


class AlertButtons:
    """Parse, call, render."""

    def __init__(self, alerts: Alerts, outbound: Outbound, names: NamesOf) -> None:
        self._alerts = alerts
        self._outbound = outbound
        self._names = names
        self._pressed: OrderedDict[str, _Pressed] = OrderedDict()

    async def listed(self, ask: Ask) -> Message:
        """`/health alerts`: all open ones, those of the reader's customers first."""
        return alert_list.page(await self._alerts.ranked(ask.reader, ask.now), 0, ask.now, reader=ask.reader.id)

    async def act(self, ask: Ask) -> Message | Form:
        """`alert:claim:7`, `alert:take:7`, `alert:snooze:7` (`7|1d`) and `alert:done:7`, `alert:page:on` (`6`)."""
        _, verb, *_ = (*ask.action.split(":"), "")
        one, _, choice = ask.value.partition("|")
        alert_id = number(one) or 0
        pressed = f"{ask.channel}/{ask.message}" if ask.channel and ask.message else ""
        change = Change(alert_id, ask.reader.id, ask.key, pressed)
        match verb:
            case "page":
                ranked = await self._alerts.ranked(ask.reader, ask.now)
                return alert_list.page(ranked, alert_id, ask.now, reader=ask.reader.id)
            case "take" if has := await self._has(alert_id, ask):
                return has
            case "claim" | "take":
                alert = await self._alerts.claim(change, ask.now, over=verb == "take")
            case "give":
                alert = await self._alerts.give_back(change, ask.now)
            case "snooze" if choice in ("1d", "1w"):
                alert = await self._alerts.snooze(change, self._alerts.until(choice, ask.now), ask.now)
            case "snooze" | "done":
                alert = await self._alerts.find(alert_id)
                if alert.is_open:
                    return self._form(alert, ask, verb)
            case _:
                return old_button()
        return await self._answer(alert, ask)

    async def _has(self, alert_id: int, ask: Ask) -> Message | None:
        """For whoever has it already: a message that several people see does not know who looks at it."""
        alert = await self._alerts.find(alert_id)
        if not alert.is_open or alert.claimed_by != ask.reader.id or not ask.response_url:
            return None
        told = alert_list.alone(alert, ask.now, ask.reader.id, "You have it already.")
        return replace(told, beside=True)

    async def done(self, filled: Filled) -> Form | Errors | None:
        """The note is there."""
        note = filled.text("note")
        if not note:
            return Errors({"note": "Say in a sentence what came of it; it becomes part of the history."})
        alert = await self._alerts.done(self._change(filled), note, filled.now)
        await self._turn(filled, alert)
        return notice("Alert closed", f"Saved, and added to the history of {alert.customer}.", "See it with /brief.")

    async def snoozed(self, filled: Filled) -> Form | Errors | None:
        """The date is there."""
        day = filled.day("until")
        until = self._alerts.until_day(day, filled.now) if day else None
        if until is None:
            return Errors({"until": f"Choose a day from tomorrow on, at most {LONGEST} days away."})
        alert = await self._alerts.snooze(self._change(filled), until, filled.now)
        await self._turn(filled, alert)
        if not alert.is_open:
            return notice("Alert", "This alert was closed meanwhile.", "There is nothing to snooze any more.")
        return notice(
            "Alert snoozed", f"You are told again on {self._alerts.when(until)}.", "It stays quiet until then."
        )

    def _form(self, alert: Alert, ask: Ask, verb: str) -> Form:
        form = note_form(alert) if verb == "done" else day_form(alert, self._alerts, ask.now)
        under = _under(ask)
        if not (under.url and (under.blocks or under.page)):
            return form
        self._pressed[ask.key] = under
        while len(self._pressed) > KEPT:
            self._pressed.popitem(last=False)
        return replace(form, state={**form.state, "press": ask.key})

    def _change(self, filled: Filled) -> Change:
        return Change(number_in(filled, "id"), filled.reader.id, filled.key)

    async def _turn(self, filled: Filled, alert: Alert) -> None:
        """Turns the rows under the form. After a restart it is not remembered: then the next press in it turns them."""
        under = self._pressed.pop(str(filled.state.get("press") or ""), None)
        if under and (answer := await self._turned(under, alert, filled)):
            await self._outbound.respond(under.url, {**answer.wire(), "replace_original": True})

    async def _answer(self, alert: Alert, ask: Ask) -> Message:
        """The pressed message as it is now; beside it the alert alone when Slack does not show us the message."""
        if not ask.response_url:  # the Home tab, which is drawn anew
            snoozed = snoozed_until(alert) if alert.is_snoozed(ask.now) else ""
            return Message([], snoozed, instead=not snoozed)
        turned = await self._turned(_under(ask), alert, ask)
        return turned or replace(alert_list.alone(alert, ask.now, ask.reader.id), beside=True)

    async def _turned(self, under: _Pressed, alert: Alert, asked: Ask | Filled) -> Message | None:
        """Every row of the message as the database has it: others may have pressed in it meanwhile."""
        reader = asked.reader.id
        if under.page == ONE:
            return alert_list.alone(alert, asked.now, reader)
        if under.page:
            ranked = await self._alerts.ranked(asked.reader, asked.now)
            offset, ids = alert_list.place(under.page)
            return alert_list.page(ranked, offset, asked.now, await self._alerts.of(ids), reader)
        ids = ids_in(under.blocks)
        if alert.id not in ids:
            return None
        found = await self._alerts.of(ids)
        names = await self._names(people_of(found))
        blocks = replaced(under.blocks, found, asked.now, names, reader if under.alone else "")
        return Message(blocks, under.summary or alert_list.summary(alert), instead=True)


def _under(ask: Ask) -> _Pressed:
    _, _, _, page, *_ = (*ask.action.split(":"), "", "", "", "")
    return _Pressed(ask.response_url, ask.blocks, ask.summary, page, ask.channel.startswith("D"))
