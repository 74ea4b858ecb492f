"""One nursery and one PostgreSQL server for all small runs; databases are new each time."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from tests.faults.engines import POSTGRESQL, SQLITE, Databases, server
from tests.faults.nursery import Nursery, nursery


@pytest.fixture(scope="session")
async def bots(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nursery]:
    """Bots that were started here tell of no mistake of ours."""
    async with nursery(tmp_path_factory.mktemp("bots")) as made:
        yield made
        assert made.defects() == []


@pytest.fixture(scope="session")
async def databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Databases | str]:
    """Both engines, or why there is no PostgreSQL."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(server(True))
        except Exception as problem:
            yield f"no PostgreSQL server: {problem}"
            return
        made = Databases(tmp_path_factory.mktemp("databases"), url)
        await made.prepare()
        yield made
        await made.close()


@pytest.fixture
async def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    made = Databases(tmp_path_factory.mktemp("databases"), None)
    await made.prepare()
    async with made.one(SQLITE) as url:
        yield url


@pytest.fixture
async def urls(sqlite_url: str, databases: Databases | str) -> AsyncIterator[dict[str, str]]:
    """A new database of each engine that there is."""
    if isinstance(databases, str):
        yield {SQLITE: sqlite_url}
        return
    async with databases.one(POSTGRESQL) as url:
        yield {SQLITE: sqlite_url, POSTGRESQL: url}


@pytest.fixture
async def postgres_url(databases: Databases | str) -> AsyncIterator[str]:
    if isinstance(databases, str):
        pytest.skip(databases)
    async with databases.one(POSTGRESQL) as url:
        yield url
