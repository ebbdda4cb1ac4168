"""Roles and rights: one table. Pure.

    viewer < analyst < operator < admin      each has every right of the one before it

Rights say what, the tenant says whose: a user with a tenant has these rights over that tenant's data alone.
API tokens have rights by their scope, so that a route asks for a right and not for a kind of caller.

What does not belong here: which route asks for which right (`web`, `dashboard`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["NO_RIGHTS", "ROLES", "SCOPE_RIGHTS", "Right", "Rights", "Role", "rights_of"]


class Right(Enum):
    """Something that may be seen or done."""

    SEE_MASKED = "see masked"
    """Figures, and sessions without what is personal."""
    EXPORT_MASKED = "export masked"
    SEE_UNMASKED = "see unmasked"
    """Personal fields and raw bodies."""
    EXPORT_UNMASKED = "export unmasked"
    """Leaves a line in the audit each time."""
    OPERATE = "operate"
    """Endpoints, outbox, quarantine."""
    MANAGE = "manage"
    """Users and tokens, and the audit."""
    ERASE = "erase"
    """What names a visitor, for good."""


Rights = frozenset[Right]

NO_RIGHTS: Rights = frozenset()


class Role(NamedTuple):
    """One line of the table."""

    rights: Rights
    zh: str
    en: str
    zh_about: str
    en_about: str


_VIEWER = frozenset({Right.SEE_MASKED})
_ANALYST = _VIEWER | {Right.EXPORT_MASKED}
_OPERATOR = _ANALYST | {Right.SEE_UNMASKED, Right.EXPORT_UNMASKED, Right.OPERATE}
_ADMIN = _OPERATOR | {Right.MANAGE, Right.ERASE}

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "viewer": Role(
            _VIEWER,
            "查看者",
            "Viewer",
            "查看指标与会话，个人信息已遮盖。",
            "Sees figures and sessions; what is personal is masked.",
        ),
        "analyst": Role(
            _ANALYST,
            "分析员",
            "Analyst",
            "另可导出，个人信息已遮盖。",
            "Exports them, too; what is personal is masked.",
        ),
        "operator": Role(
            _OPERATOR,
            "运维",
            "Operator",
            "可查看并导出完整内容（导出会留下审计记录），并可重新投递、暂停推送地址、放行隔离推送。",
            "Sees and exports everything (exports leave a line in the audit); redelivers, pauses endpoints, releases.",
        ),
        "admin": Role(
            _ADMIN,
            "管理员",
            "Administrator",
            "另可管理用户与令牌，并可抹除访客信息。",
            "Manages users and tokens as well, and erases visitors.",
        ),
    }
)
"""From the fewest rights to the most."""

_READ = _OPERATOR - {Right.OPERATE}

SCOPE_RIGHTS: Mapping[str, Rights] = MappingProxyType({"read": _READ, "operate": _OPERATOR, "send": NO_RIGHTS})
"""Scope of an API token to its rights; a program that reads sees everything, as it always did."""


def rights_of(role: str) -> Rights:
    """The rights of a role by its name; none for a name that nobody knows."""
    known = ROLES.get(role)
    return NO_RIGHTS if known is None else known.rights
