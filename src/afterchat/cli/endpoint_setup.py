"""Making and changing an endpoint: `afterchat endpoints add` and `change`.

What is not given keeps its default when an endpoint is made, and its value when it is changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.audited import note, note_about
from afterchat.cli.command import command, option
from afterchat.cli.endpoint_keys import endpoint_secret, endpoint_secret_option, new_key_id, print_made
from afterchat.cli.endpoint_values import endpoint_options, endpoint_values
from afterchat.cli.endpoint_words import endpoint_named, name_argument, owner_option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, store_option
from afterchat.cli.output import remark
from afterchat.cli.taken_up import say_taken_up
from afterchat.cli.tenants import tenant_named

if TYPE_CHECKING:
    from afterchat.store.sending import Endpoint

__all__ = ["add", "change"]


@endpoint_options
@command("add", Text("Add an endpoint of a tenant.", "新增推送地址。"))
@name_argument
@click.argument("url")
@option("--tenant", default="default", show_default=True, metavar="NAME", text=Text("Whose pushes.", "所属租户。"))
@endpoint_secret_option
@option(
    "--paused", "is_paused", is_flag=True, text=Text("Hold everything until it is resumed.", "先暂停，待恢复后投递。")
)
@store_option
@config_option
def add(
    *,
    name: str,
    url: str,
    tenant: str,
    secret_file: Path | None,
    is_paused: bool,
    store: str | None,
    config: Path | None,
    **given: Any,
) -> None:
    """Make it, with its first key."""
    from afterchat.cli.access import run
    from afterchat.clock import SystemClock
    from afterchat.sender.endpoint_rules import new_endpoint
    from afterchat.store.ports import Key

    settings = settings_from(config, store=store)
    values = endpoint_values(settings, {"name": name, "url": url, **given})
    secret = endpoint_secret(secret_file, settings)
    now_ms = SystemClock().now_ms()
    key = Key(new_key_id(), secret, now_ms, None)
    endpoint = new_endpoint(tenant, {**values, "is_paused": is_paused}, now_ms)._replace(keys=(key,))
    made = {"id": str(run(_add(settings.store, endpoint))), "tenant": tenant, "name": name, "url": url, "key": key.id}
    print_made(made, secret, is_shown=secret_file is None)


@endpoint_options
@command("change", Text("Change an endpoint; what is not given stays.", "修改推送地址；未给出的保持不变。"))
@name_argument
@owner_option
@option("--name", "new_name", metavar="NAME", text=Text("Its new name.", "新的名称。"))
@option("--url", text=Text("Its new URL.", "新的 URL。"))
@option("--no-headers", is_flag=True, text=Text("Send no headers along any more.", "不再附加请求头。"))
@store_option
@config_option
def change(
    *,
    name: str,
    tenant: str | None,
    new_name: str | None,
    no_headers: bool,
    store: str | None,
    config: Path | None,
    **given: Any,
) -> None:
    """Change what is given."""
    from afterchat.cli.access import run

    settings = settings_from(config, store=store)
    values = endpoint_values(settings, {"name": new_name, **given})
    if no_headers:
        values["headers"] = ()
    run(_change(settings.store, name, tenant, values))
    remark(Text("{name} is changed.", "{name} 已修改。"), name=name)
    say_taken_up()


async def _add(url: str, endpoint: Endpoint) -> int:
    """With its first key in one commit: a sender never meets it without."""
    from afterchat.cli.access import opened

    async with opened(url, "registry") as reached:
        await tenant_named(reached.registry, endpoint.tenant, endpoint.created_at)
        await note(reached, "endpoint.add", endpoint.name, endpoint.tenant)
        return await reached.endpoints.put_endpoint(endpoint)


async def _change(url: str, name: str, tenant: str | None, values: dict[str, Any]) -> None:
    from afterchat.cli.access import opened

    async with opened(url, "registry") as reached:
        endpoint = await endpoint_named(reached.endpoints, name, tenant)
        await note_about(reached, "endpoint.change", endpoint, changed=" ".join(sorted(values)))
        await reached.endpoints.change_endpoint(endpoint.id, values)
