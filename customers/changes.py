"""What is different between two versions of a customer, in the words of "since you last looked"."""

from customers.model import Profile, Section

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
    said = [
        f"{label}: {_shown(getattr(old, name))} → {_shown(getattr(new, name))}"
        for name, label in _FIELDS
        if getattr(old, name) != getattr(new, name)
    ]
    before, after = _sections(old), _sections(new)
    for title in dict.fromkeys([*before, *after]):
        if title not in after:
            said.append(f"{title} removed")
        elif title not in before:
            said.append(f"{title} added")
        elif before[title] != after[title]:
            said.append(_grown(title, old, new) or f"{title} edited")
    return tuple(said)


def _grown(title: str, old: Profile, new: Profile) -> str | None:
    more = len(new.history) - len(old.history)
    if title == "Support History" and more > 0:
        return f"{more} new history {'entry' if more == 1 else 'entries'}"
    return None


def _sections(profile: Profile) -> dict[str, str]:
    return {_title(section): section.body.strip() for section in profile.sections}


def _title(section: Section) -> str:
    return section.topic.value if section.topic else section.title


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
