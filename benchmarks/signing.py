"""Slash commands and filled forms as Slack posts them: form-encoded, signed, ready to be written to a socket."""

import hashlib
import hmac
import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

SECRET = "0123456789abcdef0123456789abcdef"  # of the benchmark's own servers, nobody else's
TEAM = "T0BENCH"
PATH = "/slack/events"


def user(number: int) -> str:
    """The id of one of the people who type."""
    return f"U0{number:06d}"


def fields(command: str, text: str, who: str) -> dict[str, str]:
    """What Slack sends for a slash command."""
    return {
        "token": "unused",
        "team_id": TEAM,
        "team_domain": "bench",
        "channel_id": "C0BENCH",
        "channel_name": "cs-team",
        "user_id": who,
        "user_name": "somebody",
        "command": command,
        "text": text,
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "response_url": f"http://127.0.0.1:9/commands/{TEAM}/1/x",
        "trigger_id": "1.1.0123456789abcdef",
    }


def request(body: bytes, secret: str = SECRET) -> bytes:
    """A whole HTTP request with a signature that is good for five minutes."""
    now = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        f"Accept: application/json,*/*\r\nX-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def asking(command: str, texts: Sequence[str], people: int = 40, at_least: int = 1_000) -> list[bytes]:
    """Signed requests, with every text equally often, in a mixed order that is always the same.

    Everybody asks about customers of their own, as CSMs do.
    """
    dice = random.Random(7)
    order = [one for _ in range(-(-at_least // len(texts))) for one in dice.sample(range(len(texts)), len(texts))]
    return [request(urlencode(fields(command, texts[one], user(one % people))).encode()) for one in order]


def submitting(view: Mapping[str, Any], values: Mapping[str, Any], view_id: str, who: str) -> bytes:
    """A signed submission of a form: `view` as the bot opened it, `values` as they were filled in."""
    filled = {
        **view,
        "id": view_id,
        "team_id": TEAM,
        "hash": "1.a",
        "state": {"values": values},
        "root_view_id": view_id,
    }
    payload = {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "bench"},
        "user": {"id": who, "username": "somebody", "name": "somebody", "team_id": TEAM},
        "api_app_id": "A0BENCH",
        "token": "unused",
        "trigger_id": "1.1.0123456789abcdef",
        "view": filled,
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }
    return request(urlencode({"payload": json.dumps(payload)}).encode())
