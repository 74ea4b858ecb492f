"""What every view of a customer shares: colours, the row of buttons, the age of the data."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from commands.blocks import (
    Block,
    Element,
    actions,
    bold,
    button,
    confirm,
    context,
    cut,
    header,
    line,
    rich,
    small,
    text,
)
from commands.feature_views import person
from customers.health import Colour
from customers.records import Card
from customers.weeks import label, monday

MARKS = {Colour.GREEN: "🟢", Colour.YELLOW: "🟡", Colour.RED: "🔴", Colour.UNKNOWN: "⚪"}
REASON = 300  # characters of what somebody gave as a reason; the forms take more
VIEWS = (
    ("brief", "Brief"),
    ("issues", "Known issues"),
    ("health", "Health"),
    ("setup", "Setup"),
    ("history", "History"),
    ("more", "More"),
)


def title(card: Card, view: str = "") -> Block:
    """The customer's name, and which view of it this is."""
    return header(f"{card.profile.name} · {view}" if view else card.profile.name)


def colour_line(card: Card) -> Element:
    """`🟢 Green  Adoption 88 % …`; one set by hand says until when, who and why, and the computed one beside it."""
    health, override = card.health, card.override
    mark = text(f"{MARKS[card.colour]} ")
    if override is None:
        return line(mark, bold(health.colour.value.capitalize()), text(f"  {health.why}"))
    head = [mark, bold(f"{card.colour.value.capitalize()} by hand"), text(f" until {override.until} (")]
    why = f": {cut(override.reason, REASON)}) · computed {MARKS[health.colour]} {health.colour.value}: {health.why}"
    return line(*head, person(override.by), text(why))


def in_short(card: Card) -> str:
    """The colour and one line of why, for a list: `Adoption 88 % …`, or what was set by hand and what is computed."""
    override, computed = card.override, card.health
    if override is None:
        return computed.why
    mark = MARKS[computed.colour]
    return f"by hand until {override.until} · computed {mark} {computed.colour.value}: {computed.why}"


def summary(card: Card) -> str:
    """`Acme: green. Adoption 88 % …`, for notifications and screen readers."""
    computed = card.health.colour.value
    if card.override:
        by_hand = f"{card.colour.value} by hand until {card.override.until}, computed {computed}"
        return f"{card.profile.name}: {by_hand}. {card.health.why}"
    return f"{card.profile.name}: {computed}. {card.health.why}"


def buttons(card: Card, current: str, page: int = 0) -> Block:
    """The other views, and sharing this one after a confirm."""
    return _row(card.record.customer_id, current, page)


@lru_cache(maxsize=4096)
def _row(customer_id: int, current: str, page: int) -> Block:
    customer = str(customer_id)
    row = [
        button(words, f"open:{view}", customer, style="primary" if view == current else None) for view, words in VIEWS
    ]
    ask = confirm("Share in channel?", "Everyone in this channel, guests included, will be able to read it.", "Share")
    return actions(*row, button("Share in channel", "share", f"{customer}|{current}|{page}", confirm=ask))


def warnings(card: Card) -> list[Block]:
    """What makes this card less than certain: a broken or missing document, a churned or internal customer."""
    record, said = card.record, []
    if record.broken_since:
        said.append(f"The document has an error since {_day(record.broken_since)}; this is the last good version.")
    if record.missing_since:
        said.append(f"No document names this customer since {_day(record.missing_since)}.")
    if card.profile.internal:
        said.append("Internal account: never counted as a customer.")
    told = [context(one) for one in said]
    if record.broken_why:
        told.append(rich(line(small(cut(record.broken_why.split("\n")[0], 300)))))
    return told


def age(card: Card) -> Block:
    """How old everything above is."""
    record, updated = card.record, card.profile.updated
    document = f"Document of {updated.isoformat()}" if updated else "Document undated"
    parts = [document, f"updated here {ago(record.changed_at, card.now)}"]
    parts.append(used_until(card))
    return context(" · ".join(parts))


def stated_on(card: Card) -> str:
    """How old something is that only the document says."""
    updated = card.profile.updated
    return f"document of {updated.isoformat()}" if updated else f"undated, here since {_day(card.record.first_seen)}"


def used_until(card: Card) -> str:
    """`usage up to 2026-W46`, and whether a later week is over: health then goes by the week before, and says so."""
    newest, fed = card.record.newest, card.record.fed
    if newest is None or fed is None:
        return "no usage data"
    over = monday(card.today) - timedelta(weeks=1)
    late = f" ({label(over)} has not come yet)" if fed < over else ""
    return f"usage up to {label(newest)}{late}"


def ago(then: datetime, now: datetime) -> str:
    """`today`, `yesterday`, `12 days ago`, in whole days of 24 hours; minutes and hours within the first day."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 60:
        return "just now" if minutes < 2 else f"{minutes} minutes ago"
    if minutes < 24 * 60:
        return f"{minutes // 60} hour{'s' if minutes >= 120 else ''} ago"
    days = minutes // (24 * 60)
    return "yesterday" if days == 1 else f"{days} days ago"


def until(day: date, today: date) -> str:
    """`2027-02-12, in 88 days`."""
    days = (day - today).days
    if days == 0:
        return f"{day.isoformat()}, today"
    when = f"in {days} day{'s' if days != 1 else ''}" if days > 0 else f"{-days} day{'s' if days != -1 else ''} ago"
    return f"{day.isoformat()}, {when}"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
