"""Make docs/reference/engine.md, the bilingual page of the session engine: events, states, refusals, timers, policy.

    python tools/make_engine_reference.py            writes it
    python tools/make_engine_reference.py --check    fails when the committed page differs

Rules
- Tables and diagram are drawn from the engine's own: EVENTS, TRANSITIONS, GUARDS, Refusal, TIMERS, Policy.
- English meanings are the docstrings of the source, Chinese ones stand in `engine_words`; fields mean what FIELDS says.
- Every example is an event that exists: it comes from a story, in JSON and in the words of `afterchat engine replay`.
- Nobody edits the page by hand.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import msgspec
from engine_words import ATTRIBUTE_MEANINGS_ZH, ATTRIBUTE_WORDS, EVENT_MEANINGS_ZH, ORIGIN_MEANINGS_ZH, TIMER_STARTS

from afterchat.cli.event_words import tell
from afterchat.contract.field import wire_name
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.engine import events, guards, origins, policy, session
from afterchat.engine.checks import checks_of
from afterchat.engine.rules.told import STORIES
from afterchat.engine.states import TRANSITIONS, State
from afterchat.engine.stories import Story, events_of
from afterchat.engine.timers import TIMERS, Timer
from afterchat.engine.verdict import Refusal, Verdict
from afterchat.engine.wire import write_event

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "engine.md"

INTRODUCTION = """\
<!-- Made by tools/make_engine_reference.py from src/afterchat/engine; do not edit. -->

# The session engine / 会话引擎

What happened in one session goes in, event by event; its record of 59 fields comes out.
How to use it: [feed the engine](../howto/feed-the-engine.md).
How each field is computed: [the record](record.md#how-each-field-is-computed--各字段的计算).

逐个输入一个会话中发生的事件，得出它的 59 字段记录。
用法见[向引擎输入事件](../howto/feed-the-engine.zh-CN.md)。
各字段的计算见[会话记录](record.md#how-each-field-is-computed--各字段的计算)。

1. [Order and time / 顺序与时间](#order-and-time--顺序与时间)
2. [States / 状态](#states--状态)
3. [Events / 事件](#events--事件)
4. [Origins / 来源](#origins--来源)
5. [Refusals / 拒绝](#refusals--拒绝)
6. [Timers / 定时](#timers--定时)
7. [Policy / 策略](#policy--策略)
"""

ORDER = """\
## Order and time / 顺序与时间

- The record is a function of the set of events; unless one comes too late, the order of arrival does not matter.
- Events count in the order of their own `at`; within one millisecond in the order of this page, then by `id`.
- The same `id` with the same content is the same event: known already, and nothing changes.
- An event may come later than a newer one of its session, by `tolerance_seconds` at most; it then takes its place.
- So a late event can change what was said: a refused event is taken, a session ended otherwise or is still open.
- What nothing can precede any more is settled and forgotten; such an event, sent again, is refused as `TOO_LATE`.
- Beyond {recent} unsettled events of one session the older half is settled early; at most {refused} refused ones wait.
- The engine reads no clock: late is late against the newest event that was taken.
- There is a record once the session ended; a later event gives another one only if a field changed.

- 记录只取决于事件的集合；只要没有事件来得过晚，就与到达顺序无关。
- 事件按自身的 `at` 排序；同一毫秒内按本页顺序，再按 `id`。
- `id` 与内容都相同即同一事件：已知，不产生任何变化。
- 事件可以晚于同一会话的较新事件到达，最多晚 `tolerance_seconds`；它会归入应在的位置。
- 因此迟到的事件可能改变结论：被拒的事件转为采纳，会话的结束方式不同，或者其实尚未结束。
- 前面不会再插入事件的部分即成定局并被遗忘；这样的事件再次送来，会以 `TOO_LATE` 拒绝。
- 一个会话未定局的事件超过 {recent} 个时，较早的一半提前定局；等待重判的被拒事件最多 {refused} 个。
- 引擎不读时钟：是否迟到，以已采纳的最新事件为准。
- 会话结束后才有记录；之后的事件只有改变了某个字段，才会产生新的记录。
"""

MORE = Story(
    "more",
    "What no other story tells",
    "其他示例未涉及的事件",
    "0 SessionOpened kind=person evaluationType=5; 2 StaffAssigned staffId=5 staffName=张佳怡;"
    "40 StaffLost; 70 StaffBack; 90 SessionClosed closeReason=0; 690 RatingWindowClosed",
)
"""For the events that no story of the record's page has."""

COMMON = tuple(events.Event.__struct_fields__)
OF_ANY_EVENT = (
    Refusal.OTHER_SESSION,
    Refusal.ID_REUSED,
    Refusal.TOO_LATE,
    Refusal.TOO_MANY,
    Refusal.NOT_ALLOWED,
)
"""Refusals that no guard gives: an event of any kind can meet them."""
CLOSED = "SessionClosed "


def main() -> int:
    """Write or check the page; 1 when the check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page differs")
    page = "\n".join(lines()) + "\n"
    if not parser.parse_args().check:
        PAGE.write_text(page, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != page:
        print("docs/reference/engine.md is out of date; run tools/make_engine_reference.py and commit the result")
        return 1
    return 0


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield INTRODUCTION
    yield ORDER.format(recent=session.RECENT_EVENTS_MAX, refused=session.REFUSED_EVENTS_MAX)
    yield from _states()
    yield from _events()
    yield from _origins()
    yield from _refusals()
    yield from _timers()
    yield from _policy()


def _states() -> Iterator[str]:
    yield "## States / 状态"
    yield ""
    yield from _table(("state", "meaning", "含义"), ((f"`{state.name}`", state.en, state.zh) for state in State))
    yield "The diagram shows what changes the state; what leaves it as it is stands in the table below."
    yield "图中只画出改变状态的事件；不改变状态的见下表。"
    yield ""
    yield "```mermaid"
    yield from _diagram()
    yield "```"
    yield ""
    yield "Rows are events, columns are states: the state after the event; `=` is the same state, empty is refused."
    yield "行为事件，列为状态：格中为事件之后的状态；`=` 表示状态不变，空白表示被拒。"
    yield ""
    reasons = CODED_SETS["closeReason"].labels
    yield from _table(
        ("event / 事件", *(f"`{state.name}`" for state in TRANSITIONS)),
        (
            (_cue_in_words(cue, reasons), *(_cell(state, row.get(cue)) for state, row in TRANSITIONS.items()))
            for cue in _cues()
        ),
    )


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in TRANSITIONS:
        if state is not State.NEW:
            yield f'    state "{state.en}<br/>{state.zh}" as {state.name}'
    for state, row in TRANSITIONS.items():
        edges: dict[State, list[str]] = {}
        for cue, target in row.items():
            if target is not state:
                edges.setdefault(target, []).append(cue)
        for target, cues in edges.items():
            begin = "[*]" if state is State.NEW else state.name
            yield f"    {begin} --> {target.name}: {'<br/>'.join(_grouped(cues))}"


def _grouped(cues: list[str]) -> Iterator[str]:
    """The cues of one edge, the reasons of SessionClosed in one line."""
    yield from (cue for cue in cues if not cue.startswith(CLOSED))
    reasons = ", ".join(cue.removeprefix(CLOSED) for cue in cues if cue.startswith(CLOSED))
    if reasons:
        yield CLOSED + reasons


def _cues() -> list[str]:
    """Every cue of the table once, in the order of EVENTS."""
    names = [kind.__name__ for kind in events.EVENTS]
    cues = dict.fromkeys(cue for row in TRANSITIONS.values() for cue in row)
    return sorted(cues, key=lambda cue: (names.index(cue.split(" ")[0]), *_detail(cue)))


def _detail(cue: str) -> tuple[int, str]:
    detail = cue.partition(" ")[2]
    return (int(detail), "") if detail.isdecimal() else (0, "" if cue.startswith("SessionOpened") else detail)


def _cue_in_words(cue: str, reasons: Iterable[object]) -> str:
    name, _, detail = cue.partition(" ")
    shown = f"[`{cue}`](#{name.lower()})"
    zh, en = reasons[int(detail)] if cue.startswith(CLOSED) else ("", "")
    return f"{shown} {en} / {zh}" if en else shown


def _cell(state: State, target: State | None) -> str:
    return "" if target is None else "`=`" if target is state else f"`{target.name}`"


def _events() -> Iterator[str]:
    yield "## Events / 事件"
    yield ""
    yield "Each is one JSON object: `type` is its name, attributes are in camelCase; in Python they are in snake_case."
    yield "An attribute without a default must be given; an unknown one is refused, and so is a value out of its range."
    yield "每个事件是一个 JSON 对象：`type` 为事件名，属性为 camelCase；Python 中为 snake_case。"
    yield "Below each example stands how `afterchat engine replay` tells it."
    yield "没有默认值的属性必须给出；未知属性与超出范围的取值不被接受。"
    yield "每个示例之下是 `afterchat engine replay` 对它的描述。"
    yield ""
    yield "Every event has / 每个事件都有："
    yield ""
    yield from _attributes(events.Event, events)
    samples = _samples()
    for kind in events.EVENTS:
        yield from _headed(kind, EVENT_MEANINGS_ZH[kind])
        own = [name for name in kind.__struct_fields__ if name not in COMMON]
        if own:
            yield from _attributes(kind, events, own)
        reasons = list(refusals_of(guards.GUARDS[kind])) if kind in guards.GUARDS else []
        if reasons:
            links = ", ".join(f"[`{reason.name}`](#refusals--拒绝)" for reason in reasons)
            yield f"May be refused as / 可能因此被拒：{links}."
            yield ""
        event, model = samples[kind]
        yield "```json"
        yield write_event(event).decode()
        yield "```"
        yield ""
        yield f"> {tell(event, 'en', model)}<br>"
        yield f"> {tell(event, 'zh', model)}"
        yield ""


def _origins() -> Iterator[str]:
    yield "## Origins / 来源"
    yield ""
    yield "What `cameFrom` of [SessionOpened](#sessionopened) can hold: the session before it in the visitor's journey."
    yield "[SessionOpened](#sessionopened) 的 `cameFrom` 可取的值：访客旅程中的上一个会话。"
    yield ""
    for kind, meaning_zh in ORIGIN_MEANINGS_ZH.items():
        yield from _headed(kind, meaning_zh)
        yield from _attributes(kind, origins)


def _refusals() -> Iterator[str]:
    yield "## Refusals / 拒绝"
    yield ""
    yield f"`feed` answers {', '.join(f'`{one.name}`' for one in Verdict)}; a refused event changes nothing."
    yield "It is judged again when an event arrives late that happened before it."
    yield f"`feed` 的答复为 {'、'.join(f'`{one.name}`（{one.zh}）' for one in Verdict)}；被拒的事件不产生任何变化。"
    yield "若迟到的事件发生在它之前，它会被重新判断。"
    yield ""
    given: dict[Refusal, list[str]] = {reason: ["any / 任何事件"] for reason in OF_ANY_EVENT}
    for kind, guard in guards.GUARDS.items():
        for reason in refusals_of(guard):
            given.setdefault(reason, []).append(f"[`{kind.__name__}`](#{kind.__name__.lower()})")
    yield from _table(
        ("refusal", "of", "why", "原因"),
        ((f"`{reason.name}`", ", ".join(given[reason]), reason.en, reason.zh) for reason in Refusal),
    )


def refusals_of(guard: Callable[..., object]) -> Iterator[Refusal]:
    """The refusals that a guard names, itself or through another guard that it asks first."""
    for name in guard.__code__.co_names:
        if name in Refusal.__members__:
            yield Refusal[name]
        elif name in {one.__name__ for one in guards.GUARDS.values()}:
            yield from refusals_of(getattr(guards, name))


def _timers() -> Iterator[str]:
    yield "## Timers / 定时"
    yield ""
    yield "`session.due` says what should happen next if nothing else does; the engine feeds nothing by itself."
    yield "Of several timers the earliest counts; 0 seconds switches one off."
    yield "`session.due` 给出若无其他事情、接下来应当发生什么；引擎不会自行输入事件。"
    yield "多个定时同时运行时取最早者；0 秒表示关闭。"
    yield ""
    reasons = CODED_SETS["closeReason"].labels
    yield from _table(
        ("timer", "state", "since / 起点", "for", "default", "then", "meaning", "含义"),
        ((f"`{one.name}`", f"`{one.state.name}`", *_timer_cells(one, reasons)) for one in TIMERS),
    )


def _timer_cells(timer: Timer, reasons: Iterable[object]) -> tuple[str, ...]:
    start = TIMER_STARTS[timer.name]
    then = "`RatingWindowClosed`" if timer.close_reason is None else f"`SessionClosed {timer.close_reason}`"
    wait = getattr(policy.DEFAULT_POLICY, timer.setting)
    zh, en = ("", "") if timer.close_reason is None else reasons[timer.close_reason]
    more = f" {en} / {zh}" if en else ""
    return (_both(start.en, start.zh), f"`{timer.setting}`", str(wait), then + more, timer.en, timer.zh)


def _policy() -> Iterator[str]:
    yield "## Policy / 策略"
    yield ""
    yield "The values of one tenant: `Session(id, Policy(queue_seconds=600))`."
    yield "They decide how late an event may come, when something is due, and which ratings are taken."
    yield "一个租户的取值：`Session(id, Policy(queue_seconds=600))`。"
    yield "它们决定事件最多可以晚到多久、何时到期，以及接受哪些评价。"
    yield ""
    yield from _attributes(policy.Policy, policy, as_written=str)


def _headed(kind: type, meaning_zh: str) -> Iterator[str]:
    yield f"### {kind.__name__}"
    yield ""
    yield kind.__doc__
    yield meaning_zh
    yield ""


def _attributes(
    kind: type[msgspec.Struct],
    module: ModuleType,
    names: Iterable[str] = (),
    as_written: Callable[[str], str] = wire_name,
) -> Iterator[str]:
    """The attributes of a class of `module`, as they are written in JSON."""
    checks = dict(checks_of(kind))
    defaults = dict(zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False))
    yield from _table(
        ("attribute", "may be / 取值", "default", "meaning", "含义"),
        (
            (
                f"`{as_written(name)}`",
                _both(checks[name].en, checks[name].zh),
                _default(defaults.get(name, msgspec.NODEFAULT)),
                *_meaning(name, module),
            )
            for name in names or kind.__struct_fields__
        ),
    )


def _default(value: object) -> str:
    return "" if value is msgspec.NODEFAULT else f"`{msgspec.json.encode(value).decode()}`"


def _meaning(name: str, module: ModuleType) -> tuple[str, str]:
    """What an attribute means in English and Chinese."""
    said = docstrings_of(module).get(name)
    if said is not None:
        return said, ATTRIBUTE_MEANINGS_ZH[name]
    if name in ATTRIBUTE_WORDS:
        return ATTRIBUTE_WORDS[name]
    field = next(field for field in FIELDS if field.name == name)
    codes = f" [Codes / 取值](record.md#{field.coded.lower()})." if field.coded else ""
    return f"{field.en}.{codes}", f"{field.zh}。"


def docstrings_of(module: ModuleType) -> dict[str, str]:
    """Attribute -> the text below it, for the classes of a module; an attribute of several classes means one thing."""
    found = {}
    for node in ast.parse(Path(module.__file__ or "").read_text("utf-8")).body:
        body = node.body if isinstance(node, ast.ClassDef) else []
        for declared, below in pairwise(body):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(declared, ast.AnnAssign) and isinstance(text, ast.Constant):
                found[ast.unparse(declared.target)] = str(text.value)
    return {name: text for name, text in found.items() if name != "cue"}


def _samples() -> dict[type[events.Event], tuple[events.Event, int]]:
    """One event of each kind, the first of it in the stories, with the rating model of its session."""
    samples: dict[type[events.Event], tuple[events.Event, int]] = {}
    for story in (*STORIES, MORE):
        told = events_of(story)
        for event in told:
            samples.setdefault(type(event), (event, told[0].evaluation_type))
    return samples


def _both(en: str, zh: str) -> str:
    return en if en == zh else f"{en} / {zh}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
