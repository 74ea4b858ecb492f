"""A team subscribes its channel to the weekly digest and reads, every Monday, what changed and nothing else."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.feed import import_usage
from bot.sandbox import Message, Seen, check_blocks
from bot.sandbox.seen import text_in
from customers import weeks
from customers.scope import All
from tests.conftest import Story
from tests.storage.harbour import run

WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
MORNING = time(5)
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
    """The usage of a week comes in when it is over, on Monday at five."""
    comes = datetime.combine(weeks.parse(week) + WEEK, MORNING, UTC)
    if (wait := comes - story.bot.clock()) > timedelta():
        await later(story, wait)
    await came(story, week, **active)


async def came(story: Story, week: str, **active: int) -> None:
    """The usage of a week comes in now."""
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
    assert told.startswith(
        "Weekly risk digest · 2026-W46\n"
        "All customers, 2026-11-09 to 2026-11-15: nothing earlier to compare with, so it tells how things stand."
    )
    assert "🔴 1 red   🟡 1 yellow   ⚪ 0 unknown   🟢 1 green" in told
    assert "72.9 % (266 of 365 seats), 76.7 % the week before." in told
    assert "Red · 1\n🔴 Oakline Retail  Startup · Maya Okafor  Adoption 0 %" in told
    assert "Kestrel Health  usage fell 22.4 %: 67 → 52 weekly users in 2026-W46" in told
    assert "Demo Account" not in told  # internal
    pictures = [block for block in root.blocks if block["type"] == "image"]
    assert [one["alt_text"] for one in pictures] == [
        "Line chart of adoption by week, 2026-W35 to 2026-W46: from 81.6 % to 72.9 %; highest 82.2 %, lowest 72.9 %."
    ]
    for line in told.splitlines():
        assert line in preview or line.startswith(("as of", "Adoption, 2026", "Line chart"))


async def test_the_next_digests_speak_of_what_changed_only(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await used(fresh, "2026-W47", oakline_retail=36, kestrel_health=30, brightwater_logistics=214, demo_account=1)
    await later(fresh, 4 * HOUR)
    _, second = map(text_in, posted(fresh))
    assert "All customers, 2026-11-16 to 2026-11-22: what changed since 2026-W46." in second
    assert "🔴 1 red (1 new)   🟡 1 yellow   ⚪ 0 unknown   🟢 1 green" in second
    assert "Newly red · 1\n🔴 Kestrel Health (was 🟡)  Growth · Jonas Lindqvist  Adoption 35.3 %" in second
    assert "Better than before · 1\n🟡 Oakline Retail (was 🔴)" in second
    assert "Adoption and last use are better; still yellow: feedback." in second
    assert "Renewals coming up · 1\n🟡 Oakline Retail  Startup · Maya Okafor  2027-01-18, in 56 days" in second
    assert "Kestrel Health  usage fell 42.3 %: 52 → 30 weekly users in 2026-W47" in second
    assert "2026-W46 · open for" not in second  # the newer alert speaks for the customer
    assert "Brightwater" not in second

    pressed = await fresh.slack.press("maya", posted(fresh)[-1], "Claim")
    assert not pressed.is_private  # the row changes for everybody, in place
    assert len(posted(fresh)) == 2
    assert "Claimed by" in text_in(posted(fresh)[-1])
    assert "Better than before · 1" in text_in(posted(fresh)[-1])
    same = {"oakline_retail": 36, "kestrel_health": 30, "brightwater_logistics": 214}
    await used(fresh, "2026-W48", **same)
    await later(fresh, 4 * HOUR)
    third = text_in(posted(fresh)[-1])
    assert "Renewals coming up · 1\n🔴 Kestrel Health  Growth · Jonas Lindqvist  2026-12-30, in 30 days" in third
    assert not any(title in third for title in ("Newly", "Better", "Usage fell", "Alerts", "Oakline"))
    assert "unchanged: 1 red, 1 yellow" in third

    await used(fresh, "2026-W49", **same)
    await later(fresh, 4 * HOUR)
    quiet = posted(fresh)[-1]
    assert text_in(quiet) == "2026-W49: nothing changed since 2026-W48. Unchanged: 1 red, 1 yellow. All customers"
    assert [block["type"] for block in quiet.blocks] == ["rich_text"]
    assert len(posted(fresh)) == 4


async def test_late_usage_is_said_and_what_it_changes_is_told_by_the_next_digest(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await later(fresh, WEEK)  # usage of W47 has not come
    late = text_in(posted(fresh)[-1])
    assert "⚠ Usage of 2026-W47 has not come yet: nobody is judged by it." in late
    assert "Newly" not in late
    await later(fresh, timedelta(days=2))  # judged without it, which tells nothing about anybody
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=1))
    await used(fresh, "2026-W48", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, 4 * HOUR)
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
    assert "No longer known · 2\n⚪ Kestrel Health (was 🟡)" in late  # nobody who was at risk disappears
    assert "Brightwater" not in late
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=1))
    await used(fresh, "2026-W48", oakline_retail=0, kestrel_health=20, brightwater_logistics=214)
    await later(fresh, timedelta(days=2, hours=4))
    told = text_in(posted(fresh)[-1])
    assert "what changed since 2026-W46" in told
    assert "Newly red · 1\n🔴 Kestrel Health (was 🟡)" in told


async def test_a_week_that_never_came_is_named_as_long_as_it_is_missing_and_has_no_colours(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    await later(fresh, WEEK)
    await later(fresh, timedelta(days=1, hours=1))  # judged without its usage
    health = await fresh.slack.command("maya", CHANNEL, "/health brightwater")
    assert "Adoption 89.2 %: 214 of 240 contracted seats in 2026-W46." in health  # fresh enough, and dated
    assert "usage up to 2026-W46 (2026-W47 has not come yet)" in health
    assert "Colours  🟢⚪" in health
    await later(fresh, WEEK - timedelta(days=1, hours=1))
    told = text_in(posted(fresh)[-1])
    assert told.startswith("Weekly risk digest · 2026-W47")
    assert "🔴 0 red   🟡 1 yellow   ⚪ 2 unknown   🟢 0 green" in told
    assert "⚠ Usage of 2026-W47 and 2026-W48 has not come yet: colours that depend on it are unknown." in told
    assert not any(words in told for words in ("Newly", "Better", "0 unknown", "Brightwater"))
    assert "No longer known · 2\n⚪ Kestrel Health (was 🟡)" in told
    assert "🟡 Oakline Retail (was 🔴)  Startup · Maya Okafor  data missing: adoption, usage trend and last use" in told
    await later(fresh, WEEK)
    assert "⚠ Usage of 2026-W47 to 2026-W49 has not come yet" in text_in(posted(fresh)[-1])


async def test_a_week_that_still_runs_when_its_usage_comes_is_judged_by_nothing(fresh: Story) -> None:
    """The documented query answers the running week every day; a pull that then fails leaves a part of it."""
    await subscribed(fresh)
    await later(fresh, HOUR)
    before = alerts_told(fresh)
    assert before == ["Kestrel Health"]
    await later(fresh, timedelta(days=2))
    await came(fresh, "2026-W47", oakline_retail=0, kestrel_health=20, brightwater_logistics=90)
    for _ in range(4):
        await later(fresh, timedelta(days=1))
    assert alerts_told(fresh) == before
    again = await fresh.slack.command("maya", CHANNEL, "/health brightwater")
    assert "🟢 Green  Adoption 89.2 %: 214 of 240 contracted seats in 2026-W46." in again
    assert "214 weekly users, 2026-W35 to 2026-W46" in again  # the running week is no fall in the picture either
    await later(fresh, timedelta(days=1))  # Monday, after the check
    late = text_in(posted(fresh)[-1])
    assert "2026-W46" in late.split("\n")[0]
    assert "Usage of 2026-W47 has not come yet" in late
    assert "Newly" not in late
    await later(fresh, timedelta(days=2))  # judged without it
    assert alerts_told(fresh) == before
    assert [text_in(one)[:44] for one in fresh.slack.messages(CHANNEL, "maya") if "has not come;" in one.text] == [
        "Usage data of 2026-W47 has not come; the las"
    ]
    await came(fresh, "2026-W47", oakline_retail=0, kestrel_health=52, brightwater_logistics=150)
    await later(fresh, HOUR)
    assert alerts_told(fresh)[len(before) :] == ["Brightwater Logistics"]


def alerts_told(story: Story) -> list[str]:
    """Whose usage fell, as the CSMs were told."""
    told = [one.text for who in ("jonas", "maya") for one in story.slack.dms(who)]
    return [text.removeprefix("Usage fell: ").split(",")[0] for text in told if text.startswith("Usage fell: ")]


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
    assert "goes on. It comes next on Mon 2026-11-23 09:00, with everything since the last one." in going
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


async def test_what_a_refused_digest_would_have_told_stands_in_the_next_one(fresh: Story) -> None:
    await subscribed(fresh)
    await later(fresh, HOUR)
    fallen = {"oakline_retail": 0, "kestrel_health": 30, "brightwater_logistics": 100}
    await used(fresh, "2026-W47", **fallen)
    await fresh.slack.leave("dossier", CHANNEL)
    await later(fresh, 4 * HOUR)
    assert "is paused" in dms(fresh)[-1]
    assert len(posted(fresh)) == 1
    await fresh.slack.join("dossier", CHANNEL)
    going = await fresh.slack.command("maya", CHANNEL, "/digest resume")
    assert "It comes next on Mon 2026-11-30 09:00, with everything since the last one." in going
    await used(fresh, "2026-W48", **fallen)
    await later(fresh, 4 * HOUR)
    told = text_in(posted(fresh)[-1])
    assert "what changed since 2026-W46" in told
    assert "Newly red · 2\n🔴 Brightwater Logistics (was 🟢)" in told


async def test_a_first_digest_that_was_refused_is_still_to_come(fresh: Story) -> None:
    await fresh.slack.leave("dossier", CHANNEL)
    await subscribed(fresh)
    await later(fresh, HOUR)
    assert posted(fresh) == []
    await fresh.slack.join("dossier", CHANNEL)
    await fresh.slack.command("maya", CHANNEL, "/digest resume")
    await used(fresh, "2026-W47", oakline_retail=0, kestrel_health=52, brightwater_logistics=214)
    await later(fresh, 4 * HOUR)
    [root] = posted(fresh)
    assert "so it tells how things stand" in text_in(root)
    assert "Red · 1\n🔴 Oakline Retail  Startup" in text_in(root)


async def test_a_zone_that_is_not_known_pauses_its_own_digest_and_no_other(fresh: Story) -> None:
    await subscribed(fresh)
    await subscribed(fresh, "#engineering")
    await run(fresh.bot.database, "UPDATE digests SET zone = 'Mars/Base' WHERE channel = 'C0ENG'")
    listed = await fresh.slack.command("jonas", CHANNEL, "/digest list")
    assert "Mondays at 09:00 (Mars/Base, a time zone that is not known here)" in listed
    assert "Mars/Base" in await fresh.slack.home("maya")
    await later(fresh, HOUR)
    assert len(posted(fresh)) == 1
    assert posted(fresh, "#engineering") == []
    [told] = dms(fresh)
    assert "The weekly digest is paused in <#C0ENG>: its time zone is not known here. Choose another one" in told
    refused = await fresh.slack.command("maya", "#engineering", "/digest resume")
    assert "Its time zone Mars/Base is not known here. Choose another one with /digest here." in refused
    await subscribed(fresh, "#engineering", **{"Time zone": "Berlin"})
    assert "goes on" in await fresh.slack.command("maya", "#engineering", "/digest resume")


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
    paused = await fresh.slack.command("maya", CHANNEL, "/digest")
    assert "comes Mondays at 09:00 (UTC). It is paused since 2026-11-16, by hand." in paused
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
