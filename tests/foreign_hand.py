"""A person in the foreign Slack: takes shortcuts, fills in forms, types commands; each as a signed HTTP request.

Payloads as Slack's pages "Shortcuts interaction payloads", "view_submission payload", "block_actions payload" and
"block_suggestion payload" list them.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from tests.foreign import ForeignSlack, Post, View, command, post, signed

Json = dict[str, Any]
# what an element starts with, and under which name its value is told
_VALUES = {
    "plain_text_input": ("initial_value", "value"),
    "external_select": ("initial_option", "selected_option"),
    "static_select": ("initial_option", "selected_option"),
    "radio_buttons": ("initial_option", "selected_option"),
    "multi_external_select": ("initial_options", "selected_options"),
    "datepicker": ("initial_date", "selected_date"),
}


class Hand:
    """One person and the form they have open."""

    def __init__(self, slack: ForeignSlack, port: int, user: str = "U1") -> None:
        self.slack, self.port, self.user = slack, port, user
        self.view = View("", {"blocks": []})
        self._typed: dict[str, Json] = {}
        self._number = itertools.count(1)

    async def command(self, line: str) -> Any:
        """The answer to a slash command."""
        name, _, text = line.partition(" ")
        status, answer = await post(self.port, *signed(command(name, text, self.user)))
        assert status == 200
        self._look()
        return answer

    async def take(self, shortcut: str, on: Post) -> None:
        """A message shortcut; the form that it opens is in the hand afterwards."""
        message = {"type": "message", "user": on.user, "ts": on.ts, "text": on.text}
        if on.thread:
            message["thread_ts"] = on.thread
        told = {
            "type": "message_action", "callback_id": shortcut, "action_ts": "1.1", "message_ts": on.ts,
            "channel": {"id": on.channel, "name": on.channel.lower()}, "message": message,
            "response_url": "http://127.0.0.1:9/never",
        }  # fmt: skip
        opened = len(self.slack.views)
        assert await self._send(told) == ""
        assert len(self.slack.views) == opened + 1
        self._look()

    async def suggest(self, action: str, typed: str) -> list[Json]:
        """What an external select offers."""
        block, element = self._find(action)
        told = {"type": "block_suggestion", "block_id": block["block_id"], "action_id": element["action_id"]}
        answer: Json = await self._send(told | {"value": typed, "container": self._container, "view": self._shown})
        return list(answer["options"])

    async def choose(self, action: str, value: Any) -> None:
        """Chooses, or types, what the bot wants to hear of at once (`dispatch_action`)."""
        block, element = self._find(action)
        assert block.get("dispatch_action")
        self.fill(action, value)
        state = self._state[block["block_id"]][element["action_id"]]
        await self._act({"block_id": block["block_id"], "action_id": element["action_id"], **state})

    async def press(self, action: str) -> None:
        """Presses a button of the form."""
        block, element = self._find(action)
        named = {"type": "button", "block_id": block.get("block_id", "b1"), "action_id": element["action_id"]}
        await self._act({**named, "text": element["text"], "value": element["value"]})

    def fill(self, action: str, value: Any) -> None:
        """Fills in a field; for a menu `value` is an option, or the value of one of its own."""
        block, element = self._find(action)
        if isinstance(value, str) and element.get("options"):
            value = next(one for one in element["options"] if one["value"] == value)
        self._typed.setdefault(block["block_id"], {})[action] = value

    async def submit(self) -> Any:
        """The answer to a submit."""
        told = {"type": "view_submission", "view": self._shown, "response_urls": []}
        return await self._send(told)

    async def _act(self, action: Json) -> None:
        told = {"type": "block_actions", "container": self._container, "view": self._shown}
        assert await self._send(told | {"actions": [{**action, "action_ts": "1.1"}]}) == ""

    async def _send(self, told: Json) -> Any:
        number = next(self._number)
        about = {
            "team": {"id": "TFOREIGN", "domain": "foreign"}, "api_app_id": "A1", "token": "legacy",
            "user": {"id": self.user, "username": "ana", "name": "ana", "team_id": "TFOREIGN"},
            "enterprise": None, "is_enterprise_install": False,
        }  # fmt: skip
        if told["type"] != "block_suggestion":
            about["trigger_id"] = f"{self.user}.{number}"
        status, answer = await post(self.port, *signed({"payload": json.dumps(about | told)}))
        assert status == 200
        return answer

    def _look(self) -> None:
        """At the form that was opened last."""
        if self.slack.views and (newest := list(self.slack.views.values())[-1]) is not self.view:
            self.view, self._typed = newest, {}

    @property
    def _container(self) -> Json:
        return {"type": "view", "view_id": self.view.id}

    @property
    def _shown(self) -> Json:
        """The view as payloads tell of it."""
        more = {"team_id": "TFOREIGN", "app_id": "A1", "bot_id": "BBOT", "root_view_id": self.view.id}
        ids = {"id": self.view.id, "hash": self.view.hash, "previous_view_id": None, "external_id": ""}
        return {**self.view.raw, **more, **ids, "state": {"values": self._state}}

    @property
    def _state(self) -> dict[str, Json]:
        """What the fields hold: what was typed, or what they began with."""
        state: dict[str, Json] = {}
        for block, element in self._elements():
            if element["type"] not in _VALUES or block["type"] != "input":
                continue
            begins, name = _VALUES[element["type"]]
            action = element["action_id"]
            value = self._typed.get(block["block_id"], {}).get(action, element.get(begins))
            empty: Any = [] if name == "selected_options" else None
            state[block["block_id"]] = {action: {"type": element["type"], name: value if value else empty}}
        return state

    def _find(self, action: str) -> tuple[Json, Json]:
        return next((block, element) for block, element in self._elements() if element["action_id"] == action)

    def _elements(self) -> Iterator[tuple[Json, Json]]:
        for block in self.view.raw["blocks"]:
            for element in (block.get("element"), block.get("accessory"), *(block.get("elements") or ())):
                if isinstance(element, dict) and "action_id" in element:
                    yield block, element
