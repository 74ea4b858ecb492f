"""One call of the REST API: path, query and body, and the ways to refuse it.

Source: docs.github.com, "Troubleshooting the REST API", "Using pagination in the REST API".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from bot.sandbox.github.access import Caller, Grants
from bot.sandbox.github.issues import Issue, Repository
from bot.sandbox.github.wire import Json, Wire

__all__ = ["Answer", "Call", "DeniedError", "invalid"]


class DeniedError(Exception):
    """The call is answered with this status and GitHub's error body."""

    def __init__(self, status: int, message: str, errors: list[Json] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors

    @property
    def body(self) -> Json:
        """Return the error as GitHub words it."""
        body: Json = {"message": self.message, "documentation_url": "https://docs.github.com/rest"}
        return body | ({"errors": self.errors} if self.errors else {}) | {"status": str(self.status)}


def invalid(resource: str, name: str, code: str, **more: Any) -> DeniedError:
    """Return the 422 for a field that is not valid."""
    return DeniedError(422, "Validation Failed", [{"resource": resource, "field": name, "code": code, **more}])


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers; `link` is the Link header, if any."""

    body: Any
    status: int = 200
    link: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call with what an endpoint may touch; `listed_until` is the youngest instant the list endpoint knows of."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    address: str
    caller: Caller
    repository: Repository
    wire: Wire
    grants: Grants
    now: datetime
    listed_until: datetime
    strict_labels: bool
    rate: Json = field(default_factory=dict)

    @property
    def issue(self) -> Issue:
        """Return the issue the path names, or 404."""
        number = self.path["number"]
        try:
            return self.repository.find(int(number) if number.isdigit() else 0)
        except LookupError:
            raise DeniedError(404, "Not Found") from None

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Return a query argument that is one of a few words; the first is the default."""
        value = self.query.get(name, allowed[0])
        if value not in allowed:
            raise invalid("Issue", name, "invalid", value=value)
        return value

    def labels(self, value: Any) -> list[str]:
        """Read label names out of a body: a list of names or of objects with a name."""
        given = [one.get("name") if isinstance(one, dict) else one for one in value] if isinstance(value, list) else []
        names = [str(one) for one in given if isinstance(one, str) and one.strip()]
        if not isinstance(value, list) or len(names) < len(given):
            raise invalid("Label", "name", "invalid", value=value if isinstance(value, str) else None)
        for one in names:
            if len(one) > 50:
                raise invalid("Label", "name", "custom", message="name is too long (maximum is 50 characters)")
            if self.strict_labels and self.repository.label(one) is None:
                raise invalid("Label", "name", "invalid", value=one)
        return names

    def page(self, items: Sequence[Json]) -> Answer:
        """Cut one page out of a list, with a Link header to the others."""
        size, number = min(self._count("per_page", 30), 100), self._count("page", 1)
        last = max(1, -(-len(items) // size))
        steps = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        wanted = {"prev", "first"} if number > 1 else set()
        wanted |= {"next", "last"} if number < last else set()
        links = [
            f'<{self.address}?{urlencode({**self.query, "page": to})}>; rel="{rel}"'
            for rel, to in steps.items()
            if rel in wanted
        ]
        return Answer(list(items[(number - 1) * size : number * size]), link=", ".join(links))

    def _count(self, name: str, default: int) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isdigit() and int(value) > 0 else default
