"""What the tests of delivery share."""

from collections.abc import AsyncIterator

import pytest

from bot import slack
from tests.bot.carrying import Desk
from tests.foreign import TOKEN, ForeignSlack, person


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with ForeignSlack().serve() as foreign, slack.new_session() as session:
        foreign.people["U2"] = person("U2", "maya", "Maya Okafor", "maya@harbour.example")
        yield Desk(foreign, slack.client(TOKEN, foreign.url, session))
        assert foreign.wrong == []
