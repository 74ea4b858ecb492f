"""How customer-reported bugs look: in a list, and one with its clock and its GitHub issue."""

from datetime import datetime

from commands.blocks import (
    NAME,
    Block,
    Element,
    actions,
    bold,
    bullets,
    button,
    confirm,
    cut,
    line,
    rich,
    text,
)
from commands.captured import link
from commands.feature_views import person, quote
from commands.lists import as_of, day, issue_link, said, span_of, turning
from commands.message import Message
from customers.bugs import Bug, BugPage, Filing, filing_key
from customers.records import Card
from customers.tracker import PAGE, Tracker

SHORT = 120  # characters of a title or a reason in the list
STEPS = 1_500  # characters; all of them stand in the issue
_REFUSED = "GitHub refused it"
_FILING = {
    Filing.FILING: "being filed on GitHub",
    Filing.WAITING: "waits for GitHub",
    Filing.REFUSED: _REFUSED,
    Filing.FILED: "on GitHub",
}
_NEXT_STEP = {
    Filing.FILING: "The number follows.",
    Filing.WAITING: "It is filed as soon as it can be; an admin looks at GITHUB_REPOSITORY and the GitHub token.",
    Filing.REFUSED: "Ask whoever looks after Dossier to mend that, then press Send again.",
    Filing.FILED: "",
}
_ELSEWHERE = ("Then send it again.", "Tell whoever runs Dossier.")  # the same advice as above, as the reason ends


def listed(page: BugPage, about: str, filtered: str, tracker: Tracker, now: datetime, whose: Card | None) -> Message:
    """A page of bugs; `whose` customer they are, when of one; `filtered` is the filter for the buttons."""
    everybody = [button("All customers", "bugs:all", "0|||")] if whose else []
    if not page.total:
        return said(f"No {about}.", "Report one from a message's menu: Report customer bug.", everybody, now)
    blocks: list[Block] = [rich(line(bold(f"{about[0].upper()}{about[1:]}")))]
    blocks += [rich(*_listed(bug, tracker, now)) for bug in page.lines]
    row = [button(f"Show {bug.id}", f"bug:show:{bug.id}", str(bug.id)) for bug in page.lines]
    row += turning("bugs", page.offset, len(page.lines), page.total, PAGE, filtered)
    age = as_of(now, span_of(page.offset, len(page.lines), page.total), f"times of {tracker.zone}")
    return Message(blocks, f"{page.total} {about}", more=[age, actions(*row, *everybody)])


def _listed(bug: Bug, tracker: Tracker, now: datetime) -> list[Element]:
    head = line(bold(f"{bug.id}  {cut(bug.title, SHORT)}"), text(f"  {cut(bug.customer, NAME)}"))
    late = bug.is_overdue(now)
    when = bold(f"overdue since {tracker.when(bug.due_at)}") if late else text(_when(bug, tracker))
    return [head, bullets([line(text(f"{bug.severity.value} · "), when, text(" · "), *_issue(bug, SHORT))])]


def _when(bug: Bug, tracker: Tracker) -> str:
    if bug.closed_at:
        return f"closed {day(bug.closed_at)}{_why_closed(bug)}"
    if bug.pause:
        return f"clock stands still since {day(bug.pause.since)}: {cut(bug.pause.reason, SHORT)}"
    return f"due {tracker.when(bug.due_at)}"


def _why_closed(bug: Bug) -> str:
    return f" ({bug.closed_why.replace('_', ' ')})" if bug.closed_why else ""


def _issue(bug: Bug, most: int) -> list[Element]:
    if bug.issue:
        return [issue_link(bug.issue.url, bug.issue.number)]
    why = _reason(bug.filing_why)
    return [text(_FILING[bug.filing] + (f": {cut(why, most)}" if why else ""))]


def _reason(why: str) -> str:
    """Why there is no issue yet, without what the view says in its own words."""
    for advice in _ELSEWHERE:
        why = why.removesuffix(advice).rstrip()
    return why.removeprefix(_REFUSED).strip(" .:")


def shown(bug: Bug, card: Card, tracker: Tracker, now: datetime) -> Message:
    """One bug with all that is known."""
    blocks: list[Block] = [rich(line(bold(f"Bug {bug.id}  {bug.title}")))]
    blocks.append(rich(bullets(_facts(bug, card, tracker, now))))
    if bug.steps.strip():
        blocks.append(rich(line(bold("Steps")), quote(cut(bug.steps.strip(), STEPS))))
    more = [as_of(now), actions(*_buttons(bug, card, tracker, now))]
    return Message(blocks, f"Bug {bug.id} of {bug.customer}: {bug.title}", more=more)


def _facts(bug: Bug, card: Card, tracker: Tracker, now: datetime) -> list[Element]:
    reported = [text(f"{day(bug.reported_at)} by "), person(bug.reported_by)]
    if bug.source.permalink.startswith(("https://", "http://")):
        reported += [text(" · "), link(bug.source.permalink, "message")]
    severity = f"{bug.severity.value} ({bug.severity.meaning}): {bug.severity.promise}"
    rows = [("Customer: ", [text(bug.customer)]), ("Severity: ", [text(severity)]), ("Reported: ", reported)]
    rows.append(_clock(bug, card, tracker, now))
    issue = _issue(bug, 500)
    if bug.issue is None and _NEXT_STEP[bug.filing]:
        issue.append(text(f". {_NEXT_STEP[bug.filing]}"))
    elif bug.issue and bug.filing_why:
        issue.append(text(f"  {bug.filing_why}"))
    rows.append(("Issue: ", issue))
    return [line(bold(label), *parts) for label, parts in rows]


def _clock(bug: Bug, card: Card, tracker: Tracker, now: datetime) -> tuple[str, list[Element]]:
    if bug.closed_at:
        return "Closed: ", [text(f"{bug.closed_at:%Y-%m-%d %H:%M} UTC{_why_closed(bug)}")]
    left = tracker.left_words(bug, card, now)
    if bug.pause:
        why = f"since {day(bug.pause.since)}: {bug.pause.reason}. When it goes on: {left}."
        return "Clock stands still: ", [text(why)]
    due = tracker.due_words(bug, card)
    if bug.is_overdue(now):
        return "Overdue: ", [bold(f"since {due}"), text(f", {left}")]
    return "Due: ", [text(f"{due}, {left}")]


def _buttons(bug: Bug, card: Card, tracker: Tracker, now: datetime) -> list[Element]:
    one, row = str(bug.id), []
    if bug.is_open and bug.pause:
        question = f"The clock of bug {bug.id} goes on: {tracker.left_words(bug, card, now)}."
        ask = confirm("Resume the clock?", question, "Resume")
        row.append(button("Resume", "bug:resume", one, style="primary", confirm=ask))
    elif bug.is_open:
        row.append(button("Pause clock…", "bug:pause", one))
    if bug.filing is Filing.REFUSED and bug.issue is None:
        row.append(button("Send again", "again:issue", filing_key(bug.id)))
    row.append(button("‹ All of this customer", "bugs:of", str(bug.customer_id)))
    return [*row, button("Brief", "open:brief", str(bug.customer_id))]


def counted(closed: bool, severity: str) -> str:
    """`open critical bugs`."""
    return " ".join(filter(None, ("closed" if closed else "open", severity, "bugs")))
