"""The endpoints by name, as `faults.add("github:<name>", …)` and the transcript call them.

Source: GitHub's OpenAPI description of the REST API (version 2022-11-28), its paths and methods.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

__all__ = ["ROUTES", "Route", "find"]

_REPO = "/repos/{owner}/{repo}"


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; `needs` is who may call it: `token` (a person's or an installation's) or `app` (a JWT)."""

    name: str
    verb: str
    path: str
    needs: str = "token"


ROUTES = (
    Route("rate_limit", "GET", "/rate_limit"),
    Route("get_user", "GET", "/user"),
    Route("get_app", "GET", "/app", "app"),
    Route("create_token", "POST", "/app/installations/{installation}/access_tokens", "app"),
    Route("get_installation", "GET", f"{_REPO}/installation", "app"),
    Route("get_repository", "GET", _REPO),
    Route("list_issues", "GET", f"{_REPO}/issues"),
    Route("create_issue", "POST", f"{_REPO}/issues"),
    Route("get_issue", "GET", f"{_REPO}/issues/{{number}}"),
    Route("update_issue", "PATCH", f"{_REPO}/issues/{{number}}"),
    Route("list_comments", "GET", f"{_REPO}/issues/{{number}}/comments"),
    Route("create_comment", "POST", f"{_REPO}/issues/{{number}}/comments"),
    Route("list_issue_labels", "GET", f"{_REPO}/issues/{{number}}/labels"),
    Route("add_labels", "POST", f"{_REPO}/issues/{{number}}/labels"),
    Route("set_labels", "PUT", f"{_REPO}/issues/{{number}}/labels"),
    Route("clear_labels", "DELETE", f"{_REPO}/issues/{{number}}/labels"),
    Route("remove_label", "DELETE", f"{_REPO}/issues/{{number}}/labels/{{name}}"),
    Route("list_labels", "GET", f"{_REPO}/labels"),
    Route("create_label", "POST", f"{_REPO}/labels"),
    Route("get_label", "GET", f"{_REPO}/labels/{{name}}"),
)

_PATTERNS = [(one, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", one.path))) for one in ROUTES]


def find(verb: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the endpoint of a request and what stands in its path (still encoded on the way in), None for no such."""
    for route, pattern in _PATTERNS:
        hit = pattern.fullmatch(raw_path)
        if route.verb == verb and hit is not None:
            return route, {name: unquote(value) for name, value in hit.groupdict().items()}
    return None
