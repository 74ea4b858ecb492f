"""What a person has before their eyes after doing something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.reading import label_of, parts, text_of
from bot.sandbox.workspace import Json, Message, NotPossibleError, View

__all__ = ["Seen", "text_in"]


@dataclass(frozen=True, slots=True)
class Seen:
    """New or changed things one person sees; `errors` are sentences of Slack itself, `asked` is a confirm dialog's."""

    person: str
    messages: tuple[Message, ...] = ()
    errors: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    home: View | None = None
    own: Message | None = None
    options: tuple[str, ...] = ()
    asked: str = ""
    ms: float = 0.0

    @property
    def text(self) -> str:
        """All of it as one text, mrkdwn as written."""
        forms = [*self.views, *([self.home] if self.home else [])]
        return "\n".join(
            [*(text_in(one) for one in self.messages), *(text_in(one) for one in forms), *self.errors, *self.options]
        )

    @property
    def message(self) -> Message:
        """The newest message; NotPossibleError when there is none."""
        if not self.messages:
            raise NotPossibleError(f"{self.person} sees no new message; what there is: {self.text!r}")
        return self.messages[-1]

    @property
    def view(self) -> View:
        """The form on top; NotPossibleError when there is none."""
        if not self.views:
            raise NotPossibleError(f"{self.person} sees no form; what there is: {self.text!r}")
        return self.views[-1]

    @property
    def blocks(self) -> list[Json]:
        """All blocks in order."""
        forms = [*self.views, *([self.home] if self.home else [])]
        things: list[Message | View] = [*self.messages, *forms]
        return [block for one in things for block in one.blocks]

    @property
    def buttons(self) -> list[str]:
        """The visible texts of all buttons in order."""
        return [label_of(element) for _, element in parts(self.blocks) if element["type"] == "button"]

    @property
    def is_private(self) -> bool:
        """Whether nobody else sees any of the new messages."""
        return all(one.is_ephemeral for one in self.messages)

    def __contains__(self, text: str) -> bool:
        return text in self.text


def text_in(thing: Message | View) -> str:
    """Return what a message or form says: its blocks, or the text when it has none."""
    if isinstance(thing, View):
        lines: Sequence[str] = (thing.title, text_of(thing.blocks), *thing.errors.values(), thing.trouble)
        return "\n".join(one for one in lines if one)
    return text_of(thing.blocks) if thing.blocks else thing.text
