"""`afterchat outbox redeliver`: single entries, or all of an endpoint that a condition selects, sent again.

Only the sender writes its file: with one running, a redelivery is an order to it.
There is no cap: a million dead entries are one command.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.audited import note
from afterchat.cli.command import command, current_language, option
from afterchat.cli.endpoint_words import endpoint_named, owner_option
from afterchat.cli.language import Text
from afterchat.cli.options import EpochMoment, config_option, store_option
from afterchat.cli.output import Column, print_document
from afterchat.contract.field import INTEGER_MAX
from afterchat.errors import NotFoundError, StoreLockedError

if TYPE_CHECKING:
    from afterchat.server.redelivery import Wish
    from afterchat.store.open import Store

__all__ = ["ENTRY_ID", "no_entry", "redeliver"]

ENTRY_ID = click.IntRange(1, INTEGER_MAX - 1)
"""Every id that an entry can have."""

ORDER_SECONDS_MAX = 600.0
"""A running sender takes an order within a second, and works through a million entries within minutes."""

_ENTRIES_NOTED_MAX = 10

_NO_ENTRY = Text(
    "the outbox holds no entry {id}; see `afterchat outbox list`",
    "没有编号为 {id} 的条目；参见 `afterchat outbox list`",
)
_LINES = (
    Column("count", Text("sent again", "重新投递")),
    Column("by", Text("by", "执行者")),
)


@command(
    "redeliver",
    Text("Send settled deliveries again.", "重新投递已完成的条目。"),
    Text(
        "Give entries by their numbers, or --endpoint with --all-dead, --since or --never-attempted.\n"
        "Later versions of the same session follow, so that the receiver hears the latest last.",
        "可给出条目编号；也可用 --endpoint，并选择 --all-dead、--since、--never-attempted 之一。\n"
        "同一会话的后续版本会随之重发，使接收端最后收到最新版本。",
    ),
)
@click.argument("entry_ids", metavar="[ID]...", type=ENTRY_ID, nargs=-1)
@option("--endpoint", metavar="NAME", text=Text("The endpoint to send to again.", "要重新投递的推送地址。"))
@owner_option
@option("--all-dead", "all_dead", is_flag=True, text=Text("Everything that was given up.", "全部死信。"))
@option(
    "--since",
    type=EpochMoment(),
    metavar="WHEN",
    text=Text(
        "Everything that was made since then, delivered or not; with --all-dead only the dead of it.",
        "此后生成的全部条目，无论是否送达；搭配 --all-dead 时仅限其中的死信。",
    ),
)
@option(
    "--until", type=EpochMoment(), metavar="WHEN", text=Text("Only what was made before then.", "仅限此前生成的条目。")
)
@option(
    "--never-attempted",
    "never_attempted",
    is_flag=True,
    text=Text(
        "Also pushes from before the endpoint existed, of the event types that it has now.",
        "也包括该推送地址创建之前、属于其现有事件类型的推送。",
    ),
)
@store_option
@config_option
def redeliver(
    *, entry_ids: tuple[int, ...], endpoint: str | None, store: str | None, config: Path | None, **chosen: Any
) -> None:
    """Ask for it and say how many are on their way again."""
    from afterchat.cli.access import run, store_url

    is_bulk = chosen["all_dead"] or chosen["never_attempted"] or chosen["since"] is not None
    is_narrowed = is_bulk or not (endpoint is chosen["tenant"] is chosen["until"] is None)
    is_clear = not is_narrowed if entry_ids else is_bulk and endpoint is not None
    if not is_clear:
        text = Text(
            "give numbers of entries and nothing else, or --endpoint NAME with --all-dead, --since or "
            "--never-attempted",
            "请只给出条目编号，或给出 --endpoint NAME 加 --all-dead、--since 或 --never-attempted",
        )
        raise click.UsageError(text.of(current_language()))
    print_document(_LINES, run(_redeliver(store_url(store, config), entry_ids, endpoint, chosen)))


def no_entry(entry_id: int) -> NotFoundError:
    """The error of an id that no entry has."""
    return NotFoundError(_NO_ENTRY.say(current_language(), id=entry_id))


async def _redeliver(
    url: str, entry_ids: Sequence[int], endpoint: str | None, chosen: dict[str, Any]
) -> dict[str, Any]:
    """Directly when no sender runs, by order when one does."""
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.server.redelivery import bulk_wish, redeliver_wish

    clock = SystemClock()
    async with opened(url) as reached:  # what is not there is said so before anything is opened for writing
        if entry_ids:
            wishes = await _wishes_of(reached, entry_ids)
        else:
            assert endpoint is not None, "asked for by the usage check"
            tenant = chosen.pop("tenant")
            wishes = [bulk_wish((await endpoint_named(reached.endpoints, endpoint, tenant)).id, **chosen)]
    async with opened(url, "registry") as reached:
        for wish in wishes:
            named = " ".join(map(str, wish.entry_ids[:_ENTRIES_NOTED_MAX]))
            await note(reached, "outbox.redeliver", str(wish.endpoint_id), None, entries=named)
    try:
        async with opened(url, "sender") as reached:
            counts = [await redeliver_wish(wish, reached.endpoints, reached.outbox, clock.now_ms()) for wish in wishes]
            by = "command"
    except StoreLockedError:
        counts = [await _ordered(url, wish) for wish in wishes]
        by = "sender"
    return {"count": sum(counts), "by": by}


async def _ordered(url: str, wish: Wish) -> int:
    import msgspec

    from afterchat.cli.access import opened, order_carried_out
    from afterchat.clock import SystemClock
    from afterchat.server.redelivery import REDELIVER

    async with opened(url, "registry") as reached:
        argument = msgspec.json.encode(wish).decode()
        order = await order_carried_out(
            reached.registry, SystemClock(), REDELIVER, argument, wait_seconds=ORDER_SECONDS_MAX
        )
    return int(order.result)


async def _wishes_of(reached: Store, entry_ids: Sequence[int]) -> list[Wish]:
    """One wish for each endpoint that these entries are for; raises NotFoundError for one that is not there."""
    from afterchat.query.outbox import entry_and_push
    from afterchat.server.redelivery import Wish

    of_endpoint: dict[int, list[int]] = {}
    for entry_id in dict.fromkeys(entry_ids):
        found = await entry_and_push(reached.outbox, None, entry_id)
        if found is None:
            raise no_entry(entry_id)
        of_endpoint.setdefault(found[0].endpoint_id, []).append(entry_id)
    return [Wish(endpoint_id, tuple(sorted(ids))) for endpoint_id, ids in of_endpoint.items()]
