"""The example catalogue is the demo: it must read without a complaint and come out as it went in."""

import csv
from datetime import date
from pathlib import Path

import pytest

from customers.documents import decode, export, export_catalogue, parse
from customers.model import Profile, Status, Tier

EXAMPLES = Path(__file__).parents[2] / "customers/examples"
FILES = sorted(EXAMPLES.glob("*.md"))


def read(path: Path) -> Profile:
    decoded = decode(path.read_bytes(), path.name)
    parsed = parse(decoded.text, path.name)
    assert (decoded.problems, parsed.problems) == ((), ())
    (profile,) = parsed.customers
    return profile


def test_there_are_four() -> None:
    assert [path.stem for path in FILES] == [
        "brightwater-logistics",
        "demo-account",
        "kestrel-health",
        "oakline-retail",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_comes_out_byte_for_byte(path: Path) -> None:
    profile = read(path)
    assert profile.slug == path.stem
    assert export(profile) == path.read_text(encoding="utf-8")


def test_what_the_examples_say() -> None:
    brightwater, demo, kestrel, oakline = map(read, FILES)
    assert (demo.internal, demo.tier, demo.onboarded) == (True, None, date(2025, 11, 5))
    assert (brightwater.tier, brightwater.amount, brightwater.seats) == (Tier.ENTERPRISE, 18_000, 240)
    assert (len(brightwater.issues), len(brightwater.history), len(brightwater.code)) == (3, 6, 2)
    assert sum(issue.workaround is not None for issue in brightwater.issues) == 3
    assert (kestrel.status, kestrel.currency, kestrel.renewal) == (Status.ACTIVE, "EUR", date(2026, 12, 30))
    assert "Integration Quirks" in [section.title for section in kestrel.sections]
    assert [issue.workaround is None for issue in kestrel.issues] == [False, False, True]
    assert (oakline.stated.satisfaction, oakline.code, oakline.seats) == (-20, (), 40)


def test_all_examples_in_one_catalogue() -> None:
    parsed = parse(export_catalogue(map(read, FILES)), "all.md")
    assert [customer.slug for customer in parsed.customers] == [path.stem for path in FILES]
    assert parsed.problems == ()


def test_the_usage_file_names_every_example_for_twelve_weeks() -> None:
    with (EXAMPLES / "usage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["customer"], row["week"]) for row in rows} == {
        (path.stem, f"2026-W{week}") for path in FILES for week in range(35, 47)
    }
    active = {path.stem: [int(row["active_users"]) for row in rows if row["customer"] == path.stem] for path in FILES}
    assert active["kestrel-health"][-1] < 0.8 * active["kestrel-health"][-2]
    assert active["oakline-retail"][-3:] == [0, 0, 0]
    assert active["brightwater-logistics"][-1] / 240 > 0.8
