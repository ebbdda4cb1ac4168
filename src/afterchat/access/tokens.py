"""API tokens as somebody may manage them: make one, list them, revoke one; each change with its line in the audit.

Rules
- A token is 256 random bits behind a mark by which leaked ones are found; it is shown once, only its sha256 is kept.
- Who is bound to a tenant makes, sees and revokes tokens of that tenant alone; all others are, to them, not there.
- A token that sends is for one tenant: it says whose events they are.
- The line of the audit is written first, so no token is in force without one.

What does not belong here: whose token a request carries (`store.bearer`), whether a tenant exists (the caller knows).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from afterchat.access.audit import COMMAND_LINE, Actor, noted
from afterchat.access.errors import AccountError
from afterchat.access.roles import SCOPE_RIGHTS
from afterchat.clock import Clock
from afterchat.errors import NotFoundError
from afterchat.store.people import Audit
from afterchat.store.ports import Registry, Token

__all__ = ["MadeToken", "Tokens"]

TOKEN_PREFIX = "act_"  # noqa: S105 - the mark by which leaked tokens are found, not a token
TOKEN_BYTES = 32
_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token: the only moment at which anybody can read it."""

    text: str = field(repr=False)
    token: Token


class Tokens:
    """Tokens of one store, as `actor` may manage them."""

    def __init__(self, registry: Registry, audit: Audit, clock: Clock, actor: Actor = COMMAND_LINE) -> None:
        self._registry = registry
        self._audit = audit
        self._clock = clock
        self._actor = actor

    async def tokens(self) -> tuple[Token, ...]:
        """Those whom the actor manages, by id; expired ones too."""
        known = (token for token, _ in await self._registry.tokens())
        return tuple(sorted((token for token in known if self._is_ours(token.tenant)), key=lambda token: token.id))

    async def add(self, tenant: str | None, scope: str, expires_in_ms: int | None) -> MadeToken:
        """The new token; for ever where no time is given. Raises AccountError for a scope or tenant that cannot be."""
        if scope not in SCOPE_RIGHTS:
            scopes = ", ".join(SCOPE_RIGHTS)
            raise AccountError(
                zh=f"没有这个权限；可用的权限：{scopes}。", en=f"there is no such scope; choose one of {scopes}"
            )
        if not self._is_ours(tenant):
            raise AccountError(zh="您只能管理本租户的令牌。", en="you manage tokens of your own tenant only")
        if scope == "send" and tenant is None:
            raise AccountError(
                zh="提交事件的令牌只能属于一个租户；请选择租户。",
                en="a token that sends is for one tenant; choose which",
            )
        now = self._clock.now_ms()
        expires_at = None if expires_in_ms is None else now + expires_in_ms
        token = Token(f"tok_{secrets.token_hex(_ID_BYTES)}", tenant, expires_at, scope)
        text = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        ends = {} if expires_at is None else {"expires_at": expires_at}
        await self._audit.write_note(noted(self._actor, now, "token.add", token.id, tenant, scope=scope, **ends))
        await self._registry.add_token(token, sha256(text.encode()).digest(), now)
        return MadeToken(text, token)

    async def revoke(self, token_id: str) -> None:
        """End it at once; raises NotFoundError."""
        found = next((token for token in await self.tokens() if token.id == token_id), None)
        if found is None:
            shown = token_id if token_id.isascii() and token_id.isprintable() else "?"
            raise NotFoundError(f"there is no token '{shown}'; list them with 'afterchat tokens list'")
        await self._audit.write_note(
            noted(self._actor, self._clock.now_ms(), "token.revoke", found.id, found.tenant, scope=found.scope)
        )
        await self._registry.revoke_token(found.id)

    def _is_ours(self, tenant: str | None) -> bool:
        return self._actor.tenant in {None, tenant}
