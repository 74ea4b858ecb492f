"""`/brief [customer]`: everything a CSM needs in the two minutes before a call."""

from commands import card as cards
from commands.blocks import Block, Element, bold, bullets, cut, line, rich, small, text
from commands.help import render_help, wants_help
from commands.judgement_views import said_about
from commands.listen import Ask
from commands.message import Message
from commands.reading import inline
from commands.tracked import ADDED, ENTRIES, added, headed, open_items
from customers.desk import Desk
from customers.model import HistoryEntry
from customers.records import Card, Change

ISSUES = 3
OPEN = 3  # open bugs, and open requests; all bugs stand under Known issues
HISTORY = 3
CHANGES = 5
SAID = 1_000  # answers that are kept
LINE = 280  # characters of one bullet; the whole text stands in its own view

_STATUS, _TIER, _CSM, _CONTRACT, _RENEWAL, _SINCE = (
    bold(f"{label}: ") for label in ("Status", "Tier", "CSM", "Contract", "Renewal", "Customer since")
)
_WORKAROUND = bold("Workaround: ")
_ShownBy = tuple[object, ...]


class Brief:
    """Parse, call, render."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._said: dict[int, tuple[_ShownBy, Message]] = {}

    async def __call__(self, ask: Ask) -> Message:
        if wants_help(ask):
            return render_help()
        card = await self._desk.ask(ask.text, ask.channel, ask.reader, ask.now, "/brief")
        self._desk.looked(card, ask.reader)
        return self._again(card) or render(card)

    def _again(self, card: Card) -> Message | None:
        """The last answer about this customer while nothing that it shows has changed; the row is read every time."""
        record, health = card.record, card.health
        if _fresh(card):
            return None
        shown = (record.digest, health.colour, health.why, card.today, record.newest, record.fed, record.judgements)
        late = [bug.is_overdue(card.now) for bug in record.bugs]
        captured = (record.bugs, record.requests, record.entries, late)
        marks = (record.missing_since, record.broken_since, cards.ago(record.changed_at, card.now), captured)
        said = self._said.get(record.customer_id)
        if said is not None and said[0] == (*shown, *marks):
            return said[1]
        if len(self._said) >= SAID:
            self._said.clear()
        message = render(card).sealed()
        self._said[record.customer_id] = ((*shown, *marks), message)
        return message


def render(card: Card) -> Message:
    """The brief of one customer."""
    blocks: list[Block] = [
        cards.title(card),
        *cards.warnings(card),
        rich(cards.colour_line(card)),
        *said_about(card),
        rich(*_facts(card)),
        *_since(card),
        *open_items(card, OPEN),
        *_issues(card),
        *_history(card),
        *_metrics(card),
    ]
    return Message(blocks, cards.summary(card), more=[cards.age(card), cards.buttons(card, "brief")])


def _facts(card: Card) -> list[Element]:
    profile, today = card.profile, card.today
    status = profile.status.value
    rows = [
        (_STATUS, f"{status} ({profile.qualifier})" if profile.qualifier else status),
        (_TIER, profile.tier.value if profile.tier else "none"),
        (_CSM, str(profile.csm) if profile.csm else "nobody named"),
        (_CONTRACT, profile.contract or "not stated"),
        (_RENEWAL, cards.until(profile.renewal, today) if profile.renewal else "not stated"),
        (_SINCE, profile.onboarded.isoformat() if profile.onboarded else "not stated"),
    ]
    if profile.churned:
        rows.append((bold("Churned: "), cards.until(profile.churned, today)))
    return [bullets([line(label, text(cut(value, LINE))) for label, value in rows])]


def _since(card: Card) -> list[Block]:
    looked, fresh = card.record.last_look(card.now), _fresh(card)
    if looked is None or not fresh:
        return []
    lines = [line(text(cut(change.what, LINE))) for change in fresh[:CHANGES]]
    return [rich(line(bold(f"Since you last looked ({cards.ago(looked, card.now)})")), bullets(lines))]


def _fresh(card: Card) -> list[Change]:
    """What changed after the reader's last look; nothing for somebody who looks for the first time."""
    if not card.record.changes or (looked := card.record.last_look(card.now)) is None:
        return []
    return [change for change in card.record.changes if change.at > looked]


def _issues(card: Card) -> list[Block]:
    issues = card.profile.issues
    if not issues:
        return [rich(line(bold("Known issues"), text("  none documented")))]
    elements: list[Element] = [line(bold(headed("Known issues", len(issues), ISSUES)))]
    for issue in issues[:ISSUES]:
        state = f" ({issue.state})" if issue.state else ""
        elements.append(bullets([line(*inline(cut(issue.text, LINE) + state))]))
        if issue.workaround:
            elements.append(bullets([line(_WORKAROUND, *inline(cut(issue.workaround, LINE)))], indent=1))
    return [rich(*elements)]


def _history(card: Card) -> list[Block]:
    new = added(card)
    entries = [(one, "") for one in card.profile.history] + [(one, ADDED) for one in new]
    if not entries:
        return [rich(line(bold("History"), text("  nothing documented")))]
    entries.sort(key=lambda one: one[0].on.toordinal() if one[0].on else 0, reverse=True)
    lines = [_entry(one, mark) for one, mark in entries[:HISTORY]]
    known = len(entries) if len(new) >= ENTRIES else 0
    return [rich(line(bold(headed("Last in history", len(entries), HISTORY, known))), bullets(lines))]


def _entry(one: HistoryEntry, mark: str) -> Element:
    dated = bold(f"{one.on.isoformat() if one.on else 'undated'}  ")
    if mark:  # somebody's message, letter for letter
        return line(dated, text(cut(one.text, LINE)), small(f"  {mark}"))
    return line(dated, *inline(cut(one.text, LINE)))


def _metrics(card: Card) -> list[Block]:
    stated = card.profile.stated
    said = []
    if stated.satisfaction is not None:
        said.append(f"NPS {stated.satisfaction}")
    if stated.adoption is not None and not card.record.recent:
        said.append(f"adoption {stated.adoption:.0%}")
    if not said:
        return []
    return [rich(line(bold("Stated in the document"), text(f"  {', '.join(said)} ({cards.stated_on(card)})")))]
