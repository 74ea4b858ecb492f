"""What a call to GitHub came to, as a value: pure. Sentences carry neither tokens nor what people typed.

Sources: GitHub's pages "Rate limits for the REST API" and "Troubleshooting the REST API"; design: reliability.md,
"Deliver".
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar

import aiohttp
import orjson

T = TypeVar("T")

PAUSE = 60.0  # seconds to wait for a secondary limit that tells no time
LONGEST = 86_400.0  # seconds that we let GitHub make us wait
RESET = 3_600.0  # seconds until a primary limit is over, at most; more means that the clocks differ
WORDS = 200  # characters of GitHub's own explanation


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end; `headers` compare without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """GitHub did it."""

    data: T


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not done, and worth another try: after `retry_after` seconds if told.

    `shared`: a limit that holds for every call of ours, so that all of them have to wait.
    """

    reason: str
    retry_after: float | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Surely not done, and another try will end the same until somebody follows `next_step`.

    `faults`: what GitHub's validation found, as "field code" such as "labels invalid".
    """

    status: int
    reason: str
    next_step: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps done: nobody can tell without looking."""

    reason: str


Outcome: TypeAlias = Done[T] | NotSent | Refused | Unknown


class About(Enum):
    """What a refusal is about; the same status means different things."""

    REPOSITORY = "repository"
    ISSUE = "issue"
    APP = "app"


_AGAIN = "Then send it again."
_TELL = "Tell whoever runs Dossier."
_BY_WORDS = (
    ("archived", "The repository is archived.", "Unarchive it, or name another one in GITHUB_REPOSITORY."),
    ("saml", "The organisation asks for single sign-on.", "Authorise the token for the organisation on GitHub."),
    ("ip allow list", "The organisation only lets listed addresses in.", "Add Dossier's address to the list."),
    ("suspended", "The GitHub App is suspended.", "Unsuspend it in the organisation's settings."),
    ("not accessible", "Dossier may not do this in the repository.", "Give its token or app write access to issues."),
)
_BY_STATUS: Mapping[tuple[About, int], tuple[str, str]] = {
    (About.REPOSITORY, 404): (
        "GitHub shows us no such repository.",
        f"Check GITHUB_REPOSITORY, and that the token or app has access to it. {_AGAIN}",
    ),
    (About.REPOSITORY, 410): ("Issues are turned off in the repository.", f"Turn them on in its settings. {_AGAIN}"),
    (About.ISSUE, 404): (
        "GitHub shows us no such issue.",
        "It was moved or deleted, or the token or app lost its access to the repository.",
    ),
    (About.ISSUE, 410): ("The issue was deleted on GitHub.", "Report the bug again if it still matters."),
    (About.APP, 401): (
        "GitHub does not accept the app's id or private key.",
        f"Make a new private key on the app's page and put it into Dossier's settings. {_AGAIN}",
    ),
    (About.APP, 404): ("The GitHub App is not installed on the repository.", f"Install it there. {_AGAIN}"),
}


def read(answer: Answer, shape: Callable[[Any], T], about: About, now: datetime) -> Outcome[T]:
    """What an answer means; `shape` makes a value of the JSON of a good one, or raises."""
    if 200 <= answer.status < 300:
        try:
            return Done(shape(orjson.loads(answer.body)))
        except (ValueError, LookupError, TypeError, AttributeError):
            return Unknown("GitHub's answer could not be read.")
    told = _told(answer.body)
    if (wait := _limited(answer, told, now)) is not None:
        return NotSent("GitHub asks us to call less often.", wait, shared=True)
    if answer.status == 408 or not 300 <= answer.status < 500:
        return Unknown(f"GitHub did not say whether it was done (HTTP {answer.status}).")
    if answer.status < 400:
        return Refused(answer.status, "The repository has moved.", f"Put its new name into GITHUB_REPOSITORY. {_AGAIN}")
    return _refusal(answer.status, told, about)


def failed(problem: BaseException) -> NotSent | Unknown:
    """What it means that there was no answer."""
    if isinstance(problem, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return NotSent("GitHub could not be reached.")
    return Unknown("The connection to GitHub broke off before it answered.")


def is_missing_label(outcome: Outcome[Any]) -> bool:
    """Whether a label that does not exist in the repository was the fault."""
    return _faulty(outcome, lambda fault: fault.startswith("labels") and not fault.endswith("already_exists"))


def is_there_already(outcome: Outcome[Any]) -> bool:
    """Whether what should be made exists."""
    return _faulty(outcome, lambda fault: fault.endswith("already_exists"))


def _faulty(outcome: Outcome[Any], test: Callable[[str], bool]) -> bool:
    return isinstance(outcome, Refused) and outcome.status == 422 and any(map(test, outcome.faults))


def _refusal(status: int, told: Mapping[str, Any], about: About) -> Refused:
    words = _plain(told.get("message"))
    if status == 403:
        for sign, reason, mend in _BY_WORDS:
            if sign in words.casefold():
                return Refused(status, reason, f"{mend} {_AGAIN}")
    if (known := _BY_STATUS.get((about, status))) is not None:
        return Refused(status, *known)
    if status == 401:
        mend = f"Make a new one and put it into Dossier's settings. {_AGAIN}"
        return Refused(401, "GitHub does not accept our token.", mend)
    faults = _faults(told.get("errors"))
    said = f": “{words}”" if words else ""
    where = f" ({', '.join(faults)})" if faults else ""
    return Refused(status, f"GitHub refused it{said}{where}.", _TELL, faults)


def _limited(answer: Answer, told: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds to wait if the answer is about a limit. A 403 without any sign of one is about permission."""
    if answer.status not in (403, 429):
        return None
    after = _seconds(answer.headers.get("Retry-After"))
    if after is not None:
        return min(after, LONGEST)
    reset = _seconds(answer.headers.get("X-RateLimit-Reset"))
    if answer.headers.get("X-RateLimit-Remaining") == "0" and reset is not None:
        return min(max(reset - now.timestamp(), 1.0), RESET)
    hint = f"{told.get('message')} {told.get('documentation_url')}".casefold()
    if answer.status == 429 or "rate limit" in hint or "rate-limit" in hint or "abuse detection" in hint:
        return PAUSE
    return None


def _seconds(value: str | None) -> float | None:
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def _told(body: bytes) -> Mapping[str, Any]:
    """GitHub's explanation, an empty one if there is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _faults(errors: Any) -> tuple[str, ...]:
    """Fields and codes, without the values that GitHub likes to quote; an unknown label has several shapes."""
    found = []
    for one in errors if isinstance(errors, list) else []:
        if isinstance(one, dict):
            label = str(one.get("resource")).casefold() == "label" or one.get("field") == "label"
            field = "labels" if label else _plain(one.get("field"))
            found.append(f"{field} {_plain(one.get('code'))}".strip())
        elif isinstance(one, str) and "label" in one.casefold():
            found.append("labels")
    return tuple(dict.fromkeys(filter(None, found)))


def _plain(value: Any) -> str:
    """One short line."""
    words = " ".join(re.sub(r"[^\S ]|[\0-\x1f\x7f]", " ", value).split()) if isinstance(value, str) else ""
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"
