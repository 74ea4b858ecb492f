"""From the bytes of a file to its text. Whatever is wrong is reported with its line; nothing raises."""

import re

from customers.documents.damage import repair
from customers.documents.findings import Decoded
from customers.model import Problem

LARGEST = 32 * 1024 * 1024  # bytes; a catalogue of 10,000 customers has about half of this
FEW = 3  # damaged lines that get a problem each; more are summarised in one

_BOMS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_LINE_END = re.compile(rb"\r\n|\r|\n")
_STAYS = "Until then the last good version of its customers stays, if there is one."


def decode(raw: bytes, file: str) -> Decoded:
    """UTF-8 with or without a byte-order mark; line ends become LF; Mac Roman damage is repaired and reported.

    A file that is not UTF-8, holds NUL bytes or is larger than `LARGEST` gives an empty text and one broken problem
    that names no customer: half a file must never pass for a whole one.
    """
    if len(raw) > LARGEST:
        size = f"The file has {len(raw) / 1024 / 1024:.0f} MB; at most {LARGEST // 1024 // 1024} MB are read."
        return _unreadable(file, 1, size, "Split it into one file per customer.")
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _unreadable(file, 1, f"The file is {name}, not UTF-8.", "Save it again with the encoding UTF-8.")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if (at := raw.find(b"\0")) >= 0:
        hint = "The file may be half-written or no text at all: save it again."
        return _unreadable(file, _line_of(raw, at), "There is a NUL byte here.", hint)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        message = f"This is not UTF-8 text (byte 0x{raw[problem.start]:02X})."
        return _unreadable(file, _line_of(raw, problem.start), message, "Save the file again with the encoding UTF-8.")
    text, damages = repair(text.replace("\r\n", "\n").replace("\r", "\n"))
    return Decoded(text, tuple(_reports(file, damages)))


def _unreadable(file: str, line: int, message: str, hint: str) -> Decoded:
    return Decoded("", (Problem(file, line, message, f"{hint} {_STAYS}", broken=True),))


def _line_of(raw: bytes, at: int) -> int:
    # A CR directly before `at` belongs to a line end that may reach beyond it, so the cut is safe either way.
    return len(_LINE_END.findall(raw[:at])) + 1


def _reports(file: str, damages: dict[int, tuple[str, str]]) -> list[Problem]:
    """`damages` maps a 1-based line to its first damaged piece and what that was once."""
    hint = "The stored text is repaired; save the file as UTF-8 with the right characters to be rid of this."
    if len(damages) <= FEW:
        return [
            Problem(file, line, f"“{was}” is a damaged “{now}” (UTF-8 once read as Mac Roman).", hint)
            for line, (was, now) in damages.items()
        ]
    first, (was, now) = next(iter(damages.items()))
    lines = _ranges(list(damages))
    message = (
        f"{len(damages)} lines have damaged characters, such as “{was}” for “{now}” (UTF-8 once read as Mac Roman)"
    )
    return [Problem(file, first, f"{message}: lines {lines}.", hint)]


def _ranges(lines: list[int]) -> str:
    """[3, 5, 6, 7] → "3, 5–7"."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and line == parts[-1][1] + 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    shown = [str(a) if a == b else f"{a}–{b}" for a, b in parts]
    return ", ".join(shown[:30]) + (f" and {len(shown) - 30} more places" if len(shown) > 30 else "")
