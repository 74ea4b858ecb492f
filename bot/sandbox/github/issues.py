"""The issues of one repository as values, and what can happen to them. No network here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.github.seed import LABELS, OLD_ISSUES

__all__ = ["Change", "Comment", "Issue", "Label", "Repository"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label of the repository; `color` is six hex digits without `#`."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `author` is a login, `at` an aware instant in whole seconds."""

    id: int
    author: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it is now; `labels` are names in the order they were put on, `state` is `open` or `closed`."""

    number: int
    title: str
    body: str | None
    author: str
    created_at: datetime
    updated_at: datetime
    labels: tuple[str, ...] = ()
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened, in the words of GitHub's webhooks; `before` holds former values of edited fields."""

    event: str
    action: str
    issue: Issue
    actor: str
    label: Label | None = None
    comment: Comment | None = None
    before: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Repository:
    """One repository's issues and labels; `on_change` hears of everything, in order."""

    def __init__(self, clock: Clock, owner: str, name: str, on_change: Callable[[Change], None]) -> None:
        self._clock, self.owner, self.name, self._tell = clock, owner, name, on_change
        self.reset()

    @property
    def full_name(self) -> str:
        """Return `owner/name`."""
        return f"{self.owner}/{self.name}"

    def reset(self) -> None:
        """Bring the seed back; nobody is told."""
        self.labels = {
            name.casefold(): Label(number, name, color, about)
            for number, (name, color, about) in enumerate(LABELS, start=1)
        }
        self.issues: dict[int, Issue] = {}
        self._comments = 0
        for number, old in enumerate(OLD_ISSUES, start=1):
            said = tuple(Comment(self._next_comment(), who, text, at) for who, text, at in old.comments)
            touched = max([old.at, *(one.at for one in said), *([old.closed_at] if old.closed_at else [])])
            issue = Issue(number, old.title, old.body, old.author, old.at, touched, old.labels, comments=said)
            if old.closed_at:
                issue = dataclasses.replace(
                    issue, state="closed", state_reason="completed", closed_at=old.closed_at, closed_by=old.closed_by
                )
            self.issues[number] = issue

    def find(self, number: int) -> Issue:
        """Return an issue; LookupError when there is none."""
        found = self.issues.get(number)
        if found is None:
            raise LookupError(f"{self.full_name} has no issue {number}")
        return found

    def label(self, name: str) -> Label | None:
        """Return a label by name, whatever its case."""
        return self.labels.get(name.casefold())

    def new_label(self, name: str, color: str = "ededed", description: str | None = None) -> Label:
        """Add a label to the repository, or return the one that has this name."""
        made = Label(len(self.labels) + 1, name, color, description)
        return self.labels.setdefault(name.casefold(), made)

    def open(self, actor: str, title: str, body: str | None, labels: Iterable[str] = ()) -> Issue:
        """Open an issue; unknown labels are made, as GitHub does for who may push."""
        now, number = self._now(), max(self.issues, default=0) + 1
        names = tuple(dict.fromkeys(self.new_label(one).name for one in labels))
        issue = self.issues[number] = Issue(number, title, body, actor, now, now, names)
        self._tell(Change("issues", "opened", issue, actor))
        for one in names:
            self._tell(Change("issues", "labeled", issue, actor, self.label(one)))
        return issue

    def comment(self, actor: str, number: int, body: str) -> Comment:
        """Add a comment."""
        said = Comment(self._next_comment(), actor, body, self._now())
        issue = self._put(number, comments=(*self.find(number).comments, said))
        self._tell(Change("issue_comment", "created", issue, actor, comment=said))
        return said

    def edit(self, actor: str, number: int, **fields: str | None) -> Issue:
        """Change `title` and `body`; nothing happens when they are as they were."""
        old = self.find(number)
        before = {name: getattr(old, name) for name, value in fields.items() if getattr(old, name) != value}
        if before:
            issue = self._put(number, **{name: fields[name] for name in before})
            self._tell(Change("issues", "edited", issue, actor, before=before))
        return self.find(number)

    def set_state(self, actor: str, number: int, state: str, reason: str | None = None) -> Issue:
        """Close or reopen; a reason alone changes the reason of a closed issue without an event."""
        old = self.find(number)
        if state == old.state:
            changes = state == "closed" and reason not in (None, old.state_reason)
            return self._put(number, state_reason=reason) if changes else old
        if state == "closed":
            issue = self._put(
                number,
                state=state,
                state_reason=reason or "completed",
                closed_at=self._now(),
                closed_by=actor,
            )
        else:
            issue = self._put(number, state=state, state_reason="reopened", closed_at=None, closed_by=None)
        self._tell(Change("issues", "closed" if state == "closed" else "reopened", issue, actor))
        return issue

    def set_labels(self, actor: str, number: int, labels: Iterable[str]) -> Issue:
        """Give an issue exactly these labels; one event per label that came or went."""
        old = self.find(number)
        names = tuple(dict.fromkeys(self.new_label(one).name for one in labels))
        if names == old.labels:
            return old
        issue = self._put(number, labels=names)
        for action, ones in (
            ("unlabeled", [one for one in old.labels if one not in names]),
            ("labeled", [one for one in names if one not in old.labels]),
        ):
            for one in ones:
                self._tell(Change("issues", action, issue, actor, self.label(one)))
        return issue

    def _put(self, number: int, **fields: Any) -> Issue:
        issue = dataclasses.replace(self.find(number), updated_at=self._now(), **fields)
        self.issues[number] = issue
        return issue

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)

    def _next_comment(self) -> int:
        self._comments += 1
        return self._comments
