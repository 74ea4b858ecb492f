"""Whose data a storage call may touch.

Every call names it, so that row-level security can be switched on without a caller changing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class One:
    """One customer: a brief, a form, a link."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class All:
    """Every customer. `purpose` says why (list, import, digest): it is what an audit would want to know."""

    purpose: str
