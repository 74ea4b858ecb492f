"""Reading amount and seats from the free text of `**Contract:**`, where they are there and clear.

The template says `$X/month, Y users`. Whatever can be read in two ways is not read: "€12.000/month" may be twelve or
twelve thousand.
"""

import re
from dataclasses import dataclass

from customers.documents.findings import Say

_LONGEST = 400  # characters looked at; a longer contract is no contract line

_SIGNS = {
    "$": "USD", "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "S$": "SGD",
    "HK$": "HKD", "R$": "BRL", "€": "EUR", "£": "GBP", "₹": "INR",
}  # fmt: skip
_CODES = "USD|EUR|GBP|CHF|CAD|AUD|NZD|SGD|HKD|SEK|NOK|DKK|PLN|CZK|JPY|CNY|INR|BRL|MXN|ZAR|ILS|AED"
_MONTHS = {
    "month": 1,
    "mo": 1,
    "quarter": 3,
    "year": 12,
    "yr": 12,
    "annum": 12,
    "monthly": 1,
    "annually": 12,
    "yearly": 12,
}
_PERIOD = r"(?:(?:/|per|a|each)\s{0,3}(?P<period>month|mo|quarter|year|yr|annum)|(?P<adverb>monthly|annually|yearly))\b"
_NUMBER = r"(?P<number>\d[\d.,'’\u00a0\u202f]*(?: \d{3}(?!\d))*)"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>[A-Z]{{0,2}}\$|[€£₹])|(?<![A-Za-z])(?P<code>{_CODES}))?\s{{0,2}}(?<![\d.,]){_NUMBER}"
    rf"\s?(?P<scale>[kKmM]\b)?\s?(?:(?P<sign_after>€)|(?P<code_after>{_CODES})\b)?\s{{0,2}}{_PERIOD}"
    r"(?P<each>\s{0,2}\(?(?:/|per|a|each)\s{0,2}(?:user|seat|licen))?",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(r"([-–—~≈<>≤≥×x*+]|\b(?:to|about|approx\.?|around|up to|between|from|of|or))\s*$", re.IGNORECASE)
_SEATS = re.compile(
    r"(?<![\d.,'’$€£])(?P<seats>\d{1,3}(?:,\d{3})+|\d{1,7})\s{1,2}(?:[a-z]{1,12}\s)?(?:users?|seats?|licen[cs]es?|people)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(?:\d\s*(?:[-–—×x]|to|or|and)?|[<>≤≥~≈×])\s*$", re.IGNORECASE)
_MONEY = re.compile(rf"[$€£₹¥]|\b(?:{_CODES})\b")


@dataclass(frozen=True, slots=True)
class Terms:
    """Money a month in `currency` (ISO code) and contracted users; None for what the text does not clearly say."""

    amount: float | None = None
    currency: str | None = None
    seats: int | None = None


def terms_of(text: str, say: Say) -> Terms:
    """What a contract line says: `$4,500/month, 120 users` → 4500 USD and 120."""
    text = text[:_LONGEST]
    amount, currency = _amount(text)
    seats = _seats(text)
    if amount is None and _MONEY.search(text):
        say("The contract's amount is not clear, so it is not read.", "Write it like $4,500/month or 12,000 EUR/year.")
    if seats is None and re.search(r"\d\D{0,20}\b(?:users?|seats?)\b", text, re.IGNORECASE):
        say("The contract's number of users is not clear, so it is not read.", "Write it like 120 users.")
    return Terms(amount, currency, seats)


def _amount(text: str) -> tuple[float | None, str | None]:
    """The one amount per period; two of them, a range, or a price per user are none."""
    found = list(_AMOUNT.finditer(text))
    if len(found) != 1:
        return None, None
    match = found[0]
    currency = _currency(match)
    number = _number(match["number"].rstrip(".,'’"), bool(match["scale"]))
    if currency is None or number is None or match["each"] or _UNCLEAR.search(text[: match.start()]):
        return None, None
    scale = {"k": 1_000, "m": 1_000_000}.get((match["scale"] or "").casefold(), 1)
    months = _MONTHS[(match["period"] or match["adverb"]).casefold()]
    return round(number * scale / months, 2), currency


def _currency(match: re.Match[str]) -> str | None:
    named = [match[group] for group in ("sign", "code", "sign_after", "code_after") if match[group]]
    if len(named) != 1:
        return None
    return _SIGNS.get(named[0].upper()) or (named[0].upper() if named[0].isalpha() else None)


def _number(text: str, scaled: bool) -> float | None:
    """ "4,500" → 4500, "4.5" with a k → 4.5, "4500.00" → 4500; "12.000" and "4,50" are ambiguous and give None."""
    plain = re.sub(r"(?<=\d)['’\u00a0\u202f ](?=\d{3}(?!\d))", ",", text)
    if len(plain) > 20:
        return None
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d{2})?|\d+(\.\d{2})?", plain):
        return float(plain.replace(",", ""))
    if scaled and re.fullmatch(r"\d+\.\d{1,3}", plain):
        return float(plain)
    return None


def _seats(text: str) -> int | None:
    found = list(_SEATS.finditer(text))
    if len(found) != 1 or _RANGE.search(text[: found[0].start()]):
        return None
    return int(found[0]["seats"].replace(",", "")) or None
