"""The monthly review of health and the quarterly review of custom code: invited, worked through card by card."""

from datetime import UTC, date, datetime

from bot.sandbox.seen import Seen
from customers.people import Reader, Standing
from tests.conftest import Story


async def _at(story: Story, *when: int) -> None:
    """Goes there; the heartbeat comes in between, as it would."""
    story.slack.clock.set(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]
    for _ in range(2):
        await story.bot.tick(story.bot.clock())
        await story.bot.worker.quiet()


def _told(story: Story, channel: str, person: str, words: str) -> list[Seen]:
    every = story.slack.dms(person) if channel == "dm" else story.slack.messages(channel, person)
    return [seen for seen in (Seen(person, (one,)) for one in every) if words in seen.text]


async def test_the_month_is_reviewed_card_by_card(fresh: Story) -> None:
    slack = fresh.slack
    await _at(fresh, 2026, 12, 6, 9)
    assert not _told(fresh, "dm", "maya", "Monthly review")
    await _at(fresh, 2026, 12, 7, 9)
    await _at(fresh, 2026, 12, 7, 15)
    (told,) = _told(fresh, "dm", "maya", "Monthly review")
    assert "Monthly review 2026-12" in told
    assert "agree, set another colour, or plan an action" in told
    card = await slack.press("maya", told, "Start review")
    total = int(card.text.split(" of ")[2].split(" ")[0])
    assert f"Review of 2026-12 · 0 of {total} done" in card
    card = await slack.press("maya", card, "Agree")
    assert f"Review of 2026-12 · 1 of {total} done" in card
    assert f"Review of 2026-12 · 1 of {total} done" in await slack.command("maya", "#general", "/health review")
    form = await slack.press("maya", card, "Plan action…")
    wrong = await slack.submit("maya", form, {"What will you do?": "Call", "By when?": "2026-12-01"})
    assert "Choose a day from today on, within a year." in wrong
    done = await slack.submit("maya", form, {"What will you do?": "Call *the* sponsor", "By when?": "2026-12-09"})
    assert "Planned by 2026-12-09" in done
    await _at(fresh, 2026, 12, 9, 8, 59)
    assert not _told(fresh, "dm", "maya", "Due 2026-12-09")
    await _at(fresh, 2026, 12, 9, 9, 1)
    (reminder,) = _told(fresh, "dm", "maya", "Due 2026-12-09")
    assert "Call *the* sponsor" in reminder


async def test_custom_code_is_kept_made_standard_or_deprecated(fresh: Story) -> None:
    slack = fresh.slack
    await _at(fresh, 2026, 12, 10, 10)  # a clock that leaps by more than 35 days is not believed
    await _at(fresh, 2027, 1, 3, 10)
    assert not _told(fresh, "#engineering", "jonas", "Quarterly review")
    await _at(fresh, 2027, 1, 4, 10)
    (told,) = _told(fresh, "#engineering", "jonas", "Quarterly review")
    assert "Quarterly review 2027-Q1" in told
    card = await slack.press("jonas", told, "Start review")
    assert "Should this become a standard feature?" in card
    first = card.text
    card = await slack.press("jonas", card, "Keep")
    assert card.text != first
    form = await slack.press("jonas", card, "Make standard…")
    done = await slack.submit("jonas", form, {"What should the product be able to do?": "Depots from Entra groups"})
    assert "carries 1 customer: backlog" in done
    assert "Depots from Entra groups" in await slack.command("jonas", "#general", "/features list")
    forms = {who: await slack.command(who, "#general", "/customer code") for who in ("jonas", "iris")}
    form, second = [await slack.press(who, card, "Deprecate…") for who, card in forms.items()]
    done = await slack.submit("jonas", form, {"What takes its place, or why can it go?": "The standard lane review"})
    assert "To be deprecated. Priya Raman takes it out" in done
    late = await slack.submit("iris", second, {"What takes its place, or why can it go?": "Another reason"})
    assert "this code is to be deprecated already (The standard lane review)" in late
    assert len(_told(fresh, "#engineering", "jonas", "Quarterly review")) == 1
    assert "Custom code 2027-Q1 · 3 of" in await slack.command("jonas", "#general", "/customer code")


async def test_who_is_left_for_later_comes_again_and_nobody_is_left_out(fresh: Story) -> None:
    slack = fresh.slack
    await _at(fresh, 2026, 12, 7, 9)
    card = await slack.command("maya", "#general", "/health review")
    first = card.text.splitlines()[1]
    form = await slack.press("maya", card, "Override colour…")
    await slack.submit("maya", form, {"Colour": "red", "Why?": "They told me on the phone"})
    card = await slack.press("maya", card, "Next ›")  # the first one is decided, so the next one is not passed over
    second = card.text.splitlines()[1]
    assert second != first
    assert "1 of 2 done" in card
    over = await slack.press("maya", card, "Next ›")
    assert "1 customer left for later." in over
    assert second in await slack.press("maya", over, "Start again")


async def test_what_somebody_else_planned_meanwhile_is_told_and_the_text_is_kept(fresh: Story) -> None:
    slack, bot = fresh.slack, fresh.bot
    await _at(fresh, 2026, 12, 7, 9)
    form = await slack.press("maya", await slack.command("maya", "#general", "/health review"), "Plan action…")
    oakline = await bot.desk.find("Oakline Retail", "", "/health")
    jonas = Reader("U0JONAS", Standing.MEMBER)
    await bot.desks.reviews.plan("2026-12", oakline, "Call Ben", date(2026, 12, 9), jonas, "view:1", bot.clock())
    told = await slack.submit("maya", form, {"What will you do?": "Write an e-mail", "By when?": "2026-12-10"})
    assert "Not saved: an action is planned for 2026-12 already by 2026-12-09 (“Call Ben”)" in told
    assert "Call Ben" in await slack.press("maya", await slack.command("maya", "#general", "/brief oakline"), "History")
