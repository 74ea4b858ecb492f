"""`/features review`: product's weekly queue, a card at a time; whoever decides first is never overwritten."""

import pytest

from customers.requests import Move, Status
from tests.commands.anybody import NOW
from tests.commands.room import Room


async def _queue(room: Room) -> None:
    await room.log("Single sign-on", "Acme", "Bolt", ago=40)
    await room.log("Dark mode", "Corp & Sons", ago=3)
    await room.log("Audit log", "Demo")


async def test_a_card_says_who_wants_it_why_and_for_how_long(room: Room) -> None:
    await _queue(room)
    seen = await room.type("/features review")
    assert "Review · 3 requests to decide1  Single sign-on" in seen
    assert "Customers (2): Acme (important), Bolt (important)" in seen
    assert "prioritized since 2026-10-09: 2 customers want it: Acme and Bolt" in seen
    assert "2026-10-09, 40 days ago" in seen
    assert ("Acme wants it" in seen, "Bolt wants it" in seen) == (True, True)
    assert room.labels == ["Plan", "Decline…", "Merge…", "Need info…", "Next ›"]
    assert room.buttons[0]["confirm"]["title"]["text"] == "Plan it?"


async def test_the_whole_queue_card_by_card(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    seen = await room.press("Plan")
    assert "Request 1 is planned now.Review · 2 requests to decide2  Dark mode" in seen
    await room.press("Decline…")
    assert await room.submit(reason="") == "Say why, so that the CSMs can explain it."
    told = await room.submit(reason="Against our design")
    assert told.startswith("Request 2 is declined now.")
    assert told.endswith("The card goes on with the next request; if it does not, press Next.")
    seen = room.turned()
    assert "Request 2 is declined now.Review · 1 request to decide3  Audit log" in seen
    end = await room.press("Next ›")
    assert end == (
        "That was all: 1 planned, 1 declined. 1 request still undecided.as of 2026-11-18 09:00 UTCStart again"
    )
    assert "Review · 1 request to decide3  Audit log" in await room.press("Start again")
    assert (await room.backlog.show(2)).reason == "Against our design"


async def test_a_card_somebody_else_decided_gives_way_to_the_next(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    await room.backlog.move(Move(1, Status.DECLINED, "no", "k"), room.reader, NOW)
    seen = await room.press("Plan")
    assert "Request 1 is declined by now; nothing was changed.Review · 2 requests to decide2  Dark mode" in seen
    assert (await room.backlog.show(1)).status is Status.DECLINED


@pytest.mark.parametrize("label", ["Decline…", "Merge…", "Need info…"])
async def test_a_form_is_not_opened_for_what_was_decided(room: Room, label: str) -> None:
    await _queue(room)
    await room.type("/features review")
    await room.backlog.move(Move(1, Status.SHIPPED, "", "k"), room.reader, NOW)
    seen = await room.press(label)
    assert "Request 1 is shipped by now; nothing was changed.Review · 2 requests to decide2  Dark mode" in seen
    assert room.form == {}


@pytest.mark.parametrize("label", ["Plan", "Decline…", "Merge…", "Need info…"])
async def test_a_card_that_became_part_of_another_request_decides_nothing_about_that_one(
    room: Room, label: str
) -> None:
    await _queue(room)
    await room.type("/features list")
    await room.backlog.move(Move(1, Status.BACKLOG, "", "k"), room.reader, NOW)
    await room.type("/features review")
    (one,) = [button["value"].split("|")[0] for button in room.buttons if button["text"]["text"] == label]
    into = next(number for number in (1, 2, 3) if str(number) != one)
    await room.backlog.merge(int(one), into, room.reader, "m", NOW)
    before = await room.backlog.show(into)
    assert f"Request {one} is merged into {into} by now; nothing was changed.Review" in await room.press(label)
    assert await room.backlog.show(into) == before


async def test_a_press_that_is_delivered_twice_plans_once(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    value = room.buttons[0]["value"]
    seen = [await room.send("review:plan", value, at="9.9") for _ in range(2)]
    assert seen[0] == seen[1]
    assert len(await room.outbox("request_csm")) == 2  # prioritised, then planned; no CSM is named, so one each


async def test_a_request_is_merged_into_one_that_is_found_by_words_or_number(room: Room) -> None:
    await room.log("Single sign-on", "Acme")
    await room.log("Sign-on with Okta", "Bolt")
    await room.log("Shipped sign-on", "Bolt")
    await room.backlog.move(Move(3, Status.SHIPPED, "", "k"), room.reader, NOW)
    await room.type("/features review")
    await room.press("Merge…")
    assert await room.offered("sign-on") == ["2  Sign-on with Okta (1 customer)"]
    assert (await room.offered("2"))[0] == "2  Sign-on with Okta (1 customer)"
    assert [await room.offered(one) for one in ("1", "3", "zzz")] == [[], [], []]
    assert await room.submit(merge_into="1") == "This is request 1 itself. Choose another one."
    assert await room.submit(merge_into="3") == "Request 3 is shipped. Choose one that is open."
    assert await room.submit(merge_into="") == "Choose the request that stays."
    told = [await room.submit("V9", merge_into="2") for _ in range(2)]
    assert told[0] == told[1]
    assert told[0].startswith("Request 1 is part of request 2 now, which has 2 customers.")
    assert (await room.backlog.show(1)).id == 2
    assert "Request 1 was merged into 2.Review · 1 request to decide2  Sign-on with Okta" in room.turned()


async def test_what_was_moved_meanwhile_is_not_merged(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    await room.press("Merge…")
    await room.backlog.move(Move(1, Status.PLANNED, "", "k"), room.reader, NOW)
    assert "Request 1 is planned by now; nothing was changed." in await room.submit(merge_into="2")


async def test_a_form_decides_nothing_about_what_its_request_became_a_part_of(room: Room) -> None:
    await room.log("Single sign-on", "Acme")
    await room.log("Sign-on with Okta", "Bolt")
    await room.type("/features review")
    await room.press("Decline…")
    await room.backlog.merge(1, 2, room.reader, "k", NOW)
    before = await room.backlog.show(2)
    assert "Request 1 is merged into 2 by now; nothing was changed." in await room.submit(reason="No")
    assert await room.backlog.show(2) == before


async def test_a_form_without_its_card_says_how_to_go_on(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    await room.press("Decline…")
    room.form["private_metadata"] = '{"id":1,"seen":"prioritized","card":"x"}'
    before = len(room.outbound.answers)
    assert (await room.submit(reason="No")).endswith("Press Next on the card.")
    assert len(room.outbound.answers) == before
    assert "Request 1 is declined now.Review · 2 requests to decide2  Dark mode" in await room.press("Next ›")


async def test_a_card_that_cannot_be_told_does_not_undo_the_decision(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    await room.press("Decline…")
    room.form["private_metadata"] = '{"id":1,"seen":"prioritized","card":"x","url":"https://hooks.slack.example/1"}'
    assert (await room.submit(reason="No")).endswith("Press Next on the card.")
    assert (await room.backlog.show(1)).status is Status.DECLINED


async def test_a_question_goes_to_everybody_who_logged_it(room: Room) -> None:
    await _queue(room)
    await room.type("/features review")
    assert "Goes to the colleague who logged it, with your name." in str((await room.press("Need info…"), room.form))
    assert room.form["private_metadata"].count("https://hooks.slack.example/1") == 1
    assert await room.submit(question=" ") == "Write the question."
    assert await room.submit(question="x" * 301) == "Shorten the question to 300 characters."
    told = await room.submit(question="Which provider?")
    assert told.startswith("Dossier now asks the colleague who logged request 1; it stays in the queue.")
    (asked,) = await room.outbox("request_question")
    assert (asked["question"], asked["by"]) == ("Which provider?", "U0MAYA")
    assert "1 passed over2  Dark mode" in room.turned()
