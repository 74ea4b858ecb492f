"""Forms (Slack's modals): how they are built, and what a filled one says. Limits: Slack's page "View object"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import orjson

from commands.blocks import Block, Element, plain, shown
from customers.intents import Source
from customers.people import Reader

TITLE = 24
METADATA = 3_000
BLOCKS = 100
OPTION = 75
OPTIONS = 100
INPUT = 3_000


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is opened or updated. `state` (ids only) comes back with every answer. Without `submit` it tells."""

    name: str
    title: str
    blocks: list[Block]
    submit: str | None = "Save"
    state: Mapping[str, Any] = field(default_factory=dict)

    def view(self) -> dict[str, Any]:
        """As `views.open` takes it."""
        view: dict[str, Any] = {
            "type": "modal",
            "callback_id": self.name,
            "title": plain(self.title, TITLE),
            "close": plain("Cancel" if self.submit else "Close", TITLE),
            "blocks": shown(self.blocks[:BLOCKS]),
            "private_metadata": _kept(self.state),
        }
        return view | ({"submit": plain(self.submit, TITLE)} if self.submit else {})


def _kept(state: Mapping[str, Any]) -> str:
    """The state as Slack keeps it; an address that leaves no room is left out, because ids are enough to go on."""
    kept = orjson.dumps(dict(state)).decode()
    return kept if len(kept) <= METADATA else orjson.dumps({k: v for k, v in state.items() if k != "link"}).decode()


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong with a filled form: a sentence under each block_id. The form stays open with everything typed."""

    under: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shot:
    """A shortcut by somebody who may: on a message, or from anywhere (then `source` is no message and `text` empty)."""

    reader: Reader
    now: datetime
    source: Source
    text: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form says when it is submitted, or while it is filled (`action` and `value` tell what was done)."""

    reader: Reader
    now: datetime
    key: str
    state: Mapping[str, Any]
    values: Mapping[str, Mapping[str, Any]]
    action: str = ""
    value: str = ""

    def text(self, block: str) -> str:
        """What was typed, without blanks around it and without what cannot be shown or kept; empty when nothing."""
        typed = str(self._of(block).get("value") or "").encode("utf-8", "replace").decode()
        return str(shown(typed)).strip()

    def line(self, block: str) -> str:
        """The same as one line."""
        return " ".join(self.text(block).split())

    def choice(self, block: str) -> str:
        """The value of the chosen option of a select or radio group; empty when none is."""
        return str((self._of(block).get("selected_option") or {}).get("value") or "")

    def choices(self, block: str) -> list[tuple[str, str]]:
        """(value, text) of the chosen options of a multi select."""
        found = self._of(block).get("selected_options") or ()
        return [(str(one.get("value")), str((one.get("text") or {}).get("text") or "")) for one in found]

    def day(self, block: str) -> date | None:
        """The picked date."""
        try:
            return date.fromisoformat(str(self._of(block).get("selected_date") or ""))
        except ValueError:
            return None

    def time(self, block: str) -> time | None:
        """The picked time of the day; None when none is."""
        try:
            return time.fromisoformat(str(self._of(block).get("selected_time") or ""))
        except ValueError:
            return None

    def person(self, block: str) -> str:
        """The id of the picked Slack user; empty when nobody is."""
        return str(self._of(block).get("selected_user") or "")

    def _of(self, block: str) -> Mapping[str, Any]:
        found = self.values.get(block) or {}
        return next(iter(found.values()), {})


def state_of(source: Source, **more: Any) -> dict[str, Any]:
    """A form's state that remembers the message it was opened on."""
    return {"c": source.channel, "ts": source.ts, "th": source.thread, "link": source.permalink, **more}


def source_of(state: Mapping[str, Any]) -> Source:
    """The message a form was opened on."""
    return Source(*(str(state.get(name) or "") for name in ("c", "ts", "link", "th")))


def notice(title: str, sentence: str, next_step: str) -> Form:
    """A form that only tells something."""
    told = {"type": "section", "text": plain(f"{sentence} {next_step}")}
    return Form("notice", title, [told], submit=None)


def field_of(
    label: str, block: str, element: Element, *, optional: bool = False, hint: str = "", live: bool = False
) -> Block:
    """An input with its label. `live`: the bot hears of every change at once."""
    made: Block = {"type": "input", "block_id": block, "label": plain(label, 2_000), "element": element}
    if optional:
        made["optional"] = True
    if hint:
        made["hint"] = plain(hint, 2_000)
    if live:
        made["dispatch_action"] = True
    return made


def text_input(
    action: str, initial: str = "", *, lines: bool = False, most: int = INPUT, live: bool = False, placeholder: str = ""
) -> Element:
    """A text field; `live` sends what is typed character by character (Slack waits for a pause in typing)."""
    made: Element = {"type": "plain_text_input", "action_id": action, "multiline": lines, "max_length": most}
    if fitting := begin(str(shown(initial)), most).strip():
        made["initial_value"] = fitting
    if placeholder:
        made["placeholder"] = plain(placeholder, 150)
    if live:
        made["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return made


def begin(words: str, most: int) -> str:
    """What of `words` fits a text field. Slack does not say how it counts an emoji: as two, to be sure of the form."""
    return words.encode("utf-16-le", "replace")[: 2 * most].decode("utf-16-le", "ignore")


def option(text: str, value: str, description: str = "") -> Element:
    """One option; `value` is at most 75 characters (150 in Slack) and never a customer's words."""
    made: Element = {"text": plain(text, OPTION), "value": value[:OPTION]}
    return made | ({"description": plain(description, OPTION)} if description else {})


def select(action: str, options: Sequence[Element], initial: str = "", placeholder: str = "Choose") -> Element:
    """A menu of at most 100 options; `initial` is the value of the chosen one."""
    made: Element = {"type": "static_select", "action_id": action, "options": list(options[:OPTIONS])}
    return _with_initial(made | {"placeholder": plain(placeholder, 150)}, initial)


def radio(action: str, options: Sequence[Element], initial: str = "") -> Element:
    """At most ten options, all of them seen."""
    return _with_initial({"type": "radio_buttons", "action_id": action, "options": list(options[:10])}, initial)


def external(action: str, initial: Element | None = None, placeholder: str = "Type a name") -> Element:
    """A menu whose options the bot offers while somebody types."""
    made: Element = {"type": "external_select", "action_id": action, "min_query_length": 1}
    made["placeholder"] = plain(placeholder, 150)
    return made | ({"initial_option": initial} if initial else {})


def externals(
    action: str, initial: Sequence[Element] = (), placeholder: str = "Type names", most: int = OPTIONS
) -> Element:
    """The same for several at once, `most` of them."""
    made: Element = {"type": "multi_external_select", "action_id": action, "min_query_length": 1}
    made |= {"max_selected_items": most, "placeholder": plain(placeholder, 150)}
    return made | ({"initial_options": list(initial)} if initial else {})


def person_picker(action: str, initial: str = "", placeholder: str = "Choose somebody") -> Element:
    """Anybody in the workspace, guests and bots too: whoever is picked must be checked."""
    made: Element = {"type": "users_select", "action_id": action, "placeholder": plain(placeholder, 150)}
    return made | ({"initial_user": initial} if initial else {})


def day_picker(action: str, initial: date | None = None) -> Element:
    """A date."""
    made: Element = {"type": "datepicker", "action_id": action}
    return made | ({"initial_date": initial.isoformat()} if initial else {})


def time_picker(action: str, initial: time | None = None) -> Element:
    """A time of the day, in hours and minutes."""
    made: Element = {"type": "timepicker", "action_id": action}
    return made | ({"initial_time": f"{initial:%H:%M}"} if initial else {})


def _with_initial(made: Element, initial: str) -> Element:
    chosen = [one for one in made["options"] if one["value"] == initial]
    return made | ({"initial_option": chosen[0]} if chosen else {})
