"""`afterchat records show ID`: one session, field by field, with what each value means and where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from afterchat.cli.command import command, current_language, is_json_wanted, option
from afterchat.cli.inbox import raw_option, seconds_moment
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, store_option
from afterchat.cli.output import Column, moment, print_document, print_raw, print_rows
from afterchat.errors import CallerError, NotFoundError

if TYPE_CHECKING:
    from afterchat.contract.record import Field, SessionRecord
    from afterchat.store.ports import SessionRow

__all__ = ["Recorded", "meaning_of", "print_fields", "show", "value_of"]

_MINUTE_MS = 60_000

_ORIGIN = (
    Column("tenant", Text("tenant", "租户")),
    Column("inbox_id", Text("push", "推送编号")),
    Column("signed_at", Text("signed", "签名时间"), seconds_moment),
    Column("arrived_at", Text("arrived", "到达时间"), moment),
    Column("problems", Text("problems", "问题"), lambda problems: "; ".join(problems) or "-"),
)
_FIELDS = (
    Column("field", Text("field", "字段")),
    Column("value", Text("value", "值"), is_flexible=True),
    Column("meaning", Text("what the value says", "值的含义"), is_flexible=True),
    Column("about", Text("what the field is", "字段说明"), is_flexible=True, is_optional=True),
)
_REVISIONS = (
    Column("is_current", Text("revisions", "历次版本"), lambda is_current: "*" if is_current else ""),
    Column("inbox_id", Text("push", "推送编号"), is_number=True),
    Column("signed_at", Text("signed", "签名时间"), seconds_moment),
    Column("arrived_at", Text("arrived", "到达时间"), moment),
    Column("sha256", Text("sha256", "sha256"), is_flexible=True),
)


@command(
    "show",
    Text("Show one session with everything known.", "显示一个会话的全部内容。"),
    Text(
        "Values stand as they were pushed, their meaning beside them; --raw prints the bytes of the current revision.",
        "值按推送原样显示，含义在旁；--raw 输出当前版本的原始字节。",
    ),
)
@click.argument("session_id", metavar="ID", type=int)
@option(
    "--tenant", metavar="NAME", text=Text("Whose session, when tenants share the id.", "多个租户有相同编号时指定租户。")
)
@raw_option
@store_option
@config_option
def show(session_id: int, tenant: str | None, is_raw: bool, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    row, detail, body = run(_read(store_url(store, config), tenant, session_id))
    if is_raw:
        print_raw(body)
    elif is_json_wanted():
        print_document((), detail)
    else:
        _print_for_people(row, detail)


class Recorded(Protocol):
    """Whatever holds a record: a row of the store, or what an engine told."""

    @property
    def record(self) -> SessionRecord: ...


def meaning_of(field: Field, row: Recorded, language: str) -> str:
    """What a value says beyond itself: the label of a code, a moment, a duration; "" when it speaks for itself."""
    from afterchat.contract.vocabulary import CODED_SETS, evaluation_label

    value = getattr(row.record, field.name)
    if field.name == "evaluation":
        return evaluation_label(row.record.evaluation_type, value, language)
    if field.coded:
        return CODED_SETS[field.coded].label(value, language)
    if value == field.none:
        return "" if field.unit == "count" else Text("none", "无").of(language)
    if field.unit == "epoch ms" and re.fullmatch("-?[0-9]{1,19}", str(value)):
        return moment(int(value))
    if field.unit == "ms":
        return _duration(int(value))
    return ""


def _print_for_people(row: SessionRow, detail: dict[str, Any]) -> None:
    from afterchat.contract.record import FIELDS

    print_document(_ORIGIN, detail["session"])
    click.echo()
    print_fields(row, FIELDS)
    click.echo()
    print_rows(_REVISIONS, detail["revisions"])


def print_fields(row: Recorded, fields: Iterable[Field]) -> None:
    """A table of these fields: value, what it says, what the field is."""
    language = current_language()
    lines = [
        {
            "field": field.wire,
            "value": value_of(field, row),
            "meaning": meaning_of(field, row, language),
            "about": field.zh if language == "zh" else field.en,
        }
        for field in fields
    ]
    print_rows(_FIELDS, lines)


def value_of(field: Field, row: Recorded) -> str:
    """The value as it stands in the record."""
    value = getattr(row.record, field.name)
    if isinstance(value, tuple):
        return "; ".join(f"{custom.field_name}={custom.field_value}" for custom in value)
    return str(value)


def _duration(milliseconds: int) -> str:
    if abs(milliseconds) < _MINUTE_MS:
        return f"{milliseconds / 1000:g} s"
    minutes, rest = divmod(abs(milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if milliseconds < 0 else ''}{hours}:{minutes:02}:{rest:02}"


async def _read(url: str, tenant: str | None, session_id: int) -> tuple[SessionRow, dict[str, Any], bytes]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.query.freshness import measure_lag
    from afterchat.query.sessions import find_sessions, session_detail

    async with opened(url) as reached:
        found = await find_sessions(reached.records, tenant, session_id)
        if not found:
            raise NotFoundError(f"there is no session {session_id}; see `afterchat records list`")
        if len(found) > 1:
            names = ", ".join(row.tenant for row in found)
            raise CallerError(f"tenants {names} each have a session {session_id}; choose one with --tenant")
        row = found[0]
        lag = await measure_lag(reached.inbox, reached.records, SystemClock().now_ms())
        detail = await session_detail(reached.records, reached.inbox, row, lag)
        push = await reached.inbox.get(row.inbox_id)
    return row, msgspec.to_builtins(detail), push.body if push else b""
