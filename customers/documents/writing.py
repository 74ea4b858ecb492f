"""From values back to a document in the template's form. What was imported comes out as it went in.

Lines, sections and bullets that Dossier does not understand are written byte for byte; a value that was changed since
the import is written in the template's form, all others as their author wrote them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from customers.documents.block import metadata_lines
from customers.documents.bullets import bullets_of
from customers.documents.composing import bullet_of, bullets_for, one_line
from customers.documents.naming import title_of
from customers.documents.outline import Heading, Outline, outline
from customers.model import HistoryEntry, Profile, Section, Topic

_TITLE = "# Customers"
_ORDER = {topic: number for number, topic in enumerate(Topic)}


def export(profile: Profile, extra_history: Sequence[HistoryEntry] = ()) -> str:
    """A complete document about one customer; `parse` of it gives the same values.

    `extra_history` (what was captured in Slack) goes to the top of Support History, newest first, unless it is there
    already. A topic without a section gets one from the profile's values; where there is a section, it is what counts.
    """
    head = f"**Last Updated:** {profile.updated}\n\n" if profile.updated and not _says_updated(profile) else ""
    return head + _customer(profile, extra_history)


def export_catalogue(
    profiles: Iterable[Profile], extra_history: Mapping[str, Sequence[HistoryEntry]] | None = None
) -> str:
    """One document with all these customers, parted by `---`; `extra_history` is by slug, as `export` takes it.

    Customers get the heading level of the template, and so do their sections where they stood above it.
    """
    profiles, extra = tuple(profiles), extra_history or {}
    dates = {profile.updated for profile in profiles if not _says_updated(profile)}
    common = next(iter(dates)) if len(dates) == 1 else None
    parts = [_TITLE + (f"\n\n**Last Updated:** {common}" if common else "") + "\n"]
    for profile in profiles:
        own = not common and profile.updated is not None and not _says_updated(profile)
        parts.append(_closed(_customer(_templated(profile), extra.get(profile.slug, ()), dated=own)))
    return "\n---\n\n".join(parts)


def _says_updated(profile: Profile) -> bool:
    return any(line.label.casefold() in ("last updated", "updated") for line in profile.metadata)


def _customer(profile: Profile, extra_history: Sequence[HistoryEntry] = (), dated: bool = False) -> str:
    parts = [_heading(profile), "\n\n", *(f"{line}\n" for line in metadata_lines(profile, dated))]
    sections = _with_history(_with_values(profile), profile, extra_history)
    if profile.preamble:  # one that is open to its end would swallow the first section that is made
        made = sections and not profile.sections
        parts += ("\n", _closed(profile.preamble).rstrip("\n") if made else profile.preamble, "\n")
    if sections:
        parts.append("\n")
    for section in sections:
        parts += (section.heading, "\n", section.body)
        if section.body and not section.body.endswith("\n"):
            parts.append("\n")
    return "".join(parts)


def _heading(profile: Profile) -> str:
    """The heading as it was written, unless the name has changed since."""
    written = _heading_of(profile.heading)
    if written and title_of(written.title) == profile.name:
        return profile.heading
    return _atx(written.level if written else 2, profile.name)


def _heading_of(text: str) -> Heading | None:
    found = outline(text).headings if text else ()
    return found[0] if found else None


def _atx(level: int, title: str) -> str:
    title = one_line(title)
    closing = " #" if title.endswith("#") else ""  # or Markdown would take the last # for decoration
    return f"{'#' * level} {title}{closing}"


def _level(section: Section) -> int:
    found = _heading_of(section.heading)
    return found.level if found else 3


def _with_values(profile: Profile) -> list[Section]:
    """The sections, with one more for each topic that has values and no section (a profile made by hand)."""
    sections = [one if one.heading else replace(one, heading=_atx(3, one.title)) for one in profile.sections]
    present = {section.topic for section in sections}
    for topic in Topic:
        if topic not in present and (lines := bullets_for(profile, topic)):
            _insert(sections, topic, "".join(lines), profile)
    return sections


def _insert(sections: list[Section], topic: Topic, body: str, profile: Profile) -> None:
    """Adds a section at its place in the template's order."""
    after = [n for n, section in enumerate(sections) if section.topic and _ORDER[section.topic] > _ORDER[topic]]
    at = after[0] if after else len(sections)
    if at:
        above = sections[at - 1]
        sections[at - 1] = replace(above, body=_spaced(_closed(above.body)))
    name = _heading_of(profile.heading)
    below = min(name.level + 1, 6) if name else 3
    level = min((_level(section) for section in sections if section.topic), default=below)
    body = f"{body}\n" if at < len(sections) else body
    sections.insert(at, Section(topic.value, topic, _atx(level, topic.value), body, 0))


def _spaced(body: str) -> str:
    """Ends in a blank line, so that whatever follows begins a block of its own."""
    return body if not body or body.endswith("\n\n") else f"{body}\n" if body.endswith("\n") else f"{body}\n\n"


def _with_history(sections: list[Section], profile: Profile, extra: Sequence[HistoryEntry]) -> list[Section]:
    known = set(profile.history)
    fresh = sorted((entry for entry in dict.fromkeys(extra) if entry not in known), key=_newest_first)
    if not fresh:
        return sections
    lines = [line for entry in fresh for line in bullet_of(entry)]
    at = next((n for n, section in enumerate(sections) if section.topic is Topic.HISTORY), None)
    if at is None:
        _insert(sections, Topic.HISTORY, "".join(lines), profile)
    else:
        sections[at] = replace(sections[at], body=_on_top(sections[at].body, lines))
    return sections


def _newest_first(entry: HistoryEntry) -> int:
    return -entry.on.toordinal() if entry.on else 0


def _on_top(body: str, lines: list[str]) -> str:
    """The body with these bullets before its first one, at the same indentation."""
    document = outline(body)
    bullets = bullets_of(document, [range(len(document.lines))])
    if not bullets and body.strip("\n")[:1] in (" ", "\t"):  # indented text would become part of the last bullet
        return "".join((_spaced(_closed(body)), *lines, "\n"))
    if not bullets:
        return "".join((*lines, "\n", body.lstrip("\n"))) if body.strip() else "".join((*lines, body[1:] or "\n"))
    at = bullets[0].line
    first = document.lines[at]
    indent = first[: len(first) - len(first.lstrip())]
    kept = [f"{line}\n" for line in document.lines]
    return "".join((*kept[:at], *(indent + line for line in lines), *kept[at:]))


def _templated(profile: Profile) -> Profile:
    """The profile with the template's heading levels, `##` and below it `###`, so that it stays whole among others."""
    sections = [(section, _level(section)) for section in profile.sections]
    shift = max(0, 3 - min((level for _, level in sections), default=3))
    moved = tuple(
        replace(section, heading=_atx(min(6, level + shift), section.title)) if shift else section
        for section, level in sections
    )
    written = _heading_of(_heading(profile))
    return replace(profile, heading=_atx(2, written.title if written else profile.name), sections=moved)


def _closed(text: str) -> str:
    """The text, with an end for a code fence or comment that would swallow whatever follows."""
    if not outline(text).unclosed:
        return text
    text = text if text.endswith("\n") else f"{text}\n"
    for mark in _marks(outline(text)):
        if not outline(f"{text}{mark}\n").unclosed:
            return f"{text}{mark}\n"
    return text


def _marks(document: Outline) -> Iterable[str]:
    opening = document.lines[document.unclosed[-1]].strip()
    run = len(opening) - len(opening.lstrip(opening[0]))
    return opening[0] * run, "-->", "?>", "]]>", ">", "</script></pre></style></textarea>"
