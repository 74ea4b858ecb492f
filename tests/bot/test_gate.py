"""Raw requests before Bolt: each row of the design's table "Bad inputs" that concerns them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gate import LARGEST, Refused, admit, sign

SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def _admit(raw: bytes, kind: str = FORM, seconds: int = 0, **changed: str) -> dict[str, Any]:
    stamp = changed.get("stamp", str(int(NOW.timestamp()) + seconds))
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": changed.get("signature", sign(SECRET, stamp, raw)),
        "Content-Type": kind,
    }
    return admit(headers, raw, SECRET, NOW)


def _status(*arguments: Any, **named: Any) -> int:
    with pytest.raises(Refused) as refusal:
        _admit(*arguments, **named)
    return refusal.value.status


def test_slacks_own_example_is_signed_as_slack_says() -> None:
    """The figures of Slack's page "Verifying requests from Slack"."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert sign(SECRET, "1531420618", body) == expected


def test_a_command_comes_through() -> None:
    assert _admit(b"command=%2Fbrief&text=acme+inc&empty=") == {"command": "/brief", "text": "acme inc", "empty": ""}


def test_a_press_comes_through() -> None:
    assert _admit(b"payload=%7B%22type%22%3A%22block_actions%22%7D") == {"type": "block_actions"}


def test_an_event_comes_through() -> None:
    assert _admit(b'{"type":"event_callback"}', JSON) == {"type": "event_callback"}


@pytest.mark.parametrize("seconds", [-301, 301, 10**7])
def test_a_timestamp_too_far_away_is_refused(seconds: int) -> None:
    assert _status(b"command=x", seconds=seconds) == 401


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_near_enough(seconds: int) -> None:
    assert _admit(b"command=x", seconds=seconds)


@pytest.mark.parametrize("stamp", ["", "abc", "1.5", "-1", "١٧٩٤٨١٦٠٠٠", "9" * 400, "1e9", " "])
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    assert _status(b"command=x", stamp=stamp) == 401


@pytest.mark.parametrize("signature", ["", "v0=", "v0=" + "0" * 64, "v1=x", "v0=ünïcode", "\ud800", "v0=\0"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    assert _status(b"command=x", signature=signature) == 401


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    stamp = str(int(NOW.timestamp()))
    assert _status(b"command=y", signature=sign(SECRET, stamp, b"command=x")) == 401


def test_an_unsigned_large_body_is_refused_for_its_size_first() -> None:
    assert _status(b"x" * (LARGEST + 1), signature="no") == 413


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"command=\xff\xfe", FORM),
        (b'{"a": "\xff"}', JSON),
        (b"", FORM),
        (b"", JSON),
        (b"[]", JSON),
        (b"1", JSON),
        (b"null", JSON),
        (b'"text"', JSON),
        (b"{", JSON),
        (b'{"a":1,"a":2}', JSON),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON),
        (b"[" * 33 + b"]" * 33, JSON),
        (b"command=x&command=y", FORM),
        (b"payload=[]", FORM),
        (b"payload=nonsense", FORM),
        (b"a&" * 200, FORM),
        (b"command=%ff", FORM),
    ],
)
def test_a_body_of_the_wrong_shape_is_a_bad_request(raw: bytes, kind: str) -> None:
    assert _status(raw[:LARGEST], kind) == 400


def test_brackets_inside_of_text_do_not_nest() -> None:
    assert _admit(b'{"text": "' + b"[{" * 500 + b'\\""}', JSON)


@given(raw=st.binary(max_size=300), kind=st.sampled_from([FORM, JSON, "", "text/plain"]))
def test_any_signed_bytes_are_a_payload_or_a_refusal(raw: bytes, kind: str) -> None:
    try:
        assert isinstance(_admit(raw, kind), dict)
    except Refused as refusal:
        assert refusal.status == 400
