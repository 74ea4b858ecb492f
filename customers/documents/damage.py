"""Repairing UTF-8 that was once read as Mac Roman: `‚úÖ` was ✅, `‚Üí` was →, `‚ö†Ô∏è` was ⚠️.

Every character of Mac Roman is one byte, so damage can be undone by writing it as Mac Roman and reading it as UTF-8.
That it *can* be undone is not enough: "l’été" and "«élan»" hold pairs that would read as Armenian or Latin letters.
A piece is repaired only when it is one of these:

* four characters for a sign beyond the basic plane (emoji); nobody types the private-use character they start with;
* three for punctuation, arrows and symbols (U+2000 to U+2BFF), the emoji selector or a byte-order mark, unless they
  begin a quotation, as in "‚öö‘";
* two for Latin letters and signs, which start with ¬ √ ƒ ≈. Where the second is a mathematical or money sign, as in
  "√π" or "≈£5", a letter must touch the pair, because people write those;
* three or more pieces in a row of any other kind, as words in Cyrillic, Greek or Chinese give.
"""

import re

_ROMAN = bytes(range(128, 256)).decode("mac_roman")
_NEXT = f"[{re.escape(_ROMAN[:64])}]"  # bytes 80–BF continue a character
_SIGNS = "∞±≤≥¥µ∂∑∏π∫Ω≠£¢§•°"


def _lead(first: int, last: int) -> str:
    return f"[{re.escape(_ROMAN[first - 128 : last - 127])}]"


_ANY = f"(?:{_lead(0xC2, 0xDF)}{_NEXT}|{_lead(0xE0, 0xEF)}{_NEXT}{{2}}|{_lead(0xF0, 0xF4)}{_NEXT}{{3}})"
_PIECE = re.compile(
    f"(?P<run>{_ANY}{{3,}})"
    f"|(?P<three>{_lead(0xE2, 0xE2)}{_NEXT}{{2}}|{_lead(0xEF, 0xEF)}{_NEXT}{{2}})"
    f"|(?P<four>{_lead(0xF0, 0xF0)}{_NEXT}{{3}})"
    f"|(?P<two>{_lead(0xC2, 0xC5)}{_NEXT})"
)
_CLOSED = re.compile(r"\w{0,30}[‘’]")  # ‚öö‘ is a quoted word
_SUSPECT = re.compile(_ANY)


def repair(text: str) -> tuple[str, dict[int, tuple[str, str]]]:
    """The text with damage undone, and for each damaged line (1-based) its first piece and what that was once."""
    if text.isascii() or not _SUSPECT.search(text):
        return text, {}
    parts: list[str] = []
    damages: dict[int, tuple[str, str]] = {}
    done, line, counted = 0, 1, 0
    for match in _PIECE.finditer(text):
        if (now := _undone(match, text)) is None:
            continue
        line += text.count("\n", counted, match.start())
        counted = match.start()
        damages.setdefault(line, (match[0], now))
        parts += (text[done : match.start()], now)
        done = match.end()
    return "".join((*parts, text[done:])), damages


def _undone(match: re.Match[str], text: str) -> str | None:
    """What this piece was once; None when it is no damage, or may well be none."""
    try:
        now = match[0].encode("mac_roman").decode("utf-8")
    except UnicodeDecodeError:  # overlong forms and surrogates: these bytes never were UTF-8
        return None
    if match["three"]:
        plausible = _CLOSED.match(text, match.end()) is None
        plausible &= "\u2000" <= now <= "\u2bff" or "\ufe00" <= now <= "\ufe0f" or now == "\ufeff"
    elif match["two"]:
        plausible = match[0][0] == "¬" or match[0][1] not in _SIGNS or _touched(match, text)
    else:
        plausible = True
    return now if plausible else None


def _touched(match: re.Match[str], text: str) -> bool:
    before, after = text[: match.start()][-1:], text[match.end() : match.end() + 1]
    return before.isalpha() or after.isalpha()
