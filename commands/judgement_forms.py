"""The forms in which somebody says what they think of a customer's health. Nothing is said without a reason."""

from datetime import timedelta

from commands import card as cards
from commands.blocks import NAME, Block, bold, cut, line, rich
from commands.form import Form, day_picker, field_of, notice, option, radio, text_input
from commands.judgement_views import said_about
from commands.lists import day
from commands.named import NOBODY, Names, named
from customers.judgements import CHOICES, LONGEST, REASON, USUAL, Judgement, Kept, Kind
from customers.records import Card

OVERRIDE, OPEN, CLOSE = "judge_override", "judge_open", "judge_close"
WHO = 80  # characters; together with the reason no more than REASON
_CLOSING = {  # the title, the question, and where its answer is kept
    Kind.ESCALATION: ("Close escalation", "What came of it?", "It stands in the customer's history."),
    Kind.RISK: ("Clear churn risk", "Why is the risk over?", ""),
}
_COLOURS = [option(f"{cards.MARKS[one]} {one.value.capitalize()}", one.value) for one in CHOICES]


def override(card: Card, names: Names = NOBODY) -> Form:
    """A colour by hand; filled with the one that holds, which it takes the place of."""
    now = card.override
    until = card.today + timedelta(days=USUAL)
    colour = radio("colour", _COLOURS, now.colour.value if now and now.colour else "")
    reason = text_input(
        "reason", now.reason if now else "", lines=True, most=REASON, placeholder="What data do not show"
    )
    hint = f"At most {LONGEST} days from today. You are told when it ends and when data say otherwise."
    blocks = [
        *_about(card, names),
        field_of("Colour", "colour", colour, hint="The computed colour stays beside it."),
        field_of("Why?", "reason", reason),
        field_of("Last day", "until", day_picker("until", until), hint=hint),
    ]
    state = {"customer": card.record.customer_id, "instead": now.id if now else 0}
    return Form(OVERRIDE, "Override colour", blocks, "Override", state)


def escalate(card: Card, names: Names = NOBODY) -> Form:
    """Opens an escalation, or closes the open one."""
    if one := card.said(Kind.ESCALATION):
        return close(card, one, names)
    who = text_input("who", most=WHO, placeholder="Dana Park, COO")
    why = text_input("reason", lines=True, most=REASON - WHO - 2, placeholder="Three outages in one month")
    hint = "Health is red until the escalation is closed. The CSM is told."
    blocks = [*_about(card, names), field_of("Who escalated?", "who", who), field_of("Why?", "reason", why, hint=hint)]
    return Form(OPEN, "Escalate", blocks, "Escalate", _state(card, Kind.ESCALATION))


def risk(card: Card, names: Names = NOBODY) -> Form:
    """Flags a risk of churn, or clears the flag."""
    if one := card.said(Kind.RISK):
        return close(card, one, names)
    why = text_input("reason", lines=True, most=REASON, placeholder="They are looking at a competitor")
    hint = "Health is red until the flag is cleared."
    return Form(OPEN, "Flag churn risk", [*_about(card, names), field_of("Why?", "reason", why, hint=hint)], "Flag",
                _state(card, Kind.RISK))  # fmt: skip


def overridden(card: Card, one: Judgement) -> Form:
    """What is true now."""
    colour = one.colour.value if one.colour else ""
    sentence = f"{_name(card)} is shown as {colour} until {one.until}."
    return notice("Override", sentence, f"The computed colour ({card.health.colour.value}) stays beside it.")


def said(card: Card, one: Judgement) -> Form:
    """The same for an escalation or a flag."""
    escalated = one.kind is Kind.ESCALATION
    head = f"{_name(card)} is escalated" if escalated else f"{_name(card)} is flagged as a churn risk"
    how = "close it" if escalated else "clear the flag"
    return notice("Saved", f"{head}; its health is red.", f"When it is over, {how} with /health.")


def ended(kept: Kept, card: Card) -> Form:
    """The same for one that is over."""
    one = kept.judgement.kind
    return notice("Saved", f"The {one.words} of {_name(card)} is {one.over}.", cards.summary(card))


def close(card: Card, one: Judgement, names: Names = NOBODY) -> Form:
    """How it ended."""
    title, label, hint = _CLOSING[one.kind]
    why = text_input("why", lines=True, most=REASON)
    blocks = [*_about(card, names), field_of(label, "why", why, hint=hint)]
    return Form(CLOSE, title, blocks, "Save", {"judgement": one.id})


def closed_before(kept: Kept, names: Names) -> Form:
    """The button stood in an old message."""
    one = kept.judgement
    who = names.get(kept.ended_by) or "a colleague"
    when = f" on {day(kept.ended_at)}" if kept.ended_at else ""
    sentence = f"The {one.kind.words} of {cut(kept.customer, NAME)} was {one.kind.over} already by {who}{when}."
    return notice("Nothing to do", sentence, f"They said: {cut(kept.ended_why, 300)}" if kept.ended_why else "")


def _state(card: Card, kind: Kind) -> dict[str, int | str]:
    return {"customer": card.record.customer_id, "kind": kind.value}


def people_of(card: Card) -> set[str]:
    """Whom a form about this customer names."""
    return {one.by for one in card.record.judgements}


def _about(card: Card, names: Names) -> list[Block]:
    about: list[Block] = named([rich(line(bold(_name(card))), cards.colour_line(card)), *said_about(card)], names)
    return about


def _name(card: Card) -> str:
    return cut(card.profile.name, NAME)
