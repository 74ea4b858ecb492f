"""What people say about a customer's health, as the customer's own views show it, and the buttons to say it."""

from commands.blocks import Block, Element, actions, bold, button, confirm, cut, line, rich, text
from commands.card import REASON
from commands.feature_views import person
from commands.lists import day
from customers.judgements import Judgement, Kind
from customers.model import Status
from customers.records import Card

_HEADS = {Kind.ESCALATION: "Executive escalation", Kind.RISK: "Churn risk"}


def said_about(card: Card) -> list[Block]:
    """`Executive escalation  since 2026-11-16, by Maya: …`; nothing when nobody says anything."""
    found = [(head, card.said(kind)) for kind, head in _HEADS.items()]
    lines = [
        line(bold(head), text(f"  since {day(one.at)}, by "), person(one.by), text(f": {cut(one.reason, REASON)}"))
        for head, one in found
        if one is not None
    ]
    return [rich(*lines)] if lines else []


def buttons(card: Card) -> list[Block]:
    """A row for the forms of `/health`; none for a customer whose health is no longer judged."""
    if card.profile.status is Status.CHURNED:
        return []
    customer, override = str(card.record.customer_id), card.override
    escalation, risk = card.said(Kind.ESCALATION), card.said(Kind.RISK)
    row = [
        button("Renew override…" if override else "Override colour…", "judge:override", customer),
        close(escalation) if escalation else button("Escalate…", "judge:escalate", customer),
        close(risk) if risk else button("Flag churn risk…", "judge:risk", customer),
    ]
    return [actions(*row, *([end(override)] if override else []))]


def close(one: Judgement) -> Element:
    """The button that closes this very escalation, or clears this flag: an old one never opens another."""
    label = "Close escalation…" if one.kind is Kind.ESCALATION else "Clear churn risk…"
    return button(label, f"judge:close:{one.kind.value}", str(one.id))


def end(override: Judgement) -> Block:
    """The button that takes an override away, after a question."""
    ask = confirm("End the override?", "The computed colour is shown again from now on.", "End override")
    return button("End override", "judge:end", str(override.id), confirm=ask)
