"""How commands name an endpoint, and the words for how it does; shared by `endpoints` and `outbox`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import current_language, option
from afterchat.cli.language import Text
from afterchat.cli.output import moment
from afterchat.errors import CallerError, NotFoundError

if TYPE_CHECKING:
    from afterchat.store.sending import Endpoint, Endpoints

__all__ = ["endpoint_named", "name_argument", "owner_option", "state_words", "trouble"]

_STATES = {
    "sending": Text("sending", "投递中"),
    "failing": Text("failing", "失败中"),
    "disabled": Text("given up", "已停用"),
    "paused": Text("paused", "已暂停"),
}
_FAILING = Text("failing since {since}, {count} in a row", "自 {since} 起失败，连续 {count} 次")
_HELD = Text("held until {until}", "暂停投递至 {until}")
_GIVEN_UP = Text("given up at {at}", "于 {at} 停用")
_NOBODY = Text(
    "there is no endpoint '{name}'; see `afterchat endpoints list`",
    "没有推送地址 '{name}'；参见 `afterchat endpoints list`",
)
_SEVERAL = Text(
    "several tenants have an endpoint '{name}' ({owners}); say which with --tenant",
    "多个租户都有推送地址 '{name}'（{owners}）；请用 --tenant 指定",
)
_DATE_CHARS = len("2026-01-31 ")
_SECOND_CHARS = len("2026-01-31 08:00:00")
"""A hold is for a minute at most, so its day is not said."""

name_argument = click.argument("name", metavar="NAME")
owner_option = option(
    "--tenant",
    "tenant",
    metavar="NAME",
    text=Text("Whose endpoint, where several tenants use the name.", "名称重复时，指定所属租户。"),
)


def state_words(state: str) -> str:
    """What an endpoint does, for people."""
    return _STATES[state].of(current_language()) if state in _STATES else state


def trouble(row: Mapping[str, Any], now_ms: int) -> str:
    """What the relay remembers against an endpoint, in one sentence; empty when it does well."""
    said = []
    if row["state"] == "disabled":
        said.append(_say(_GIVEN_UP, at=moment(row["disabled_at"])))
    if row["failing_since"] is not None:
        said.append(_say(_FAILING, since=moment(row["failing_since"]), count=row["failures_in_a_row"]))
    if row["open_until"] is not None and row["open_until"] > now_ms:
        said.append(_say(_HELD, until=moment(row["open_until"])[_DATE_CHARS:_SECOND_CHARS]))
    return Text(", ", "，").of(current_language()).join(said)


def _say(text: Text, **values: object) -> str:
    return text.say(current_language(), **values)


async def endpoint_named(endpoints: Endpoints, name: str, tenant: str | None) -> Endpoint:
    """The endpoint with this name or number; raises NotFoundError, or CallerError when several have the name."""
    known = await endpoints.endpoints(tenant)
    found = [one for one in known if one.name == name] or [one for one in known if str(one.id) == name]
    if not found:
        raise NotFoundError(_NOBODY.say(current_language(), name=name))
    if len(found) > 1:
        owners = ", ".join(one.tenant for one in found)
        raise CallerError(_SEVERAL.say(current_language(), name=name, owners=owners))
    return found[0]
