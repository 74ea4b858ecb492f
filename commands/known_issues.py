"""`/known-issues [customer]`: what an engineer must know before touching a custom setup."""

from commands import card as cards
from commands.blocks import Block, Element, bold, bullets, code, context, cut, line, rich, text
from commands.help import render_help, wants_help
from commands.listen import Ask
from commands.lists import count
from commands.message import Message
from commands.reading import inline
from commands.tracked import MOST as MOST_BUGS
from commands.tracked import bug_lines, headed
from customers.desk import Desk
from customers.model import CustomCode
from customers.records import Card

BUGS = 10  # open bugs in one message; all of them stand in /bugs list
MOST = 20  # issues in one message; all of them stand under "read on"
LINE = 400
PIECES = 5  # of custom code in one block, so that a long list is cut late


class KnownIssues:
    """Parse, call, render."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, ask: Ask) -> Message:
        if wants_help(ask):
            return render_help()
        return render(await self._desk.ask(ask.text, ask.channel, ask.reader, ask.now, "/known-issues"))


def render(card: Card) -> Message:
    """Documented issues with their workarounds, open customer-reported bugs, then the custom code they live in."""
    issues, bugs = card.profile.issues, card.record.bugs
    blocks: list[Block] = [cards.title(card, "known issues"), *cards.warnings(card)]
    if issues:
        for at, issue in enumerate(issues[:MOST], start=1):
            blocks.append(rich(*_issue(at, issue.text, issue.state, issue.workaround)))
        if len(issues) > MOST:
            blocks.append(context(f"{len(issues) - MOST} more: see them under More."))
    else:
        blocks.append(rich(line(text("No known issues are documented."))))
    if bugs:
        head = headed("Open customer-reported bugs", len(bugs), BUGS, MOST_BUGS)
        blocks.append(rich(line(bold(head)), bullets(bug_lines(bugs, card.now, BUGS))))
        if len(bugs) > BUGS:
            blocks.append(context("All of them by due time: /bugs list and the customer's name."))
    if card.profile.code:
        blocks.append(rich(line(bold("Custom code"))))
        found = [_code(one) for one in card.profile.code]
        blocks += [rich(bullets(found[at : at + PIECES])) for at in range(0, len(found), PIECES)]
    counted = count(len(issues), "known issue") + (f", {count(len(bugs), 'open bug')}" if bugs else "")
    return Message(blocks, f"{card.profile.name}: {counted}", more=[cards.age(card), cards.buttons(card, "issues")])


def _issue(at: int, words: str, state: str | None, workaround: str | None) -> list[Element]:
    parts = [bold(f"{at}. "), *inline(cut(words, LINE))]
    if state:
        parts.append(text(f"  ({cut(state, 80)})"))
    told: list[Element] = [line(*parts)]
    remedy = (
        [bold("Workaround: "), *inline(cut(workaround, LINE))] if workaround else [text("No workaround documented.")]
    )
    if workaround or not state:
        told.append(bullets([line(*remedy)]))
    return told


def _code(one: CustomCode) -> Element:
    parts = [code(cut(one.location or "no location", LINE))]
    if one.description:
        parts.append(text(f"  {cut(one.description, LINE)}"))
    parts.append(text(f"  · owner {cut(one.owner, 80)}" if one.owner else "  · no owner named"))
    parts.append(text(f", reviewed {one.reviewed.isoformat()}" if one.reviewed else ", never reviewed"))
    return line(*parts)
