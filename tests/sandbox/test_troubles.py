"""Trouble by the press of a button: what lasts is shown as under way, holds up nobody, and can be ended."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import NotPossibleError, Sandbox
from tests.conftest import Story

from .conftest import bench
from .test_page import browser, do, regions

LOCK = "Database locked for 8 seconds"


class Flood:
    """A trouble that lasts until `over` is set; `ended` says how each went."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.ended: list[str] = []

    async def __call__(self) -> None:
        try:
            await self.over.wait()
            self.ended.append("by itself")
        except asyncio.CancelledError:
            self.ended.append("early")
            raise


@pytest.fixture
def flood() -> Flood:
    return Flood()


@pytest.fixture
async def slack(flood: Flood) -> AsyncIterator[Sandbox]:
    async with bench(troubles={"Flood": flood}) as slack:
        yield slack


async def test_the_page_shows_what_is_under_way_and_does_not_wait_for_it(slack: Sandbox, flood: Flood) -> None:
    async with browser(slack) as web:
        assert await do(web, "trouble", label="Flood") == {}
        shown = await regions(web, "maya")
        assert "Now: Flood" in shown["trouble"]
        assert "No trouble is planned" not in shown["trouble"]
        assert ">1<" in shown["armed"]
        assert "under way already" in (await do(web, "trouble", label="Flood"))["problem"]
        flood.over.set()
        async with asyncio.timeout(5):
            while slack.troubles_running:  # noqa: ASYNC110 - a label is taken away when its function returned
                await asyncio.sleep(0)
        assert "No trouble is planned" in (await regions(web, "maya"))["trouble"]
        assert flood.ended == ["by itself"]


@pytest.mark.parametrize("verb", ["calm", "reset"])
async def test_clear_and_reset_end_what_is_under_way(verb: str, slack: Sandbox, flood: Flood) -> None:
    async with browser(slack) as web:
        await do(web, "trouble", label="Flood")
        await asyncio.sleep(0)
        assert await do(web, verb) == {}
        assert flood.ended == ["early"]
        assert slack.troubles_running == ()


async def test_the_sandbox_stops_while_trouble_is_under_way(slack: Sandbox, flood: Flood) -> None:
    slack.begin_trouble("Flood")
    await asyncio.sleep(0)
    await slack.stop()
    assert flood.ended == ["early"]


async def test_a_trouble_that_is_over_can_be_made_again(slack: Sandbox, flood: Flood) -> None:
    flood.over.set()
    await slack.trouble("Flood")
    await slack.trouble("Flood")
    assert flood.ended == ["by itself"] * 2
    with pytest.raises(NotPossibleError, match="Earthquake"):
        slack.begin_trouble("Earthquake")


async def test_the_database_of_the_demo_is_locked_until_somebody_clears_it(fresh: Story) -> None:
    slack, file = fresh.slack, fresh.bot.database.file
    assert file is not None
    asked = await slack.command("maya", "#engineering", "/customer link brightwater")
    lock = slack.begin_trouble(LOCK)
    async with asyncio.timeout(5):
        while not _locked(file):  # noqa: ASYNC110 - the lock is taken in a thread and tells nobody
            await asyncio.sleep(0)
    assert "The database is busy; nothing was changed." in await slack.press("maya", asked, "Link")
    assert slack.troubles_running == (LOCK,)
    await slack.calm()
    assert lock.cancelled()
    assert "This channel is now about Brightwater Logistics." in await slack.press("maya", asked, "Link")


def _locked(file: Path) -> bool:
    other = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        other.close()
    return False
