"""From what a person types to what Slack sends: entities, mentions, channels and links.

Sources: docs.slack.dev, "Formatting message text" (escaping, mentions, links) and "Implementing slash commands"
(`should_escape`: "turn on escaping of channels, users and links sent to your app").
"""

from __future__ import annotations

import re

from bot.sandbox.workspace import Workspace

__all__ = ["escaped", "written"]

_TOKEN = re.compile(
    r"(?P<link>https?://[^\s<>]+[^\s<>.,;:!?)])|(?<![\w@])@(?P<person>[\w.-]*\w)|(?<![\w#])#(?P<channel>[\w-]+)"
)


def escaped(text: str) -> str:
    """Turn the three control characters into entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def written(text: str, workspace: Workspace, *, named: bool = False) -> str:
    """Return typed text as Slack stores it; `named` adds `|name` to mentions, as escaped commands have it."""
    people = {one.name: one.id for one in workspace.people.values()}
    channels = {one.name: one.id for one in workspace.channels.values() if not one.is_im}
    parts, end = [], 0
    for hit in _TOKEN.finditer(text):
        parts.append(escaped(text[end : hit.start()]))
        end = hit.end()
        name = hit["person"] or hit["channel"] or ""
        label = f"|{name}" if named else ""
        if hit["link"]:
            parts.append(f"<{escaped(hit['link'])}>")
        elif hit["person"] in ("here", "channel", "everyone") and not named:
            parts.append(f"<!{name}>")
        elif hit["person"] in people:
            parts.append(f"<@{people[name]}{label}>")
        elif hit["channel"] in channels:
            parts.append(f"<#{channels[name]}{label}>")
        else:
            parts.append(escaped(hit[0]))
    return "".join([*parts, escaped(text[end:])])
