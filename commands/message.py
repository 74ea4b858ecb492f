"""What a listener answers with, and the budget that keeps it inside Slack's limits."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from commands.blocks import Block, context, cut, escape, hides, shown

MOST_BLOCKS = 50  # Slack: "Block Kit reference", blocks in messages
BUDGET = 11_500  # characters of all blocks as JSON; Slack refuses from about 13,000 (observed, not documented)
SUMMARY = 300


@dataclass(frozen=True, slots=True)
class Message:
    """Blocks for the eye and `summary` for notifications and screen readers (plain words, escaped when sent)."""

    blocks: list[Block]
    summary: str
    more: list[Block] = field(default_factory=list)  # what must stay when blocks are cut: the buttons
    beside: bool = False  # an answer to a button that leaves the message above as it is
    instead: bool = False  # an answer to a button that takes the place of the message, for everybody who sees it
    encoded: bytes | None = None  # the blocks as JSON, of a message that was sealed

    def sealed(self) -> "Message":
        """The same message as one string of bytes: cheap to keep and to send again."""
        return Message([], self.summary, beside=self.beside, instead=self.instead, encoded=self._encode())

    def body(self) -> dict[str, Any]:
        """`text` and `blocks` as Slack takes them."""
        return {"text": escape(cut(self.summary, SUMMARY)), "blocks": orjson.loads(self._encode())}

    def wire(self) -> dict[str, Any]:
        """The same for orjson, which takes over the blocks as they were encoded to be measured."""
        return {"text": escape(cut(self.summary, SUMMARY)), "blocks": orjson.Fragment(self._encode())}

    def _encode(self) -> bytes:
        if self.encoded is not None:
            return self.encoded
        blocks, more = self.blocks, self.more
        encoded = orjson.dumps(blocks + more)
        if hides(encoded):
            blocks, more = shown(blocks), shown(more)
            encoded = orjson.dumps(blocks + more)
        if len(encoded) <= BUDGET and len(blocks) + len(more) <= MOST_BLOCKS:
            return encoded
        return orjson.dumps(_fitting(blocks, more))


def _fitting(blocks: list[Block], kept: list[Block]) -> list[Block]:
    """The blocks that fit, and always those to keep; what was left out is said, never silently lost."""
    room = BUDGET - len(orjson.dumps(kept))
    fitting: list[Block] = []
    for block in blocks:
        size = len(orjson.dumps(block))
        if len(fitting) + len(kept) >= MOST_BLOCKS - 1:
            break
        if size > room - 200:
            continue  # what comes after it may still fit
        room -= size
        fitting.append(block)
    return [*fitting, context("… more than fits into one message. Use the buttons to read on."), *kept]
