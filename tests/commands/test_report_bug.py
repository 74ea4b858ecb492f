"""`Report customer bug`: the due time stands in the form before it is submitted, and so does what is known already."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from customers.bugs import Bug, Draft, Filing, Issue, Pause
from customers.errors import StorageBusy
from customers.intents import Source
from customers.model import KnownIssue, Profile, Status
from customers.people import Standing
from customers.sla import Severity
from tests.commands.anybody import HOSTILE, NOW, TYPED, typed
from tests.commands.paper import Paper

EMPTY_EXPORT = KnownIssue("Nightly export arrives empty", "run it again after 03:00", "open")
ACME = Profile("acme", "Acme", Status.ACTIVE, issues=(EMPTY_EXPORT, KnownIssue("Slow on Mondays")))
BOLT = Profile("bolt", "Bolt", Status.ACTIVE, timezone="America/Chicago", issues=(EMPTY_EXPORT,))
CORP = Profile("corp", "Corp & Sons", Status.ACTIVE, timezone="Mars/Crater", issues=(EMPTY_EXPORT,))
MESSAGE = "The nightly export failed again, the file arrives empty.\nThey need it &amp; soon."
READ = "The nightly export failed again, the file arrives empty.\nThey need it & soon."
LINK = "https://harbour.slack.com/archives/C1/p51"
UNKNOWN = "Choose customer and severity to see when it is due."


def bug(number: int, title: str, customer: int = 1, **more: Any) -> Bug:
    due = NOW + timedelta(hours=4)
    found = Bug(number, customer, "Acme", title, "", Severity.CRITICAL, "U0MAYA", NOW, due, Source(), Filing.FILED)
    return replace(found, **more)


OPEN = bug(7, "Export is empty", issue=Issue(31, "https://github.example/harbour/app/issues/31"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


async def _paper(text: str = MESSAGE, channel: str = "C1", *, globally: bool = False, **more: Any) -> Paper:
    paper = Paper(ACME, BOLT, CORP, **more)
    return await paper.take("report_bug", text, channel, globally=globally)


async def test_the_form_opens_with_what_is_known() -> None:
    paper = await _paper()
    fields = paper.elements
    assert list(fields) == ["customer", "title", "severity", "steps"]
    assert fields["customer"]["initial_option"]["text"]["text"] == "Acme"
    assert fields["steps"]["initial_value"] == READ
    assert not {"initial_value", "initial_option"} & {*fields["title"], *fields["severity"]}
    assert (UNKNOWN in paper.shows, LINK in paper.said) == (True, True)


async def test_every_severity_says_what_it_means_and_promises() -> None:
    options = (await _paper()).elements["severity"]["options"]
    assert [(one["text"]["text"], one["description"]["text"]) for one in options] == [
        ("Critical: system down", "4 hours"),
        ("High: feature broken", "1 business day"),
        ("Medium: inconvenience", "3 business days"),
        ("Low: cosmetic", "end of the next sprint"),
    ]


async def test_from_anywhere_nothing_is_filled_in() -> None:
    paper = await _paper(globally=True)
    assert not [one for one in paper.elements.values() if "initial_value" in one or "initial_option" in one]
    assert "this message" not in paper.said


# The due time


def _after(paper: Paper, block: str) -> dict[str, Any]:
    at = next(at for at, one in enumerate(paper.view.blocks) if one.get("block_id") == block)
    return dict(paper.view.blocks[at + 1])


@pytest.mark.parametrize(
    ("severity", "told"),
    [
        ("critical", "Due Wed 2026-11-18 14:00 (Europe/Stockholm)"),
        ("high", "Due Thu 2026-11-19 10:00 (Europe/Stockholm)"),
        ("medium", "Due Mon 2026-11-23 10:00 (Europe/Stockholm)"),
        ("low", "Due Fri 2026-12-04 17:00 (Europe/Stockholm)"),
    ],
)
async def test_the_due_time_stands_right_under_the_severity(severity: str, told: str) -> None:
    paper = await _paper()
    assert await paper.choose("severity", severity)
    assert told in str(_after(paper, "severity"))
    assert UNKNOWN not in paper.shows
    assert ("business hours" in str(_after(paper, "severity"))) == (severity in ("high", "medium"))


async def test_the_due_time_follows_the_customer_and_its_zone() -> None:
    paper = await _paper(channel="C2")
    assert not await paper.choose("severity", "critical")
    assert UNKNOWN in paper.shows
    assert await paper.pick("customer", "bolt")
    assert "Due Wed 2026-11-18 07:00 (America/Chicago)" in paper.shows
    assert await paper.pick("customer", "corp")
    assert "Due Wed 2026-11-18 14:00 (Europe/Stockholm)" in paper.shows
    assert "“Mars/Crater” is not a time zone" in str(_after(paper, "severity"))


async def test_the_due_time_follows_the_clock() -> None:
    paper = await _paper()
    await paper.choose("severity", "critical")
    assert not await paper.type("title", "colours")
    paper.now += timedelta(minutes=2)
    assert await paper.type("title", "colours of it")
    assert "Due Wed 2026-11-18 14:02 (Europe/Stockholm)" in paper.shows


# What is known already


async def test_what_is_known_appears_as_the_title_is_typed() -> None:
    paper = await _paper(open_bugs=[OPEN, bug(8, "Colours are wrong"), bug(9, "Export is empty", customer=2)])
    assert not await paper.type("title", "ex")
    assert await paper.type("title", "empty export")
    told = "\n".join(paper.shows)
    assert "Bug 7: \nExport is empty (critical, due Wed 2026-11-18 14:00 (Europe/Stockholm))" in told
    assert "issue #31" in told
    assert "Documented: \nNightly export arrives empty (open)\nWorkaround: \nrun it again after 03:00" in told
    assert "2 other customers have something similar documented." in told
    assert not [name for name in ("Bolt", "Corp", "Bug 8", "Bug 9", "Slow on Mondays") if name in told]
    assert not await paper.type("title", "empty exports")
    assert await paper.type("title", "something else")
    assert "Known already" not in paper.said


async def test_another_customer_knows_something_else() -> None:
    paper = await _paper(open_bugs=[OPEN])
    await paper.type("title", "empty export")
    assert await paper.pick("customer", "bolt")
    assert "Bug 7" not in paper.said
    assert await paper.set("customer", selected_option=None)
    assert "Known already" not in paper.said


async def test_one_other_customer_is_one() -> None:
    paper = Paper(replace(ACME, issues=()), BOLT)
    await paper.take("report_bug", "Export is empty")
    assert "1 other customer has something similar documented." in paper.shows


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (bug(7, "Empty export", due_at=NOW - timedelta(hours=1)), "was due Wed 2026-11-18 09:00"),
        (
            bug(7, "Empty export", pause=Pause(NOW, "waiting for their logs")),
            "waiting: waiting for their",
        ),
        (bug(7, "Empty export", issue=None), "due Wed 2026-11-18 14:00"),
        (bug(7, "Empty export", issue=Issue(3, "javascript:alert(1)")), "due Wed 2026-11-18 14:00"),
    ],
)
async def test_an_open_bug_says_where_it_stands(known: Bug, told: str) -> None:
    paper = await _paper("Export is empty", open_bugs=[known])
    assert told in "\n".join(paper.shows)
    assert ("issue #" in paper.said, "javascript" in paper.said) == (False, False)


async def test_a_short_message_is_its_own_title() -> None:
    paper = await _paper("Export is empty", open_bugs=[OPEN])
    assert paper.elements["title"]["initial_value"] == "Export is empty"
    assert "Bug 7: " in paper.shows


async def test_a_change_keeps_everything_that_was_typed() -> None:
    paper = await _paper()
    await paper.type("steps", "in other words")
    await paper.choose("severity", "high")
    assert await paper.type("title", "export  is empty")
    fields = paper.elements
    assert (fields["steps"]["initial_value"], fields["title"]["initial_value"]) == ("in other words", "export is empty")
    assert fields["severity"]["initial_option"]["value"] == "high"
    assert fields["customer"]["initial_option"]["value"] == "1"
    assert LINK in paper.said


# Saving


async def test_a_bug_is_saved_with_its_message_and_its_due_time() -> None:
    paper = await _paper()
    await paper.choose("severity", "critical")
    await paper.type("title", " Export   is empty ")
    assert await paper.submit() == "clear"
    source = Source("C1", "5.1", LINK, "5.1")
    draft = Draft(1, "Export is empty", READ, Severity.CRITICAL, source)
    assert paper.bugs.reported == [(draft, datetime(2026, 11, 18, 13, tzinfo=UTC), "U0MAYA", "view:V1")]


@pytest.mark.parametrize(
    ("block", "state", "told"),
    [
        ("title", {"value": "ab"}, "Write a title of at least 3 characters."),
        ("title", {"value": "x" * 151}, "Shorten the title to 150 characters."),
        ("severity", {"selected_option": None}, "Choose how bad it is."),
        ("severity", {"selected_option": {"value": "fatal"}}, "Choose how bad it is."),
        ("steps", {"value": "x" * 3_001}, "Shorten this to 3,000 characters."),
        ("customer", {"selected_option": None}, "Choose the customer who reported it."),
        ("customer", {"selected_option": {"value": "x"}}, "This customer is no longer in Dossier."),
        ("customer", {"selected_option": {"value": "99"}}, "This customer is no longer in Dossier."),
    ],
)
async def test_what_is_wrong_is_told_where_it_is_wrong(block: str, state: dict[str, Any], told: str) -> None:
    paper = await _paper()
    await paper.choose("severity", "critical")
    await paper.type("title", "Export is empty")
    await paper.set(block, **state)
    assert (await paper.submit(), list(paper.errors), paper.saved) == ("errors", [block], 0)
    assert paper.errors[block].startswith(told)


async def test_a_busy_database_keeps_the_form_open_with_its_text() -> None:
    paper = await _paper()
    await paper.choose("severity", "critical")
    await paper.type("title", "Export is empty")

    async def busy(*_: Any) -> Any:
        raise StorageBusy()

    paper.bugs.report = busy  # type: ignore[method-assign]
    assert await paper.submit() == "errors"
    assert paper.errors == {"customer": "Not saved yet; your text is still here. Press again in a moment."}
    del paper.bugs.report
    assert (await paper.submit(), paper.saved) == ("clear", 1)


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.OUTSIDER, Standing.BOT, Standing.UNKNOWN])
async def test_nobody_else_may_even_with_an_open_form(standing: Standing) -> None:
    paper = await _paper()
    await paper.type("title", "Export is empty")
    paper.refuse(standing)
    assert await paper.options("customer", "acme") == []
    assert not await paper.choose("severity", "critical")
    assert (await paper.submit(), paper.saved) == ("update", 0)


# Whatever people write


WORDS = typed() | st.sampled_from([*HOSTILE, "🎉" * 4_000, "x" * 10_000, "\u202e" * 200, "<@U1>" * 900, "\0", "a\nb"])
ISSUES = st.lists(st.builds(KnownIssue, typed(), st.none() | typed(), st.none() | typed()), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed(), st.none() | typed(), WORDS, WORDS, ISSUES, st.sampled_from(Severity))
async def test_slack_takes_every_form_whatever_people_write(
    name: str, zone: str | None, message: str, title: str, issues: list[KnownIssue], severity: Severity
) -> None:
    paused = bug(8, f"same {TYPED} thing", pause=Pause(NOW, name))
    same = KnownIssue(f"same thing {TYPED}{title}", title, name)
    acme = Profile("acme", name, Status.ACTIVE, timezone=zone, country=zone, issues=(*issues, same))
    other = Profile("other", f"{name} too", Status.ACTIVE, issues=(same,))
    paper = Paper(acme, other, open_bugs=[bug(7, f"same {title}"[:150]), paused])
    await paper.take("report_bug", message)
    assert await paper.choose("severity", severity.value)
    await paper.type("title", title[:150])
    await paper.type("title", "same thing")
    assert "Known already" in paper.shows
    await paper.pick("customer", "other")
    await paper.submit()
    assert paper.saved or paper.errors
