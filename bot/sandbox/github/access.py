"""Who calls: a token of a person, a token of an installed GitHub App, or the App itself with a JSON web token.

Source: docs.github.com, "Authenticating as a GitHub App", "Generating a JSON Web Token (JWT) for a GitHub App".
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from bot.sandbox.clock import Clock

__all__ = ["APP_ID", "INSTALLATION_ID", "LOGIN", "Caller", "Grants"]

APP_ID, INSTALLATION_ID, LOGIN = 424242, 7, "dossier-bot"
_LIFE = timedelta(hours=1)
_JWT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a call comes from; `kind` is `person`, `installation` or `app`."""

    kind: str
    login: str


class Grants:
    """Knows the one personal token and hands out installation tokens for an hour of the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.token = f"ghp_-sandbox-{secrets.token_hex(12)}"
        self._installed: dict[str, datetime] = {}

    def caller(self, header: str) -> Caller | None:
        """Return who an Authorization header names, None when it is nobody."""
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() not in ("bearer", "token"):
            return None
        if secrets.compare_digest(token.encode(), self.token.encode()):
            return Caller("person", LOGIN)
        if token in self._installed:
            return Caller("installation", "dossier[bot]") if self._installed[token] > self._clock.now() else None
        return Caller("app", "dossier[bot]") if token.count(".") == 2 and _is_ours(token) else None

    def grant(self) -> tuple[str, datetime]:
        """Return a new installation token and when it ends."""
        token, until = f"ghs_-sandbox-{secrets.token_hex(12)}", self._clock.now() + _LIFE
        self._installed[token] = until
        return token, until


def _is_ours(token: str) -> bool:
    """Look at a JWT: algorithm, issuer and life of at most ten minutes (plus a minute for clocks that differ)."""
    head, claims, signature = (_part(one) for one in token.split("."))
    if not signature or not isinstance(head, dict) or not isinstance(claims, dict) or head.get("alg") != "RS256":
        return False
    begins, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        return False
    return str(claims.get("iss")) == str(APP_ID) and 0 < ends - begins <= _JWT_SECONDS + 60


def _part(text: str) -> Any:
    """Decode one part: JSON, or the bytes when it is none (the signature)."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw
