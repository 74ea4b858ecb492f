"""Issues, comments, labels and accounts as GitHub's REST API shows them.

Source: GitHub's OpenAPI description, schemas `issue`, `issue-comment`, `label`, `simple-user`, `installation`; a test
holds what the endpoints answer against them.
"""

from __future__ import annotations

import base64
import zlib
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.sandbox.github.issues import Comment, Issue, Label, Repository

__all__ = ["API", "HTML", "Wire", "instant"]

Json = dict[str, Any]
API, HTML = "/github/api", "/github"


def instant(at: datetime | None) -> str | None:
    """Return an instant as GitHub writes it, in UTC and whole seconds."""
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


class Wire:
    """Builds JSON with addresses under `url`, the sandbox's own (known once it listens)."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.url = ""

    @property
    def api(self) -> str:
        """Return the API's address of the repository."""
        return f"{self.url}{API}/repos/{self._repository.full_name}"

    @property
    def html(self) -> str:
        """Return the address a person opens for the repository."""
        return f"{self.url}{HTML}/{self._repository.full_name}"

    def account(self, login: str) -> Json:
        """Return a user; whose login ends in [bot] is one."""
        kind = "Bot" if login.endswith("[bot]") else "Organization" if login == self._repository.owner else "User"
        return self._account(login, kind)

    def _account(self, login: str, kind: str) -> Json:
        number, root = _number(login), f"{self.url}{API}/users/{quote(login)}"
        lists = ("followers", "subscriptions", "repos", "received_events", "orgs")
        addresses = {f"{'organizations' if one == 'orgs' else one}_url": f"{root}/{one}" for one in lists}
        return {
            "login": login,
            "id": number,
            "node_id": _node("User", number),
            "avatar_url": f"{self.url}{HTML}/{quote(login)}.png",
            "gravatar_id": "",
            "url": root,
            "html_url": f"{self.url}{HTML}/{quote(login)}",
            **addresses,
            "following_url": f"{root}/following{{/other_user}}",
            "gists_url": f"{root}/gists{{/gist_id}}",
            "starred_url": f"{root}/starred{{/owner}}{{/repo}}",
            "events_url": f"{root}/events{{/privacy}}",
            "type": kind,
            "site_admin": False,
        }

    def label(self, label: Label) -> Json:
        """Return a label."""
        return {
            "id": 7_000_000 + label.id,
            "node_id": _node("Label", label.id),
            "url": f"{self.api}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "color": label.color,
            "default": label.name in ("bug", "enhancement"),
            "description": label.description,
        }

    def issue(self, issue: Issue) -> Json:
        """Return an issue."""
        root = f"{self.api}/issues/{issue.number}"
        known = [self._repository.label(one) for one in issue.labels]
        return {
            "url": root,
            "repository_url": self.api,
            "labels_url": f"{root}/labels{{/name}}",
            "comments_url": f"{root}/comments",
            "events_url": f"{root}/events",
            "html_url": f"{self.html}/issues/{issue.number}",
            "id": 2_000_000_000 + issue.number,
            "node_id": _node("Issue", issue.number),
            "number": issue.number,
            "title": issue.title,
            "user": self.account(issue.author),
            "labels": [self.label(one) for one in known if one is not None],
            "state": issue.state,
            "locked": False,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": len(issue.comments),
            "created_at": instant(issue.created_at),
            "updated_at": instant(issue.updated_at),
            "closed_at": instant(issue.closed_at),
            "closed_by": self.account(issue.closed_by) if issue.closed_by else None,
            "author_association": "MEMBER",
            "active_lock_reason": None,
            "body": issue.body,
            "reactions": _reactions(f"{root}/reactions"),
            "timeline_url": f"{root}/timeline",
            "performed_via_github_app": None,
            "state_reason": issue.state_reason,
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """Return a comment of an issue."""
        root = f"{self.api}/issues/comments/{comment.id}"
        return {
            "url": root,
            "html_url": f"{self.html}/issues/{issue.number}#issuecomment-{comment.id}",
            "issue_url": f"{self.api}/issues/{issue.number}",
            "id": comment.id,
            "node_id": _node("IssueComment", comment.id),
            "user": self.account(comment.author),
            "created_at": instant(comment.at),
            "updated_at": instant(comment.at),
            "author_association": "MEMBER",
            "body": comment.body,
            "reactions": _reactions(f"{root}/reactions"),
            "performed_via_github_app": None,
        }

    def repository(self) -> Json:
        """Return the repository, without most of its many addresses."""
        there = self._repository
        return {
            "id": 5_000_001,
            "node_id": _node("Repository", 5_000_001),
            "name": there.name,
            "full_name": there.full_name,
            "private": True,
            "owner": self.account(there.owner),
            "html_url": self.html,
            "description": "What Harbour builds",
            "fork": False,
            "url": self.api,
            "issues_url": f"{self.api}/issues{{/number}}",
            "labels_url": f"{self.api}/labels{{/name}}",
            "default_branch": "main",
            "visibility": "private",
            "has_issues": True,
            "archived": False,
            "disabled": False,
            "open_issues_count": sum(one.state == "open" for one in there.issues.values()),
            "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
        }


def _number(login: str) -> int:
    return 1000 + zlib.crc32(login.encode()) % 9_000_000


def _node(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def _reactions(url: str) -> Json:
    kinds = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": url, "total_count": 0, **dict.fromkeys(kinds, 0)}
