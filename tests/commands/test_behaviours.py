"""Every command and button over customers with hostile names: sound answers, and no value that breaks one."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from customers.model import Profile, Status
from tests.commands.anybody import HOSTILE, TYPED, wrong
from tests.commands.fakes import Office

NAMES = [f"{TYPED} {hostile} {at}" for at, hostile in enumerate(HOSTILE)]
PROFILES = [Profile(f"customer-{at}", name, Status.ACTIVE, qualifier=name) for at, name in enumerate(NAMES)]
DEFECT = "Something went wrong inside Dossier"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.mark.parametrize(
    "line",
    [
        "/brief customer-0",
        "/known-issues customer-1",
        "/health customer-2",
        "/health",
        "/health all",
        "/brief",
        "/brief custmer-0",
        f"/brief {TYPED}",
        "/brief <!channel> *x* & <@U1>",
        "/brief \0\u202e",
        f"/brief {'x' * 10_000}",
        "/brief 🎉",
        "/customer",
        "/customer help",
        "/customer list",
        "/customer list <!channel>",
        f"/customer list {'x' * 10_000}",
        "/customer link",
        "/customer link customer-0",
        "/customer unlink",
        "/customer <!channel> *x*",
        f"/customer {'x' * 10_000}",
    ],
)
async def test_every_command_is_answered_soundly(line: str) -> None:
    answer = await Office(*PROFILES).type(line)
    assert wrong(answer) == []
    assert DEFECT not in answer["text"]


ACTIONS = ["open:brief", "open:issues", "open:health:3", "read:more:on", "share", "portfolio:on", "list:on"]
ACTIONS += ["choose:link:0", "link", "unlink", "keep"]
VALUES = ["", "1", "1|more|0", "1|more|99999", "1|nonsense|x", "4711", "0", "-1", "x", "²", "1|", "|", "|||", "9" * 30]
VALUES += ["mine|0", "all|12", "all|-3", "15|growth", "99|", "0|<!channel>", "٣"]


@pytest.mark.parametrize("action", ACTIONS)
async def test_every_button_is_answered_soundly_whatever_its_value(action: str) -> None:
    office = Office(*PROFILES)
    for at, value in enumerate(VALUES):
        answer = await office.press(action, value, at=f"{at}.1")
        assert (value, wrong(answer)) == (value, [])
        assert (value, DEFECT in answer["text"]) == (value, False)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(ACTIONS), st.text(max_size=20) | st.integers(-5, 60).map(lambda offset: f"all|{offset}"))
async def test_no_value_of_a_button_is_a_defect(action: str, value: str) -> None:
    answer = await Office(*PROFILES[:3]).press(action, value)
    assert DEFECT not in answer["text"]
    assert wrong(answer) == []


async def test_open_without_a_view_is_no_defect() -> None:
    assert DEFECT not in (await Office(*PROFILES).press("open", "1"))["text"]


async def test_very_long_names_are_still_a_list() -> None:
    long = [Profile(f"long-{at}", f"{at} " + "long name " * 300, Status.ACTIVE) for at in range(30)]
    office = Office(*long)
    for answer in (await office.type("/customer list"), await office.type("/health all")):
        assert wrong(answer) == []
        assert all(f"{at} long name" in str(answer["blocks"]) for at in range(12))


# Sharing


async def test_a_view_is_shared_once_however_often_the_press_is_delivered() -> None:
    office = Office(Profile("acme", "Acme", Status.ACTIVE))
    said = [(await office.press("share", "1|health|0"))["text"] for _ in range(3)]
    assert said == ["Shared Acme in this channel.", "Already shared.", "Already shared."]
    assert [channel for channel, _ in office.outbound.posts] == ["C1"]
    assert wrong(office.outbound.posts[0][1]) == []


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("CEXT", "Not shared: people from outside your organisation can read this channel."),
        ("D1", "This conversation is private already; use Share in a channel."),
        ("", "This conversation is private already; use Share in a channel."),
    ],
)
async def test_nothing_is_shared_where_it_may_not_be(channel: str, said: str) -> None:
    office = Office(Profile("acme", "Acme", Status.ACTIVE))
    assert (await office.press("share", "1|brief|0", channel))["text"].startswith(said)
    assert office.outbound.posts == []


async def test_a_refused_share_can_be_pressed_again() -> None:
    office = Office(Profile("acme", "Acme", Status.ACTIVE))
    office.places.shared = ("C1",)
    await office.press("share", "1|brief|0")
    office.places.shared = ()
    assert (await office.press("share", "1|brief|0"))["text"] == "Shared Acme in this channel."


# Links and looks


async def test_a_linked_channel_needs_no_name() -> None:
    office = Office(Profile("acme", "Acme", Status.ACTIVE), Profile("beta", "Beta", Status.ACTIVE))
    assert "Which customer?" in (await office.type("/brief"))["text"]
    await office.press("link", "2")
    for line in ("/brief", "/known-issues", "/health"):
        assert (await office.type(line))["text"].startswith("Beta:")
    await office.press("unlink", "")
    assert "Which customer?" in (await office.type("/known-issues"))["text"]


@pytest.mark.parametrize(
    ("line", "looks"),
    [("/brief acme", [(1, "U0MAYA")]), ("/health acme", []), ("/known-issues acme", []), ("/brief nobody", [])],
)
async def test_only_a_brief_is_a_look(line: str, looks: list[Any]) -> None:
    office = Office(Profile("acme", "Acme", Status.ACTIVE))
    await office.type(line)
    assert office.store.looks == looks


@pytest.mark.parametrize(
    ("event", "forgotten"),
    [
        ({"type": "channel_shared", "channel": "C1"}, ([], ["C1"])),
        ({"type": "channel_unshared", "channel": "C1"}, ([], ["C1"])),
        ({"type": "user_change", "user": {"id": "U1"}}, (["U1"], [])),
    ],
)
async def test_what_slack_says_has_changed_is_forgotten(event: Any, forgotten: tuple[list[str], list[str]]) -> None:
    office = Office()
    await office.on.hear({"type": "event_callback", "event": event})
    assert (office.people.forgotten, office.places.forgotten) == forgotten
