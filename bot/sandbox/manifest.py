"""What the app declares. The manifest is the single source: what is not in it does not work in the sandbox.

Source: docs.slack.dev, "App manifest reference"; limits from the same page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Command", "Declared", "ManifestError", "Shortcut", "read_manifest"]

# docs.slack.dev, "Events API reference": the scope Slack wants before it lets an app subscribe.
EVENT_SCOPES: dict[str, str] = {
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_shared": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_unshared": "channels:read",
    "group_archive": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "team_join": "users:read",
    "user_change": "users:read",
}


class ManifestError(ValueError):
    """The manifest could not be installed; the text lists every reason, one per line."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as declared."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut as declared; `type` is `global` or `message`."""

    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True, slots=True)
class Declared:
    """The declared app: all the sandbox asks of a manifest."""

    name: str
    commands: Mapping[str, Command]
    shortcuts: tuple[Shortcut, ...]
    scopes: tuple[str, ...]
    events: frozenset[str]
    home_tab: bool
    messages_tab: bool
    messages_read_only: bool
    socket_mode: bool
    interactivity: bool


def read_manifest(source: Path | Mapping[str, Any], without_scopes: frozenset[str] = frozenset()) -> Declared:
    """Read and check a manifest (YAML or JSON file, or a mapping); ManifestError when Slack would refuse it.

    Optional scopes (`scopes.bot_optional`) are granted except `without_scopes`; events that need those do not come.
    """
    raw = yaml.safe_load(source.read_text("utf-8")) if isinstance(source, Path) else source
    if not isinstance(raw, Mapping):
        raise ManifestError(f"{source if isinstance(source, Path) else 'the manifest'}: no manifest in it")
    features, settings = _part(raw, "features"), _part(raw, "settings")
    asked = _part(_part(raw, "oauth_config"), "scopes")
    optional = tuple(asked.get("bot_optional") or ())
    scopes = (*(asked.get("bot") or ()), *optional)
    commands = [
        Command(
            str(one["command"]),
            str(one.get("description", "")),
            str(one.get("usage_hint", "")),
            bool(one.get("should_escape", False)),
        )
        for one in features.get("slash_commands") or ()
    ]
    shortcuts = tuple(
        Shortcut(str(one["name"]), str(one["type"]), str(one["callback_id"]), str(one.get("description", "")))
        for one in features.get("shortcuts") or ()
    )
    home = _part(features, "app_home")
    declared = Declared(
        name=str(_part(raw, "display_information").get("name", "")),
        commands={one.command: one for one in commands},
        shortcuts=shortcuts,
        scopes=scopes,
        events=frozenset(_part(settings, "event_subscriptions").get("bot_events") or ()),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        interactivity=bool(_part(settings, "interactivity").get("is_enabled", False)),
    )
    problems = _problems(declared, commands)
    problems += [f"{one} is not an optional scope, so it cannot be left out" for one in without_scopes - {*optional}]
    if problems:
        raise ManifestError("\n".join(problems))
    granted = tuple(one for one in scopes if one not in without_scopes)
    events = frozenset(one for one in declared.events if EVENT_SCOPES.get(one) not in without_scopes)
    return dataclasses.replace(declared, scopes=granted, events=events)


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, Mapping) else {}


def _problems(declared: Declared, commands: list[Command]) -> list[str]:
    found = []
    if not 0 < len(declared.name) <= 35:
        found.append("display_information.name: 1 to 35 characters")
    if len(commands) > 50:
        found.append("features.slash_commands: no more than 50")
    if len(declared.commands) != len(commands):
        found.append("features.slash_commands: the same command twice")
    found += [
        f"{one.command}: a command starts with / and has 2 to 32 characters, no blank"
        for one in commands
        if not (one.command.startswith("/") and 2 <= len(one.command) <= 32 and " " not in one.command)
    ]
    found += [
        f"shortcut {one.name!r}: a name has 1 to 24 characters"
        for one in declared.shortcuts
        if not 0 < len(one.name) <= 24
    ]
    for kind in ("global", "message"):
        if sum(one.type == kind for one in declared.shortcuts) > 5:
            found.append(f"features.shortcuts: no more than 5 {kind} shortcuts")
    if (commands or declared.shortcuts) and "commands" not in declared.scopes:
        found.append("oauth_config.scopes.bot: commands and shortcuts need the scope commands")
    for event in sorted(declared.events):
        if (scope := EVENT_SCOPES.get(event)) and scope not in declared.scopes:
            found.append(f"settings.event_subscriptions: {event} needs the scope {scope}")
    return found
