"""The words of a check: strings, texts, lists and links with limits, collecting problems with JSON pointers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["MRKDWN", "PLAIN", "Shape"]

PLAIN = ("plain_text",)
MRKDWN = ("plain_text", "mrkdwn")


class Shape:
    """Collects problems in Slack's form (`must be … [json-pointer:/…]`) and counts visible characters."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.characters = 0

    def problem(self, at: str, text: str) -> None:
        """Write a problem down."""
        self.problems.append(f"{text} [json-pointer:{at}]")

    def fields(self, at: str, thing: dict[str, Any], known: Iterable[str]) -> None:
        """Refuse fields that are not part of this object."""
        for name in sorted(set(thing) - set(known)):
            self.problem(f"{at}/{name}", f"invalid additional property: {name}")

    def string(self, at: str, value: Any, limit: int, *, required: bool = False, least: int = 0) -> bool:
        """Check a plain string; say whether there is a good one."""
        if value is None:
            if required:
                self.problem(*_missing(at))
            return False
        if not isinstance(value, str):
            self.problem(at, "must be a string")
            return False
        if len(value) < (least or int(required)):
            self.problem(at, f"must be more than {(least or 1) - 1} characters")
            return False
        if len(value) > limit:
            self.problem(at, f"must be less than {limit + 1} characters")
            return False
        return True

    def text(self, at: str, value: Any, limit: int, kinds: tuple[str, ...], *, required: bool = False) -> bool:
        """Check a text object (docs.slack.dev: Text object)."""
        if value is None:
            if required:
                self.problem(*_missing(at))
            return False
        if not isinstance(value, dict):
            self.problem(at, "must be a text object")
            return False
        kind = value.get("type")
        if kind not in kinds:
            self.problem(f"{at}/type", f"must be {' or '.join(kinds)}" if kind else "missing required field: type")
            return False
        self.fields(at, value, {"type", "text", "emoji"} if kind == "plain_text" else {"type", "text", "verbatim"})
        good = self.string(f"{at}/text", value.get("text"), limit, required=True)
        if isinstance(value.get("text"), str):
            self.characters += len(value["text"])
        return good

    def items(self, at: str, value: Any, limit: int, *, least: int = 1) -> list[Any]:
        """Check a list's length and return what can be looked into."""
        if value is None:
            self.problem(*_missing(at))
            return []
        if not isinstance(value, list):
            self.problem(at, "must be an array")
            return []
        if len(value) < least:
            self.problem(at, f"must have at least {least} item{'s' if least > 1 else ''}")
        if len(value) > limit:
            self.problem(at, f"no more than {limit} items allowed [have {len(value)}]")
        return value

    def link(self, at: str, value: Any, *, required: bool = False) -> None:
        """Check an address: http(s), at most 3,000 characters."""
        if self.string(at, value, 3000, required=required) and not str(value).startswith(
            ("https://", "http://", "mailto:", "slack://")
        ):
            self.problem(at, "must be a valid URL")


def _missing(at: str) -> tuple[str, str]:
    parent, _, name = at.rpartition("/")
    return parent, f"missing required field: {name}"
