"""The buttons of alerts, wherever they stand: claim, snooze, done. The row that was pressed changes for everybody."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from commands.alert_views import day_form, note_form, replaced, row
from commands.errors import old_button
from commands.form import Errors, Filled, Form, notice
from commands.listen import Ask
from commands.lists import number, number_in, said
from commands.message import Message
from commands.ports import Outbound
from customers.alerts import LONGEST, Alert, Alerts, Change

KEPT = 200  # pressed messages that are remembered while their form is open


@dataclass(frozen=True, slots=True)
class _Pressed:
    """The message under an open form: its blocks would not fit into the form's own state."""

    url: str
    blocks: tuple[dict[str, Any], ...]


class AlertButtons:
    """Parse, call, render."""

    def __init__(self, alerts: Alerts, outbound: Outbound) -> None:
        self._alerts = alerts
        self._outbound = outbound
        self._pressed: OrderedDict[str, _Pressed] = OrderedDict()

    async def act(self, ask: Ask) -> Message | Form:
        """`alert:claim`, `alert:take`, `alert:snooze` (`7|1d`) and `alert:done`, with the alert's id."""
        verb = ask.action.split(":")[1] if ":" in ask.action else ""
        one, _, choice = ask.value.partition("|")
        alert_id = number(one) or 0
        pressed = f"{ask.channel}/{ask.message}" if ask.channel and ask.message else ""
        change = Change(alert_id, ask.reader.id, ask.key, pressed)
        match verb:
            case "claim" | "take":
                alert = await self._alerts.claim(change, ask.now, over=verb == "take")
            case "snooze" if choice in ("1d", "1w"):
                alert = await self._alerts.snooze(change, self._alerts.until(choice, ask.now), ask.now)
            case "snooze" | "done":
                alert = await self._alerts.find(alert_id)
                if alert.is_open:
                    return self._form(alert, ask, verb)
            case _:
                return old_button()
        return _answer(alert, ask)

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
        if not (ask.response_url and ask.blocks):
            return form
        self._pressed[ask.key] = _Pressed(ask.response_url, ask.blocks)
        while len(self._pressed) > KEPT:
            self._pressed.popitem(last=False)
        return replace(form, state={**form.state, "press": ask.key})

    def _change(self, filled: Filled) -> Change:
        return Change(number_in(filled, "id"), filled.reader.id, filled.key)

    async def _turn(self, filled: Filled, alert: Alert) -> None:
        """Turns the row under the form. After a restart it is not remembered: then the next press in it turns it."""
        under = self._pressed.pop(str(filled.state.get("press") or ""), None)
        if under and (blocks := replaced(under.blocks, alert, filled.now)):
            answer = Message(blocks, _summary(alert))
            await self._outbound.respond(under.url, {**answer.wire(), "replace_original": True})


def _answer(alert: Alert, ask: Ask) -> Message:
    """The pressed message with this alert's row as it is now; only the row when the message is not known."""
    if blocks := replaced(ask.blocks, alert, ask.now):
        return Message(blocks, _summary(alert), instead=True)
    if not ask.response_url:  # the Home tab, which is drawn anew
        return Message([], "", instead=True)
    shown = said(_summary(alert), "")
    return Message(row(alert, ask.now), shown.summary, beside=True)


def _summary(alert: Alert) -> str:
    return f"{alert.customer}: usage fell {alert.drop_words}, {alert.numbers}"
