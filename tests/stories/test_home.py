"""The Home tab: what somebody has to look at first, what changed since, and what they prefer."""

from datetime import date, timedelta

from bot.sandbox import Sandbox
from bot.sandbox.seen import text_in
from customers.facts import RULES_VERSION
from customers.weeks import number
from tests.conftest import Story
from tests.storage.harbour import run


async def _reported(slack: Sandbox, title: str, severity: str) -> None:
    message = (await slack.say("jonas", "#brightwater", f"They say: {title}")).own
    form = await slack.shortcut("jonas", "Report customer bug", message)
    assert not (await slack.submit("jonas", form, {"Title": title, "Severity": severity})).errors


async def test_a_csm_finds_their_customers_worst_first(slack: Sandbox) -> None:
    home = await slack.home("maya")
    assert "Good morning, Maya\nas of Mon 2026-11-16 08:00 (Europe/London)" in home
    assert home.text.index("🔴 Oakline Retail  Adoption 0 %") < home.text.index("🟢 Brightwater Logistics")
    assert "Kestrel" not in home.text
    everybody = await slack.press("maya", home, "All customers")
    assert "All customers, worst first" in everybody
    assert "🟡 Kestrel Health" in everybody
    mine = await slack.press("maya", everybody, "My customers")
    assert "Kestrel" not in mine.text


async def test_somebody_without_customers_hears_how_to_get_some_and_sees_everybodys(slack: Sandbox) -> None:
    home = await slack.home("iris")
    assert "No document names you as a CSM" in home
    assert "**CSM:** Your Name" in home
    assert all(name in home for name in ("Oakline Retail", "Kestrel Health", "Brightwater Logistics"))
    assert "Demo Account" not in home.text


async def test_a_guest_is_told_politely_and_nothing_else(slack: Sandbox) -> None:
    home = await slack.home("gus")
    assert "Dossier answers full members of this workspace only. Ask the colleague who invited you." in home
    assert home.buttons == []
    assert "Brightwater" not in home.text


async def test_a_brief_is_read_from_home(slack: Sandbox) -> None:
    seen = await slack.press("jonas", await slack.home("jonas"), "Brief")
    assert "Contract: €6,400/month, 85 users" in seen.view.title + seen.text
    issues = await slack.press("jonas", seen, "Known issues")
    assert "all spellings" in issues
    assert "Share in channel" not in issues.buttons
    await slack.close("jonas", all_of_them=True)


async def test_bugs_stand_by_due_time_in_the_readers_zone(fresh: Story) -> None:
    slack = fresh.slack
    await _reported(slack, "Drivers cannot log in", "Low: cosmetic")
    await _reported(slack, "The board is down", "Critical: system down")
    home = await slack.home("maya")
    assert home.text.index("Bug 2  The board is down") < home.text.index("Bug 1  Drivers cannot log in")
    assert "critical · Brightwater Logistics · due Mon 2026-11-16 12:00" in home
    await slack.move(timedelta(hours=5))
    home = await slack.home("maya")
    assert "critical · Brightwater Logistics · ⚠ overdue since Mon 2026-11-16 12:00" in home
    shown = await slack.press("maya", home, "Show")
    assert "Bug 2  The board is down" in shown.view.title + shown.text
    await slack.close("maya", all_of_them=True)


async def test_what_changed_since_is_told_once_a_sitting(fresh: Story) -> None:
    slack = fresh.slack
    assert "New:" not in (await slack.home("maya")).text
    await slack.move(timedelta(hours=2))
    form = await slack.shortcut("maya", "Log feature request", slack.messages("#brightwater", "maya")[0])
    await slack.submit("maya", form)
    home = await slack.home("maya")
    assert "new since you last opened this tab, 2 hours ago" in home
    assert "✱ New: 1 new request" in home
    await slack.move(timedelta(minutes=10))
    assert "✱ New: 1 new request" in await slack.home("maya")
    await slack.move(timedelta(minutes=10))
    assert "✱ New:" not in (await slack.home("maya")).text


async def test_preferences_are_kept_and_seen_at_once(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.press("jonas", await slack.home("jonas"), "Preferences…")
    wrong = await slack.submit("jonas", form, {"Quiet hours from": "22:00"})
    assert "Fill in both times, or none." in wrong
    hours = {"Quiet hours from": "16:30", "Quiet hours to": "18:00"}
    home = await slack.submit("jonas", form, {**hours, "Time zone": "tokyo", "Dates": "Deutsch"})
    assert "Saved. Quiet hours: 16:30–18:00 by the clock of Asia/Tokyo." in home
    await slack.close("jonas", all_of_them=True)
    assert "as of Mo., 16. Nov. 2026 17:00 (Asia/Tokyo)" in home
    assert "Quiet hours 16:30–18:00 · Asia/Tokyo · dates like Mo., 16. Nov. 2026" in home


async def test_nothing_is_told_in_quiet_hours_until_they_are_over(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.press("maya", await slack.home("maya"), "Preferences…")
    await slack.submit("maya", form, {"Quiet hours from": "07:00", "Quiet hours to": "10:00"})
    await slack.close("maya", all_of_them=True)
    await _reported(slack, "The board is down", "Critical: system down")
    assert slack.dms("maya") == []
    await slack.move(timedelta(hours=2, minutes=-1))
    assert slack.dms("maya") == []
    await slack.move(timedelta(minutes=1))
    assert slack.dms("maya")[0].text.startswith("Bug 1 of Brightwater Logistics was reported as critical.")


async def _fell(story: Story, name: str) -> None:
    """What the weekly check adds when usage fell."""
    add = (
        "INSERT INTO alerts (customer_id, kind, week, before, active, created_at, told_at, note) VALUES "
        "(:who, 'usage_drop', 2966, 120, 79, '2026-11-16 06:00:00', '2026-11-16 06:00:00', '') ON CONFLICT DO NOTHING"
    )
    await run(story.bot.database, add, {"who": await story.bot.desk.find(name, "", "")})


async def test_alerts_are_claimed_and_closed_where_they_stand(fresh: Story) -> None:
    slack = fresh.slack
    assert "Usage alerts\nNone to claim." in await slack.home("maya")
    await _fell(fresh, "Oakline Retail")
    home = await slack.home("maya")
    assert "Oakline Retail  usage fell 34.2 %: 120 → 79 weekly users" in home
    assert "None to claim." in await slack.home("jonas")  # not his customer
    claimed = await slack.press("maya", home, "Claim")
    assert claimed.home is not None
    assert "Claimed by" in claimed
    form = await slack.press("maya", claimed, "Done…")
    await slack.submit("maya", form, {"What came of it?": "They were closed for a stocktake."})
    await slack.close("maya", all_of_them=True)
    assert "None to claim." in await slack.home("maya")
    assert "stocktake" in await slack.command("maya", "#cs-team", "/brief oakline")


async def test_another_colour_than_the_check_before_is_told(fresh: Story) -> None:
    slack = fresh.slack
    add = "INSERT INTO snapshots (week, customer_id, colour, marks, rules) VALUES (:week, :who, 'green', 'g', :rules)"
    values = {"week": number(date(2026, 11, 9)), "rules": RULES_VERSION}
    await run(fresh.bot.database, add, {**values, "who": await fresh.bot.desk.find("Brightwater Logistics", "", "")})
    await slack.home("maya")
    await slack.move(timedelta(days=7))
    await slack.import_usage("customer,week,active_users,seats\nbrightwater-logistics,2026-W47,100,240\n")
    home = await slack.home("maya")
    assert "🔴 Brightwater Logistics  Adoption 41.7 %: 100 of 240 contracted seats in 2026-W47." in home
    assert "✱ New: was green in 2026-W46\n" in home


async def test_playbook_steps_and_digests_stand_there(fresh: Story) -> None:
    slack = fresh.slack
    form = await slack.command("maya", "#brightwater", "/playbook start renewal")
    await slack.submit("maya", form)
    form = await slack.command("maya", "#cs-team", "/digest here")
    await slack.submit("maya", form)
    await slack.close("maya", all_of_them=True)
    home = await slack.home("maya")
    due = home.text[home.text.index("Playbook steps due") : home.text.index("Your weekly digests")]
    assert "Brightwater Logistics · due today\nDone\nShow" in due
    assert "<#C0CSTEAM>  Mondays at 09:00 (UTC) · next Mon 2026-11-16 09:00" in home
    steps = due.count("due today")
    done = await slack.press("maya", home, "Done")
    assert done.home is not None
    shown = text_in(done.home)
    assert "➜ Done: Agree on what is renewed" in shown
    assert shown.count("due today") == steps - 1
    assert done.views == ()
