"""Usage for the example customers: what a press of a button makes of the weeks since those that are stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from customers import weeks

HEADING = "customer,week,active_users,seats"
LOOK_BACK = 12  # weeks in which a customer's best one is looked for
LEAST = 0.85  # of the seats, for a customer that recovers


@dataclass(frozen=True, slots=True)
class Figure:
    """One customer's week; `seats` is None where the feed has none."""

    active: int
    seats: int | None


Past = Sequence[Figure]  # one customer's weeks, the newest last
Story = Callable[[str, Past], int]  # the customer's slug and past -> active users of the newest week to import


def steady(slug: str, past: Past) -> int:
    """The newest week again, give or take one user where that is less than one in ten."""
    newest, before = past[-1].active, past[-2].active if len(past) > 1 else past[-1].active
    if newest < 10:
        return newest
    return newest - 1 if newest > before else newest + 1


def falls(who: str, share: float) -> Story:
    """One customer loses this share of its active users, the others are steady."""
    return lambda slug, past: round(past[-1].active * (1 - share)) if slug == who else steady(slug, past)


def recovers(slug: str, past: Past) -> int:
    """The best of the last weeks, and most of the seats where they are known."""
    best = max(one.active for one in past[-LOOK_BACK:])
    return max(best, round((past[-1].seats or 0) * LEAST))


STORIES: Mapping[str, Story] = {
    "Import next week's usage: steady": steady,
    "Import next week's usage: Brightwater falls 35 %": falls("brightwater-logistics", 0.35),
    "Import next week's usage: everybody recovers": recovers,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is stored, whoever brought it: by customer (slug) and by the Monday of the week, nobody without a week."""

    known: Mapping[str, Mapping[date, Figure]]

    def is_complete(self, today: date) -> bool:
        """Whether everybody has all weeks that are over."""
        return not any(_missing(known, today) for known in self.known.values())

    def told(self, story: Story, today: date) -> str:
        """A CSV with the missing weeks of everybody: steady up to the newest, which goes as the story does."""
        rows = [HEADING]
        for slug, known in self.known.items():
            past, missing = [known[week] for week in sorted(known)], _missing(known, today)
            for week in missing:
                active = (story if week == missing[-1] else steady)(slug, past)
                past.append(Figure(active, past[-1].seats))
                rows.append(f"{slug},{weeks.label(week)},{active},{past[-1].seats or ''}")
        return "\n".join(rows) + "\n"


def _missing(known: Mapping[date, Figure], today: date) -> list[date]:
    """The Mondays of the weeks after a customer's newest that are over, oldest first."""
    first, last = max(known) + timedelta(weeks=1), weeks.monday(today) - timedelta(weeks=1)
    return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
