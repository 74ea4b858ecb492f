"""One CSM however documents write them: `Maya`, `Maya <maya@…>` and `@maya` may be one person, who is told once.

A name without an address is that of the only address known with the same name; with two of them nobody can say whose
it is, and it stays a name. A handle alone is the only name known with the same handle.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal, or_, select

from storage.tables import customers

_LIKE = customers.alias("like_them")


def _only(column: ColumnElement[str]) -> ColumnElement[str]:
    """The value, where there is one and no other."""
    return case((func.min(column) == func.max(column), func.min(column)))


_NAMED = (
    select(customers.c.csm_handle.label("handle"), _only(customers.c.csm_name).label("name"))
    .where(customers.c.csm_handle.is_not(None), customers.c.csm_name.is_not(None))
    .group_by(customers.c.csm_handle)
    .subquery("named")
)
_MAILED = (
    select(customers.c.csm_name.label("name"), _only(customers.c.csm_email).label("email"))
    .where(customers.c.csm_name.is_not(None), customers.c.csm_email.is_not(None))
    .group_by(customers.c.csm_name)
    .subquery("mailed")
)
_NAME = func.coalesce(customers.c.csm_name, _NAMED.c.name)

# of customers in what `joined` answers: the folded address, else the name, else the handle behind an @; none for nobody
IDENTITY = func.coalesce(
    customers.c.csm_email, _MAILED.c.email, _NAME, literal("@", literal_execute=True) + customers.c.csm_handle
)
# the address alone, of a few customers that were found already
EMAIL = func.coalesce(
    customers.c.csm_email,
    select(_only(_LIKE.c.csm_email))
    .where(_LIKE.c.csm_name == customers.c.csm_name)
    .correlate(customers)
    .scalar_subquery(),
)
# of the customers of one CSM the one to find them by: whose document has the address, if one has
FOUND_BY = func.coalesce(
    func.min(case((customers.c.csm_email.is_not(None), customers.c.id))), func.min(customers.c.id)
)  # fmt: skip


def joined(source: FromClause) -> FromClause:
    """`source`, which holds customers, with what `IDENTITY` needs."""
    alone = and_(customers.c.csm_email.is_(None), customers.c.csm_name.is_(None))
    named = source.outerjoin(_NAMED, and_(alone, _NAMED.c.handle == customers.c.csm_handle))
    return named.outerjoin(_MAILED, and_(customers.c.csm_email.is_(None), _MAILED.c.name == _NAME))


def have(keys: Sequence[str]) -> ColumnElement[bool]:
    """Whether the CSM of a customer is one of these identities; each kind by its own column, so that an index answers.

    Only one statement asks about many customers at a time, so it knows the addresses of names by a subquery.
    """
    handles = [key[1:] for key in keys if key.startswith("@")]
    addresses = [key for key in keys if "@" in key[1:]]
    names = [key for key in keys if "@" not in key]
    unmailed, unnamed = customers.c.csm_email.is_(None), customers.c.csm_name.is_(None)
    if addresses:
        names_of = select(_MAILED.c.name).where(_MAILED.c.email.in_(addresses))
        by: list[ColumnElement[bool]] = [customers.c.csm_email.in_(addresses)]
        by += [and_(customers.c.csm_name.in_(names_of), unmailed)]
        handles_of = select(_NAMED.c.handle).where(_NAMED.c.name.in_(names_of))
        by += [and_(customers.c.csm_handle.in_(handles_of), unnamed, unmailed)]
    else:
        by = []
    if names:
        by += [and_(customers.c.csm_name.in_(names), unmailed)]
        handles_of = select(_NAMED.c.handle).where(_NAMED.c.name.in_(names))
        by += [and_(customers.c.csm_handle.in_(handles_of), unnamed, unmailed)]
    by += [and_(customers.c.csm_handle.in_(handles), unnamed, unmailed)] if handles else []
    return or_(*by)
