"""How commands name an endpoint, and the words for what it does; shared by `endpoints` and `outbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from afterchat.cli.command import current_language, option
from afterchat.cli.language import Text
from afterchat.errors import CallerError, NotFoundError

if TYPE_CHECKING:
    from afterchat.store.sending import Endpoint, Endpoints

__all__ = ["endpoint_named", "name_argument", "owner_option", "state_words"]

_STATES = {
    "sending": Text("sending", "投递中"),
    "failing": Text("failing", "失败中"),
    "disabled": Text("given up", "已停用"),
    "paused": Text("paused", "已暂停"),
}

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


async def endpoint_named(endpoints: Endpoints, name: str, tenant: str | None) -> Endpoint:
    """The endpoint with this name or number; raises NotFoundError, or CallerError when several have the name."""
    known = await endpoints.endpoints(tenant)
    found = [one for one in known if one.name == name] or [one for one in known if str(one.id) == name]
    if not found:
        raise NotFoundError(f"there is no endpoint '{name}'; see `afterchat endpoints list`")
    if len(found) > 1:
        owners = ", ".join(one.tenant for one in found)
        raise CallerError(f"several tenants have an endpoint '{name}' ({owners}); say which with --tenant")
    return found[0]
