"""What can be done with a customer's support history from Slack."""

from datetime import datetime

from customers import history
from customers.history import Draft, Entry
from customers.people import Reader
from customers.ports import HistoryStore
from customers.scope import One


class Logbook:
    """The façade for `Add to history`."""

    def __init__(self, store: HistoryStore) -> None:
        self._store = store

    async def add(self, draft: Draft, reader: Reader, key: str, now: datetime) -> Entry:
        """Saves a dated entry and says so where it came from. Raises CustomerGone."""
        return await self._store.add(
            One(draft.customer_id),
            draft,
            reader.id,
            key,
            now,
            lambda entry: history.announced(entry, reader.id, draft.source, key),
        )
