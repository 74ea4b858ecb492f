"""Customers that nobody has: documents of realistic size in the template's format, and usage files to go with them.

Everything comes from a number and today's date, so two runs of a day measure the same data.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from customers import weeks

TODAY = datetime.now(UTC).date()  # usage must be fresh, or health has nothing to judge
_WORDS = """
Al Bel Cor Dra El Fen Gal Hav Il Jor Kel Lum Mar Nor Or Pel Quin Ros Sol Tar Ul Ver Wes Yar Zan
ba cre di fo gra li mo na pri ro sta ti va we xo
bridge crest dale field ford gate haven lake mark mont point ridge stone vale wood worth
Analytics Apparel Aviation Brewing Capital Ceramics Chemicals Clinics Consulting Dairy Design Energy Foods \
Freight Furniture Games Glass Health Hotels Insurance Labs Legal Logistics Media Metals Mobility Networks Optics \
Packaging Paper Payments Pharma Press Printing Realty Retail Robotics Security Shipping Software Solar Sports \
Steel Studios Systems Telecom Textiles Tools Travel Ventures
"""
_STARTS, _MIDDLES, _ENDS, _TRADES = (line.split() for line in _WORDS.strip().splitlines())
_MIDDLES.append("")
_PEOPLE = ("Ada Okafor", "Bruno Salas", "Chiara Lind", "Daniel Mwangi", "Elif Aydin", "Farah Haddad", "Goran Petrov")
_PARTS = ("nightly export", "renewal reminder", "contact sync", "health webhook", "seat report", "ticket bridge")
_TROUBLE = ("times out on long lists", "skips archived records", "sends the same mail twice", "shows an empty column")
_REMEDY = ("run it again after six", "filter by region first", "ask support to clear the queue", "use the CSV button")
_EVENTS = ("Quarterly review held with the operations team", "Data gap found and filled from the backup feed",
           "New administrator trained on imports", "Sign-in moved to the customer's own provider")  # fmt: skip


def name(number: int) -> str:
    """A company; all below 100,000 are different, and neighbours do not resemble each other."""
    spread = number * 7_919 % 320_000  # coprime, so a permutation
    spread, trade = divmod(spread, len(_TRADES))
    spread, end = divmod(spread, len(_ENDS))
    start, middle = divmod(spread, len(_MIDDLES))
    return f"{_STARTS[start]}{_MIDDLES[middle]}{_ENDS[end]} {_TRADES[trade]}"


def customer(number: int, revision: int = 0) -> str:
    """One customer of about 3 KB: five issues with workarounds, ten history entries, every section of the template."""
    dice = random.Random(number)
    title, part = name(number), dice.choice(_PARTS)
    onboarded = TODAY - timedelta(days=dice.randrange(60, 1_200))
    seats = dice.randrange(20, 400)
    lines = [
        f"## {title}",
        "",
        f"**Status:** {dice.choice(('Active', 'Active', 'Active', 'Pilot'))}",
        f"**Tier:** {dice.choice(('Enterprise', 'Growth', 'Startup'))}",
        f"**Onboarded:** {onboarded}",
        f"**CSM:** {dice.choice(_PEOPLE)}",
        f"**Contract:** ${dice.randrange(5, 90) * 100:,}/month, {seats} users",
        f"**Renewal:** {TODAY + timedelta(days=dice.randrange(5, 400))}",
        "",
        "### Technical Setup",
        f"- Supabase Project: prod-{number:06d}",
        f"- Custom Domain: desk.{title.split()[0].lower()}.example",
        "- Integrations: Salesforce, Google Workspace",
        f"- Custom Features: {part}, single sign-on, regional data store",
        "",
        "### Configuration",
        f"- Users: {seats - dice.randrange(1, 15)} active users",
        "- Workflows: renewal, onboarding, quarterly review",
        "- Settings: week starts on Sunday, fiscal year from April",
        "",
        "### Custom Code",
        f"- File: `src/customers/{title.lower().replace(' ', '-')}/`",
        f"- Description: {part.capitalize()} with the customer's own field names",
        f"- Owner: {dice.choice(_PEOPLE)}",
        "",
        "### Known Issues",
        *_issues(dice),
        "",
        "### Support History",
        *_history(dice),
        "",
        "### Success Metrics",
        f"- Adoption: {dice.randrange(35, 98)}% users active weekly",
        f"- Satisfaction: NPS score {dice.randrange(-20, 80)}",
        "",
        "### Notes",
        "- The steering group meets on the first Tuesday and wants figures the day before",
        f"- Read through for the {revision}. time",
        "",
    ]
    return "\n".join(lines)


def _issues(dice: random.Random) -> Iterator[str]:
    for number in range(1, 6):
        part, trouble = dice.choice(_PARTS), dice.choice(_TROUBLE)
        yield f"- Issue #{number}: The {part} {trouble} when more than {number}00 rows match"
        yield f"  - Workaround: {dice.choice(_REMEDY)}, then check the totals in the seat report"


def _history(dice: random.Random) -> Iterator[str]:
    day = TODAY
    for _ in range(10):
        day -= timedelta(days=dice.randrange(3, 40))
        yield f"- {day}: {dice.choice(_EVENTS)}; {dice.choice(_PARTS)} checked and found in order"


def write_folder(folder: Path, numbers: Sequence[int], revision: int = 0) -> None:
    """One file a customer; every customer differs from one revision to the next."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"{number:06d}.md").write_text(customer(number, revision), encoding="utf-8")


def write_usage(file: Path, numbers: Sequence[int], how_many_weeks: int) -> int:
    """A usage file in the order an export has (by week, then customer); returns the rows."""
    last = weeks.monday(TODAY) - timedelta(weeks=1)
    labels = [weeks.label(last - timedelta(weeks=back)) for back in range(how_many_weeks)][::-1]
    names = [name(number) for number in numbers]
    with file.open("w", encoding="utf-8") as out:
        out.write("customer,week,active_users,seats\n")
        for at, week in enumerate(labels):
            out.writelines(
                f"{title},{week},{20 + (number * 31 + at * 7) % 180},{200 + number % 50}\n"
                for number, title in zip(numbers, names, strict=True)
            )
    return len(names) * len(labels)
