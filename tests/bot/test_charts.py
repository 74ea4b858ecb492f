"""Charts are small PNGs of the same size whatever is drawn, and cost nothing before the first one."""

import subprocess
import sys
import threading
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts import adoption_chart, usage_chart
from customers.model import Week
from tests.conftest import ROOT

MONDAY = date(2026, 8, 24)
SIZE = (1056, 418)
MOST = 100_000  # for the wildest zigzag; usage as teams have it takes a third of that


def week(number: int, active: int) -> Week:
    return Week(MONDAY + timedelta(weeks=number), active)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


weeks = st.dictionaries(st.integers(0, 26), st.integers(0, 10**9), max_size=14)


@settings(max_examples=6, deadline=None)
@given(weeks, st.none() | st.integers(1, 10**9))
def test_any_usage_can_be_drawn(used: dict[int, int], seats: int | None) -> None:
    png = usage_chart([week(number, active) for number, active in used.items()], seats)
    assert size(png) == SIZE
    assert len(png) < MOST


@settings(max_examples=6, deadline=None)
@given(st.lists(st.none() | st.floats(0, 3), max_size=14))
def test_any_adoption_can_be_drawn(shares: list[float | None]) -> None:
    png = adoption_chart([(MONDAY + timedelta(weeks=at), share) for at, share in enumerate(shares)])
    assert size(png) == SIZE
    assert len(png) < MOST


def test_the_order_of_weeks_does_not_matter_and_a_missing_one_does() -> None:
    whole = [week(at, 100 + at) for at in range(6)]
    assert usage_chart(whole, 150) == usage_chart(whole[::-1], 150)
    assert usage_chart(whole, 150) != usage_chart(whole[:2] + whole[3:], 150)


@pytest.mark.parametrize("title", ["$x^2$ and $", "100 % & <b>"])
def test_a_title_is_drawn_as_it_is_written(title: str) -> None:
    assert size(usage_chart([week(0, 1)], None, title)) == SIZE


def test_charts_can_be_drawn_by_many_threads_at_once() -> None:
    wanted, drawn = usage_chart([week(0, 5), week(1, 3)], 9), []
    crowd = [threading.Thread(target=lambda: drawn.append(usage_chart([week(0, 5), week(1, 3)], 9))) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert drawn == [wanted] * 4


def test_nothing_heavy_is_imported_before_the_first_chart() -> None:
    """It would cost half a second and 50 MiB at every start."""
    told = "import sys, bot.app, bot.charts, bot.cli; print({'matplotlib', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set()", done.stderr
