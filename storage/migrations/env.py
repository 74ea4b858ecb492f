"""Alembic's entry: the connection comes from `run.upgrade`, or from DATABASE_URL when a migration is being written."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from storage.engine import database_url, migration_engine
from storage.tables import metadata
from storage.watch_tables import WATCHED

assert set(metadata.tables.values()) >= set(WATCHED)  # the tables of both modules are compared


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def _alone() -> None:
    engine = migration_engine(database_url(os.environ["DATABASE_URL"]))
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(_alone())
else:
    _run(given)
