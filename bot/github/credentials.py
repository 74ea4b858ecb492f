"""What Dossier shows to GitHub: a token, or a GitHub App that gets itself a new one every hour.

Source: GitHub's page "Authenticating as a GitHub App installation".
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from bot.github.answers import About, Done, NotSent, Outcome, Refused, Unknown
from bot.github.wire import Wire

SPARE = timedelta(minutes=5)  # a token is not used so shortly before it expires
_NO_KEY = Refused(
    401,
    "The private key of the GitHub App cannot be read.",
    "Download one from the app's page and put the whole PEM text into Dossier's settings. Then send it again.",
)


@dataclass(frozen=True, slots=True)
class Token:
    """A personal access token."""

    value: str = field(repr=False)

    async def token(self, wire: Wire) -> Outcome[str]:
        """Always the same."""
        return Done(self.value)

    def spoil(self, token: str) -> bool:
        """GitHub did not accept it; there is no other."""
        return False


@dataclass(frozen=True, slots=True)
class _Lent:
    token: str = field(repr=False)
    until: datetime
    may_write: bool


class App:
    """A GitHub App; without `installation` it is looked up by the repository ("owner/name")."""

    def __init__(self, app_id: str, private_key: str, repository: str, installation: int | None = None) -> None:
        self._id = app_id
        self._key = private_key
        self._repository = repository
        self._installation = installation
        self._lent: _Lent | None = None
        self._one_at_a_time = asyncio.Lock()

    async def token(self, wire: Wire) -> Outcome[str]:
        """The token at hand, or a new one; never Unknown, because nothing was asked of the repository yet."""
        async with self._one_at_a_time:
            if self._lent is not None and wire.clock() < self._lent.until - SPARE:
                return Done(self._lent.token)
            got = await self._borrow(wire)
            if isinstance(got, Unknown):
                return NotSent(got.reason)
            if not isinstance(got, Done):
                return got
            self._lent = got.data
            return Done(got.data.token)

    def spoil(self, token: str) -> bool:
        """GitHub did not accept it: the next one is asked for anew."""
        if self._lent is not None and self._lent.token == token:
            self._lent = None
        return True

    @property
    def may_write(self) -> bool:
        """Whether the app was granted to write issues; True as long as nobody told otherwise."""
        return self._lent is None or self._lent.may_write

    async def _borrow(self, wire: Wire) -> Outcome[_Lent]:
        from gidgethub import apps  # with PyJWT and cryptography: 80 ms that only apps need

        try:
            jwt = apps.get_jwt(app_id=self._id, private_key=self._key)
        except Exception:  # PyJWT and cryptography have a dozen names for it, and some quote the key
            return _NO_KEY
        installation = self._installation
        if installation is None:
            url = "/repos/" + self._repository + "/installation"
            found = await wire.call(lambda api: api.getitem(url, jwt=jwt), lambda data: int(data["id"]), About.APP)
            if not isinstance(found, Done):
                return found
            installation = found.data
        return await wire.call(
            lambda api: apps.get_installation_access_token(
                api, installation_id=str(installation), app_id=self._id, private_key=self._key
            ),
            _lent,
            About.APP,
        )


def _lent(data: Any) -> _Lent:
    granted = data.get("permissions") or {"issues": "write"}
    return _Lent(str(data["token"]), datetime.fromisoformat(data["expires_at"]), granted.get("issues") == "write")


Credentials: TypeAlias = Token | App
