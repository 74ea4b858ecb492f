"""A digest about a thousand customers of whom three hundred are at risk: readable, inside Slack's limits, sent once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.app import Bot
from bot.demo import workspace
from bot.rhythm import schedule_of
from bot.sandbox import Message, Sandbox, check_blocks
from bot.sandbox.seen import text_in
from customers import weeks
from customers.alerts import Alerts
from customers.clock import Clock
from customers.digest import MESSAGES, Material, Tally, Window, plan
from customers.digests import ROOT, leaving
from customers.editions import Edition
from customers.model import Person, Profile, Status, Tier
from customers.sweep import Sweep
from tests.storage.harbour import ALL, ids, put, run

WEEK = timedelta(weeks=1)
NASTY = "*Acme*_ & <b> <!channel> <https://x|y> " + "é" * 90
TIERS = (Tier.ENTERPRISE, Tier.GROWTH, Tier.STARTUP, None)


def named(number: int) -> str:
    return f"{NASTY} {number}" if number % 7 == 0 else f"Customer {number:04d}"


async def filled(bot: Bot) -> None:
    """A thousand customers whose usage was fine a week ago; since then 200 became red and 100 yellow."""
    csm = Person("Maya Okafor", "maya@harbour.example")
    profiles = [
        Profile(f"c{at}", named(at), Status.ACTIVE, tier=TIERS[at % 4], csm=csm, seats=100 + at % 50)
        for at in range(1_000)
    ]
    await put(bot.database, *profiles, now=bot.clock() - 10 * WEEK)
    known = await ids(bot.database)
    newest = weeks.number(bot.clock().date()) - 1
    for week, red, yellow in ((newest - 1, 0, 0), (newest, 200, 300)):
        rows = [
            (known[named(at)], week, 12 if at < red else 90 if at < yellow else 140, None) for at in range(1_000)
        ]  # fmt: skip
        await bot.database.usage.put(ALL, rows)
    await bot.database.usage.finish(ALL, bot.clock() - 2 * WEEK, newest)


async def judged(bot: Bot) -> None:
    alerts = Alerts(bot.database.alerts, bot.settings.thresholds, bot.settings.zone)
    for now in (bot.clock() - WEEK, bot.clock()):
        check = bot.settings.check
        await Sweep(bot.database.sweeps, alerts, check, bot.settings.thresholds, bot.settings.zone).check(now)


async def told_before(bot: Bot) -> None:
    """The channel has read last week's digest."""
    at = bot.clock() - WEEK
    week = weeks.number(at.date()) - 1
    made = plan(Material(Window(week, None, None, at, True), Tally(), (), ()))
    found = await bot.database.digests.find(ALL, "C0ENG")
    assert found
    await bot.database.digests.keep(ALL, "C0ENG", Edition("before", week, made, at))
    await bot.database.outbox.add(ALL, [leaving(found, "before", at)], at)
    await run(bot.database, "UPDATE outbox SET state = 'done', due = NULL WHERE kind = :kind", {"kind": ROOT})


def posted(slack: Sandbox) -> list[Message]:
    return [one for one in slack.messages("#engineering", "maya") if one.bot_id and not one.is_ephemeral]


async def test_a_thousand_customers_with_three_hundred_at_risk(url: str) -> None:
    async with workspace(frozen=True, database=url) as (slack, bot):
        await filled(bot)
        await judged(bot)
        form = await slack.command("maya", "#engineering", "/digest here")
        await slack.submit("maya", form, {})
        await told_before(bot)
        replica = schedule_of(bot.database, replace(bot.desks, clock=Clock(bot.database.watermarks)), bot.settings)
        await slack.move(timedelta(hours=1))
        for _ in range(3):
            await asyncio.gather(replica.run(bot.clock()), bot.schedule.run(bot.clock()))
            await bot.tick(bot.clock())
            await bot.worker.quiet()

        root, *parts = posted(slack)
        assert 3 <= len(parts) <= 5 < MESSAGES
        assert [one.thread_ts for one in parts] == [root.ts] * len(parts)
        for one in (root, *parts):
            assert check_blocks(one.blocks) == []
            assert "more than fits" not in text_in(one)
            assert "<!channel>" not in one.text
        told = text_in(root)
        assert "🔴 201 red (200 new)   🟡 101 yellow (100 new)   ⚪ 0 unknown   🟢 701 green" in told
        assert "Newly red · 1–5 of 200" in told or "Newly red · 1–3 of 200" in told
        assert "more rows in the thread" in told
        assert [text_in(one).splitlines()[0] for one in parts] == [
            f"Digest 2026-W46 · {number} of {len(parts) + 1}" for number in range(2, len(parts) + 2)
        ]
        assert "not listed here: 160 newly red, 80 newly yellow (/health all)" in text_in(parts[-1])
        everything = "\n".join(text_in(one) for one in (root, *parts))
        rows = [line for line in everything.splitlines() if "(was 🟢)" in line]
        assert len(rows) == len(set(rows)) == 60
        assert all("Adoption" in line or "Usage fell" in line for line in rows)
        assert "Enterprise" in rows[0]  # the largest first
