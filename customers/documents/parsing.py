"""From a document to customers. Any text can be parsed; what cannot be understood becomes a problem with its line.

A customer is recognised by its metadata block, never by its heading level (customer document, "Active Customers": the
one real customer stands at the level of its own sections).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import chain, zip_longest

from customers.documents.bullets import bullets_of
from customers.documents.fields import day_of, fields_of, near_status, status_of
from customers.documents.findings import Broken, Notes, Parsed
from customers.documents.metadata import SIBLINGS, Entry, all_entries, head_of
from customers.documents.naming import is_placeholder, slug_of, title_of
from customers.documents.outline import Heading, Outline, outline
from customers.documents.sections import (
    end_of,
    heading_text,
    last_line,
    sections_of,
    topic_of,
    warn_of_orphan,
    warn_of_titles,
)
from customers.documents.topics import code_of, history_of, issues_of, stated_of
from customers.model import CustomCode, HistoryEntry, KnownIssue, Problem, Profile, Stated, Topic

_PLAIN_LABEL = re.compile(r"[ ]{0,3}(?:[-*+][ ])?(status|tier|onboarded|csm|contract)[ ]?:", re.IGNORECASE)
_READ = frozenset((Topic.ISSUES, Topic.HISTORY, Topic.CODE, Topic.METRICS, Topic.CONFIGURATION))


class _Kind(Enum):
    """What the lines below a heading make of it."""

    NONE = 0
    CUSTOMER = 1
    STATUS_ONLY = 2  # a status that is one, and no sibling
    STATUSLESS = 3  # two siblings or more, and no status
    NO_STATUS = 4  # a line Status that says something else, and no sibling
    PLACEHOLDER = 5  # the template, outside its fence


_WEAK = frozenset((_Kind.STATUS_ONLY, _Kind.STATUSLESS))


@dataclass(frozen=True, slots=True)
class _Extent:
    """A customer's place in the document: its heading, the headings of its sections, and the line after it."""

    heading: Heading
    sections: tuple[Heading, ...]
    end: int


@dataclass(frozen=True, slots=True)
class _Contents:
    """What the known sections of one customer say."""

    issues: tuple[KnownIssue, ...]
    history: tuple[HistoryEntry, ...]
    code: tuple[CustomCode, ...]
    stated: Stated


@dataclass(frozen=True, slots=True)
class _Found:
    """A customer with the problems found on the way; without a profile when there is no status."""

    name: str
    line: int
    notes: Notes
    profile: Profile | None = None

    @property
    def slug(self) -> str:
        return self.notes.customer or ""


def parse(text: str, file: str) -> Parsed:
    """Every customer in `text`, every broken one, and all problems sorted by line. Never raises."""
    notes = Notes(file)
    document = outline(_clean(text, notes))
    for line in document.unclosed:
        message = "The code block or comment that begins here never ends, so nothing below it is read."
        notes.warn(line + 1, message, "Close it with the same mark on a line of its own.")
    return _Catalogue(document, notes).read()


def _clean(text: str, notes: Notes) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (at := text.find("\0")) >= 0:
        notes.warn(text.count("\n", 0, at) + 1, "A NUL character here is replaced.", "Save the file again.")
        text = text.replace("\0", "\ufffd")
    return text.removeprefix("\ufeff")


class _Catalogue:
    """One document on its way to customers."""

    def __init__(self, document: Outline, notes: Notes) -> None:
        self.document, self.notes = document, notes
        self.headings = document.headings
        self.entries = all_entries(document)
        self.kinds = _kinds(document, self.entries)

    def read(self) -> Parsed:
        extents = list(self._extents())
        updated = self._updated(extents)
        found = [self._customer(extent, updated) for extent in extents]
        _refuse_twins(found)
        customers = tuple(one.profile for one in found if one.profile and not one.notes.broken)
        broken = tuple(_broken(one) for one in found if one.notes.broken)
        if updated is None and len(found) == 1 and customers:
            updated = customers[0].updated
        problems = sorted(chain(self.notes.problems, *(one.notes.problems for one in found)), key=_line)
        return Parsed(customers, broken, tuple(problems), updated)

    def _extents(self) -> Iterator[_Extent]:
        at, total = 0, len(self.headings)
        while at < total:
            heading, kind = self.headings[at], self.kinds[at]
            if kind in (_Kind.NONE, _Kind.NO_STATUS):
                self._warn_outside(heading, kind)
                at += 1
                continue
            stop = self._next_customer(at)
            end = end_of(self.headings, at, stop, alone=at == 0 and stop == total)
            if kind is _Kind.PLACEHOLDER:
                message = "A customer without a name stands here, so it is not read."
                self.notes.warn(heading.line + 1, message, "Put the customer's name in the heading, or delete it.")
            else:
                yield self._extent(at, end)
            at = end

    def _next_customer(self, at: int) -> int:
        """The number of the heading with the next customer. A deeper one needs more than a status to be one."""
        level = self.headings[at].level
        for number in range(at + 1, len(self.headings)):
            kind = self.kinds[number]
            if kind in (_Kind.CUSTOMER, _Kind.PLACEHOLDER):
                return number
            if kind in _WEAK and self.headings[number].level <= level:
                return number
        return len(self.headings)

    def _extent(self, at: int, end: int) -> _Extent:
        after = self.headings[end].line if end < len(self.headings) else len(self.document.lines)
        ruled = end < len(self.headings) and self.headings[end].ruled
        own = self.headings[at + 1 : end]
        for number in range(at + 1, end):
            if self.kinds[number] in _WEAK:
                title = self.headings[number].title[:60]
                message = f"“{title}” is read as a section of “{self.headings[at].title[:60]}”."
                hint = "If it is a customer, give it Status and Tier, and the heading level of the other customers."
                self.notes.warn(self.headings[number].line + 1, message, hint)
        start = own[-1].end if own else self.headings[at].end
        return _Extent(self.headings[at], own, last_line(self.document, start, after, ruled))

    def _warn_outside(self, heading: Heading, kind: _Kind) -> None:
        if kind is _Kind.NO_STATUS:
            message = f"“{heading.title[:60]}” has a Status that is none of a customer, so it is not read as one."
            self.notes.warn(heading.line + 1, message, "If it is a customer, write Active, Pilot or Churned.")
        elif self._plain_labels(heading) > 1:
            message = f"“{heading.title[:60]}” looks like a customer, but its labels are not bold, so it is not read."
            self.notes.warn(heading.line + 1, message, "Write **Status:** and the others with two stars on each side.")
        warn_of_orphan(heading, self.notes)

    def _plain_labels(self, heading: Heading) -> int:
        """How many labels of a customer stand in the first lines below a heading, with the stars forgotten."""
        lines = self.document.lines[heading.end : heading.end + 12]
        until = next((at for at, text in enumerate(lines) if text.startswith("#")), len(lines))
        hidden = self.document.hidden[heading.end : heading.end + until]
        found = (_PLAIN_LABEL.match(text) for text, skip in zip(lines[:until], hidden, strict=True) if not skip)
        return len({match[1].casefold() for match in found if match})

    def _updated(self, extents: Iterable[_Extent]) -> date | None:
        """The document's own date; that of a customer belongs to the customer."""
        owned = bytearray(len(self.document.lines))
        for extent in extents:
            owned[extent.heading.line : extent.end] = b"\1" * (extent.end - extent.heading.line)
        for line, entry in self.entries.items():
            if entry.key == "last updated" and not owned[line]:
                return day_of("Last Updated", entry.value, self.notes.warner(line + 1))
        return None

    def _customer(self, extent: _Extent, updated: date | None) -> _Found:
        heading = extent.heading
        name = title_of(heading.title)
        notes = Notes(self.notes.file, slug_of(name))
        below = extent.sections[0].line if extent.sections else extent.end
        head = head_of(self.document, self.entries, range(heading.end, below))
        fields = fields_of(head.entries, notes, heading.line + 1)
        warn_of_titles(extent.sections, notes)
        sections = sections_of(self.document, extent.sections, extent.end)
        contents = self._contents(extent, notes)
        if fields.status is None:
            return _Found(name, heading.line + 1, notes)
        profile = Profile(
            slug=notes.customer or "", name=name, status=fields.status, qualifier=fields.qualifier, tier=fields.tier,
            onboarded=fields.onboarded, csm=fields.csm, contract=fields.contract, amount=fields.terms.amount,
            currency=fields.terms.currency, seats=fields.terms.seats, renewal=fields.renewal, churned=fields.churned,
            aliases=fields.aliases, timezone=fields.timezone, country=fields.country, channel=fields.channel,
            metadata=fields.metadata, preamble=head.preamble, sections=sections,
            issues=contents.issues, history=contents.history, code=contents.code, stated=contents.stated,
            custom_data=fields.custom_data, updated=fields.updated or updated,
            heading=heading_text(self.document, heading),
            file=self.notes.file, line=heading.line + 1,
        )  # fmt: skip
        return _Found(name, heading.line + 1, notes, profile)

    def _contents(self, extent: _Extent, notes: Notes) -> _Contents:
        bullets = {
            topic: bullets_of(self.document, ranges)
            for topic, ranges in _topic_ranges(extent).items()
            if topic in _READ
        }
        return _Contents(
            issues=tuple(issues_of(bullets.get(Topic.ISSUES, ()))),
            history=tuple(history_of(bullets.get(Topic.HISTORY, ()), notes)),
            code=tuple(code_of(bullets.get(Topic.CODE, ()), notes)),
            stated=stated_of(bullets.get(Topic.METRICS, ()), bullets.get(Topic.CONFIGURATION, ()), notes),
        )


def _kinds(document: Outline, entries: dict[int, Entry]) -> list[_Kind]:
    """What each heading is, by the metadata between it and the next one."""
    below: list[dict[str, str]] = [{} for _ in document.headings]
    starts = [heading.line for heading in document.headings]
    at = -1
    for line, entry in entries.items():
        while at + 1 < len(starts) and starts[at + 1] < line:
            at += 1
        if entry.key and at >= 0:
            below[at].setdefault(entry.key, entry.value)
    titled = zip(document.headings, below, strict=True)
    return [_kind(heading.title, found) if found else _Kind.NONE for heading, found in titled]


def _kind(title: str, found: dict[str, str]) -> _Kind:
    siblings = len(SIBLINGS & found.keys())
    if topic_of(title) or not ("status" in found or siblings > 1):
        return _Kind.NONE
    if is_placeholder(title):
        return _Kind.PLACEHOLDER
    if "status" not in found:
        return _Kind.STATUSLESS
    if siblings:
        return _Kind.CUSTOMER
    meant = status_of(found["status"], lambda *_: None)[0] or near_status(found["status"])
    return _Kind.STATUS_ONLY if meant else _Kind.NO_STATUS


def _topic_ranges(extent: _Extent) -> dict[Topic, list[range]]:
    """The lines of each topic: below its heading, and below deeper headings without a topic of their own."""
    ranges: dict[Topic, list[range]] = {}
    current: Topic | None = None
    level = 0
    for heading, after in zip_longest(extent.sections, extent.sections[1:]):
        topic = topic_of(heading.title)
        if topic or heading.level <= level:
            current, level = topic, heading.level
        if current:
            ranges.setdefault(current, []).append(range(heading.end, after.line if after else extent.end))
    return ranges


def _refuse_twins(found: Iterable[_Found]) -> None:
    """Two customers with one slug would overwrite each other, so neither is read."""
    twins: dict[str, list[_Found]] = {}
    for one in found:
        twins.setdefault(one.slug, []).append(one)
    for group in twins.values():
        for one in group if len(group) > 1 else ():
            others = ", ".join(str(other.line) for other in group[:20] if other is not one)
            message = f"“{one.name[:60]}” stands in this file more than once (also on line {others})."
            hint = "Keep one, or give them names that differ outside the brackets."
            one.notes.refuse(one.line, message, f"{hint} Until then the last good version stays, if there is one.")


def _broken(one: _Found) -> Broken:
    return Broken(one.slug, one.name, tuple(sorted(one.notes.problems, key=_line)))


def _line(problem: Problem) -> int:
    return problem.line
