"""What the structure promises and import-linter cannot say: the sandbox's closed world, one clock, one reader of the
environment, budgets of size, honest tests."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("bot", "commands", "storage", "customers")
SOURCES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
VAGUE = {"utils", "helpers", "services", "managers", "base", "constants", "types"}
IN_THE_SANDBOX = {*sys.stdlib_module_names, "aiohttp", "jinja2", "yaml", "orjson", "markupsafe"}


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _calls(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("file", [f for f in SOURCES if "sandbox" in f.parts], ids=_name)
def test_the_sandbox_knows_the_wire_and_never_the_bot(file: Path) -> None:
    foreign = {one for one in _imports(TREES[file]) if one.split(".")[0] not in IN_THE_SANDBOX}
    assert {one for one in foreign if not (one == "bot.sandbox" or one.startswith("bot.sandbox."))} == set()


@pytest.mark.parametrize("file", [f for f in SOURCES if f.relative_to(ROOT).parts[0] != "bot"], ids=_name)
def test_nobody_below_the_bot_asks_for_the_time(file: Path) -> None:
    asked = _calls(TREES[file]) & {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    assert asked == set()


@pytest.mark.parametrize("file", SOURCES, ids=_name)
def test_only_the_settings_read_the_environment(file: Path) -> None:
    """The sandbox's start drops proxy variables and a developer's Alembic run names its database."""
    allowed = {"bot/settings.py", "bot/demo.py", "storage/migrations/env.py"}
    assert _name(file) in allowed or "os.environ" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("file", SOURCES, ids=_name)
def test_files_and_functions_keep_to_their_room(file: Path) -> None:
    assert file.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE
    assert file.stem not in VAGUE
    functions = (node for node in ast.walk(TREES[file]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    long = [
        f.name for f in functions if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION and "versions" not in file.parts
    ]
    assert long == []


@pytest.mark.parametrize("file", SOURCES, ids=_name)
def test_nothing_asks_whether_it_is_in_the_sandbox(file: Path) -> None:
    told = {"bot/cli.py", "bot/demo.py"}
    assert _name(file) in told or "sandbox" in file.parts or "bot.sandbox" not in set(_imports(TREES[file]))


@pytest.mark.parametrize("file", sorted((ROOT / "tests").rglob("*.py")), ids=_name)
def test_tests_neither_mock_nor_sleep(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not [one for one in _imports(tree) if one.startswith("unittest")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep"):
            assert ast.unparse(node.args[0]) == "0"


def test_no_import_goes_round_in_a_circle() -> None:
    """Depth-first over the project's own modules, function-level imports left out."""
    modules = {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f for f in SOURCES}
    edges = {
        name: {one for one in _top_level(TREES[file]) if one in modules} - {name} for name, file in modules.items()
    }
    done: set[str] = set()
    for start in edges:
        _walk(start, edges, (), done)


def _top_level(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if not isinstance(node, ast.If):  # imports for types only
            yield from _imports(node)


def _walk(name: str, edges: dict[str, set[str]], path: tuple[str, ...], done: set[str]) -> None:
    assert name not in path, " → ".join((*path, name))
    if name not in done:
        for one in edges[name]:
            _walk(one, edges, (*path, name), done)
        done.add(name)
