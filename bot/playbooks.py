"""Playbook files on disk: read whenever somebody wants one, because a team edits them."""

from pathlib import Path

import customers
from customers.documents.decoding import decode
from customers.model import Problem
from customers.playbooks import Playbook, Shelf, parse, shelf_of

SHIPPED = Path(customers.__file__).resolve().parent / "playbook_files"
MOST = 100  # files of one folder
LARGEST = 256 * 1024  # bytes
_NO_PLAYBOOKS = ("readme.md", "index.md")


def read(folder: Path | None) -> Shelf:
    """The playbooks of a folder, or those that come with Dossier. Whatever is wrong is a problem; never raises."""
    where = folder or SHIPPED
    try:
        files = sorted(where.glob("*.md")) if where.is_dir() else [where]
        files = [file for file in files if file.name.casefold() not in _NO_PLAYBOOKS]
    except OSError as problem:
        return Shelf({}, (_unreadable(where, problem),))
    if not files:
        nothing = Problem(str(where), 0, "no .md file here", "name the folder of your playbooks", broken=True)
        return Shelf({}, (nothing,))
    shelf = shelf_of(_one(file, where) for file in files[:MOST])
    if len(files) > MOST:
        more = Problem(str(where), 0, f"{len(files) - MOST} more files are not read", f"keep {MOST} in the folder")
        return Shelf(shelf.playbooks, (*shelf.problems, more))
    return shelf


def _one(file: Path, where: Path) -> tuple[str, Playbook | None, tuple[Problem, ...]]:
    name = str(file.relative_to(where)) if file != where else file.name
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as problem:
        return name, None, (_unreadable(file, problem),)
    if len(raw) > LARGEST:
        said = f"The file is larger than {LARGEST // 1024} KB."
        return name, None, (Problem(name, 1, said, "Make several playbooks of it.", broken=True),)
    decoded = decode(raw, name)
    if any(problem.broken for problem in decoded.problems):
        return name, None, decoded.problems
    playbook, problems = parse(decoded.text, name)
    return name, playbook, (*decoded.problems, *problems)


def _unreadable(file: Path, problem: OSError) -> Problem:
    return Problem(str(file), 0, f"cannot be read: {problem.strerror}", "let the bot read it", broken=True)


def told(shelf: Shelf) -> list[tuple[bool, str]]:
    """(fine, line) for people: every problem, then every playbook that can be started."""
    lines = [(not one.broken, str(one)) for one in shelf.problems]
    for kind in shelf.kinds:
        one = shelf.playbooks[kind]
        counted = f"{len(one.steps)} step{'' if len(one.steps) == 1 else 's'}, counted from {one.anchor.words}"
        lines.append((True, f"{kind}: {one.title}, {counted}; {', '.join(one.roles)}"))
    return lines
