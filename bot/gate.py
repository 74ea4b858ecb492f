"""Raw requests before Bolt, which parses before it verifies: 10 of 20 hostile unsigned requests gave a traceback there.

Pure: bytes in, a parsed payload or a refusal out. Slack's page: "Verifying requests from Slack".
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

LARGEST = 256 * 1024  # bytes of a body
OLDEST = 300  # seconds between Slack's timestamp and ours
FIELDS = 100  # of a form; Slack sends about fifteen
DEEPEST = 32  # levels of JSON


class Refused(Exception):
    """`status` for the caller, `why` for one log line; nothing of the body."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}")
        self.status = status
        self.why = why


def admit(headers: Mapping[str, str], raw: bytes, secret: bytes, now: datetime) -> dict[str, Any]:
    """The payload of a request that really comes from Slack; raises Refused (400, 401, 413)."""
    if len(raw) > LARGEST:
        raise Refused(413, "too large")
    _verify(headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", ""), raw, secret, now)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "not UTF-8") from None
    if headers.get("Content-Type", "").startswith("application/json"):
        return _object(text)
    return _form(text)


def sign(secret: bytes, timestamp: str, raw: bytes) -> str:
    """The `v0=` signature of a body."""
    return "v0=" + hmac.digest(secret, b"v0:" + timestamp.encode() + b":" + raw, "sha256").hex()


def _verify(timestamp: str, signature: str, raw: bytes, secret: bytes, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16):
        raise Refused(401, "no timestamp")
    if abs(now.timestamp() - int(timestamp)) > OLDEST:
        raise Refused(401, "timestamp too far away")
    if not hmac.compare_digest(sign(secret, timestamp, raw).encode(), signature.encode("utf-8", "replace")):
        raise Refused(401, "wrong signature")


def _form(text: str) -> dict[str, Any]:
    """Like urllib's parse_qsl with strict errors, in a third of its time, and refusing a field that stands twice."""
    fields: dict[str, Any] = {}
    for pair in text.split("&", FIELDS):
        name, _, value = pair.partition("=")
        if not name or name in fields or "&" in value:
            raise Refused(400, "an empty field, one twice, or too many")
        try:
            fields[name] = unquote_plus(value, errors="strict") if "%" in value or "+" in value else value
        except UnicodeDecodeError:
            raise Refused(400, "not UTF-8") from None
    return _object(fields["payload"]) if "payload" in fields else fields


def _object(text: str) -> dict[str, Any]:
    if text.count("{") + text.count("[") > DEEPEST and _depth(text) > DEEPEST:
        raise Refused(400, "nested too deeply")
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        raise Refused(400, "not JSON") from None
    if not isinstance(value, dict):
        raise Refused(400, "not a JSON object")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings; the parser's own stack must not be what finds out."""
    deepest = depth = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}]":
            depth -= 1
    return deepest
