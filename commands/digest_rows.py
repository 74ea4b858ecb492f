"""One row of a weekly digest: who it is about, what they are now and were, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands import card as cards
from commands.blocks import Element, bold, cut, line, small, text
from commands.lists import issue_link
from customers.digest import Section
from customers.editions import BugRow, Page
from customers.facts import Colour
from customers.requests import Request
from customers.subscriptions import DAYS, listed
from customers.told import Change


@dataclass(frozen=True, slots=True)
class Size:
    """How many characters a row may have of a name, a title and a reason."""

    name: int
    why: int


def row_of(section: Section, one: int, page: Page, size: Size) -> Element | None:
    """The row of a customer, a bug or a request; None when it is gone."""
    match section:
        case Section.BUGS:
            return _bug(page.bugs[one], page, size) if one in page.bugs else None
        case Section.REQUESTS:
            return _request(page.requests[one], size) if one in page.requests else None
        case Section.RENEWALS:
            return _renewal(one, page, size) if one in page.cards else None
        case _:
            return _customer(section, one, page, size) if one in page.cards else None


def _customer(section: Section, one: int, page: Page, size: Size) -> Element:
    """`🔴 Acme (was 🟢)  Enterprise · Maya Okafor  Adoption 40 % …`, with the colour set by hand beside it."""
    card, change = page.cards[one], page.plan.changes.get(one)
    now = card.health.colour
    told = change.colour if change else now
    parts = [text(f"{cards.MARKS[told]} "), bold(cut(card.profile.name, size.name)), text(f"{_was(change)}  ")]
    if who := _who(one, page):
        parts.append(small(f"{cut(who, size.name)}  "))
    override = card.override
    if override and override.colour and override.until:
        why = f" ({cut(override.reason, size.why)})" if size.why else ""
        by_hand = f"{cards.MARKS[override.colour]} {override.colour.value} by hand until {override.until.isoformat()}"
        parts.append(text(f"computed {told.value}, {by_hand}{why}. "))
    if told is not now:
        parts.append(text(f"by now {cards.MARKS[now]} {now.value}: "))
    if size.why:
        why = _instead(section, change) if change and not change.corrected else ""
        fell = page.alerts.get(page.plan.attached.get(one, 0))
        parts.append(text(cut(why or (_beside(card.health.why) if fell else card.health.why), size.why)))
    return line(*parts)


def _was(change: Change | None) -> str:
    if change is None or change.was is None:
        return ""
    if change.corrected:
        return f" (told as {cards.MARKS[change.was]}, corrected since)"
    return f" (was {cards.MARKS[change.was]})"


def _instead(section: Section, change: Change) -> str:
    """What improved, or what is not known any more; of who is worse, their health says why."""
    because = _named(change.because) if change.colour in (Colour.RED, Colour.YELLOW) else ""
    if section is Section.UNKNOWN and change.lost:
        return f"data missing: {_named(change.lost)}" + (f"; {change.colour.value}: {because}." if because else ".")
    if section is Section.RECOVERED and change.better:
        told = f"{_named(change.better)} {'is' if len(change.better) == 1 else 'are'} better"
        told += f"; still {change.colour.value}: {because}." if because else "."
        return told[0].upper() + told[1:]
    return ""


def _named(indicators: Sequence[str]) -> str:
    return listed([one[0].lower() + one[1:] for one in indicators])


def _beside(why: str) -> str:
    """Without the fall that the alert below tells."""
    sentence, _, rest = why.partition(". ")
    return rest if sentence.startswith("Usage fell") and " in a week" in sentence else why


def _who(one: int, page: Page) -> str:
    profile = page.cards[one].profile
    return " · ".join(filter(None, (profile.tier.value if profile.tier else "", str(profile.csm or ""))))


def _renewal(one: int, page: Page, size: Size) -> Element | None:
    card = page.cards[one]
    if card.profile.renewal is None:
        return None
    when = cards.until(card.profile.renewal, page.today)
    who = _who(one, page)
    said = [small(f"{cut(who, size.name)}  ")] if who else []
    mark = text(f"{cards.MARKS[card.colour]} ")
    return line(mark, bold(cut(card.profile.name, size.name)), text("  "), *said, text(when))


def _bug(bug: BugRow, page: Page, size: Size) -> Element:
    local = bug.due_at.astimezone(page.zone)
    when = f"{DAYS[local.weekday()][:3]} {local:%Y-%m-%d %H:%M}"
    late = bug.due_at <= page.now
    due = bold(f"overdue since {when}") if late else text(f"due {when}")
    head = [bold(f"Bug {bug.id}"), text(f"  “{cut(bug.title, size.name)}”  {cut(bug.customer, size.name)}")]
    issue = [text(" · "), issue_link(bug.url, bug.issue)] if bug.issue else []
    return line(*head, text(f" · {bug.severity.value} · "), due, *issue)


def _request(request: Request, size: Size) -> Element:
    names = [cut(one.name, size.name) for one in request.counting]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    told = f"  “{cut(request.title, size.name)}”  {', '.join(names[:3])}{more} · {request.status.words}"
    return line(bold(f"Request {request.id}"), text(told))
