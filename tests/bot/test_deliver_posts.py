"""The carrier of posts and a foreign Slack: what its answers mean, where a message may go, how it is found again."""

from datetime import timedelta

import pytest

from bot import slack
from bot.deliver.finding import mark
from bot.deliver.results import Absent, Dropped, Given, Later, Result, Sent, Uncertain
from commands.said import Said
from customers.model import Person
from storage.outbox import SLACK
from tests.bot.carrying import NOW, WORDS, Desk, message, row
from tests.foreign import TOKEN, Fault, broken, cut, limited, refused

ALONE = frozenset({"chat:write"})


async def test_a_confirmation_stands_in_the_thread_with_its_mark_and_nothing_unfolds(desk: Desk) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    asked = row("C1", source.ts)
    result = await desk.send(asked)
    (said,) = desk.slack.said("C1", source.ts)
    assert result == Sent(f"C1/{said.ts}")
    assert WORDS in said.all
    assert said.metadata == {"event_type": "dossier_message", "event_payload": {"key": mark(asked)}}
    assert desk.slack.requests[-1][1].items() >= {"unfurl_links": False, "unfurl_media": False}.items()


def test_the_mark_is_the_same_for_every_try_and_tells_nothing() -> None:
    assert mark(row("C1")) == mark(row("C2"))
    assert mark(row("C1")) != mark(row("C1", key="request_logged:2"))
    assert "request" not in mark(row("C1"))


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (limited(30), Later("rate limited", 30.0, SLACK)),
        (Fault("{}", 429), Later("rate limited", 30.0, SLACK)),
        (refused("ratelimited"), Later("rate limited", 30.0, SLACK)),
        (broken(), Uncertain("http_500")),
        (refused("internal_error"), Uncertain("internal_error")),
        (refused("fatal_error"), Uncertain("fatal_error")),
        (refused("request_timeout"), Uncertain("request_timeout")),
        (refused("service_unavailable"), Uncertain("service_unavailable")),
        (Fault("<html>", 200), Uncertain("http_200")),
        (cut(), Uncertain("ServerDisconnectedError")),
        (refused("token_revoked"), Later("token_revoked", 60.0, endless=True)),
        (refused("invalid_auth"), Later("invalid_auth", 60.0, endless=True)),
        (refused("missing_scope"), Later("missing_scope", 60.0, endless=True)),
        (refused("invalid_blocks"), Given("Slack refused: invalid_blocks")),
        (refused("msg_blocks_too_long"), Given("Slack refused: msg_blocks_too_long")),
    ],
    ids=lambda one: getattr(one, "reason", None),
)
async def test_what_each_answer_to_a_post_means(desk: Desk, fault: Fault, result: Result) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("chat.postMessage", fault)
    assert await desk.send(row("C1", source.ts)) == result


async def test_a_slack_that_cannot_be_reached_was_told_nothing(desk: Desk, unused_tcp_port: int) -> None:
    async with slack.new_session() as session:
        desk.web = slack.client(TOKEN, f"http://127.0.0.1:{unused_tcp_port}/api/", session)
        result = await desk.send(row("U1"))
    assert isinstance(result, Later)


@pytest.mark.parametrize(
    "code", ["not_in_channel", "channel_not_found", "is_archived", "cannot_reply_to_message", "restricted_action"]
)
async def test_when_the_channel_will_not_take_it_the_person_is_told(desk: Desk, code: str) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("chat.postMessage", refused(code))
    result = await desk.send(row("C1", source.ts))
    (told,) = desk.slack.said("DU1")
    assert result == Sent(f"DU1/{told.ts}")


async def test_when_the_person_cannot_be_told_either_it_is_given_up(desk: Desk) -> None:
    desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("chat.postMessage", refused("is_archived"), refused("channel_not_found"))
    assert await desk.send(row("C1")) == Given("Slack refused: channel_not_found")
    assert desk.slack.calls.count("chat.postMessage") == 2


@pytest.mark.parametrize("about", [{"is_ext_shared": True}, {"is_pending_ext_shared": True}], ids=str)
async def test_where_outsiders_read_the_person_is_told_alone(desk: Desk, about: dict[str, bool]) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.channels["C1"] |= about
    await desk.send(row("C1", source.ts))
    assert [one.all for one in desk.slack.said("DU1") if WORDS in one.all]
    assert desk.slack.said("C1", source.ts) == []


@pytest.mark.parametrize("fault", [broken(), refused("channel_not_found"), limited(5)], ids=["500", "unknown", "429"])
async def test_when_slack_does_not_say_who_reads_there_the_person_is_told_alone(desk: Desk, fault: Fault) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("conversations.info", fault)
    await desk.send(row("C1", source.ts))
    assert desk.slack.said("DU1")
    assert not desk.slack.said("C1", source.ts)


async def test_what_is_no_longer_true_is_not_said(desk: Desk) -> None:
    desk.said = None
    assert await desk.send(row("U1")) == Dropped("no longer true")
    assert await desk.look(row("U1")) == Dropped("no longer true")
    assert desk.slack.calls == []


@pytest.mark.parametrize(
    "changed", [{"is_restricted": True}, {"deleted": True}, {"is_stranger": True}, {"team_id": "TOTHER"}], ids=str
)
async def test_whoever_may_no_longer_read_is_told_nothing(desk: Desk, changed: dict[str, object]) -> None:
    desk.slack.people["U1"] |= changed
    assert isinstance(await desk.send(row("U1")), Given)
    assert desk.slack.posts == []


async def test_while_slack_does_not_say_who_somebody_is_they_are_told_nothing(desk: Desk) -> None:
    desk.slack.meets("users.info", broken())
    assert await desk.send(row("U1")) == Later("Slack did not say who the person is", endless=True)
    assert desk.slack.posts == []
    assert isinstance(await desk.send(row("U1")), Sent)


# to a customer's CSM


def to_csm(csm: Person | None) -> Said:
    return Said(message(), to_csm=True, csm=csm)


MAYA = Person(name="Maya Okafor", email="maya@harbour.example")


async def test_a_csm_is_found_and_told_alone(desk: Desk) -> None:
    desk.said = to_csm(MAYA)
    await desk.send(row("csm:1", to=""))
    assert [one.text for one in desk.slack.said("DU2")] == [WORDS]


@pytest.mark.parametrize("csm", [None, Person(name="Somebody Else")], ids=["nobody", "no user"])
async def test_without_a_csm_in_slack_the_fallback_channel_is_told(desk: Desk, csm: Person | None) -> None:
    desk.said = to_csm(csm)
    missing = await desk.send(row("csm:1", to=""))
    assert isinstance(missing, Given)
    assert "FALLBACK_CHANNEL" in missing.reason
    assert "Acme" not in missing.reason  # reasons are shown to operators, who read no customer data there
    desk.slack.say("C9", "hello")
    desk.fallback = "C9"
    await desk.send(row("csm:1", to=""))
    assert [one.text for one in desk.slack.said("C9")] == [WORDS]


async def test_a_fallback_channel_with_outsiders_is_not_told(desk: Desk) -> None:
    desk.said, desk.fallback = to_csm(None), "C9"
    desk.slack.say("C9", "hello")
    desk.slack.channels["C9"]["is_ext_shared"] = True
    assert isinstance(await desk.send(row("csm:1", to="")), Given)
    assert not desk.slack.said("C9")


@pytest.mark.parametrize("asked", ["csm:1", "C9"])
async def test_doubt_about_a_channel_for_everybody_waits_and_gives_nothing_up(desk: Desk, asked: str) -> None:
    desk.fallback = "C9"
    desk.said = to_csm(None) if asked == "csm:1" else desk.said
    desk.slack.say("C9", "hello")
    desk.slack.meets("conversations.info", broken())
    assert await desk.send(row(asked, to="")) == Later("Slack did not say who reads there")
    assert desk.slack.said("C9") == []


async def test_a_csm_who_left_since_everybody_was_listed_is_not_told(desk: Desk) -> None:
    desk.said, desk.fallback = to_csm(MAYA), "C9"
    desk.slack.say("C9", "hello")
    posts = desk.posts
    assert isinstance(await posts.send(row("csm:1", to=""), NOW), Sent)
    desk.slack.people["U2"]["deleted"] = True
    desk.now += timedelta(minutes=6)  # what is known of a person lasts five minutes, the list of everybody ten
    await posts.send(row("csm:1", to=""), desk.now)
    assert len(desk.slack.said("DU2")) == 1
    assert [one.text for one in desk.slack.said("C9")] == [WORDS]


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (limited(7), Later("rate limited", 7.0)),
        (refused("token_revoked"), Later("token_revoked", 60.0, endless=True)),
        (broken(), Later("http_500")),
        (cut(), None),
    ],
    ids=["429", "token", "500", "cut"],
)
async def test_when_everybody_cannot_be_listed_nothing_was_sent(desk: Desk, fault: Fault, result: Later | None) -> None:
    desk.said = to_csm(MAYA)
    desk.slack.meets("users.list", fault, fault)  # aiohttp asks once more by itself what only reads
    found = await desk.send(row("csm:1", to=""))
    assert found == result if result else isinstance(found, Later)
    assert desk.slack.posts == []


# looking for an uncertain one


@pytest.mark.parametrize("lost", [broken(), cut()], ids=["500", "cut"])
@pytest.mark.parametrize("where", ["thread", "person"])
async def test_what_was_posted_without_an_answer_is_found_again(desk: Desk, lost: Fault, where: str) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    for at in range(5):
        desk.slack.say("C1", f"me too {at}", thread=source.ts)
    asked = row("C1", source.ts) if where == "thread" else row("U1")
    desk.slack.meets("chat.postMessage", lost)
    assert isinstance(await desk.send(asked), Uncertain)
    place = ("C1", source.ts) if where == "thread" else ("DU1", "")
    (said,) = desk.slack.said(*place)
    assert await desk.look(asked) == Sent(f"{place[0]}/{said.ts}")
    assert desk.slack.said(*place) == [said]


@pytest.mark.parametrize("where", ["thread", "person"])
async def test_what_was_surely_not_posted_is_told_so(desk: Desk, where: str) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    await desk.send(row("C1", source.ts, key="request_logged:9"))
    asked = row("C1", source.ts) if where == "thread" else row("U1")
    assert await desk.look(asked) == Absent()


async def test_what_went_to_the_person_because_the_channel_was_closed_is_found_there(desk: Desk) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("chat.postMessage", refused("is_archived"), broken())
    assert isinstance(await desk.send(row("C1", source.ts)), Uncertain)
    (told,) = desk.slack.said("DU1")
    assert await desk.look(row("C1", source.ts)) == Sent(f"DU1/{told.ts}")


@pytest.mark.parametrize("first", [True, False], ids=["thread, then doubt", "doubt, then thread"])
async def test_doubt_about_who_reads_there_never_posts_a_second_time(desk: Desk, first: bool) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("chat.postMessage", broken())
    desk.slack.meets("conversations.info", *([] if first else [broken()]))
    assert isinstance(await desk.send(row("C1", source.ts)), Uncertain)
    desk.slack.meets("conversations.info", *([broken()] if first else []))
    found = await desk.look(row("C1", source.ts))
    assert isinstance(found, Sent)
    assert found.result.startswith("C1/" if first else "DU1/")


async def test_without_the_right_to_read_there_the_person_is_told(desk: Desk) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.scopes = ALONE
    assert isinstance(await desk.look(row("C1", source.ts)), Sent)
    assert len(desk.slack.said("DU1")) == 1
    assert await desk.look(row("U1")) == Absent()
    assert not [one for one in desk.slack.calls if one.startswith("conversations.h") or one.endswith("replies")]


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "missing_scope", "thread_not_found"])
async def test_a_channel_that_lets_us_read_no_more_counts_as_one_we_may_not_read(desk: Desk, code: str) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("conversations.replies", refused(code))
    assert isinstance(await desk.look(row("C1", source.ts)), Sent)
    assert len(desk.slack.said("DU1")) == 1


async def test_a_warning_for_everybody_is_never_repeated_in_the_dark(desk: Desk) -> None:
    desk.slack.say("C1", "hello")
    desk.scopes = ALONE
    result = await desk.look(row("C1", to=""))
    assert isinstance(result, Given)
    assert "uncertain" in result.reason
    assert not desk.slack.said("C1")


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (limited(9), Later("rate limited", 9.0)),
        (refused("token_revoked"), Later("token_revoked", 60.0, endless=True)),
        (broken(), Uncertain("http_500")),
        (cut(), None),
    ],
    ids=["429", "token", "500", "cut"],
)
async def test_a_look_up_that_fails_settles_nothing(desk: Desk, fault: Fault, result: Result | None) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    desk.slack.meets("conversations.replies", fault, fault)
    found = await desk.look(row("C1", source.ts))
    assert found == result if result else isinstance(found, Uncertain)
    assert not desk.slack.said("C1", source.ts)


async def test_where_too_much_was_said_since_the_person_is_told(desk: Desk) -> None:
    source = desk.slack.say("C1", "Acme wants it")
    for at in range(20):
        desk.slack.say("C1", f"me too {at}", thread=source.ts)
    assert isinstance(await desk.look(row("C1", source.ts)), Sent)
    assert len(desk.slack.said("DU1")) == 1
    assert not desk.slack.said("C1", source.ts)
