"""`afterchat reconcile`: whether both ends agree, where both keep their data in one store, as `make run` does.

    sessions that ended -> pushes made for endpoints -> delivered -> arrived -> sessions received

Rules
- Later steps are read before earlier ones, so a session that moves on meanwhile never looks lost.
- While sessions end there is always one on its way; so it looks again for a while until everything agrees.
- Exit code 1 when it does not: something waits, was given up, or did not become a session.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import click

from afterchat.cli.command import command, option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import Span, config_option, store_option
from afterchat.cli.output import Column, print_document, remark

__all__ = ["Sums", "lacking", "read_sums", "reconcile"]

_LOOK_SECONDS = 0.25

_LINES = (
    Column("ended", Text("sessions that ended", "已结束会话")),
    Column("made", Text("pushes made", "生成的推送")),
    Column("open", Text("to be delivered", "待投递")),
    Column("dead", Text("given up", "死信")),
    Column("cancelled", Text("cancelled", "已取消")),
    Column("delivered", Text("delivered", "已送达")),
    Column("arrived", Text("arrived", "已到达")),
    Column("received", Text("sessions received", "收到的会话")),
)
_AGREE = Text("both ends agree", "两端一致")
_LACKS = {
    "open": Text(
        "pushes are still to be delivered: see 'afterchat endpoints list'",
        "仍有推送待投递：见 afterchat endpoints list",
    ),
    "dead": Text(
        "pushes were given up: see 'afterchat outbox list --state dead'",
        "有推送成为死信：见 afterchat outbox list --state dead",
    ),
    "received": Text(
        "not every session that ended was received: see 'afterchat doctor'",
        "并非每个已结束会话都已收到：见 afterchat doctor",
    ),
}


class Sums(NamedTuple):
    """What is counted along the way; `arrived` and `received` are None where the store has no receiving end."""

    ended: int
    made: int
    open: int
    dead: int
    cancelled: int
    delivered: int
    arrived: int | None
    received: int | None


def lacking(sums: Sums) -> list[str]:
    """What keeps the ends from agreeing, as keys of what is said about it. Pure."""
    found = [name for name in ("open", "dead") if getattr(sums, name)]
    if sums.received is not None and sums.received < sums.ended:
        found.append("received")
    return found


@command(
    "reconcile",
    Text("See whether everything that was sent was received.", "核对发出的是否全部收到。"),
    Text(
        "Counts sessions and pushes of a sender and a receiver that share one store.\n"
        "Sessions that were pushed by others, or whose time of retention is over, make the two differ.",
        "统计共用一份数据的发送端与接收端的会话与推送。\n他人推送的会话以及已过保留期的会话会造成差异。",
    ),
)
@option(
    "--wait",
    type=Span(),
    default="10s",
    show_default=True,
    text=Text("How long to look until everything agrees.", "最多核对多久，直至两端一致。"),
)
@store_option
@config_option
def reconcile(wait: int, store: str | None, config: Path | None) -> None:
    """Look until everything agrees, or for so long; then say how things stand."""
    from afterchat.cli.access import run, store_url

    sums = run(_settled_sums(store_url(store, config), wait / 1000))
    lacks = lacking(sums)
    print_document(_LINES, sums._asdict())
    for name in lacks:
        remark(_LACKS[name])
    if lacks:
        click.get_current_context().exit(int(Exit.FINDING))
    remark(_AGREE)


async def _settled_sums(url: str, wait_seconds: float) -> Sums:
    """How things stand once everything agrees, or when the wait is over."""
    from afterchat.clock import SystemClock

    clock = SystemClock()
    give_up_at = clock.monotonic() + wait_seconds
    while lacking(sums := await read_sums(url)) and clock.monotonic() < give_up_at:  # noqa: ASYNC110 - others move it on
        await asyncio.sleep(_LOOK_SECONDS)
    return sums


async def read_sums(url: str) -> Sums:
    """Read from the last step to the first; raises StoreUnavailableError."""
    from afterchat.cli.access import opened
    from afterchat.store.sending import EntryState

    async with opened(url) as reached:
        received = arrived = None
        if reached.has_records:
            received = (await reached.records.counts())["sessions"]
            inbox = await reached.inbox.counts()
            arrived = inbox["pushes"] + inbox["repeats"]
        _, entries, totals = await reached.outbox.health()
        journal = await reached.journal.counts()
    by_state = dict.fromkeys((state.value for state in EntryState), 0)
    for (_, state), count in entries.items():
        by_state[state] += count
    return Sums(
        ended=journal["sessions"] - journal["open_sessions"],
        made=totals["created"] - totals["purged"],
        open=by_state["waiting"] + by_state["behind"] + by_state["leased"],
        dead=by_state["dead"],
        cancelled=by_state["cancelled"],
        delivered=by_state["delivered"],
        arrived=arrived,
        received=received,
    )
