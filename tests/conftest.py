"""What stories share: the seeded workspace with the real bot in it, over Socket Mode and over signed HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Bot
from bot.demo import workspace
from bot.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT.parent / "shared" / "seed" / "CUSTOMERS.md"


class Story:
    """A workspace, its bot, and the shortest way to type and press in it."""

    def __init__(self, slack: Sandbox, bot: Bot) -> None:
        self.slack = slack
        self.bot = bot


@pytest.fixture(scope="session")
async def _shared() -> AsyncIterator[Story]:
    async with workspace(frozen=True) as (slack, bot):
        yield Story(slack, bot)


@pytest.fixture
def slack(_shared: Story) -> Sandbox:
    """The workspace that reading stories share; a story that changes it asks for `fresh`."""
    return _shared.slack


@pytest.fixture
async def fresh() -> AsyncIterator[Story]:
    """A workspace of its own, with a frozen clock."""
    async with workspace(frozen=True) as (slack, bot):
        yield Story(slack, bot)
