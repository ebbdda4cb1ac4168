"""Make docs/reference/figures.md, the bilingual page of figures, groupings and contradictions, from their tables.

    python tools/make_figures.py            writes it
    python tools/make_figures.py --check    fails when the committed page differs

Rules
- The page says nothing that the tables do not say, but for its introductions.
- Nobody edits the page by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from afterchat.contract.field import wire_name
from afterchat.figures.contradiction_table import CONTRADICTIONS
from afterchat.figures.definition import Figure
from afterchat.figures.groupings import GROUPINGS, Grouping
from afterchat.figures.table import SUBJECTS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "figures.md"

INTRODUCTION = """\
<!-- Made by tools/make_figures.py from src/afterchat/figures; do not edit. -->

# Figures / 指标

Every number that afterchat shows about sessions, with what it counts, divides and leaves out.
A page, a chart, an answer of the API and an export take a figure from here by its id, so they cannot disagree.
A percentile is a value that occurs: of n values in ascending order the one at place ⌈n × p %⌉ (nearest rank).
Sessions belong to the moment at which they ended; days, weeks and hours are those of an IANA zone.
`vendor` means that the figure follows the vendor's own definition as far as it could be read; `ours` is our choice.
The version of a figure grows when it means something else.

afterchat 展示的每一个会话指标，以及它统计什么、除以什么、不计什么。
页面、图表、接口与导出都按编号取用此处的定义，因此不会互相矛盾。
百分位取实际出现的值：n 个值由小到大排列，取第 ⌈n × p%⌉ 个（最近秩法）。
会话归入其结束的时刻；日、周与小时按 IANA 时区划分。
“厂商”表示按所能读到的厂商定义计算，“自定”表示由我们选定。
指标含义改变时，版本号随之增加。
"""

SOURCES = {"vendor": "vendor / 厂商", "ours": "ours / 自定"}
UNITS = {
    "count": "count / 个",
    "ms": "ms / 毫秒",
    "share": "share, 0 to 1 / 占比，0 至 1",
    "ratio": "ratio / 比值",
    "points": "points, 1 to 100 / 分，1 至 100",
}
ORDERS = {
    "count": "most sessions first / 会话多者在前",
    "key": "by value / 按取值",
    "time": "by time / 按时间",
}


def main() -> int:
    """Write or check the page; 1 when the check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page differs")
    page = "\n".join(lines()) + "\n"
    if not parser.parse_args().check:
        PAGE.write_text(page, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != page:
        print("docs/reference/figures.md is out of date; run tools/make_figures.py and commit the result")
        return 1
    return 0


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield INTRODUCTION
    headings = [f"{en} / {zh}" for zh, en, _ in SUBJECTS.values()]
    for number, heading in enumerate((*headings, "Groupings / 分组", "Contradictions / 矛盾"), 1):
        yield f"{number}. [{heading}](#{_anchor(heading)})"
    yield ""
    for zh, en, figures in SUBJECTS.values():
        yield f"## {en} / {zh}"
        yield ""
        for figure in figures:
            yield from _figure(figure)
    yield from _groupings(GROUPINGS.values())
    yield from _contradictions()


def _anchor(heading: str) -> str:
    return heading.lower().replace(" / ", "--").replace(" ", "-")


def _figure(figure: Figure) -> Iterator[str]:
    yield f"### {figure.id}"
    yield ""
    yield f"{figure.en} / {figure.zh}"
    yield ""
    yield f"- **Formula.** {figure.formula('en')}"
    yield f"- **公式：** {figure.formula('zh')}"
    if figure.left_out("en"):
        yield f"- **Left out.** {_capital(figure.left_out('en'))}."
        yield f"- **不计：** {figure.left_out('zh')}。"
    if figure.note_en:
        yield f"- **Note.** {figure.note_en}"
        yield f"- **说明：** {figure.note_zh}"
    yield f"- **Unit / 单位：** {UNITS[figure.unit]}"
    yield f"- **Fields / 字段：** {_fields(figure.fields)}"
    yield f"- **Source, version / 来源与版本：** {SOURCES[figure.source]}, {figure.version}"
    yield ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fields(names: Iterable[str]) -> str:
    return ", ".join(f"`{wire_name(name)}`" for name in names)


def _groupings(groupings: Iterable[Grouping]) -> Iterator[str]:
    yield "## Groupings / 分组"
    yield ""
    yield "Any figure by any of these; every session is in exactly one group."
    yield "A row leads to its sessions by filters, except an hour or a weekday of any date, which no filter can say."
    yield "Groups beyond the limit are one row together."
    yield "任一指标均可按以下任一方式分组；每个会话恰属一组。"
    yield "每一行都可按筛选条件查看其会话；不限日期的小时与星期除外，筛选条件无法表达。"
    yield "超出上限的各组合并为一行。"
    yield ""
    yield "| id | grouping | 分组 | fields / 字段 | order / 次序 | limit / 上限 |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in groupings:
        yield f"| `{one.id}` | {one.en} | {one.zh} | {_fields(one.fields)} | {ORDERS[one.order]} | {one.limit} |"
    yield ""


def _contradictions() -> Iterator[str]:
    yield "## Contradictions / 矛盾"
    yield ""
    yield "What cannot be true of one record; such a record is kept as it came, and named."
    yield "单条记录中不可能同时成立的取值；这样的记录照原样保留，并予指出。"
    yield ""
    yield "| id | contradiction | 矛盾 | fields / 字段 |"
    yield "| --- | --- | --- | --- |"
    for line in CONTRADICTIONS.values():
        yield f"| `{line.id}` | {line.en} | {line.zh} | {_fields(line.fields)} |"


if __name__ == "__main__":
    sys.exit(main())
