"""Who looks after a customer sees its bugs, what is late, and where GitHub stands."""

from datetime import timedelta

from bot.sandbox import Sandbox
from tests.conftest import Story


async def _reported(slack: Sandbox, channel: str, title: str, severity: str) -> None:
    message = (await slack.say("maya", channel, f"They say: {title}")).own
    form = await slack.shortcut("maya", "Report customer bug", message)
    await slack.submit("maya", form, {"Title": title, "Severity": severity})


async def test_a_late_bug_is_seen_everywhere(fresh: Story) -> None:
    slack = fresh.slack
    await _reported(slack, "#brightwater", "The board is down", "Critical: system down")
    await slack.move(timedelta(hours=5))
    listed = await slack.command("maya", "#brightwater", "/bugs")
    assert "Open bugs of Brightwater Logistics" in listed
    assert "critical · overdue since Mon 2026-11-16 12:00 · #" in listed
    one = await slack.press("maya", listed, "Show 1")
    assert "Overdue: since Mon 2026-11-16 06:00 (America/Chicago), late by 1 h" in one
    brief = await slack.press("maya", one, "Brief")
    assert (
        "Open bugs · 1 overdue\nBug 1  The board is down  critical · overdue since Mon 2026-11-16 12:00 (UTC)" in brief
    )
    assert "1 critical bug past the due time." in brief
    assert "Open customer-reported bugs\nBug 1  The board is down" in await slack.press("maya", brief, "Known issues")
    assert "1 critical bug past the due time." in await slack.command("maya", "#brightwater", "/health")
    assert "No open bugs of Oakline Retail." in await slack.command("maya", "#cs-team", "/bugs list oakline")


async def test_the_clock_waits_for_the_customer_and_goes_on(fresh: Story) -> None:
    slack = fresh.slack
    await _reported(slack, "#brightwater", "The board is down", "Critical: system down")
    seen = await slack.command("maya", "#brightwater", "/bugs show 1")
    form = await slack.press("maya", seen, "Pause clock…")
    told = await slack.submit("maya", form, {"What does it wait for?": "Their log files"})
    assert "The clock of bug 1 stands still: 4 h left when it goes on." in told
    await slack.close("maya", all_of_them=True)
    await slack.move(timedelta(days=3))
    await fresh.bot.tick(fresh.bot.clock())
    seen = await slack.command("maya", "#brightwater", "/bugs show 1")
    assert "Clock stands still: since 2026-11-16: Their log files. When it goes on: 4 h left." in seen
    resumed = await slack.press("maya", seen, "Resume")
    assert "Due: Thu 2026-11-19 06:00 (America/Chicago), 4 h left" in resumed


async def test_help_names_the_commands_and_the_menu(slack: Sandbox) -> None:
    for command in ("/features help", "/bugs help"):
        seen = await slack.command("maya", "#cs-team", command)
        assert "/features review" in seen
        assert "Report customer bug  the message becomes a GitHub issue with a due time" in seen
