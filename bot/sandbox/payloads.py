"""What Slack sends to an app, field by field.

Sources: docs.slack.dev, "Implementing slash commands", "block_actions payload", "shortcut payload", "view_submission
payload", "view_closed payload", "block_suggestion payload", "Events API" (the outer event).
"""

from __future__ import annotations

import secrets
from typing import Any

from bot.sandbox.call import wire_message
from bot.sandbox.forms import wire_view
from bot.sandbox.manifest import Shortcut
from bot.sandbox.people import wire_person
from bot.sandbox.seed import Channel, Person
from bot.sandbox.triggers import ResponseUrls, Triggers
from bot.sandbox.workspace import Json, Message, View, Workspace

__all__ = ["Payloads"]

VERIFICATION = "sandbox-verification"


class Payloads:
    """Builds payloads, with fresh triggers and response URLs."""

    def __init__(self, workspace: Workspace, triggers: Triggers, response_urls: ResponseUrls) -> None:
        self._workspace, self._triggers, self._response_urls = workspace, triggers, response_urls
        self.url = ""

    def command(self, person: Person, channel: Channel, command: str, text: str) -> Json:
        """Build a slash command's form fields."""
        seed = self._workspace.seed
        ticket = self._response_urls.new(channel.id, person.id, answers=f"{command} {text}".strip())
        return {
            "token": VERIFICATION,
            "team_id": seed.team_id,
            "team_domain": seed.teams[seed.team_id][1],
            "channel_id": channel.id,
            "channel_name": _channel_name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": seed.app_id,
            "is_enterprise_install": "false",
            "response_url": f"{self.url}/commands/{ticket}",
            "trigger_id": self._triggers.new(person.id),
        }

    def action_on_message(self, person: Person, message: Message, action: Json, state: Json) -> Json:
        """Build block_actions for something pressed in a message."""
        channel = self._workspace.channels[message.channel]
        ticket = self._response_urls.new(channel.id, person.id, source=message)
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
        container["is_ephemeral"] = message.is_ephemeral
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload = {
            **self._interaction("block_actions", person),
            "container": container,
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "state": {"values": state},
            "response_url": f"{self.url}/actions/{ticket}",
            "actions": [{**action, "action_ts": self._workspace.stamp()}],
        }
        # Slack gives no message for ephemeral ones ("block_actions payload").
        if not message.is_ephemeral:
            payload["message"] = wire_message(message, self._workspace)
        return payload

    def action_in_view(self, person: Person, view: View, action: Json) -> Json:
        """Build block_actions for something pressed in a form or a Home tab."""
        wire = wire_view(view, self._workspace)
        return {
            **self._interaction("block_actions", person),
            "container": {"type": "view", "view_id": view.id},
            "view": wire,
            "state": wire["state"],
            "actions": [{**action, "action_ts": self._workspace.stamp()}],
        }

    def shortcut(self, person: Person, shortcut: Shortcut, message: Message | None) -> Json:
        """Build a global shortcut, or a message_action when a message is given."""
        stamp = self._workspace.stamp()
        if message is None:
            return {**self._interaction("shortcut", person), "callback_id": shortcut.callback_id, "action_ts": stamp}
        channel = self._workspace.channels[message.channel]
        ticket = self._response_urls.new(channel.id, person.id)
        return {
            **self._interaction("message_action", person),
            "callback_id": shortcut.callback_id,
            "action_ts": stamp,
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message": wire_message(message, self._workspace),
            "response_url": f"{self.url}/actions/{ticket}",
        }

    def submission(self, person: Person, view: View) -> Json:
        """Build a view_submission."""
        wire = wire_view(view, self._workspace)
        return {**self._interaction("view_submission", person), "view": wire, "response_urls": []}

    def closed(self, person: Person, view: View, *, is_cleared: bool) -> Json:
        """Build a view_closed; it has no trigger."""
        payload = {**self._interaction("view_closed", person), "view": wire_view(view, self._workspace)}
        del payload["trigger_id"]
        return {**payload, "is_cleared": is_cleared}

    def suggestion(self, person: Person, where: Message | View, block_id: str, action_id: str, typed: str) -> Json:
        """Build a block_suggestion: what was typed so far into an external select."""
        payload = self._interaction("block_suggestion", person)
        del payload["trigger_id"]
        payload |= {"block_id": block_id, "action_id": action_id, "value": typed}
        if isinstance(where, View):
            return {
                **payload,
                "container": {"type": "view", "view_id": where.id},
                "view": wire_view(where, self._workspace),
            }
        channel = self._workspace.channels[where.channel]
        return {
            **payload,
            "container": {"type": "message", "message_ts": where.ts, "channel_id": channel.id},
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message": wire_message(where, self._workspace),
        }

    def event(self, event: Json) -> Json:
        """Build the outer event of the Events API."""
        seed, now = self._workspace.seed, self._workspace.clock.now()
        where = event.get("channel")
        channel = self._workspace.channels.get(where) if isinstance(where, str) else None
        return {
            "token": VERIFICATION,
            "team_id": seed.team_id,
            "context_team_id": seed.team_id,
            "context_enterprise_id": None,
            "api_app_id": seed.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev0{secrets.token_hex(5).upper()}",
            "event_time": int(now.timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": seed.team_id,
                    "user_id": seed.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": f"4-{secrets.token_hex(8)}",
        }

    def user_event(self, kind: str, person: Person) -> Json:
        """Build user_change or team_join."""
        return {"type": kind, "user": wire_person(person, self._workspace), "event_ts": self._workspace.stamp()}

    def _interaction(self, kind: str, person: Person) -> dict[str, Any]:
        seed = self._workspace.seed
        team = {"id": seed.team_id, "domain": seed.teams[seed.team_id][1]}
        user = {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id}
        return {
            "type": kind,
            "token": VERIFICATION,
            "api_app_id": seed.app_id,
            "team": team,
            "user": user,
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self._triggers.new(person.id),
        }


def _channel_name(channel: Channel) -> str:
    return "directmessage" if channel.is_im else "privategroup" if channel.is_private else channel.name
