"""Which Slack user a document's CSM is: by e-mail when it names one, otherwise by name, then by handle."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from customers.model import Person

PAGE = 1_000  # the most that users.list answers at once
FRESH = timedelta(minutes=10)


class Directory:
    """Everybody in the workspace, read again every ten minutes."""

    def __init__(self, web: AsyncWebClient, clock: Callable[[], datetime]) -> None:
        self._web = web
        self._clock = clock
        self._read_at: datetime | None = None
        self._by: dict[str, dict[str, str]] = {}
        self._reading = asyncio.Lock()

    async def user_of(self, person: Person) -> str | None:
        """The Slack user id, or None when nobody matches. Raises what slack_sdk raises when Slack cannot be asked."""
        async with self._reading:
            now = self._clock()
            if self._read_at is None or abs(now - self._read_at) >= FRESH:
                self._by = await self._everybody()
                self._read_at = now
        if person.email:  # a namesake with another address is somebody else
            return self._by["email"].get(person.email.casefold()) or None
        for kind, value in (("name", person.name), ("handle", person.handle)):
            if value and (user := self._by[kind].get(value.casefold())):
                return user
        return None

    async def _everybody(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {"email": {}, "name": {}, "handle": {}}
        cursor = ""
        while True:
            page = await self._web.users_list(limit=PAGE, cursor=cursor or None)
            for user in page["members"]:
                if user.get("deleted") or user.get("is_bot") or user.get("is_stranger") or user.get("is_restricted"):
                    continue
                profile = user.get("profile") or {}
                names = {
                    "email": profile.get("email"),
                    "name": profile.get("real_name") or user.get("real_name"),
                    "handle": user.get("name"),
                }
                for kind, value in names.items():
                    if value:  # two people with one name are nobody: a guess could tell the wrong one
                        key = str(value).casefold()
                        found[kind][key] = "" if key in found[kind] else user["id"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found
