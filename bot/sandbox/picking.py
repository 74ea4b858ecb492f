"""Finding what a person presses, and what the app is told about it (docs.slack.dev: block_actions payload)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.elements import check_options
from bot.sandbox.forms import empty_state
from bot.sandbox.reading import label_of, options_of, parts
from bot.sandbox.seed import Person
from bot.sandbox.seen import Seen
from bot.sandbox.shape import Shape
from bot.sandbox.workspace import Json, Message, NotPossibleError, View, Workspace

__all__ = ["action_of", "find_part", "offered", "state_of"]


def find_part(
    workspace: Workspace, person: Person, where: Message | View | Seen, wanted: str, kinds: tuple[str, ...]
) -> tuple[Message | View, Json, Json]:
    """Find an element by action_id, `block_id/action_id` or label; NotPossibleError lists what is there."""
    things: list[Message | View] = []
    if isinstance(where, Seen):
        things = [*where.messages, *where.views, *([where.home] if where.home else [])]
    else:
        things = [where]
    offers: list[str] = []
    for thing in reversed([one for one in things if _is_there(workspace, person, one)]):
        found = [(block, one) for block, one in parts(thing.blocks) if not kinds or one["type"] in kinds]
        for match_label in (False, True):
            for block, one in found:
                exact = (one["action_id"], f"{block['block_id']}/{one['action_id']}")
                if wanted == label_of(one, block) if match_label else wanted in exact:
                    return thing, block, one
        offers += [f"{label_of(one, block)!r} ({one['action_id']})" for block, one in found]
    there = ", ".join(offers) or "nothing to press"
    raise NotPossibleError(f"{person.real_name} sees no {wanted!r} there; there is: {there}")


def _is_there(workspace: Workspace, person: Person, thing: Message | View) -> bool:
    if isinstance(thing, View):
        return thing in workspace.stack(person) or workspace.homes.get(person.id) is thing
    return thing in workspace.visible(workspace.channels[thing.channel], person)


def action_of(workspace: Workspace, block: Json, element: Json, option: object) -> Json:
    """Return the entry of `actions` for an element."""
    action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        kept = ("text", "value", "url", "style")
        return action | {name: element[name] for name in kept if name in element}
    return action | state_of(workspace, element, option)


def state_of(workspace: Workspace, element: Json, value: Any) -> Json:
    """Return a chosen value in the form of `state.values` for this type of element."""
    kind = str(element["type"])
    if value is None:
        return empty_state(kind)
    many = kind.startswith("multi_") or kind == "checkboxes"
    values = list(value) if many and isinstance(value, list | tuple | set) else [value]
    bare = kind.removeprefix("multi_")
    if bare in ("static_select", "external_select", "overflow", "radio_buttons", "checkboxes"):
        options = [one if isinstance(one, dict) else _option(element, str(one)) for one in values]
        return {"selected_options": options} if many else {"selected_option": options[0]}
    if bare == "users_select":
        ids = [workspace.person(one).id for one in values]
        return {"selected_users": ids} if many else {"selected_user": ids[0]}
    if bare in ("channels_select", "conversations_select"):
        name = bare.removesuffix("s_select")
        ids = [workspace.channel(one).id for one in values]
        return {f"selected_{name}s": ids} if many else {f"selected_{name}": ids[0]}
    if kind in ("datepicker", "timepicker", "datetimepicker"):
        return {{"datepicker": "selected_date", "timepicker": "selected_time"}.get(kind, "selected_date_time"): value}
    return {"value": str(value) or None}


def offered(body: Any) -> tuple[list[Json], list[str]]:
    """Return the options in an answer to block_suggestion, and what is wrong with them."""
    if not isinstance(body, dict) or ("options" in body) == ("option_groups" in body):
        return [], ["the answer needs options or option_groups"]
    options = options_of(body)
    shape = Shape()
    check_options(shape, "/options", options, least=0)
    return ([] if shape.problems else options), shape.problems


def _option(element: Json, wanted: str) -> Json:
    options = options_of(element)
    for one in options:
        if wanted in (one["text"]["text"], one.get("value")):
            return one
    raise NotPossibleError(f"no option {wanted!r}; there is: {', '.join(str(one['text']['text']) for one in options)}")
