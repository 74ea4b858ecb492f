"""What is said about bugs: saved, filed, refused, closed, reopened, running late."""

from dataclasses import replace
from datetime import datetime

from commands.blocks import NAME, Block, Element, actions, bold, button, cut, line, preformatted, rich, text
from commands.message import Message
from commands.said import Said
from customers.bugs import Bug, Filing, filing_key
from customers.desk import Desk
from customers.intents import Intent
from customers.people import Reader, Standing
from customers.records import Card
from customers.tracker import Tracker

_BOT = Reader("", Standing.BOT)
_FILING = {
    Filing.FILING: "It is being filed on GitHub; the number follows.",
    Filing.FILED: "It is on GitHub.",
    Filing.WAITING: "It waits for GitHub, which is not set up yet; an admin sets GITHUB_REPOSITORY and GITHUB_TOKEN.",
    Filing.REFUSED: "GitHub refused it.",
}
_LATE = {
    50: ("Half of the time for bug {id} is over", "See whether engineering has it."),
    80: ("Most of the time for bug {id} is over", "Ask engineering for a forecast and prepare the customer."),
    100: ("Bug {id} is past its due time", "Tell the customer when it will be resolved."),
}


class BugNews:
    """Composes; every method takes an intent and returns what is said, from the bug as it is now."""

    def __init__(self, desk: Desk, tracker: Tracker, *, on_github: bool) -> None:
        self._desk = desk
        self._tracker = tracker
        self._on_github = on_github  # whether GitHub is set up

    async def reported(self, intent: Intent, now: datetime) -> Said:
        """The confirmation of a capture."""
        bug, _, due = await self._bug(intent, now)
        again = intent.number("again")
        head = f"This message is bug {bug.id} already," if again else f"Bug {bug.id} saved"
        words = f" for {cut(bug.customer, NAME)}: “{bug.title}”, {bug.severity.value}. Due {due}."
        if again:
            words += (
                " What you typed this time was not saved; a severity label on its GitHub issue changes its severity."
            )
        waits = _FILING[bug.filing if self._on_github else Filing.WAITING]
        issue = [line(text("It is "), *_issue(bug), text("."))] if bug.issue else [line(text(waits))]
        return Said(Message([rich(line(bold(head), text(words))), rich(*issue)], f"{head}{words}"))

    async def filed(self, intent: Intent, now: datetime) -> Said | None:
        """The issue's number."""
        bug = await self._tracker.show(intent.number("bug"))
        if bug.issue is None:
            return None
        head = f"Bug {bug.id} is filed as "
        blocks: list[Block] = [rich(line(bold(head), *_issue(bug), text(f": “{bug.title}”.")))]
        if bug.filing_why:
            blocks.append(rich(line(text(bug.filing_why))))
        return Said(Message(blocks, f"{head}#{bug.issue.number}: {bug.title}"))

    async def refused(self, intent: Intent, now: datetime) -> Said | None:
        """GitHub said no; the bug is saved all the same."""
        bug = await self._tracker.show(intent.number("bug"))
        if bug.issue is not None or bug.filing is not Filing.REFUSED:
            return None
        head = f"Bug {bug.id} is saved. GitHub refused it"
        again = button("Send again", "again:issue", filing_key(bug.id), style="primary")
        blocks = [rich(line(bold(head), text(f": {bug.filing_why}"))), actions(again)]
        return Said(Message(blocks[:1], f"{head}: {bug.filing_why}", more=blocks[1:]))

    async def news(self, intent: Intent, now: datetime) -> Said | None:
        """The answer in the source thread to what happened on GitHub."""
        bug, _, due = await self._bug(intent, now)
        told = _happened(bug, intent.word("what"), due)
        alone = not bug.source.is_message  # then nobody else tells them what to write
        return Said(_news(bug, told, _draft(bug, intent.word("what")) if alone else None)) if told else None

    async def comment(self, intent: Intent, now: datetime) -> Said | None:
        """Where something was written; the words stay on GitHub."""
        bug = await self._tracker.show(intent.number("bug"))
        if bug.issue is None:
            return None
        link: Element = {
            "type": "link",
            "url": f"{bug.issue.url}#issuecomment-{intent.number('comment')}",
            "text": f"comment on GitHub issue #{bug.issue.number}",
        }
        head = f"New on GitHub for bug {bug.id}"
        return Said(Message([rich(line(bold(head), text(": "), link, text(f" (“{bug.title}”).")))], head))

    async def to_csm(self, intent: Intent, now: datetime) -> Said | None:
        """The same for the CSM, with a draft for the customer."""
        bug, card, due = await self._bug(intent, now)
        what = intent.word("what")
        told = _happened(bug, what, due)
        if not told:
            return None
        return replace(_to(card, _news(bug, told, _draft(bug, what))), knows=intent.word("by"))

    async def late(self, intent: Intent, now: datetime) -> Said | None:
        """A warning, unless the bug is closed, paused or has more time by now."""
        bug, _, due = await self._bug(intent, now)
        return Said(_late(bug, intent.number("level"), due)) if _still_late(bug, intent) else None

    async def late_to_csm(self, intent: Intent, now: datetime) -> Said | None:
        """The same for the CSM."""
        bug, card, due = await self._bug(intent, now)
        return _to(card, _late(bug, intent.number("level"), due)) if _still_late(bug, intent) else None

    async def _bug(self, intent: Intent, now: datetime) -> tuple[Bug, Card, str]:
        bug = await self._tracker.show(intent.number("bug"))
        card = await self._desk.open(bug.customer_id, _BOT, now)
        return bug, card, self._tracker.due_words(bug, card)


def _to(card: Card, message: Message) -> Said:
    return Said(message, to_csm=True, csm=card.profile.csm)


def _issue(bug: Bug) -> list[Element]:
    if bug.issue is None:
        return []
    return [{"type": "link", "url": bug.issue.url, "text": f"GitHub issue #{bug.issue.number}"}]


def _happened(bug: Bug, what: str, due: str) -> str | None:
    """One sentence, or None when it is no longer so."""
    match what:
        case "reported" if bug.is_open:
            return f"was reported as {bug.severity.value}. Due {due}."
        case "paused" if bug.pause:
            return f"waits: {cut(bug.pause.reason, 200)}. Its clock stands still."
        case "resumed" if bug.is_open and bug.pause is None:
            return f"goes on; its clock runs again. Due {due}."
        case "closed" if bug.closed_at:
            why = f" ({bug.closed_why.replace('_', ' ')})" if bug.closed_why else ""
            return f"was closed on GitHub{why} at {bug.closed_at:%Y-%m-%d %H:%M} UTC."
        case "reopened" if bug.is_open:
            return f"was reopened on GitHub. Due {due}."
        case "severity":
            return f"is now {bug.severity.value}, by its label on GitHub. Due {due}."
    return None


def _news(bug: Bug, told: str, draft: str | None) -> Message:
    head = f"Bug {bug.id} of {cut(bug.customer, NAME)} {told}"
    linked = [text(" "), *_issue(bug), text(f": “{bug.title}”.")] if bug.issue else [text(f" “{bug.title}”.")]
    more = [rich(line(bold("Draft for the customer")), preformatted(draft))] if draft else []
    return Message([rich(line(bold(head), *linked)), *more], f"{head} “{bug.title}”")


def _draft(bug: Bug, what: str) -> str | None:
    match what:
        case "closed" if bug.closed_why == "not_planned":
            said = f"we have looked into “{bug.title}” and will not change it for now. I would like to explain why."
        case "closed":
            said = f"“{bug.title}”, which you reported on {_said(bug):%Y-%m-%d}, is resolved. Does it work for you?"
        case "reopened":
            said = f"we are looking into “{bug.title}” once more. I will tell you as soon as it is resolved."
        case _:
            return None
    return f"Hello,\n\n{said}\n\nBest regards"


def _said(bug: Bug) -> datetime:
    """When the customer's words were written down, as far as is known."""
    return bug.source.said_at or bug.reported_at


def _still_late(bug: Bug, intent: Intent) -> bool:
    return bug.is_open and bug.pause is None and bug.warned == intent.number("level")


def _late(bug: Bug, level: int, due: str) -> Message:
    head, step = _LATE.get(level, _LATE[100])
    told = head.format(id=bug.id)
    words = f" ({bug.severity.value}, {cut(bug.customer, NAME)}): “{bug.title}”. Due {due}. {step}"
    where = [text(" "), *_issue(bug)] if bug.issue else []
    return Message([rich(line(bold(told), text(words), *where))], f"{told}{words}")
