"""Bytes to text: encodings, line ends, and UTF-8 that was once read as Mac Roman."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.documents import decode

SIGNS = "✅→⚠️🚨…–—’“”€•é"


def damaged(text: str) -> str:
    return text.encode().decode("mac_roman")


def text_of(text: str) -> str:
    return decode(text.encode(), "c.md").text


@pytest.mark.parametrize(
    ("raw", "line", "message"),
    [
        (b"a\nb\n\xff\n", 3, "This is not UTF-8 text (byte 0xFF)."),
        (b"\xef\xbb\xbfa\r\nb\r\nc\xe4r\r\n", 3, "This is not UTF-8 text (byte 0xE4)."),
        (b"a\rb\r\xc3", 3, "This is not UTF-8 text"),
        (b"a\nb\0c", 2, "There is a NUL byte here."),
        ("Status".encode("utf-16"), 1, "The file is UTF-16, not UTF-8."),
        (b"a" * (33 * 1024 * 1024), 1, "at most 32 MB"),
    ],
)
def test_an_unreadable_file_is_broken_as_a_whole(raw: bytes, line: int, message: str) -> None:
    decoded = decode(raw, "c.md")
    (problem,) = decoded.problems
    assert (decoded.text, problem.line, problem.broken, problem.customer) == ("", line, True, None)
    assert message in problem.message
    assert "last good version" in (problem.hint or "")


@pytest.mark.parametrize("raw", [b"a\nb\n", b"a\r\nb\r\n", b"a\rb\r", b"\xef\xbb\xbfa\nb\n"])
def test_line_ends_and_mark(raw: bytes) -> None:
    decoded = decode(raw, "c.md")
    assert (decoded.text, decoded.problems) == ("a\nb\n", ())


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("‚úÖ", "✅"), ("‚Üí", "→"), ("‚ö†Ô∏è", "⚠️"), ("caf√©", "café"), ("Malm√∂", "Malmö"), ("20¬∞C", "20°C"),
        ("Itâ".replace("â", "‚Äôs"), "It’s"), ("‚Ç¨4,500", "€4,500"), ("√Ä la carte", "À la carte"),
    ],
)  # fmt: skip
def test_damage_is_repaired(was: str, now: str) -> None:
    decoded = decode(f"one\ntwo {was} three".encode(), "c.md")
    assert decoded.text == f"one\ntwo {now} three"
    assert [problem.line for problem in decoded.problems] == [2]
    assert not decoded.problems[0].broken


@pytest.mark.parametrize("text", ["Привет, мир", "Καλημέρα", "日本語のメモ", "🚨🚨", "São Paulo, Łódź"])
def test_damage_of_other_scripts_is_repaired(text: str) -> None:
    assert text_of(damaged(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "über naïve São Paulo ‚quoted‘ „zitiert“", "l’été à l’école", "«élan» et “été”", "„Öö tuli“",
        "Tiếng Việt có dấu", "‚öö‘", "√π and 2√π", "≈£5k and ≈±3 %", "¬(a ∧ b)", "ƒ 12,50",
        "Œuvre, cœur, Ångström", "…à suivre", "–Ä–",
        "ÉÀÜ", "ÔØ",
    ],
)  # fmt: skip
def test_legitimate_text_is_not_touched(text: str) -> None:
    decoded = decode(text.encode(), "c.md")
    assert (decoded.text, decoded.problems) == (text, ())


def test_few_damaged_lines_get_a_problem_each_and_many_share_one() -> None:
    few = decode("→\n‚Üí ‚Üí\nx\n‚úÖ".encode(), "c.md").problems
    assert [problem.line for problem in few] == [2, 4]
    (many,) = decode("\n".join(["‚Üí"] * 3 + ["x"] + ["‚úÖ"] * 2).encode(), "c.md").problems
    assert many.line == 1
    assert many.message.endswith("lines 1–3, 5–6.")


WORDS = st.text(st.sampled_from("abcxyz AZ019.,:;-\n"), max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(WORDS, st.sampled_from(SIGNS), st.sampled_from(["⚠️", "café", "Malmö"])), max_size=12))
def test_whatever_was_damaged_is_repaired(parts: list[str]) -> None:
    text = " ".join(parts)
    assert text_of(damaged(text)) == text


SPOKEN = [
    "l’été", "à", "déjà-vu", "Öl", "über", "Ærø", "naïve", "São", "œuf", "Tiếng", "Việt", "được", "Łódź", "žluťoučký",
    "ñandú", "Ísland", "öö", "Привет", "мир", "Καλημέρα", "日本語", "שלום", "مرحبا", "💡", "✅", "→", "120", "€", "£5",
    "½", "20°C", "§4", "©2026", "x²", "≈5", "±3", "√2", "∞", "π", "µm", "ƒ12", "¬a",
]  # fmt: skip
QUOTES = ("", "“”", "„“", "‘’", "‚‘", "«»", "»«", "‹›", "––", "……", "()", "··")


@st.composite
def spoken(draw: st.DrawFn) -> str:
    """Words of many languages, in quotes of many languages."""
    words = draw(st.lists(st.tuples(st.sampled_from(SPOKEN), st.sampled_from(QUOTES)), max_size=12))
    return " ".join(f"{quotes[:1]}{word}{quotes[1:]}" for word, quotes in words)


@settings(max_examples=200, deadline=None)
@given(spoken())
def test_undamaged_text_is_unchanged(text: str) -> None:
    decoded = decode(text.encode(), "c.md")
    assert (decoded.text, decoded.problems) == (text, ())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_can_be_decoded(raw: bytes) -> None:
    decoded = decode(raw, "c.md")
    assert "\r" not in decoded.text
    assert "\0" not in decoded.text
    assert all(problem.line >= 1 and problem.hint for problem in decoded.problems)
