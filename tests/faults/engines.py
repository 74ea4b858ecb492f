"""Databases for the runs: a file, or one of a PostgreSQL server out of a wheel."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

from storage.database import migrate
from storage.engine import database_url
from tests.storage.conftest import Postgres, wheel_server

SQLITE, POSTGRESQL = "sqlite", "postgresql"
CREW = {SQLITE: 1, POSTGRESQL: 2}  # bots at once


class Databases:
    """New ones, each in the state of a first start."""

    def __init__(self, folder: Path, server: str | None) -> None:
        self._folder = folder
        self._postgres = Postgres(server) if server else None
        self._template = folder / "template.sqlite3"
        self._made = count()

    async def prepare(self) -> None:
        """Makes the databases that the others are copies of."""
        await migrate(database_url(f"sqlite:///{self._template}"))
        if self._postgres:
            await self._postgres.prepare()

    async def close(self) -> None:
        if self._postgres:
            await self._postgres.close()

    @asynccontextmanager
    async def one(self, engine: str) -> AsyncIterator[str]:
        """Its URL."""
        if engine == SQLITE:
            yield f"sqlite:///{shutil.copy(self._template, self._folder / f'dossier-{next(self._made)}.sqlite3')}"
            return
        assert self._postgres is not None
        url = await self._postgres.migrated()
        yield url
        await self._postgres.drop(url)


@contextmanager
def server(wanted: bool) -> Iterator[str | None]:
    """The server's URL, when one is needed."""
    if not wanted:
        yield None
        return
    with wheel_server() as url:
        yield url
