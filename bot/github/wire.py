"""One call to GitHub over aiohttp, and no more than one: nothing here repeats, waits or decides."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
from gidgethub import GitHubException
from gidgethub.aiohttp import GitHubAPI

from bot.github.answers import About, Answer, Outcome, failed, read

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_FIXED = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}

_NOTHING = Answer(0, {}, b"")

T = TypeVar("T")
Call = Callable[[GitHubAPI], Awaitable[Any]]


class _Once(GitHubAPI):
    """Remembers the answer: gidgethub's exceptions lose its words, and a secondary rate limit is a plain BadRequest."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timeout: aiohttp.ClientTimeout) -> None:
        super().__init__(session, "dossier", base_url=url)
        self._timeout = timeout
        self.answer: Answer | None = None

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        # a redirected POST would arrive as a GET and look like an answer
        follow = method == "GET"
        async with self._session.request(
            method, url, headers={**headers, **_FIXED}, data=body, timeout=self._timeout, allow_redirects=follow
        ) as response:
            self.answer = Answer(response.status, response.headers, await response.read())
        return self.answer.status, self.answer.headers, self.answer.body


class Wire:
    """Where GitHub is. `url` is the API's base: https://api.github.com, or https://host/api/v3 of an own server."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        clock: Callable[[], datetime],
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._timeout = timeout
        self._session = session
        self._url = url
        self.clock = clock

    async def call(self, make: Call, shape: Callable[[Any], T], about: About) -> Outcome[T]:
        """Makes one call of gidgethub; `shape` reads the JSON of its answer, or raises."""
        once = _Once(self._session, self._url, self._timeout)
        try:
            await make(once)
        except (aiohttp.ClientError, OSError) as problem:
            return failed(problem)
        except (GitHubException, ValueError, LookupError, TypeError, AttributeError):
            # gidgethub stumbles over odd answers; the answer itself decides, and without one the mistake is ours
            if once.answer is None:
                raise
        return read(once.answer or _NOTHING, shape, about, self.clock())
