"""What one person sees on the page, as HTML regions. Reads the workspace, and notes only who read their messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, Undefined
from markupsafe import Markup

from bot.sandbox.addresses import Own
from bot.sandbox.emoji import shown
from bot.sandbox.forms import starting_values
from bot.sandbox.journeys import Journeys
from bot.sandbox.markdown import markdown
from bot.sandbox.mrkdwn import Mrkdwn, anchor, emoji_in, safe_link
from bot.sandbox.seed import Channel, Person
from bot.sandbox.workspace import SLACKBOT, Json, Message, NotPossibleError, Workspace

__all__ = ["FOLDER", "Asked", "Drawing"]

FOLDER = Path(__file__).parent / "page"
REGIONS = (
    "sidebar",
    "status",
    "clock",
    "armed",
    "trouble",
    "heading",
    "messages",
    "hints",
    "composer",
    "drawer",
    "modal",
)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_KINDS = {
    "slash_commands": "command",
    "interactive": "action",
    "events_api": "event",
    "web api": "call",
    "github": "GitHub",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: who looks, at which place (a channel, `dm`, `home`, `github`), what is open."""

    who: str = ""
    place: str = ""
    drawer: bool = False
    issue: str = ""
    state: str = "open"


class Drawing:
    """Draws the whole page or its regions for what the address asks for."""

    def __init__(self, sandbox: Journeys) -> None:
        self._sandbox = sandbox
        self._jinja = Environment(
            loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, undefined=Undefined, auto_reload=False
        )
        self._jinja.filters |= {
            "emoji": emoji_in,
            "safe_link": safe_link,
            "shown": lambda text: Markup(shown(str(text))),  # noqa: S704 - shown() escapes
            "initials": lambda name: "".join(part[0] for part in name.split()[:2]).upper(),
            "hue": lambda name: sum(map(ord, name)) % 6,
            "chosen": _chosen,
            "kind": lambda kind: _KINDS.get(kind, kind),
            "without_comments": lambda text: _HIDDEN.sub("", text).strip(),
        }

    def page(self, asked: Asked) -> str:
        """Return the whole page."""
        scene = self._scene(asked)
        return self._jinja.get_template("page.html").render(scene)

    def home_of(self, asked: Asked) -> Person | None:
        """Return whose Home tab the address asks for; None when there is none for that person."""
        viewer = self._viewer(asked.who)
        return None if viewer.is_stranger or not self._sandbox.declared.home_tab else viewer

    def regions(self, asked: Asked) -> dict[str, str]:
        """Return all regions by name."""
        scene = self._scene(asked)
        module = self._jinja.get_template("regions.html").make_module(scene)
        return {name: str(getattr(module, name)()) for name in REGIONS}

    def _scene(self, asked: Asked) -> dict[str, Any]:
        box, workspace = self._sandbox, self._sandbox.workspace
        viewer = self._viewer(asked.who)
        channels = [one for one in workspace.channels.values() if not one.is_im and workspace.may_see(viewer, one)]
        place, channel = self._place(viewer, asked.place, channels)
        if place == "dm":
            workspace.read(viewer)
        zone = ZoneInfo(viewer.tz)
        posts = workspace.visible(channel, viewer) if channel is not None else []
        view = workspace.stack(viewer)[-1] if workspace.stack(viewer) else None
        home = workspace.homes.get(viewer.id)
        query = {"as": viewer.name, **({"drawer": "1"} if asked.drawer else {})}
        self._jinja.filters |= _filters(workspace, viewer, Own(box.url, box.github.repository, query))
        others = [box.seed.teams[one][0] for one in channel.shared_with] if channel else []
        return {
            "viewer": viewer,
            "bot": workspace.bot,
            "declared": box.declared,
            "channels": channels,
            "channel": channel,
            "place": place,
            "everybody": [one for one in workspace.people.values() if not one.deleted],
            "identities": [one for one in workspace.people.values() if not one.is_bot and not one.deleted],
            "person_of": lambda user: workspace.people.get(user, SLACKBOT),
            "team_of": lambda person: box.seed.teams.get(person.team_id, ("elsewhere", ""))[0],
            "role_of": _role,
            "team_name": box.seed.teams[box.seed.team_id][0],
            "link": lambda **more: urlencode(query | more),
            "days": _days(posts, zone, workspace.clock.now()),
            "shared_with": ", ".join(others) or "another organisation",
            "home": home,
            "home_values": starting_values(home) if home else {},
            "view": view,
            "view_values": starting_values(view) if view else {},
            "depth": len(workspace.stack(viewer)),
            "refused": self._refused(viewer, channel),
            "show_hints": self._is_new(viewer, channel),
            "suggestions": [one for one in box.seed.suggestions if one.split(" ")[0] in box.declared.commands],
            "commands": [] if viewer.is_stranger else _commands(box),
            "global_shortcuts": [one for one in box.declared.shortcuts if one.type == "global"],
            "connected": box.is_connected,
            "now": workspace.clock.now(),
            "local": workspace.clock.now().astimezone(zone),
            "traffic": list(box.transcript)[:-81:-1],
            "drawer_open": asked.drawer,
            "unread": workspace.unread(viewer),
            "sees_hub": box.github.lets_in(viewer),
            "troubles": box.troubles,
            "running": box.troubles_running,
            "armed_faults": box.faults.armed,
            "usage_stories": box.usage_stories,
            "usage_pasted": box.feed.take is not None,
            "usage_example": box.feed.example,
            **self._issues(asked),
        }

    def _issues(self, asked: Asked) -> dict[str, Any]:
        """Return what the GitHub tab shows: one issue, or those that are open or closed, the youngest first."""
        hub = self._sandbox.github
        state = "closed" if asked.state == "closed" else "open"
        number = int(asked.issue) if re.fullmatch(r"[0-9]{1,9}", asked.issue) else 0
        return {
            "hub": hub,
            "asked_issue": asked.issue,
            "issue": next((one for one in hub.issues if one.number == number), None),
            "shown_state": state,
            "listed_issues": [one for one in reversed(hub.issues) if one.state == state],
            "open_issues": sum(one.state == "open" for one in hub.issues),
            "closed_issues": sum(one.state == "closed" for one in hub.issues),
        }

    def _viewer(self, who: str) -> Person:
        workspace = self._sandbox.workspace
        try:
            found = workspace.person(who or self._sandbox.seed.default_person)
        except NotPossibleError:
            found = workspace.person(self._sandbox.seed.default_person)
        return workspace.person(self._sandbox.seed.default_person) if found.is_bot or found.deleted else found

    def _place(self, viewer: Person, place: str, channels: list[Channel]) -> tuple[str, Channel | None]:
        """Return the place the person may look at: the wished one, else the default channel, else the first."""
        offered = [] if viewer.is_stranger else ["dm", "home"]
        if place in offered or (place == "github" and self._sandbox.github.lets_in(viewer)):
            return place, self._sandbox.workspace.dm(viewer) if place == "dm" else None
        if place == viewer.id or place.startswith("D"):
            return self._place(viewer, "dm", channels)
        wanted = [one for one in channels if place.removeprefix("#") in (one.id, one.name)]
        default = [one for one in channels if one.id == self._sandbox.seed.default_channel]
        found = (wanted or default or channels)[0]
        return found.id, found

    def _refused(self, viewer: Person, channel: Channel | None) -> str:
        if channel is None:
            return ""
        if channel.is_im and self._sandbox.declared.messages_read_only:
            return "Sending messages to this app is turned off. What the app sends you appears here."
        if channel.is_archived:
            return "This channel is archived. It can be read, nothing can be posted."
        return "" if viewer.id in channel.members else f"{viewer.real_name} is not a member of #{channel.name}."

    def _is_new(self, viewer: Person, channel: Channel | None) -> bool:
        """Say whether the hint card helps: the app has not spoken to this person yet."""
        if channel is None or viewer.is_stranger or self._refused(viewer, channel):
            return False
        bot = self._sandbox.seed.bot_user
        return not any(one.user == bot for one in self._sandbox.workspace.seen_anywhere(viewer))


def _filters(workspace: Workspace, viewer: Person, own: Own) -> dict[str, Callable[..., object]]:
    """Return the filters that draw for one person: names, times of their zone, links that stay theirs."""
    zone = ZoneInfo(viewer.tz)
    return {
        "mrkdwn": Mrkdwn(workspace, viewer, own),
        "markdown": partial(markdown, inside=own),
        "anchor": lambda url, label: Markup(anchor(url, str(label), own)),  # noqa: S704 - the label is HTML
        "inside": own,
        "literal": own.literal,
        "picture": partial(_picture, workspace),
        "moment": partial(_moment, zone, workspace.clock.now()),
        "local": lambda at: f"{at.astimezone(zone):%-d %b %Y, %H:%M}",
    }


def _picture(workspace: Workspace, image: Json) -> str:
    """Return the address of a picture; empty for a file that nobody but the app may see."""
    if "slack_file" not in image:
        address = str(image.get("image_url"))
        return address if safe_link(address) else ""
    file = workspace.files.picture(image)
    return f"/files-pri/{file.id}" if file is not None and file.shared else ""


def _role(person: Person) -> str:
    if person.is_stranger:
        return " · outsider"
    return " · admin" if person.is_admin else " · guest" if person.is_guest else ""


def _days(posts: list[Message], zone: ZoneInfo, now: datetime) -> list[tuple[str, list[tuple[Message, list[Message]]]]]:
    """Group messages by day, each with the replies in its thread.

    They stand as they came, so what is new is at the end also when the clock went back.
    """
    roots = [one for one in posts if one.thread_ts in (None, one.ts)]
    known = {one.ts for one in roots}
    replies: dict[str, list[Message]] = {}
    for one in posts:
        if one.thread_ts in known and one.thread_ts != one.ts:
            replies.setdefault(str(one.thread_ts), []).append(one)
    tops = [one for one in posts if one.thread_ts in (None, one.ts) or one.thread_ts not in known]
    days = groupby(tops, key=lambda one: _day(zone, now, one.ts))
    return [(day, [(top, replies.get(top.ts, [])) for top in group]) for day, group in days]


def _day(zone: ZoneInfo, now: datetime, ts: str) -> str:
    """Return the day of a message; with its year when that is not the clock's."""
    at = _instant(ts).astimezone(zone)
    return f"{at:%A, %-d %B}{_year(at, now)}"


def _moment(zone: ZoneInfo, now: datetime, ts: str, under: str = "") -> str:
    """Return the time of a message; with its date when it stands under another day, as a late reply does."""
    at = _instant(ts).astimezone(zone)
    return f"{at:%H:%M}" if under in ("", _day(zone, now, ts)) else f"{at:%-d %b}{_year(at, now)}, {at:%H:%M}"


def _year(at: datetime, now: datetime) -> str:
    return f" {at.year}" if at.year != now.astimezone(at.tzinfo).year else ""


def _instant(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _chosen(value: Json | None, element: Json) -> list[str]:
    """Return the values chosen in a menu: by the person, else by the app at first."""
    kinds = ("option", "options", "user", "users", "channel", "channels", "conversation", "conversations")
    source = value or {}
    found: list[Any] = []
    for kind in kinds:
        one = source.get(f"selected_{kind}") if value else element.get(f"initial_{kind}")
        found += one if isinstance(one, list) else [one] if one else []
    return [str(one["value"]) if isinstance(one, dict) else str(one) for one in found]


def _commands(box: Journeys) -> list[Json]:
    return [
        {"command": one.command, "hint": one.usage_hint, "about": one.description}
        for one in box.declared.commands.values()
    ]
