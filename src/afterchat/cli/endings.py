"""How a command ends that did not succeed: one line on stderr and an exit code, never a traceback.

Ctrl-C needs no line: who pressed it knows.
Usage errors are click's; their words are put into the reader's language here, by kind.
What does not belong here: which AfterchatError has which code (`cli.exits`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from afterchat.cli.exits import Exit, exit_code_of, line_of
from afterchat.cli.language import Text
from afterchat.errors import AfterchatError

__all__ = ["errors_in_one_line"]


@contextmanager
def errors_in_one_line(language: Callable[[], str]) -> Iterator[None]:
    """Turn usage errors, AfterchatErrors and Ctrl-C into a line and an exit; `language` is asked when one happens."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError as error:
        _end(error.message, Exit.USAGE)
    except click.UsageError as error:
        _end(_usage_line(error, language()), Exit.USAGE)
    except (KeyboardInterrupt, click.Abort):
        if sys.stderr.isatty():
            click.echo(err=True)  # the prompt does not stand behind the terminal's ^C
        raise click.exceptions.Exit(int(Exit.INTERRUPTED)) from None
    except AfterchatError as error:
        _end(line_of(error, language()), exit_code_of(error))


def _end(line: str, code: Exit) -> NoReturn:
    """The end of a command: one line on stderr and an exit code."""
    click.echo(line, err=True)
    raise click.exceptions.Exit(int(code))


_USAGE_LINES: tuple[tuple[type[click.UsageError], Text], ...] = (
    (click.NoSuchOption, Text("there is no option {name}", "没有选项 {name}")),
    (click.exceptions.NoSuchCommand, Text("there is no command {name}", "没有命令 {name}")),
    (click.MissingParameter, Text("{name} is missing", "缺少 {name}")),
    (click.BadParameter, Text("{name}: {message}", "{name} 的值不对：{message}")),
    (click.UsageError, Text("{message}", "{message}")),
)


def _usage_line(error: click.UsageError, language: str) -> str:
    text = next(text for kind, text in _USAGE_LINES if isinstance(error, kind))
    parameter = getattr(error, "param", None)
    context = error.ctx or click.get_current_context(silent=True)
    name = getattr(error, "option_name", None) or getattr(error, "command_name", None)
    if name is None and parameter is not None:
        name = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name.upper()
    said = text.say(language, name=name or "", message=error.message or "")
    for close in getattr(error, "possibilities", None) or ():
        said += Text(" (did you mean {close}?)", "（是否想输入 {close}？）").say(language, close=close)
    help_hint = Text("see `{path} --help`", "参见 `{path} --help`").say(
        language, path=context.command_path if context else "afterchat"
    )
    return Text("Usage: {said}; {hint}", "用法：{said}；{hint}").say(language, said=said, hint=help_hint)
