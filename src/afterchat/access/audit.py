"""What may stand in the audit: the table of things that people do, and the one way to make a note of one. Pure.

Rules
- A note says who did what to which object, by ids; it holds nothing personal of any visitor, and no name of a user.
- It is written before the deed: nothing is done without a line, and what is refused then has one too.
- Of filters it holds the names, never the values: somebody may have filtered by a visitor's id.
- It is small, so that whoever does much does not fill the disk.

What does not belong here: keeping notes (`store.people`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from afterchat.store.people import AuditNote

__all__ = ["ACTIONS", "COMMAND_LINE", "Action", "Actor", "filter_names", "noted", "unmasked_export"]

DETAIL_VALUE_CHARACTERS_MAX = 200
DETAIL_COUNT_MAX = 20


class Action(NamedTuple):
    """One line of the table."""

    zh: str
    en: str


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "login": Action("登录", "Logged in"),
        "password.change": Action("修改了自己的密码", "Changed the own password"),
        "user.add": Action("新增用户", "Added a user"),
        "user.password": Action("重设用户密码", "Set a user's password"),
        "user.role": Action("修改用户角色", "Changed a user's role"),
        "user.disable": Action("停用用户", "Disabled a user"),
        "user.enable": Action("启用用户", "Enabled a user"),
        "user.remove": Action("删除用户", "Removed a user"),
        "token.add": Action("新增令牌", "Made a token"),
        "token.revoke": Action("吊销令牌", "Revoked a token"),
        "export.unmasked": Action("导出未遮盖的数据", "Exported unmasked data"),
        "view.save": Action("保存视图", "Saved a view"),
        "view.share": Action("共享视图", "Shared a view"),
        "view.remove": Action("删除视图", "Deleted a view"),
        "records.erase": Action("抹除访客信息", "Erased a visitor"),
        "endpoint.add": Action("新增推送地址", "Made an endpoint"),
        "endpoint.change": Action("修改推送地址", "Changed an endpoint"),
        "endpoint.delete": Action("删除推送地址", "Deleted an endpoint"),
        "endpoint.key": Action("修改推送密钥", "Changed an endpoint's keys"),
        "endpoint.pause": Action("暂停推送地址", "Paused an endpoint"),
        "endpoint.resume": Action("恢复推送地址", "Resumed an endpoint"),
        "outbox.redeliver": Action("重新投递", "Sent again"),
        "quarantine.release": Action("放行隔离推送", "Released a refused push"),
    }
)


class Actor(NamedTuple):
    """Who does something, and over whose data they may."""

    who: str
    """Id of a user, id of a token, or `cli`."""
    tenant: str | None


COMMAND_LINE = Actor("cli", None)
"""Whoever can write the store's files: there is nobody else to ask who that is."""


def noted(
    actor: Actor, now_ms: int, what: str, object_id: str, tenant: str | None, **detail: str | int | None
) -> AuditNote:
    """A note of something that is about to be done; raises ValueError for what is not in ACTIONS, or too much."""
    if what not in ACTIONS or len(detail) > DETAIL_COUNT_MAX:
        raise ValueError(f"no line of the audit can say {what!r} with {len(detail)} details")
    kept = {
        name: value[:DETAIL_VALUE_CHARACTERS_MAX] if isinstance(value, str) else value for name, value in detail.items()
    }
    return AuditNote(now_ms, actor.who, tenant, what, object_id, kept)


def unmasked_export(
    actor: Actor,
    now_ms: int,
    form_name: str,
    *,
    tenant: str | None,
    conditions: Iterable[tuple[str, str, object]],
    session_count: int | None,
) -> AuditNote:
    """A note of an export that hides nothing, of so many sessions (None: not known yet) of `tenant`, None for all."""
    filters = filter_names(conditions)
    return noted(actor, now_ms, "export.unmasked", form_name, tenant, filters=filters, sessions=session_count)


def filter_names(conditions: Iterable[tuple[str, str, object]]) -> str:
    """Conditions of a question as an audit may hold them: columns and operators, without the values."""
    return " ".join(sorted({f"{column}{operator}" for column, operator, _ in conditions}))
