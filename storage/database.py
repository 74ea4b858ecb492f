"""The database as one thing: opened, migrated, asked whether it is well, closed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.catalogue import Catalogue
from storage.channels import Channels
from storage.engine import (
    BUSY_MS,
    database_url,
    migration_engine,
    sqlite_file,
    to_wal,
    transaction,
    translated,
    writer_engine,
)
from storage.inbox import Inbox
from storage.looks import Looks
from storage.readers import Reader, open_reader
from storage.records import Records
from storage.usage import Usage

SCHEMA = "0001"  # the newest file in storage/migrations/versions; a test holds the two together


class NewerDatabase(Exception):
    """A later version of Dossier wrote this database."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"the database was written by a newer Dossier (schema {found}, this one knows {SCHEMA}); "
            "upgrade Dossier, or restore the backup that was taken before"
        )


@dataclass(frozen=True, slots=True)
class Database:
    """Everything storage can answer, one noun each. Make it with `open_database`."""

    url: URL
    records: Records
    catalogue: Catalogue
    usage: Usage
    channels: Channels
    looks: Looks
    inbox: Inbox
    _writer: Any
    _reading: Reader

    async def can_write(self) -> bool:
        """A write transaction that changes nothing, for `/readyz`; raises a StorageProblem when it cannot begin."""
        async with transaction(self._writer) as connection:
            await connection.execute(text("UPDATE feeds SET version = version WHERE kind = ''"))
        return True

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return sqlite_file(self.url)

    async def close(self) -> None:
        await self._reading.close()
        await self._writer.dispose()


async def open_database(url: str, busy_ms: int = BUSY_MS) -> Database:
    """Migrates when needed and opens. Raises BadUrl, NewerDatabase, or a StorageProblem.

    `busy_ms` is how long a transaction waits for somebody else's on SQLite.
    """
    parsed = database_url(url)
    if file := sqlite_file(parsed):
        with translated():
            file.parent.mkdir(parents=True, exist_ok=True)
    await migrate(parsed)
    writer = writer_engine(parsed, busy_ms)
    reading = open_reader(parsed)
    return Database(
        parsed,
        Records(writer, reading),
        Catalogue(writer),
        Usage(writer),
        Channels(writer, reading),
        Looks(writer),
        Inbox(writer),
        writer,
        reading,
    )


async def schema_of(connection: AsyncConnection) -> str | None:
    """The version a database is at; None for an empty one."""
    try:
        async with connection.begin_nested():
            return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except DBAPIError:
        return None


async def migrate(url: URL) -> None:
    """Brings a database to SCHEMA. Alembic is imported only when there is something to do: it costs 0.2 s."""
    engine = migration_engine(url)
    try:
        with translated():
            if engine.dialect.name == "sqlite":
                await to_wal(engine)
            async with engine.begin() as connection:
                if engine.dialect.name == "postgresql":  # two replicas may start at once
                    await connection.execute(text("SELECT pg_advisory_xact_lock(72177601)"))
                found = await schema_of(connection)
                if found == SCHEMA:
                    return
                from storage.migrations.run import is_known, upgrade

                if found is not None and not is_known(found):
                    raise NewerDatabase(found)
                await connection.run_sync(upgrade)
                if engine.dialect.name == "sqlite":
                    orphans = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
                    if orphans:
                        raise AssertionError(f"the migration left {len(orphans)} rows without their parent")
    finally:
        await engine.dispose()
