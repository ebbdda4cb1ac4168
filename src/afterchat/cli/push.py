"""`afterchat push FILE --to URL`: sign records and push them, as the platform would.

Exit code 1 when any was not accepted, 3 when nobody answered.
What does not belong here: how a file is cut into bodies (`cli.bodies`) and how one is sent (`cli.delivery`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, file_argument, secret_file_option, secret_from, settings_from
from afterchat.cli.output import Column, print_document
from afterchat.cli.visible import visible
from afterchat.errors import CallerError, OutageError

if TYPE_CHECKING:
    from afterchat.cli.delivery import Tally

__all__ = ["event_type_option", "push"]

_EVENT_TYPE = Text(
    "The eventType to send; `auto` tells it by the body, `none` leaves it out.",
    "要发送的 eventType；auto 按内容判断，none 表示不带该参数。",
)
event_type_option = option("--event-type", "event_type", default="auto", show_default=True, text=_EVENT_TYPE)

_LINES = (
    Column("accepted", Text("accepted", "已接受")),
    Column("not_accepted", Text("not accepted", "未被接受")),
    Column("not_tried", Text("not tried", "未尝试")),
    Column("seconds", Text("seconds", "耗时（秒）"), lambda seconds: f"{seconds:.2f}"),
    Column("reasons", Text("reasons", "原因"), lambda reasons: "; ".join(map(_reason, reasons)) or "-"),
)


@command(
    "push",
    Text("Sign records and push them to a receiver.", "签名并把记录推送到接收端。"),
    Text(
        "FILE holds one JSON record, a JSON array of them, or one a line (NDJSON); - is standard input.\n"
        "Each record is sent with exactly the bytes it has in the file and is signed afresh at every attempt.",
        "FILE 可以是单条 JSON 记录、JSON 数组，或每行一条（NDJSON）；- 表示标准输入。\n"
        "每条记录按文件中的原始字节发送，每次尝试都重新签名。",
    ),
)
@file_argument
@option("--to", "url", required=True, metavar="URL", text=Text("The receiver's URL.", "接收端地址。"))
@secret_file_option
@event_type_option
@option(
    "--raw", "is_raw", is_flag=True, text=Text("Send the whole file as one body.", "把整个文件作为一个请求体发送。")
)
@option(
    "--repeat",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    text=Text("Send each record this many times in a row.", "每条记录连续发送的次数。"),
)
@option(
    "--concurrency",
    type=click.IntRange(1, 256),
    default=4,
    show_default=True,
    text=Text("Connections at one time; 1 keeps the order.", "同时使用的连接数；1 表示保持顺序。"),
)
@config_option
def push(
    *,
    file: BinaryIO,
    url: str,
    secret_file: Path | None,
    event_type: str,
    is_raw: bool,
    repeat: int,
    concurrency: int,
    config: Path | None,
) -> None:
    from afterchat.cli.bodies import bodies_of
    from afterchat.cli.delivery import Sending, deliver_all, read_target
    from afterchat.clock import SystemClock

    try:
        target = read_target(url)
    except CallerError as error:
        raise click.UsageError(f"--to: {error}") from None
    clock = SystemClock()
    secret = secret_from(secret_file, settings_from(config))
    sending = Sending(target, secret, event_type, clock, on_silence=_silence_remark(f"{target.host}:{target.port}"))
    bodies = (body for body in bodies_of(file, is_raw=is_raw) for _ in range(repeat))
    begun = clock.monotonic()
    total_bytes = _total_bytes(file, repeat)
    with _progress(total_bytes) as on_settled:
        tally = deliver_all(bodies, sending, concurrency, on_settled)
    seconds = clock.monotonic() - begun
    # A pipe may never end, so what is left in one is not counted.
    rest = 0 if not tally.is_away else None if total_bytes is None else _count(bodies)
    _report(tally, None if rest is None else tally.not_tried + rest, seconds)


def _count(bodies: Iterator[bytes]) -> int | None:
    """How many are left; None when the rest of the file cannot be read."""
    try:
        return sum(1 for _ in bodies)
    except (CallerError, OSError):
        return None


def _silence_remark(place: str) -> Callable[[], None]:
    """Says once that nobody answers; made here because a thread of the run does not know the reader's language."""
    text = Text(
        "Nobody answers at {place} yet; trying again for a while.", "{place} 暂无应答，将继续尝试一段时间。"
    ).say(current_language(), place=place)
    return lambda: click.echo(visible(text), err=True)


def _report(tally: Tally, not_tried: int | None, seconds: float) -> None:
    """`not_tried` None says that some were left and nobody knows how many."""
    reasons = [{**refusal._asdict(), "count": count} for refusal, count in tally.refused.most_common()]
    not_accepted = sum(tally.refused.values())
    print_document(
        _LINES,
        {
            "accepted": tally.accepted,
            "not_accepted": not_accepted,
            "not_tried": not_tried,
            "seconds": round(seconds, 3),
            "reasons": reasons,
        },
    )
    if tally.is_away and all(not refusal.status for refusal in tally.refused):
        text = Text(
            "the server cannot be reached; check --to and that it runs, then push the file again",
            "无法连接服务器；请检查 --to 以及服务是否运行，然后重新推送该文件",
        )
        raise OutageError(text.of(current_language()))
    if not_accepted:
        click.get_current_context().exit(int(Exit.FINDING))


def _reason(reason: dict[str, Any]) -> str:
    said = " ".join(str(part) for part in (reason["status"] or "", reason["code"], reason["message"]) if part)
    return f"{reason['count']} x {said}"


def _total_bytes(file: BinaryIO, repeat: int) -> int | None:
    """How much there is to send, for the progress bar; None for a pipe."""
    try:
        return os.fstat(file.fileno()).st_size * repeat or None
    except (OSError, AttributeError):
        return None


@contextmanager
def _progress(total_bytes: int | None) -> Iterator[Callable[[int, bool], None]]:
    """A progress bar on a terminal's stderr, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _body_bytes, _is_accepted: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    words = Text(
        "{task.fields[accepted]} accepted, {task.fields[refused]} not",
        "已接受 {task.fields[accepted]}，未接受 {task.fields[refused]}",
    )
    columns = (BarColumn(), TextColumn(words.of(current_language())), TimeElapsedColumn())
    counts = {True: 0, False: 0}
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=total_bytes, accepted=0, refused=0)

        def on_settled(body_bytes: int, is_accepted: bool) -> None:
            counts[is_accepted] += 1
            progress.update(task, advance=body_bytes, accepted=counts[True], refused=counts[False])

        yield on_settled
