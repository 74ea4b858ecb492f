"""Who is told about alerts, and in how many messages: nobody gets more than a few of a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from customers import weeks
from customers.intents import TEAM, Intent
from customers.model import Person

MESSAGES = 5  # alerts of a week that one CSM gets a message each about; the rest share one
ROWS = 8  # alerts that such a message shows with their buttons


@dataclass(frozen=True, slots=True)
class Fallen:
    """An alert that is about to be told: `to` is whoever hears of it (a CSM's key, or a Slack user), "" for nobody."""

    id: int
    to: str
    drop: float


def outreach(week: date, fallen: Sequence[Fallen], told: Mapping[str, int]) -> list[Intent]:
    """The messages of a week, the worst first; `told` says how many each CSM was sent already."""
    intents: list[Intent] = []
    for csm, theirs in _by_person(fallen).items():
        room = max(0, MESSAGES - told.get(csm, 0))
        lane = f"csm:{csm}"
        intents += [_alone(one, lane) for one in theirs[:room]]
        if rest := theirs[room:]:
            key = f"usage_alerts:{weeks.label(week)}:{csm}:{rest[0].id}"
            about: dict[str, int | str] = {"week": weeks.label(week), **_listed(rest)}
            intents.append(Intent("usage_alerts", key, lane, about))
    return intents


def overslept(week: date, fallen: Sequence[Fallen]) -> list[Intent]:
    """One message to the team in the place of all others: the check came too late for them."""
    if not fallen:
        return []
    label = weeks.label(week)
    about: dict[str, int | str] = {"channel": TEAM, "week": label, "count": len(fallen)}
    return [Intent("usage_alerts_late", f"usage_alerts_late:{label}:{fallen[0].id}", TEAM, about)]


def returned(fallen: Sequence[Fallen], until: datetime) -> list[Intent]:
    """What comes back from a snooze goes to whoever snoozed it; many at once share one message."""
    intents: list[Intent] = []
    for person, theirs in _by_person(fallen).items():
        there: dict[str, int | str] = {"channel": person, "back": 1}
        at = until.isoformat()
        intents += [
            Intent("usage_alert", f"usage_alert:{one.id}:back:{at}", person, {"alert": one.id, **there})
            for one in theirs[:MESSAGES]
        ]
        if rest := theirs[MESSAGES:]:
            key = f"usage_alerts:back:{person}:{rest[0].id}:{at}"
            intents.append(Intent("usage_alerts", key, person, there | _listed(rest)))
    return intents


def key_of(alert_id: int) -> str:
    """Names the first message about an alert."""
    return f"usage_alert:{alert_id}"


def changed(alert_id: int, customer_id: int, csm: Person | None, key: str, pressed: str) -> Intent:
    """The first message about an alert shows what became of it, wherever that was said; `pressed` shows it already."""
    about: dict[str, int | str] = {"alert": alert_id, "pressed": pressed}
    return Intent("usage_alert_changed", f"usage_alert_changed:{key}", f"csm:{csm_key(csm)}", about, customer_id)


def csm_key(csm: Person | None) -> str:
    """One CSM, however many customers name them; empty for none."""
    return (csm.email or csm.name or csm.handle or "").casefold() if csm else ""


def _alone(one: Fallen, lane: str) -> Intent:
    return Intent("usage_alert", key_of(one.id), lane, {"alert": one.id})


def _listed(rest: Sequence[Fallen]) -> dict[str, int | str]:
    """Ids of those that are shown, and how many there are."""
    return {"alerts": ",".join(str(one.id) for one in rest[:ROWS]), "count": len(rest)}


def _by_person(fallen: Sequence[Fallen]) -> dict[str, list[Fallen]]:
    found: dict[str, list[Fallen]] = {}
    for one in sorted(fallen, key=lambda one: (-one.drop, one.id)):
        found.setdefault(one.to, []).append(one)
    return found
