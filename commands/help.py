"""`help` behind any command: what Dossier answers."""

from commands.blocks import bold, bullets, code, line, rich, text
from commands.listen import Ask
from commands.message import Message

_HELP = (
    ("/brief acme", "everything before a call"),
    ("/known-issues acme", "issues, workarounds and custom code before touching a setup"),
    ("/health acme", "colour, why, and what would turn it green"),
    ("/health", "your customers, worst first; in a linked channel that one; /health all for everybody's"),
    ("/health alerts", "open alerts about usage that fell, yours first, to claim, snooze or close"),
    ("/health review", "this month's review of your customers, one per card, worst first"),
    ("/health override acme", "another colour for a while, with a reason; escalate and risk open forms as well"),
    ("/features", "what customers ask for, the most wanted first; /features list planned, acme or words of a title"),
    ("/features show 3", "one request: its customers, what they said, and why it has its status"),
    ("/features set 3 planned", "opens a form; threads and CSMs hear of the new status"),
    ("/features review", "product's weekly queue, one request at a time"),
    ("/bugs", "open bugs by due time; /bugs list acme, critical or closed"),
    ("/bugs show 3", "one bug with its clock and its GitHub issue"),
    ("/playbook", "what runs for this channel's customer, or for yours; /playbook list shows what can be started"),
    ("/playbook start renewal acme", "opens a form: from which day, who does what, where it is tracked"),
    ("/playbook show acme", "progress and next steps; the same buttons stand under its message"),
    ("/digest here", "a weekly message in this channel with what changed; preview, pause, resume, off, list"),
    ("/customer list growth", "all customers, filtered by status, tier, CSM or a part of the name"),
    ("/customer link acme", "makes this channel about one customer: commands here need no name"),
    ("/customer code", "this quarter's review of all custom code: keep, make standard or deprecate"),
    ("/customer unlink", "forgets that link"),
)

_MENU = (
    ("Log feature request", "the message becomes a request, or is added to one that says the same"),
    ("Report customer bug", "the message becomes a GitHub issue with a due time"),
    ("Add to history", "the message becomes a dated entry of the customer's support history"),
)


def wants_help(ask: Ask) -> bool:
    """`/brief help`; a customer of that name is found by any other of its names."""
    return ask.text.strip().casefold() == "help"


def render_help() -> Message:
    """Every command with what it does."""
    lines = [line(code(typed), text(f"  {does}")) for typed, does in _HELP]
    menu = [line(bold(name), text(f"  {does}")) for name, does in _MENU]
    blocks = [rich(line(bold("What Dossier answers"))), rich(bullets(lines))]
    blocks.append(rich(line(bold("In the menu of a message")), bullets(menu)))
    home = text("  your customers worst first and what is new; Preferences: quiet hours, language of dates")
    blocks.append(rich(line(bold("Home tab of this app"), home)))
    return Message(blocks, "What Dossier answers")
