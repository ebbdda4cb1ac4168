"""What an administrator does to users: add, change, disable, remove; each with its line in the audit.

Rules
- Who is bound to a tenant manages the users of that tenant alone; all others are, to them, not there.
- The last administrator of all tenants who may log in is neither removed, disabled nor given another role: nobody
  could undo it.
- A new password, a disabling and a removal end the user's sessions at once; another role is in force with the next
  request.

What does not belong here: what people do for themselves (`gate`), whether the actor has the right (`web`).
"""

from __future__ import annotations

import secrets
from typing import Any

from afterchat.access.audit import COMMAND_LINE, Actor, noted
from afterchat.access.errors import AccountError
from afterchat.access.names import is_user_name
from afterchat.access.passwords import Passwords, password_fault, readable_password
from afterchat.access.roles import ROLES
from afterchat.clock import Clock
from afterchat.errors import CallerError, NotFoundError
from afterchat.store.people import People, User

__all__ = ["FIRST_ADMIN", "Accounts", "first_admin"]

FIRST_ADMIN = "admin"
_ADMIN = "admin"
_ID_BYTES = 6


class Accounts:
    """Users of one store, as `actor` may manage them."""

    def __init__(self, people: People, clock: Clock, passwords: Passwords, actor: Actor = COMMAND_LINE) -> None:
        self._people = people
        self._clock = clock
        self._passwords = passwords
        self._actor = actor

    async def users(self) -> tuple[User, ...]:
        """Those whom the actor manages, by name."""
        return await self._people.users(self._actor.tenant)

    async def add(self, name: str, role: str, tenant: str | None, password: str) -> User:
        """The new user; whether the tenant exists is for the caller to know.

        Raises AccountError for a name, role, tenant or password that cannot be, CallerError for a name in use.
        """
        if not is_user_name(name):
            raise AccountError(
                zh="用户名：1 到 64 个字符，限 a-z、0-9 与 . _ @ + -，以字母或数字开头。",
                en="a name has 1 to 64 of a-z, 0-9 and . _ @ + -, and begins with a letter or digit",
            )
        _refuse_unknown_role(role)
        if self._actor.tenant not in {None, tenant}:
            raise AccountError(zh="您只能管理本租户的用户。", en="you manage users of your own tenant only")
        password_hash = await self._hash(password, name)
        now = self._clock.now_ms()
        user = User(f"usr_{secrets.token_hex(_ID_BYTES)}", name, role, tenant, password_hash, now, now)
        await self._people.add_user(user, noted(self._actor, now, "user.add", user.id, tenant, role=role))
        return user

    async def set_password(self, name: str, password: str) -> None:
        """Give the user another password; raises AccountError, NotFoundError."""
        user = await self._named(name)
        password_hash = await self._hash(password, name)
        await self._change(user, "user.password", password_hash=password_hash, password_set_at=self._clock.now_ms())

    async def set_role(self, name: str, role: str) -> None:
        """Give the user another role; raises AccountError, NotFoundError."""
        _refuse_unknown_role(role)
        user = await self._named(name)
        if role != _ADMIN:
            await self._refuse_last_admin(user)
        await self._change(user, "user.role", role=role)

    async def disable(self, name: str) -> None:
        """Let the user in no more; raises AccountError, NotFoundError."""
        user = await self._named(name)
        await self._refuse_last_admin(user)
        await self._change(user, "user.disable", disabled_at=self._clock.now_ms())

    async def enable(self, name: str) -> None:
        """Let the user in again; raises NotFoundError."""
        await self._change(await self._named(name), "user.enable", disabled_at=None)

    async def remove(self, name: str) -> None:
        """Forget the user; raises AccountError, NotFoundError."""
        user = await self._named(name)
        await self._refuse_last_admin(user)
        note = noted(self._actor, self._clock.now_ms(), "user.remove", user.id, user.tenant)
        await self._people.remove_user(user.id, note)

    async def _change(self, user: User, what: str, **values: Any) -> None:
        told = {"role": values["role"]} if "role" in values else {}
        note = noted(self._actor, self._clock.now_ms(), what, user.id, user.tenant, **told)
        await self._people.change_user(user.id, values, note)

    async def _named(self, name: str) -> User:
        user = await self._people.user_named(name)
        if user is None or self._actor.tenant not in {None, user.tenant}:
            shown = name if is_user_name(name) else "?"
            raise NotFoundError(f"there is no user '{shown}'; list them with 'afterchat users list'")
        return user

    async def _hash(self, password: str, name: str) -> str:
        fault = password_fault(password, name)
        if fault is not None:
            raise AccountError(zh=fault.zh, en=fault.en)
        return await self._passwords.hash(password)

    async def _refuse_last_admin(self, user: User) -> None:
        others = [
            other
            for other in await self._people.users(None)
            if other.id != user.id and (other.role, other.tenant, other.disabled_at) == (_ADMIN, None, None)
        ]
        if not others and (user.role, user.tenant, user.disabled_at) == (_ADMIN, None, None):
            raise AccountError(
                zh=f"'{user.name}' 是最后一位不限租户的管理员；请先新增另一位。",
                en=f"'{user.name}' is the last administrator of all tenants; add another one first",
            )


async def first_admin(people: People, clock: Clock, passwords: Passwords | None = None) -> tuple[str, str] | None:
    """Name and password of the administrator that this call made; None when there is a user already.

    The password is known to nobody else: show it once.
    """
    if await people.users(None):
        return None
    ours = passwords or Passwords()
    password = readable_password()
    try:
        await Accounts(people, clock, ours).add(FIRST_ADMIN, _ADMIN, None, password)
    except CallerError:
        return None  # somebody else made it at this very moment
    finally:
        if passwords is None:
            ours.close()
    return FIRST_ADMIN, password


def _refuse_unknown_role(role: str) -> None:
    if role not in ROLES:
        roles = ", ".join(ROLES)
        raise AccountError(
            zh=f"没有这个角色；可用的角色：{roles}。", en=f"there is no such role; choose one of {roles}"
        )
