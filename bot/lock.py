"""Two bots on one SQLite file would answer everything twice: the second refuses (design, "Operate")."""

import contextlib
from collections.abc import Iterator
from pathlib import Path


class AlreadyRunning(Exception):
    """Another bot holds the database."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"another bot is running on {file}; stop it first, or use PostgreSQL for several")


@contextlib.contextmanager
def only_one(file: Path | None) -> Iterator[None]:
    """Holds a lock beside the SQLite file, which the system drops with the process; nothing on PostgreSQL."""
    if file is None:
        yield
        return
    import fcntl

    with file.with_name(file.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(file) from None
        yield
