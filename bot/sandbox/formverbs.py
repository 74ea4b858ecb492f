"""What a person can do with a form: fill it in, submit it, close it. Source: docs.slack.dev, "Modals"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.call import RefusedError
from bot.sandbox.deliveries import Answer, Envelope
from bot.sandbox.forms import STACK, defined, starting_values
from bot.sandbox.picking import find_part, state_of
from bot.sandbox.seed import Person
from bot.sandbox.seen import Seen
from bot.sandbox.verbs import MessageVerbs
from bot.sandbox.workspace import Json, NotPossibleError, View

__all__ = ["FormVerbs"]

TROUBLE = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."


class FormVerbs(MessageVerbs):
    """Verbs on modals; `view` may be left out: then it is the form on top."""

    async def fill(self, person: str | Person, view: View | Seen | None, values: Mapping[str, Any]) -> View:
        """Put values into inputs, named by label, block_id or action_id.

        Inputs with `dispatch_action`, and menus outside input blocks, tell the app at once (block_actions), as typing
        and picking does; the next value is put in when the bot is quiet.
        """
        who = self.workspace.person(person)
        form = self._form(who, view)
        for name, value in values.items():
            block, element = _input(self, who, form, name)
            before = _current(form, block, element)
            await self._keep(who, form, block, element, value)
            after = _current(form, block, element)
            if after != before and (block["type"] != "input" or block.get("dispatch_action")):
                form.trouble = await self._acted(who, form, {**_named(block, element), **after}) or ""
                await self.quiet()
        return form

    async def keep(self, person: str | Person, view: View | Seen | None, values: Mapping[str, Any]) -> View:
        """Note what stands in the inputs without telling the app, as a form does before a button is pressed."""
        who = self.workspace.person(person)
        form = self._form(who, view)
        for name, value in values.items():
            await self._keep(who, form, *_input(self, who, form, name), value)
        return form

    async def _keep(self, person: Person, form: View, block: Json, element: Json, value: Any) -> None:
        value = await self._looked_up(person, form, block, element, value)
        state = {"type": element["type"], **state_of(self.workspace, element, value)}
        form.values.setdefault(block["block_id"], {})[element["action_id"]] = state

    async def submit(
        self, person: str | Person, view: View | Seen | None = None, values: Mapping[str, Any] | None = None
    ) -> Seen:
        """Fill in and press the submit button; empty required inputs are refused before the app hears of it."""
        who = self.workspace.person(person)
        form = await self.fill(who, view, values or {})
        return await self._watch(who, self._submit(who, form))

    async def _submit(self, person: Person, view: View) -> str | None:
        view.errors, view.trouble = _incomplete(view), ""
        if view.errors:
            self.workspace.changed(view)
            return None
        payload = self._payloads.submission(person, view)
        name = f"submit {view.raw.get('callback_id') or view.title}"
        answer = await self.deliveries.deliver(Envelope("interactive", name, payload))
        self._submitted(person, view, answer)
        return None

    def _submitted(self, person: Person, view: View, answer: Answer) -> None:
        """Do what the ack says: close, show errors, update, push, clear (docs: `response_action`)."""
        stack = self.workspace.stack(person)
        body = answer.body if isinstance(answer.body, dict) else {}
        try:
            if not answer.ok:
                raise RefusedError(answer.problem)
            match body.get("response_action"):
                case None:
                    if view in stack:
                        del stack[stack.index(view) :]
                    self.workspace.changed(stack[-1] if stack else None)
                case "clear":
                    stack.clear()
                    self.workspace.changed()
                case "errors":
                    view.errors = _errors(view, body.get("errors"))
                    self.workspace.changed(view)
                case "update":
                    self.workspace.replace_view(view, defined(body.get("view"), self.workspace))
                case "push" if len(stack) < STACK:
                    stack.append(self.workspace.new_view(person, defined(body.get("view"), self.workspace), above=view))
                    self.workspace.changed(stack[-1])
                case other:
                    raise RefusedError(f"response_action {other}")
        except RefusedError as refused:
            view.trouble = TROUBLE
            self.workspace.changed(view)
            note = f"the ack: {refused.code}"
            self.transcript.add("to bot", "error", "view_submission", ok=False, note=note, detail=refused.more)

    async def close(self, person: str | Person, view: View | Seen | None = None, *, all_of_them: bool = False) -> Seen:
        """Close the form on top, or the whole stack; the app hears of those with `notify_on_close`."""
        who = self.workspace.person(person)
        form = self._form(who, view)
        return await self._watch(who, self._close(who, form, all_of_them=all_of_them))

    async def _close(self, person: Person, view: View, *, all_of_them: bool) -> None:
        stack = self.workspace.stack(person)
        closing = list(stack) if all_of_them or view.raw.get("clear_on_close") else stack[stack.index(view) :]
        for one in reversed(closing):
            stack.remove(one)
        self.workspace.changed()
        for one in reversed(closing):
            if one.raw.get("notify_on_close"):
                payload = self._payloads.closed(person, one, is_cleared=all_of_them)
                await self.deliveries.deliver(
                    Envelope("interactive", f"close {one.raw.get('callback_id', '')}", payload)
                )

    def _form(self, person: Person, view: View | Seen | None) -> View:
        stack = self.workspace.stack(person)
        form = view.view if isinstance(view, Seen) else view if view is not None else stack[-1] if stack else None
        if form is None or form not in stack:
            raise NotPossibleError(f"{person.real_name} has no such form open")
        return form


def _input(verbs: FormVerbs, person: Person, form: View, name: str) -> tuple[Json, Json]:
    for block in form.blocks:
        element = block.get("element") or block.get("accessory")
        if block.get("block_id") == name and isinstance(element, dict):
            return block, element
    _, block, element = find_part(verbs.workspace, person, form, name, ())
    return block, element


def _named(block: Json, element: Json) -> Json:
    return {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}


def _current(view: View, block: Json, element: Json) -> Json:
    return starting_values(view).get(block["block_id"], {}).get(element["action_id"], {})


def _incomplete(view: View) -> dict[str, str]:
    """Return what Slack's own form checks refuse: required, too short, too long."""
    errors: dict[str, str] = {}
    values = starting_values(view)
    for block in view.blocks:
        if block.get("type") != "input":
            continue
        element, block_id = block["element"], block["block_id"]
        state = values.get(block_id, {}).get(element["action_id"], {})
        value = next((one for name, one in state.items() if name != "type" and one not in (None, "", [])), None)
        if value is None:
            if not block.get("optional"):
                errors[block_id] = REQUIRED
        elif isinstance(value, str) and element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if len(value) < least:
                errors[block_id] = f"Must be at least {least} characters."
            elif len(value) > most:
                errors[block_id] = f"Must be at most {most} characters."
    return errors


def _errors(view: View, errors: Any) -> dict[str, str]:
    known = {block["block_id"] for block in view.blocks if block.get("type") == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - known:
        raise RefusedError("errors name no input block", errors=errors, known=sorted(known))
    return {str(name): str(text) for name, text in errors.items()}
