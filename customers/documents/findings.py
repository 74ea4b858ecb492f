"""What reading a document gives: its text, its customers, and everything that a person should mend."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from customers.model import Problem, Profile

Say = Callable[[str, str], None]
"""Takes a message and a next step; whoever passes it decides about the line and how grave it is."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file with LF line ends; empty when the file as a whole could not be read."""

    text: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A customer who is in the document and could not be read; the last good version of it stays.

    `problems` are those that broke it and any other found on the way, sorted by line.
    """

    slug: str
    name: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that one document says. `problems` holds those of the broken customers too; `updated` is its own date."""

    customers: tuple[Profile, ...] = ()
    broken: tuple[Broken, ...] = ()
    problems: tuple[Problem, ...] = ()
    updated: date | None = None


@dataclass(slots=True)
class Notes:
    """Collects the problems of one customer (or, without a slug, of the document) while it is read."""

    file: str
    customer: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def warn(self, line: int, message: str, hint: str) -> None:
        """Something to mend that leaves the customer readable. `line` is 1-based."""
        self.problems.append(Problem(self.file, line, message, hint, self.customer))

    def refuse(self, line: int, message: str, hint: str) -> None:
        """Something that would make a stored value silently wrong: the customer is broken."""
        self.problems.append(Problem(self.file, line, message, hint, self.customer, broken=True))

    def warner(self, line: int) -> Say:
        """`warn` for one line."""
        return lambda message, hint: self.warn(line, message, hint)

    def refuser(self, line: int) -> Say:
        """`refuse` for one line."""
        return lambda message, hint: self.refuse(line, message, hint)

    @property
    def broken(self) -> bool:
        """Whether anything was refused."""
        return any(problem.broken for problem in self.problems)
