"""What each label may hold: tables of what people write and what is read from it."""

from datetime import date

import pytest

from customers.documents.contract import Terms, terms_of
from customers.documents.fields import aliases_of, day_of, person_of, status_of
from customers.documents.places import COUNTRIES, channel_of, country_of, timezone_of
from customers.model import Person, Status


class Heard:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def __call__(self, message: str, hint: str) -> None:
        assert message.endswith(".")
        assert hint
        self.messages.append(message)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("$4,500/month, 120 users", Terms(4500, "USD", 120)),
        ("$4,500 / month, 120 users", Terms(4500, "USD", 120)),
        ("$4500 per month for 120 seats", Terms(4500, "USD", 120)),
        ("$4.5k/mo, 120 users", Terms(4500, "USD", 120)),
        ("$54k/year", Terms(4500, "USD")),
        ("$1.2M per annum", Terms(100_000, "USD")),
        ("$54,000 annually, 40 named users", Terms(4500, "USD", 40)),
        ("$9,000/quarter", Terms(3000, "USD")),
        ("$4,500.00 monthly", Terms(4500, "USD")),
        ("€6,400/month, 85 users", Terms(6400, "EUR", 85)),
        ("6,400 EUR/month", Terms(6400, "EUR")),
        ("6400 €/month", Terms(6400, "EUR")),
        ("6 400 €/month", Terms(6400, "EUR")),
        ("CHF 12'000/month", Terms(12_000, "CHF")),
        ("£990 a month", Terms(990, "GBP")),
        ("CA$2,000/month", Terms(2000, "CAD")),
        ("US$2,000/month", Terms(2000, "USD")),
        ("$4,500/month, 1,200 users, $2,000 set-up", Terms(4500, "USD", 1200)),
        ("up to 120 users", Terms(None, None, 120)),
        ("Internal", Terms()),
        ("Trial until spring", Terms()),
    ],
)
def test_contracts_that_are_clear(text: str, terms: Terms) -> None:
    heard = Heard()
    assert (terms_of(text, heard), heard.messages) == (terms, [])


@pytest.mark.parametrize(
    "text",
    [
        "€12.000/month", "€12.000/Monat", "$4,50/month", "$4,500", "$4,000-$5,000/month", "$4,000–5,000/month",
        "~$4,500/month", "about $4,500/month", "$45/user/month", "$45/month per user", "$45/month (per seat)",
        "$4,500/month now, $5,000/month later", "X$4,500/month", "from $4,500/month", "2 x $500/month", "¥4,500/month",
    ],
)  # fmt: skip
def test_amounts_that_are_not_clear_are_not_read(text: str) -> None:
    heard = Heard()
    assert terms_of(text, heard) == Terms()
    assert heard.messages[0] == "The contract's amount is not clear, so it is not read."


@pytest.mark.parametrize("text", ["100-120 users", "between 100 and 120 users", "1.200 users", "120 users, 40 users"])
def test_seats_that_are_not_clear_are_not_read(text: str) -> None:
    heard = Heard()
    assert terms_of(text, heard).seats is None
    assert heard.messages == ["The contract's number of users is not clear, so it is not read."]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Ana Lima", Person("Ana Lima")),
        ("Ana Lima <ana@harbour.example>", Person("Ana Lima", "ana@harbour.example")),
        ("Ana Lima (ana@harbour.example)", Person("Ana Lima", "ana@harbour.example")),
        ("[Ana Lima](mailto:ana@harbour.example)", Person("Ana Lima", "ana@harbour.example")),
        ("ana@harbour.example", Person(email="ana@harbour.example")),
        ("<ana@harbour.example>", Person(email="ana@harbour.example")),
        ("@ana.lima", Person(handle="ana.lima")),
        ("Ana Lima (@ana)", Person("Ana Lima", handle="ana")),
        ("Nguyễn Thị Minh", Person("Nguyễn Thị Minh")),
    ],
)
def test_people(text: str, person: Person) -> None:
    heard = Heard()
    assert (person_of(text, heard), heard.messages) == (person, [])


@pytest.mark.parametrize(
    ("text", "person"), [("Ana <ana@>", Person("Ana")), ("Ana <ana", Person("Ana")), ("ana@", None), ("<@U123>", None)]
)
def test_people_that_cannot_be_read(text: str, person: Person | None) -> None:
    heard = Heard()
    assert (person_of(text, heard), len(heard.messages)) == (person, 1)


@pytest.mark.parametrize(
    ("text", "status", "qualifier"),
    [
        ("Active", Status.ACTIVE, None),
        ("active (Internal)", Status.ACTIVE, "Internal"),
        ("Pilot(until (late) June)", Status.PILOT, "until (late) June"),
        ("CHURNED ()", Status.CHURNED, None),
    ],
)
def test_statuses(text: str, status: Status, qualifier: str | None) -> None:
    heard = Heard()
    assert (status_of(text, heard), heard.messages) == ((status, qualifier), [])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-01-02 (signed)", date(2026, 1, 2)),
        ("N/A", None),
        ("TBD", None),
        ("—", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    heard = Heard()
    assert (day_of("Renewal", text, heard), heard.messages) == (day, [])


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2027-02-29", "2026-1-2", "20260102", "02.01.2026", "٢٠٢٦-٠١-٠٢", "0000-01-01"]
)
def test_days_that_are_none(text: str) -> None:
    heard = Heard()
    assert (day_of("Renewal", text, heard), len(heard.messages)) == (None, 1)


@pytest.mark.parametrize(
    ("text", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"), ("UTC", "UTC")],
)
def test_zones(text: str, zone: str) -> None:
    heard = Heard()
    assert (timezone_of(text, heard), heard.messages) == (zone, [])


@pytest.mark.parametrize(
    "text", ["PST", "Berlin", "europe/berlin", "America", "../../etc/passwd", "Europe/", "+02:00", "a\0b"]
)
def test_zones_that_are_none(text: str) -> None:
    heard = Heard()
    assert (timezone_of(text, heard), len(heard.messages)) == (None, 1)


def test_countries() -> None:
    heard = Heard()
    assert [country_of(text, heard) for text in ("DE", "us", "Germany", "QQ")] == ["DE", "US", None, None]
    assert len(heard.messages) == 2
    assert len(COUNTRIES) == 250


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("#acme", "#acme"), ("acme", "#acme"), ("<#C0123456789|acme>", "C0123456789"), ("C0123456789", "C0123456789"),
        ("#команда", "#команда"), ("two words", None), ("#a/b", None), ("#" + "a" * 81, None),
    ],
)  # fmt: skip
def test_channels(text: str, channel: str | None) -> None:
    heard = Heard()
    assert (channel_of(text, heard), len(heard.messages)) == (channel, 0 if channel else 1)


def test_aliases() -> None:
    assert aliases_of(' Acme, "BWL" ; Acme, , Bright Water') == ("Acme", "BWL", "Bright Water")
