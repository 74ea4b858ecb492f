"""`Log feature request` as Slack submits it, filled in."""

import json
from typing import Any

from benchmarks import documents, facts, signing
from commands.blocks import plain
from commands.form import state_of


def filled(number: int, customers: int) -> bytes:
    """A signed request of one of forty people; every number is another message and another form."""
    draft = facts.request(number, customers)
    chosen = [{"text": plain(documents.name(one - 1)), "value": str(one)} for one, _ in draft.wanted]
    values: dict[str, Any] = {
        "wanted": {"wanted": {"type": "multi_external_select", "selected_options": chosen}},
        "title": {"request_title": {"type": "plain_text_input", "value": draft.title}},
        "quote": {"quote": {"type": "plain_text_input", "value": draft.quote}},
    }
    for one, importance in draft.wanted:
        option = {"text": plain(importance.words), "value": importance.value}
        values[f"importance:{one}"] = {"importance": {"type": "static_select", "selected_option": option}}
    view = {
        "type": "modal",
        "callback_id": "log_request",
        "blocks": [{"type": "input", "block_id": block, "label": plain(block)} for block in values],
        "private_metadata": json.dumps(state_of(draft.source, seen="", into=0)),
    }
    return signing.submitting(view, values, f"V{number:010d}", signing.user(number % 40))
