"""Endpoints of labels. Source: docs.github.com, "REST API endpoints for labels"."""

from __future__ import annotations

import re

from bot.sandbox.github.call import Answer, Call, DeniedError, invalid

__all__ = ["ENDPOINTS"]


def list_issue_labels(call: Call) -> Answer:
    """GET …/issues/{number}/labels"""
    return call.page(call.wire.issue(call.issue)["labels"])


def add_labels(call: Call) -> Answer:
    """POST …/issues/{number}/labels"""
    return _labelled(call, [*call.issue.labels, *call.labels(call.body.get("labels"))])


def set_labels(call: Call) -> Answer:
    """PUT …/issues/{number}/labels"""
    return _labelled(call, call.labels(call.body.get("labels", [])))


def clear_labels(call: Call) -> Answer:
    """DELETE …/issues/{number}/labels"""
    call.repository.set_labels(call.caller.login, call.issue.number, ())
    return Answer(None, 204)


def remove_label(call: Call) -> Answer:
    """DELETE …/issues/{number}/labels/{name}"""
    wanted = call.path["name"].casefold()
    kept = [one for one in call.issue.labels if one.casefold() != wanted]
    if len(kept) == len(call.issue.labels):
        raise DeniedError(404, "Label does not exist")
    return _labelled(call, kept)


def list_labels(call: Call) -> Answer:
    """GET …/labels"""
    return call.page([call.wire.label(one) for one in call.repository.labels.values()])


def get_label(call: Call) -> Answer:
    """GET …/labels/{name}"""
    found = call.repository.label(call.path["name"])
    if found is None:
        raise DeniedError(404, "Not Found")
    return Answer(call.wire.label(found))


def create_label(call: Call) -> Answer:
    """POST …/labels"""
    name, color = call.body.get("name"), call.body.get("color", "ededed")
    if not isinstance(name, str) or not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > 50:
        raise invalid("Label", "name", "custom", message="name is too long (maximum is 50 characters)")
    if not isinstance(color, str) or not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        raise invalid("Label", "color", "invalid")
    if call.repository.label(name) is not None:
        raise invalid("Label", "name", "already_exists")
    return Answer(call.wire.label(call.repository.new_label(name, color.lower(), call.body.get("description"))), 201)


def _labelled(call: Call, names: list[str]) -> Answer:
    issue = call.repository.set_labels(call.caller.login, call.issue.number, names)
    return Answer(call.wire.issue(issue)["labels"])


ENDPOINTS = (
    list_issue_labels,
    add_labels,
    set_labels,
    clear_labels,
    remove_label,
    list_labels,
    get_label,
    create_label,
)
