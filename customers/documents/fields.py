"""From the metadata block to values: what each label may hold, and how grave it is when it holds something else.

A wrong status or date breaks the customer, because its absence would look like a decision (no renewal, not churned);
its last good version stays. Anything else that cannot be read is unknown and reported.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from customers.documents.contract import Terms, terms_of
from customers.documents.findings import Notes, Say
from customers.documents.metadata import LABELS, Entry, near_label
from customers.documents.places import channel_of, country_of, timezone_of
from customers.model import MetadataLine, Person, Status, Tier

_NOTHING = frozenset(("", "n/a", "na", "none", "tbd", "tba", "unknown", "-", "–", "—", "?", "yyyy-mm-dd", "not set"))
_STATUS = re.compile(r"(?P<word>[^()]*?)\s*(?:\((?P<qualifier>.*)\))?\s*", re.DOTALL)
_DAY = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?:\s*\(.*\))?", re.ASCII | re.DOTALL)
_EMAIL = r"[^\s<>@,;()\[\]]+@[^\s<>@,;()\[\]]+\.[^\s<>@,;()\[\]]+"
_PERSON = re.compile(rf"(?P<name>[^<>@]*?)\s*[<(]?(?:mailto:)?(?P<email>{_EMAIL})[>)]?")
_MAILTO = re.compile(rf"\[(?P<name>[^\[\]]*)\]\(mailto:(?P<email>{_EMAIL})\)")
_HANDLE = re.compile(r"(?P<name>[^<>@]*?)\s*\(?@(?P<handle>[\w.-]{1,80})\)?")
_STATUSES = {status.casefold(): status for status in Status}
_TIERS = {tier.casefold(): tier for tier in Tier}
_STAYS = "Until then the last good version stays, if there is one."


@dataclass(frozen=True, slots=True)
class Fields:
    """The normalised values of a metadata block; `status` is None only for a block that is broken."""

    status: Status | None = None
    qualifier: str | None = None
    tier: Tier | None = None
    onboarded: date | None = None
    csm: Person | None = None
    contract: str | None = None
    terms: Terms = field(default_factory=Terms)
    renewal: date | None = None
    churned: date | None = None
    aliases: tuple[str, ...] = ()
    timezone: str | None = None
    country: str | None = None
    channel: str | None = None
    updated: date | None = None
    metadata: tuple[MetadataLine, ...] = ()
    custom_data: dict[str, str] = field(default_factory=dict)


def fields_of(entries: Iterable[Entry], notes: Notes, heading: int) -> Fields:
    """Reads a metadata block; `heading` is the 1-based line for what is missing altogether."""
    entries = tuple(entries)
    known = _known(entries, notes)
    custom = _custom(entries, notes)
    values = {key: _plain(entry.value) for key, entry in known.items()}

    def say(key: str) -> Say:
        return notes.warner(known[key].line + 1)

    def day(key: str) -> date | None:
        return day_of(LABELS[key], values[key], notes.refuser(known[key].line + 1)) if key in known else None

    def text(key: str) -> str:
        value = values.get(key, "")
        return "" if value.casefold() in _NOTHING else value

    status, qualifier = _status(known, values, notes, heading)
    contract = text("contract")
    result = Fields(
        status=status,
        qualifier=qualifier,
        tier=tier_of(text("tier"), say("tier")) if text("tier") else None,
        onboarded=day("onboarded"),
        csm=person_of(text("csm"), say("csm")) if text("csm") else None,
        contract=contract or None,
        terms=terms_of(contract, say("contract")) if contract else Terms(),
        renewal=day("renewal"),
        churned=day("churned"),
        aliases=aliases_of(text("aliases")),
        timezone=timezone_of(text("timezone"), say("timezone")) if text("timezone") else None,
        country=country_of(text("country"), say("country")) if text("country") else None,
        channel=channel_of(text("slack channel"), say("slack channel")) if text("slack channel") else None,
        updated=day_of("Last Updated", text("last updated"), say("last updated")) if text("last updated") else None,
        metadata=tuple(MetadataLine(entry.label, entry.value) for entry in entries if not _plain_update(entry)),
        custom_data=custom,
    )
    _compare(result, known, notes)
    return result


def _plain_update(entry: Entry) -> bool:
    """Whether `updated` says all that this line says; a document may say it once for all its customers."""
    return (
        entry.key == "last updated" and day_of("", entry.value, lambda *_: None) is not None and len(entry.value) == 10
    )


def _known(entries: tuple[Entry, ...], notes: Notes) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.key is None:
            continue
        if (first := found.setdefault(entry.key, entry)) is not entry:
            message = f"{LABELS[entry.key]} stands here twice; it is already on line {first.line + 1}."
            notes.refuse(entry.line + 1, message, f"Keep one of the two. {_STAYS}")
    return found


def _custom(entries: tuple[Entry, ...], notes: Notes) -> dict[str, str]:
    """Labels of the team's own, which the customer document's scenario 3 calls custom data."""
    found: dict[str, str] = {}
    labels = {entry.key for entry in entries}
    for entry in entries:
        if entry.key is not None:
            continue
        if entry.label in found:
            notes.warn(
                entry.line + 1, f"{entry.label} stands here twice; the first one counts.", "Keep one of the two."
            )
        found.setdefault(entry.label, entry.value)
        near = near_label(entry.label)
        if near and near.casefold() not in labels:
            message = f"“{entry.label}” is no label that Dossier knows; it is kept as custom data."
            notes.warn(entry.line + 1, message, f"Did you mean {near}?")
    return found


def _plain(value: str) -> str:
    """Without the emphasis, the backticks and the hard break that somebody may have put around a value."""
    value = value.removesuffix("\\").strip()
    for mark in ("**", "__", "*", "_", "`"):
        if len(value) > 2 * len(mark) and value.startswith(mark) and value.endswith(mark):
            return value[len(mark) : -len(mark)].strip()
    return value


def _status(
    known: dict[str, Entry], values: dict[str, str], notes: Notes, heading: int
) -> tuple[Status | None, str | None]:
    if "status" not in known:
        notes.refuse(
            heading, "This customer has no Status line.", f"Add **Status:** Active, Pilot or Churned. {_STAYS}"
        )
        return None, None
    return status_of(values["status"], notes.refuser(known["status"].line + 1))


def status_of(value: str, say: Say) -> tuple[Status | None, str | None]:
    """`Active | Pilot | Churned` with a qualifier in brackets: `Active (Internal)` → Active and "Internal"."""
    match = _STATUS.fullmatch(value[:500])
    if match and (status := _STATUSES.get(match["word"].strip().casefold())):
        return status, (match["qualifier"] or "").strip() or None
    say(f"“{value[:60]}” is not a status." if value else "The status is empty.", f"{_meant(value)} {_STAYS}")
    return None, None


def near_status(value: str) -> Status | None:
    """The status that was probably meant: "Actve" → Active."""
    close = difflib.get_close_matches(value[:30].partition("(")[0].strip().casefold(), _STATUSES, n=1, cutoff=0.7)
    return _STATUSES[close[0]] if close else None


def _meant(value: str) -> str:
    if near := near_status(value):
        return f"Did you mean {near}?"
    first = re.match(r"\w+", value)
    if first and "|" not in value and (status := _STATUSES.get(first[0].casefold())):
        return f"Put the remark in brackets: {status} (…)."
    return "Write Active, Pilot or Churned; a remark may follow in brackets."


def tier_of(value: str, say: Say) -> Tier | None:
    """`Enterprise | Growth | Startup`, with a remark in brackets if need be."""
    word = value.partition("(")[0].strip().casefold()
    if tier := _TIERS.get(word):
        return tier
    close = difflib.get_close_matches(word[:30], _TIERS, n=1, cutoff=0.7)
    hint = f"Did you mean {_TIERS[close[0]]}?" if close else "Write Enterprise, Growth, Startup or N/A."
    say(f"“{value[:60]}” is not a tier, so this customer has none.", hint)
    return None


def day_of(label: str, value: str, say: Say) -> date | None:
    """A date as YYYY-MM-DD; a remark may follow in brackets."""
    if value.casefold() in _NOTHING:
        return None
    match = _DAY.fullmatch(value)
    if match is None:
        say(f"{label} “{value[:60]}” is not a date.", f"Write it as YYYY-MM-DD. {_STAYS}")
        return None
    try:
        return date.fromisoformat(match["day"])
    except ValueError:
        say(f"{label} {match['day']} is not in the calendar.", f"Correct the date. {_STAYS}")
        return None


def person_of(value: str, say: Say) -> Person | None:
    """`Name`, `Name <email>`, `@handle`, `Name (@handle)` or a bare e-mail address."""
    value = value[:300]
    if match := _MAILTO.fullmatch(value) or _PERSON.fullmatch(value):
        return Person(name=match["name"].strip() or None, email=match["email"])
    if match := _HANDLE.fullmatch(value):
        return Person(name=match["name"].strip() or None, handle=match["handle"])
    name = re.sub(r"\s*[<(].*", "", value, flags=re.DOTALL).strip()
    if "@" in value or "<" in value:
        say(f"No e-mail address can be read from “{value[:60]}”.", "Write the CSM as Name <name@company.example>.")
        return Person(name=name) if name and "@" not in name else None
    return Person(name=value)


def aliases_of(value: str) -> tuple[str, ...]:
    """Other names, separated by commas; each once, in the order written."""
    names = (name.strip(" \t\"'“”`") for name in re.split(r"[,;]", value))
    return tuple(dict.fromkeys(name for name in names if name))


def _compare(fields: Fields, known: dict[str, Entry], notes: Notes) -> None:
    """What is right line by line and contradicts itself as a whole."""
    if fields.churned and fields.status and fields.status is not Status.CHURNED:
        message = f"There is a churn date, but the status is {fields.status}."
        notes.warn(known["churned"].line + 1, message, "Set the status to Churned, or take the date out.")
    if fields.status is Status.CHURNED and not fields.churned and "churned" not in known:
        hint = "Add **Churned:** YYYY-MM-DD; retention counts from it."
        notes.warn(known["status"].line + 1, "The customer is churned, but since when is not said.", hint)
    for key, later in (("renewal", fields.renewal), ("churned", fields.churned)):
        if later and fields.onboarded and later < fields.onboarded:
            message = f"{LABELS[key]} {later} is before Onboarded {fields.onboarded}."
            notes.warn(known[key].line + 1, message, "Correct one of the two dates.")
