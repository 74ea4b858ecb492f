"""A line of text bars: the numbers for whoever cannot see the picture, and where there is none."""

from collections.abc import Iterable

_BARS = "▁▂▃▄▅▆▇█"


def bars(values: Iterable[int], top: int) -> str:
    """One bar a value, from nothing to `top`, in the order given."""
    return "".join(_BARS[min(len(_BARS) - 1, value * len(_BARS) // (top + 1))] for value in values)
