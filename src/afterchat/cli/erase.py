"""`afterchat records erase`: everything personal of one visitor blanked in every file, with a receipt.

    find -> ask -> the first order is placed -> each part by whoever owns its file, or by this process -> receipt

Rules
- From the moment that the first order is placed the erasure is finished by whoever owns the files, even if this
  command is killed.
- The receipt names the person by a digest only.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.audited import note
from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import Span, config_option, store_option, tenant_option
from afterchat.cli.output import Column, print_document, remark
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.errors import NotFoundError, OutageError, StoreLockedError

if TYPE_CHECKING:
    from afterchat.contract.person import Person
    from afterchat.server.whereabouts import Whereabouts
    from afterchat.store.erasure import Erasure
    from afterchat.store.open import Store

__all__ = ["erase"]

_LOOK_SECONDS = 0.2

_LINES = (
    Column("sessions", Text("sessions", "会话"), is_number=True),
    Column("pushes", Text("pushes", "推送"), is_number=True),
    Column("rows_inbox", Text("rows blanked in the inbox", "收件箱中清空的行"), is_number=True),
    Column("rows_records", Text("rows blanked in the records", "会话记录中清空的行"), is_number=True),
    Column("rows_sender", Text("rows blanked at the sending end", "发送端清空的行"), is_number=True),
    Column("erasure", Text("erasure", "抹除编号")),
)
_ASK = Text(
    "Blank what names this visitor in {count} sessions of {tenants}, for ever?",
    "将永久清空 {tenants} 的 {count} 个会话中的访客个人信息，是否继续？",
)
_NOBODY = Text("nothing in this store names that visitor", "存储中没有该访客的数据")
_WHO = Text("give one of --user-id, --foreign-id, --session", "请给出 --user-id、--foreign-id、--session 之一")
_WAITED = Text(
    "erasure {id} was not finished within {seconds} s; the servers that own the files finish it",
    "抹除 {id} 已开始，但 {seconds} 秒内未完成；拥有相应文件的服务会将其完成",
)
_NO_RECEIPT = Text(
    "{file}: the receipt cannot be written: {why}; choose another file",
    "{file}：无法写入回执：{why}；请换一个文件",
)
_BACKUPS = Text(
    "Backups and copies made before still hold the data: see docs/howto/erase-a-visitor.md.",
    "此前的备份与副本中仍有这些数据：参见 docs/howto/erase-a-visitor.md。",
)


@command(
    "erase",
    Text("Erase what names one visitor.", "抹除一位访客的个人信息。"),
    Text(
        "In every revision of every session of theirs, beside running servers or without; counts and figures stay.\n"
        "It cannot be undone. Backups are yours to erase.",
        "抹除其全部会话的全部版本中的个人信息，服务运行与否均可；计数与指标不变。\n此操作不可撤销。备份需自行处理。",
    ),
)
@option("--user-id", type=click.IntRange(1, INTEGER_MAX), text=Text("The platform's id of them.", "平台的访客编号。"))
@option("--foreign-id", metavar="TEXT", text=Text("The enterprise's own id of them.", "企业自有的用户标识。"))
@option(
    "--session",
    type=click.IntRange(INTEGER_MIN, INTEGER_MAX),
    text=Text("One session only, of an anonymous visitor.", "仅一个会话，用于匿名访客。"),
)
@option("--yes", is_flag=True, text=Text("Do not ask.", "不再询问。"))
@option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    text=Text("Where to write what was done, as JSON.", "将执行结果以 JSON 写入该文件。"),
)
@option(
    "--wait",
    type=Span(),
    default="10m",
    show_default=True,
    text=Text("How long to wait for running servers.", "等待运行中服务完成的时长。"),
)
@tenant_option
@store_option
@config_option
def erase(  # noqa: PLR0917  # one argument for each option
    user_id: int | None, foreign_id: str | None, session: int | None, yes: bool, receipt: Path | None, wait: int,
    tenant: str | None, store: str | None, config: Path | None,
) -> None:  # fmt: skip
    """Find, ask, erase, and say what was done."""
    import json

    from afterchat.cli.access import run, store_url
    from afterchat.contract.person import Person

    if [bool(user_id), bool(foreign_id), session is not None].count(True) != 1:
        raise click.UsageError(_WHO.of(current_language()))
    person = Person(user_id or 0, foreign_id or "", session)
    url = store_url(store, config)
    found = run(_find(url, person, tenant))
    tenants = sorted({name for name, _ in found.sessions})
    if not yes:
        said = _ASK.say(current_language(), count=len(found.sessions), tenants=", ".join(tenants) or "-")
        click.confirm(said, abort=True, err=True)
    if receipt is not None:
        _write_receipt(receipt, "")  # what cannot be written is known before anything is erased
    document = run(_erase(url, person, found, wait / 1000))
    if receipt is not None:
        _write_receipt(receipt, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    print_document(_LINES, document)
    remark(_BACKUPS)


async def _find(url: str, person: Person, tenant: str | None) -> Whereabouts:
    from afterchat.cli.access import opened
    from afterchat.server.whereabouts import find

    await _finish_others(url)
    async with opened(url) as reached:
        found = await find(reached, person, tenant, _say_read)
    if not (found.sessions or found.pushes or found.refused or found.sent):
        raise NotFoundError(_NOBODY.of(current_language()))
    return found


def _say_read(count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{count}", nl=False, err=True)


async def _erase(url: str, person: Person, found: Whereabouts, wait_seconds: float) -> dict[str, Any]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.store.erasure import FILE_OF_STAGE

    clock = SystemClock()
    async with opened(url, "registry") as reached:
        has = {"inbox": reached.has_inbox, "records": reached.has_records, "sender": reached.has_sender}
        stages = tuple(kind for kind, file in FILE_OF_STAGE.items() if has[file])
        erasure = _erasure_of(found, clock.now_ms(), stages[1:])
        tenants = {tenant for tenant, _ in found.sessions}
        tenant = tenants.pop() if len(tenants) == 1 else None
        await note(reached, "records.erase", erasure.id, tenant, sessions=len(found.sessions))
        await reached.registry.place_order(stages[0], msgspec.json.encode(erasure).decode(), clock.now_ms())
    rows = dict.fromkeys(FILE_OF_STAGE.values(), 0)
    for kind in stages:
        rows[FILE_OF_STAGE[kind]] = await _stage_done(url, kind, erasure.id, clock.monotonic() + wait_seconds)
    return _receipt(person, found, erasure, rows, clock.now_ms())


def _erasure_of(found: Whereabouts, begun_at: int, then: tuple[str, ...]) -> Erasure:
    import secrets

    from afterchat.store.erasure import Erasure

    return Erasure(
        id=secrets.token_hex(8),
        begun_at=begun_at,
        pushes=found.pushes,
        refused=found.refused,
        drift=found.drift,
        sent=found.sent,
        then=then,
    )


async def _stage_done(url: str, kind: str, erasure_id: str, give_up_at: float) -> int:
    """How many rows one part changed, once it is done; done here when nobody owns the file."""
    import asyncio

    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.store.erasure import FILE_OF_STAGE, read_erasure

    clock, begun = SystemClock(), SystemClock().monotonic()
    while clock.monotonic() < give_up_at:
        async with opened(url) as reached:
            orders = [one for one in await reached.registry.orders(None) if one.kind == kind]
        for order in orders:
            if order.state == "done" and read_erasure(order.argument).id == erasure_id:
                return int(order.result)
        try:
            async with opened(url, FILE_OF_STAGE[kind], "registry") as reached:
                await _carry_out_all(reached, kind)
        except StoreLockedError:
            await asyncio.sleep(_LOOK_SECONDS)
    said = _WAITED.say(current_language(), id=erasure_id, seconds=f"{give_up_at - begun:.0f}")
    raise OutageError(said)


async def _finish_others(url: str) -> None:
    """What an erasure before this one left, as when it was killed; what a server owns it finishes itself."""
    from afterchat.cli.access import opened
    from afterchat.store.erasure import FILE_OF_STAGE

    for kind, file in FILE_OF_STAGE.items():
        async with opened(url) as reached:
            is_left = any(order.kind == kind for order in await reached.registry.orders("waiting"))
        if is_left:
            with contextlib.suppress(StoreLockedError):
                async with opened(url, file, "registry") as reached:
                    await _carry_out_all(reached, kind)


async def _carry_out_all(reached: Store, kind: str) -> None:
    """Every waiting order of that kind: also those that an erasure before this one left."""
    from afterchat.clock import SystemClock
    from afterchat.server.erasure import carry_out

    for order in await reached.registry.orders("waiting"):
        if order.kind == kind:
            result = await carry_out(reached, kind, order.argument, SystemClock())
            await reached.registry.settle_order(order.id, "done", result)


def _receipt(person: Person, found: Whereabouts, erasure: Erasure, rows: dict[str, int], at: int) -> dict[str, Any]:
    import getpass
    import hashlib
    from datetime import UTC, datetime

    import afterchat

    sessions = sorted(f"{tenant}/{session}" for tenant, session in found.sessions)
    return {
        "erasure": erasure.id,
        "begun_at": datetime.fromtimestamp(erasure.begun_at / 1000, UTC).isoformat(),
        "finished_at": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
        "by": getpass.getuser(),
        "program": f"afterchat {afterchat.__version__}",
        "person_sha256": hashlib.sha256(person.name.encode("utf-8", "surrogateescape")).hexdigest(),
        "tenants": sorted({tenant for tenant, _ in found.sessions}),
        "sessions": len(sessions),
        "sessions_sha256": hashlib.sha256("\n".join(sessions).encode()).hexdigest(),
        "pushes": len(found.pushes),
        "quarantined": len(found.refused),
        **{f"rows_{file}": count for file, count in rows.items()},
    }


def _write_receipt(file: Path, content: str) -> None:
    from afterchat.errors import OperatorError

    try:
        file.write_text(content, "utf-8")
    except OSError as error:
        raise OperatorError(_NO_RECEIPT.say(current_language(), file=file, why=error.strerror)) from error
