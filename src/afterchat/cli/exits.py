"""The exit codes of every command, declared once, and which error ends with which.

Scripts may rely on them; `--help` prints this very table.
Messages of other rooms are mostly English; the words before them say in the reader's language who must act.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from afterchat.cli.language import Text
from afterchat.cli.visible import visible
from afterchat.errors import AfterchatError, CallerError, OperatorError, OutageError, PeerError

__all__ = ["EXIT_CODES", "Exit", "exit_code_of", "line_of", "table_of_exits"]


class Exit(IntEnum):
    """What a script can tell from a command's end."""

    OK = 0
    FINDING = 1
    USAGE = 2
    AWAY = 3
    OPERATOR = 4
    INTERRUPTED = 130


EXIT_CODES = (
    (Exit.OK, Text("done, nothing to report", "完成，没有问题")),
    (
        Exit.FINDING,
        Text(
            "a finding: refused, not accepted, not found, a check that failed",
            "有结果：被拒绝、未被接受、不存在或检查未通过",
        ),
    ),
    (Exit.USAGE, Text("the command line cannot be read", "命令行写法有误")),
    (Exit.AWAY, Text("the store or the server is away; try again", "存储或服务器暂不可用，可稍后重试")),
    (Exit.OPERATOR, Text("you must act: settings, schema, keys, locks", "需要您处理：设置、数据版本、密钥或锁")),
    (Exit.INTERRUPTED, Text("interrupted by Ctrl-C", "被 Ctrl-C 中断")),
)


class _Manner(NamedTuple):
    error: type[AfterchatError]
    code: Exit
    opening: Text


_MANNERS = (
    _Manner(OperatorError, Exit.OPERATOR, Text("You must act", "需要处理")),
    _Manner(OutageError, Exit.AWAY, Text("Away", "暂不可用")),
    _Manner(CallerError, Exit.FINDING, Text("Not possible", "无法完成")),
    _Manner(PeerError, Exit.FINDING, Text("Unreadable", "无法读取")),
    _Manner(AfterchatError, Exit.FINDING, Text("Error", "错误")),
)


def exit_code_of(error: AfterchatError) -> Exit:
    """Which code ends a command that raised `error`."""
    return _manner(error).code


def line_of(error: AfterchatError, language: str) -> str:
    """One line for stderr: who must act, then what happened and the remedy.

    An error that carries its sentence in both languages as `zh` and `en` is shown in the reader's.
    """
    said = str(getattr(error, language, "") or error)
    return visible(f"{_manner(error).opening.of(language)}: {' '.join(said.split())}")


def table_of_exits(language: str) -> list[tuple[str, str]]:
    """Rows (code, meaning) for `--help`."""
    return [(str(int(code)), meaning.of(language)) for code, meaning in EXIT_CODES]


def _manner(error: AfterchatError) -> _Manner:
    return next(manner for manner in _MANNERS if isinstance(error, manner.error))
