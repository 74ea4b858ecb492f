"""`/bugs`: what is due when, where its GitHub issue stands, and the clock that stands still for a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import bug_clock, bug_views
from customers.bugs import Bug, BugPage, Filing, Issue, Pause, Seen
from customers.calendars import Calendar
from customers.intents import Source
from customers.sla import Severity
from customers.tracker import Tracker
from tests.commands import paper
from tests.commands.anybody import CARDS, HOSTILE, MOMENTS, NOW, TYPED, typed, wrong
from tests.commands.room import ALL, STOCKHOLM, Room, links_in, people_in

HOUR = timedelta(hours=1)
ISSUE = "https://github.example/harbour/app/issues/12"
LATE = timedelta(hours=5)


# The list


async def test_nothing_open_says_how_to_report(room: Room) -> None:
    seen = await room.type("/bugs")
    assert "No open bugs. Report one from a message's menu: Report customer bug." in seen
    assert seen.endswith("as of 2026-11-18 09:00 UTC")


async def test_bugs_stand_by_due_time_and_what_is_overdue_says_so(room: Room) -> None:
    await room.report("Slow page", "Bolt", Severity.LOW)
    await room.report("System down", "Acme", Severity.CRITICAL, LATE)
    await room.report("Export fails", "Acme", Severity.HIGH)
    seen = await room.type("/bugs")
    assert seen.index("2  System down") < seen.index("3  Export fails") < seen.index("1  Slow page")
    assert "2  System down  Acmecritical · overdue since Wed 2026-11-18 09:00 · being filed on GitHub" in seen
    assert "3  Export fails  Acmehigh · due Thu 2026-11-19 10:00 · being filed on GitHub" in seen
    assert "1  Slow page  Boltlow" in seen
    assert "times of Europe/Stockholm · as of 2026-11-18 09:00 UTC" in seen
    assert "1–3 of 3" not in seen  # one page holds them all


async def test_a_due_time_that_is_now_is_overdue(room: Room) -> None:
    await room.report("System down", "Acme", Severity.CRITICAL, timedelta(hours=4))
    assert "overdue since" in await room.type("/bugs")


@pytest.mark.parametrize(
    ("filing", "why", "told"),
    [
        (Filing.FILING, "", "being filed on GitHub"),
        (Filing.WAITING, "", "waits for GitHub"),
        (Filing.REFUSED, "issues are switched off", "GitHub refused it: issues are switched off"),
    ],
)
async def test_where_the_issue_stands(room: Room, filing: Filing, why: str, told: str) -> None:
    bug = await room.report("Export fails", "Acme", Severity.HIGH)
    await room.tracker.not_filed(bug.id, filing, why)
    assert told in await room.type("/bugs")
    assert told in await room.type("/bugs show 1")
    assert ("Send again" in room.labels) == (filing is Filing.REFUSED)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("Issues are turned off. Turn them on. Then send it again.", ": Issues are turned off. Turn them on."),
        ("GitHub refused it: “No” (title). Tell whoever runs Dossier.", ": “No” (title)."),
        ("", "."),
    ],
)
async def test_a_refusal_and_what_to_do_about_it_are_said_once(room: Room, why: str, told: str) -> None:
    bug = await room.report("Export fails", "Acme", Severity.HIGH)
    await room.tracker.not_filed(bug.id, Filing.REFUSED, why)
    seen = await room.type("/bugs show 1")
    assert (
        f"Issue: GitHub refused it{told} Ask whoever looks after Dossier to mend that, then press Send again." in seen
    )
    assert (seen.count("efused it"), seen.casefold().count("send it again"), seen.count("..")) == (1, 0, 0)


async def test_a_filed_bug_links_its_issue(room: Room) -> None:
    bug = await room.report("Export fails", "Acme", Severity.HIGH)
    await room.tracker.filed(bug.id, Issue(12, ISSUE), "GitHub left out the label severity:high.")
    assert "#12" in await room.type("/bugs")
    assert links_in(room.shown) == [ISSUE]
    assert "Issue: #12  GitHub left out the label severity:high." in await room.type("/bugs show 1")


async def test_the_channel_s_customer_is_meant_and_all_are_one_press_away(room: Room) -> None:
    await room.report("Export fails", "Acme", Severity.HIGH)
    await room.report("Slow page", "Bolt", Severity.LOW)
    await room.desk.link(room.ids["Acme"], "C7", room.reader, NOW)
    seen = await room.type("/bugs", "C7")
    assert ("Open bugs of Acme" in seen, "Slow page" in seen) == (True, False)
    assert "Slow page" in await room.press("All customers")
    assert "Slow page" in await room.type("/bugs list", "C7")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("acme", {"Export fails", "System down"}),
        ("critical", {"System down"}),
        ("high acme", {"Export fails"}),
        ("acme HIGH", {"Export fails"}),
        ("closed", {"Old one"}),
        ("closed bolt", {"Old one"}),
        ("closed acme", set()),
        ("open bolt", {"Slow page"}),
        ("low bolt", {"Slow page"}),
    ],
)
async def test_it_is_filtered_by_customer_severity_and_state(room: Room, words: str, found: set[str]) -> None:
    await room.report("Export fails", "Acme", Severity.HIGH)
    await room.report("System down", "Acme", Severity.CRITICAL)
    await room.report("Slow page", "Bolt", Severity.LOW)
    await _close(room, await room.report("Old one", "Bolt", Severity.LOW))
    seen = await room.type(f"/bugs list {words}")
    assert {one for one in ("Export fails", "System down", "Slow page", "Old one") if one in seen} == found
    assert found or "No closed bugs of Acme." in seen


async def test_a_closed_bug_says_when_and_why(room: Room) -> None:
    await _close(room, await room.report("Old one", "Bolt", Severity.LOW))
    assert "low · closed 2026-11-18 (not planned) · #12" in await room.type("/bugs list closed")
    assert "Closed: 2026-11-18 09:00 UTC (not planned)" in await room.type("/bugs show 1")
    assert room.labels == ["‹ All of this customer", "Brief"]


async def test_a_filter_stays_when_the_page_is_turned(room: Room) -> None:
    for at in range(11):
        await room.report(f"Acme's {at:02}", "Acme", Severity.LOW)
        await room.report(f"Bolt's {at:02}", "Bolt", Severity.LOW)
    assert "1–10 of 11" in await room.type("/bugs list low acme")
    last = await room.press("Next ›")
    assert ("Open low bugs of Acme" in last, "11–11 of 11" in last, "Acme's 10" in last) == (True, True, True)
    assert "1–10 of 11" in await room.press("‹ Previous")
    assert "1–10 of 22" in await room.press("All customers")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/bugs help", "What Dossier answers"),
        ("/bugs frobnicate", "/bugs knows no “frobnicate”. Try /bugs list, /bugs show, /bugs help."),
        ("/bugs show", "Which bug shall I show? Type its number, for example /bugs show 3."),
        ("/bugs show 4711", "There is no such bug. See them with /bugs list."),
        ("/bugs list zzz", "No customer is called “zzz”."),
        ("/bugs list critical zzz", "No customer is called “critical zzz”."),
    ],
)
async def test_whatever_is_typed_has_an_answer(room: Room, line: str, told: str) -> None:
    assert told in await room.type(line)


@pytest.mark.parametrize("words", [*HOSTILE, "x" * 5_000, "٣", "²", "9" * 40])
async def test_hostile_words_are_answered_literally(room: Room, words: str) -> None:
    await room.report(f"{TYPED} {words}"[:150], "Acme", Severity.HIGH, steps=f"{TYPED} {words}")
    for line in ("list", "show", "", "list closed"):
        await room.type(f"/bugs {line} {words}")
    await room.type("/bugs show 1")


# One bug


async def test_one_bug_with_all_that_is_known(room: Room) -> None:
    await room.report("Export fails", "Bolt", Severity.HIGH, steps="1. <b>Press</b> *save*\n2. Wait")
    seen = await room.type("/bugs show #1")
    for words in (
        "Bug 1  Export fails",
        "Customer: Bolt",
        "Severity: high (feature broken): 1 business day",
        "Reported: 2026-11-18 by  · message",
        "Due: Wed 2026-11-18 17:00 (America/Chicago), 1 day of working time left",
        "Issue: being filed on GitHub. The number follows.",
        "Steps1. <b>Press</b> *save*\n2. Wait",
        "as of 2026-11-18 09:00 UTC",
    ):
        assert words in seen
    assert people_in(room.shown) == ["U0MAYA"]
    assert links_in(room.shown) == ["https://harbour.slack.com/archives/C9/p11"]
    assert room.labels == ["Pause clock…", "‹ All of this customer", "Brief"]
    assert "Open bugs of Bolt" in await room.press("‹ All of this customer")


async def test_an_overdue_bug_says_by_how_much(room: Room) -> None:
    await room.report("System down", "Acme", Severity.CRITICAL, LATE)
    seen = await room.type("/bugs show 1")
    assert "Overdue: since Wed 2026-11-18 09:00 (Europe/Stockholm), late by 1 h" in seen


# The clock


async def test_the_clock_stands_still_for_a_reason_and_goes_on_with_what_was_left(room: Room) -> None:
    await room.report("System down", "Acme", Severity.CRITICAL, HOUR)
    await room.type("/bugs show 1")
    form = await room.press("Pause clock…")
    assert "Acme · critical · due Wed 2026-11-18 13:00 (Europe/Stockholm), 3 h left" in form
    assert await room.submit(reason="") == "Say what the clock waits for."
    told = [await room.submit("V9", reason="Waiting for the logs") for _ in range(2)]
    assert told[0] == "The clock of bug 1 stands still: 3 h left when it goes on. Resume it with /bugs show 1."
    assert told[0] == told[1]
    room.now += timedelta(days=2)
    assert "clock stands still since 2026-11-18: Waiting for the logs" in await room.type("/bugs")
    seen = await room.type("/bugs show 1")
    assert "Clock stands still: since 2026-11-18: Waiting for the logs. When it goes on: 3 h left." in seen
    assert room.buttons[0]["confirm"]["text"]["text"] == "The clock of bug 1 goes on: 3 h left."
    assert "Due: Fri 2026-11-20 13:00 (Europe/Stockholm), 3 h left" in await room.press("Resume")
    assert room.labels[0] == "Pause clock…"


async def test_an_overdue_bug_that_waits_is_not_called_overdue(room: Room) -> None:
    bug = await room.report("System down", "Acme", Severity.CRITICAL, LATE)
    await room.tracker.pause(bug.id, "Waiting", room.reader, "k", NOW)
    assert "overdue" not in await room.type("/bugs")
    assert "When it goes on: late by 1 h." in await room.type("/bugs show 1")


async def test_a_clock_that_cannot_be_moved_says_why(room: Room) -> None:
    bug = await room.report("System down", "Acme", Severity.CRITICAL)
    await room.type("/bugs show 1")
    await room.press("Pause clock…")
    await _close(room, bug)
    assert "Nothing was changed: the bug is closed." in await room.submit(reason="Waiting")
    assert "Nothing was changed: the bug is closed." in await room.send("bug:resume", "1")


# Whatever arrives

ACTIONS = ["bugs", "bugs:on", "bugs:of", "bugs:all", "bug", "bug:show", "bug:pause", "bug:resume", "bug:x"]
VALUES = ["", "1", "|||", "0|closed||", "10||critical|1", "99|x|x|x", "0|||4711", "9" * 30, "-1", "²", "4711"]


@pytest.mark.parametrize("action", ACTIONS)
async def test_every_button_is_answered_soundly_whatever_its_value(room: Room, action: str) -> None:
    await room.report("Export fails", "Acme", Severity.HIGH)
    for value in VALUES:
        await room.send(action, value)


@pytest.mark.parametrize("state", ["{}", '{"id":"x"}', '{"id":4711}', '{"id":null}'])
async def test_a_form_of_another_time_is_refused_in_words(room: Room, state: str) -> None:
    block = {"type": "input", "block_id": "reason", "element": {"type": "plain_text_input"}}
    room.form = {"callback_id": "bug_pause", "private_metadata": state, "blocks": [block]}
    assert await room.submit(reason="because") == "There is no such bug. See them with /bugs list."


BUGS = st.builds(
    Bug,
    st.integers(1, 10**17),
    st.integers(1, 10**17),
    typed(),
    typed(),
    typed() | st.just(""),
    st.sampled_from(Severity),
    st.sampled_from(["U1", "<@U1>", ""]),
    MOMENTS,
    MOMENTS,
    st.builds(Source, st.just("C1"), st.just("1.1"), st.sampled_from(["", "javascript:x", "https://a.example/1"])),
    st.sampled_from(Filing),
    typed() | st.just(""),
    st.none() | st.builds(Issue, st.integers(1, 10**6), st.sampled_from([ISSUE, "javascript:x", ""])),
    st.none() | MOMENTS,
    typed() | st.just(""),
    st.none() | st.builds(Pause, MOMENTS, typed()),
)
TRACKER = Tracker(paper.FakeBugs(), paper.FakeStore(), None, Calendar(zone=STOCKHOLM), None)  # type: ignore[arg-type]
A_FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@A_FEW
@given(st.lists(BUGS, min_size=1, max_size=10), st.integers(0, 20), st.none() | CARDS)
def test_a_list_of_any_bugs_is_sound(lines: list[Bug], offset: int, card: object) -> None:
    lines = list({one.id: one for one in lines}.values())
    page = BugPage(tuple(lines), offset, offset + len(lines) + 3)
    message = bug_views.listed(page, "open bugs", "|critical|7", TRACKER, NOW, card)  # type: ignore[arg-type]
    assert wrong(message.body()) == []


@A_FEW
@given(BUGS, CARDS)
def test_any_bug_is_shown_soundly(bug: Bug, card: object) -> None:
    assert wrong(bug_views.shown(bug, card, TRACKER, NOW).body()) == []  # type: ignore[arg-type]
    for form in (bug_clock.pause, bug_clock.paused):
        assert paper.wrong(form(bug, card, TRACKER, NOW).view()) == []  # type: ignore[arg-type]


async def _close(room: Room, bug: Bug) -> None:
    await room.tracker.filed(bug.id, Issue(12, f"{ISSUE}{bug.id}"), "")
    seen = Seen(12, f"{ISSUE}{bug.id}", False, "not_planned", (), NOW)
    await room.database.bugs.observed(ALL, seen, lambda one: _closed(one, seen), lambda a, b: [], NOW)


def _closed(bug: Bug, seen: Seen) -> Bug:
    return replace(bug, closed_at=seen.at, closed_why=seen.state_reason, pause=None)
