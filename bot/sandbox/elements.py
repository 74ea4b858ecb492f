"""Buttons, menus and inputs: shapes and limits of Block Kit's elements.

Source: docs.slack.dev, one page per element (`/reference/block-kit/block-elements/<type>`) and "Composition objects".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox.shape import MRKDWN, PLAIN, Shape

__all__ = ["check_element", "check_options", "check_source"]

_Check = Callable[[Shape, str, dict[str, Any]], None]
_FILE = re.compile(r"F[A-Z0-9]{8,}")  # observed in the words of a refusal
_COMMON = {"type", "action_id", "confirm", "focus_on_load", "placeholder"}


def check_element(shape: Shape, at: str, element: Any, allowed: frozenset[str]) -> None:
    """Check one element where only `allowed` types may stand."""
    if not isinstance(element, dict):
        shape.problem(at, "must be an object")
        return
    kind = element.get("type")
    if kind not in allowed or kind not in _CHECKS:
        shape.problem(f"{at}/type", f"unsupported type: {kind}")
        return
    shape.string(f"{at}/action_id", element.get("action_id"), 255, least=1)
    if element.get("placeholder") is not None:
        shape.text(f"{at}/placeholder", element["placeholder"], 150, PLAIN)
    if element.get("confirm") is not None:
        _confirm(shape, f"{at}/confirm", element["confirm"])
    _CHECKS[kind](shape, at, element)


def check_options(shape: Shape, at: str, options: Any, limit: int = 100, *, least: int = 1) -> None:
    """Check a list of option objects; also used for the answer to a block_suggestion."""
    for number, one in enumerate(shape.items(at, options, limit, least=least)):
        where = f"{at}/{number}"
        if not isinstance(one, dict):
            shape.problem(where, "must be an object")
            continue
        shape.fields(where, one, {"text", "value", "description", "url"})
        shape.text(f"{where}/text", one.get("text"), 75, MRKDWN, required=True)
        shape.string(f"{where}/value", one.get("value"), 150, required=True)
        shape.text(f"{where}/description", one.get("description"), 75, MRKDWN)
        if "url" in one:
            shape.link(f"{where}/url", one["url"])


def _confirm(shape: Shape, at: str, confirm: Any) -> None:
    if not isinstance(confirm, dict):
        shape.problem(at, "must be an object")
        return
    shape.fields(at, confirm, {"title", "text", "confirm", "deny", "style"})
    shape.text(f"{at}/title", confirm.get("title"), 100, PLAIN, required=True)
    shape.text(f"{at}/text", confirm.get("text"), 300, MRKDWN, required=True)
    shape.text(f"{at}/confirm", confirm.get("confirm"), 30, PLAIN, required=True)
    shape.text(f"{at}/deny", confirm.get("deny"), 30, PLAIN, required=True)
    _style(shape, at, confirm)


def _style(shape: Shape, at: str, thing: dict[str, Any]) -> None:
    if "style" in thing and thing["style"] not in ("primary", "danger"):
        shape.problem(f"{at}/style", "must be one of primary, danger")


def _button(shape: Shape, at: str, element: dict[str, Any]) -> None:
    shape.fields(at, element, {"type", "action_id", "text", "value", "url", "style", "confirm", "accessibility_label"})
    shape.text(f"{at}/text", element.get("text"), 75, PLAIN, required=True)
    shape.string(f"{at}/value", element.get("value"), 2000)
    shape.string(f"{at}/accessibility_label", element.get("accessibility_label"), 75)
    if "url" in element:
        shape.link(f"{at}/url", element["url"])
    _style(shape, at, element)


def _image(shape: Shape, at: str, element: dict[str, Any]) -> None:
    shape.fields(at, element, {"type", "image_url", "slack_file", "alt_text"})
    shape.string(f"{at}/alt_text", element.get("alt_text"), 2000, required=True)
    check_source(shape, at, element)


def check_source(shape: Shape, at: str, image: dict[str, Any]) -> None:
    """Check where a picture comes from: an address or a Slack file, and that by id or by address, never both."""
    if "slack_file" not in image:
        shape.link(f"{at}/image_url", image.get("image_url"), required=True)
        return
    file = image["slack_file"]
    if "image_url" in image:
        shape.problem(at, "must have either image_url or slack_file")
    if not isinstance(file, dict):
        shape.problem(f"{at}/slack_file", "must be an object")
        return
    shape.fields(f"{at}/slack_file", file, {"id", "url"})
    if ("id" in file) == ("url" in file):
        shape.problem(f"{at}/slack_file", "must have either id or url")
    if "id" in file and not (isinstance(file["id"], str) and _FILE.fullmatch(file["id"])):
        shape.problem(f"{at}/slack_file/id", "input must match regex pattern: ^[F][A-Z0-9]{8,}$")
    if "url" in file:
        shape.link(f"{at}/slack_file/url", file["url"], required=True)


def _overflow(shape: Shape, at: str, element: dict[str, Any]) -> None:
    shape.fields(at, element, {"type", "action_id", "options", "confirm"})
    check_options(shape, f"{at}/options", element.get("options"), 5)


def _static_select(shape: Shape, at: str, element: dict[str, Any]) -> None:
    multi = str(element["type"]).startswith("multi_")
    initial = "initial_options" if multi else "initial_option"
    known = _COMMON | {"options", "option_groups", initial} | ({"max_selected_items"} if multi else set())
    shape.fields(at, element, known)
    if ("options" in element) == ("option_groups" in element):
        shape.problem(at, "must have either options or option_groups")
    choices: list[Any] = []
    if isinstance(element.get("options"), list):
        check_options(shape, f"{at}/options", element["options"])
        choices += element["options"]
    if "option_groups" in element:
        for number, group in enumerate(shape.items(f"{at}/option_groups", element["option_groups"], 100)):
            where = f"{at}/option_groups/{number}"
            if isinstance(group, dict):
                shape.text(f"{where}/label", group.get("label"), 75, PLAIN, required=True)
                check_options(shape, f"{where}/options", group.get("options"))
                choices += group.get("options") or ()
    _initial(shape, f"{at}/{initial}", element.get(initial), choices, multi=multi)


def _initial(shape: Shape, at: str, initial: Any, choices: list[Any], *, multi: bool) -> None:
    if initial is None:
        return
    wanted = initial if multi and isinstance(initial, list) else [initial]
    values = [one.get("value") for one in choices if isinstance(one, dict)]
    if any(not isinstance(one, dict) or one.get("value") not in values for one in wanted):
        shape.problem(at, "must be one of the provided options")


def _external_select(shape: Shape, at: str, element: dict[str, Any]) -> None:
    multi = str(element["type"]).startswith("multi_")
    extra = {"initial_options", "max_selected_items"} if multi else {"initial_option"}
    shape.fields(at, element, _COMMON | {"min_query_length"} | extra)
    if not isinstance(element.get("min_query_length", 3), int):
        shape.problem(f"{at}/min_query_length", "must be an integer")
    if element.get("initial_option") is not None:
        check_options(shape, f"{at}/initial_option", [element["initial_option"]])
    if element.get("initial_options") is not None:
        check_options(shape, f"{at}/initial_options", element["initial_options"])


def _people_select(shape: Shape, at: str, element: dict[str, Any]) -> None:
    kind = str(element["type"]).removeprefix("multi_").removesuffix("_select")
    known = _COMMON | {f"initial_{kind}", f"initial_{kind.removesuffix('s')}", "max_selected_items"}
    if kind != "users":
        known |= {"response_url_enabled", "default_to_current_conversation", "filter"}
    shape.fields(at, element, known)


def _choices(shape: Shape, at: str, element: dict[str, Any]) -> None:
    multi = element["type"] == "checkboxes"
    initial = "initial_options" if multi else "initial_option"
    shape.fields(at, element, {"type", "action_id", "options", initial, "confirm", "focus_on_load"})
    check_options(shape, f"{at}/options", element.get("options"), 10)
    _initial(shape, f"{at}/{initial}", element.get(initial), element.get("options") or [], multi=multi)


_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _moment(shape: Shape, at: str, element: dict[str, Any]) -> None:
    name, pattern = {
        "datepicker": ("initial_date", _DAY),
        "timepicker": ("initial_time", _TIME),
        "datetimepicker": ("initial_date_time", None),
    }[element["type"]]
    shape.fields(at, element, _COMMON | {name} | ({"timezone"} if element["type"] == "timepicker" else set()))
    value = element.get(name)
    if value is None:
        return
    if pattern is None:
        if not isinstance(value, int) or len(str(value)) != 10:
            shape.problem(f"{at}/{name}", "must be a UNIX timestamp of 10 digits")
    elif not isinstance(value, str) or not pattern.fullmatch(value):
        shape.problem(f"{at}/{name}", "must be a valid " + ("date" if pattern is _DAY else "time"))


def _typed(shape: Shape, at: str, element: dict[str, Any]) -> None:
    known = {"type", "action_id", "placeholder", "initial_value", "focus_on_load", "dispatch_action_config"}
    kind = element["type"]
    if kind == "plain_text_input":
        known |= {"multiline", "min_length", "max_length"}
        for name in ("min_length", "max_length"):
            value = element.get(name)
            if value is not None and (not isinstance(value, int) or not 0 <= value <= 3000):
                shape.problem(f"{at}/{name}", "must be an integer from 0 to 3000")
    if kind == "number_input":
        known |= {"is_decimal_allowed", "min_value", "max_value"}
        if not isinstance(element.get("is_decimal_allowed"), bool):
            shape.problem(at, "missing required field: is_decimal_allowed")
    shape.fields(at, element, known)
    shape.string(f"{at}/initial_value", element.get("initial_value"), 3000)
    if element.get("dispatch_action_config") is not None:
        _dispatch(shape, f"{at}/dispatch_action_config", element["dispatch_action_config"])


def _dispatch(shape: Shape, at: str, config: Any) -> None:
    if not isinstance(config, dict):
        shape.problem(at, "must be an object")
        return
    shape.fields(at, config, {"trigger_actions_on"})
    for number, one in enumerate(shape.items(f"{at}/trigger_actions_on", config.get("trigger_actions_on"), 2)):
        if one not in ("on_enter_pressed", "on_character_entered"):
            shape.problem(f"{at}/trigger_actions_on/{number}", "must be on_enter_pressed or on_character_entered")


_CHECKS: dict[str, _Check] = {
    "button": _button,
    "image": _image,
    "overflow": _overflow,
    "checkboxes": _choices,
    "radio_buttons": _choices,
    **dict.fromkeys(("datepicker", "timepicker", "datetimepicker"), _moment),
    **dict.fromkeys(("plain_text_input", "number_input", "email_text_input", "url_text_input"), _typed),
    **dict.fromkeys(("static_select", "multi_static_select"), _static_select),
    **dict.fromkeys(("external_select", "multi_external_select"), _external_select),
    **dict.fromkeys(
        (f"{multi}{kind}_select" for multi in ("", "multi_") for kind in ("users", "conversations", "channels")),
        _people_select,
    ),
}
