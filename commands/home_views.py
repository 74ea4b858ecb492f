"""How the Home tab looks: sections one below the other, inside Slack's limits whatever there is to tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from commands import card as cards
from commands.blocks import NAME, Block, Element, actions, button, context, cut, header, line, plain, rich, shown, text
from commands.dates import day_words, moment_words
from customers.health import Colour
from customers.people import Reader
from customers.personal import Mine
from customers.records import BugLine, Card

MOST_BLOCKS = 100  # Slack: "Block Kit reference", blocks in a Home tab
BUDGET = 60_000  # characters of all blocks as JSON; Slack refuses 250 kB ("views.publish", view_too_large)
CUSTOMERS = 12  # on one page
BUGS = 8
WHY = 240  # characters of one line of why
NEW = 300  # … and of what is new
TITLE = 120
_NO_CUSTOMERS = (
    "No document names you as a CSM, so everybody's customers stand here. A document does it with the line "
    "**CSM:** Your Name <your e-mail address> below the customer's heading."
)

Section = Sequence[Block]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The customers of Home, worst first; `news` by id. `everybody` when they are not only those of the reader."""

    cards: Sequence[Card]
    news: dict[int, tuple[str, ...]]
    offset: int
    everybody: bool
    has_own: bool
    cut_off: bool

    @property
    def page(self) -> Sequence[Card]:
        return self.cards[self.offset : self.offset + CUSTOMERS]


def view(sections: Sequence[Section], kept: Section, state: str) -> dict[str, Any]:
    """As `views.publish` takes it; `kept` stays when there is more than fits, and what was left out is said."""
    blocks = _fitting([block for section in sections for block in section], list(kept))
    return {"type": "home", "blocks": shown(blocks), "private_metadata": state}


def _fitting(blocks: list[Block], kept: list[Block]) -> list[Block]:
    sizes = [len(orjson.dumps(one)) for one in blocks]
    room = BUDGET - len(orjson.dumps(kept))
    if len(blocks) + len(kept) <= MOST_BLOCKS and sum(sizes) <= room:
        return blocks + kept
    fitting: list[Block] = []
    for block, size in zip(blocks, sizes, strict=True):
        if len(fitting) + len(kept) >= MOST_BLOCKS - 1 or size > room - 200:
            break
        room -= size
        fitting.append(block)
    return [*fitting, context("… more than fits here. Type a command to see the rest: /health, /bugs, /digest."), *kept]


def trouble(sentence: str, next_step: str, *, again: bool) -> dict[str, Any]:
    """Home when it cannot be shown, or not to this person; it tells nothing of what there is."""
    row = [actions(button("Try again", "home:again", "0", style="primary"))] if again else []
    return view([[header("Dossier"), rich(line(text(f"{sentence} {next_step}")))]], row, "")


def greeting(reader: Reader, mine: Mine, now: datetime, notice: str) -> Section:
    """Who, when, and what the last press came to."""
    local = now.astimezone(mine.zone)
    part = "morning" if 5 <= local.hour < 12 else "afternoon" if 12 <= local.hour < 18 else "evening"
    name = (reader.name or "").split()[:1]
    said = [f"as of {moment_words(now, mine.zone, mine.preferences.dates)} ({mine.zone})"]
    if mine.since:
        said.append(f"new since you last opened this tab, {cards.ago(mine.since, now)}")
    blocks: list[Block] = [header(f"Good {part}{', ' + cut(name[0], NAME) if name else ''}"), context(" · ".join(said))]
    return [*blocks, rich(line(text(f"➜ {cut(notice, WHY)}")))] if notice else blocks


def customers(given: Portfolio) -> Section:
    """Worst first, each with why and what is new; for somebody without customers everybody's, and how to get some."""
    title = "All customers" if given.everybody else "Your customers"
    blocks: list[Block] = [header(f"{title}, worst first")]
    if not given.has_own:
        blocks.append(rich(line(text(_NO_CUSTOMERS))))
    if not given.cards:
        return [*blocks, rich(line(text("There are no customers yet. Import the document with dossier import.")))]
    blocks.append(context(_tally(given)))
    blocks += [_customer(card, given.news.get(card.record.customer_id, ()), at) for at, card in enumerate(given.page)]
    row = _turning(given)
    return [*blocks, *([actions(*row)] if row else [])]


def _tally(given: Portfolio) -> str:
    counts = {colour: sum(one.colour is colour for one in given.cards) for colour in Colour}
    order = (Colour.RED, Colour.YELLOW, Colour.UNKNOWN, Colour.GREEN)
    said = ["  ".join(f"{cards.MARKS[one]} {counts[one]} {one.value}" for one in order)]
    first, total = given.offset + 1, len(given.cards)
    if total > CUSTOMERS:
        said.append(f"{first}–{min(given.offset + CUSTOMERS, total)} of {total}")
    if given.cut_off:
        said.append("only the first by name are judged here")
    return " · ".join(said)


def _customer(card: Card, news: Sequence[str], at: int) -> Block:
    name = cut(card.profile.name, NAME)
    words = f"{cards.MARKS[card.colour]} {name}  {cut(cards.in_short(card), WHY)}"
    if news:
        words += f"\n✱ New: {cut(', '.join(news), NEW)}"
    return row_of(words, button("Brief", f"home:brief:{at}", str(card.record.customer_id)))


def row_of(words: str, accessory: Element) -> Block:
    """One line of a section with its button."""
    return {"type": "section", "text": plain(words), "accessory": accessory}


def _turning(given: Portfolio) -> list[Element]:
    whose, total = "all" if given.everybody else "mine", len(given.cards)
    row = []
    if given.offset:
        row.append(button("‹ Previous", "home:at:back", f"{max(0, given.offset - CUSTOMERS)}|{whose}"))
    if (rest := total - given.offset - CUSTOMERS) > 0:
        row.append(button(f"Next {min(CUSTOMERS, rest)} ›", "home:at:on", f"{given.offset + CUSTOMERS}|{whose}"))
    if given.has_own:
        other = ("My customers", "0|mine") if given.everybody else ("All customers", "0|all")
        row.append(button(other[0], "home:at:whose", other[1]))
    return row


def bugs(given: Portfolio, mine: Mine, now: datetime) -> Section:
    """Open bugs of these customers by due time, in the reader's zone; those whose clock stands still come last."""
    found = [(bug, card) for card in given.cards for bug in card.record.bugs]
    found.sort(key=lambda one: (one[0].paused, one[0].due_at, one[0].id))
    title: Block = header("Bugs by due time")
    if not found:
        none = "No open bugs. Report one from a message's menu: Report customer bug."
        return [title, rich(line(text(none)))]
    style = mine.preferences.dates
    blocks = [_bug(bug, card, lambda at: moment_words(at, mine.zone, style), now) for bug, card in found[:BUGS]]
    more = [context(f"{len(found) - BUGS} more: /bugs list")] if len(found) > BUGS else []
    return [title, *blocks, *more]


def _bug(bug: BugLine, card: Card, when: Callable[[datetime], str], now: datetime) -> Block:
    if bug.paused:
        due = "its clock stands still"
    elif bug.is_overdue(now):
        due = f"⚠ overdue since {when(bug.due_at)}"
    else:
        due = f"due {when(bug.due_at)}"
    head = f"Bug {bug.id}  {cut(bug.title, TITLE)}"
    words = f"{head}\n{bug.severity.value} · {cut(card.profile.name, NAME)} · {due}"
    return row_of(words, button("Show", f"bug:show:home{bug.id}", str(bug.id)))


def settings(mine: Mine, now: datetime) -> Section:
    """What the reader prefers, and the button to change it."""
    kept = mine.preferences
    quiet = f"Quiet hours {kept.quiet}" if kept.quiet else "No quiet hours"
    day = day_words(now.astimezone(mine.zone).date(), kept.dates)
    words = f"{quiet} · {mine.zone} · dates like {day}"
    return [header("Your settings"), row_of(words, button("Preferences…", "home:preferences", "0"))]
