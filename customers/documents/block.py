"""Writing a metadata block: raw lines where nothing changed, the template's form where something did."""

from collections.abc import Callable, Iterator

from customers.documents.composing import one_line
from customers.documents.fields import Fields, fields_of
from customers.documents.findings import Notes
from customers.documents.metadata import LABELS, Entry, key_of
from customers.model import Person, Profile


def metadata_lines(profile: Profile, dated: bool) -> Iterator[str]:
    """`**Label:** value` for everything that the profile knows; `dated` adds its own Last Updated."""
    entries = [Entry(line.label, line.value, 0, key_of(line.label)) for line in profile.metadata]
    written = fields_of(entries, Notes(profile.file), 0)
    done: set[str] = set()
    for entry in entries:
        if entry.key is None:
            yield from _team_line(entry, profile.custom_data, done)
        else:
            done.add(entry.key)
            yield from _known_line(entry, profile, written)
    for key in LABELS:
        wanted = key != "last updated" or dated
        if key not in done and wanted and (value := _TEXTS[key](profile)):
            yield _line(LABELS[key], value)
    for label, value in profile.custom_data.items():
        if label not in done:
            name = one_line(label.replace("*", " ").replace(":", " "))[:50]
            yield _line(f"Custom {name}" if key_of(name) else name, value)


def _line(label: str, value: str) -> str:
    return f"**{label}:** {one_line(value)}"


def _known_line(entry: Entry, profile: Profile, written: Fields) -> Iterator[str]:
    """As it was written while it still says what the profile says; left out when the value is gone."""
    key = entry.key or ""
    if key == "last updated" or _SAME[key](profile, written):
        yield f"**{entry.label}:** {entry.value}".rstrip()
    elif value := _TEXTS[key](profile):
        yield _line(entry.label, value)


def _team_line(entry: Entry, custom: dict[str, str], done: set[str]) -> Iterator[str]:
    """A label of the team's own; a second one of the same name is kept as it is, because the first one counts."""
    first = entry.label not in done
    done.add(entry.label)
    if not first or custom.get(entry.label) == entry.value:
        yield f"**{entry.label}:** {entry.value}"
    elif entry.label in custom:
        yield _line(entry.label, custom[entry.label])


def _person(person: Person | None) -> str:
    if person is None:
        return ""
    if person.email:
        return f"{person.name} <{person.email}>" if person.name else person.email
    if person.handle:
        return f"{person.name} (@{person.handle})" if person.name else f"@{person.handle}"
    return person.name or ""


def _contract(profile: Profile) -> str:
    """The contract's own words; without any, amount and users in the template's form."""
    if profile.contract:
        return profile.contract
    money = f"{profile.amount:.2f} {profile.currency}/month".replace(".00 ", " ") if profile.amount is not None else ""
    return ", ".join(filter(None, (money, f"{profile.seats} users" if profile.seats else "")))


def _status(profile: Profile) -> str:
    return f"{profile.status} ({profile.qualifier})" if profile.qualifier else str(profile.status)


_TEXTS: dict[str, Callable[[Profile], str]] = {
    "status": _status,
    "tier": lambda p: str(p.tier or ""),
    "onboarded": lambda p: str(p.onboarded or ""),
    "csm": lambda p: _person(p.csm),
    "contract": _contract,
    "renewal": lambda p: str(p.renewal or ""),
    "aliases": lambda p: ", ".join(p.aliases),
    "timezone": lambda p: p.timezone or "",
    "country": lambda p: p.country or "",
    "slack channel": lambda p: p.channel or "",
    "churned": lambda p: str(p.churned or ""),
    "last updated": lambda p: str(p.updated or ""),
}

_SAME: dict[str, Callable[[Profile, Fields], bool]] = {
    "status": lambda p, f: (p.status, p.qualifier) == (f.status, f.qualifier),
    "tier": lambda p, f: p.tier == f.tier,
    "onboarded": lambda p, f: p.onboarded == f.onboarded,
    "csm": lambda p, f: p.csm == f.csm,
    "contract": lambda p, f: p.contract == f.contract,
    "renewal": lambda p, f: p.renewal == f.renewal,
    "aliases": lambda p, f: p.aliases == f.aliases,
    "timezone": lambda p, f: p.timezone == f.timezone,
    "country": lambda p, f: p.country == f.country,
    "slack channel": lambda p, f: p.channel == f.channel,
    "churned": lambda p, f: p.churned == f.churned,
}
