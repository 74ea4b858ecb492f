"""Whose customer somebody is."""

from sqlalchemy import ColumnElement, and_, false, or_

from customers.people import Reader
from storage.tables import customers, key_of


def csm_is(reader: Reader) -> ColumnElement[bool]:
    """Customers whose CSM is `reader`: by e-mail, by name, by handle; a namesake with another address is not."""
    email, name, handle = key_of(reader.email), key_of(reader.name), key_of(reader.handle)
    mine = [customers.c.csm_email == email] if email else []
    unnamed = [customers.c.csm_email.is_(None)] if email else []
    mine += [and_(*unnamed, customers.c.csm_name == name)] if name else []
    mine += [and_(*unnamed, customers.c.csm_handle == handle)] if handle else []
    return or_(false(), *mine)
