"""Would Slack take these blocks? Limits and shapes of Block Kit, each problem with a JSON pointer.

Sources: docs.slack.dev, "Blocks" and one page per block (`/reference/block-kit/blocks/<type>`), "Views" for modals.
The total of about 13,000 characters per message is observed, not documented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.elements import check_element, check_source
from bot.sandbox.richtext import check_rich_text, check_table
from bot.sandbox.shape import MRKDWN, PLAIN, Shape

__all__ = ["TOO_LONG", "check_blocks", "check_view"]

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
TOTAL_CHARACTERS = 13_000
MARKDOWN_CHARACTERS = 12_000
TOO_LONG = "the blocks of a message hold too many characters"

_SELECTS = frozenset(f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels"))
_MULTI = frozenset(f"multi_{kind}" for kind in _SELECTS)
_PICKS = frozenset({"datepicker", "timepicker", "checkboxes", "radio_buttons"})
_TYPED = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
# Each element's page, "Compatible with": where it may stand.
_SECTION_ACCESSORIES = _SELECTS | _MULTI | _PICKS | {"button", "overflow", "image"}
_ACTION_ELEMENTS = _SELECTS | _PICKS | {"button", "overflow", "datetimepicker"}
_INPUT_ELEMENTS = _SELECTS | _MULTI | _PICKS | _TYPED | {"datetimepicker"}
# Where a block may stand when not everywhere (each block's page, "Available in surfaces").
_ONLY_ON = {"markdown": ("message",), "table": ("message",)}


def check_blocks(blocks: Any, surface: str = "message", *, at: str = "/blocks") -> list[str]:
    """Return what Slack would refuse, empty when nothing; `surface` is `message`, `modal` or `home`."""
    shape = Shape()
    if not isinstance(blocks, list):
        shape.problem(at, "must be an array")
        return shape.problems
    limit = BLOCKS_IN_MESSAGE if surface == "message" else BLOCKS_IN_VIEW
    if len(blocks) > limit:
        shape.problem(at, f"no more than {limit} items allowed [have {len(blocks)}]")
    for number, block in enumerate(blocks):
        _block(shape, f"{at}/{number}", block, surface)
    _unique_ids(shape, at, blocks)
    if surface == "message":
        _whole_message(shape, at, blocks)
    return shape.problems


def check_view(view: Any) -> list[str]:
    """Return what Slack would refuse about a view (modal or Home tab)."""
    shape = Shape()
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        shape.problem("/view/type", "must be one of modal, home")
        return shape.problems
    modal_only = {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}
    shape.fields(
        "/view",
        view,
        {"type", "blocks", "private_metadata", "callback_id", "external_id"}
        | (modal_only if kind == "modal" else set()),
    )
    shape.string("/view/private_metadata", view.get("private_metadata"), 3000)
    shape.string("/view/callback_id", view.get("callback_id"), 255)
    shape.string("/view/external_id", view.get("external_id"), 255)
    if kind == "modal":
        shape.text("/view/title", view.get("title"), 24, PLAIN, required=True)
        shape.text("/view/submit", view.get("submit"), 24, PLAIN)
        shape.text("/view/close", view.get("close"), 24, PLAIN)
    if "blocks" not in view:
        shape.problem("/view", "missing required field: blocks")
        return shape.problems
    blocks = view["blocks"]
    found = shape.problems + check_blocks(blocks, kind, at="/view/blocks")
    has_input = any(isinstance(one, dict) and one.get("type") == "input" for one in blocks if isinstance(blocks, list))
    if kind == "modal" and has_input and not view.get("submit"):
        found.append("must have a submit button when there is an input block [json-pointer:/view/submit]")
    return found


def _block(shape: Shape, at: str, block: Any, surface: str) -> None:
    if not isinstance(block, dict):
        shape.problem(at, "must be an object")
        return
    kind = block.get("type")
    if kind is None:
        shape.problem(at, "missing required field: type")
        return
    check = _CHECKS.get(kind)
    if check is None:
        shape.problem(f"{at}/type", f"unsupported type: {kind}")
        return
    if surface not in _ONLY_ON.get(kind, (surface,)):
        shape.problem(f"{at}/type", f"{kind} is not supported in a {surface}")
        return
    shape.string(f"{at}/block_id", block.get("block_id"), 255)
    check(shape, at, block)


def _section(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "text", "fields", "accessory", "expand"})
    if not block.get("text") and not block.get("fields"):
        shape.problem(at, "must have text or fields")
    shape.text(f"{at}/text", block.get("text"), 3000, MRKDWN)
    if "fields" in block:
        for number, one in enumerate(shape.items(f"{at}/fields", block["fields"], 10)):
            shape.text(f"{at}/fields/{number}", one, 2000, MRKDWN, required=True)
    if block.get("accessory") is not None:
        check_element(shape, f"{at}/accessory", block["accessory"], _SECTION_ACCESSORIES)


def _header(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "text", "level"})
    shape.text(f"{at}/text", block.get("text"), 150, PLAIN, required=True)


def _divider(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id"})


def _context(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "elements"})
    for number, one in enumerate(shape.items(f"{at}/elements", block.get("elements"), 10)):
        where = f"{at}/elements/{number}"
        if isinstance(one, dict) and one.get("type") == "image":
            check_element(shape, where, one, frozenset({"image"}))
        else:
            shape.text(where, one, 2000, MRKDWN, required=True)


def _actions(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "elements"})
    seen: set[str] = set()
    for number, one in enumerate(shape.items(f"{at}/elements", block.get("elements"), 25)):
        check_element(shape, f"{at}/elements/{number}", one, _ACTION_ELEMENTS)
        action = one.get("action_id") if isinstance(one, dict) else None
        if action in seen:
            shape.problem(f"{at}/elements/{number}/action_id", f"`action_id` {action!r} already exists in this block")
        seen |= {action} if action else set()


def _image(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "image_url", "slack_file", "alt_text", "title"})
    shape.string(f"{at}/alt_text", block.get("alt_text"), 2000, required=True)
    shape.text(f"{at}/title", block.get("title"), 2000, PLAIN)
    check_source(shape, at, block)


def _input(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"})
    shape.text(f"{at}/label", block.get("label"), 2000, PLAIN, required=True)
    shape.text(f"{at}/hint", block.get("hint"), 2000, PLAIN)
    if not isinstance(block.get("element"), dict):
        shape.problem(at, "missing required field: element")
    else:
        check_element(shape, f"{at}/element", block["element"], _INPUT_ELEMENTS)


def _markdown(shape: Shape, at: str, block: dict[str, Any]) -> None:
    shape.fields(at, block, {"type", "block_id", "text"})
    if shape.string(f"{at}/text", block.get("text"), MARKDOWN_CHARACTERS, required=True):
        shape.characters += len(block["text"])


_CHECKS: dict[str, Callable[[Shape, str, dict[str, Any]], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": check_rich_text,
    "table": check_table,
}


def _unique_ids(shape: Shape, at: str, blocks: list[Any]) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(name, str) and name in seen:
            shape.problem(f"{at}/{number}/block_id", f"`block_id` {name!r} already exists")
        seen |= {name} if isinstance(name, str) and name else set()


def _whole_message(shape: Shape, at: str, blocks: list[Any]) -> None:
    whole = [one for one in blocks if isinstance(one, dict)]
    if sum(one.get("type") == "table" for one in whole) > 1:
        shape.problem(at, "only one table per message")
    written = sum(
        len(one["text"]) for one in whole if one.get("type") == "markdown" and isinstance(one.get("text"), str)
    )
    if written > MARKDOWN_CHARACTERS:
        shape.problem(
            at, f"markdown blocks hold no more than {MARKDOWN_CHARACTERS} characters together [have {written}]"
        )
    if shape.characters > TOTAL_CHARACTERS:
        shape.problem(at, f"{TOO_LONG} [have {shape.characters}]")
