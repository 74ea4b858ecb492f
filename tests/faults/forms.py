"""What Slack sends when people fill forms and press buttons, built from Slack's documentation, and signed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.faults.slack import TEAM
from tests.foreign import signed

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """The message a form was opened on; none of it for a form from anywhere."""

    channel: str = ""
    ts: str = ""

    @property
    def state(self) -> Json:
        link = f"https://faults.slack.com/archives/{self.channel}/p{self.ts.replace('.', '')}" if self.ts else ""
        return {"c": self.channel, "ts": self.ts, "th": self.ts, "link": link}


def submission(view: str, person: str, form: str, state: Mapping[str, Any], values: Mapping[str, Json]) -> Json:
    """A form that was submitted; `view` names the form as it was opened, so it is the same when pressed again."""
    blocks = [{"type": "input", "block_id": name} for name in values]
    shown = {"id": view, "type": "modal", "callback_id": form, "hash": "1.a", "blocks": blocks}
    shown |= {"private_metadata": json.dumps(dict(state)), "state": {"values": dict(values)}}
    return {"type": "view_submission", **_by(person), "view": shown}


def request(view: str, person: str, place: Place, title: str, quote: str, wanted: Sequence[int], into: int = 0) -> Json:
    """`Log feature request`."""
    chosen = [{"value": str(one), "text": {"type": "plain_text", "text": f"Customer {one}"}} for one in wanted]
    values: dict[str, Json] = {"wanted": {"wanted": {"selected_options": chosen}}}
    values |= {f"importance:{one}": {"importance": _chosen("important")} for one in wanted}
    values |= {} if into else {"title": {"request_title": {"value": title}}}
    values["quote"] = {"quote": {"value": quote}}
    return submission(view, person, "log_request", {**place.state, "into": into, "seen": ""}, values)


def bug(view: str, person: str, place: Place, title: str, customer: int, severity: str = "high") -> Json:
    """`Report customer bug`."""
    values = {
        "customer": {"bug_customer": _chosen(str(customer))},
        "title": {"bug_title": {"value": title}},
        "severity": {"severity": _chosen(severity)},
        "steps": {"steps": {"value": f"Steps of {title}"}},
    }
    return submission(view, person, "report_bug", place.state, values)


def history(view: str, person: str, place: Place, text: str, customer: int) -> Json:
    """`Add to history`."""
    values = {
        "customer": {"customer": _chosen(str(customer))},
        "on": {"on": {"selected_date": "2026-01-05"}},
        "text": {"text": {"value": text}},
    }
    return submission(view, person, "add_history", place.state, values)


def press(person: str, action: str, value: str, respond: str, stamp: str = "1.000001", channel: str = "C01") -> Json:
    """A button under a message."""
    return {
        "type": "block_actions",
        **_by(person),
        "channel": {"id": channel},
        "container": {"type": "message", "message_ts": "1.000000", "channel_id": channel, "is_ephemeral": True},
        "response_url": respond,
        "actions": [{"action_id": action, "action_ts": stamp, "block_id": "b", "type": "button", "value": value}],
    }


def _by(person: str) -> Json:
    team = {"id": TEAM, "domain": "faults"}
    return {"user": {"id": person, "team_id": TEAM}, "team": team, "api_app_id": "A1", "trigger_id": "1.2.3"}


def _chosen(value: str) -> Json:
    return {"selected_option": {"value": value, "text": {"type": "plain_text", "text": value}}}


@dataclass
class Sender:
    """Delivers payloads as Slack does."""

    session: aiohttp.ClientSession
    delivered: int = field(default=0)

    async def send(self, port: int, payload: Json) -> Json | None:
        """The acknowledgement, or None when there was none."""
        return await self.post(port, {"payload": json.dumps(payload)})

    async def post(self, port: int, fields: Mapping[str, str]) -> Json | None:
        body, headers = signed(fields)
        self.delivered += 1
        try:
            async with self.session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
        if answer.status != 200:
            return None
        found = json.loads(text) if text else {}
        return found if isinstance(found, dict) else {}
