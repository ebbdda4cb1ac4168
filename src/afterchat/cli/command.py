"""Commands, groups and options whose help exists in two languages, and the root that ends every error in one line.

Rules
- Help is a `Text`; it is put into the reader's language when it is shown, so nothing is decided by import.
- A group loads a command only when it is called or when its own help is shown.
- Every command takes `--json`, `--lang` and `--help`.
- An AfterchatError or a usage error ends in one line on stderr, never in a traceback.

What does not belong here: which commands there are (`cli.__init__`), options that several share (`cli.options`),
and which error ends how (`cli.endings`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

import click

from afterchat.cli.endings import errors_in_one_line
from afterchat.cli.exits import table_of_exits
from afterchat.cli.language import LANGUAGES, Text, language_of_arguments, language_of_environment
from afterchat.cli.wrapping import cells, wrapped

__all__ = [
    "Command",
    "Entry",
    "Group",
    "Option",
    "RootGroup",
    "command",
    "current_language",
    "is_json_wanted",
    "option",
]

_LANGUAGE = "afterchat.language"
_JSON_WANTED = "afterchat.json"
_HELP = Text("Show this help.", "显示本帮助。")
_LANG = Text("Language of messages and labels (or AFTERCHAT_LANGUAGE).", "消息与标签的语言（或 AFTERCHAT_LANGUAGE）。")
_JSON = Text("Print JSON: one document, or one line for each row.", "输出 JSON：单个文档，或每行一条。")
_NO_DETAILS = Text("", "")
_USAGE = Text("Usage: ", "用法：")
_OPTIONS = Text("Options", "选项")
_COMMANDS = Text("Commands", "命令")
_EXITS = Text("Exit codes", "退出码")
_WORDS_OF_EXTRAS = (("default: ", "默认："), ("required", "必填"), ("env var: ", "环境变量："))
_STANDING = ("as_json", "lang", "help")
"""Options of every command; they stand last in its help."""
_NAME_CELLS_MAX = 28
"""Names of options longer than this stand on a line of their own."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Entry(NamedTuple):
    """Where a command is to be found, and what it does in one line."""

    target: str
    """`package.module:attribute`."""
    text: Text


def current_language() -> str:
    """Language of the command that runs now."""
    context = click.get_current_context(silent=True)
    language = context.meta.get(_LANGUAGE) if context else None
    return language or language_of_environment(os.environ)


def is_json_wanted() -> bool:
    """Whether the command that runs now was asked for JSON."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_JSON_WANTED))


class _Formatter(click.HelpFormatter):
    """click's formatter, counting cells instead of characters."""

    def write_text(self, text: str) -> None:
        for line in wrapped(text, self.width - self.current_indent):
            self.write(f"{'':>{self.current_indent}}{line}".rstrip() + "\n")

    def write_dl(self, rows: Any, col_max: int = _NAME_CELLS_MAX, col_spacing: int = 2) -> None:
        rows = list(rows)
        name_cells = min(max(cells(name) for name, _ in rows), col_max)
        indent = self.current_indent + name_cells + col_spacing
        for name, text in rows:
            self.write(f"{'':>{self.current_indent}}{name}")
            lines = wrapped(text, max(self.width - indent, 20)) if text else []
            if lines and cells(name) <= name_cells:
                self.write(" " * (indent - self.current_indent - cells(name)) + lines.pop(0))
            self.write("\n")
            for line in lines:
                self.write(f"{'':>{indent}}{line}\n")


class _Context(click.Context):
    formatter_class = _Formatter


class Option(click.Option):
    """An option whose help is a Text."""

    def __init__(self, *arguments: Any, text: Text, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.text = text

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record is None:
            return None
        language = current_language()
        extras = record[1]
        for english, chinese in _WORDS_OF_EXTRAS if language == "zh" else ():
            extras = extras.replace(english, chinese)
        return record[0], f"{self.text.of(language)}  {extras}".rstrip()


def option(*declarations: str, text: Text, **attributes: Any) -> Callable[[_Function], _Function]:
    """`click.option` with help in two languages."""
    return click.option(*declarations, cls=Option, text=text, **attributes)


class _Bilingual(click.Command):
    """What commands and groups share: help in the reader's language."""

    context_class = _Context

    def __init__(self, *arguments: Any, text: Text, details: Text = _NO_DETAILS, **attributes: Any) -> None:
        attributes["add_help_option"] = False
        super().__init__(*arguments, **attributes)
        self.text = text
        self.details = details
        self.params.extend(_standing_options())

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's signature; summaries are short
        return self.text.of(current_language())

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_USAGE.of(current_language()))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        for text in (self.text, self.details):
            if text.en:
                formatter.write_paragraph()
                with formatter.indentation():
                    formatter.write_text(text.of(current_language()))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        options.sort(key=lambda param: param.name in _STANDING)
        records = [record for param in options if (record := param.get_help_record(ctx)) is not None]
        with formatter.section(_OPTIONS.of(current_language())):
            formatter.write_dl(records)


class Command(_Bilingual):
    """One command."""


class Group(_Bilingual, click.Group):
    """Commands under one noun; those of `entries` are loaded when they are called."""

    def __init__(self, *arguments: Any, entries: Mapping[str, Entry] | None = None, **attributes: Any) -> None:
        super().__init__(*arguments, no_args_is_help=True, **attributes)
        self.entries = dict(entries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [*self.entries, *(name for name in self.commands if name not in self.entries)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = entry.target.partition(":")
        loaded = getattr(import_module(module), attribute)
        assert isinstance(loaded, click.Command), f"{entry.target} is no command"
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            names = self.list_commands(ctx)  # click knows only those that are loaded
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=names, ctx=ctx) from None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = current_language()
        rows = [(name, self._summary(name).of(language)) for name in self.list_commands(ctx)]
        with formatter.section(_COMMANDS.of(language)):
            formatter.write_dl(rows)
        super().format_options(ctx, formatter)

    def _summary(self, name: str) -> Text:
        if name in self.entries:
            return self.entries[name].text
        inner = self.commands[name]
        return inner.text if isinstance(inner, _Bilingual) else Text(inner.help or "", inner.help or "")


class RootGroup(Group):
    """`afterchat` itself: decides the language first, ends every error in one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_LANGUAGE] = language_of_arguments(args, os.environ)
        with errors_in_one_line(current_language):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with errors_in_one_line(current_language):
            return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section(_EXITS.of(current_language())):
            formatter.write_dl(table_of_exits(current_language()))


def command(
    name: str, text: Text, details: Text = _NO_DETAILS, group: Group | None = None
) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command, and put it into `group` when one is given."""

    def decorate(function: Callable[..., Any]) -> Command:
        made = click.command(name, cls=Command, text=text, details=details)(function)
        if group is not None:
            group.add_command(made)
        return made

    return decorate


def _standing_options() -> list[click.Parameter]:
    return [
        Option(["--json", "as_json"], text=_JSON, is_flag=True, expose_value=False, callback=_remember_json),
        Option(["--lang"], text=_LANG, type=click.Choice(LANGUAGES), expose_value=False),
        Option(["--help"], text=_HELP, is_flag=True, is_eager=True, expose_value=False, callback=_show_help),
    ]


def _remember_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[_JSON_WANTED] = True


def _show_help(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()
