"""Shapes of the blocks with running text of their own: `rich_text` and `table`.

Sources: docs.slack.dev, "Rich text block" and "Table block".
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.shape import Shape

__all__ = ["check_rich_text", "check_table"]

TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARACTERS = 100, 20, 10_000

_STYLED = {"type", "style"}
_INLINE: dict[str, set[str]] = {
    "text": {"text"},
    "link": {"url"},
    "user": {"user_id"},
    "channel": {"channel_id"},
    "usergroup": {"usergroup_id"},
    "emoji": {"name"},
    "broadcast": {"range"},
    "date": {"timestamp", "format"},
    "color": {"value"},
}
_OPTIONAL = {"link": {"text", "unsafe"}, "emoji": {"unicode"}, "date": {"url", "fallback"}}
_GROUPS = {
    "rich_text_section": set[str](),
    "rich_text_list": {"style", "indent", "offset", "border"},
    "rich_text_preformatted": {"border", "language"},
    "rich_text_quote": {"border"},
}


def check_rich_text(shape: Shape, at: str, block: dict[str, Any]) -> None:
    """Check a rich_text block."""
    shape.fields(at, block, {"type", "block_id", "elements"})
    for number, group in enumerate(shape.items(f"{at}/elements", block.get("elements"), 500)):
        _group(shape, f"{at}/elements/{number}", group)


def _group(shape: Shape, at: str, group: Any) -> None:
    kind = group.get("type") if isinstance(group, dict) else None
    if kind not in _GROUPS:
        shape.problem(f"{at}/type", f"unsupported type: {kind}")
        return
    shape.fields(at, group, {"type", "elements"} | _GROUPS[kind])
    if kind == "rich_text_list" and group.get("style") not in ("bullet", "ordered"):
        shape.problem(f"{at}/style", "must be one of bullet, ordered")
    for number, one in enumerate(shape.items(f"{at}/elements", group.get("elements"), 500, least=0)):
        where = f"{at}/elements/{number}"
        if kind == "rich_text_list":
            _group(shape, where, one)
        else:
            _inline(shape, where, one)


def _inline(shape: Shape, at: str, one: Any) -> None:
    kind = one.get("type") if isinstance(one, dict) else None
    if kind not in _INLINE:
        shape.problem(f"{at}/type", f"unsupported type: {kind}")
        return
    shape.fields(at, one, _STYLED | _INLINE[kind] | _OPTIONAL.get(kind, set()))
    for name in sorted(_INLINE[kind]):
        if one.get(name) is None:
            shape.problem(at, f"missing required field: {name}")
    if kind in ("text", "link"):
        text = one.get("text", "")
        if kind == "text" and text == "":
            shape.problem(f"{at}/text", "must be more than 0 characters")
        shape.characters += len(text) if isinstance(text, str) else 0


def check_table(shape: Shape, at: str, block: dict[str, Any]) -> None:
    """Check a table block."""
    shape.fields(at, block, {"type", "block_id", "rows", "column_settings"})
    before = shape.characters
    rows = shape.items(f"{at}/rows", block.get("rows"), TABLE_ROWS)
    for number, row in enumerate(rows):
        for column, cell in enumerate(shape.items(f"{at}/rows/{number}", row, TABLE_COLUMNS)):
            _cell(shape, f"{at}/rows/{number}/{column}", cell)
    if block.get("column_settings") is not None:
        for number, one in enumerate(shape.items(f"{at}/column_settings", block["column_settings"], TABLE_COLUMNS)):
            if isinstance(one, dict) and one.get("align", "left") not in ("left", "center", "right"):
                shape.problem(f"{at}/column_settings/{number}/align", "must be one of left, center, right")
    if shape.characters - before > TABLE_CHARACTERS:
        shape.problem(
            at, f"a table holds no more than {TABLE_CHARACTERS} characters [have {shape.characters - before}]"
        )


def _cell(shape: Shape, at: str, cell: Any) -> None:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind == "rich_text":
        check_rich_text(shape, at, cell)
    elif kind == "raw_text":
        shape.fields(at, cell, {"type", "text"})
        if shape.string(f"{at}/text", cell.get("text"), TABLE_CHARACTERS, required=True):
            shape.characters += len(cell["text"])
    else:
        shape.problem(f"{at}/type", f"unsupported type: {kind}")
