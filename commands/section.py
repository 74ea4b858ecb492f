"""Setup, History and More: the document as written, page by page; above the history what was added in Slack."""

from commands import card as cards
from commands.blocks import actions, button, context, rich
from commands.message import Message
from commands.reading import pages
from commands.tracked import added
from customers.documents.composing import one_line
from customers.model import Section, Topic
from customers.records import Card

TITLES = {"setup": "setup", "history": "history", "more": "more"}
_TOPICS: dict[str, tuple[Topic | None, ...]] = {
    "setup": (Topic.SETUP, Topic.CONFIGURATION, Topic.CODE),
    "history": (Topic.HISTORY,),
    "more": (Topic.ISSUES, Topic.METRICS, Topic.NOTES, None),
}


def render(card: Card, view: str, page: int) -> Message:
    """One page of the sections that belong to `view`; a page that is no longer there becomes the last one."""
    found = pages([(section.title, section.body) for section in _sections(card, view)] or [("", "")])
    page = max(0, min(page, len(found) - 1))
    blocks = [cards.title(card, TITLES[view]), *cards.warnings(card), rich(*found[page])]
    customer = str(card.record.customer_id)
    turn = []
    if page:
        turn.append(button("‹ Back", f"read:{view}:back", f"{customer}|{view}|{page - 1}"))
    if page + 1 < len(found):
        turn.append(
            button(f"Read on ({page + 2} of {len(found)}) ›", f"read:{view}:on", f"{customer}|{view}|{page + 1}")
        )
    rows = [actions(*turn)] if turn else []
    if len(found) > 1:
        blocks.append(context(f"Page {page + 1} of {len(found)}"))
    summary = f"{card.profile.name}: {TITLES[view]}"
    return Message(blocks, summary, more=[cards.age(card), *rows, cards.buttons(card, view, page)])


def _sections(card: Card, view: str) -> list[Section]:
    wanted = _TOPICS[view]
    found = [section for section in card.profile.sections if section.topic in wanted]
    if view == "more":
        found = [Section("Details", None, "", _details(card), 0), *found]
        if card.profile.preamble.strip():
            found.insert(0, Section("", None, "", card.profile.preamble, 0))
    if view == "history" and (entries := added(card)):
        lines = "\n".join(f"- {one.on}: {one_line(one.text)}" for one in entries)
        found.insert(0, Section("Added in Slack, newest first", None, "", lines, 0))
    return [section for section in found if section.body.strip() or section.title]


def _details(card: Card) -> str:
    """Lines of the metadata block that the brief does not show, those we do not know included."""
    profile = card.profile
    known = (
        ("Aliases", ", ".join(profile.aliases)),
        ("Timezone", profile.timezone),
        ("Country", profile.country),
        ("Slack channel", profile.channel),
    )
    lines = [f"- {label}: {value}" for label, value in (*known, *profile.custom_data.items()) if value]
    return "\n".join(lines) or "- Nothing beyond the brief."
