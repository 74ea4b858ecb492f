"""Reading blocks the way a person does: the text in them, the buttons, the fields. No HTML here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.workspace import Json

__all__ = ["label_of", "options_of", "parts", "text_of"]


def text_of(blocks: list[Json]) -> str:
    """Return all visible text, one line per thing, mrkdwn as written."""
    return "\n".join(line for block in blocks for line in _lines(block) if line)


def parts(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Go through (block, element) for everything that can be pressed, picked or filled in."""
    for block in blocks:
        elements = [block.get("accessory"), block.get("element")]
        if block.get("type") in ("actions", "context_actions"):
            elements += block.get("elements") or ()
        for element in elements:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def label_of(element: Json, block: Json | None = None) -> str:
    """Return the visible name of an element: a button's text, an input's label, else its placeholder."""
    for name in ("text", "placeholder"):
        if isinstance(element.get(name), dict) and (name == "text" or block is None or block.get("type") != "input"):
            return str(element[name].get("text", ""))
    if block is not None and isinstance(block.get("label"), dict):
        return str(block["label"].get("text", ""))
    return ""


def options_of(element: Json) -> list[Json]:
    """Return the options of a menu, groups flattened."""
    grouped = [one for group in element.get("option_groups") or () for one in group.get("options") or ()]
    return list(element.get("options") or ()) + grouped


def _lines(block: Json) -> Iterator[str]:
    kind = block.get("type")
    if kind == "markdown":
        yield str(block.get("text", ""))
    elif kind == "rich_text":
        yield from _rich(block)
    elif kind == "table":
        for row in block.get("rows") or ():
            yield " | ".join(" ".join(_rich(cell)) if "elements" in cell else str(cell.get("text", "")) for cell in row)
    elif kind == "image":
        yield str((block.get("title") or {}).get("text", ""))
        yield str(block.get("alt_text", ""))
    else:
        for name in ("label", "text", "hint"):
            yield _text(block.get(name))
        for one in block.get("fields") or ():
            yield _text(one)
        for element in [*(block.get("elements") or ()), block.get("element"), block.get("accessory")]:
            yield from _element(element)


def _element(element: Any) -> Iterator[str]:
    if not isinstance(element, dict):
        return
    if element.get("type") in ("mrkdwn", "plain_text"):
        yield str(element.get("text", ""))
        return
    yield _text(element.get("text"))
    yield _text(element.get("placeholder"))
    yield str(element.get("alt_text", ""))
    if element.get("type") in ("checkboxes", "radio_buttons", "overflow"):
        for one in options_of(element):
            yield _text(one.get("text"))


def _rich(thing: Json) -> Iterator[str]:
    """Return the text of rich_text, one line per section or list item."""
    for group in thing.get("elements") or ():
        if group.get("type") == "rich_text_list":
            yield from _rich(group)
        else:
            yield "".join(_inline(one) for one in group.get("elements") or ())


def _inline(one: Json) -> str:
    match one.get("type"):
        case "user":
            return f"<@{one.get('user_id')}>"
        case "channel":
            return f"<#{one.get('channel_id')}>"
        case "emoji":
            return f":{one.get('name')}:"
        case "link":
            return str(one.get("text") or one.get("url", ""))
        case "broadcast":
            return f"<!{one.get('range')}>"
        case "date":
            return str(one.get("fallback", ""))
        case _:
            return str(one.get("text", ""))


def _text(value: Any) -> str:
    return str(value.get("text", "")) if isinstance(value, dict) else ""
