"""/health says green, yellow or red, why, and what would turn it green."""

from datetime import timedelta

import pytest

from bot.feed import import_usage
from bot.sandbox import Sandbox
from tests.conftest import Story


@pytest.mark.parametrize(
    ("name", "colour", "why"),
    [
        ("brightwater", "Green", "Adoption 89.2 %: 214 of 240 contracted seats in 2026-W46."),
        ("kestrel", "Yellow", "Usage fell 22.4 % in a week: 67 → 52 weekly users in 2026-W46."),
        ("oakline", "Red", "No usage seen since 2026-W43."),
        ("demo", "Unknown", "4 weekly users in 2026-W46, but no seats are known to compare with."),
    ],
)
async def test_the_colour_comes_with_its_reason(slack: Sandbox, name: str, colour: str, why: str) -> None:
    seen = await slack.command("maya", "#cs-team", f"/health {name}")
    assert f"{colour}  " in seen
    assert why in seen


async def test_it_says_what_would_turn_it_green(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/health kestrel")
    assert "What would turn it green" in seen
    assert "16 more weekly users: 68 of 85 seats." in seen


async def test_nobody_escalated_and_nothing_is_flagged(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/health brightwater")
    assert "🟢 No executive escalation is open.  data to 2026-11-16 · red when there is one" in seen
    assert "🟢 No churn risk is flagged." in seen
    assert "Not recorded yet" not in seen.text


async def test_what_is_not_known_is_said(slack: Sandbox) -> None:
    assert "Not known: 4 weekly users in 2026-W46" in await slack.command("maya", "#cs-team", "/health demo")


async def test_without_a_name_i_see_my_customers_worst_first(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/health")
    assert seen.text.index("Oakline") < seen.text.index("Brightwater")
    assert "Kestrel" not in seen
    assert "Demo Account" not in seen  # internal, so not a customer
    assert "Kestrel Health" in await slack.press("maya", seen, "All customers")


async def test_somebody_without_customers_sees_everybodys(slack: Sandbox) -> None:
    seen = await slack.command("iris", "#cs-team", "/health")
    assert "All customers, worst first" in seen
    assert "Kestrel Health" in seen


async def test_a_name_in_the_list_opens_its_health(slack: Sandbox) -> None:
    seen = await slack.command("maya", "#cs-team", "/health")
    assert "What would turn it green" in await slack.press("maya", seen, "Oakline Retail")


async def test_late_data_is_unknown_and_never_a_false_alarm(fresh: Story) -> None:
    await fresh.slack.move(timedelta(days=21))
    seen = await fresh.slack.command("maya", "#cs-team", "/health brightwater")
    assert "Unknown  The latest usage is of week 2026-W46, 22 days old: too old to judge." in seen
    assert "Red" not in seen.text
    assert "Import current usage" in seen


async def test_a_known_problem_does_not_hide_that_the_rest_is_unknown(fresh: Story) -> None:
    await fresh.slack.move(timedelta(days=21))
    seen = await fresh.slack.command("maya", "#cs-team", "/health oakline")
    assert "Feedback is negative: NPS -20" in seen
    assert "22 days old: too old to judge." in seen.text.split("\n")[1]


async def test_it_shows_the_last_weeks_and_what_changed_since(fresh: Story) -> None:
    bot = fresh.bot
    await bot.tick(bot.clock())
    assert "Colours  🟡  2026-W46" in await fresh.slack.command("maya", "#cs-team", "/health kestrel")
    await fresh.slack.move(timedelta(weeks=1))
    rows = ["customer,week,active_users,seats", "kestrel-health,2026-W47,80,"]
    await import_usage(bot.database, rows, bot.clock(), bot.clock().date())
    await bot.tick(bot.clock())
    seen = await fresh.slack.command("maya", "#cs-team", "/health kestrel")
    assert "Colours  🟡🟢  2026-W46 to 2026-W47" in seen
    assert "At the last weekly check: yellow → green, adoption 61.2 % → 94.1 %. Better: Adoption, Usage trend." in seen
    assert "Colours  🟡🟢" in await fresh.slack.press("maya", seen, "Health")
