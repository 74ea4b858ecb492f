"""What an answer of GitHub means, row by row: may it be tried again, by whom, and when."""

from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.github.answers import (
    About,
    Answer,
    Done,
    NotSent,
    Outcome,
    Refused,
    Unknown,
    failed,
    is_missing_label,
    is_there_already,
    read,
)

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
SOON = str(int(NOW.timestamp()) + 90)
SPENT = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": SOON}
SECONDARY = "You have exceeded a secondary rate limit and have been temporarily blocked."


def _read(status: int, body: Any = None, about: About = About.REPOSITORY, **headers: Any) -> Any:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    named: Any = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return read(Answer(status, named, raw), lambda data: data["number"], about, NOW)


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait"),
    [
        (429, "", {"retry-after": "7"}, 7.0),
        (429, "", {"retry-after": "7", **SPENT}, 7.0),
        (429, "", {}, 60.0),
        (429, "", SPENT, 90.0),
        (403, "API rate limit exceeded for user ID 1.", SPENT, 90.0),
        (403, SECONDARY, {}, 60.0),
        (403, SECONDARY, {"retry-after": "120"}, 120.0),
        (403, SECONDARY, {"x-ratelimit-remaining": "4999", "x-ratelimit-reset": SOON}, 60.0),
        (403, "You have triggered an abuse detection mechanism.", {}, 60.0),
        (429, "", {"retry-after": "-1"}, 60.0),
        (429, "", {"retry-after": "nan"}, 60.0),
        (429, "", {"retry-after": "soon"}, 60.0),
        (429, "", {"retry-after": "1e30"}, 86_400.0),
        (429, "", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, 1.0),
        (429, "", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}, 3_600.0),
        (429, "", {"x-ratelimit-remaining": "0"}, 60.0),
    ],
)
def test_a_limit_says_how_long_and_holds_for_all(
    status: int, message: str, headers: dict[str, Any], wait: float
) -> None:
    expected = NotSent("GitHub asks us to call less often.", wait, shared=True)
    assert _read(status, {"message": message}, **headers) == expected


@pytest.mark.parametrize(
    ("about", "status", "message", "reason", "mend"),
    [
        (About.REPOSITORY, 401, "Bad credentials", "does not accept our token", "new one"),
        (About.APP, 401, "", "app's id or private key", "private key"),
        (About.REPOSITORY, 403, "Resource not accessible by integration", "may not do this", "write access"),
        (About.REPOSITORY, 403, "Resource not accessible by personal access token", "may not do this", "write access"),
        (About.REPOSITORY, 403, "Repository was archived so is read-only.", "archived", "Unarchive"),
        (About.REPOSITORY, 403, "Resource protected by organization SAML enforcement.", "single sign-on", "Authorise"),
        (About.REPOSITORY, 403, "has an IP allow list enabled", "listed addresses", "address"),
        (About.APP, 403, "This installation has been suspended", "suspended", "Unsuspend"),
        (About.REPOSITORY, 403, "Nope", "refused it: “Nope”", "Tell"),
        (About.REPOSITORY, 404, "Not Found", "no such repository", "GITHUB_REPOSITORY"),
        (About.ISSUE, 404, "Not Found", "no such issue", "moved or deleted"),
        (About.APP, 404, "Not Found", "not installed", "Install it"),
        (About.REPOSITORY, 410, "Issues are disabled for this repo", "turned off", "Turn them on"),
        (About.ISSUE, 410, "This issue was deleted", "deleted", "Report"),
        (About.REPOSITORY, 400, "Problems parsing JSON", "“Problems parsing JSON”", "Tell"),
        (About.REPOSITORY, 422, "Validation Failed", "“Validation Failed”", "Tell"),
        (About.REPOSITORY, 301, "Moved Permanently", "has moved", "GITHUB_REPOSITORY"),
        (About.REPOSITORY, 307, "", "has moved", "GITHUB_REPOSITORY"),
        (About.REPOSITORY, 451, "", "GitHub refused it.", "Tell"),
    ],
)
def test_a_refusal_says_why_and_what_mends_it(about: About, status: int, message: str, reason: str, mend: str) -> None:
    refused = _read(status, {"message": message}, about)
    assert isinstance(refused, Refused)
    assert refused.status == status
    assert reason in refused.reason
    assert mend in refused.next_step


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[]", b"{}", b"null", b'{"number": 1'])
def test_a_good_answer_that_cannot_be_read_is_unknown(body: bytes) -> None:
    assert _read(201, {"number": 1}, x_ratelimit_limit="many") == Done(1)
    assert _read(201, body) == Unknown("GitHub's answer could not be read.")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599, 408, 100])
def test_an_answer_that_tells_nothing_is_unknown(status: int) -> None:
    assert isinstance(_read(status, b"<html>"), Unknown)


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>", b"[]", b"null", b'{"message": 1, "errors": 7}', b"[" * 9000])
def test_a_refusal_without_words_is_one_all_the_same(body: bytes) -> None:
    assert isinstance(_read(422, body), Refused)
    assert isinstance(_read(403, body), Refused)


@pytest.mark.parametrize(
    ("errors", "faults", "missing", "there"),
    [
        ([{"resource": "Label", "field": "name", "code": "invalid", "value": "x"}], ("labels invalid",), True, False),
        ([{"resource": "Issue", "field": "labels", "code": "missing"}], ("labels missing",), True, False),
        (["Label does not exist"], ("labels",), True, False),
        ([{"resource": "Label", "field": "name", "code": "already_exists"}], ("labels already_exists",), False, True),
        ([{"resource": "Issue", "field": "title", "code": "missing_field"}], ("title missing_field",), False, False),
        ([{"resource": "Issue", "code": "custom", "message": "Acme's text"}], ("custom",), False, False),
        ([None, 1, [], {"field": {}, "code": 2}], (), False, False),
        ("body is too long", (), False, False),
    ],
)
def test_a_validation_names_fields_and_never_values(errors: Any, faults: Any, missing: bool, there: bool) -> None:
    refused = _read(422, {"message": "Validation Failed", "errors": errors})
    assert refused.faults == faults
    assert (is_missing_label(refused), is_there_already(refused)) == (missing, there)
    assert "Acme" not in refused.reason + refused.next_step


def test_other_outcomes_are_not_about_labels() -> None:
    others: list[Outcome[int]] = [Done(1), Unknown(""), NotSent(""), Refused(404, "", "", ("labels",))]
    assert not any(is_missing_label(one) for one in others)


def test_githubs_words_are_one_short_line() -> None:
    refused = _read(400, {"message": "a\n\tb\0 " + "x" * 500})
    assert "“a b xxx" in refused.reason
    assert len(refused.reason) < 250


KEY = ConnectionKey("h", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (aiohttp.ClientConnectorError(KEY, OSError("refused")), NotSent),
        (aiohttp.ClientConnectorDNSError(KEY, OSError("no name")), NotSent),
        (aiohttp.ConnectionTimeoutError(), NotSent),
        (TimeoutError(), Unknown),
        (aiohttp.SocketTimeoutError(), Unknown),
        (aiohttp.ServerDisconnectedError(), Unknown),
        (aiohttp.ClientOSError(104, "reset"), Unknown),
        (aiohttp.ClientPayloadError(), Unknown),
        (ConnectionResetError(), Unknown),
    ],
)
def test_a_broken_connection_is_not_sent_only_if_it_never_was(problem: BaseException, kind: type) -> None:
    assert isinstance(failed(problem), kind)


@given(st.integers(100, 999), st.binary(max_size=60), st.sampled_from(About), st.text(max_size=9), st.text(max_size=9))
def test_every_answer_means_something(status: int, body: bytes, about: About, after: str, left: str) -> None:
    got = _read(status, body, about, retry_after=after, x_ratelimit_remaining=left, x_ratelimit_reset=after)
    assert isinstance(got, Done | NotSent | Refused | Unknown)
    if status >= 500:
        assert isinstance(got, Unknown)
