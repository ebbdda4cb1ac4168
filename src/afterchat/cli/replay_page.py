"""What a replay looks like to people: for each session a page that can be read from top to bottom.

A page holds the events in the order in which they were fed, what is due next, what stands refused, and the record.
The state column says where the session is as things were known then: a late event may change more than its own line.

What does not belong here: feeding (`cli.replay`), words of events (`cli.event_words`), JSON (`cli.replay_objects`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from afterchat.cli.command import current_language
from afterchat.cli.event_words import name_of, reason_of, tell
from afterchat.cli.language import Text
from afterchat.cli.output import Column, moment, print_rows, short_moment
from afterchat.cli.record import print_fields
from afterchat.cli.record_lines import print_field_lines
from afterchat.cli.replay import Course, Step
from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.engine import Event, Refused, State, Verdict
from afterchat.engine.states import ENDED_STATES

__all__ = ["print_page"]

WIDE_CELLS_MIN = 160
"""From here on value, meaning and explanation of a field fit beside each other, and little has to be cut."""
_PIPE_SIZE = (100_000, 24)
"""A pipe has room for everything."""

_DATE_CHARS = len("2027-01-15")
_TIME = slice(len("2027-01-15 "), len("2027-01-15 14:00:00"))
_DAY_AND_TIME = slice(len("2027-"), len("2027-01-15 14:00:00"))

_MARKS = {Verdict.TAKEN: "✓", Verdict.DUPLICATE: "=", Verdict.REFUSED: "✗"}
_TAKEN = Text("taken", "已采纳")
_TOLD = Text("taken; this is record {version}", "已采纳，产生第 {version} 版记录")
_WITHDRAWN = Text(
    "taken; the session is open still, and the record is withdrawn", "已采纳；会话其实尚未结束，此前的记录作废"
)
_REFUSED = Text("refused: {reason}", "被拒：{reason}")
_RETAKEN = Text("{became}; refused before and taken now: {names}", "{became}；先前被拒、现予采纳：{names}")
_LATE = Text("[late] {event}", "【迟到】{event}")
_TIMED = Text("[timer] {event}", "【定时】{event}")
_HEADING = Text("Session {id} · {date} · {state}", "会话 {id} · {date} · {state}")
_OVERDUE = Text("{event} (overdue; --timers lets it happen)", "{event}（已过期，加 --timers 可使其发生）")
_NOTHING_DUE = Text(
    "Nothing is due: no timer runs while the session is {state}.", "没有到期事项：会话处于“{state}”时没有定时器。"
)
_STANDS_REFUSED = Text("Refused at the end: {count}", "最终被拒的事件：{count}")
_LISTED = Text("Refused at the end: {count}, of which {listed} are listed", "最终被拒的事件：{count}，列出 {listed} 个")
_RECORD = Text("Record, version {version}", "会话记录，第 {version} 版")
_NO_RECORD = Text("No record: the session has not ended.", "没有记录：会话尚未结束。")


def _states(states: tuple[State, State]) -> str:
    before, after = (_name(state) for state in states)
    return before if before == after else f"{before} → {after}"


def _state_if_new(states: tuple[State, State]) -> str:
    before, after = states
    return "" if before is after else f"→ {_name(after)}"


def _became(step: Step) -> str:
    language = current_language()
    if step.outcome.refused is not None:
        return _REFUSED.say(language, reason=reason_of(step.outcome.refused, language))
    if step.outcome.verdict is Verdict.DUPLICATE:
        return Text(Verdict.DUPLICATE.en, Verdict.DUPLICATE.zh).of(language)
    became = _TOLD.say(language, version=step.version) if step.version else _TAKEN.of(language)
    became = _WITHDRAWN.of(language) if step.outcome.is_withdrawn else became
    if not step.retaken:
        return became
    names = ("、" if language == "zh" else ", ").join(f"“{name_of(event, language)}”" for event in step.retaken)
    return _RETAKEN.say(language, became=became, names=names)


def _became_if_special(step: Step) -> str:
    said = _became(step)
    return "" if said == _TAKEN.of(current_language()) else said


_EVENTS = (
    Column("time", Text("time", "时间")),
    Column("since", Text("since", "历时"), is_number=True),
    Column("mark", Text("", "")),
    Column("states", Text("state", "状态"), _states, show_narrow=_state_if_new),
    Column("event", Text("what happened", "事件"), is_flexible=True),
    Column("step", Text("what became of it", "处理结果"), _became, show_narrow=_became_if_special, is_beneath=True),
)
_DUE = (
    Column("at", Text("due next", "下一到期"), moment, show_narrow=short_moment),
    Column("event", Text("what happens then", "届时发生"), is_flexible=True),
    Column("because", Text("because", "原因"), is_flexible=True, is_beneath=True),
)
_REFUSALS = (
    Column("time", Text("time", "时间")),
    Column("id", Text("event id", "事件编号"), is_flexible=True),
    Column("event", Text("what did not happen", "未采纳的事件"), is_flexible=True),
    Column("reason", Text("because", "原因"), is_beneath=True),
)


class _Told(NamedTuple):
    record: SessionRecord


def print_page(course: Course, steps: Sequence[Step], *, has_all_fields: bool) -> None:
    """One session: heading, events, what is due, what stands refused, record; `steps` holds one at least."""
    begin_at = course.opened.at if course.opened is not None else min(step.event.at for step in steps)
    date = moment(begin_at)[:_DATE_CHARS]
    is_one_day = all(moment(step.event.at)[:_DATE_CHARS] == date for step in steps)
    shown = _TIME if is_one_day else _DAY_AND_TIME
    _heading(_HEADING, id=course.session.id, date=date, state=_name(course.session.state))
    print_rows(_EVENTS, _event_rows(course, steps, begin_at, shown))
    _print_due(course)
    _print_refused(course, shown)
    click.echo()
    record = course.session.record
    if record is None:
        click.echo(_NO_RECORD.of(current_language()))
        return
    _heading(_RECORD, version=max(step.version for step in steps))
    _print_record(record, has_all_fields=has_all_fields)


def _event_rows(course: Course, steps: Sequence[Step], begin_at: int, shown: slice) -> Iterator[dict[str, Any]]:
    language = current_language()
    for step in steps:
        event = _told(step.event, course)
        if step.is_timed or step.is_late:
            event = (_TIMED if step.is_timed else _LATE).say(language, event=event)
        yield {
            "time": moment(step.event.at)[shown],
            "since": _since(step.event.at - begin_at),
            "mark": _MARKS[step.outcome.verdict],
            "states": (step.before, step.after),
            "event": event,
            "step": step,
        }


def _print_due(course: Course) -> None:
    session, language = course.session, current_language()
    due = session.due
    if due is not None:
        event = _told(due.event, course)
        if due.at < course.newest_at:
            event = _OVERDUE.say(language, event=event)
        click.echo()
        print_rows(_DUE, [{"at": due.at, "event": event, "because": Text(due.timer.en, due.timer.zh).of(language)}])
    elif session.state not in ENDED_STATES:
        click.echo(f"\n{_NOTHING_DUE.say(language, state=_name(session.state))}")


def _print_refused(course: Course, shown: slice) -> None:
    refused, total = course.refused, course.refused_total
    if refused:
        click.echo()
        _heading(_STANDS_REFUSED if len(refused) == total else _LISTED, count=total, listed=len(refused))
        print_rows(_REFUSALS, [_refused_row(one, course, shown) for one in refused])


def _refused_row(refused: Refused, course: Course, shown: slice) -> dict[str, Any]:
    return {
        "time": moment(refused.event.at)[shown],
        "id": refused.event.id,
        "event": _told(refused.event, course),
        "reason": reason_of(refused, current_language()),
    }


def _print_record(record: SessionRecord, *, has_all_fields: bool) -> None:
    fields = [field for field in FIELDS if has_all_fields or getattr(record, field.name) != field.none]
    width = shutil.get_terminal_size(_PIPE_SIZE).columns
    if width < WIDE_CELLS_MIN:
        print_field_lines(_Told(record), fields, width)
    else:
        print_fields(_Told(record), fields)


def _heading(text: Text, **values: object) -> None:
    click.secho(text.say(current_language(), **values), bold=True)


def _told(event: Event, course: Course) -> str:
    model = course.opened.evaluation_type if course.opened is not None else 0
    return tell(event, current_language(), model)


def _name(state: State) -> str:
    return Text(state.en, state.zh).of(current_language())


def _since(milliseconds: int) -> str:
    minutes, seconds = divmod(abs(milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if milliseconds < 0 else '+'}{hours}:{minutes:02}:{seconds:02}"
