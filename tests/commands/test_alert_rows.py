"""Rows of alerts in whatever message: replaced alone, sent back as Slack takes them, listed page by page."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox import check_blocks
from commands import alert_list
from commands.alert_views import ids_in, people_of, replaced, row
from commands.message import BUDGET, MOST_BLOCKS
from customers.alerts import OPEN, Alert
from tests.commands.anybody import TYPED

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ACME = Alert(7, 1, "Acme", None, date(2026, 11, 9), 120, 79, NOW)
BETA = replace(ACME, id=70, customer="Beta")
# what Slack adds to a picture and refuses when it comes back
TOLD = {"image_width": 800, "image_height": 400, "image_bytes": 9, "is_animated": False, "fallback": "800x400px image"}
PICTURE = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "Usage"}


def words(blocks: list[dict[str, Any]]) -> list[str]:
    return [
        part["text"]
        for block in blocks
        for one in block.get("elements", ())
        for part in one.get("elements", ())
        if part["type"] == "text"
    ]


def test_every_row_of_a_message_is_as_it_is_now_and_nothing_else_changes() -> None:
    head = {"type": "header", "block_id": "h", "text": {"type": "plain_text", "text": "Digest"}}
    before = [head, *row(ACME, NOW), {"type": "divider", "block_id": "d"}, *row(BETA, NOW), head]
    assert ids_in(before) == [7, 70]
    claimed = replace(ACME, claimed_by="U0MAYA", claimed_at=NOW)
    done = replace(BETA, done_by="U0JO", done_at=NOW, note="We spoke")
    names = {"U0MAYA": "Maya"}
    after = replaced(before, [claimed, done], NOW, names)
    assert [block["block_id"] for block in after] == ["h", "alert:7", "alert:7:do", "d", "alert:70", "h"]
    assert people_of([claimed, done]) == {"U0MAYA", "U0JO"}
    assert "Maya" in words(after)
    assert "a colleague" in words(after)  # whom Slack does not name
    again = replaced(after, [ACME, BETA], NOW, names)  # corrected numbers opened it again
    assert [block["block_id"] for block in again] == [block["block_id"] for block in before]


def test_pictures_go_back_without_what_slack_told_of_them() -> None:
    seen = PICTURE | TOLD | {"slack_file": {"id": "F1", "url": "https://files.example/F1"}}
    blocks = [
        {**seen, "block_id": "p", "title": {"type": "plain_text", "text": "Usage"}},
        {"type": "context", "elements": [seen, {"type": "mrkdwn", "text": "x"}]},
        {"type": "section", "text": {"type": "plain_text", "text": "x"}, "accessory": seen},
        {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "x", **TOLD},
        *row(ACME, NOW),
    ]
    first, second, third, fourth, *_ = replaced(blocks, [ACME], NOW, {})
    assert first == {**PICTURE, "block_id": "p", "title": {"type": "plain_text", "text": "Usage"}}
    assert second["elements"][0] == PICTURE
    assert third["accessory"] == PICTURE
    assert fourth == {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "x"}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, OPEN), st.integers(0, 10**6), st.sampled_from([TYPED, "x" * 500, "Acme"]))
def test_any_page_fits_and_carries_itself(total: int, offset: int, name: str) -> None:
    ranked = [replace(ACME, id=10**15 + at, customer=name, claimed_by="U0MAYA", claimed_at=NOW) for at in range(total)]
    message = alert_list.page(ranked, offset, NOW)
    blocks = message.body()["blocks"]
    assert check_blocks(blocks) == []
    assert len(blocks) <= MOST_BLOCKS
    assert len(orjson.dumps(blocks)) <= BUDGET
    shown = ids_in(blocks)
    assert len(shown) == min(alert_list.ROWS, total - offset if offset < total else total)
    places = {one["action_id"].split(":")[3] for block in blocks for one in actions(block)}
    for place in places:
        at, ids = alert_list.place(place)
        assert ids == shown
        assert alert_list.page(ranked, at, NOW, [one for one in ranked if one.id in ids]).body() == message.body()


def actions(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in block.get("elements", ()) if str(one.get("action_id")).startswith("alert:done")]


def test_a_place_that_nobody_made_is_the_beginning() -> None:
    for strange in ("", "x", "1", "-", "9-x.7", "٣-٣"):
        offset, ids = alert_list.place(strange)
        assert offset in (0, 1, 9)
        assert ids in ([], [7])


def test_pages_turn() -> None:
    ranked = [replace(ACME, id=at) for at in range(1, 15)]
    pages = [alert_list.page(ranked, offset, NOW).body()["blocks"] for offset in (0, 6, 12)]
    assert [ids_in(blocks) for blocks in pages] == [[*range(1, 7)], [*range(7, 13)], [13, 14]]
    turns = [[one["text"]["text"] for one in blocks[-1]["elements"]] for blocks in pages]
    assert turns == [["Next 6 ›"], ["‹ Previous", "Next 2 ›"], ["‹ Previous"]]
