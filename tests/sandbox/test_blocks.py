"""What Slack would refuse: one line per limit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import check_blocks, check_view

from .conftest import button, plain, section


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def options(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"text": plain(f"o{one}"), "value": str(one), **more} for one in range(number)]


def menu(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "m", "options": options(2), **more}


def table(rows: int, columns: int = 2, text: str = "x") -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


CONFIRM = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
GOOD: list[list[dict[str, Any]]] = [
    [section("x" * 3000)],
    [{"type": "header", "text": plain("x" * 150)}],
    [{"type": "section", "fields": [mrkdwn("x")] * 10}],
    [{"type": "section", "text": mrkdwn("x"), "accessory": button("b", "a", confirm=CONFIRM, style="danger")}],
    [{"type": "divider"}] * 50,
    [actions(*[button("b", f"a{one}") for one in range(25)])],
    [actions(menu(options=options(100))), actions({"type": "overflow", "action_id": "o", "options": options(5)})],
    [{"type": "context", "elements": [mrkdwn("x")] * 10}],
    [table(100)],
    [{"type": "markdown", "text": "# x"}],
    [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}],
    [{"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x"}],
    [],
]
BAD: list[tuple[list[Any], str]] = [
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "must have text or fields [json-pointer:/blocks/0]"),
    (
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [have 11] [json-pointer:/blocks/0/fields]",
    ),
    (
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    ([{"type": "header", "text": mrkdwn("x")}], "must be plain_text [json-pointer:/blocks/0/text/type]"),
    ([{"type": "divider"}] * 51, "no more than 50 items allowed [have 51] [json-pointer:/blocks]"),
    ([{"type": "sparkle"}], "unsupported type: sparkle [json-pointer:/blocks/0/type]"),
    ([{"text": "x"}], "missing required field: type [json-pointer:/blocks/0]"),
    (["x"], "must be an object [json-pointer:/blocks/0]"),
    ([{"type": "divider", "text": "x"}], "invalid additional property: text [json-pointer:/blocks/0/text]"),
    (
        [{"type": "divider", "block_id": "x" * 256}],
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    ([{"type": "divider", "block_id": "a"}] * 2, "`block_id` 'a' already exists [json-pointer:/blocks/1/block_id]"),
    ([{"type": "context", "elements": []}], "must have at least 1 item [json-pointer:/blocks/0/elements]"),
    (
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [have 11] [json-pointer:/blocks/0/elements]",
    ),
    ([actions()], "must have at least 1 item [json-pointer:/blocks/0/elements]"),
    (
        [actions(*[button("b", f"a{one}") for one in range(26)])],
        "no more than 25 items allowed [have 26] [json-pointer:/blocks/0/elements]",
    ),
    (
        [actions(button("b", "a"), button("c", "a"))],
        "`action_id` 'a' already exists in this block [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    ([actions(button("x" * 76, "a"))], "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    (
        [actions(button("b", "a") | {"value": "x" * 2001})],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        [actions(button("b", "a", style="loud"))],
        "must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    ([actions(button("b", "a", url="javascript:x"))], "must be a valid URL [json-pointer:/blocks/0/elements/0/url]"),
    (
        [actions(button("b", "x" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        [actions({"type": "button", "text": mrkdwn("b")})],
        "must be plain_text [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    (
        [actions(button("b", "a", confirm=CONFIRM | {"text": plain("x" * 301)}))],
        "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ),
    (
        [actions(button("b", "a", confirm=CONFIRM | {"title": plain("x" * 101)}))],
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    (
        [actions(button("b", "a", confirm=CONFIRM | {"deny": plain("x" * 31)}))],
        "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]",
    ),
    (
        [actions(menu(options=options(101)))],
        "no more than 100 items allowed [have 101] [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        [actions(menu(options=options(1, text=plain("x" * 76))))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        [actions(menu(options=options(1, value="x" * 151)))],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        [actions(menu(placeholder=plain("x" * 151)))],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]",
    ),
    (
        [actions(menu(initial_option=options(9)[8]))],
        "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    (
        [actions({"type": "overflow", "action_id": "o", "options": options(6)})],
        "no more than 5 items allowed [have 6] [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        [actions({"type": "radio_buttons", "action_id": "o", "options": options(11)})],
        "no more than 10 items allowed [have 11] [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        [actions({"type": "plain_text_input", "action_id": "o"})],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        [actions({"type": "datepicker", "action_id": "o", "initial_date": "2026-13-01"})],
        "must be a valid date [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    ([table(101)], "no more than 100 items allowed [have 101] [json-pointer:/blocks/0/rows]"),
    ([table(1, 21)], "no more than 20 items allowed [have 21] [json-pointer:/blocks/0/rows/0]"),
    ([table(100, 2, "x" * 60)], "a table holds no more than 10000 characters [have 12000] [json-pointer:/blocks/0]"),
    ([table(1), table(1)], "only one table per message [json-pointer:/blocks]"),
    ([{"type": "markdown", "text": "x" * 12001}], "must be less than 12001 characters [json-pointer:/blocks/0/text]"),
    ([section("x" * 2700)] * 5, "the blocks of a message hold too many characters [have 13500] [json-pointer:/blocks]"),
    ([{"type": "image", "image_url": "x", "alt_text": "x"}], "must be a valid URL [json-pointer:/blocks/0/image_url]"),
    (
        [{"type": "image", "image_url": "https://a.example"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        [{"type": "input", "label": plain("x" * 2001), "element": menu()}],
        "must be less than 2001 characters [json-pointer:/blocks/0/label/text]",
    ),
]


@pytest.mark.parametrize("blocks", GOOD)
def test_good_blocks_pass(blocks: list[dict[str, Any]]) -> None:
    assert check_blocks(blocks) == []


@pytest.mark.parametrize(("blocks", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_bad_blocks_are_named_with_a_pointer(blocks: list[Any], problem: str) -> None:
    assert problem in check_blocks(blocks)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/submit/text]"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        ({"submit": None}, "must have a submit button when there is an input block [json-pointer:/view/submit]"),
        (
            {"blocks": [{"type": "divider"}] * 101},
            "no more than 100 items allowed [have 101] [json-pointer:/view/blocks]",
        ),
        ({"blocks": [table(1)]}, "table is not supported in a modal [json-pointer:/view/blocks/0/type]"),
        ({"type": "popup"}, "must be one of modal, home [json-pointer:/view/type]"),
        ({"colour": "red"}, "invalid additional property: colour [json-pointer:/view/colour]"),
    ],
)
def test_views(change: dict[str, Any], problem: str) -> None:
    element = {"type": "plain_text_input", "action_id": "a"}
    blocks = [{"type": "input", "label": plain("Title"), "element": element}]
    view = {"type": "modal", "title": plain("Log"), "submit": plain("Save"), "blocks": blocks}
    assert check_view(view | change) == ([problem] if problem else [])
