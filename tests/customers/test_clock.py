"""A clock that leaps is not believed, whichever way, until it is back or somebody says that it is right."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.clock import LEAP, Clock, asking
from customers.intents import TEAM
from customers.scope import All

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)


class Marks:
    """Remembers, and counts what is written."""

    def __init__(self) -> None:
        self.kept: dict[str, datetime] = {}
        self.written = 0

    async def of(self, scope: All, kind: str) -> datetime | None:
        return self.kept.get(kind)

    async def move(self, scope: All, kind: str, at: datetime) -> None:
        self.kept[kind] = at
        self.written += 1


async def _seen(marks: Marks, *moments: datetime) -> tuple[Clock, list[bool]]:
    clock = Clock(marks)
    return clock, [await clock.believes(one) for one in moments]


@pytest.mark.parametrize(
    ("leap", "believed"),
    [(DAY, True), (-DAY, True), (7 * DAY, True), (LEAP, True), (-LEAP, True), (36 * DAY, False), (-36 * DAY, False)],
)
async def test_only_more_than_a_month_is_a_leap(leap: timedelta, believed: bool) -> None:
    clock, told = await _seen(Marks(), NOW, NOW + leap)
    assert told == [True, believed]
    assert clock.doubts(NOW + leap) == (None if believed else NOW)


async def test_weeks_one_after_the_other_are_believed() -> None:
    clock, told = await _seen(Marks(), *(NOW + week * 7 * DAY for week in range(60)))
    assert all(told)
    assert not clock.held


async def test_it_comes_back_by_itself() -> None:
    clock, told = await _seen(Marks(), NOW, NOW + 9_999 * DAY, NOW + 10_099 * DAY, NOW + DAY)
    assert told == [True, False, False, True]
    assert not clock.held


async def test_a_second_leap_is_asked_about_as_well() -> None:
    marks = Marks()
    clock, _ = await _seen(marks, NOW, NOW + 9_999 * DAY)
    first = await clock.doubted(NOW + 9_999 * DAY)
    await clock.believes(NOW + timedelta(minutes=1))
    assert not await clock.believes(NOW + 9_999 * DAY)
    second = await clock.doubted(NOW + 9_999 * DAY)
    assert first and second and asking(first).key != asking(second).key


async def test_a_bot_that_starts_in_2099_remembers_when_it_was_last_seen() -> None:
    marks = Marks()
    await _seen(marks, NOW)
    clock, told = await _seen(marks, NOW + 26_000 * DAY)
    assert told == [False]
    assert await clock.doubted(NOW + 26_000 * DAY) == NOW


async def test_what_one_bot_is_told_all_of_them_know() -> None:
    marks = Marks()
    one, _ = await _seen(marks, NOW)
    far = NOW + 60 * DAY
    other = Clock(marks)
    assert not await other.believes(far)
    assert not await one.believes(far)
    assert await one.confirm(far)
    assert not await one.confirm(far)
    assert (await one.believes(far), await other.believes(far)) == (True, True)


async def test_the_time_is_written_down_once_an_hour() -> None:
    marks = Marks()
    await _seen(marks, *(NOW + timedelta(minutes=minute) for minute in range(180)))
    assert marks.written == 3


async def test_the_first_day_is_kept_for_good() -> None:
    marks = Marks()
    assert await Clock(marks).born(NOW) == NOW
    assert await Clock(marks).born(NOW + DAY) == NOW


def test_the_question_is_asked_once_for_each_time_that_was_believed() -> None:
    assert asking(NOW) == asking(NOW)
    assert asking(NOW).key != asking(NOW + DAY).key
    assert asking(NOW).word("channel") == TEAM
