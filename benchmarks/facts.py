"""Feature requests and bugs that nobody reported: titles as people write them, and drafts as a filled form gives them.

Everything comes from a number, so two runs measure the same data.
"""

from customers import bugs, requests
from customers.intents import Source
from customers.people import Reader, Standing
from customers.requests import Importance
from customers.sla import Severity

PERSON = Reader("U0000001", Standing.MEMBER)
CHANNELS = 40
_WORDS = """
Export|Import|Filter|Schedule|Share|Archive|Duplicate|Sort|Search|Approve|Lock|Rename|Translate|Merge|Preview|\
Restore|Tag|Assign|Compare|Print|Hide|Group|Undo|Automate
the seat report|renewal reminders|contact records|custom fields|dashboards|invoices|the audit log|user roles|\
ticket queues|saved views|mail templates|webhooks|the activity feed|onboarding checklists|usage charts|\
customer notes|health scores|survey answers|calendar events|attachments|price lists|contract terms|team calendars|\
support macros|login sessions|data retention rules|phone numbers|meeting summaries|quarterly goals|sandbox accounts
as CSV|as PDF|by region|per team|for guests|from Salesforce|with Okta|in bulk|over the API|on mobile|every Monday|\
without a login|with a password|by tag|across workspaces|in dark mode|for administrators|before a renewal|\
by due date|with history|in Spanish|in Japanese|from HubSpot|to Google Sheets|to Snowflake|on the home page|\
after an import|with comments|by owner|in the side bar|for contractors|with SAML|by cost centre|from a template|\
when offline|with keyboard shortcuts|in local time|for archived customers|with two approvals|by e-mail|\
from the command line|with version numbers|for one seat|at month end|with a reason|by language|to an S3 bucket|\
in a shared channel|with colour labels|for new joiners|on a schedule|with rate limits|by contract value|\
from Zendesk|for auditors|with undo|by postal code|in full screen|to Power BI|with attachments
"""
_ACTIONS, _THINGS, _HOW = (line.split("|") for line in _WORDS.strip().splitlines())
COMBINED = len(_ACTIONS) * len(_THINGS) * len(_HOW)
_QUOTE = (
    "Hello, we talked about this in the last review. Our operations team does it by hand every week and it takes them "
    "half a day; with number {number} of our list solved they would stop keeping their own spreadsheet beside it."
)


def title(number: int) -> str:
    """What somebody wants; all below `COMBINED` (43,200) are different, after that they are counted."""
    again, spread = divmod(number, COMBINED)
    spread = spread * 7_919 % COMBINED  # coprime, so a permutation
    spread, how = divmod(spread, len(_HOW))
    action, thing = divmod(spread, len(_THINGS))
    words = f"{_ACTIONS[action]} {_THINGS[thing]} {_HOW[how]}"
    return f"{words}, part {again + 1}" if again else words


def view(number: int) -> str:
    """The key of the form that was submitted."""
    return f"view:V{number:010d}"


def source(number: int) -> Source:
    """A message in one of the customers' channels."""
    channel, ts = f"C0{number % CHANNELS:07d}", f"{1_700_000_000 + number}.{number % 1_000_000:06d}"
    return Source(channel, ts, f"https://bench.slack.com/archives/{channel}/p{ts.replace('.', '')}", ts)


def request(number: int, customers: int) -> requests.Draft:
    """A message of one customer, every fifth of two, which makes the request a priority; ids are 1 to `customers`."""
    first = number % customers + 1
    wanted = [(first, Importance.IMPORTANT)]
    if number % 5 == 4:
        wanted.append((first % customers + 1, Importance.BLOCKER))
    return requests.Draft(title(number), _QUOTE.format(number=number), tuple(wanted), source(number))


def bug(number: int, customers: int) -> bugs.Draft:
    """A message of one customer about what went wrong."""
    words = f"{title(number)} ends with an error"
    return bugs.Draft(
        number % customers + 1, words, _QUOTE.format(number=number), list(Severity)[number % 4], source(number)
    )
