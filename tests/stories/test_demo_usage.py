"""Usage in the sandbox: weeks that are complete are imported by a button, and a reset brings the first twelve back."""

from tests.conftest import Story

STEADY, FALLS, RECOVER = (
    "Import next week's usage: steady",
    "Import next week's usage: Brightwater falls 35 %",
    "Import next week's usage: everybody recovers",
)


async def test_usage_comes_when_somebody_imports_it_and_goes_with_a_reset(fresh: Story) -> None:
    slack = fresh.slack
    assert slack.usage_stories == (STEADY, FALLS, RECOVER)
    assert "Move the clock to next Monday first" in await slack.import_story(STEADY)
    await slack.next_monday("maya")
    assert "4 rows stored, newest week 2026-W47, 0 left out" in await slack.import_story(FALLS)
    assert "Usage fell 35" in await slack.command("maya", "#brightwater", "/health")
    await slack.next_monday("maya")
    await slack.import_story(RECOVER)
    assert "Adoption 89.2 %: 214 of 240 contracted seats in 2026-W48." in await slack.command(
        "maya", "#brightwater", "/health"
    )
    await slack.reset()
    assert "Adoption 89.2 %: 214 of 240 contracted seats in 2026-W46." in await slack.command(
        "maya", "#brightwater", "/health"
    )


async def test_pasted_rows_are_reported_by_line(fresh: Story) -> None:
    pasted = "customer,week,active_users,seats\nnobody,2026-W40,3,4\nkestrel-health,2026-W46,60,85\n"
    report = await fresh.slack.import_usage(pasted)
    assert report.splitlines() == [
        "1 row stored, newest week 2026-W46, 1 left out",
        "line 2: no customer is called “nobody”",
    ]
    assert "customer, week" in await fresh.slack.import_usage("who,when\n")
    assert "60 of 85" in await fresh.slack.command("maya", "#kestrel", "/health")


async def test_a_story_adds_to_what_was_pasted_and_reports_only_itself(fresh: Story) -> None:
    slack = fresh.slack
    await slack.next_monday("maya")
    pasted = "customer,week,active_users,seats\nnobody,2026-W47,3,4\nKestrel Health,2026-W47,70,85\n"
    assert "no customer is called “nobody”" in await slack.import_usage(pasted)
    assert await slack.import_story(FALLS) == "3 rows stored, newest week 2026-W47, 0 left out"
    assert "70 of 85" in await slack.command("maya", "#kestrel", "/health")
    await slack.next_monday("maya")
    assert await slack.import_story(STEADY) == "4 rows stored, newest week 2026-W48, 0 left out"
    assert "69 of 85" in await slack.command("maya", "#kestrel", "/health")
