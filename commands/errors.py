"""The one renderer of errors: a sentence that is true and a next step, never a traceback, never a mention."""

from commands.blocks import Block, actions, bold, button, line, rich, text
from commands.message import Message
from customers.errors import DossierError, WhichCustomer

# what a choice among similar names goes on to
_NEXT = {
    "/brief": "open:brief",
    "/known-issues": "open:issues",
    "/health": "open:health",
    "/customer": "choose:link",
    "/bugs": "bugs:of",
    "/playbook": "playbook:of",
}


def render(problem: DossierError, what: str) -> Message:
    """`what` is the command or the action_id that was answered."""
    if isinstance(problem, WhichCustomer):
        return _choose(problem, _NEXT.get(what, "open:brief"))
    return _told(problem.sentence, problem.next_step)


def _choose(problem: WhichCustomer, action: str) -> Message:
    row = actions(
        *(button(name, f"{action}:{at}", str(customer_id)) for at, (customer_id, name) in enumerate(problem.choices))
    )
    blocks = [rich(line(bold(problem.sentence), text(f" {problem.next_step}")))]
    return Message(blocks, str(problem), more=[row], beside=True)


def not_understood() -> Message:
    """A payload with holes."""
    return _told("Slack sent something that Dossier does not understand.", "Try it once more.")


def unknown_command(name: str) -> Message:
    """Declared in Slack, unknown here: the manifest and the bot are of different versions."""
    return _told(f"Dossier has no {name[:40]}.", "Ask your admin to install the current manifest.")


def old_button() -> Message:
    """A button of an earlier version."""
    return _told("This button is from an earlier version of Dossier.", "Type the command again.")


def too_slow(*, asked: bool) -> Message:
    """The answer would have come after Slack stopped waiting. A question changes nothing; a press may have."""
    if asked:
        return _told("This took too long.", "Try again in a moment.")
    return _told("This took too long; it may have been done all the same.", "Look before you press again.")


def unexpected(reference: str) -> Message:
    """A defect of ours."""
    sentence = "Something went wrong inside Dossier."
    return _told(sentence, f"Tell your admin the reference {reference}.")


def _told(sentence: str, next_step: str) -> Message:
    blocks: list[Block] = [rich(line(bold(sentence), text(f" {next_step}")))]
    return Message(blocks, f"{sentence} {next_step}", beside=True)
