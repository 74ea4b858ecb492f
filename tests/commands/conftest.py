"""Rooms: small workspaces over a real database, each a copy of one that was migrated once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from customers.model import Profile, Status
from storage.database import migrate
from storage.engine import database_url
from tests.commands.room import Room, room_of

PEOPLE = (
    Profile("acme", "Acme", Status.ACTIVE),
    Profile("bolt", "Bolt", Status.ACTIVE, timezone="America/Chicago"),
    Profile("corp", "Corp & Sons", Status.PILOT),
    Profile("demo", "Demo", Status.ACTIVE, qualifier="Internal"),
)


@pytest.fixture(scope="session")
async def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database that the rooms are copies of."""
    file = tmp_path_factory.mktemp("room") / "dossier.sqlite3"
    await migrate(database_url(f"sqlite:///{file}"))
    return file


@pytest.fixture
async def room(tmp_path: Path, empty_database: Path) -> AsyncIterator[Room]:
    """A room with four customers, one of them internal."""
    with capture_logs():
        async with room_of(tmp_path, empty_database, *PEOPLE) as made:
            yield made
