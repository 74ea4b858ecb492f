"""Who is told about alerts, and in how many messages: nobody gets more than a few of a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customers import weeks
from customers.intents import TEAM, Intent

ALONE, TOGETHER, WAITING, CLAIMED = "usage_alert", "usage_alerts", "usage_alerts_waiting", "usage_alerts_claimed"
CHANGED, TAKEN = "usage_alert_changed", "usage_alert_taken"
MESSAGES = 5  # alerts of a week that one CSM gets a message each about; the rest share one
ROWS = 8  # alerts that such a message shows with their buttons


@dataclass(frozen=True, slots=True)
class Fallen:
    """An alert that is about to be told: `to` is whoever hears of it (a CSM's key, or a Slack user), "" for nobody.

    `again` counts the messages that it stood in before corrected numbers took it back.
    """

    id: int
    to: str
    drop: float
    again: int = 0


def outreach(week: date, fallen: Sequence[Fallen], told: Mapping[str, int]) -> list[Intent]:
    """The messages of a week, the worst first; `told` says how many each CSM was sent already."""
    intents: list[Intent] = []
    for csm, theirs in _by_person(fallen).items():
        room = max(0, MESSAGES - told.get(csm, 0))
        lane = f"csm:{csm}"
        intents += [_alone(one, lane) for one in theirs[:room]]
        if rest := theirs[room:]:
            key = f"{TOGETHER}:{weeks.label(week)}:{csm}:{rest[0].id}{_again(rest[0])}"
            about: dict[str, int | str] = {"week": weeks.label(week), **_listed(rest)}
            intents.append(Intent(TOGETHER, key, lane, about))
    return intents


def reminders(week: date, waiting: Sequence[Fallen], wait: timedelta = timedelta()) -> list[Intent]:
    """One message to each CSM about alerts of earlier weeks that nobody has claimed, after the check of this `week`."""
    label = weeks.label(week)
    return [
        Intent(WAITING, f"{WAITING}:{label}:{csm}", f"csm:{csm}", {"week": label, **_listed(theirs)}, wait=wait)
        for csm, theirs in _by_person(waiting).items()
    ]


def unfinished(person: str, day: date, wait: timedelta) -> Intent:
    """Two weeks later: what they claimed that day and is still open, in one message."""
    about: dict[str, int | str] = {"channel": person, "person": person, "day": day.isoformat()}
    return Intent(CLAIMED, f"{CLAIMED}:{person}:{day.isoformat()}", person, about, wait=wait)


def taken(alert_id: int, had: str, by: str, key: str) -> Intent:
    """Whoever had it hears that somebody else has it now (`key` names the press)."""
    about: dict[str, int | str] = {"alert": alert_id, "channel": had, "by": by}
    return Intent(TAKEN, f"{TAKEN}:{alert_id}:{key}", had, about)


def overslept(week: date, fallen: Sequence[Fallen]) -> list[Intent]:
    """One message to the team in the place of all others: the check came too late for them."""
    if not fallen:
        return []
    label = weeks.label(week)
    about: dict[str, int | str] = {"channel": TEAM, "week": label, "count": len(fallen)}
    return [Intent("usage_alerts_late", f"usage_alerts_late:{label}:{fallen[0].id}{_again(fallen[0])}", TEAM, about)]


def returned(fallen: Sequence[Fallen], until: datetime) -> list[Intent]:
    """What comes back from a snooze goes to whoever snoozed it; many at once share one message."""
    intents: list[Intent] = []
    for person, theirs in _by_person(fallen).items():
        there: dict[str, int | str] = {"channel": person, "back": 1}
        at = until.isoformat()
        there["until"] = at
        intents += [
            Intent(ALONE, f"{ALONE}:{one.id}:back:{at}", person, {"alert": one.id, **there})
            for one in theirs[:MESSAGES]
        ]
        if rest := theirs[MESSAGES:]:
            key = f"{TOGETHER}:back:{person}:{rest[0].id}:{at}"
            intents.append(Intent(TOGETHER, key, person, there | _listed(rest)))
    return intents


def changed(row: int, message: str, lane: str, event: str, pressed: str) -> Intent:
    """A message with rows of alerts shows what became of them by this `event`, wherever that was said.

    `row` and `message` are its id and key in the outbox; at `pressed` (`C1/1.2`) it stands already.
    """
    about: dict[str, int | str] = {"row": row, "pressed": pressed}
    return Intent(CHANGED, f"{CHANGED}:{event}:{message}", lane, about)


def told_of(intent: Intent) -> list[int]:
    """The alerts that a message has rows of."""
    listed = [int(one) for one in intent.word("alerts").split(",") if one.isdecimal()]
    return listed or [one for one in (intent.number("alert"),) if one]


def _alone(one: Fallen, lane: str) -> Intent:
    return Intent(ALONE, f"{ALONE}:{one.id}{_again(one)}", lane, {"alert": one.id})


def _again(one: Fallen) -> str:
    return f":{one.again}" if one.again else ""


def _listed(rest: Sequence[Fallen]) -> dict[str, int | str]:
    """Ids of those that are shown, and how many there are."""
    return {"alerts": ",".join(str(one.id) for one in rest[:ROWS]), "count": len(rest)}


def _by_person(fallen: Sequence[Fallen]) -> dict[str, list[Fallen]]:
    found: dict[str, list[Fallen]] = {}
    for one in sorted(fallen, key=lambda one: (-one.drop, one.id)):
        found.setdefault(one.to, []).append(one)
    return found
