"""Endpoints about who calls and where: repository, user, rate limit, GitHub App.

Source: docs.github.com, "REST API endpoints for GitHub Apps", "… for repositories", "… for rate limits".
"""

from __future__ import annotations

from bot.sandbox.github.access import APP_ID, INSTALLATION_ID
from bot.sandbox.github.call import Answer, Call, DeniedError
from bot.sandbox.github.wire import API, HTML, instant

__all__ = ["ENDPOINTS"]

_RIGHTS = {"issues": "write", "metadata": "read"}
_EVENTS = ["issues", "issue_comment"]


def get_repository(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}"""
    return Answer(call.wire.repository())


def get_user(call: Call) -> Answer:
    """GET /user: who the token is; an installation is nobody."""
    if call.caller.kind != "person":
        raise DeniedError(403, "Resource not accessible by integration")
    return Answer(call.wire.account(call.caller.login) | {"name": "Dossier", "email": None})


def rate_limit(call: Call) -> Answer:
    """GET /rate_limit"""
    return Answer({"resources": {"core": call.rate, "search": call.rate}, "rate": call.rate})


def get_app(call: Call) -> Answer:
    """GET /app"""
    return Answer(
        {
            "id": APP_ID,
            "slug": "dossier",
            "node_id": "A_sandbox",
            "owner": call.wire.account(call.repository.owner),
            "name": "Dossier",
            "description": None,
            "external_url": call.wire.url,
            "html_url": f"{call.wire.url}{HTML}/apps/dossier",
            "created_at": "2026-01-05T09:00:00Z",
            "updated_at": "2026-01-05T09:00:00Z",
            "permissions": _RIGHTS,
            "events": _EVENTS,
        }
    )


def create_token(call: Call) -> Answer:
    """POST /app/installations/{id}/access_tokens"""
    if call.path["installation"] != str(INSTALLATION_ID):
        raise DeniedError(404, "Not Found")
    token, until = call.grants.grant()
    return Answer(
        {
            "token": token,
            "expires_at": instant(until),
            "permissions": _RIGHTS,
            "repository_selection": "selected",
        },
        201,
    )


def get_installation(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/installation"""
    root = f"{call.wire.url}{API}"
    return Answer(
        {
            "id": INSTALLATION_ID,
            "account": call.wire.account(call.repository.owner),
            "repository_selection": "selected",
            "access_tokens_url": f"{root}/app/installations/{INSTALLATION_ID}/access_tokens",
            "repositories_url": f"{root}/installation/repositories",
            "html_url": f"{call.wire.url}{HTML}/settings/installations/{INSTALLATION_ID}",
            "app_id": APP_ID,
            "app_slug": "dossier",
            "target_id": call.wire.account(call.repository.owner)["id"],
            "target_type": "Organization",
            "permissions": _RIGHTS,
            "events": _EVENTS,
            "created_at": "2026-01-05T09:00:00Z",
            "updated_at": "2026-01-05T09:00:00Z",
            "single_file_name": None,
            "suspended_by": None,
            "suspended_at": None,
        }
    )


ENDPOINTS = (get_repository, get_user, rate_limit, get_app, create_token, get_installation)
