"""Endpoints of issues and their comments. Source: docs.github.com, "REST API endpoints for issues"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.github.call import Answer, Call, DeniedError, invalid
from bot.sandbox.github.issues import Issue

__all__ = ["ENDPOINTS"]

TITLE_CHARACTERS, BODY_CHARACTERS = 256, 65_536
_REASONS = ("completed", "not_planned", "reopened", "duplicate", None)
_SORTS: dict[str, Callable[[Issue], Any]] = {
    "created": lambda one: (one.created_at, one.number),
    "updated": lambda one: (one.updated_at, one.number),
    "comments": lambda one: (len(one.comments), one.number),
}
_FILTERS = {"labels", "state", "since", "sort", "direction", "per_page", "page", "creator"}


def list_issues(call: Call) -> Answer:
    """GET …/issues; issues younger than the lag are not there yet."""
    if unknown := sorted(set(call.query) - _FILTERS):
        raise invalid("Issue", unknown[0], "custom", message="the sandbox does not know this filter")
    state = call.choice("state", ("open", "closed", "all"))
    sort, direction = call.choice("sort", tuple(_SORTS)), call.choice("direction", ("desc", "asc"))
    wanted = {one.strip().casefold() for one in call.query.get("labels", "").split(",") if one.strip()}
    since = _instant(call.query.get("since"))
    found = [
        one
        for one in call.repository.issues.values()
        if state in (one.state, "all")
        and wanted <= {name.casefold() for name in one.labels}
        and (since is None or one.updated_at >= since)
        and call.query.get("creator", one.author) == one.author
        and one.created_at <= call.listed_until
    ]
    found.sort(key=_SORTS[sort], reverse=direction == "desc")
    return call.page([call.wire.issue(one) for one in found])


def create_issue(call: Call) -> Answer:
    """POST …/issues"""
    if "title" not in call.body:
        raise DeniedError(422, 'Invalid request.\n\n"title" wasn\'t supplied.')
    title, body = _title(call.body["title"]), _text("Issue", call.body.get("body"))
    names = call.labels(call.body.get("labels") or [])
    return Answer(call.wire.issue(call.repository.open(call.caller.login, title, body, names)), 201)


def get_issue(call: Call) -> Answer:
    """GET …/issues/{number}"""
    return Answer(call.wire.issue(call.issue))


def update_issue(call: Call) -> Answer:
    """PATCH …/issues/{number}; everything is checked before anything is changed."""
    number, who = call.issue.number, call.caller.login
    fields: dict[str, str | None] = {}
    if "title" in call.body:
        fields["title"] = _title(call.body["title"])
    if "body" in call.body:
        fields["body"] = _text("Issue", call.body["body"])
    names = call.labels(call.body["labels"]) if "labels" in call.body else None
    state, reason = call.body.get("state", call.issue.state), call.body.get("state_reason")
    if state not in ("open", "closed"):
        raise invalid("Issue", "state", "invalid", value=str(state))
    if reason not in _REASONS:
        raise invalid("Issue", "state_reason", "invalid", value=str(reason))
    call.repository.edit(who, number, **fields)
    if names is not None:
        call.repository.set_labels(who, number, names)
    call.repository.set_state(who, number, state, reason)
    return Answer(call.wire.issue(call.issue))


def list_comments(call: Call) -> Answer:
    """GET …/issues/{number}/comments, oldest first"""
    issue, since = call.issue, _instant(call.query.get("since"))
    return call.page([call.wire.comment(issue, one) for one in issue.comments if since is None or one.at >= since])


def create_comment(call: Call) -> Answer:
    """POST …/issues/{number}/comments"""
    body = _text("IssueComment", call.body.get("body"))
    if not (body or "").strip():
        raise invalid("IssueComment", "body", "missing_field")
    said = call.repository.comment(call.caller.login, call.issue.number, str(body))
    return Answer(call.wire.comment(call.issue, said), 201)


def _title(value: Any) -> str:
    if not isinstance(value, str | int) or not str(value).strip():
        raise invalid("Issue", "title", "missing_field")
    if len(str(value)) > TITLE_CHARACTERS:
        message = f"title is too long (maximum is {TITLE_CHARACTERS} characters)"
        raise invalid("Issue", "title", "custom", message=message)
    return str(value).strip()


def _text(resource: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise invalid(resource, "body", "invalid")
    if value is not None and len(value) > BODY_CHARACTERS:
        raise invalid(resource, "body", "custom", message=f"body is too long (maximum is {BODY_CHARACTERS} characters)")
    return value


def _instant(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise invalid("Issue", "since", "invalid", value=value) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


ENDPOINTS = (list_issues, create_issue, get_issue, update_issue, list_comments, create_comment)
