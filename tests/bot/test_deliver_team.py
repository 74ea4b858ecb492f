"""Who hears what is for the team when its channel is closed, and who hears nothing any more."""

from dataclasses import replace

import pytest

from bot.deliver.addresses import OUTSIDERS
from bot.deliver.results import Dropped, Given, Later, Sent
from commands.said import Said
from customers.intents import TEAM, Queued, State
from customers.model import Person
from tests.bot.carrying import NOW, Desk, message
from tests.bot.carrying import row as row_of
from tests.foreign import broken, person, refused

LEFT = {"deleted": True}
GUEST = {"is_restricted": True}


def row(channel: str = TEAM) -> Queued:
    return row_of(channel, to="", key="clock:1")


@pytest.fixture
def team(desk: Desk) -> Desk:
    """Two admins and a channel of the team."""
    desk.slack.say("CTEAM", "hello")
    desk.fallback, desk.admins = "CTEAM", ("U2", "U3")
    desk.slack.people["U3"] = person("U3", "iris", "Iris Wolff", "iris@harbour.example")
    return desk


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "channel_not_found"])
async def test_a_closed_channel_of_the_team_passes_on_to_the_first_admin(team: Desk, code: str) -> None:
    team.slack.meets("chat.postMessage", refused(code))
    assert isinstance(await team.send(row()), Sent)
    assert len(team.slack.said("DU2")) == 1
    assert not team.slack.said("DU3")


@pytest.mark.parametrize("why", ["outsiders", "gone"])
async def test_a_channel_of_the_team_that_may_not_be_told_passes_on_too(team: Desk, why: str) -> None:
    if why == "outsiders":
        team.slack.channels["CTEAM"]["is_ext_shared"] = True
    else:
        team.slack.meets("conversations.info", refused("channel_not_found"))
    assert isinstance(await team.send(row()), Sent)
    assert len(team.slack.said("DU2")) == 1


async def test_an_admin_who_left_passes_on_to_the_next(team: Desk) -> None:
    team.fallback = None
    team.slack.people["U2"] |= LEFT
    assert isinstance(await team.send(row()), Sent)
    assert len(team.slack.said("DU3")) == 1
    assert isinstance(await team.look(replace(row(), first_try=NOW)), Sent)
    assert len(team.slack.said("DU3")) == 1


async def test_without_an_admin_it_is_given_up_with_the_reason(team: Desk) -> None:
    team.admins = ()
    team.slack.meets("chat.postMessage", refused("is_archived"))
    assert await team.send(row()) == Given("Slack refused: is_archived")


async def test_a_slack_in_trouble_is_waited_for_before_an_admin_is_told(team: Desk) -> None:
    team.slack.meets("conversations.info", broken(), broken())
    assert isinstance(await team.send(row()), Later)
    assert not team.slack.said("DU2")


# a message to a CSM, changed later


async def _changed(desk: Desk, found: object) -> object:
    assert isinstance(found, Sent)
    desk.before["usage_alert:1"] = replace(_to_csm(), state=State.DONE, result=found.result)
    desk.said = Said(message(), updates="usage_alert:1")
    return await desk.send(row_of("", to="", key="changed:1"))


def _to_csm() -> Queued:
    return row_of("", to="", key="usage_alert:1")


@pytest.mark.parametrize("found", ["posted", "looked up"])
@pytest.mark.parametrize("changed", [{}, GUEST, LEFT], ids=["stayed", "guest", "left"])
async def test_news_is_not_written_into_the_conversation_of_somebody_who_may_not_read(
    desk: Desk, changed: dict[str, object], found: str
) -> None:
    desk.said = Said(message(), to_csm=True, csm=Person("Maya Okafor"))
    result = await desk.send(_to_csm())
    if found == "looked up":
        result = await desk.look(replace(_to_csm(), first_try=NOW))
    desk.slack.people["U2"] |= changed
    desk.slack.calls.clear()
    after = await _changed(desk, result)
    assert isinstance(after, Dropped if changed else Sent)
    assert ("chat.update" in desk.slack.calls) is not bool(changed)


async def test_a_conversation_of_nobody_knows_whom_is_left_as_it_is(desk: Desk) -> None:
    assert isinstance(await _changed(desk, Sent("DU2/1700000000.000100")), Dropped)
    assert "chat.update" not in desk.slack.calls


async def test_a_channel_with_outsiders_is_given_up_with_the_reason(team: Desk) -> None:
    team.slack.say("C9", "hello")
    team.slack.channels["C9"]["is_ext_shared"] = True
    assert await team.send(row("C9")) == Given(OUTSIDERS)
