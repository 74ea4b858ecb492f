"""A message becomes a bug: the due time is seen before it is submitted, and one GitHub issue follows."""

from bot.sandbox import Issue, Message, Sandbox
from tests.conftest import Story

TITLE = "Nightly export is empty"


def _failed(slack: Sandbox, person: str = "maya") -> Message:
    return next(one for one in slack.messages("#kestrel", person) if "nightly export failed again" in one.text)


def _filed(slack: Sandbox) -> list[Issue]:
    return [one for one in slack.github.issues if one.title == TITLE]


async def test_a_critical_bug_shows_its_due_time_and_becomes_one_issue(fresh: Story) -> None:
    message = _failed(fresh.slack)
    form = await fresh.slack.shortcut("maya", "Report customer bug", message)
    assert "Choose customer and severity to see when it is due." in form
    await fresh.slack.select("maya", form, "severity", "critical")
    assert "Due Mon 2026-11-16 13:00 (Europe/Berlin)" in form
    seen = await fresh.slack.submit("maya", form, {"Title": TITLE})
    saved = next(one for one in seen.messages if "Bug 1 saved" in one.text)
    assert saved.thread_ts == message.ts
    (issue,) = _filed(fresh.slack)
    assert issue.title == TITLE
    assert set(issue.labels) >= {"customer-reported", "severity:critical"}
    assert "Brightwater" not in f"{issue.title}{issue.body}"
    for command, told in (("/brief kestrel", TITLE), ("/known-issues kestrel", TITLE), ("/bugs list", TITLE)):
        assert told in await fresh.slack.command("iris", "#cs-team", command)


async def test_the_due_time_follows_severity_and_customer(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "report_bug_global")
    await fresh.slack.select("maya", form, "severity", "high")
    await fresh.slack.select("maya", form, "bug_customer", "brightwater")
    assert "(America/Chicago)" in form
    assert "business hours" in form
    await fresh.slack.select("maya", form, "severity", "low")
    assert "business hours" not in form
    assert "(America/Chicago)" in form


async def test_what_is_known_is_seen_before_something_new_is_filed(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "Report customer bug", _failed(fresh.slack))
    await fresh.slack.select("maya", form, "severity", "medium")
    await fresh.slack.submit("maya", form, {"Title": TITLE})
    again = await fresh.slack.shortcut("iris", "report_bug_global")
    await fresh.slack.select("iris", again, "bug_customer", "kestrel")
    await fresh.slack.select("iris", again, "bug_title", "empty nightly exports")
    assert "Known already" in again
    assert f"Bug 1: {TITLE} (medium, due " in again
    assert f"issue #{_filed(fresh.slack)[0].number}" in again
    await fresh.slack.select("iris", again, "bug_customer", "oakline")
    assert TITLE not in again


async def test_a_workaround_is_found_before_a_bug_is_filed(fresh: Story) -> None:
    form = await fresh.slack.shortcut("maya", "report_bug_global")
    await fresh.slack.select("maya", form, "bug_customer", "brightwater")
    await fresh.slack.select("maya", form, "bug_title", "iPhone photos come in sideways")
    assert "Documented: Claim photos taken on iPhones come in sideways" in form
    assert "Workaround: ask drivers to use the in-app camera" in form
    await fresh.slack.select("maya", form, "bug_customer", "oakline")
    assert "1 other customer has something similar documented." in form
    assert "Brightwater" not in form


async def test_a_second_capture_of_the_message_is_the_same_bug(fresh: Story) -> None:
    for person in ("maya", "iris"):
        form = await fresh.slack.shortcut(person, "Report customer bug", _failed(fresh.slack, person))
        await fresh.slack.select(person, form, "severity", "high")
        seen = await fresh.slack.submit(person, form, {"Title": TITLE})
        assert ("already" in seen) == (person == "iris"), seen.text
    assert len(_filed(fresh.slack)) == 1


async def test_a_closed_issue_is_told_in_the_thread(fresh: Story) -> None:
    message = _failed(fresh.slack)
    form = await fresh.slack.shortcut("maya", "Report customer bug", message)
    await fresh.slack.select("maya", form, "severity", "critical")
    await fresh.slack.submit("maya", form, {"Title": TITLE})
    await fresh.slack.github.close("jonas", _filed(fresh.slack)[0].number)
    thread = [one.text for one in fresh.slack.messages("#kestrel", "maya") if one.thread_ts == message.ts]
    assert [one for one in thread if "closed" in one], fresh.slack.render_transcript()
