"""From the team's documents into the database: at start, when a file changes, and by `dossier import`.

Files are read and parsed in a thread and stored in short transactions, some files at a time: commands go on meanwhile
and memory does not grow with the folder.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from customers.model import Person, Problem, Profile, Status
from customers.names import fold
from customers.scope import All
from storage.catalogue import Catalogue, Counts

GENTLE = 8  # files and customers at a time while commands are being answered
PAUSE = 0.001  # seconds before each file; takes p99 of commands during an import from 6 to 2.4 times the idle one
BATCH = 200  # customers stored in one transaction
FILES, BYTES = 50, 4 * 1024 * 1024  # read and parsed together
if TYPE_CHECKING:
    from customers.documents import Broken

MEGA = 1024 * 1024
SCOPE = All("import")
Progress = Callable[[int, int], None]  # files done, files in all


@dataclass(slots=True)
class Report:
    """What one import did. `complete` is False when a file could not be read: nobody is flagged missing then."""

    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    complete: bool = True

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and for the database."""
        counted = {name: getattr(self.counts, name) for name in ("added", "changed", "unchanged", "missing", "broken")}
        return {"files": self.files, **counted, "problems": [asdict(one) for one in self.problems]}


@dataclass(frozen=True, slots=True)
class _Read:
    customers: Sequence[Profile] = ()
    broken: Sequence["Broken"] = ()
    problems: list[Problem] = field(default_factory=list)
    readable: bool = False
    size: int = 0


class Importer:
    """Imports one path: a document, or a folder of them."""

    def __init__(self, catalogue: Catalogue, path: Path, clock: Callable[[], datetime], max_mb: int) -> None:
        self._catalogue = catalogue
        self._path = path
        self._clock = clock
        self._max = max_mb * MEGA
        self._called: dict[str, str] = {}  # folded alias or name → who has it, to find one that two customers share

    async def run(self, progress: Progress | None = None, *, gentle: bool = False) -> Report:
        """Reads everything; idempotent. A broken customer keeps its last good version.

        `gentle`: commands are being answered meanwhile, so the reading thread steps aside again and again.
        """
        with _stepping_aside() if gentle else contextlib.nullcontext():
            return await self._run(progress, gentle)

    async def _run(self, progress: Progress | None, gentle: bool) -> Report:
        report = Report()
        places: dict[str, str] = {}  # slug → file:line, to find a customer written down twice
        self._called = {}
        closed: list[OSError] = []
        files = await asyncio.to_thread(lambda: list(_files(self._path, closed.append)))
        for problem in closed:
            report.complete = False
            hint = "let the bot read the folder"
            report.problems.append(Problem(str(problem.filename), 0, f"cannot be read: {problem.strerror}", hint))
        done = 0
        while done < len(files):
            if progress:
                progress(done, len(files))
            found = await asyncio.to_thread(self._some, files[done:], gentle)
            await self._store(found, report, places, GENTLE if gentle else BATCH)
            done += len(found)
        report.files = len(files)
        if not files:
            report.problems.append(Problem(str(self._path), 0, "no .md file here", "name the document or its folder"))
            report.complete = False
        await self._finish(report, set(places))
        if progress:
            progress(len(files), len(files))
        return report

    def _some(self, files: Sequence[Path], gentle: bool) -> list[_Read]:
        """The next files, read and parsed; enough for a transaction to be worth it, few enough to stay small."""
        found: list[_Read] = []
        for file in files:
            if gentle:
                time.sleep(PAUSE)
            found.append(_read(file, self._path, self._max))
            if len(found) >= (GENTLE if gentle else FILES) or sum(one.size for one in found) >= BYTES:
                break
        return found

    async def _store(self, found: Sequence[_Read], report: Report, places: dict[str, str], step: int) -> None:
        fresh: list[Profile] = []
        for read in found:
            report.problems += read.problems
            report.complete = report.complete and read.readable
            fresh += [profile for profile in read.customers if self._is_new(profile, places, report)]
        for at in range(0, len(fresh), step):
            await self._catalogue.put(SCOPE, fresh[at : at + step], self._clock(), report.counts)
        for broken in (one for read in found for one in read.broken):
            first = broken.problems[0] if broken.problems else None
            places.setdefault(broken.slug, f"{first.file}:{first.line} (broken)" if first else "another file")
            report.counts.broken.append(broken.name)
            await self._catalogue.break_(SCOPE, broken.slug, broken.problems, self._clock())

    def _is_new(self, profile: Profile, places: dict[str, str], report: Report) -> bool:
        place = f"{profile.file}:{profile.line}"
        first = places.setdefault(profile.slug, place)
        if first == place:
            report.problems += self._shared_names(profile)
            return True
        message = f"{profile.name} is written down twice; the one at {first} is used"
        hint = "delete one of the two, or give them different names"
        report.problems.append(Problem(profile.file, profile.line, message, hint, profile.name, broken=True))
        return False

    def _shared_names(self, profile: Profile) -> Iterator[Problem]:
        """A name that two customers have leads nowhere by itself: whoever types it is asked which one is meant."""
        for name in dict.fromkeys(map(fold, (profile.name, *profile.aliases))):
            owner = self._called.setdefault(name, profile.slug)
            if owner != profile.slug:
                message = f"“{name}” is a name of {owner} as well; whoever types it is asked which one is meant"
                yield Problem(profile.file, profile.line, message, "give the alias to one of them", profile.slug)

    async def _finish(self, report: Report, seen: set[str]) -> None:
        if not report.complete:  # what an unreadable file holds is not missing
            seen |= await self._catalogue.slugs(SCOPE)
        text = orjson.dumps(report.as_dict()).decode()
        await self._catalogue.finish(SCOPE, seen, self._clock(), report.counts, text)


def _read(file: Path, root: Path, most: int) -> _Read:
    from customers import documents  # its parser is not needed while no document changes

    shown = file.name if file == root else str(file.relative_to(root))
    try:
        if (size := file.stat().st_size) > most:
            hint = f"split it into a folder of files, or raise DOCUMENT_MAX_MB (now {most // MEGA})"
            return _Read(problems=[Problem(shown, 0, f"the file is {size // MEGA} MB large and was not read", hint)])
        raw = file.read_bytes()
    except OSError as problem:
        hint = "check that the file exists and the bot may read it"
        return _Read(problems=[Problem(shown, 0, f"cannot be read: {problem.strerror}", hint)])
    decoded = documents.decode(raw, shown)
    if any(problem.broken for problem in decoded.problems):
        return _Read(problems=list(decoded.problems))
    parsed = documents.parse(decoded.text, shown)
    return _Read(parsed.customers, parsed.broken, [*decoded.problems, *parsed.problems], True, size)


def read_only(path: Path, max_mb: int) -> tuple[list[tuple[str, Person | None]], list[Problem]]:
    """Name and CSM of every customer in the documents, and what is wrong with them; stores nothing."""
    csms: list[tuple[str, Person | None]] = []
    problems: list[Problem] = []
    for file in _files(path):
        found = _read(file, path, max_mb * MEGA)
        csms += [(profile.name, profile.csm) for profile in found.customers if profile.status is not Status.CHURNED]
        problems += found.problems
    return csms, problems


@contextlib.contextmanager
def _stepping_aside() -> Iterator[None]:
    """The interpreter changes threads ten times as often, so that the event loop does not wait for the parser."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class Watch:
    """Notices that documents changed, and waits until nobody is writing them any more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._imported: object = None
        self._last: object = None

    async def changed(self) -> bool:
        """True while there is a change that has been still for one look and is not `imported` yet."""
        now = await asyncio.to_thread(lambda: tuple(_marks(self._path)))
        still, self._last = now == self._last, now
        return still and now != self._imported

    def imported(self) -> None:
        """What the last look saw is in the database."""
        self._imported = self._last

    async def settle(self) -> None:
        """What is there now is imported."""
        self._imported = self._last = await asyncio.to_thread(lambda: tuple(_marks(self._path)))


def _files(path: Path, unreadable: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith((".md", ".markdown")) and not name.startswith("."):
                yield Path(folder) / name


def _marks(path: Path) -> Iterator[tuple[str, int, int]]:
    for file in _files(path):
        try:
            stat = file.stat()
        except OSError:
            continue
        yield str(file), stat.st_mtime_ns, stat.st_size
