"""`/features`: what customers ask for is found, read and decided, and nothing changes without a form or a confirm."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import feature_forms, feature_review, feature_views
from customers.intents import Source
from customers.requests import Evidence, Importance, Move, Request, RequestPage, Status, Wish
from tests.commands import paper
from tests.commands.anybody import HOSTILE, MOMENTS, NOW, TYPED, some, typed, wrong
from tests.commands.room import Room, links_in, people_in

# The list


async def test_nothing_yet_says_how_to_begin(room: Room) -> None:
    seen = await room.type("/features")
    assert "No open feature requests. Log one from a message's menu" in seen
    assert seen.endswith("as of 2026-11-18 09:00 UTC")


async def test_the_most_wanted_comes_first_with_its_customers_and_why(room: Room) -> None:
    await room.log("Dark mode", "Bolt")
    await room.log("Single sign-on", "Acme", "Corp & Sons")
    seen = await room.type("/features")
    assert seen.index("2  Single sign-on") < seen.index("1  Dark mode")
    assert "prioritized since 2026-11-18: 2 customers want it: Acme and Corp & Sons" in seen
    assert "backlog since 2026-11-18" in seen
    assert "1 customer: Bolt" in seen
    assert seen.endswith("as of 2026-11-18 09:00 UTCShow 2Show 1")
    assert "1–2 of 2" not in seen  # one page holds them all


async def test_the_reason_counts_everybody_who_came_later(room: Room) -> None:
    await room.log("Single sign-on", "Acme", "Bolt", "Corp & Sons")
    assert "3 customers want it: Acme, Bolt and Corp & Sons" in await room.type("/features list")


async def test_the_list_is_read_page_by_page(room: Room) -> None:
    for at in range(11):
        await room.log(f"Wish {at:02}", "Acme")
    assert "1–8 of 11" in await room.type("/features")
    last = await room.press("Next ›")
    assert ("9–11 of 11" in last, "Wish 10" in last, room.labels[-1]) == (True, True, "‹ Previous")
    assert "1–8 of 11" in await room.press("‹ Previous")


async def test_a_page_that_is_no_longer_there_becomes_the_first(room: Room) -> None:
    await room.log("Dark mode", "Acme")
    assert "1  Dark mode" in await room.send("features:on", "8|||")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("shipped", {"Old one"}),
        ("SHIPPED", {"Old one"}),
        ("acme", {"Single sign-on"}),
        ("bolt", {"Dark mode", "Dark menu"}),
        ("bolt shipped", {"Old one"}),
        ("shipped bolt", {"Old one"}),
        ("dark", {"Dark mode", "Dark menu"}),
        ("dark men", {"Dark menu"}),
        ("all", {"Old one", "Single sign-on", "Dark mode", "Dark menu"}),
        ("open", {"Single sign-on", "Dark mode", "Dark menu"}),
        ("in progress", set()),
        ("prioritised", set()),
        ("%", set()),
    ],
)
async def test_it_is_filtered_by_status_customer_or_words(room: Room, words: str, found: set[str]) -> None:
    for title, name in (("Single sign-on", "Acme"), ("Dark mode", "Bolt"), ("Dark menu", "Bolt"), ("Old one", "Bolt")):
        last = await room.log(title, name)
    await room.backlog.move(Move(last.id, Status.SHIPPED, "", "k"), room.reader, NOW)
    seen = await room.type(f"/features list {words}")
    assert {one for one in ("Single sign-on", "Dark mode", "Dark menu", "Old one") if one in seen} == found
    assert found or "No feature requests" in seen


async def test_a_word_that_is_a_customer_too_can_be_looked_for_in_titles(room: Room) -> None:
    await room.log("Bolt icons", "Acme")
    await room.log("Dark mode", "Bolt")
    assert "Feature requests of Bolt, the most wanted first2  Dark mode" in await room.type("/features list bolt")
    assert "1  Bolt icons" in await room.press("“bolt” in titles instead")


async def test_a_filter_stays_when_the_page_is_turned(room: Room) -> None:
    for at in range(9):
        await room.log(f"Wish {at}", "Acme")
        await room.log(f"Hope {at}", "Bolt")
    await room.type("/features list acme")
    assert "9–9 of 9" in (seen := await room.press("Next ›"))
    assert ("Wish 8" in seen, "of Acme" in seen) == (True, True)
    await room.type("/features list hope")
    assert "“hope” in the title" in await room.press("Next ›")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/features help", "What Dossier answers"),
        ("/features frobnicate", "/features knows no “frobnicate”. Try /features list, /features show"),
        ("/features show", "Which request shall I show? Type its number, for example /features show 3."),
        ("/features show 4711", "There is no such feature request."),
        ("/features show x", "Which request shall I show?"),
        ("/features set", "Which request shall I set? Type its number, for example /features set 3 planned."),
        ("/features set 4711 planned", "There is no such feature request."),
        ("/features set 4711 finished", "/features set 4711 knows no “finished”. Try /features set 4711 backlog"),
        ("/features review", "Nothing waits for a decision. The queue is empty"),
    ],
)
async def test_whatever_is_typed_has_an_answer(room: Room, line: str, told: str) -> None:
    assert told in await room.type(line)


@pytest.mark.parametrize("words", [*HOSTILE, "x" * 5_000, "٣", "²", "9" * 40])
async def test_hostile_words_are_answered_literally(room: Room, words: str) -> None:
    await room.log(f"{TYPED} {words}"[:150], "Acme", quote=f"{TYPED} {words}")
    for line in ("list", "show", "set", "set 1", "review", "", "list all"):
        await room.type(f"/features {line} {words}")
    await room.type("/features show 1")


# One request


async def test_one_request_with_all_that_stands_behind_it(room: Room) -> None:
    await room.log("Single sign-on", "Acme", quote="We <need> it", importance=Importance.BLOCKER)
    await room.log("Single sign-on", "Demo", into=1, importance=Importance.NICE)
    seen = await room.type("/features show #1")
    assert "Request 1  Single sign-on" in seen
    assert (
        "Customers (2, 1 of them counted): Acme (blocker), Demo (nice to have, internal or churned, not counted)"
        in seen
    )
    assert "Acme  blocker · 2026-11-18 · logged by  · messageWe <need> it" in seen
    assert people_in(room.shown) == ["U0MAYA", "U0MAYA"]
    assert links_in(room.shown)[0] == "https://harbour.slack.com/archives/C9/p11"
    assert room.labels == ["Plan…", "Decline…", "Other status…", "‹ All requests"]
    assert "as of 2026-11-18 09:00 UTC" in seen


async def test_everybody_s_words_are_read_page_by_page(room: Room) -> None:
    for at in range(7):
        await room.log("Single sign-on", "Acme", into=1 if at else None, quote=f"words {at}")
    assert "Evidence 1–5 of 7" in await room.type("/features show 1")
    last = await room.press("More evidence ›")
    assert ("words 5" in last, "words 6" in last, "words 4" in last) == (True, True, False)
    assert "words 4" in await room.press("‹ Evidence")


async def test_a_merged_number_leads_to_the_other_and_says_so(room: Room) -> None:
    await room.log("Single sign-on", "Acme")
    await room.log("SSO", "Bolt")
    await room.backlog.merge(2, 1, room.reader, "k", NOW)
    seen = await room.type("/features show 2")
    assert "Request 2 was merged into 1." in seen
    assert "Request 1  Single sign-on" in seen
    assert "Request 2 was merged into 1." in await room.type("/features set 2 planned")


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        (Status.PLANNED, ["Start…", "Decline…", "Other status…"]),
        (Status.IN_PROGRESS, ["Ship…", "Decline…", "Other status…"]),
        (Status.SHIPPED, ["Other status…"]),
        (Status.DECLINED, ["Other status…"]),
    ],
)
async def test_the_buttons_are_those_of_the_next_step(room: Room, status: Status, labels: list[str]) -> None:
    await room.log("Single sign-on", "Acme")
    await room.backlog.move(Move(1, status, "because", "k"), room.reader, NOW)
    await room.type("/features show 1")
    assert room.labels == [*labels, "‹ All requests"]


# A new status


async def test_a_command_changes_nothing_and_opens_a_form_filled_with_what_was_typed(room: Room) -> None:
    await room.log("Single sign-on", "Acme")
    seen = await room.type("/features set 1 In Progress two teams wait for it")
    assert "1  Single sign-onNow backlog since 2026-11-18." in seen
    assert room.fields == {"status": "in_progress", "reason": "two teams wait for it"}
    assert (await room.backlog.show(1)).status is Status.BACKLOG
    assert await room.outbox("request_csm") == []


async def test_the_form_sets_the_status_and_says_who_hears(room: Room) -> None:
    await room.log("Single sign-on", "Acme", "Bolt")
    await room.type("/features show 1")
    await room.press("Plan…")
    assert room.fields == {"status": "planned", "reason": ""}
    assert "/features show; threads and drafts leave it out." in str(room.form)
    told = await room.submit(status="planned", reason="Q1")
    assert told == ("Request 1 is planned now. Who hears of it: 2 source threads and the CSM of each customer.")
    request = await room.backlog.show(1)
    assert (request.status, request.reason) == (Status.PLANNED, "Q1")
    assert [one["status"] for one in await room.outbox("request_moved")][-2:] == ["planned", "planned"]


async def test_the_reason_of_a_priority_is_the_customers_who_want_it(room: Room) -> None:
    await room.log("Single sign-on", "Acme", "Bolt")
    await room.backlog.move(Move(1, Status.BACKLOG, "", "k"), room.reader, NOW)
    await room.type("/features set 1 prioritized")
    assert room.fields["reason"] == "2 customers want it: Acme and Bolt"


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        ({"status": "declined", "reason": ""}, "Say why, so that the CSMs can explain it."),
        ({"status": "declined", "reason": "  "}, "Say why, so that the CSMs can explain it."),
        ({"status": "backlog", "reason": "x"}, "It is backlog already. Choose another status, or cancel."),
        ({"status": "", "reason": "x"}, "Choose a status."),
        ({"status": "nonsense", "reason": "x"}, "Choose a status."),
    ],
)
async def test_a_form_that_cannot_be_right_stays_open(room: Room, filled: dict[str, str], told: str) -> None:
    await room.log("Single sign-on", "Acme")
    await room.type("/features set 1")
    assert await room.submit(**filled) == told
    assert (await room.backlog.show(1)).status is Status.BACKLOG


async def test_who_moved_it_meanwhile_is_not_overwritten(room: Room) -> None:
    await room.log("Single sign-on", "Acme")
    await room.type("/features set 1 planned")
    await room.backlog.move(Move(1, Status.DECLINED, "no", "k"), room.reader, NOW)
    told = await room.submit(status="planned")
    assert told == "Request 1 is declined by now; nothing was changed. Look with /features show 1."
    assert (await room.backlog.show(1)).reason == "no"


async def test_a_form_that_is_delivered_twice_says_the_same_twice(room: Room) -> None:
    await room.log("Single sign-on", "Acme")
    await room.type("/features set 1 planned")
    told = [await room.submit("V77", status="planned") for _ in range(2)]
    assert told[0] == told[1]
    assert len(await room.outbox("request_csm")) == 1


# Whatever arrives

ACTIONS = ["features:on", "feature", "feature:show", "feature:to", "feature:to:planned", "feature:to:x", "review"]
ACTIONS += [f"review:{verb}" for verb in ("plan", "decline", "merge", "ask", "skip", "again", "x")]
VALUES = ["", "1", "1|backlog|0|0|0|0", "1|backlog", "1|backlog|x|y", "1|backlog|0|0|0|0|0", "1|nonsense|0|0|0|0"]
VALUES += ["|||", "0|||", "8|planned|1|x", "99|all||", "0||4711|", "9" * 30, "1|99", "-1", "²", "1|" + "9" * 18]


@pytest.mark.parametrize("action", ACTIONS)
async def test_every_button_is_answered_soundly_whatever_its_value(room: Room, action: str) -> None:
    await room.log("Single sign-on", "Acme")
    for value in VALUES:
        await room.send(action, value)


@pytest.mark.parametrize("form", ["feature_move", "review_decline", "review_merge", "review_ask"])
@pytest.mark.parametrize("state", ["{}", '{"id":"x"}', '{"id":4711,"seen":"backlog"}', '{"id":null,"seen":[]}'])
async def test_a_form_of_another_time_is_refused_in_words(room: Room, form: str, state: str) -> None:
    await room.log("Single sign-on", "Acme")
    blocks = ["status", "reason", "merge_into", "question"]
    inputs = [{"type": "input", "block_id": one, "element": {"type": "plain_text_input"}} for one in blocks]
    menus = {"status": "planned", "merge_into": "1"}
    for one in inputs:
        one["element"] = {"type": "static_select" if one["block_id"] in menus else "plain_text_input"}
    room.form = {"callback_id": form, "private_metadata": state, "blocks": inputs}
    told = await room.submit(**menus, reason="because", question="what?")
    assert told == "There is no such feature request. See them with /features list."


WISHES = st.builds(Wish, st.integers(1, 60), typed(), st.booleans())
SOURCES = st.builds(Source, st.sampled_from(["", "C1"]), st.sampled_from(["", "1.1"]), st.sampled_from(["", "x", "https://a.example/1"]))  # fmt: skip  # noqa: E501
PROOF = st.builds(
    Evidence,
    st.integers(1, 60),
    st.sampled_from(Importance),
    typed() | st.just(""),
    SOURCES,
    st.sampled_from(["U1", "", "<@U1>"]),
    MOMENTS,
)
REQUESTS = st.builds(
    Request, st.integers(1, 10**17), typed(), st.sampled_from(Status), st.just("") | typed(), some(WISHES, 6),
    some(PROOF, 6), st.just("U1"), MOMENTS, MOMENTS,
)  # fmt: skip
A_FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@A_FEW
@given(st.lists(REQUESTS, min_size=1, max_size=8), st.integers(0, 20), typed())
def test_a_list_of_any_requests_is_sound(lines: list[Request], offset: int, about: str) -> None:
    lines = list({one.id: one for one in lines}.values())
    page = RequestPage(tuple(lines), offset, offset + len(lines) + 3)
    assert wrong(feature_views.listed(page, about[:60], "|7|", NOW).body()) == []


@A_FEW
@given(REQUESTS, st.integers(0, 9))
def test_any_request_is_shown_soundly(request: Request, page: int) -> None:
    assert wrong(feature_views.shown(request, 7, page, NOW).body()) == []
    card = feature_review._card(request, 3, feature_review.START, NOW + timedelta(days=1), "")
    assert wrong(card.body()) == []
    for form in (feature_forms.decline, feature_forms.merge, feature_forms.ask, feature_forms.done):
        assert paper.wrong(form(request).view()) == []
    assert paper.wrong(feature_forms.move(request, 7, Status.PRIORITIZED, request.reason).view()) == []
