"""The words of Block Kit, and the budget that keeps a message inside Slack's limits."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import check_blocks
from commands.blocks import (
    BUTTON,
    HEADER,
    Block,
    actions,
    bold,
    button,
    code,
    confirm,
    context,
    cut,
    escape,
    header,
    line,
    plain,
    rich,
    text,
)
from commands.message import BUDGET, MOST_BLOCKS, SUMMARY, Message
from tests.commands.anybody import strings

ROW = actions(button("Next", "list:on", "15|growth"))


@pytest.mark.parametrize(
    ("words", "limit", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab cd", 4, "ab…"), ("", 3, ""), ("日本語です", 3, "日本…")],
)
def test_cut_says_that_something_is_missing(words: str, limit: int, shown: str) -> None:
    assert cut(words, limit) == shown


@given(st.text(max_size=50), st.integers(1, 40))
def test_cut_never_exceeds_its_limit(words: str, limit: int) -> None:
    assert len(cut(words, limit)) <= limit


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U1> & <b>", "&lt;@U1&gt; &amp; &lt;b&gt;"),
        ("&lt;", "&amp;lt;"),
        ("a\0b\u202ec\u2066d", "abcd"),
    ],
)
def test_escape_leaves_nothing_to_interpret(words: str, shown: str) -> None:
    assert escape(words) == shown


@pytest.mark.parametrize("made", [text(""), bold(""), code(""), plain("")])
def test_no_text_is_ever_empty(made: Block) -> None:
    assert made["text"] == " "


@pytest.mark.parametrize("words", ["", "x" * 5_000, "<!channel>", ":tada:", "\0", "\u202e"])
def test_every_block_of_any_words_is_taken_by_slack(words: str) -> None:
    ask = confirm(words, words, words or "Yes")
    row = actions(*(button(words, f"share:{at}", words, style="danger", confirm=ask) for at in range(30)))
    blocks = [header(words), rich(line(text(words[:2_000]))), context(f"{words[:1_000]}x"), row]
    body = Message(blocks[:3], words, more=[row]).body()
    assert check_blocks(blocks[:1] + blocks[3:]) == []
    assert check_blocks(body["blocks"]) == [] or words == "x" * 5_000  # thirty long dialogs are no message


def test_long_labels_are_cut_to_what_slack_takes() -> None:
    assert len(header("x" * 500)["text"]["text"]) == HEADER
    assert len(button("x" * 500, "open", "v" * 3_000)["text"]["text"]) == BUTTON
    assert len(button("x" * 500, "open", "v" * 3_000)["value"]) == 2_000


@pytest.mark.parametrize("sign", [*map(chr, [0, 1, 7, 0x0B, 0x1B, 0x1F, 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F)]), *map(chr, range(0x2066, 0x206A))])  # fmt: skip  # noqa: E501
def test_what_hides_or_reorders_is_never_shown(sign: str) -> None:
    name = f"Ac{sign}me 日本"
    body = Message(
        [header(name), rich(line(bold(name), code(sign)))], name, more=[actions(button(name, "open", "7"))]
    ).body()
    assert sign not in "".join(strings(body))
    assert "Acme 日本" in body["text"]
    assert check_blocks(body["blocks"]) == []


# The budget


def paragraphs(count: int, size: int) -> list[Block]:
    return [rich(line(text(f"{at} " + "x" * size))) for at in range(count)]


@pytest.mark.parametrize(("count", "size"), [(1, 10), (49, 10), (20, 400)])
def test_what_fits_is_sent_as_it_is(count: int, size: int) -> None:
    assert Message(paragraphs(count, size), "summary", more=[ROW]).body()["blocks"] == [*paragraphs(count, size), ROW]


@pytest.mark.parametrize(("count", "size"), [(50, 10), (500, 10), (20, 800), (1, 20_000), (2, 9_000)])
def test_what_does_not_fit_is_left_out_from_the_end_and_told(count: int, size: int) -> None:
    blocks = Message(paragraphs(count, size), "summary", more=[ROW]).body()["blocks"]
    kept = len(blocks) - 2
    assert blocks[:kept] == paragraphs(count, size)[:kept]
    assert blocks[kept:] == [context("… more than fits into one message. Use the buttons to read on."), ROW]
    assert len(blocks) <= MOST_BLOCKS
    assert len(orjson.dumps(blocks)) <= BUDGET


@pytest.mark.parametrize("name", ["Acme", "<!channel>" * 500, "\0\u202e"])
def test_the_summary_is_short_and_escaped(name: str) -> None:
    shown = Message([], f"{name}: green.").body()["text"]
    assert len(shown) <= SUMMARY * 5
    assert "<" not in shown


@pytest.mark.parametrize("words", ["words", "a\0b", "日本", "x" * 20_000])
def test_a_message_is_the_same_on_the_wire(words: str) -> None:
    message = Message([header(words), rich(line(text(words)))], words, more=[ROW])
    assert orjson.loads(orjson.dumps(message.wire())) == message.body()


@pytest.mark.parametrize("words", ['{"name": "caf\\u00e9"}', "\\u0000"])
def test_an_escape_that_somebody_wrote_is_text(words: str) -> None:
    assert words in strings(Message([rich(line(text(words)))], "summary").body()["blocks"])
