"""Writes the pages of docs/reference/ on push, settings, commands, errors; `--check` says which are stale.

    .venv/bin/python tools/make_reference.py [--check]

Rules.
A page holds nothing that a table does not say, so it cannot be wrong for long; prose belongs in docs/discussions.
Each page is a function without arguments that gives the whole text; PAGES is the table of them.
The record and the API have writers of their own beside this one.
Output depends on nothing but the tables: no clock, no locale, no width of a terminal.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from click.testing import CliRunner

from afterchat import errors
from afterchat.cli import root
from afterchat.cli.exits import EXIT_CODES, exit_code_of
from afterchat.contract.ack import ACCEPTED_BODY, Reason, retry_after_seconds
from afterchat.contract.push import EVENT_TYPES, SESSION_END_DATA
from afterchat.settings import SETTINGS, environment_name
from afterchat.web import urls
from afterchat.web.problems import PROBLEMS

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "<!-- Written by tools/make_reference.py from the program's own tables; change those, then run `make docs`. -->"
HELP_CELLS = "100"


def main(arguments: Sequence[str]) -> int:
    """Write the pages that are stale, or with `--check` only name them; 1 when there was one to be named."""
    is_check = "--check" in arguments
    stale = [(name, text) for name, text in pages() if current(name) != text]
    for name, text in stale:
        print(f"docs/reference/{name}{' is stale; run: make docs' if is_check else ''}")
        if not is_check:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            (REFERENCE / name).write_text(text, "utf-8")
    return 1 if stale and is_check else 0


def pages() -> Iterator[tuple[str, str]]:
    """(file name, text) of every page."""
    for name, lines in PAGES.items():
        yield name, "\n".join([NOTE, "", *lines()]).rstrip() + "\n"


def current(name: str) -> str:
    """The page as it stands, or nothing."""
    path = REFERENCE / name
    return path.read_text("utf-8") if path.exists() else ""


def push_page() -> Iterator[str]:
    """The path that the platform pushes to."""
    yield "# The push / 推送\n"
    yield f"`POST {urls.PUSH}` for the tenant `default`, `POST {urls.PUSH_TENANT}` for any other.\n"
    yield "默认租户使用前一个地址，其他租户使用后一个。\n"
    yield from table(
        ("query", "meaning", "含义"),
        [
            (
                "`eventType`",
                "kind of push; may be absent, and is then told by the body",
                "事件类型；可省略，由正文判断",
            ),
            ("`time`", "when it was signed: epoch seconds, ten digits", "签名时间：十位秒级时间戳"),
            ("`checksum`", "lower-case hex of sha1(secret + md5(body) + time)", "sha1(密钥 + md5(原文) + time)，小写"),
        ],
    )
    yield "The body is the raw JSON; the MD5 is its lower-case hex, over the bytes as they are sent."
    yield "Headers of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) are taken as well.\n"
    yield f"Status 200 with the body `{ACCEPTED_BODY.decode()}` means: on disk."
    yield "Anything else is a refusal, listed in [errors](errors.md): the push was not taken and may be sent again.\n"
    yield f"应答 200 且正文为 `{ACCEPTED_BODY.decode()}` 表示已落盘。"
    yield "其他应答均为拒绝，见 [errors](errors.md)：该推送未被接收，可以重发。\n"
    yield "Every event type is taken and kept; the first becomes a record.\n"
    kinds = sorted(EVENT_TYPES, key=lambda kind: kind.name != SESSION_END_DATA)
    yield from table(("event type", "meaning", "含义"), [(f"`{kind.name}`", kind.en, kind.zh) for kind in kinds])


def settings_page() -> Iterator[str]:
    """Every setting, with its variable, default and meaning."""
    yield "# Settings / 设置\n"
    yield "Read from the TOML file given with `--config`, then from the environment, then from options.\n"
    yield "依次读取：`--config` 指定的 TOML 文件、环境变量、命令行选项，后者优先。\n"
    for setting in SETTINGS:
        yield f"## {setting.name}\n"
        yield setting.en
        yield setting.zh + "\n"
        choices = ", ".join(f"`{choice}`" for choice in setting.choices)
        yield from table(
            ("variable", "type", "default", "choices", "bounds"),
            [
                (
                    f"`{environment_name(setting.name)}`",
                    setting.type.__name__,
                    "" if setting.is_secret or setting.default == "" else f"`{setting.default}`",
                    choices,
                    " .. ".join(f"`{bound}`" for bound in setting.bounds or ()),
                )
            ],
        )


def cli_page() -> Iterator[str]:
    """The help of every command, as it prints it itself, in both languages."""
    yield "# Commands / 命令\n"
    yield "Exit codes, the same for every command:\n"
    yield from table(("code", "meaning", "含义"), [(int(code), text.en, text.zh) for code, text in EXIT_CODES])
    for path, _ in commands(root, ("afterchat",)):
        yield f"## {' '.join(path)}\n"
        for language in ("en", "zh"):
            yield f"```text\n{help_of(path[1:], language)}\n```\n"


def errors_page() -> Iterator[str]:
    """Every exception, refusal and problem."""
    yield "# Errors / 错误\n"
    yield "## Refused pushes / 被拒绝的推送\n"
    yield 'The body is `{"code":...,"message":"..."}`; it is never empty and never `{}`.\n'
    yield from table(
        ("reason", "status", "code", "Retry-After", "message"),
        [
            (f"`{reason.wire}`", reason.status, reason.code, retry_after_seconds(reason) or "", reason.message)
            for reason in Reason
        ],
    )
    yield "## Problems of the API / 接口错误\n"
    yield "Documents of `application/problem+json`; `code` is for programs and never changes.\n"
    yield from table(
        ("code", "status", "title", "remedy", "含义", "办法"),
        [
            (f"`{code}`", kind.status, kind.en_title, kind.en_detail, kind.zh_title, kind.zh_detail)
            for code, kind in PROBLEMS.items()
        ],
    )
    yield "## Exceptions / 异常\n"
    yield "Raised in Python and shown by commands; the class says who must act, a command ends with the exit code.\n"
    rows = []
    for name in errors.__all__:
        kind = getattr(errors, name)
        rows.append(
            (
                f"`{name}`",
                f"`{kind.__base__.__name__}`",
                int(exit_code_of(kind.__new__(kind))),
                kind.__doc__.splitlines()[0],
            )
        )
    yield from table(("exception", "is a", "exit code", "meaning"), rows)


PAGES = {
    "cli.md": cli_page,
    "errors.md": errors_page,
    "push.md": push_page,
    "settings.md": settings_page,
}


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A Markdown table and an empty line."""
    for cells in (head, ("---",) * len(head), *rows):
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    yield ""


def commands(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path, groups before what is in them; hidden ones are left out."""
    yield path, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            inner = group.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from commands(inner, (*path, name))


def help_of(path: Sequence[str], language: str) -> str:
    """What `afterchat PATH --help` prints."""
    for name in [name for name in os.environ if name.startswith("AFTERCHAT_")]:
        del os.environ[name]
    run = CliRunner(env={"COLUMNS": HELP_CELLS, "LC_ALL": "C.UTF-8"}).invoke(
        root, [*path, "--lang", language, "--help"], prog_name="afterchat", terminal_width=int(HELP_CELLS)
    )
    if run.exit_code != 0:
        raise SystemExit(f"afterchat {' '.join(path)} --help failed: {run.output}{run.exception!r}")
    return run.output.rstrip().replace(str(Path.home()), "~")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
