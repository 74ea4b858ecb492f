"""Any text can be parsed, in a time that grows with its length and not with its square."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.documents import decode, export, export_catalogue, outline, parse
from customers.documents.outline import outline as read_outline

HEAD = "# Acme\n**Status:** Active\n**Tier:** Growth\n"

SIZES = {
    "hashes": "#" * 5_000_000,
    "one line": "a" * 1_000_000,
    "nested quotes": HEAD + "> " * 10_000 + "x",
    "nested bullets": HEAD + "- " * 10_000 + "x",
    "stairs": HEAD + "".join("  " * depth + "- a\n" for depth in range(800)),
    "blank lines": HEAD + "\n" * 300_000,
    "blanks in a status": "# A\n**Status:** Active" + " " * 1_000_000 + "x\n**Tier:** Growth\n",
    "a long CSM": HEAD + "**CSM:** " + "a " * 500_000 + "<",
    "a long contract": HEAD + "**Contract:** " + "$1 " * 300_000,
    "digits": HEAD + "## Success Metrics\n- Adoption: " + "9" * 1_000_000 + "%\n- NPS " + "9" * 1_000_000,
    "workarounds": HEAD + "## Known Issues\n- " + "workaround: " * 20_000,
    "brackets": HEAD + "## Known Issues\n- " + "(" * 1_000_000 + ")",
    "stars": HEAD + "**" * 500_000,
    "blanks": HEAD + " " * 1_000_000 + "x",
    "one name": (HEAD + "\n") * 2_000,
    "labels": HEAD + "".join(f"**L{number}:** x\n" for number in range(5_000)),
    "sections": HEAD + "".join(f"## S{number}\n" for number in range(5_000)),
    "damage": "‚úÖ√" * 100_000,
    "quoted brackets in a name": "# " + "[a](" * 100_000 + "\n**Status:** Active",
    "a long name": "# " + "é" * 1_000_000 + "\n**Status:** Active",
    "aliases": HEAD + "**Aliases:** " + "a," * 300_000,
    "tags": "<a " * 300_000,
    "underlines": "a\n=\n" * 10_000,
    "lines drawn": HEAD + "---\n" * 20_000,
}


@pytest.mark.parametrize("name", SIZES)
def test_large_and_odd_documents_take_seconds_at_most(name: str) -> None:
    begun = time.perf_counter()
    parsed = parse(decode(SIZES[name].encode(), "c.md").text, "c.md")
    export_catalogue(parsed.customers)
    assert time.perf_counter() - begun < 4  # about 0.3 s on an idle machine; a square would take minutes


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_parsed(text: str) -> None:
    parsed = parse(text, "c.md")
    for profile in parsed.customers:
        export(profile)


MARKUP = st.text(st.sampled_from("#*-_=>`~<![]():|+1. \t\nabStatus:ActiveTierGrowth\0\r\u2028\ufeff"), max_size=120)


@settings(max_examples=150, deadline=None)
@given(MARKUP)
def test_any_markup_can_be_parsed(text: str) -> None:
    parsed = parse("# A\n**Status:** Active\n**Tier:** Growth\n" + text, "c.md")
    lines = text.count("\n") + text.count("\r") + 4
    assert all(1 <= problem.line <= lines for problem in parsed.problems)
    assert parsed.problems == tuple(sorted(parsed.problems, key=lambda problem: problem.line))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "- a",
                "* b",
                "**A:** b",
                "- 1. x",
                "- `c`",
                "```",
                "  ```",
                "",
                "text",
                "===",
                "---",
                "> q",
                "  - n",
                "<!--",
                "-->",
                "- ```",
                "<div>",
                "    c",
                "# H",
                "- **b**",
                "- a > b",
                "- [ ] t",
            ]
        ),
        max_size=20,
    ).map("\n".join)
)
def test_lines_that_are_passed_over_change_nothing(text: str) -> None:
    every_line = pytest.MonkeyPatch()
    shortened = read_outline(text)
    with every_line.context() as patch:
        patch.setattr(outline, "_telling", lambda lines, skip: range(skip, len(lines)))
        assert read_outline(text) == shortened
