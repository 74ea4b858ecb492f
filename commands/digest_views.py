"""How a weekly digest reads: counts first, then what changed, the worst of it on top; the rest in the thread.

Somebody who reads nothing but the first message knows how many customers are at risk and which ones are the worst.
Rows are shortened before any is left out, so that every message stays inside Slack's limits.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import orjson

from commands import card as cards
from commands.alert_views import row as alert_row
from commands.bars import bars
from commands.blocks import (
    Block,
    Element,
    actions,
    bold,
    bullets,
    button,
    context,
    header,
    line,
    rich,
    small,
    text,
)
from commands.digest_rows import Size, row_of
from commands.message import BUDGET, MOST_BLOCKS, Message
from commands.said import Picture
from customers import weeks
from customers.digest import Compared, Plan, Point, Section, Stretch
from customers.editions import Page
from customers.facts import Colour, percent

ROOM = BUDGET - 2_000  # a picture, Slack's own ids, and what a press adds to a row come on top
BLOCKS = MOST_BLOCKS - 2
AT_RISK = (Colour.RED, Colour.YELLOW, Colour.UNKNOWN, Colour.GREEN)
_TITLES = {
    Section.RED: "Newly red",
    Section.YELLOW: "Newly yellow",
    Section.RECOVERED: "Better than before",
    Section.UNKNOWN: "No longer known",
    Section.CORRECTED: "Corrected since the last digest",
    Section.DROPS: "Usage fell",
    Section.BUGS: "Bugs past or near their due time",
    Section.RENEWALS: "Renewals coming up",
    Section.REQUESTS: "Requests that a second customer wants now",
    Section.ALERTS: "Alerts that nobody has claimed yet",
}
_CHANGED = (Section.RED, Section.YELLOW, Section.RECOVERED, Section.UNKNOWN, Section.CORRECTED)
_AT_FIRST = {Section.RED: "Red", Section.YELLOW: "Yellow"}
_LEFT = {  # what is not listed is called
    Section.RED: "newly red",
    Section.YELLOW: "newly yellow",
    Section.RECOVERED: "better",
    Section.UNKNOWN: "no longer known",
    Section.CORRECTED: "corrected",
    Section.DROPS: "whose usage fell",
    Section.BUGS: "bugs",
    Section.RENEWALS: "renewals",
    Section.REQUESTS: "requests",
    Section.ALERTS: "alerts",
}
_SEEN = {  # where everything of a section stands; no command lists renewals
    Section.DROPS: "/health alerts",
    Section.BUGS: "/bugs",
    Section.RENEWALS: "their CSMs hear of each 90, 60, 30 and 7 days before",
    Section.REQUESTS: "/features",
    Section.ALERTS: "/health alerts",
}
Chart = Callable[[Sequence[tuple[date, float | None]]], bytes]


_SIZES = (Size(80, 200), Size(80, 120), Size(60, 70), Size(40, 30), Size(24, 0))


def message(page: Page, preview: str = "") -> Message:
    """One message of a digest, as long as it may be; `preview` says above it what would become of it."""
    plan = page.plan
    if plan.is_quiet and not page.number:
        return _quiet(page, preview)
    frame = [*_head(page, preview)] if not page.number else [_part_title(page)]
    tail = _tail(page)
    blocks: list[Block] = []
    for size in _SIZES:
        blocks = [*frame, *(block for one in plan.pages[page.number] for block in _section(one, page, size))]
        if len(orjson.dumps(blocks + tail)) <= ROOM and len(blocks) + len(tail) <= BLOCKS:
            break
    return Message(blocks, _summary(page), more=tail)


def picture(page: Page, draw: Chart) -> Picture | None:
    """Adoption of the last weeks; nothing for one week, for a quiet one, or behind the first message."""
    points = page.plan.adoption
    if page.number or page.plan.is_quiet or sum(one.share is not None for one in points) < 2:
        return None
    shares = [(weeks.start(one.week), one.share) for one in points]
    title = f"Adoption, {_label(points[0].week)} to {_label(points[-1].week)}"
    return Picture(lambda: draw(shares), title, _drawn(points), at=3)


def _drawn(points: Sequence[Point]) -> str:
    """What is to be seen, for whoever cannot."""
    known = [one.share for one in points if one.share is not None]
    span = f"{_label(points[0].week)} to {_label(points[-1].week)}"
    fell = (
        f"from {percent(known[0])} to {percent(known[-1])}; highest {percent(max(known))}, lowest {percent(min(known))}"
    )
    return f"Line chart of adoption by week, {span}: {fell}."


def _days(week: int) -> str:
    """`2026-11-16 to 2026-11-22`."""
    start = weeks.start(week)
    return f"{start.isoformat()} to {(start + timedelta(days=6)).isoformat()}"


def _label(week: int) -> str:
    return weeks.label(weeks.start(week))


def _head(page: Page, preview: str) -> Iterator[Block]:
    """Which week, whom it speaks of, how many are red, adoption, and what is not known."""
    window = page.plan.window
    if preview:
        yield context(preview)
    yield header(f"Weekly risk digest{f' · {_label(window.week)}' if window.week is not None else ''}")
    yield rich(line(text(_about(page))))
    if window.week is not None:
        words = _counts(page.plan)
        if page.plan.adoption:
            told = _adoption_words(page.plan.adoption, window.week, page.plan.compared)
            yield rich(line(bold(words)), line(text(told)))
        else:
            yield rich(line(bold(words)))
    if doubts := _doubts(page.plan):
        yield rich(*(line(text(f"⚠ {one}")) for one in doubts))


def _about(page: Page) -> str:
    window = page.plan.window
    who = page.about[0].upper() + page.about[1:]
    if window.week is None:
        return f"{who}. Health has not been judged yet, so this tells of everything else."
    days = _days(window.week)
    if window.before is None:
        return f"{who}, {days}: nothing earlier to compare with, so it tells how things stand."
    if window.before == window.week:
        again = "" if page.plan.totals.keys().isdisjoint(_CHANGED) else " but for what was corrected since"
        return f"{who}, {days}. Its colours were told already{again}; nothing newer has been judged."
    return f"{who}, {days}: what changed since {_label(window.before)}."


def _counts(plan: Plan) -> str:
    """`🔴 12 red (3 new)   🟡 20 yellow (5 new)   ⚪ 4 unknown   🟢 64 green`: the colours that are shown."""
    new = {Colour.RED: plan.tally.new_red, Colour.YELLOW: plan.tally.new_yellow}
    compared = plan.window.before is not None
    return "   ".join(
        f"{cards.MARKS[one]} {plan.tally.of(one)} {one.value}"
        + (f" ({new[one]} new)" if compared and new.get(one) else "")
        for one in AT_RISK
    )


def _adoption_words(points: Sequence[Point], week: int, compared: Compared | None) -> str:
    """`Adoption ▅▅▆▇  71.2 % (881 of 1238 seats), 68 % the week before.`; an older week than the told one is named.

    The two weeks are compared where both have usage of the same seats, and seats without usage are counted.
    """
    known = [one for one in points if one.share is not None]
    if not known:
        return "Adoption is not known: no usage, or no seats to compare it with."
    last = known[-1]
    drawn = bars([round(1_000 * (one.share or 0.0)) for one in known], 1_000)
    told = f"{percent(last.share or 0.0)} ({last.active} of {last.seats} seats)"
    told += f" in {_label(last.week)}" if last.week != week else ""
    if compared and last.week == week:
        then, missing = percent(compared.before / compared.seats), ""
        if compared.missing:
            missing = f" Usage of {_seats(compared.missing)} has not come."
        if compared.seats == last.seats:
            return f"Adoption {drawn}  {told}, {_as(told, then)} the week before.{missing}"
        share = percent(compared.active / compared.seats)
        return f"Adoption {drawn}  {told}; {_seats(compared.seats)} known in both weeks: {then} → {share}.{missing}"
    before = next((one for one in known if one.week == last.week - 1), None)
    if before is None:
        return f"Adoption {drawn}  {told}."
    then = percent(before.share or 0.0)
    return f"Adoption {drawn}  {told}, {_as(told, then)} the week before."


def _as(told: str, then: str) -> str:
    return "as" if told.startswith(f"{then} ") else then


def _seats(how_many: int) -> str:
    return f"{how_many} seat{'' if how_many == 1 else 's'}"


def _doubts(plan: Plan) -> list[str]:
    window, told = plan.window, list[str]()
    if window.missing is not None:
        what = "colours that depend on it are unknown" if not window.is_settled else "nobody is judged by it"
        told.append(
            f"Usage of {_missing(window.missing, window.until or window.missing)} has not come yet: {what}. "
            "What it changes is told by the first digest after it came. Ask whoever runs the usage import."
        )
    if plan.tally.rules_changed:
        told.append(
            f"{_many(plan.tally.rules_changed, 'customer')} judged by other rules than before; "
            "nobody can say whether they changed."
        )
    return told


def _missing(first: int, last: int) -> str:
    """`2026-W47`, `2026-W47 and 2026-W48`, `2026-W46 to 2026-W48`."""
    if first == last:
        return _label(first)
    return f"{_label(first)} {'and' if last == first + 1 else 'to'} {_label(last)}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun} was" if count == 1 else f"{count} {noun}s were"


def _part_title(page: Page) -> Block:
    week = page.plan.window.week
    told = f"Digest{f' {_label(week)}' if week is not None else ''}"
    return rich(line(bold(told), text(f" · {page.number + 1} of {page.total}")))


def _tail(page: Page) -> list[Block]:
    """What is unchanged, what follows, what is left out, and how old it all is."""
    plan, told = page.plan, list[str]()
    last = page.number == page.total - 1
    if not page.number:
        told += [still] if (still := _unchanged(plan)) else []
        told += [f"{plan.tally.by_hand} of the colours set by hand"] if plan.tally.by_hand else []
        if plan.later:
            told.append(f"{plan.later} more rows in the thread")
    if last and (left := plan.left_out()):
        told.append(_left_out(left, plan))
    if any(one.section is Section.BUGS for one in plan.pages[page.number]):
        told += [f"times of {page.zone}"] if str(page.zone) != "UTC" else []
    told.append(f"as of {page.now:%Y-%m-%d %H:%M} UTC")
    row = [button("My customers", "portfolio:mine", "mine|0"), button("All customers", "portfolio:all", "all|0")]
    return [context(" · ".join(told)), *([actions(*row)] if not page.number or last else [])]


def _unchanged(plan: Plan) -> str:
    if plan.window.before in (None, plan.window.week):  # then the counts above say it
        return ""
    red, yellow = plan.tally.still_red, plan.tally.still_yellow
    return f"unchanged: {red} red, {yellow} yellow" if red or yellow else ""


def _left_out(left: dict[Section, int], plan: Plan) -> str:
    called = _LEFT if plan.window.before is not None else _LEFT | {one: one.value for one in _AT_FIRST}
    shown: dict[str, list[str]] = {}
    for section, count in left.items():
        shown.setdefault(_SEEN.get(section, "/health all"), []).append(f"{count} {called[section]}")
    told = [f"{', '.join(words)} ({where})" for where, words in shown.items()]
    return f"not listed here: {'; '.join(told)}"


def _title(section: Section, plan: Plan) -> str:
    return _AT_FIRST.get(section, _TITLES[section]) if plan.window.before is None else _TITLES[section]


def _section(stretch: Stretch, page: Page, size: Size) -> Iterator[Block]:
    """A heading and its rows. What is gone since the digest was made is left out, and nobody else moves up."""
    total = page.plan.totals[stretch.section]
    span = f"{total}" if len(stretch.ids) == total else f"{_span(stretch)} of {total}"
    heading: Element | None = line(bold(_title(stretch.section, page.plan)), text(f" · {span}"))
    plain: list[Element] = []
    for one in stretch.ids:
        if stretch.section in (Section.DROPS, Section.ALERTS):
            alert = page.alerts.get(one)
        else:
            row = row_of(stretch.section, one, page, size)
            plain += [row] if row else []
            with_alert = stretch.section in (Section.RED, Section.YELLOW) and row is not None
            alert = page.alerts.get(page.plan.attached.get(one, 0)) if with_alert else None
        if alert is None:
            continue
        if heading or plain:
            yield _listed(heading, plain)
        heading, plain = None, []
        yield from alert_row(alert, page.now, page.names)
    if plain:
        yield _listed(heading, plain)


def _listed(heading: Element | None, plain: Sequence[Element]) -> Block:
    return rich(*([heading] if heading else []), *([bullets(plain)] if plain else []))


def _span(stretch: Stretch) -> str:
    first, last = stretch.start + 1, stretch.start + len(stretch.ids)
    return f"{first}–{last}" if last > first else f"{first}"


def _quiet(page: Page, preview: str) -> Message:
    """One line; what is not known is said even then."""
    plan = page.plan
    week, before = plan.window.week, plan.window.before
    told = "Nothing changed" if week is None else f"{_label(week)}: nothing changed"
    if week is not None and before is None:
        told = f"{_label(week)}: nobody is red or yellow"
    elif not plan.window.is_settled:
        told = f"{_label(week or 0)}: nothing is known to have changed"
    since = f" since {_label(before)}" if before is not None and before != week else ""
    counted = week is not None and before is not None
    still = f"Unchanged: {plan.tally.still_red} red, {plan.tally.still_yellow} yellow." if counted else ""
    blocks: list[Block] = [context(preview)] if preview else []
    blocks.append(
        rich(line(bold(f"{told}{since}."), text(f" {still} "), small(page.about[0].upper() + page.about[1:])))
    )
    blocks += [rich(*(line(text(f"⚠ {one}")) for one in doubts))] if (doubts := _doubts(plan)) else []
    return Message(blocks, f"Weekly risk digest, {told}{since}. {still}")


def _summary(page: Page) -> str:
    if page.number:
        return f"Weekly risk digest, {page.number + 1} of {page.total}"
    week = page.plan.window.week
    return f"Weekly risk digest{f' {_label(week)}' if week is not None else ''}: {_counts(page.plan)}"
