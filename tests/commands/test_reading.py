"""A section of the document, page by page: everything can be reached, nothing changes its letters."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import section
from commands.reading import inline, pages
from customers.model import Profile, Section, Status, Topic
from tests.commands.anybody import HOSTILE, card_of, letters, strings, wrong

SHAPES = {"rich_text", "rich_text_section", "rich_text_list", "rich_text_preformatted", "text", "bullet"}


def said(elements: Any) -> str:
    """The texts of blocks, without their shape."""
    return "".join(one for one in strings(elements) if one not in SHAPES)


def turned(profile: Profile, view: str) -> Iterator[dict[str, Any]]:
    """Every page as a message, by pressing Read on until there is no such button."""
    page: str | None = "0"
    while page is not None:
        body = section.render(card_of(profile), view, int(page)).body()
        yield body
        rows = [row["elements"] for row in body["blocks"] if row["type"] == "actions"]
        pressed = {button["action_id"]: button["value"] for row in rows for button in row}
        page = pressed[f"read:{view}:on"].rpartition("|")[2] if f"read:{view}:on" in pressed else None


def read_through(body: str) -> str:
    """All that a reader can see of a section with this body."""
    profile = Profile("acme", "Acme", Status.ACTIVE, sections=(Section("", Topic.HISTORY, "", body, 1),))
    messages = list(turned(profile, "history"))
    assert [wrong(message) for message in messages] == [[]] * len(messages)
    return "".join(said(block) for message in messages for block in message["blocks"] if block["type"] == "rich_text")


LONG = {
    "one line": "brightwater " * 4_000,
    "bullets": "\n".join(f"- bullet {number}" for number in range(500)),
    "a code block": "```\n" + "\n".join(f"line {number}" for number in range(500)) + "\n```",
    "emoji": "👩‍👩‍👧‍👦 wow " * 600,
    "another script": "みなとの会社 " * 800,
    "one word": "x" * 20_000,
    "mentions": "<!channel> <@U1> *Acme*_ & <b> " * 400,
    "short lines": "\n".join("abcdefgh" for _ in range(500)),
    "control characters": "a\x01b\x02c " * 1_000,
    "quotation marks": 'say "yes" or "no" ' * 700,
    "backslashes": "\\a" * 5_000,
    "every depth": "\n".join(f"{'  ' * (number % 9)}- deep {number}" for number in range(300)),
    "code in every word": "`a` `b` `c` " * 300,
    "alternating kinds": "\n".join(("- item", "words", "```\ncode\n```")[number % 3] for number in range(300)),
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG.keys())
def test_every_piece_of_a_long_section_can_be_reached(body: str) -> None:
    assert letters(read_through(body)) == letters(body)


@pytest.mark.parametrize(
    "body",
    ["brightwater " * 90_000, "\n".join(f"- bullet {number}" for number in range(10_000))],
    ids=["1 MB", "10,000"],
)
def test_pages_of_the_largest_sections_fit_a_message_each(body: str) -> None:
    found = pages([("", body)])
    assert max(len(orjson.dumps(page)) for page in found) <= 10_000
    assert letters("".join(map(said, found))) == letters(body)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("words", "words"),
        ("one\n\n\ntwo", "one\ntwo"),
        ("- one\n- two", "onetwo"),
        ("* one\n+ two", "onetwo"),
        ("-not a bullet", "-not a bullet"),
        ("**bold** _stays_", "**bold** _stays_"),
        ("1. first", "1. first"),
        ("#### Heading", "#### Heading"),
        ("> quoted", "> quoted"),
        ("run `make all` now", "run make all now"),
        ("a ` alone", "a ` alone"),
        ("```\n  kept  \n\n- as it is\n```", "  kept  \n\n- as it is"),
        ("<!channel> & <@U1>", "<!channel> & <@U1>"),
        ("", "Nothing is written here."),
        ("\n\n", "Nothing is written here."),
    ],
)
def test_everything_but_shape_stays_letter_for_letter(body: str, shown: str) -> None:
    assert "".join(map(said, pages([("", body)]))) == shown


@pytest.mark.parametrize("body", ["```kubectl get pods```", "```\n~~~\n```"])
def test_what_stands_beside_a_fence_is_kept(body: str) -> None:
    assert letters(body) == letters("".join(map(said, pages([("", body)]))))
    assert ("~~~" in body) is ("~~~" in "".join(map(said, pages([("", body)]))))


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("words", ["rich_text_section"]),
        ("- a\n- b", ["rich_text_list"]),
        ("words\n- a\nmore", ["rich_text_section", "rich_text_list", "rich_text_section"]),
        ("```\nx\n```", ["rich_text_preformatted"]),
        ("- a\n  - b\n- c", ["rich_text_list", "rich_text_list", "rich_text_list"]),
    ],
)
def test_bullets_and_code_keep_their_shape(body: str, kinds: list[str]) -> None:
    assert [element["type"] for element in pages([("", body)])[0]] == kinds


def test_a_nested_bullet_is_indented() -> None:
    lists = pages([("", "- a\n  - b\n\t- c\n            - d")])[0]
    assert [one["indent"] for one in lists] == [0, 1, 2, 5]


def test_titles_stand_above_their_sections_in_bold() -> None:
    page = pages([("Notes", "one"), ("", "two"), ("Stack", "three")])[0]
    texts = [(one["text"], "style" in one) for element in page for one in element["elements"] if one["text"] != "\n"]
    assert texts == [("Notes", True), ("one", False), ("two", False), ("Stack", True), ("three", False)]


@pytest.mark.parametrize(("asked", "shown"), [(0, "Page 1 of 9"), (-5, "Page 1 of 9"), (10**6, "Page 9 of 9")])
def test_a_page_that_is_no_longer_there_becomes_the_nearest(asked: int, shown: str) -> None:
    long = Section("", Topic.HISTORY, "", "word " * 10_000, 1)
    message = section.render(card_of(Profile("acme", "Acme", Status.ACTIVE, sections=(long,))), "history", asked)
    assert shown in said(message.body()["blocks"])


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("setup", ["Technical Setup", "Configuration", "Custom Code"]),
        ("history", ["Support History"]),
        ("more", ["before all", "Known Issues", "Success Metrics", "Notes", "Stack"]),
    ],
)
def test_every_section_stands_in_exactly_one_view(view: str, shown: list[str]) -> None:
    sections = [Section(topic.value, topic, "", f"body of {topic.value}", 1) for topic in Topic]
    sections.append(Section("Stack", None, "", "body of Stack", 1))
    profile = Profile("acme", "Acme", Status.ACTIVE, preamble="before all", sections=tuple(sections))
    text = said(section.render(card_of(profile), view, 0).body()["blocks"])
    assert [title for title in ("before all", *(one.title for one in sections)) if title in text] == sorted(
        shown, key=text.index
    )


# Whatever is written

WORDS = st.builds(
    lambda some, times: " ".join(some) * times,
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), max_size=3),
    st.sampled_from([1, 1, 1, 300]),
)
INSIDE = WORDS.map(lambda words: " | ".join(f"w {line}" for line in words.split("\n")))  # begins no fence by chance
LINES = st.one_of(
    INSIDE,
    st.builds("{}- {}".format, st.sampled_from(["", "  ", "\t"]), INSIDE),
    st.builds("w `{}` now".format, INSIDE),
    st.sampled_from(["```", "~~~", "````", "", "---"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=15).map("\n".join))
def test_no_letter_is_lost(body: str) -> None:
    assert letters(read_through(body).replace("Nothing is written here.", "")) == letters(body)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab `\n"), max_size=30))
def test_inline_code_takes_nothing_but_its_marks(words: str) -> None:
    parts = inline(words)
    assert "".join(part["text"] for part in parts).replace("`", "").strip() == words.replace("`", "").strip()
    assert all(part["text"] for part in parts)
