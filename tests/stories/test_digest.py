"""A team subscribes its channel to the weekly digest and reads, every Monday, what changed and nothing else."""

from datetime import timedelta

import pytest

from bot.feed import import_usage
from bot.sandbox import Message, Seen, check_blocks
from bot.sandbox.seen import text_in
from customers.scope import All
from tests.conftest import Story

WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
CHANNEL = "#cs-team"


async def subscribed(story: Story, channel: str = CHANNEL, **values: object) -> Seen:
    """Maya fills in the form."""
    form = await story.slack.command("maya", channel, "/digest here")
    saved = await story.slack.submit("maya", form, values)
    await story.slack.close("maya", all_of_them=True)
    return saved


async def later(story: Story, time: timedelta = timedelta()) -> None:
    """So much later, with everything that happens by itself; the heartbeat comes more often than anything happens."""
    await story.slack.move(time)
    for _ in range(2):
        await story.bot.tick(story.bot.clock())
        await story.bot.worker.quiet()


async def used(story: Story, week: str, **active: int) -> None:
    """The usage of a week comes in."""
    rows = [f"{name.replace('_', '-')},{week},{count}," for name, count in active.items()]
    now = story.bot.clock()
    await import_usage(story.bot.database, ["customer,week,active_users,seats", *rows], now, now.date())


def posted(story: Story, channel: str = CHANNEL) -> list[Message]:
    """What Dossier said there about risks, for everybody."""
    there = [one for one in story.slack.messages(channel, "maya") if one.bot_id and not one.is_ephemeral]
    assert [check_blocks(one.blocks) for one in there] == [[]] * len(there)
    return [one for one in there if "digest" in text_in(one) or "nothing changed" in text_in(one)]


def dms(story: Story, person: str = "maya") -> list[str]:
    return [text_in(one) for one in story.slack.dms(person) if "digest" in one.text]


async def test_a_subscription_never_posts_for_what_was_before_it(fresh: Story) -> None:
    await later(fresh)
    await later(fresh, 23 * HOUR)  # Tuesday, so that Monday at nine is less than a day ago
    saved = await subscribed(fresh)
    assert "The digest of all customers comes Mondays at 09:00 (UTC), next on Mon 2026-11-23 09:00." in saved
    await later(fresh, HOUR)
    assert posted(fresh) == []


async def test_the_first_digest_tells_how_things_stand(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh)
    preview = await fresh.slack.command("maya", CHANNEL, "/digest preview")
    assert preview.is_private
    assert "Preview, seen by you alone." in preview
    assert posted(fresh) == []
    await later(fresh, HOUR)
    [root] = posted(fresh)
    told = text_in(root)
    assert told.startswith("Weekly risk digest · 2026-W46\nAll customers, week 2026-W46 (2026-11-09 to 2026-11-15).")
    assert "🔴 1 red   🟡 1 yellow   ⚪ 0 unknown   🟢 1 green" in told
    assert "72.8 %: 266 of 365 seats in 2026-W46" in told
    assert "Red · 1\n🔴 Oakline Retail  Startup · Maya Okafor  Adoption 0 %" in told
    assert "Kestrel Health  usage fell 22.4 %: 67 → 52 weekly users in 2026-W46" in told
    assert "Demo Account" not in told  # internal
    pictures = [block for block in root.blocks if block["type"] == "image"]
    assert [one["alt_text"][:9] for one in pictures] == ["Adoption "]
    for line in told.splitlines():
        assert line in preview or line.startswith(("as of", "Adoption, 2026"))


async def test_the_next_digests_speak_of_what_changed_only(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", oakline_retail=36, kestrel_health=30, brightwater_logistics=214, demo_account=1)
    await later(fresh, WEEK)
    _, second = map(text_in, posted(fresh))
    assert "All customers, week 2026-W47 (2026-11-16 to 2026-11-22): what changed since 2026-W46." in second
    assert "🔴 1 red (1 new)   🟡 1 yellow   ⚪ 0 unknown   🟢 1 green" in second
    assert "Newly red · 1\n🔴 Kestrel Health (was 🟡)  Growth · Jonas Lindqvist  Adoption 35.2 %" in second
    assert "Better than before · 1\n🟡 Oakline Retail (was 🔴)" in second
    assert "Renewals coming up · 1\n🟡 Oakline Retail  Startup · Maya Okafor  2027-01-18, in 56 days" in second
    assert "Kestrel Health  usage fell 42.4 %: 52 → 30 weekly users in 2026-W47" in second
    assert "2026-W46 · open for" not in second  # the newer alert speaks for the customer
    assert "Brightwater" not in second

    pressed = await fresh.slack.press("maya", posted(fresh)[-1], "Claim")
    assert not pressed.is_private  # the row changes for everybody, in place
    assert len(posted(fresh)) == 2
    assert "Claimed by" in text_in(posted(fresh)[-1])
    assert "Better than before · 1" in text_in(posted(fresh)[-1])
    same = {"oakline_retail": 36, "kestrel_health": 30, "brightwater_logistics": 214}
    await used(fresh, "2026-W48", **same)
    await later(fresh, WEEK)
    third = text_in(posted(fresh)[-1])
    assert "Renewals coming up · 1\n🔴 Kestrel Health  Growth · Jonas Lindqvist  2026-12-30, in 30 days" in third
    assert not any(title in third for title in ("Newly", "Better", "Usage fell", "Alerts", "Oakline"))
    assert "unchanged: 1 red, 1 yellow" in third

    await used(fresh, "2026-W49", **same)
    await later(fresh, WEEK)
    quiet = posted(fresh)[-1]
    assert text_in(quiet) == "2026-W49: nothing changed since 2026-W48. Unchanged: 1 red, 1 yellow. All customers"
    assert [block["type"] for block in quiet.blocks] == ["rich_text"]
    assert len(posted(fresh)) == 4


async def test_late_usage_is_said_and_what_it_changes_is_told_by_the_next_digest(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await later(fresh, WEEK)  # usage of W47 has not come
    late = text_in(posted(fresh)[-1])
    assert "⚠ Usage of 2026-W47 has not come yet: colours that depend on it are unknown." in late
    assert "Newly" not in late
    await later(fresh, timedelta(days=2))  # judged without it, which tells nothing about anybody
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=1))
    await used(fresh, "2026-W48", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=4))
    told = text_in(posted(fresh)[-1])
    assert "what changed since 2026-W46" in told
    assert "Newly red · 1\n🔴 Kestrel Health (was 🟡)" in told
    assert "has not come" not in told


async def test_what_was_judged_without_usage_is_told_again_when_it_is_known(fresh: Story) -> None:
    await subscribed(fresh, Day="Wednesday")
    await later(fresh, timedelta(days=2, hours=1))
    await later(fresh, WEEK)  # W47 was judged on Tuesday, a day after its usage should have come
    late = text_in(posted(fresh)[-1])
    assert late.startswith("Weekly risk digest · 2026-W47")
    assert "⚠ Usage of 2026-W47 has not come yet" in late
    assert "No longer known" not in late
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=1))
    await used(fresh, "2026-W48", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=6))
    told = text_in(posted(fresh)[-1])
    assert "what changed since 2026-W46" in told
    assert "Newly red · 1\n🔴 Kestrel Health (was 🟡)" in told


async def test_a_channel_that_becomes_shared_pauses_its_digest_and_says_so_once(fresh: Story) -> None:
    await subscribed(fresh)
    await fresh.slack.share(CHANNEL)
    await fresh.bot.worker.quiet()
    [told] = dms(fresh)
    assert told.startswith("The weekly digest is paused in <#C0CSTEAM>: people from outside your organisation can read")
    assert "/digest resume" in told
    await later(fresh, HOUR)
    await fresh.slack.share(CHANNEL)
    assert posted(fresh) == []
    assert len(dms(fresh)) == 1
    listed = await fresh.slack.command("jonas", "#engineering", "/digest list")
    assert "paused since 2026-11-16 by Dossier: people from outside your organisation can read there" in listed
    refused = await fresh.slack.command("maya", CHANNEL, "/digest resume")
    assert "No digest here: people from outside your organisation can read this channel." in refused
    await fresh.slack.unshare(CHANNEL)
    going = await fresh.slack.command("maya", CHANNEL, "/digest resume")
    assert "goes on. It comes next on Mon 2026-11-23 09:00; what fell into the pause is not made up for." in going
    await later(fresh)
    assert posted(fresh) == []


@pytest.mark.parametrize(
    ("trouble", "why"), [("archived", "is archived"), ("removed", "Dossier is not in the channel")]
)
async def test_a_channel_that_takes_no_posts_pauses_its_digest(fresh: Story, trouble: str, why: str) -> None:
    await subscribed(fresh)
    if trouble == "archived":
        await fresh.slack.archive(CHANNEL)
    else:
        await fresh.slack.leave("dossier", CHANNEL)
    await later(fresh, HOUR)
    await later(fresh, HOUR)
    [told] = dms(fresh)
    assert why in told
    assert "/digest resume" in told


async def test_the_form_remembers_and_filters(fresh: Story) -> None:
    values = {"Day": "Wednesday", "Time": "16:30", "Time zone": "Stockholm", "Tiers": ["Growth"], "CSMs": ["Jonas"]}
    saved = await subscribed(fresh, **values)
    assert (
        "The digest of Growth customers of Jonas Lindqvist comes Wednesdays at 16:30 (Europe/Stockholm), "
        "next on Wed 2026-11-18 16:30." in saved
    )
    again = await subscribed(fresh, Time="17:00")  # everything else stays
    assert "Growth customers of Jonas Lindqvist comes Wednesdays at 17:00 (Europe/Stockholm)" in again
    await later(fresh, timedelta(days=2, hours=7, minutes=59))
    assert posted(fresh) == []
    await later(fresh, timedelta(minutes=1))
    [root] = posted(fresh)
    assert "🔴 0 red   🟡 1 yellow   ⚪ 0 unknown   🟢 0 green" in text_in(root)
    assert "Oakline" not in text_in(root)


async def test_pausing_and_turning_off(fresh: Story) -> None:
    assert "This channel has no weekly digest." in await fresh.slack.command("maya", CHANNEL, "/digest pause")
    await subscribed(fresh)
    state = await fresh.slack.command("maya", CHANNEL, "/digest")
    assert "Next on Mon 2026-11-16 09:00." in state
    assert "is paused." in await fresh.slack.press("maya", state, "Pause")
    await later(fresh, HOUR)
    assert posted(fresh) == []
    asked = await fresh.slack.command("maya", CHANNEL, "/digest off")
    assert "No more digest here? It comes Mondays at 09:00 (UTC)." in asked
    kept = await fresh.slack.press("maya", asked, "Keep")
    assert "Nothing was changed." in kept
    asked = await fresh.slack.command("maya", CHANNEL, "/digest off")
    assert "is off." in await fresh.slack.press("maya", asked, "Turn it off")
    assert "No channel has a weekly digest yet." in await fresh.slack.command("maya", CHANNEL, "/digest list")
    assert await fresh.bot.database.digests.every(All("test")) == []


async def test_where_outsiders_read_there_is_no_digest(fresh: Story) -> None:
    refused = await fresh.slack.command("maya", "#shared-brightwater", "/digest here")
    assert "No digest here: people from outside your organisation can read this channel." in refused
    assert not refused.views
    form = await fresh.slack.command("maya", CHANNEL, "/digest here")
    await fresh.slack.share(CHANNEL)
    saved = await fresh.slack.submit("maya", form, {})
    assert "No digest here" in saved
    assert await fresh.bot.database.digests.every(All("test")) == []
