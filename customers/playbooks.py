"""Playbooks: checklists in Markdown files that a team edits, from onboarding to renewal and churn prevention.

The format is told in docs/how-to/write-a-playbook.md. A playbook with a mistake is not used at all, because half a
checklist would pass for a whole one; the others are not touched by it (customer document, "Customer Success
Playbooks").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from customers.documents.findings import Notes
from customers.documents.outline import Heading, Outline, outline
from customers.model import Problem, Profile

STEPS = 40
TITLE = 120
ABOUT = 1_000
DETAIL = 1_500
ROLE = 24
FURTHEST = 1_000  # days before or after the anchor
KIND = 48  # characters of a file's name

_LABEL = re.compile(r"\s{0,3}(?:[-*+]\s+)?(?:\*\*|__)(?P<label>[^*:_]{1,40}):?(?:\*\*|__):?(?P<value>.*)")
_ROLE = re.compile(r"[^\W\d_][\w &/-]*")
_COUNTED = re.compile(r"(?P<many>\d{1,4}) (?P<unit>day|week|month)s? (?P<side>before|after|earlier|later)(?: .*)?")
_THE_DAY = re.compile(r"(?:on )?(?:the|that|same) (?:same )?day(?: .*)?")
_SIGNED = re.compile(r"(?P<sign>day |[+−-] ?|(?=0$))(?P<many>\d{1,4})(?: days?)?")  # "90 days" alone could be either
_UNITS = {"day": 1, "week": 7, "month": 30}
_AFTER_CHURN = {"goes on": True, "stops": False}
_HEAD, _STEP = ("days count from", "after churn"), ("when", "owner")  # labels, and where they stand


class Anchor(StrEnum):
    """The day that a playbook's days count from."""

    START = "start"
    RENEWAL = "renewal"
    ONBOARDED = "onboarded"

    @property
    def words(self) -> str:
        """`the renewal`."""
        return {"start": "the start", "renewal": "the renewal", "onboarded": "the onboarding"}[self.value]

    def of(self, profile: Profile, today: date) -> date | None:
        """The day as the document has it; None when the document does not say."""
        return {"start": today, "renewal": profile.renewal, "onboarded": profile.onboarded}[self.value]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `days` count from the anchor and are negative before it; `role` is a folded word such as `csm`."""

    title: str
    role: str
    days: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """One file. `kind` is its name; steps are in the order of their days.

    `goes_on` says that its runs outlive the customer's churn; the others end with it.
    """

    kind: str
    title: str
    about: str
    anchor: Anchor
    steps: tuple[Step, ...]
    goes_on: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """Who has steps, in the order of their first one."""
        return tuple(dict.fromkeys(step.role for step in self.steps))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every playbook that could be read, by kind, and what is wrong with the others."""

    playbooks: Mapping[str, Playbook] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names, sorted."""
        return tuple(sorted(self.playbooks))

    def named(self, typed: str) -> tuple[Playbook | None, str]:
        """The playbook whose name `typed` begins with, and what stands after it.

        A name may be written with blanks, be the playbook's title, or be shortened as long as it means only one.
        """
        words = typed.split()
        for many in range(min(len(words), 6), 0, -1):
            said = _slug(" ".join(words[:many]))
            for one in self.playbooks.values():
                if said and said in (one.kind, _slug(one.title)):
                    return one, " ".join(words[many:])
        said = _slug(words[0]) if words else ""
        begun = [one for kind, one in self.playbooks.items() if len(said) >= 3 and kind.startswith(said)]
        return (begun[0], " ".join(words[1:])) if len(begun) == 1 else (None, typed.strip())


@dataclass(frozen=True, slots=True)
class Plan:
    """When the steps of a playbook are due if it starts on `today`: (step, day) by day.

    What should have been done before the start is due at once, because nobody could have done it; `late` says how many
    steps those are.
    """

    steps: tuple[tuple[Step, date], ...]
    late: int


def plan(playbook: Playbook, anchor: date, today: date) -> Plan:
    """The plan. Raises OverflowError for an anchor at the end of the calendar."""
    wanted = [(step, anchor + timedelta(days=step.days)) for step in playbook.steps]
    late = sum(day < today for _, day in wanted)
    return Plan(tuple((step, max(day, today)) for step, day in wanted), late)


def kind_of(name: str) -> str:
    """`Churn Prevention.md` → `churn-prevention`; empty when nothing of the name can be typed."""
    stem = name.rpartition("/")[2]
    return _slug(stem.rpartition(".")[0] if "." in stem else stem)[:KIND].strip("-")


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.casefold()))


def shelf_of(found: Iterable[tuple[str, Playbook | None, Sequence[Problem]]]) -> Shelf:
    """From (file, playbook, problems): of two files with one name the first is used and the second is a problem."""
    playbooks: dict[str, Playbook] = {}
    problems: list[Problem] = []
    for file, playbook, said in found:
        problems += said
        if playbook is None:
            continue
        if playbook.kind in playbooks:
            message = f"Another file is the playbook {playbook.kind} already, so this one is not used."
            problems.append(Problem(file, 1, message, "Give it another name.", broken=True))
        else:
            playbooks[playbook.kind] = playbook
    return Shelf(playbooks, tuple(problems))


def parse(text: str, file: str) -> tuple[Playbook | None, tuple[Problem, ...]]:
    """The playbook in `text`, or None when something about it must be mended first. Never raises."""
    notes = Notes(file)
    if not (kind := kind_of(file)):
        notes.refuse(1, "The file's name has no letters or digits.", "Call it for example renewal.md.")
    document = outline(text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))
    for line in document.unclosed:
        notes.refuse(line + 1, "The code block or comment that begins here never ends.", "Close it.")
    read = _Reading(document, notes).read(kind)
    problems = tuple(sorted(notes.problems, key=lambda one: one.line))
    return (None if notes.broken else read), problems


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands below a heading: labelled lines at its head, by folded label, and everything else."""

    labels: dict[str, tuple[str, int]]
    body: str
    begins: int  # line of the body


class _Reading:
    """One file on its way to a playbook."""

    def __init__(self, document: Outline, notes: Notes) -> None:
        self._document, self._notes = document, notes

    def read(self, kind: str) -> Playbook | None:
        headings = self._document.headings
        titles = [one for one in headings if one.level == 1]
        if not titles:
            self._notes.refuse(1, "There is no title.", "Begin the file with a line such as # Renewal.")
            return None
        for more in titles[1:]:
            hint = "One file is one playbook; write steps as ## headings."
            self._notes.refuse(more.line + 1, "This is a second title.", hint)
        title = titles[0]
        steps = [one for one in headings if one.level == 2]
        for one in steps:
            if one.line < title.line:
                self._notes.refuse(one.line + 1, "This step stands above the title.", "Move it below.")
        head = self._part(title, steps[0].line if steps else len(self._document.lines))
        found = [self._step(one, self._end(one, steps)) for one in steps]
        if not steps:
            self._notes.refuse(title.line + 1, "There are no steps.", "Write each as a heading: ## Book the meeting.")
        if len(steps) > STEPS:
            hint = "Make two playbooks of it."
            self._notes.refuse(steps[STEPS].line + 1, f"There are more than {STEPS} steps.", hint)
        ordered = tuple(sorted((one for one in found if one), key=lambda one: one.days))
        about = self._fitting(head.body, ABOUT, title.line + 1, "What it is for")
        self._astray(title, head.begins)
        goes_on = self._goes_on(head, title)
        return Playbook(kind, self._titled(title), about, self._anchor(head, title), ordered, goes_on)

    def _end(self, heading: Heading, steps: Sequence[Heading]) -> int:
        return next((one.line for one in steps if one.line > heading.line), len(self._document.lines))

    def _anchor(self, head: _Part, title: Heading) -> Anchor:
        said, line = head.labels.get("days count from", ("", title.line + 1))
        word = said.casefold().removeprefix("the ").rstrip(".").strip()
        found = next((one for one in Anchor if word in (one.value, one.words.removeprefix("the "))), None)
        if found is None:
            hint = "Write **Days count from:** start, renewal or onboarded."
            what = f"“{said[:40]}” is no day to count from." if said else "It does not say what its days count from."
            self._notes.refuse(line, what, hint)
        return found or Anchor.START

    def _astray(self, title: Heading, begins: int) -> None:
        """What is about the whole playbook is not overlooked in the text, in a step or above the title."""
        lines, hidden = self._document.lines, self._document.hidden
        for at in (*range(title.line), *range(begins, len(lines))):
            label = "" if hidden[at] else _label(_LABEL.fullmatch(lines[at]))
            if label in _HEAD:
                what = f"“{label.capitalize()}” stands where it is not read."
                self._notes.refuse(at + 1, what, "Write it directly below the title.")

    def _goes_on(self, head: _Part, title: Heading) -> bool:
        said, line = head.labels.get("after churn", ("stops", title.line + 1))
        found = _AFTER_CHURN.get(" ".join(said.casefold().rstrip(".").split()))
        if found is None:
            what = f"“{said[:40]}” is nothing that a playbook does after churn."
            what = what if said else "It does not say what happens after churn."
            self._notes.refuse(line, what, "Write **After churn:** goes on, or **After churn:** stops.")
        return bool(found)

    def _step(self, heading: Heading, end: int) -> Step | None:
        part = self._part(heading, end)
        said, line = part.labels.get("when", ("", heading.line + 1))
        days = days_of(said)
        if days is None:
            what = f"“{said[:40]}” is no day." if said else "This step does not say when."
            self._notes.refuse(line, what, "Write **When:** 30 days before, on the day, or 14 days after.")
        elif abs(days) > FURTHEST:
            self._notes.refuse(line, f"This is more than {FURTHEST} days away.", "Write fewer days.")
        owner, line = part.labels.get("owner", ("csm", heading.line + 1))
        role = " ".join(owner.split()).casefold()
        if not _ROLE.fullmatch(role) or len(role) > ROLE:
            hint = "Write a role such as CSM, engineering, product or sales."
            self._notes.refuse(line, f"“{owner[:40]}” is no role.", hint)
        detail = self._fitting(part.body, DETAIL, heading.line + 1, "The text of this step")
        return Step(self._titled(heading), role, days or 0, detail)

    def _titled(self, heading: Heading) -> str:
        title = " ".join(heading.title.split())
        if not any(map(str.isalnum, title)):
            self._notes.refuse(heading.line + 1, "This heading has no words.", "Say what is to be done.")
        if len(title) > TITLE:
            hint = "Say the rest in the text below it."
            self._notes.refuse(heading.line + 1, f"This heading is longer than {TITLE} characters.", hint)
        return title[:TITLE]

    def _fitting(self, body: str, most: int, line: int, what: str) -> str:
        if len(body) > most:
            self._notes.refuse(line, f"{what} is longer than {most:,} characters.", "Shorten it, or link to a page.")
        return body[:most]

    def _part(self, heading: Heading, end: int) -> _Part:
        """Labels stand directly below the heading, before anything else; whatever follows is text as written."""
        labels: dict[str, tuple[str, int]] = {}
        lines, hidden = self._document.lines, self._document.hidden
        at = heading.end
        while at < end and not hidden[at]:
            match = _LABEL.fullmatch(lines[at])
            label = _label(match)
            if match and label in (*_HEAD, *_STEP):
                if label in labels:
                    self._notes.refuse(at + 1, f"“{match['label'].strip()}” stands here twice.", "Keep one of them.")
                labels[label] = (match["value"].strip(), at + 1)
            elif lines[at].strip():
                break
            at += 1
        return _Part(labels, _unwrapped(lines[at:end], hidden[at:end]), at)


def _label(match: re.Match[str] | None) -> str:
    return " ".join(match["label"].split()).casefold() if match else ""


def days_of(said: str) -> int | None:
    """`90 days before` → -90, `2 weeks after the start` → 14, `on the day` → 0, `-30`, `day 5`; else None."""
    words = " ".join(said.casefold().rstrip(".").split())
    if match := _COUNTED.fullmatch(words):
        days = int(match["many"]) * _UNITS[match["unit"]]
        return -days if match["side"] in ("before", "earlier") else days
    if _THE_DAY.fullmatch(words):
        return 0
    if match := _SIGNED.fullmatch(words):
        return -int(match["many"]) if match["sign"].strip() in ("-", "−") else int(match["many"])
    return None


def _unwrapped(lines: Sequence[str], hidden: bytes | bytearray) -> str:
    """Paragraphs as one line each, since Slack wraps by itself; lists and code keep their lines."""
    found: list[str] = []
    glued = False  # whether the next plain line continues the one before
    for line, shut in zip(lines, hidden, strict=True):
        said = line.strip()
        starts = bool(shut) or not said or said[:2] in ("- ", "* ", "+ ") or said[0].isdigit() or said[0] == "#"
        if glued and not starts:
            found[-1] = f"{found[-1]} {said}"
        else:
            found.append(line.rstrip())
        glued = bool(said) and not shut
    return "\n".join(found).strip("\n")
