"""`afterchat engine`: the session engine by hand; `replay` runs a file of events through it and shows all it decides.

Exit code 1 when a line was no event, and with --strict when an event stands refused.
What does not belong here: how a file is run (`cli.replay`) and what is shown (`cli.replay_page`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from afterchat.cli.command import Group, command, current_language, is_json_wanted, option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import file_argument
from afterchat.cli.output import print_raw, print_rows, remark
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from afterchat.cli.replay import Replay, Step, UnreadableLine
    from afterchat.engine import Policy

__all__ = ["engine"]

EVENTS_SHOWN_MAX = 20_000
"""Events that are kept to be shown by session; --raw and --json print as they read."""
UNREADABLE_NAMED_MAX = 20
"""Lines that are no events and are named on stderr; the others are counted."""


@click.group(
    "engine", cls=Group, text=Text("See what the session engine makes of events.", "查看会话引擎如何处理事件。")
)
def engine() -> None:
    """The session engine by hand."""


@command(
    "replay",
    Text("Run a file of events through the engine.", "用引擎重放一份事件文件。"),
    Text(
        "FILE holds one JSON event a line, of one session or of several; - is standard input.\n"
        "For each session it shows every event in the order of the file, what became of it, what is due next, "
        "and the record.\n"
        "To push what was told:\n"
        "afterchat engine replay FILE --raw |\n"
        "afterchat push - --concurrency 1 --to URL",
        "FILE 每行一个 JSON 事件，可以含一个或多个会话；- 表示标准输入。\n"
        "按文件顺序显示各会话的事件及处理结果、下一到期事项和会话记录。\n"
        "推送产生的记录：\n"
        "afterchat engine replay FILE --raw |\n"
        "afterchat push - --concurrency 1 --to URL",
    ),
    group=engine,
)
@file_argument
@option("--all", "has_all_fields", is_flag=True, text=Text("Show all 59 fields.", "显示全部 59 个字段。"))
@option(
    "--timers",
    "has_timers",
    is_flag=True,
    text=Text(
        "Let happen what is due: between the events, and after the last one until nothing is due.",
        "让到期事项发生：事件之间，以及末个事件之后直至无事到期。",
    ),
)
@option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text(
        'JSON object of the times to wait, such as {"queueSeconds": 300}; what it leaves out is as by default.',
        '各等待时间的 JSON 对象，例如 {"queueSeconds": 300}；其余取默认值。',
    ),
)
@option(
    "--raw",
    "is_raw",
    is_flag=True,
    text=Text(
        "Print only the records, one a line, in the order told: each revision, too.",
        "只输出记录，每行一条，按产生的先后，包括每次更新。",
    ),
)
@option(
    "--strict",
    "is_strict",
    is_flag=True,
    text=Text("End with 1 when an event stands refused, too.", "最终有事件被拒时，退出码也为 1。"),
)
def replay(
    *, file: BinaryIO, has_all_fields: bool, has_timers: bool, policy_file: Path | None, is_raw: bool, is_strict: bool
) -> None:
    from afterchat.cli.replay import Replay

    run = Replay(_policy(policy_file), has_timers=has_timers)
    steps = run.run(file)
    if is_raw:
        _print_records(steps)
    elif is_json_wanted():
        print_rows((), _objects(steps, run))
    else:
        _print_pages(steps, run, has_all_fields=has_all_fields)
    if run.unreadable_count > UNREADABLE_NAMED_MAX and (is_raw or not is_json_wanted()):
        remark(Text("{count} lines in all could not be read.", "共有 {count} 行无法读取。"), count=run.unreadable_count)
    refused_count = sum(course.refused_total for course in run.courses.values())
    if run.unreadable_count or (is_strict and refused_count):
        click.get_current_context().exit(int(Exit.FINDING))


def _print_records(steps: Iterator[Step | UnreadableLine]) -> None:
    from afterchat.contract.codec import encode

    for step in _readable(steps):
        if step.outcome.record is not None:
            print_raw(encode(step.outcome.record) + b"\n")


def _objects(steps: Iterator[Step | UnreadableLine], run: Replay) -> Iterator[dict[str, Any]]:
    from afterchat.cli.replay import UnreadableLine
    from afterchat.cli.replay_objects import object_of_course, object_of_line, objects_of_step

    for step in steps:
        if isinstance(step, UnreadableLine):
            yield object_of_line(step)
        else:
            yield from objects_of_step(step)
    for course in run.courses.values():
        yield object_of_course(course)


def _print_pages(steps: Iterator[Step | UnreadableLine], run: Replay, *, has_all_fields: bool) -> None:
    from afterchat.cli.replay_page import print_page

    by_session: dict[int, list[Step]] = {}
    for count, step in enumerate(_readable(steps), 1):
        if count > EVENTS_SHOWN_MAX:
            text = Text(
                "there are more than {count} events to show; use --json or --raw, which keep none of them",
                "要显示的事件超过 {count} 个；请用 --json 或 --raw，它们逐条输出",
            )
            raise CallerError(text.say(current_language(), count=EVENTS_SHOWN_MAX))
        by_session.setdefault(step.event.session, []).append(step)
    if not by_session:
        remark(Text("There are no events.", "没有事件。"))
    for number, (session_id, its_steps) in enumerate(by_session.items()):
        if number:
            click.echo("\n")
        print_page(run.courses[session_id], its_steps, has_all_fields=has_all_fields)


def _readable(steps: Iterator[Step | UnreadableLine]) -> Iterator[Step]:
    """The steps; lines that are no event are named on stderr as they are met."""
    from afterchat.cli.replay import UnreadableLine

    count = 0
    for step in steps:
        if not isinstance(step, UnreadableLine):
            yield step
            continue
        count += 1
        if count <= UNREADABLE_NAMED_MAX:
            why = Text(step.why.en, step.why.zh).of(current_language())
            remark(Text("line {line}: {why}", "第 {line} 行：{why}"), line=step.line, why=why)


def _policy(file: Path | None) -> Policy:
    from afterchat.cli.policy_file import read_policy
    from afterchat.engine import Policy

    return Policy() if file is None else read_policy(file)
