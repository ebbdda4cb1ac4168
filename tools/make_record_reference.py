"""Make docs/reference/record.md, the bilingual page of the record's 59 fields, from FIELDS and CODED_SETS.

    python tools/make_record_reference.py            writes it
    python tools/make_record_reference.py --check    fails when the committed page differs

Rules
- The page says nothing that the tables do not say, but for its introduction.
- Nobody edits the page by hand.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from afterchat.contract.push import EVENT_TYPES
from afterchat.contract.record import FIELDS, Field
from afterchat.contract.vocabulary import CODED_SETS, EVALUATION_MODELS, CodedSet

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "record.md"

INTRODUCTION = """\
<!-- Made by tools/make_record_reference.py from src/afterchat/contract; do not edit. -->

# The record / 会话记录

One ended session, as the platform pushes it: 59 fields, in this order, in one JSON object.
Names in Python, in the store and in SQL are the wire names in snake_case, without exception.
Moments (`epoch ms`) and durations (`ms`) are milliseconds.
`none` is what stands for nothing: it is read for an absent field and for null, and written when nothing is known.
Where 0 is itself a value, none is -1.

一条结束的会话，即平台推送的一个 JSON 对象，共 59 个字段，按下表顺序书写。
Python、存储与 SQL 中的名称均为线上字段名的 snake_case 形式，没有例外。
时刻（`epoch ms`）与时长（`ms`）均以毫秒计。
`none` 表示“无”：字段缺失或为 null 时读作该值，未知时也写该值；若 0 本身有含义，则以 -1 表示“无”。
"""

JSON_TYPES = {int: "integer", str: "text", list: "array", tuple: "array"}


def main() -> int:
    """Write or check the page; 1 when the check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page differs")
    page = "\n".join(lines()) + "\n"
    if not parser.parse_args().check:
        PAGE.write_text(page, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != page:
        print("docs/reference/record.md is out of date; run tools/make_record_reference.py and commit the result")
        return 1
    return 0


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield INTRODUCTION
    yield "## Fields / 字段"
    yield ""
    yield from _table(
        ("#", "wire / 字段", "name", "type", "unit", "none", "含义", "meaning", "codes"),
        ((str(number), *_field_cells(field)) for number, field in enumerate(FIELDS, 1)),
    )
    yield ""
    yield "## Where the vendor's page leaves a choice / 原文未明之处的取舍"
    yield ""
    for field in FIELDS:
        if field.evidence:
            yield f"- `{field.wire}`: {field.evidence}"
    yield ""
    yield "## Coded sets / 取值表"
    yield ""
    yield "A value without a line is kept as it came and shown as `unknown (value)` / `未知 (值)`."
    yield "表中没有的取值照原样保留，并显示为 `未知 (值)`。"
    for coded in (*CODED_SETS.values(), *EVALUATION_MODELS.values()):
        yield from _coded_set(coded)
    yield ""
    yield "## Event types / 推送类型"
    yield ""
    yield "A push without `eventType` is told by the keys of its body; the first line that fits names it."
    yield "未带 `eventType` 的推送按请求体中的键判断，取第一个相符者。"
    yield ""
    yield from _table(
        ("eventType", "含义", "meaning", "has all / 须全有", "has any / 须有其一", "has none / 须全无", "source"),
        (
            (
                f"`{event.name}`",
                event.zh,
                event.en,
                *(_names(keys) for keys in (event.has_all, event.has_any, event.has_none)),
                event.evidence,
            )
            for event in EVENT_TYPES
        ),
    )


def _field_cells(field: Field) -> tuple[str, ...]:
    also = "".join(f", also {JSON_TYPES[kind]}" for kind in field.also)
    none = "[]" if field.type is tuple else json.dumps(field.none)
    coded = f"[{field.coded}](#{field.coded.lower()})" if field.coded else ""
    kind = JSON_TYPES[field.type] + also
    return (f"`{field.wire}`", f"`{field.name}`", kind, field.unit, f"`{none}`", field.zh, field.en, coded)


def _coded_set(coded: CodedSet) -> Iterator[str]:
    yield ""
    yield f"### {coded.name}"
    yield ""
    if coded.source:
        yield f"Source: {coded.source}."
        yield ""
    if coded.is_case_blind:
        yield "Compared without regard to case. 不区分大小写。"
        yield ""
    yield from _table(
        ("value / 取值", "含义", "meaning"),
        ((f"`{json.dumps(value, ensure_ascii=False)}`", zh, en) for value, (zh, en) in coded.labels.items()),
    )
    if coded.words:
        yield ""
        yield "Words that are read as values / 可读作取值的词语: " + ", ".join(
            f"{word} → `{value}`" for word, value in coded.words.items()
        )


def _names(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _row(head)
    yield _row(("---",) * len(head))
    for row in rows:
        yield _row(row)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
