"""Web API: views.*, and what a view looks like in payloads.

Sources: docs.slack.dev, "Modals", "View object", the page of each method.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.blocks import check_view
from bot.sandbox.call import Call, RefusedError
from bot.sandbox.chat import with_ids
from bot.sandbox.seed import Person
from bot.sandbox.workspace import Json, View, Workspace

__all__ = ["METHODS", "STACK", "defined", "empty_state", "starting_values", "wire_view"]

STACK = 3
_INITIAL = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_date": "selected_date",
    "initial_time": "selected_time",
    "initial_date_time": "selected_date_time",
    "initial_user": "selected_user",
    "initial_users": "selected_users",
    "initial_conversation": "selected_conversation",
    "initial_conversations": "selected_conversations",
    "initial_channel": "selected_channel",
    "initial_channels": "selected_channels",
}


def open_(call: Call) -> Json:
    """views.open"""
    raw = _definition(call, "modal")
    person = _exchange(call)
    call.workspace.stack(person).clear()
    return _shown(call, person, raw, None)


def push(call: Call) -> Json:
    """views.push"""
    raw = _definition(call, "modal")
    person = _exchange(call)
    stack = call.workspace.stack(person)
    if not stack:
        raise RefusedError("not_found")
    if len(stack) >= STACK:
        raise RefusedError("push_limit_reached")
    return _shown(call, person, raw, stack[-1])


def update(call: Call) -> Json:
    """views.update"""
    raw = _definition(call, None)
    wanted, external = call.text("view_id"), call.text("external_id")
    stacks = [one for stack in call.workspace.stacks.values() for one in stack]
    view = next(
        (one for one in stacks if one.id == wanted or (external and one.raw.get("external_id") == external)), None
    )
    if view is None:
        raise RefusedError("not_found")
    if call.text("hash") not in (None, view.hash):
        raise RefusedError("hash_conflict")
    call.workspace.replace_view(view, raw)
    return {"view": wire_view(view, call.workspace)}


def publish(call: Call) -> Json:
    """views.publish"""
    if not call.workspace.declared.home_tab:
        raise RefusedError("not_enabled")
    person = call.workspace.people.get(call.text("user_id") or "")
    if person is None or person.is_bot:
        raise RefusedError("invalid_arguments", response_metadata={"messages": ["[ERROR] user_id is not a user"]})
    raw = _definition(call, "home")
    view = call.workspace.homes.get(person.id)
    if view is not None and call.text("hash") not in (None, view.hash):
        raise RefusedError("hash_conflict")
    if view is None:
        view = call.workspace.homes[person.id] = call.workspace.new_view(person, raw)
    else:
        call.workspace.replace_view(view, raw)
    return {"view": wire_view(view, call.workspace)}


def defined(raw: Any, workspace: Workspace) -> Json:
    """Return a checked view definition with ids filled in; RefusedError when Slack would not take it."""
    if problems := check_view(raw) or workspace.files.problems(raw["blocks"], "/view/blocks"):
        messages = [f"[ERROR] {one}" for one in problems]
        raise RefusedError("invalid_arguments", response_metadata={"messages": messages})
    workspace.files.share(raw["blocks"])
    return {**raw, "blocks": with_ids(raw["blocks"])}


def starting_values(view: View) -> dict[str, dict[str, Json]]:
    """Return the state of a view's inputs as the app set them at first, overlaid with what the person filled in."""
    values: dict[str, dict[str, Json]] = {}
    for block in view.blocks:
        parts = [block.get("element"), block.get("accessory"), *(block.get("elements") or ())]
        for part in parts:
            if not isinstance(part, dict) or "action_id" not in part or part["type"] in ("button", "overflow"):
                continue
            state: Json = {"type": part["type"], **empty_state(part["type"])}
            state |= {key: part[name] for name, key in _INITIAL.items() if name in part}
            values.setdefault(block["block_id"], {})[part["action_id"]] = state
    for block_id, actions in view.values.items():
        values.setdefault(block_id, {}).update(actions)
    return values


_MANY = ("checkboxes", "multi_static_select", "multi_external_select")


def empty_state(kind: str) -> Json:
    """Return the state of an input nobody filled in."""
    key = _value_key(kind)
    return {key: [] if key.endswith("s") else None}


def _value_key(kind: str) -> str:
    if kind in _MANY:
        return "selected_options"
    if kind in ("datepicker", "timepicker"):
        return f"selected_{kind.removesuffix('picker')}"
    if kind == "datetimepicker":
        return "selected_date_time"
    if kind.endswith("_select") and not kind.endswith(("static_select", "external_select")):
        one = kind.removeprefix("multi_").removesuffix("_select")
        return f"selected_{one}" if kind.startswith("multi_") else f"selected_{one.removesuffix('s')}"
    return "selected_option" if kind.endswith("_select") or kind == "radio_buttons" else "value"


def wire_view(view: View, workspace: Workspace) -> Json:
    """Return a view as methods and payloads show it."""
    seed, raw = workspace.seed, view.raw
    wire: Json = {
        "id": view.id,
        "team_id": seed.team_id,
        "type": view.type,
        "blocks": workspace.files.told(view.blocks),
        "private_metadata": raw.get("private_metadata", ""),
        "callback_id": raw.get("callback_id", ""),
        "state": {"values": starting_values(view)},
        "hash": view.hash,
        "title": raw.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(raw.get("clear_on_close")),
        "notify_on_close": bool(raw.get("notify_on_close")),
        "close": raw.get("close"),
        "submit": raw.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": seed.app_id,
        "external_id": raw.get("external_id", ""),
        "app_installed_team_id": seed.team_id,
        "bot_id": seed.bot_id,
    }
    return wire


def _definition(call: Call, kind: str | None) -> Json:
    raw = defined(call.json("view", "invalid_arguments"), call.workspace)
    if kind is not None and raw["type"] != kind:
        message = f"[ERROR] must be {kind} [json-pointer:/view/type]"
        raise RefusedError("invalid_arguments", response_metadata={"messages": [message]})
    return raw


def _exchange(call: Call) -> Person:
    try:
        return call.workspace.people[call.triggers.exchange(call.text("trigger_id") or "")]
    except LookupError as problem:
        raise RefusedError(str(problem)) from None


def _shown(call: Call, person: Person, raw: Json, above: View | None) -> Json:
    view = call.workspace.new_view(person, raw, above=above)
    call.workspace.stack(person).append(view)
    call.workspace.changed(view)
    return {"view": wire_view(view, call.workspace)}


METHODS = {"views.open": open_, "views.push": push, "views.update": update, "views.publish": publish}
