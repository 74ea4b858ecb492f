"""What a post can do besides standing there: show a picture, change one that stands, have others follow, wait."""

import asyncio
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.deliver.pictures import Pictures
from bot.deliver.posts import Posts
from bot.deliver.results import Dropped, Given, Later, Sent, Uncertain
from commands.said import Picture, Said
from customers.intents import Intent, Queued, State
from storage.outbox import SLACK
from tests.bot.carrying import NOW, WORDS, Desk, message, row
from tests.foreign import Fault, broken, cut, limited, refused

FILE = "F000000000"
PNG = b"\x89PNG\r\n\x1a\nsmall"
NEXT = Intent("digest_part", "digest_part:1", "C1", {"channel": "C1"})
MORE_THAN_THREADS = 33  # asyncio has 32 at most
UPLOADS = ["files.getUploadURLExternal", "files.completeUploadExternal"]


def chart(drawn: list[int] | None = None) -> Picture:
    def draw() -> bytes:
        if drawn is not None:
            drawn.append(1)
        return PNG

    return Picture(draw, "Weekly users", "120, then 79", at=1)


def broken_chart() -> Picture:
    def draw() -> bytes:
        raise ValueError("no room for the axis")

    return Picture(draw, "Weekly users", "120, then 79")


def pictured(picture: Picture) -> Said:
    return Said(message(), picture=picture)


def sent(desk: Desk, key: str = "request_logged:1", file: str = "") -> Queued:
    """A row that went out as the newest message of ours."""
    ours = [one for one in desk.slack.posts if one.user == "UBOT"][-1]
    result = f"{ours.channel}/{ours.ts}" + (f"/{file}" if file else "")
    return replace(row("U1", key=key), state=State.DONE, result=result)


async def test_a_picture_is_uploaded_and_stands_in_the_message(desk: Desk) -> None:
    desk.said = pictured(chart())
    result = await desk.send(row("U1"))
    (told,) = desk.slack.said("DU1")
    assert {one.id: one.data for one in desk.slack.files.values()} == {FILE: PNG}
    assert told.blocks[1]["slack_file"] == {"id": FILE}
    assert (told.blocks[1]["alt_text"], told.blocks[1]["title"]["text"]) == ("120, then 79", "Weekly users")
    assert result == Sent(f"DU1/{told.ts}/{FILE}")
    assert not [given for method, given in desk.slack.requests if method in UPLOADS and "channel_id" in given]


@pytest.mark.parametrize("method", UPLOADS)
@pytest.mark.parametrize("fault", [refused("file_uploads_disabled"), limited(5), broken(), cut()], ids=str)
async def test_without_its_picture_a_message_goes_all_the_same(desk: Desk, method: str, fault: Fault) -> None:
    desk.said = pictured(chart())
    desk.slack.meets(method, fault, fault)
    assert isinstance(await desk.send(row("U1")), Sent)
    assert [one["type"] for one in desk.slack.said("DU1")[0].blocks] == ["rich_text"]


@pytest.mark.parametrize("why", ["no scope", "a defect", "an address elsewhere"])
async def test_a_picture_that_cannot_be_made_or_sent_is_left_out(desk: Desk, why: str) -> None:
    desk.said = pictured(broken_chart() if why == "a defect" else chart())
    if why == "no scope":
        desk.scopes = frozenset({"chat:write"})
    if why == "an address elsewhere":
        url = "http://localhost.example/upload"
        desk.slack.meets(UPLOADS[0], Fault({"ok": True, "upload_url": url, "file_id": "F9"}))
    assert isinstance(await desk.send(row("U1")), Sent)
    assert "image" not in str(desk.slack.said("DU1")[0].blocks)
    assert UPLOADS[1] not in desk.slack.calls
    assert (UPLOADS[0] in desk.slack.calls) == (why == "an address elsewhere")


async def test_charts_that_wait_leave_threads_to_the_commands(desk: Desk) -> None:
    loop, begun, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def draw() -> bytes:
        loop.call_soon_threadsafe(begun.set)
        go.wait(2)
        return PNG

    pictures, picture = Pictures(desk.web, lambda: desk.scopes), Picture(draw, "Users", "120, then 79")
    waiting = asyncio.gather(*(pictures.upload(one, picture) for one in range(MORE_THAN_THREADS)))
    await begun.wait()
    async with asyncio.timeout(1):
        await asyncio.to_thread(go.set)
    assert len(set(await waiting)) == MORE_THAN_THREADS


async def test_a_picture_that_slack_has_not_taken_in_is_waited_for_and_drawn_once(desk: Desk) -> None:
    drawn: list[int] = []
    desk.said = pictured(chart(drawn))
    posts = desk.posts
    desk.slack.meets("chat.postMessage", refused("invalid_blocks"))
    waits = await posts.send(row("U1"), NOW)
    assert isinstance(waits, Later)
    assert waits.after is not None
    assert waits.after <= 5
    assert isinstance(await posts.send(replace(row("U1"), attempts=2), NOW), Sent)
    assert FILE in desk.slack.said("DU1")[0].all
    assert (len(drawn), desk.slack.calls.count(UPLOADS[0])) == (1, 1)


async def test_a_picture_that_is_never_taken_in_is_left_out(desk: Desk) -> None:
    desk.said = pictured(chart())
    desk.slack.meets("chat.postMessage", refused("invalid_blocks"))
    assert isinstance(await desk.send(replace(row("U1"), attempts=4)), Sent)
    assert "image" not in str(desk.slack.said("DU1")[0].blocks)


async def test_blocks_that_are_wrong_without_a_picture_are_given_up(desk: Desk) -> None:
    desk.said = pictured(chart())
    desk.slack.meets("chat.postMessage", refused("invalid_blocks"), refused("invalid_blocks"))
    assert await desk.send(replace(row("U1"), attempts=4)) == Given("Slack refused: invalid_blocks")


# what follows


def part(channel: str, ts: str) -> tuple[Intent, ...]:
    return (replace(NEXT, about={"channel": channel, "thread": ts}),)


@pytest.mark.parametrize("lost", [False, True], ids=["sent", "found"])
async def test_what_follows_knows_where_the_message_stands(desk: Desk, lost: bool) -> None:
    desk.said = Said(message(), picture=chart(), then=part)
    if lost:
        desk.slack.meets("chat.postMessage", broken())
    result = await desk.send(row("U1"))
    if lost:
        assert isinstance(result, Uncertain)
        result = await desk.look(row("U1"))
    (told,) = desk.slack.said("DU1")
    assert isinstance(result, Sent)
    assert result == Sent(f"DU1/{told.ts}/{FILE}", part("DU1", told.ts))


# changing a message


async def test_a_message_is_changed_and_keeps_its_mark_and_its_picture(desk: Desk) -> None:
    desk.said = pictured(chart())
    await desk.send(row("U1"))
    (was,) = desk.slack.said("DU1")
    desk.before["request_logged:1"] = sent(desk, file=FILE)
    desk.said = Said(message(), updates="request_logged:1", picture=chart())
    change = replace(row("U1", key="changed:1"), id=2)
    for carry in (desk.send, desk.look):  # twice is the same
        assert await carry(change) == Sent(f"DU1/{was.ts}/{FILE}")
    (now,) = desk.slack.said("DU1")
    assert now.metadata == was.metadata
    assert FILE in now.all
    assert desk.slack.calls.count(UPLOADS[0]) == 1


@pytest.mark.parametrize(
    ("state", "result"),
    [
        (State.NEW, Later), (State.SENDING, Later), (State.UNKNOWN, Later), (State.PARKED, Later),
        (State.DEAD, Dropped), (State.CANCELLED, Dropped), (None, Dropped),
    ],
)  # fmt: skip
async def test_a_change_waits_for_its_message_and_no_longer(desk: Desk, state: State | None, result: type) -> None:
    desk.said = Said(message(), updates="request_logged:1")
    if state:
        desk.before["request_logged:1"] = replace(row("U1"), state=state)
    assert isinstance(await desk.send(row("U1", key="changed:1")), result)
    assert desk.slack.calls == []


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (limited(7), Later("rate limited", 7.0, SLACK)),
        (broken(), Later("http_500")),
        (refused("internal_error"), Later("internal_error")),
        (cut(), Later("ServerDisconnectedError")),
        (refused("token_revoked"), Later("token_revoked", 60.0, endless=True)),
        (refused("message_not_found"), Dropped("the message is gone: message_not_found")),
        (refused("cant_update_message"), Dropped("the message is gone: cant_update_message")),
        (refused("msg_too_long"), Given("Slack refused: msg_too_long")),
    ],
    ids=str,
)
async def test_what_each_answer_to_a_change_means(desk: Desk, fault: Fault, result: object) -> None:
    await desk.send(row("U1"))
    desk.before["request_logged:1"] = sent(desk)
    desk.said = Said(message(), updates="request_logged:1")
    desk.slack.meets("chat.update", fault)
    assert await desk.send(row("U1", key="changed:1")) == result


async def test_a_message_that_outsiders_read_by_now_is_left_as_it_is(desk: Desk) -> None:
    desk.slack.say("C1", "hello")
    await desk.send(row("C1"))
    desk.before["request_logged:1"] = sent(desk)
    desk.slack.channels["C1"]["is_ext_shared"] = True
    desk.said = Said(message(), updates="request_logged:1")
    assert isinstance(await desk.send(row("C1", key="changed:1")), Given)
    assert "chat.update" not in desk.slack.calls


async def test_what_the_press_changed_already_is_not_changed_again(desk: Desk) -> None:
    await desk.send(row("U1"))
    earlier = sent(desk)
    desk.before["request_logged:1"] = earlier
    desk.said = Said(message(), updates="request_logged:1")
    change = row("U1", key="changed:1")
    change = replace(change, intent=replace(change.intent, about={**change.intent.about, "pressed": earlier.result}))
    assert isinstance(await desk.send(change), Dropped)
    assert "chat.update" not in desk.slack.calls


# a channel that will not take it


@pytest.mark.parametrize("why", ["outsiders", "is_archived", "not_in_channel"])
@pytest.mark.parametrize("instead", [(NEXT,), (), None], ids=["something else", "nothing", "no matter"])
async def test_whoever_posts_there_may_have_something_to_do_about_it(
    desk: Desk, why: str, instead: tuple[Intent, ...] | None
) -> None:
    desk.slack.say("C1", "hello")
    desk.instead = instead
    if why == "outsiders":
        desk.slack.channels["C1"]["is_ext_shared"] = True
    else:
        desk.slack.meets("chat.postMessage", refused(why))
    result = await desk.send(row("C1", to=""))
    assert isinstance(result, Given if instead or instead is None else Dropped)
    assert (result.follow if isinstance(result, Given) else ()) == (instead or ())
    assert [one.startswith("people from outside") if why == "outsiders" else one == why for one in desk.refusals] == [
        True
    ]
    assert desk.slack.said("C1") == []


# quiet hours


@pytest.mark.parametrize("channel", ["U1", "DU1", "C1"])
async def test_a_message_to_a_person_waits_until_their_quiet_hours_are_over(desk: Desk, channel: str) -> None:
    asked: list[str] = []

    async def quiet(who: str, now: datetime) -> datetime | None:
        asked.append(who)
        return NOW + timedelta(hours=7)

    desk.quiet = quiet
    desk.slack.say("C1", "hello")
    result = await desk.send(row(channel))
    if channel == "C1":
        assert isinstance(result, Sent)
        assert asked == []
    else:
        assert result == Later("the person's quiet hours", 7 * 3_600.0, endless=True)
        assert asked == ["U1"]
        assert WORDS not in str(desk.slack.posts)


async def test_what_breaks_into_quiet_hours(desk: Desk) -> None:
    async def quiet(_who: str, _now: datetime) -> datetime | None:
        return NOW + timedelta(hours=7)

    desk.quiet = quiet
    own = row("U1")
    own = replace(own, intent=replace(own.intent, about={**own.intent.about, "by": "U1"}))
    late = replace(row("U1"), intent=Intent("bug_late_csm", "late:1", "U1", {"channel": "U1", "level": 100}))
    half = replace(late, intent=replace(late.intent, about={"channel": "U1", "level": 50}))
    assert isinstance(await desk.send(own), Sent)
    assert isinstance(await desk.send(late), Sent)
    assert isinstance(await desk.send(half), Later)


async def test_hours_that_are_over_hold_nothing(desk: Desk) -> None:
    async def quiet(_who: str, now: datetime) -> datetime | None:
        return NOW if now < NOW else None

    desk.quiet = quiet
    posts: Posts = desk.posts
    assert isinstance(await posts.send(row("U1"), NOW - timedelta(minutes=1)), Later)
    assert isinstance(await posts.send(row("U1"), NOW), Sent)
