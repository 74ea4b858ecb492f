"""From an empty database to the newest schema, and never from a newer one back; on both engines."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, bindparam, inspect, text

from storage.database import SCHEMA, NewerDatabase, migrate, open_database
from storage.engine import database_url, migration_engine, snapshot, transaction, writer_engine
from storage.migrations.run import head, is_known, upgrade
from storage.tables import Utc, metadata
from tests.storage.harbour import ALL, NOW, ids, profile, put, record, run


async def test_an_empty_database_is_migrated_and_used(empty_url: str) -> None:
    database = await open_database(empty_url)
    await put(database, profile())
    assert list(await ids(database)) == ["Acme"]
    assert await run(database, "SELECT version_num FROM alembic_version") == SCHEMA
    await database.close()


def test_the_schema_we_expect_is_the_newest_migration() -> None:
    assert head() == SCHEMA
    assert is_known(SCHEMA)
    assert not is_known("9999")


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_make_the_tables_that_the_code_uses(url: str) -> None:
    engine = writer_engine(database_url(url))
    async with snapshot(engine) as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_a_database_of_the_first_schema_keeps_everything(empty_url: str) -> None:
    engine = migration_engine(database_url(empty_url))
    async with transaction(engine) as connection:
        await connection.run_sync(upgrade, "0001")
        assert not await connection.run_sync(lambda one: inspect(one).has_table("bugs"))
    await engine.dispose()
    rows = {
        "customers": "(id, slug, name, sort_key, aliases, status, internal, profile, head, custom_data, digest, "
        "first_seen, changed_at) VALUES (7, 'acme', 'Acme', 'acme', '[]', 'Active', false, :head, :head, '{}', "
        "'x', :at, :at)",
        "usage": "(customer_id, week, active) VALUES (7, 2967, 12)",
        "channel_links": "(channel, customer_id, linked_by, at) VALUES ('C1', 7, 'U1', :at)",
        "looks": "(person, customer_id, at) VALUES ('U0MAYA', 7, :at)",
    }
    head = '{"slug":"acme","name":"Acme","status":"Active"}'
    writer = writer_engine(database_url(empty_url))
    async with transaction(writer) as connection:
        for table, values in rows.items():
            statement = text(f"INSERT INTO {table} {values}")
            if ":at" in values:
                statement = statement.bindparams(bindparam("at", NOW, Utc))
            await connection.execute(statement, {"head": head} if ":head" in values else {})
    await writer.dispose()
    database = await open_database(empty_url)
    kept = await record(database)
    assert (kept.customer_id, kept.recent[0].active, kept.looked_at, kept.bugs) == (7, 12, NOW, ())
    assert await run(database, "SELECT customer_id FROM channel_links") == 7
    assert await run(database, "SELECT version_num FROM alembic_version") == SCHEMA
    await database.close()


async def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    async with asyncio.timeout(20):
        await asyncio.gather(*(migrate(database_url(empty_url)) for _ in range(8)))
    database = await open_database(empty_url)
    assert await run(database, "SELECT count(*) FROM alembic_version") == 1
    await database.close()


async def test_a_newer_database_is_refused_with_a_sentence_and_left_alone(url: str) -> None:
    database = await open_database(url)
    await put(database, profile())
    await run(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase) as refused:
        await open_database(url)
    assert str(refused.value) == (
        f"the database was written by a newer Dossier (schema 9999, this one knows {SCHEMA}); "
        "upgrade Dossier, or restore the backup that was taken before"
    )
    assert list(await ids(database)) == ["Acme"]
    assert await run(database, "SELECT version_num FROM alembic_version") == "9999"
    await database.close()


async def test_opening_again_keeps_what_is_there(url: str) -> None:
    for added in ("Acme", "Beta"):
        database = await open_database(url)
        await put(database, *map(profile, {*await ids(database), added}))
        await database.close()
    database = await open_database(url)
    assert list(await ids(database)) == ["Acme", "Beta"]
    assert (await database.records.page(ALL, "", 0, 5)).total == 2
    await database.close()


async def test_folders_on_the_way_to_a_new_file_are_made(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/not/there/yet.sqlite3")
    assert database.file == tmp_path / "not" / "there" / "yet.sqlite3"
    assert database.file.exists()
    await database.close()
