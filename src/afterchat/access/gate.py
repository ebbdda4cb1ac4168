"""The gate that the web layer asks: who logs in, who is it, who leaves.

    login -> throttle -> user and password -> session, its cookie, an Identity
    who   -> cookie -> session (at most CACHE_SECONDS old) -> over? disabled? -> Identity

Rules
- A name that nobody has, a disabled user and a wrong password give the same answer after the same work.
- Every login begins a new session with a new cookie; whatever cookie came with the request means nothing.
- A session ends after 30 minutes without a request, 12 hours after its login, and when it is revoked: by logging out,
  by a new password, by a disabling, by a removal; each within a second in every process.
- A user has at most 20 sessions; the oldest leaves.
- When a session was used is written at most once a minute, so it may end up to a minute early, never late.

What does not belong here: HTTP (`web`), cookies and tokens as text (`cookie`, `csrf`), managing others (`accounts`).
"""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from afterchat.access.audit import Actor, noted
from afterchat.access.cookie import digest_of, new_cookie
from afterchat.access.csrf import CSRF_KEY_BYTES, csrf_token
from afterchat.access.errors import PasswordsBusyError
from afterchat.access.identity import Identity, LoggedIn, Refused
from afterchat.access.names import login_name
from afterchat.access.passwords import PasswordFault, Passwords, password_fault
from afterchat.access.roles import rights_of
from afterchat.access.throttle import Throttle
from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.store.people import LoginSession, People, SessionBounds, User

__all__ = ["BOUNDS", "CACHE_SECONDS", "Gate"]

_LOG = logging.getLogger(__name__)

_MINUTE_MS = 60_000
BOUNDS = SessionBounds(idle_ms=30 * _MINUTE_MS, absolute_ms=12 * 60 * _MINUTE_MS, count_max=20)
CACHE_SECONDS = 1.0
"""A page is a dozen requests; what is revoked meanwhile ends within this time."""
_CACHED_MAX = 10_000
_BUSY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Seen:
    """A session as it was read."""

    at: float
    session: LoginSession = field(repr=False)
    user: User


class Gate:
    """One for each process that serves pages; `passwords` is closed by whoever made it."""

    def __init__(self, people: People, clock: Clock, passwords: Passwords, throttle: Throttle | None = None) -> None:
        self._people = people
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle or Throttle()
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()

    async def login(self, name: str, password: str, peer: str) -> LoggedIn | Refused:
        """A new session for whoever has that name and that password; `peer` is the address they come from.

        Raises StoreUnavailableError.
        """
        user = await self._proven(login_name(name), password, peer)
        if isinstance(user, Refused):
            return user
        if self._passwords.is_outdated(user.password_hash):
            user = await self._hashed_anew(user, password)
        return await self._begin(user)

    async def who(self, cookie: str) -> Identity | None:
        """Whose session that is, used as of now; None for every other cookie. Raises StoreUnavailableError."""
        seen = await self._session(cookie)
        return None if seen is None else _identity(seen.user, seen.session.csrf_key, cookie)

    async def logout(self, cookie: str) -> None:
        """End that session, if it is one."""
        digest = digest_of(cookie)
        if digest is not None:
            self._seen.pop(digest, None)
            await self._people.end_session(digest)

    async def logout_everywhere(self, identity: Identity) -> None:
        """End every session of that user, this one too."""
        self._forget(identity.user_id)
        await self._people.end_sessions(identity.user_id)

    async def change_password(
        self, cookie: str, old: str, new: str, peer: str
    ) -> LoggedIn | PasswordFault | Refused | None:
        """Another password for whoever has that session, which ends with all others of theirs; a new one begins.

        None for a cookie of nobody, Refused when the old password is wrong or tried too often.
        Raises StoreUnavailableError.
        """
        seen = await self._session(cookie)
        if seen is None:
            return None
        user = seen.user
        fault = password_fault(new, user.name)
        if fault is not None:
            return fault
        proven = await self._proven(user.name, old, peer)
        if isinstance(proven, Refused):
            return proven
        try:
            password_hash = await self._passwords.hash(new)
        except PasswordsBusyError:
            return Refused(_BUSY_SECONDS)
        now = self._clock.now_ms()
        note = noted(Actor(user.id, user.tenant), now, "password.change", user.id, user.tenant)
        await self._people.change_user(user.id, {"password_hash": password_hash, "password_set_at": now}, note)
        self._forget(user.id)
        return await self._begin(replace(proven, password_hash=password_hash))

    async def _proven(self, name: str, password: str, peer: str) -> User | Refused:
        """The user of that name, if that is their password; the same work and the same answer for all others."""
        wait_seconds = self._throttle.begin(name, peer, self._clock.monotonic())
        if wait_seconds:
            return Refused(wait_seconds)
        user = await self._people.user_named(name)
        try:
            is_right = await self._passwords.verify(user.password_hash if user else None, password)
        except PasswordsBusyError:
            return Refused(_BUSY_SECONDS)
        if user is None or not is_right or user.disabled_at is not None:
            _LOG.warning("a login was refused")
            return Refused()
        self._throttle.succeeded(name, peer, self._clock.monotonic())
        return user

    async def _hashed_anew(self, user: User, password: str) -> User:
        """The user with a hash of our parameters; as they are, where there is no time for it now."""
        try:
            password_hash = await self._passwords.hash(password)
        except PasswordsBusyError:
            return user
        await self._people.replace_hash(user.id, user.password_hash, password_hash)
        return replace(user, password_hash=password_hash)

    async def _begin(self, user: User) -> LoggedIn | Refused:
        """A session of a user who has just proven who they are; Refused when that is over by now."""
        now, cookie, csrf_key = self._clock.now_ms(), new_cookie(), secrets.token_bytes(CSRF_KEY_BYTES)
        digest = digest_of(cookie)
        assert digest is not None, "a new cookie is a cookie"
        session = LoginSession(digest, user.id, csrf_key, now, now)
        note = noted(Actor(user.id, user.tenant), now, "login", user.id, user.tenant)
        if not await self._people.begin_session(session, user.password_hash, BOUNDS, note):
            return Refused()
        return LoggedIn(cookie, _identity(user, csrf_key, cookie))

    async def _session(self, cookie: str) -> _Seen | None:
        """The session of a cookie that goes on now, with its user."""
        digest = digest_of(cookie)
        if digest is None:
            return None
        seen = self._seen.get(digest)
        began_at = self._clock.monotonic()
        if seen is None or began_at - seen.at >= CACHE_SECONDS:
            found = await self._people.session(digest)
            if found is None:
                self._seen.pop(digest, None)
                return None
            seen = _Seen(began_at, *found)
        now = self._clock.now_ms()
        if BOUNDS.is_over(seen.session, now) or seen.user.disabled_at is not None:
            self._seen.pop(digest, None)
            return None
        if now - seen.session.last_used_at >= _MINUTE_MS:
            seen = await self._touched(seen, now)
        self._remember(digest, seen)
        return seen

    async def _touched(self, seen: _Seen, now: int) -> _Seen:
        try:
            await self._people.touch_session(seen.session.sha256, now)
        except StoreUnavailableError:
            return seen  # a full disk shall not keep people from looking; the next request tries again
        return replace(seen, session=replace(seen.session, last_used_at=now))

    def _remember(self, digest: bytes, seen: _Seen) -> None:
        self._seen[digest] = seen
        self._seen.move_to_end(digest)
        if len(self._seen) > _CACHED_MAX:
            self._seen.popitem(last=False)

    def _forget(self, user_id: str) -> None:
        for digest in [digest for digest, seen in self._seen.items() if seen.user.id == user_id]:
            del self._seen[digest]


def _identity(user: User, csrf_key: bytes, cookie: str) -> Identity:
    token = csrf_token(csrf_key, cookie)
    return Identity(user.id, user.name, user.role, rights_of(user.role), user.tenant, token)
