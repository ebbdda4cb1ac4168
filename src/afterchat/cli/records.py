"""`afterchat records`: the session records, read beside a running server.

What does not belong here: export, erase and rebuild, which have files of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from afterchat.cli.command import Entry, Group, command, current_language, option
from afterchat.cli.inbox import cursor_option, next_page
from afterchat.cli.language import Text
from afterchat.cli.options import EpochMoment, config_option, limit_option, store_option, tenant_option
from afterchat.cli.output import Column, moment, print_rows, remark, short_moment

__all__ = ["filter_options", "pairs_of", "records"]

_BEHIND_SECONDS_WORTH_SAYING = 1.0

_COLUMNS = (
    Column("id", Text("session", "会话"), is_number=True),
    Column("end_time", Text("ended", "结束时间"), moment, show_narrow=short_moment),
    Column("tenant", Text("tenant", "租户")),
    Column("staff_name", Text("staff", "客服"), is_flexible=True),
    Column("category", Text("category", "分类"), is_flexible=True),
    Column("evaluation", Text("rating", "评价"), is_flexible=True),
    Column("close_reason", Text("closed because", "关闭原因"), is_flexible=True, is_optional=True),
    Column("revision_count", Text("revisions", "版本"), is_number=True, is_optional=True),
    Column("problem_count", Text("problems", "问题"), is_number=True, is_optional=True),
)
_UNREADABLE = (
    Column("inbox_id", Text("push", "推送"), is_number=True),
    Column("arrived_at", Text("arrived", "到达时间"), moment, show_narrow=short_moment),
    Column("tenant", Text("tenant", "租户")),
    Column("reason", Text("reason", "原因"), is_flexible=True, is_beneath=True),
)
_KINDS = {
    "value": Text("unknown value", "未知取值"),
    "type": Text("other type", "类型不同"),
    "field": Text("unknown field", "未知字段"),
    "duplicate": Text("key twice", "键重复"),
}
_DRIFT = (
    Column("seen_at", Text("last seen", "最近出现"), moment, show_narrow=short_moment),
    Column("tenant", Text("tenant", "租户")),
    Column("kind", Text("kind", "类别"), lambda kind: _KINDS[kind].of(current_language()) if kind in _KINDS else kind),
    Column("field", Text("field", "字段"), is_flexible=True),
    Column("sample", Text("sample", "样例"), is_flexible=True),
    Column("count", Text("count", "次数"), is_number=True),
    Column("first_seen_at", Text("first seen", "首次出现"), moment, is_optional=True),
)

_ENTRIES = {
    "show": Entry(
        "afterchat.cli.record:show", Text("Show one session with everything known.", "显示一个会话的全部内容。")
    ),
    "export": Entry("afterchat.cli.export:export", Text("Write sessions to a file.", "导出会话。")),
    "erase": Entry("afterchat.cli.erase:erase", Text("Erase what names one visitor.", "抹除一位访客的个人信息。")),
    "rebuild": Entry(
        "afterchat.cli.rebuild:rebuild", Text("Make the records again from the inbox.", "由收件箱重建会话记录。")
    ),
}


def filter_options(function: Any) -> Any:
    """`--tenant`, `--from`, `--until` and `--where`, for every command that selects sessions."""
    for decorate in (
        option(
            "--where",
            "where",
            multiple=True,
            metavar="FIELD=VALUE",
            text=Text(
                "Only sessions whose field has this value; _not, _from, _until or _contains after the name compare "
                "otherwise; q=TEXT searches. A field again: any of its values; several fields are ANDed.",
                "字段等于该值的会话；字段名后加 _not、_from、_until 或 _contains 改变比较方式；q=文本 为全文搜索。"
                "同一字段重复则满足其一，不同字段同时满足。",
            ),
        ),
        option("--until", "until", type=EpochMoment(), text=Text("Ended before this moment.", "在此时刻之前结束。")),
        option(
            "--from", "since", type=EpochMoment(), text=Text("Ended at this moment or later.", "在此时刻或之后结束。")
        ),
        tenant_option,
    ):
        function = decorate(function)
    return function


def pairs_of(since: int | None, until: int | None, where: tuple[str, ...]) -> list[tuple[str, str]]:
    """The options as (name, value) pairs for `query.filters`; wire names are taken, too."""
    from afterchat.contract.record import FIELDS
    from afterchat.query.filter_table import SUFFIXES

    names = {f"{field.wire}{suffix}": f"{field.name}{suffix}" for field in FIELDS for suffix in SUFFIXES}
    pairs = []
    for condition in where:
        name, is_pair, value = condition.partition("=")
        if not is_pair:
            text = Text("--where: write FIELD=VALUE, such as staffId=42", "--where：请写 字段=值，例如 staffId=42")
            raise click.UsageError(text.of(current_language()))
        if name == "sort":
            text = Text("--where: the latest end always comes first", "--where：总是最近结束的在前，不能排序")
            raise click.UsageError(text.of(current_language()))
        pairs.append((names.get(name, name), value))
    for name, at_ms in (("end_time_from", since), ("end_time_until", until)):
        if at_ms is not None:
            pairs.append((name, str(at_ms)))
    return pairs


@click.group("records", cls=Group, entries=_ENTRIES, text=Text("Read the session records.", "查看会话记录。"))
def records() -> None:
    """The projection of the inbox."""


@command("list", Text("List sessions, latest end first.", "列出会话，最近结束的在前。"), group=records)
@filter_options
@limit_option
@cursor_option
@store_option
@config_option
def list_records(
    *,
    tenant: str | None,
    since: int | None,
    until: int | None,
    where: tuple[str, ...],
    limit: int,
    cursor: str | None,
    store: str | None,
    config: Path | None,
) -> None:
    from afterchat.cli.access import run, store_url
    from afterchat.cli.command import is_json_wanted

    page = run(_page(store_url(store, config), tenant, pairs_of(since, until, where), cursor, limit))
    items, next_cursor, behind = page
    rows = items if is_json_wanted() else [_row(item) for item in items]
    print_rows(_COLUMNS, rows, empty=Text("No session matches.", "没有符合条件的会话。"))
    next_page(next_cursor)
    if behind > _BEHIND_SECONDS_WORTH_SAYING:
        remark(Text("The records are {s} s behind the inbox.", "会话记录比收件箱晚 {s} 秒。"), s=f"{behind:.0f}")


@command("unreadable", Text("List pushes that nobody could read.", "列出无法解读的推送。"), group=records)
@tenant_option
@limit_option
@store_option
@config_option
def unreadable(tenant: str | None, limit: int, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows = run(_unreadable(store_url(store, config), tenant, limit))
    print_rows(_UNREADABLE, rows, empty=Text("Every push could be read.", "所有推送都可以解读。"))


@command("drift", Text("List what the field table does not know.", "列出字段表未收录的内容。"), group=records)
@tenant_option
@limit_option
@store_option
@config_option
def drift(tenant: str | None, limit: int, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows = run(_drift(store_url(store, config), tenant, limit))
    print_rows(_DRIFT, rows, empty=Text("Nothing unknown was seen.", "没有出现未知内容。"))


def _row(item: dict[str, Any]) -> dict[str, Any]:
    """One line for people: the few fields by which one finds a session."""
    record, labels, language = item["record"], item["labels"], current_language()
    return {
        "id": record["id"],
        "end_time": record["end_time"],
        "tenant": item["tenant"],
        "staff_name": record["staff_name"],
        "category": record["category"],
        "evaluation": labels["evaluation"][language],
        "close_reason": labels["close_reason"][language],
        "revision_count": item["revision_count"],
        "problem_count": len(item["problems"]),
    }


async def _page(
    url: str, tenant: str | None, pairs: list[tuple[str, str]], cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None, float]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.query.freshness import measure_lag
    from afterchat.query.paging import read_session_cursor
    from afterchat.query.question import read_question
    from afterchat.query.scan import refuse_counted
    from afterchat.query.sessions import session_page
    from afterchat.server.machine_zone import machine_zone

    question, after, now_ms = read_question(pairs), read_session_cursor(cursor), SystemClock().now_ms()
    refuse_counted(question)
    conditions = question.conditions_at(now_ms, machine_zone())
    async with opened(url) as reached:
        lag = await measure_lag(reached.inbox, reached.records, now_ms)
        page = await session_page(
            reached.records,
            lag,
            tenant=tenant,
            conditions=conditions,
            search=question.search,
            after=after,
            row_count_max=limit,
        )
    return msgspec.to_builtins(page.items), page.next_cursor, page.freshness.seconds_behind


async def _unreadable(url: str, tenant: str | None, limit: int) -> list[dict[str, Any]]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.listings import unreadable_page

    async with opened(url) as reached:
        page = await unreadable_page(reached.records, tenant, limit)
    rows: list[dict[str, Any]] = msgspec.to_builtins(page.items)
    return rows


async def _drift(url: str, tenant: str | None, limit: int) -> list[dict[str, Any]]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.listings import drift_page

    async with opened(url) as reached:
        page = await drift_page(reached.records, tenant, limit)
    rows: list[dict[str, Any]] = msgspec.to_builtins(page.items)
    return rows
