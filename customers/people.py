"""Who is asking, and whether they may (design: "Who may")."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What Slack says about an account; only the first two may read."""

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    DELETED = "deleted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reader:
    """A person in Slack. `id` is Slack's user id; name, e-mail and handle serve to find *their* customers.

    `zone` is the time zone that Slack has for them, such as Europe/Berlin.
    """

    id: str
    standing: Standing
    name: str | None = None
    email: str | None = None
    handle: str | None = None
    zone: str | None = None

    @property
    def may_read(self) -> bool:
        return self.standing in (Standing.ADMIN, Standing.MEMBER)
