"""Addresses of the sandbox itself, permalinks of messages and pages of issues, as places on its page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup

__all__ = ["Inside", "Own", "nowhere", "place_of"]

Inside = Callable[[str], str | None]

_MESSAGE = re.compile(r"/archives/(?P<channel>\w+)/p(?P<seconds>\d+)(?P<micros>\d{6})")
_ISSUE = re.compile(r"/github/(?P<repository>[^/]+/[^/]+)/issues/(?P<number>\d{1,9})")


def place_of(path: str, repository: str, query: Mapping[str, str]) -> str | None:
    """Return the link (`?…`) of the place on the page that a path leads to; None when it is neither of the two.

    `query` says who looks and what is open; it stays. A message is named by the fragment: it is shown and marked.
    """
    if message := _MESSAGE.fullmatch(path):
        link = urlencode({**query, "channel": message["channel"]})
        return f"?{link}#m{message['seconds']}.{message['micros']}"
    issue = _ISSUE.fullmatch(path)
    if issue is None or issue["repository"].casefold() != repository.casefold():
        return None
    return "?" + urlencode({**query, "view": "github", "issue": issue["number"]})


@dataclass(frozen=True, slots=True)
class Own:
    """Tells the sandbox's own addresses from all others, for one person; `url` is the sandbox's, without a slash."""

    url: str
    repository: str
    query: Mapping[str, str]

    def __call__(self, address: str) -> str | None:
        """Return the link of the place on the page; None for an address that leads anywhere else."""
        if not self.url or not address.startswith(f"{self.url}/"):
            return None
        rest, _, mark = address.removeprefix(self.url).partition("#")
        found = place_of(rest.partition("?")[0], self.repository, self.query)
        return f"{found}#{quote(mark)}" if found and mark and "#" not in found else found

    def literal(self, text: str) -> Markup:
        """Return literal text as HTML in which only our own addresses are links."""
        parts = re.split(rf"({re.escape(self.url)}/[\w/?=&.#-]*\w)", text) if self.url else [text]
        drawn = [self._link(one) if number % 2 else html.escape(one) for number, one in enumerate(parts)]
        return Markup("".join(drawn))  # noqa: S704 - every piece was escaped

    def _link(self, address: str) -> str:
        place = self(address)
        label = html.escape(address)
        return label if place is None else f'<a href="{html.escape(place)}" data-go>{label}</a>'


def nowhere(_address: str) -> None:
    """Know no address as our own."""
