"""Make docs/reference/record.md, the bilingual page of the record's 59 fields, from the tables of contract and engine.

FIELDS and CODED_SETS say what a field is, RULES how the engine computes it, STORIES what the examples are taken from.

    python tools/make_record_reference.py            writes it
    python tools/make_record_reference.py --check    fails when the committed page differs

Rules
- The page says nothing that the tables do not say, but for its introductions.
- What a field's evidence and its rule's reason both say is printed once: SAID_BY_THE_RULE.
- Nobody edits the page by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from afterchat.contract.push import EVENT_TYPES
from afterchat.contract.record import FIELDS, Field
from afterchat.contract.vocabulary import CODED_SETS, EVALUATION_MODELS, CodedSet
from afterchat.engine.rules.rule import Rule
from afterchat.engine.rules.told import STORIES
from afterchat.engine.stories import BEGIN, Story
from afterchat.engine.summary import RULES

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "record.md"

INTRODUCTION = """\
<!-- Made by tools/make_record_reference.py from src/afterchat/contract and src/afterchat/engine; do not edit. -->

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

1. [Fields / 字段](#fields--字段)
2. [How each field is computed / 各字段的计算](#how-each-field-is-computed--各字段的计算)
3. [Stories / 示例会话](#stories--示例会话)
4. [Coded sets / 取值表](#coded-sets--取值表)
5. [Event types / 推送类型](#event-types--推送类型)
"""

RULES_INTRODUCTION = """\
## How each field is computed / 各字段的计算

This is how afterchat's own engine makes a field from the [events](engine.md) of a session.
A record that another platform pushed was made by that platform; what is known of its choices is the "evidence".
Only the events that are named can change the field.
Examples are taken from the [stories](#stories--示例会话) below, and the tests run each of them.

以下是 afterchat 的会话引擎由会话[事件](engine.md)得出各字段的方法。
其他平台推送的记录由该平台自行计算；关于其做法的已知情况写在“依据”中。
只有列出的事件才会改变该字段。
示例取自下文的[示例会话](#stories--示例会话)，每一个都由测试运行。
"""

STORIES_INTRODUCTION = f"""\
## Stories / 示例会话

Each line is a second, an event and its attributes; second 0 is {BEGIN}.
每行依次为秒、事件及其属性；第 0 秒为 {BEGIN}。
"""

SAID_BY_THE_RULE = (
    ("foreign_id", "Empty for an anonymous visitor"),
    ("from_staff", "The page says from which staff"),
    ("in_queue_time", "The page's word can mean"),
    ("in_queue_time", "Our choice is a length"),
    ("related_type", "1 on the person's session"),
    ("start_time", "The console separates creation from start"),
    ("stick_duration", "The unit is inferred"),
    ("status", "The page gives no values"),
    ("is_valid", "Invalid means that the visitor never wrote"),
    ("is_staff_invited", "Disputed: a clone reads it"),
    ("is_staff_invited", "Our choice is the page's text"),
    ("is_evaluation_invited", "No none-value is documented"),
    ("is_evaluation_invited", "Our choice is -1, because 0 is itself a value"),
)
"""(field, how a sentence of its evidence begins): what the reason of the field's rule says again, and more fully."""

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
        ((str(number), *_field_cells(number, field)) for number, field in enumerate(FIELDS, 1)),
    )
    yield ""
    yield RULES_INTRODUCTION
    for number, field in enumerate(FIELDS, 1):
        yield from _rule(number, field, RULES[field.name])
    yield STORIES_INTRODUCTION
    for story in STORIES:
        yield from _story(story)
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


def _field_cells(number: int, field: Field) -> tuple[str, ...]:
    also = "".join(f", also {JSON_TYPES[kind]}" for kind in field.also)
    none = "[]" if field.type is tuple else json.dumps(field.none)
    coded = f"[{field.coded}](#{field.coded.lower()})" if field.coded else ""
    kind = JSON_TYPES[field.type] + also
    wire = f"[`{field.wire}`](#{number}-{field.wire.lower()})"
    return (wire, f"`{field.name}`", kind, field.unit, f"`{none}`", field.zh, field.en, coded)


def _rule(number: int, field: Field, rule: Rule) -> Iterator[str]:
    yield f"### {number}. {field.wire}"
    yield ""
    yield f"{field.en}."
    yield f"{field.zh}。"
    yield ""
    yield f"- **Rule.** {rule.en}"
    yield f"- **规则：** {rule.zh}"
    events = (f"[`{kind.__name__}`](engine.md#{kind.__name__.lower()})" for kind in rule.events)
    yield f"- **Events / 事件：** {', '.join(events)}"
    evidence = " ".join(filter(None, (*_evidence(field), rule.because_en)))
    if evidence:
        yield f"- **Evidence.** {evidence}"
    if rule.because_zh:
        yield f"- **依据：** {rule.because_zh}"
    shown = (f"[{story.name}](#{_anchor(story)}) `{_value(value)}`" for story, value in rule.examples)
    yield f"- **Examples / 示例：** {', '.join(shown)}"
    yield ""


def _evidence(field: Field) -> Iterator[str]:
    """The sentences of a field's evidence that its rule does not say again."""
    said = tuple(beginning for name, beginning in SAID_BY_THE_RULE if name == field.name)
    sentences = re.split(r"(?<=\.) (?=[A-Z0-9])", field.evidence) if field.evidence else []
    for beginning in said:
        if not any(sentence.startswith(beginning) for sentence in sentences):
            raise SystemExit(
                f"{field.wire}: no sentence of its evidence begins with {beginning!r}; mend SAID_BY_THE_RULE"
            )
    return (sentence for sentence in sentences if not sentence.startswith(said))


def _value(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _story(story: Story) -> Iterator[str]:
    yield f"### Story: {story.name}"
    yield ""
    yield f"{story.en}; session {story.session}."
    yield f"{story.zh}；会话 {story.session}。"
    yield ""
    yield "```text"
    for step in story.steps.split(";"):
        first, *more = (line.strip() for line in step.strip().splitlines())
        second, _, event = first.partition(" ")
        yield f"{second:>7}  {event}"
        yield from (f"{'':9}    {line}" for line in more)
    yield "```"
    yield ""


def _anchor(story: Story) -> str:
    return f"story-{story.name.replace(' ', '-')}"


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
