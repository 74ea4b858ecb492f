"""`help` behind any command: what Dossier answers."""

from commands.blocks import bold, bullets, code, line, rich, text
from commands.listen import Ask
from commands.message import Message

_HELP = (
    ("/brief acme", "everything before a call"),
    ("/known-issues acme", "issues, workarounds and custom code before touching a setup"),
    ("/health acme", "colour, why, and what would turn it green"),
    ("/health", "your customers, worst first; in a linked channel that one; /health all for everybody's"),
    ("/customer list growth", "all customers, filtered by status, tier, CSM or a part of the name"),
    ("/customer link acme", "makes this channel about one customer: commands here need no name"),
    ("/customer unlink", "forgets that link"),
)


def wants_help(ask: Ask) -> bool:
    """`/brief help`; a customer of that name is found by any other of its names."""
    return ask.text.strip().casefold() == "help"


def render_help() -> Message:
    """Every command with what it does."""
    lines = [line(code(typed), text(f"  {does}")) for typed, does in _HELP]
    return Message([rich(line(bold("What Dossier answers"))), rich(bullets(lines))], "What Dossier answers")
