"""The ports of people: who may log in, who is logged in, what was done; and the frozen data that crosses them.

    Users           accounts with a role and a password's hash
    LoginSessions   who is logged in, found by the sha256 of a cookie
    Audit           what people did, append-only
    People          all three; they live with the registry

The same rules as for `ports`: asynchronous, fewer than ten methods a port, promises in the docstrings.
Moments are epoch milliseconds.

Rules
- A change of a user and its line in the audit are one transaction.
- No password and no cookie ever comes here: hashes only, and even those stand in no `repr`.
- What a server at hand shall notice at once (a session revoked, a user disabled) it finds by asking again; the
  registry's version is not raised.

What does not belong here: what a role may do, how a password is hashed, what may stand in the audit (`access`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

__all__ = [
    "AUDIT_MS",
    "USERS_MAX",
    "Audit",
    "AuditNote",
    "AuditRow",
    "LoginSession",
    "LoginSessions",
    "People",
    "SessionBounds",
    "User",
    "Users",
]

AUDIT_MS = 400 * 86_400_000
"""How long a line of the audit is kept: a year, and a month in which to ask about it."""
USERS_MAX = 10_000
"""More people than look at one contact centre."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in."""

    id: str
    """`usr_` and random digits; never used twice, stands in the audit."""
    name: str
    """What is typed at the login; unique."""
    role: str
    """One of `access.roles.ROLES`."""
    tenant: str | None
    """The only tenant whose data this user sees; None for all."""
    password_hash: str = field(repr=False)
    created_at: int
    password_set_at: int
    disabled_at: int | None = None
    last_login_at: int | None = None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """Somebody who is logged in, in one browser."""

    sha256: bytes = field(repr=False)
    """Of the cookie."""
    user_id: str
    csrf_key: bytes = field(repr=False)
    """Random; forms of this session carry what `access.csrf` makes with it."""
    created_at: int
    last_used_at: int
    """Written at most once a minute."""


class SessionBounds(NamedTuple):
    """When sessions end by themselves, and how many one user may have."""

    idle_ms: int
    absolute_ms: int
    count_max: int

    def is_over(self, session: LoginSession, now: int) -> bool:
        """Whether it ended by itself."""
        return now - session.last_used_at >= self.idle_ms or now - session.created_at >= self.absolute_ms


@dataclass(frozen=True, slots=True)
class AuditNote:
    """Something that was done; holds no personal data of visitors. Made by `access.audit.noted`."""

    at: int
    who: str
    """Id of a user, id of a token, or `cli`."""
    tenant: str | None
    """Whose data it was about; None for what concerns all."""
    what: str
    """One of `access.audit.ACTIONS`."""
    object: str
    """Id of what it was done to; empty when there is none."""
    detail: Mapping[str, str | int | None]


class AuditRow(NamedTuple):
    """A note as it is kept."""

    id: int
    """Grows; never used twice."""
    note: AuditNote


class Users(Protocol):
    """Accounts of people."""

    async def users(self, tenant: str | None) -> tuple[User, ...]:
        """Every user, or those bound to a tenant, in the order of their names."""

    async def user_named(self, name: str) -> User | None:
        """The user of exactly that name."""

    async def add_user(self, user: User, note: AuditNote) -> None:
        """Keep a new user; raises CallerError when the name or id is in use, or there are USERS_MAX."""

    async def change_user(self, user_id: str, values: Mapping[str, Any], note: AuditNote) -> None:
        """Change `role`, `tenant`, `password_hash` (with `password_set_at`) or `disabled_at`, and nothing else.

        A new hash and a disabling end every login session of the user in the same transaction.
        Raises NotFoundError.
        """

    async def replace_hash(self, user_id: str, old_hash: str, new_hash: str) -> None:
        """The same password hashed anew: changed only if `old_hash` still stands there; sessions go on."""

    async def remove_user(self, user_id: str, note: AuditNote) -> None:
        """Forget the user, every login session and saved view of theirs; the audit keeps the id.

        Raises NotFoundError.
        """


class LoginSessions(Protocol):
    """Who is logged in."""

    async def begin_session(
        self, session: LoginSession, password_hash: str, bounds: SessionBounds, note: AuditNote
    ) -> bool:
        """Keep a new session, unless the user is gone, disabled, or has another hash by now: then False.

        In the same transaction sessions of anybody that are over leave, and the oldest of this user beyond the bound.
        """

    async def session(self, sha256: bytes) -> tuple[LoginSession, User] | None:
        """The session of a cookie with its user as they are now; whether it is over is for the caller to judge."""

    async def touch_session(self, sha256: bytes, used_at: int) -> None:
        """It was used then; nothing happens to one that is gone, or was used later."""

    async def end_session(self, sha256: bytes) -> None:
        """Revoke one, whether it is there or not."""

    async def end_sessions(self, user_id: str) -> None:
        """Revoke all of a user."""


class Audit(Protocol):
    """What was done, append-only."""

    async def write_note(self, note: AuditNote) -> None:
        """Durable on return; some that are older than AUDIT_MS leave with every note that is written, by whatever."""

    async def notes(self, tenant: str | None, before_id: int | None, row_count_max: int) -> list[AuditRow]:
        """Newest first, of all tenants (None) or of one; `before_id` continues a listing."""


class People(Users, LoginSessions, Audit, Protocol):
    """All of it, as one store keeps it."""
