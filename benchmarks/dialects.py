"""One message written three ways as Python source: as dict literals, in the words of `commands.blocks`, as SDK models.

Texts become parameters, so that no dialect can build anything before it is called.
"""

from collections.abc import Callable, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextSectionElement,
)

from commands import blocks as words

Build = Callable[..., list[Any]]
_MODELS = {
    one.__name__: one
    for one in (ActionsBlock, ButtonElement, ConfirmObject, ContextBlock, HeaderBlock, MarkdownTextObject,
                PlainTextObject, RichTextBlock, RichTextElementParts, RichTextListElement, RichTextSectionElement)
}  # fmt: skip


class Dialects:
    """The three builders of `blocks`; call one with `*texts`."""

    def __init__(self, blocks: Sequence[dict[str, Any]]) -> None:
        self.texts: list[str] = []
        literal = f"[{', '.join(self._literal(block) for block in blocks)}]"
        self._taken = iter(range(len(self.texts)))
        in_words = f"[{', '.join(self._words(block) for block in blocks)}]"
        self._taken = iter(range(len(self.texts)))
        in_models = f"[{', '.join(f'{self._model(block)}.to_dict()' for block in blocks)}]"
        self.literal = self._compiled(literal, {})
        self.words = self._compiled(in_words, vars(words))
        self.models = self._compiled(in_models, _MODELS)

    def _compiled(self, source: str, names: dict[str, Any]) -> Build:
        parameters = ", ".join(f"s{number}" for number in range(len(self.texts)))
        built: Build = eval(f"lambda {parameters}: {source}", dict(names))  # our own source, made above
        return built

    def _literal(self, node: Any) -> str:
        if isinstance(node, dict):
            return "{" + ", ".join(f"{key!r}: {self._value(key, value)}" for key, value in node.items()) + "}"
        if isinstance(node, list):
            return "[" + ", ".join(map(self._literal, node)) + "]"
        return repr(node)

    def _value(self, key: str, value: Any) -> str:
        if key == "text" and isinstance(value, str):
            self.texts.append(value)
            return f"s{len(self.texts) - 1}"
        return self._literal(value)

    def _text(self) -> str:
        return f"s{next(self._taken)}"

    def _many(self, nodes: list[dict[str, Any]], dialect: Callable[[dict[str, Any]], str]) -> str:
        return ", ".join(dialect(one) for one in nodes)

    def _words(self, node: dict[str, Any]) -> str:
        inside = self._many(node.get("elements", []), self._words) if node["type"] != "context" else ""
        match node["type"]:
            case "header":
                return f"header({self._text()})"
            case "context":
                return f"context({self._text()})"
            case "rich_text":
                return f"rich({inside})"
            case "rich_text_section":
                return f"line({inside})"
            case "rich_text_list":
                return f"bullets([{inside}], {node['indent']})"
            case "text":
                return f"{next(iter(node.get('style', {'text': 1})))}({self._text()})"
            case "actions":
                return f"actions({inside})"
            case "button":
                start = f"button({self._text()}, {node['action_id']!r}, {node['value']!r}{_style(node)}"
                if "confirm" not in node:
                    return f"{start})"
                asked = f"confirm({self._text()}, {self._text()}, {self._text()})"
                self._text()  # the word on the button that refuses is part of `confirm`
                return f"{start}, confirm={asked})"
        raise ValueError(f"a brief has a part that this comparison cannot spell: {node['type']}")

    def _plain(self) -> str:
        return f"PlainTextObject(text={self._text()}, emoji=False)"

    def _model(self, node: dict[str, Any]) -> str:
        inside = self._many(node.get("elements", []), self._model) if node["type"] != "context" else ""
        match node["type"]:
            case "header":
                return f"HeaderBlock(text={self._plain()})"
            case "context":
                return f"ContextBlock(elements=[MarkdownTextObject(text={self._text()})])"
            case "rich_text":
                return f"RichTextBlock(elements=[{inside}])"
            case "rich_text_section":
                return f"RichTextSectionElement(elements=[{inside}])"
            case "rich_text_list":
                return f"RichTextListElement(style='bullet', indent={node['indent']}, elements=[{inside}])"
            case "text":
                style = f", style=RichTextElementParts.TextStyle(**{node['style']!r})" if "style" in node else ""
                return f"RichTextElementParts.Text(text={self._text()}{style})"
            case "actions":
                return f"ActionsBlock(elements=[{inside}])"
            case "button":
                named = f"action_id={node['action_id']!r}, value={node['value']!r}{_style(node)}"
                start = f"ButtonElement(text={self._plain()}, {named}"
                if "confirm" not in node:
                    return f"{start})"
                title, asked, yes, no = (self._plain() for _ in range(4))
                return f"{start}, confirm=ConfirmObject(title={title}, text={asked}, confirm={yes}, deny={no}))"
        raise ValueError(f"a brief has a part that this comparison cannot spell: {node['type']}")


def _style(button: dict[str, Any]) -> str:
    return f", style={button['style']!r}" if "style" in button else ""
