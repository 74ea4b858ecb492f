"""A foreign GitHub, and our client of it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.github.client import GitHub
from bot.github.credentials import Token
from tests.bot.github.foreign_github import STARTS, ForeignGitHub

LONG, SHORT = aiohttp.ClientTimeout(total=30), aiohttp.ClientTimeout(total=0.3)


@pytest.fixture
async def github() -> AsyncIterator[ForeignGitHub]:
    """Every request of a test has to fit GitHub's description of its interface."""
    async with ForeignGitHub() as served:
        yield served
        assert served.wrong == []


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def ours(github: ForeignGitHub, session: aiohttp.ClientSession) -> GitHub:
    return GitHub(session, github.url, "acme/app", Token("ghp_foreign"), lambda: STARTS, LONG)


@pytest.fixture
def impatient(github: ForeignGitHub, session: aiohttp.ClientSession) -> GitHub:
    """Gives up soon; for answers that never come."""
    return GitHub(session, github.url, "acme/app", Token("ghp_foreign"), lambda: STARTS, SHORT)
