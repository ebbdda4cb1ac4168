"""Who somebody is, once they are logged in, and what became of a login: the values that the gate gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from afterchat.access.roles import Right, Rights

__all__ = ["Identity", "LoggedIn", "Refused"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who is logged in, as of now."""

    user_id: str
    name: str
    role: str
    rights: Rights
    tenant: str | None
    """The only tenant whose data they see; None for all."""
    csrf_token: str = field(repr=False)
    """Goes into every form of theirs."""

    def may(self, right: Right) -> bool:
        """Whether they have that right."""
        return right in self.rights


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that was right: the cookie of a new session, and whose it is."""

    cookie: str = field(repr=False)
    identity: Identity


@dataclass(frozen=True, slots=True)
class Refused:
    """A login that was not taken; why is not said."""

    retry_after_seconds: int = 0
    """0 for wrong or unknown: the same for both. More when it was not even looked at: 429, with `Retry-After`."""
