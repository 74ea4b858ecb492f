"""The sections of a customer and where a customer ends.

The template (customer document, "Customer Template") puts a customer at `##` and its sections at `###`; the one real
customer in that document stands at `###`, the same level as its sections; in a folder the customer is the `#` of its
own file. So the level alone never says where a customer ends. See `end_of`.
"""

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache

from customers.documents.findings import Notes
from customers.documents.outline import Heading, Outline
from customers.model import Section, Topic

_TOPICS = {topic.casefold(): topic for topic in Topic}
_GROUP = re.compile(r"(?:[\w-]+\s+){0,2}customers?", re.IGNORECASE)
_TELLING = frozenset((Topic.SETUP, Topic.CODE, Topic.ISSUES, Topic.HISTORY, Topic.METRICS))


@lru_cache(maxsize=4096)
def topic_of(title: str) -> Topic | None:
    """The topic of a section by its title: "Known issues:" → Known Issues; other titles have none."""
    return _TOPICS.get(" ".join(title.strip(" *_:#").split()).casefold())


@lru_cache(maxsize=4096)
def near_topic(title: str) -> Topic | None:
    """The topic that was probably meant: "Know Issues" → Known Issues."""
    close = difflib.get_close_matches(title[:40].strip(" *_:#").casefold(), _TOPICS, n=1, cutoff=0.82)
    return _TOPICS[close[0]] if close else None


def is_group(title: str) -> bool:
    """Whether a heading announces several customers, as `Pilot Customers` does, and so belongs to none."""
    return _GROUP.fullmatch(title.strip(" *_:#")) is not None


def end_of(headings: Sequence[Heading], first: int, stop: int, alone: bool) -> int:
    """The number of the first heading after `first` that is not the customer's any more; at most `stop`.

    `stop` is the next customer or the end. Deeper headings always belong. At the customer's own level or above:

    * a known section at the same level belongs (the seed's shape), and so does an unknown one there when the
      customer's known sections stand at that level too and no `---` comes before it;
    * a known section above belongs when no `---` comes before it and the customer has none like it yet;
    * everything belongs in a file that is about this customer alone (`alone`);
    * anything else ends the customer, and a title like `Pilot Customers` always does.
    """
    level = headings[first].level
    flat: bool | None = None
    seen: set[Topic] = set()
    for at in range(first + 1, stop):
        heading = headings[at]
        topic = topic_of(heading.title)
        if heading.level <= level:
            if is_group(heading.title):
                return at
            if flat is None:
                flat = any(topic_of(other.title) for other in headings[at:stop] if other.level == level)
            same = heading.level == level
            known = topic is not None and (same or (not heading.ruled and topic not in seen))
            if not (alone or known or (same and flat and not heading.ruled)):
                return at
        if topic:
            seen.add(topic)
    return stop


def sections_of(document: Outline, headings: Sequence[Heading], end: int) -> tuple[Section, ...]:
    """One section per heading, sub-headings included; `end` is the line after the customer's last one."""
    return tuple(
        Section(
            title=heading.title,
            topic=topic_of(heading.title),
            heading=heading_text(document, heading),
            body=text_of(document, heading.end, headings[at + 1].line if at + 1 < len(headings) else end),
            line=heading.line + 1,
        )
        for at, heading in enumerate(headings)
    )


def heading_text(document: Outline, heading: Heading) -> str:
    """A heading as written, but for the up to three blanks before it, which mean nothing and may not survive a move."""
    return "\n".join(document.lines[heading.line : heading.end]).lstrip(" ")


def text_of(document: Outline, start: int, end: int) -> str:
    """Lines as they are, each with its line end."""
    return "\n".join((*document.lines[start:end], "")) if end > start else ""


def last_line(document: Outline, start: int, end: int, ruled: bool) -> int:
    """Where a customer's text really ends: blank lines, and the `---` before the next heading, are not its own."""
    end = _above_blank(document, start, end)
    if ruled and end > start and end - 1 in document.rules:
        end = _above_blank(document, start, end - 1)
    return end


def _above_blank(document: Outline, start: int, end: int) -> int:
    while end > start and not document.lines[end - 1].strip():
        end -= 1
    return end


def warn_of_titles(headings: Sequence[Heading], notes: Notes) -> None:
    """Reports sections whose title is nearly a known one, and known ones that stand there twice."""
    seen: dict[Topic, int] = {}
    for heading in headings:
        topic = topic_of(heading.title)
        if topic and (first := seen.setdefault(topic, heading.line)) != heading.line:
            message = f"{topic} stands here twice; it is already on line {first + 1}. Both are read."
            notes.warn(heading.line + 1, message, "Put them together under one heading.")
        elif topic is None and (near := near_topic(heading.title)):
            message = f"“{heading.title[:60]}” is no section that Dossier knows; it is shown under More."
            notes.warn(heading.line + 1, message, f"Did you mean {near}?")


def warn_of_orphan(heading: Heading, notes: Notes) -> None:
    """Reports a section of the template that belongs to no customer, and so is not read."""
    if (topic := topic_of(heading.title)) in _TELLING:
        message = f"{topic} stands outside any customer, so it is not read."
        notes.warn(heading.line + 1, message, "Move it below its customer, one heading level deeper than the name.")
