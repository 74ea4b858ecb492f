"""Bugs as issues: what people typed is literal, the marker is ours alone, and no shape of JSON surprises."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.github.issue import (
    CUT,
    LOOKS,
    TITLE,
    TYPED,
    Draft,
    Issue,
    fenced,
    issue_from,
    labels,
    mark,
    marked,
    missing_labels,
    one_line,
    render,
)

BODY = 65_536  # characters, GitHub's limit
KEY = b"key of the markers"
NOW = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
LINK = "https://acme.slack.com/archives/C1/p1700000000000000?thread_ts=1.2&cid=C1"
HOSTILE = [
    "@org/all please look, @octocat",
    "Fixes #1, closes acme/app#2, GH-3, https://github.com/acme/app/issues/4, 6dcb09b5b57875f334f61aebed695e2e4193db5e",
    "![x](https://tracker.example/p.png) <img src=x onerror=alert(1)> [a](javascript:alert(1))",
    "<!-- hidden --> <script>alert(1)</script> </details>",
    "- [ ] todo\n- [x] done\n1. one\n> quote\n# Heading\n\n---\nSetext\n===",
    "```\nescaped?\n```\n@octocat\n````text\n~~~\n    indented\n`````````",
    "```text",
    "`",
    mark(17, b"another key"),
    mark(99, KEY),
    "| a | b |\n|---|---|\n$$x$$ :tada:",
    "\\``` \\\n&#64;octocat &lt;",
]
TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from("`~@#<>!-[]() \n\r\t\\x1\u2028\u202e\0"), max_size=200),
    st.sampled_from(HOSTILE),
)


def _draft(steps: str = "1. Open\n2. Crash", **changed: Any) -> Draft:
    told: dict[str, Any] = {
        "bug_id": 17, "title": "Login fails", "severity": "critical", "reported_at": NOW, "due": "today 12:30 UTC",
        "customer": "Acme", "reporter": "Maya Okafor", "permalink": LINK,
    }  # fmt: skip
    return Draft(**(told | changed), steps=steps)


def _parts(body: str) -> tuple[list[str], str]:
    """Contents of the fences, and the rest of the source, as CommonMark reads them."""
    tokens = MarkdownIt("commonmark").parse(body)
    lines = body.split("\n")
    fences = [token for token in tokens if token.type == "fence"]
    for token in fences:
        begin, end = token.map or (0, 0)
        lines[begin:end] = [""] * (end - begin)
    return [token.content for token in fences], "\n".join(filter(None, lines))


def test_a_body_for_people() -> None:
    title, body = render(_draft(), KEY)
    assert title == "Login fails"
    assert body == (
        f"A customer reported this bug; Dossier filed it as bug 17. [The message in Slack](<{LINK}>).\n\n"
        "```text\n"
        "Customer:      Acme\n"
        "Reported by:   Maya Okafor\n"
        "Reported at:   2026-11-16 08:30 UTC\n"
        "Severity then: critical\n"
        "Due then:      today 12:30 UTC\n\n"
        "1. Open\n2. Crash\n"
        "```\n\n" + mark(17, KEY)
    )


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_what_was_typed_stands_in_one_code_block_and_nowhere_else(
    steps: str, customer: str, reporter: str, due: str
) -> None:
    title, body = render(_draft(steps, customer=customer, reporter=reporter, due=due), KEY)
    (content,), rest = _parts(body)
    assert rest == _parts(render(_draft(), KEY)[1])[1]
    facts = "\n".join(content.split("\n")[:5])
    assert content.rstrip() == f"{facts}\n\n{_literal(steps)}".rstrip()
    assert marked(body, KEY) == 17
    assert title == "Login fails"


def _literal(text: str) -> str:
    """The text without what GitHub cannot hold or what could hide something; slow and plain on purpose."""
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if not text.isascii() else text
    for end in ("\r\n", "\r", "\u2028", "\u2029", "\x85"):
        text = text.replace(end, "\n")
    hidden = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
    return "".join(c for c in text if c in "\n\t" or not (c in hidden or ord(c) < 32 or 127 <= ord(c) < 160))


@pytest.mark.parametrize("steps", HOSTILE)
def test_each_trick_is_only_text(steps: str) -> None:
    (content,), rest = _parts(render(_draft(steps), KEY)[1])
    assert content.endswith(f"\n\n{steps}\n")
    assert "octocat" not in rest and rest.count("<!--") == 1


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://x/)>[@a](b", "https://x/ y", "https://x/\n# a", "", None]
)
def test_a_link_that_is_none_is_left_out(link: str | None) -> None:
    assert _parts(render(_draft(permalink=link), KEY)[1])[1].startswith(
        "A customer reported this bug; Dossier filed it as bug 17.\n"
    )


@pytest.mark.parametrize("steps", ["x" * 100_000, "`" * 100_000, "`\n" * 50_000, "🎉" * 70_000])
def test_a_long_text_is_cut_and_says_so(steps: str) -> None:
    body = render(_draft(steps, customer="`" * 5_000, reporter="y" * 5_000, permalink=None), KEY)[1]
    (content,), rest = _parts(body)
    assert len(body) <= BODY
    assert len(content) <= TYPED + 1
    assert CUT in rest and marked(body, KEY) == 17


def test_a_comment_is_literal_too() -> None:
    assert fenced("Fixes #1\n```\n@octocat") == "````text\nFixes #1\n```\n@octocat\n````"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Login\n fails \t now ", "Login fails now"),
        ("a\0b\u202ec\u2066d\x9b", "abcd"),
        ("x" * 300, "x" * 255 + "…"),
        ("x" * 256, "x" * 256),
        ("", "Bug 17"),
        ("\u202e\n", "Bug 17"),
        ("half \ud800", "half \ufffd"),
        ("<b>@octocat</b> #1", "<b>@octocat</b> #1"),
    ],
)
def test_a_title_is_one_line(typed: str, shown: str) -> None:
    assert render(_draft(title=typed), KEY)[0] == shown
    assert len(shown) <= TITLE


@given(st.text())
def test_a_line_is_a_line(text: str) -> None:
    line = one_line(text, 50)
    assert len(line) <= 50 and len(line.splitlines()) <= 1
    line.encode()


# the marker


def test_a_marker_is_hidden_and_says_whose_it_is() -> None:
    assert mark(17, KEY).startswith("<!-- dossier:bug:17:") and mark(17, KEY).endswith(" -->")
    assert MarkdownIt("commonmark").parse(mark(17, KEY))[0].type == "html_block"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (mark(17, KEY), 17),
        (f"text\r\n\r\n{mark(17, KEY)}\r\n", 17),
        (f"{mark(99, KEY)}\n{mark(17, KEY)}", 17),  # copied into the steps of another bug
        (f"{mark(17, KEY)}\n\n---\nfooter of another bot", 17),
        (f"{mark(17, KEY)}\n{mark(18, b'forged')}", 17),
        (mark(17, b"forged"), None),
        (mark(17, KEY).replace(":17:", ":18:"), None),
        (f"quoted: {mark(17, KEY)}", None),
        (mark(17, KEY).replace(":17:", ":017:"), None),
        ("<!-- dossier:bug:17: -->", None),
        ("", None),
    ],
)
def test_only_our_own_marker_counts(body: str, expected: int | None) -> None:
    assert marked(body, KEY) == expected


@given(TEXTS)
def test_nobody_else_can_write_a_marker(text: str) -> None:
    assert marked(text.replace(mark(99, KEY), ""), KEY) is None


# labels and GitHub's JSON


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
def test_every_label_of_ours_has_a_look(severity: str) -> None:
    for name in labels(severity):
        color, description = LOOKS[name]
        assert len(color) == 6 and int(color, 16) >= 0 and 0 < len(description) <= 100


TOLD: dict[str, Any] = {
    "number": 3, "html_url": "https://github.com/acme/app/issues/3", "title": "T", "body": None, "state": "closed",
    "state_reason": "not_planned", "labels": [{"name": "Customer-Reported"}, "plain"], "user": None,
    "created_at": "2026-11-16T08:00:00Z", "updated_at": "2026-11-16T10:00:00+02:00",
}  # fmt: skip


def test_an_issue_is_read_from_githubs_json() -> None:
    eight = datetime(2026, 11, 16, 8, tzinfo=UTC)
    url = "https://github.com/acme/app/issues/3"
    expected = Issue(3, url, "T", "", ("Customer-Reported", "plain"), "closed", "not_planned", eight, eight, "")
    assert issue_from(TOLD) == expected
    assert missing_labels(expected, labels("low")) == ("severity:low",)
    assert missing_labels(expected, ("CUSTOMER-reported", "Plain")) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "3"}, {"number": True}, {"number": 0}, {"html_url": "javascript:x"}, {"title": None},
        {"labels": None}, {"labels": [1]}, {"labels": [{"name": 1}]}, {"state_reason": 1}, {"created_at": "x"},
        {"updated_at": None},
        {"created_at": "0001-01-01T00:00:00+10:00"}, {"user": "x"}, {"user": {"login": 1}}, {"body": 1},
    ],
)  # fmt: skip
def test_another_shape_is_no_issue(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not an issue"):
        issue_from(TOLD | changed)


@pytest.mark.parametrize("data", [None, 1, "x", [], {}, [TOLD]])
def test_another_value_is_no_issue(data: Any) -> None:
    with pytest.raises(ValueError, match="not an issue"):
        issue_from(data)
