"""Two bots on one SQLite file: the second refuses."""

from pathlib import Path

import pytest

from bot.lock import AlreadyRunning, only_one


def test_the_second_bot_on_a_file_refuses(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    with only_one(file), pytest.raises(AlreadyRunning, match="another bot is running"), only_one(file):
        pass
    with only_one(file):
        pass  # free again


def test_on_postgresql_there_may_be_several() -> None:
    with only_one(None), only_one(None):
        pass
