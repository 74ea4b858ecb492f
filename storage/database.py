"""The database as one thing: opened, migrated, asked whether it is well, closed."""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, select, text, update
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from customers.scope import All
from storage.alerts import Alerts
from storage.bugs import Bugs
from storage.catalogue import Catalogue
from storage.channels import Channels
from storage.digests import Digests
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
from storage.history import History
from storage.inbox import Inbox
from storage.judgements import Judgements
from storage.looks import Looks
from storage.outbox import Outbox
from storage.playbooks import Playbooks
from storage.preferences import PersonalPreferences
from storage.readers import Reader, open_reader
from storage.records import Records
from storage.requests import Requests
from storage.reviews import Reviews
from storage.slots import Slots
from storage.sweep import Sweeps
from storage.tables import (
    brakes,
    bugs,
    captures,
    channel_links,
    customers,
    features,
    feeds,
    history_entries,
    inbox,
    outbox,
    secrets,
    usage,
)
from storage.upsert import add_once
from storage.usage import Usage
from storage.watch_tables import WATCHED
from storage.watermarks import Watermarks
from storage.writer import Writer, open_writer

SCHEMA = "0003"  # the newest file in storage/migrations/versions; a test holds the two together

# kinds of feeds: how far usage reaches, and what the clock was seen to be
_OF_TIME = ("usage", "usage_query", "clock", "watch")


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
    requests: Requests
    bugs: Bugs
    history: History
    judgements: Judgements
    digests: Digests
    outbox: Outbox
    watermarks: Watermarks
    slots: Slots
    reviews: Reviews
    sweeps: Sweeps
    preferences: PersonalPreferences
    alerts: Alerts
    playbooks: Playbooks
    _writer: Any
    _reading: Reader
    _facts: Writer

    async def can_write(self) -> bool:
        """A write transaction that changes nothing, for `/readyz`; raises a StorageProblem when it cannot begin."""
        async with transaction(self._writer) as connection:
            await connection.execute(text("UPDATE feeds SET version = version WHERE kind = ''"))
        return True

    async def secret(self, name: str) -> bytes:
        """A key that belongs to this database, made up when it is first asked for."""
        row = {"name": name, "value": token_hex(32)}

        def work(connection: Connection) -> str:
            connection.execute(add_once(connection.dialect, secrets, row))
            return str(connection.scalar(select(secrets.c.value).where(secrets.c.name == name)))

        return bytes.fromhex(await self._facts.run(work))

    async def begin_anew(self, scope: All) -> None:
        """Forgets what people did in Slack, usage and what the clock was; documents stay. For a sandbox's reset."""

        def work(connection: Connection) -> None:
            for table in (
                outbox,
                brakes,
                captures,
                bugs,
                features,
                history_entries,
                channel_links,
                inbox,
                usage,
                *WATCHED,
            ):
                connection.execute(table.delete())
            connection.execute(feeds.delete().where(feeds.c.kind.in_(_OF_TIME)))
            connection.execute(update(customers).values(judged=None))
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("DELETE FROM sqlite_sequence")

        await self._facts.run(work)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return sqlite_file(self.url)

    async def close(self) -> None:
        await self._facts.close()
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
    facts = open_writer(parsed, writer, busy_ms)
    return Database(
        parsed,
        Records(writer, reading),
        Catalogue(writer),
        Usage(writer),
        Channels(writer, reading),
        Looks(writer),
        Inbox(writer),
        Requests(facts),
        Bugs(facts, reading),
        History(facts),
        Judgements(facts),
        Digests(facts, reading),
        Outbox(facts, reading),
        Watermarks(facts),
        Slots(facts),
        Reviews(facts),
        Sweeps(facts, reading),
        PersonalPreferences(facts),
        Alerts(facts, reading),
        Playbooks(facts),
        writer,
        reading,
        facts,
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
