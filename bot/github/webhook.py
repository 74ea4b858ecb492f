"""What GitHub tells us by webhook: bytes in, a value or a refusal out.

Source: GitHub's pages "Validating webhook deliveries" and "Webhook events and payloads".
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from bot.gate import Refused
from bot.github.issue import Issue, issue_from

LARGEST = 1024 * 1024  # bytes of a body; an issue's text alone may have 256 KiB, and what is larger is polled


@dataclass(frozen=True, slots=True)
class Ping:
    """The first delivery of a new webhook."""

    delivery: str


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody did something to an issue or commented on it.

    `delivery` is GitHub's id, the same when it is delivered again; `repository` is "owner/name"; `sender` a login.
    """

    delivery: str
    kind: Literal["issues", "issue_comment"]
    action: str
    issue: Issue
    repository: str
    sender: str
    comment_id: int | None = None
    comment_url: str | None = None


def read(headers: Mapping[str, str], body: bytes, secret: bytes) -> Event | Ping | None:
    """None for events that do not concern issues. Raises Refused (400, 401, 413), and nothing else whatever comes.

    `headers` compare without case. The delivery id is not covered by the signature, so it only tells repetitions.
    """
    if len(body) > LARGEST:
        raise Refused(413, "too large")
    given = headers.get("X-Hub-Signature-256", "").encode("utf-8", "replace")
    if not secret or not hmac.compare_digest(sign(secret, body).encode(), given):
        raise Refused(401, "wrong signature")
    if not headers.get("Content-Type", "").startswith("application/json"):
        raise Refused(400, "set the webhook's content type to application/json")
    delivery = headers.get("X-GitHub-Delivery", "")
    if not (delivery.isascii() and delivery.isprintable() and 0 < len(delivery) <= 100):
        raise Refused(400, "no delivery id")
    return _told(headers.get("X-GitHub-Event", ""), delivery, _object(body))


def sign(secret: bytes, body: bytes) -> str:
    """The `sha256=` signature of a body."""
    return "sha256=" + hmac.digest(secret, body, "sha256").hex()


def _object(body: bytes) -> dict[str, Any]:
    """orjson takes strict UTF-8 only, and refuses deep nesting before it harms anybody's stack."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "not JSON") from None
    if not isinstance(found, dict):
        raise Refused(400, "not a JSON object")
    return found


def _told(kind: str, delivery: str, payload: dict[str, Any]) -> Event | Ping | None:
    if kind == "ping":
        return Ping(delivery)
    if kind != "issues" and kind != "issue_comment":
        return None
    try:
        issue = issue_from(payload.get("issue"))
        comment = payload["comment"] if kind == "issue_comment" else None
        event = Event(
            delivery,
            "issues" if kind == "issues" else "issue_comment",
            _text(payload["action"]),
            issue,
            _text(payload["repository"]["full_name"]),
            _text(payload["sender"]["login"]),
            int(comment["id"]) if comment is not None else None,
            _text(comment["html_url"]) if comment is not None else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refused(400, "not an event about an issue") from None
    return None if issue.pull_request else event


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
