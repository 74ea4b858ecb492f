"""A bug's time runs: warnings reach the CSM and the channel for bugs, once each, and a paused clock is silent."""

from datetime import timedelta

from tests.conftest import Story


async def _report(story: Story, severity: str = "critical") -> None:
    posted = await story.slack.say("jonas", "#brightwater", "The depot board is empty since six.")
    form = await story.slack.shortcut("jonas", "Report customer bug", posted.own)
    view = await story.slack.fill("jonas", form.view, {"Title": "Depot board is empty", "severity": severity})
    assert not (await story.slack.submit("jonas", view)).errors


async def _later(story: Story, **time: int) -> tuple[list[str], list[str]]:
    """What the CSM and the channel for bugs have been told after that much time."""
    await story.slack.move(timedelta(**time))
    for _ in range(3):  # the heartbeat comes more often than anything happens
        await story.bot.tick(story.bot.clock())
    await story.bot.worker.quiet()
    told = (
        [one.text for one in story.slack.dms("maya")],
        [one.text for one in story.slack.messages("#engineering", "jonas")],
    )
    news = ("is over", "past its due")
    return tuple([text for text in texts if any(word in text for word in news)] for texts in told)  # type: ignore[return-value]


async def test_half_most_and_all_of_the_time_are_told_once(fresh: Story) -> None:
    await _report(fresh)
    assert await _later(fresh, minutes=119) == ([], [])
    csm, channel = await _later(fresh, minutes=1)
    assert csm == channel
    assert csm == [
        "Half of the time for bug 1 is over (critical, Brightwater Logistics): “Depot board is empty”. "
        "Due Mon 2026-11-16 06:00 (America/Chicago). See whether engineering has it."
    ]
    csm, channel = await _later(fresh, minutes=72)
    assert len(csm) == len(channel) == 2
    assert csm[-1].startswith("Most of the time for bug 1 is over")
    csm, channel = await _later(fresh, minutes=48)
    assert csm[-1].startswith("Bug 1 is past its due time")
    assert (len(csm), len(channel)) == (3, 3)
    assert await _later(fresh, days=3) == (csm, channel)


async def test_after_a_long_downtime_only_the_last_is_told(fresh: Story) -> None:
    await _report(fresh)
    csm, _ = await _later(fresh, hours=30)
    assert [text[:26] for text in csm] == ["Bug 1 is past its due time"]


async def test_a_paused_clock_is_silent_and_goes_on_with_what_was_left(fresh: Story) -> None:
    await _report(fresh)
    shown = await fresh.slack.command("jonas", "#brightwater", "/bugs show 1")
    form = await fresh.slack.press("jonas", shown, "Pause clock…")
    await fresh.slack.submit("jonas", form, {"What does it wait for?": "waiting for their logs"})
    assert await _later(fresh, hours=20) == ([], [])
    shown = await fresh.slack.command("jonas", "#brightwater", "/bugs show 1")
    assert "waiting for their logs" in shown
    await fresh.slack.press("jonas", shown, "Resume")
    assert await _later(fresh, minutes=119) == ([], [])
    csm, _ = await _later(fresh, minutes=1)
    assert len(csm) == 1


async def test_a_closed_bug_is_silent(fresh: Story) -> None:
    await _report(fresh)
    await fresh.slack.github.close("jonas", 3)
    assert await _later(fresh, hours=5) == ([], [])


async def test_a_clock_that_jumps_back_warns_nobody_twice(fresh: Story) -> None:
    await _report(fresh)
    first = await _later(fresh, hours=2)
    fresh.slack.clock.move(timedelta(hours=-1))
    assert await _later(fresh, minutes=0) == first
    assert await _later(fresh, hours=1) == first


async def test_a_csm_hears_of_a_report_and_of_a_pause_by_somebody_else(fresh: Story) -> None:
    await _report(fresh)
    shown = await fresh.slack.command("jonas", "#brightwater", "/bugs show 1")
    form = await fresh.slack.press("jonas", shown, "Pause clock…")
    await fresh.slack.submit("jonas", form, {"What does it wait for?": "their logs"})
    told = [one.text for one in fresh.slack.dms("maya")]
    assert told[0].startswith("Bug 1 of Brightwater Logistics was reported as critical. Due Mon 2026-11-16 06:00")
    assert told[1].startswith("Bug 1 of Brightwater Logistics waits: their logs. Its clock stands still.")
    assert fresh.slack.dms("jonas") == []


async def test_a_csm_who_did_it_is_not_told(fresh: Story) -> None:
    posted = await fresh.slack.say("maya", "#brightwater", "The depot board is empty since six.")
    form = await fresh.slack.shortcut("maya", "Report customer bug", posted.own)
    view = await fresh.slack.fill("maya", form.view, {"Title": "Depot board is empty", "severity": "critical"})
    await fresh.slack.submit("maya", view)
    assert fresh.slack.dms("maya") == []
