"""Words of Block Kit, as plain dicts: building them costs what the literal costs.

What people typed goes into `rich_text` and `plain_text` only, where Slack interprets nothing: no mention notifies,
no link opens, no star makes bold. Our own sentences may use mrkdwn. Limits: Slack's page "Block Kit reference".
"""

import re
from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]

HEADER = 150
NAME = 100  # characters of a customer's or person's name in a line
BUTTON = 75
VALUE = 2_000
ACTIONS = 25
TEXT = 3_000  # characters of one text element; a longer one is cut and says so


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ending in … when something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escape(text: str) -> str:
    """The one escape for mrkdwn and for the top-level `text` of a message (Slack: "Formatting text")."""
    return _HIDDEN.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# control and direction characters could reorder or hide what is read
_HIDDEN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")
# the same in encoded JSON, each with a literal prefix, which is what makes the search fast
_ENCODED = tuple(
    re.compile(one) for one in (rb"\\(?:u00|[bfr])", rb"\xe2(?:\x80[\x8e\x8f\xaa-\xae]|\x81[\xa6-\xa9])", rb"\xd8\x9c")
)


def hides(encoded: bytes) -> bool:
    """Whether encoded JSON may hold a character that could reorder or hide what is read."""
    return any(one.search(encoded) for one in _ENCODED)


def shown(value: Any) -> Any:
    """A value of JSON with its texts as they may be shown: nothing that hides, nothing empty."""
    if isinstance(value, str):
        return _HIDDEN.sub("", value) or " "
    if isinstance(value, list):
        return [shown(one) for one in value]
    return {key: shown(one) for key, one in value.items()} if isinstance(value, dict) else value


def unnamed(value: Any) -> Any:
    """Blocks without mentions of people: what others than the person who asked will see must notify nobody."""
    if isinstance(value, list):
        return [unnamed(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "user":
        return text("a colleague")
    return {key: unnamed(one) for key, one in value.items()}


def plain(text: str, limit: int = TEXT) -> Element:
    """A plain_text object; shortcodes like :tada: stay letters."""
    return {"type": "plain_text", "text": cut(text, limit) or " ", "emoji": False}


def header(text: str) -> Block:
    """A line in large type."""
    return {"type": "header", "text": plain(text, HEADER)}


def context(mrkdwn: str) -> Block:
    """Small print of our own words."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": cut(mrkdwn, TEXT)}]}


def text(value: str) -> Element:
    """Letters as they are."""
    return {"type": "text", "text": value or " "}


def bold(value: str) -> Element:
    """Letters in bold."""
    return {"type": "text", "text": value or " ", "style": {"bold": True}}


def small(value: str) -> Element:
    """Letters in italics: what is true but not the point."""
    return {"type": "text", "text": value or " ", "style": {"italic": True}}


def code(value: str) -> Element:
    """Letters in the code face."""
    return {"type": "text", "text": value or " ", "style": {"code": True}}


def line(*parts: Element) -> Element:
    """A paragraph of a rich text, or one item of a list."""
    return {"type": "rich_text_section", "elements": list(parts)}


def bullets(lines: Sequence[Element], indent: int = 0) -> Element:
    """A bullet list; every item is a `line`."""
    return {"type": "rich_text_list", "style": "bullet", "indent": indent, "elements": list(lines)}


def preformatted(value: str) -> Element:
    """A code block."""
    return {"type": "rich_text_preformatted", "elements": [text(value)]}


def rich(*elements: Element) -> Block:
    """A rich text of lines, lists and code."""
    return {"type": "rich_text", "elements": list(elements)}


def button(label: str, action: str, value: str, *, style: str | None = None, confirm: Element | None = None) -> Element:
    """A button; `value` carries opaque ids only, because anybody who sees it can read it."""
    made: Element = {"type": "button", "text": plain(label, BUTTON), "action_id": action, "value": value[:VALUE]}
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    return made


def confirm(title: str, question: str, yes: str) -> Element:
    """The dialog before something changes or becomes public."""
    return {
        "title": plain(title, 100),
        "text": plain(question, 300),
        "confirm": plain(yes, 30),
        "deny": plain("Cancel"),
    }


def actions(*buttons: Element) -> Block:
    """A row of at most 25 buttons."""
    return {"type": "actions", "elements": list(buttons[:ACTIONS])}
