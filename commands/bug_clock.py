"""The form that stops a bug's clock: "waiting on customer" needs a reason, and the reason is kept."""

from datetime import datetime

from commands.blocks import bold, line, rich, text
from commands.form import Form, field_of, notice, text_input
from customers.bugs import REASON, Bug
from customers.records import Card
from customers.tracker import Tracker


def pause(bug: Bug, card: Card, tracker: Tracker, now: datetime) -> Form:
    """Why the clock shall stand still."""
    due = f"{bug.customer} · {bug.severity.value} · due {tracker.due_words(bug, card)}, "
    about = [rich(line(bold(f"{bug.id}  {bug.title}"))), rich(line(text(due + tracker.left_words(bug, card, now))))]
    written = text_input("reason", lines=True, most=REASON, placeholder="Waiting for the customer's log files")
    hint = "The due time moves by as long as the clock stands still. The reason is kept."
    blocks = [*about, field_of("What does it wait for?", "reason", written, hint=hint)]
    return Form("bug_pause", f"Pause bug {bug.id}", blocks, "Pause clock", {"id": bug.id})


def paused(bug: Bug, card: Card, tracker: Tracker, now: datetime) -> Form:
    """What is true now."""
    sentence = f"The clock of bug {bug.id} stands still: {tracker.left_words(bug, card, now)} when it goes on."
    return notice(f"Bug {bug.id}", sentence, f"Resume it with /bugs show {bug.id}.")
