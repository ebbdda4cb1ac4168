"""`afterchat simulate`: a made-up contact centre, printed as events or played into a running sender.

    without --to   one event a line on stdout, as fast as they can be made
    with --to      handed in over HTTP: what is past at full speed, then as it happens

Exit code 1 when the sender refused any.
What does not belong here: the play itself (`cli.simulate_play`), what happens in the centre (`simulator.centre`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import EpochMoment
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from afterchat.cli.delivery import Target

__all__ = ["simulate"]

_DAY_MS = 86_400_000
_BEGIN_MIN, _BEGIN_MAX = 946_684_800_000, 4_102_444_800_000
"""2000 and 2100: far from every limit that a moment of an event has."""
_SEED_MAX = 2**63 - 1


class _Beginning(EpochMoment):
    """A moment, or `now`, which is 0."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        return 0 if value == "now" else super().convert(value, param, ctx)


@command(
    "simulate",
    Text("Play a made-up contact centre into a sender.", "模拟一个客服中心，向发送端上报事件。"),
    Text(
        "Without --to it prints one event a line, for example for\n"
        "afterchat simulate --days 1 | afterchat engine replay - --timers --raw\n"
        "The same --seed and --begin give the same events.\n"
        "--speed shortens what visitors and staff do. It does not shorten how long a sender waits before it ends a "
        "session by itself (queue, silence, rating): that stays in real time.",
        "不带 --to 时逐行输出事件，例如\n"
        "afterchat simulate --days 1 | afterchat engine replay - --timers --raw\n"
        "--seed 与 --begin 相同，则事件相同。\n"
        "--speed 缩短访客与客服的用时，但不缩短发送端自动结束会话前的等待时间（排队、静默、评价）："
        "后者仍按真实时间计算。",
    ),
)
@option("--to", "url", metavar="URL", text=Text("The sender's URL.", "发送端地址。"))
@option(
    "--token-file",
    "token_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text("File that holds a token of scope send.", "存放 send 权限令牌的文件。"),
)
@option(
    "--seed",
    type=click.IntRange(0, _SEED_MAX),
    default=1,
    show_default=True,
    text=Text("Which of all possible centres.", "随机种子。"),
)
@option(
    "--sessions-per-day",
    type=click.IntRange(1, 1_000_000),
    default=2000,
    show_default=True,
    text=Text("Sessions of an ordinary day.", "平常一天的会话数。"),
)
@option(
    "--staff",
    "staff_count",
    type=click.IntRange(0, 5000),
    default=24,
    show_default=True,
    text=Text("How many people work there.", "客服人数。"),
)
@option(
    "--days",
    type=click.IntRange(1, 366),
    text=Text(
        "How many days are played: without --to 1, with it until Ctrl-C.",
        "模拟的天数：不带 --to 时为 1，带 --to 时直到按下 Ctrl-C。",
    ),
)
@option(
    "--speed",
    type=click.IntRange(1, 1000),
    metavar="TIMES",
    text=Text(
        "Begin now, whatever --begin says, and run so many times as fast.",
        "无论 --begin 为何，从现在开始，并以该倍速进行。",
    ),
)
@option(
    "--begin",
    type=_Beginning(),
    metavar="MOMENT",
    text=Text(
        "When the simulation begins: now, or a date, with a time or without. Left out: now, or --days ago.",
        "模拟开始的时刻：now，或日期（可带时间）。缺省为现在，或 --days 天之前。",
    ),
)
def simulate(
    *,
    url: str | None,
    token_file: Path | None,
    seed: int,
    sessions_per_day: int,
    staff_count: int,
    days: int | None,
    speed: int | None,
    begin: int | None,
) -> None:
    from afterchat.cli.simulate_play import Plan, play, print_events
    from afterchat.clock import SystemClock

    clock = SystemClock()
    now = clock.now_ms()
    if url is None:
        days = days or 1
    begin_at = _begin_at(begin, days if speed is None else None, now)
    _check(url, token_file, speed, is_future=begin_at > now)
    plan = Plan(seed, sessions_per_day, staff_count, begin_at, days and begin_at + days * _DAY_MS, speed, now)
    if url is None or token_file is None:
        print_events(plan, clock)
    else:
        play(plan, _target(url), token_file, clock)


def _begin_at(begin: int | None, days: int | None, now: int) -> int:
    """Epoch ms: what was asked for, else so many days ago, else now."""
    if begin is None:
        return now - (days or 0) * _DAY_MS
    begin_at = begin or now
    if not _BEGIN_MIN <= begin_at <= _BEGIN_MAX:
        raise _usage(Text("--begin: take a day from 2000 to 2099", "--begin：请取 2000 至 2099 年之间的日期"))
    return begin_at


def _check(url: str | None, token_file: Path | None, speed: int | None, *, is_future: bool) -> None:
    """Raise a usage error when the options contradict each other."""
    if (url is None) != (token_file is None):
        raise _usage(Text("--to and --token-file go together", "--to 与 --token-file 须同时给出"))
    if url is None and speed is not None:
        raise _usage(Text("--speed needs --to: printing waits for nothing", "--speed 须与 --to 同用：输出时不等待"))
    if url is not None and speed is None and is_future:
        text = Text(
            "--begin lies in the future; with --speed 1 that hour begins now",
            "--begin 在未来；加上 --speed 1 可让该时刻从现在开始",
        )
        raise _usage(text)


def _usage(text: Text) -> click.UsageError:
    return click.UsageError(text.of(current_language()))


def _target(url: str) -> Target:
    from afterchat.cli.delivery import read_target

    try:
        return read_target(url)._replace(path="/v1/events")
    except CallerError as error:
        raise click.UsageError(f"--to: {error}") from None
