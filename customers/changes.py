"""What is different between two versions of a customer, in the words of "since you last looked"."""

from collections.abc import Iterator

from customers.model import Profile, Section

SHOWN = 80  # characters of a value or title that a sentence repeats
_FIELDS = (
    ("name", "Name"),
    ("status", "Status"),
    ("qualifier", "Qualifier"),
    ("tier", "Tier"),
    ("csm", "CSM"),
    ("contract", "Contract"),
    ("renewal", "Renewal"),
    ("churned", "Churned"),
    ("onboarded", "Onboarded"),
)


def between(old: Profile, new: Profile) -> tuple[str, ...]:
    """One short sentence per field and per section that differs; never the content of a section."""
    said = list(_fields(old, new))
    before, after = _sections(old), _sections(new)
    for title in dict.fromkeys([*before, *after]):
        if title not in after:
            said.append(f"{title} removed")
        elif title not in before:
            said.append(f"{title} added")
        elif before[title] != after[title]:
            said.append(_grown(title, old, new) or f"{title} edited")
    return tuple(said)


def _fields(old: Profile, new: Profile) -> Iterator[str]:
    for name, label in _FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            was, now = _shown(before), _shown(after)
            yield f"{label}: {was} → {now}" if was != now else f"{label} edited"


def _grown(title: str, old: Profile, new: Profile) -> str | None:
    more = len(new.history) - len(old.history)
    if title == "Support History" and more > 0:
        return f"{more} new history {'entry' if more == 1 else 'entries'}"
    return None


def _sections(profile: Profile) -> dict[str, str]:
    bodies: dict[str, str] = {}
    for section in profile.sections:  # two may have one title
        bodies[_title(section)] = f"{bodies.get(_title(section), '')}\n{section.body.strip()}"
    return bodies


def _title(section: Section) -> str:
    return section.topic.value if section.topic else _cut(section.title)


def _shown(value: object) -> str:
    return "none" if value is None else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"
