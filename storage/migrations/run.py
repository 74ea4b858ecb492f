"""Alembic on a connection that is already open, so that the caller's transaction and locks hold."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_HERE = Path(__file__).parent


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    return config


def is_known(version: str) -> bool:
    """Whether this Dossier has the migration that a database is at."""
    return version in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def head() -> str | None:
    """The newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(connection: Connection, to: str = "head") -> None:
    """Runs every migration that is missing, up to `to`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
