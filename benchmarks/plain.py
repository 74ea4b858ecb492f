"""The yardstick of a submit: the rows that ours wrote, put elsewhere by plain sqlite3, one commit for each fact."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TABLES = ("inbox", "captures", "features", "feature_evidence", "bugs", "outbox")
_BORN = {"request": "features", "bug": "bugs"}
_PARTS = {"request": "feature_evidence"}
Fact = Sequence[tuple[str, Sequence[Any]]]  # statements with their rows


def opened(file: Path) -> sqlite3.Connection:
    """With our durability: WAL, and a flush at every commit."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Copying:
    """What a run of ours added, as facts that are ready to be inserted."""

    def __init__(self, ours: Path) -> None:
        self._ours = opened(ours)
        self._seen = dict.fromkeys(TABLES, 0)

    def added(self, kind: str) -> list[Fact]:
        """The facts since the last time; all of them `request` or all of them `bug`."""
        fresh = {table: self._fresh(table) for table in TABLES}
        found: dict[int, list[tuple[str, Sequence[Any]]]] = {}
        for key, capture, born in zip(fresh["inbox"], fresh["captures"], fresh[_BORN[kind]], strict=True):
            rows = (("inbox", key), ("captures", capture), (_BORN[kind], born))
            found[born["id"]] = [(_insert(table, row), tuple(row)) for table, row in rows]
        for one in fresh[_PARTS[kind]] if kind in _PARTS else ():
            found[one["feature_id"]].append((_insert(_PARTS[kind], one), tuple(one)))
        for one in fresh["outbox"]:
            found[json.loads(one["about"])[kind]].append((_insert("outbox", one), tuple(one)))
        return list(found.values())

    def _fresh(self, table: str) -> list[sqlite3.Row]:
        self._ours.row_factory = sqlite3.Row
        rows = self._ours.execute(f"SELECT * FROM {table} WHERE rowid > ? ORDER BY rowid", (self._seen[table],))
        found = rows.fetchall()
        self._seen[table] = self._ours.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0
        return found

    def close(self) -> None:
        self._ours.close()


def _insert(table: str, row: sqlite3.Row) -> str:
    columns = ", ".join(f'"{name}"' for name in row.keys())  # noqa: SIM118 - a Row is not a mapping
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})"


def written(connection: sqlite3.Connection, facts: Sequence[Fact]) -> None:
    """One durable transaction for each."""
    execute = connection.execute
    for fact in facts:
        execute("BEGIN IMMEDIATE")
        for statement, row in fact:
            execute(statement, row)
        execute("COMMIT")


def differences(ours: Path, theirs: Path) -> dict[str, int]:
    """Rows of each table that only one of the two has; empty when they hold the same."""
    connection = sqlite3.connect(ours)
    connection.execute("ATTACH ? AS theirs", (str(theirs),))
    found: dict[str, int] = defaultdict(int)
    for table in TABLES:
        for one, other in ((f"main.{table}", f"theirs.{table}"), (f"theirs.{table}", f"main.{table}")):
            query = f"SELECT count(*) FROM (SELECT * FROM {one} EXCEPT SELECT * FROM {other})"
            found[table] += connection.execute(query).fetchone()[0]
    connection.close()
    return {table: count for table, count in found.items() if count}
