"""What a channel was told of customers' colours: what became of one, and everybody's, small enough to be kept.

A week is judged again when its usage is corrected. Then its snapshots say no more what the channel has read, so the
next digest is compared with what is kept here.
"""

import zlib
from base64 import b85decode, b85encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from customers.facts import Colour
from customers.snapshots import LETTERS, NAMES

_CONCERN = {"r": 2, "y": 1, "g": 0}
_LETTER = {colour: letter for letter, colour in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """A customer who is computed as `colour` and was told as `was` (None: never told).

    The marks are those of `customers.snapshots`, of both weeks. `corrected`: the week that was told was judged anew
    since, so its marks are not those behind `was`.
    """

    colour: Colour
    was: Colour | None
    marks: str = ""
    marks_then: str = ""
    corrected: bool = False

    @property
    def better(self) -> tuple[str, ...]:
        """The indicators that improved."""
        return self._where(lambda now, then: now in _CONCERN and _CONCERN.get(then, -1) > _CONCERN[now])

    @property
    def lost(self) -> tuple[str, ...]:
        """The indicators that were known and are not any more."""
        return self._where(lambda now, then: now == "u" and then in _CONCERN)

    @property
    def because(self) -> tuple[str, ...]:
        """The indicators that give the colour."""
        letter = _LETTER[self.colour]
        return tuple([name for name, mark in zip(NAMES, self.marks, strict=False) if mark == letter])

    def _where(self, said: Callable[[str, str], bool]) -> tuple[str, ...]:
        both = zip(NAMES, self.marks, self.marks_then, strict=False)
        return tuple([name for name, now, then in both if said(now, then)])


def lost_sight(colour: Colour, marks: str, marks_then: str) -> bool:
    """Whether the colour is no worse only because what was worse than it is not known any more."""
    worst = _CONCERN.get(_LETTER[colour], -1)
    return any(
        now == "u" and _CONCERN.get(then, -1) > worst for now, then in zip(marks, marks_then, strict=False)
    )  # fmt: skip


def packed(told: Mapping[int, Colour]) -> str:
    """Everybody's colour as text: the ids as distances, which are small, and a letter each."""
    last, parts = 0, list[str]()
    for one in sorted(told):
        parts.append(f"{one - last if one - last != 1 else ''}{_LETTER[told[one]]}")
        last = one
    return b85encode(zlib.compress("".join(parts).encode(), 6)).decode() if parts else ""


def unpacked(text: str) -> dict[int, Colour]:
    """The same back."""
    found, last, digits = dict[int, Colour](), 0, ""
    for sign in zlib.decompress(b85decode(text)).decode() if text else "":
        if sign in LETTERS:
            last += int(digits or "1")
            found[last], digits = LETTERS[sign], ""
        else:
            digits += sign
    return found
