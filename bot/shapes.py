"""What the value of a setting must look like, and what to say when it does not."""

from pydantic import SecretStr

_KINDS = {
    "xoxb-": "a bot token",
    "xoxp-": "a user token",
    "xapp-": "an app-level token",
    "xoxe": "a configuration token",
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weekdays(text: str) -> frozenset[int]:
    """`Mon-Fri` or `Sun,Mon`, with Monday = 0; nothing when it cannot be read."""
    found: set[int] = set()
    for part in text.casefold().split(","):
        first, _, last = (one.strip()[:3] for one in part.strip().partition("-"))
        if first not in _DAYS or (last and last not in _DAYS):
            return frozenset()
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + (1 if end >= begin else 8))}
    return frozenset(found)


def shaped(value: SecretStr, wanted: str) -> SecretStr:
    """A secret that begins with `wanted`, pasted whole and with nothing around it; ValueError says what is wrong."""
    text = value.get_secret_value()
    if text != text.strip():
        raise ValueError("begins or ends with a space or line break; paste it again without")
    if any(c.isspace() for c in text) or not text.isascii():
        raise ValueError("contains a space or a foreign letter; paste it again")
    if text[:1] in "\"'":
        raise ValueError("stands in quotation marks; paste it without them")
    if not text.startswith(wanted):
        kind = next((words for start, words in _KINDS.items() if text.startswith(start)), "something else")
        raise ValueError(f"is {kind}, but {_KINDS[wanted]} ({wanted}…) is needed")
    return value
