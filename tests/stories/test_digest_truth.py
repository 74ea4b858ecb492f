"""A digest says what is so, goes on saying what it said, and takes back what turned out otherwise."""

from datetime import timedelta

from bot.sandbox.seen import text_in
from tests.conftest import Story
from tests.stories.test_digest import CHANNEL, HOUR, came, later, posted, subscribed, used


async def test_what_was_posted_stays_as_it_was_said_but_for_its_alerts(fresh: Story) -> None:
    """Whoever reads the digest on Friday reads what was told on Monday, with who has which alert by now."""
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", oakline_retail=36, kestrel_health=30, brightwater_logistics=100)
    await later(fresh, 4 * HOUR)
    before = text_in(posted(fresh)[-1])
    assert "Newly red · 2\n🔴 Brightwater Logistics (was 🟢)" in before
    await came(fresh, "2026-W47", oakline_retail=40, kestrel_health=30, brightwater_logistics=150)
    await later(fresh, 2 * HOUR)
    dm = next(one for one in fresh.slack.dms("jonas") if one.text.startswith("Usage fell: Kestrel Health, 52"))
    await fresh.slack.press("jonas", dm, "Claim")
    await later(fresh, HOUR)
    after = text_in(posted(fresh)[-1])
    assert "Claimed by" in after
    alerts = ("Claimed by", "Claim", "Take over", "Brightwater Logistics  usage")
    kept = [line for line in before.splitlines() if not line.startswith(alerts)]
    assert [line for line in after.splitlines() if not line.startswith(alerts)] == kept


async def test_a_missing_row_is_no_recovery(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", kestrel_health=52, brightwater_logistics=214)  # nothing of Oakline
    await later(fresh, 4 * HOUR)
    told = text_in(posted(fresh)[-1])
    assert "Better than before" not in told
    assert "No longer known · 1\n🟡 Oakline Retail (was 🔴)  Startup · Maya Okafor  data missing: adoption" in told
    assert "Usage of 40 seats has not come." in told


async def test_a_week_that_was_corrected_after_it_was_told_is_told_again(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, 4 * HOUR)
    assert "Newly red · 1\n🔴 Kestrel Health (was 🟡)" in text_in(posted(fresh)[-1])
    mended = {"oakline_retail": 0, "kestrel_health": 52, "brightwater_logistics": 90}
    await came(fresh, "2026-W47", **mended)
    await later(fresh, 2 * HOUR)
    await used(fresh, "2026-W48", **mended)
    await later(fresh, 4 * HOUR)
    told = text_in(posted(fresh)[-1])
    assert "🔴 2 red (1 new)" in told
    assert "Newly red · 1\n🔴 Brightwater Logistics (told as 🟢, corrected since)" in told
    assert "Corrected since the last digest · 1\n🟡 Kestrel Health (told as 🔴, corrected since)" in told
    assert "unchanged: 1 red" in told


async def test_a_colour_set_by_hand_is_counted_and_a_worse_computed_one_told_beside_it(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=52, brightwater_logistics=100)
    form = await fresh.slack.command("maya", "#brightwater", "/health override")
    saved = await fresh.slack.submit("maya", form, {"Colour": "🟢 Green", "Why?": "factory holiday"})
    assert not saved.errors
    await fresh.slack.close("maya", all_of_them=True)
    await later(fresh, 4 * HOUR)
    told = text_in(posted(fresh)[-1])
    assert "🔴 1 red   🟡 1 yellow   ⚪ 0 unknown   🟢 1 green" in told
    assert "Newly red · 1\n🔴 Brightwater Logistics (was 🟢)" in told
    assert "computed red, 🟢 green by hand until 2026-12-" in told
    assert "(factory holiday)" in told
    assert "unchanged: 1 red, 1 yellow · 1 of the colours set by hand" in told


async def test_a_fall_that_the_alert_tells_is_not_told_above_it(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=52, brightwater_logistics=245)
    await later(fresh, 4 * HOUR)
    await used(fresh, "2026-W48", oakline_retail=0, kestrel_health=52, brightwater_logistics=194)
    await later(fresh, 4 * HOUR)
    told = text_in(posted(fresh)[-1])
    assert "Newly yellow · 1\n🟡 Brightwater Logistics (was 🟢)  Enterprise · Maya Okafor" in told
    assert told.count("20.8 %") == 1
    assert "Brightwater Logistics  usage fell 20.8 %: 245 → 194 weekly users in 2026-W48" in told


async def test_how_many_were_missed_is_said_for_each_channel(fresh: Story) -> None:
    """Two Mondays went by while nobody was there."""
    await subscribed(fresh)
    await later(fresh, HOUR)
    await subscribed(fresh, "#engineering", Day="Thursday")
    await later(fresh, timedelta(days=15, hours=2))
    [told] = [text_in(one) for one in fresh.slack.messages(CHANNEL, "maya") if "skipped" in one.text]
    assert "<#C0CSTEAM>: 2, the last Mon 2026-11-30 09:00" in told
    assert "<#C0ENG>: 2, the last Thu 2026-11-26 09:00" in told
