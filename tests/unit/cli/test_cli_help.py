"""Every command explains itself in both languages, and every error ends in one line with its code."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest

from afterchat.cli import COMMANDS, root
from afterchat.cli.exits import EXIT_CODES, exit_code_of, line_of
from afterchat.cli.language import Text
from afterchat.cli.wrapping import cells
from afterchat.errors import CallerError, OutageError, PeerError, SettingsError, StoreLockedError

CHINESE = re.compile("[\u4e00-\u9fff]")


def commands(group=root, path=()):
    """Every command and group below `group` with its path."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        yield (*path, name), found
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_is_in_english_and_in_chinese(afterchat, path):
    english = afterchat(*path, "--help")
    chinese = afterchat(*path, "--help", "--lang", "zh")
    assert (english.code, chinese.code) == (0, 0)
    assert english.out.startswith(f"Usage: afterchat {' '.join(path)}")
    assert chinese.out.startswith("用法：")
    assert not CHINESE.search(english.out)
    assert all(cells(line) <= 80 for line in chinese.out.splitlines())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_is_explained_in_both_languages(path):
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option):
            text = getattr(parameter, "text", Text("", ""))
            assert text.en, f"{parameter.name} has no English help"
            assert CHINESE.search(text.zh), f"{parameter.name} has no Chinese help"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_takes_json_and_lang(path):
    assert {"as_json", "lang", "help"} <= {parameter.name for parameter in ALL[path].params}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_help_of_the_root_lists_all_exit_codes(afterchat, language):
    out = afterchat("--help", "--lang", language).out
    assert all(f"  {int(code):<3}  {meaning.of(language)}" in out for code, meaning in EXIT_CODES)


def test_help_imports_no_store_and_no_tables():
    program = (
        "import sys; sys.argv = ['afterchat', '--help']\n"
        "from afterchat.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'apsw', 'rich', 'msgspec', 'starlette', 'uvloop', 'asyncio', 'http.client'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "language", "said"),
    [
        (["pusch"], "en", "there is no command pusch (did you mean push?)"),
        (["pusch"], "zh", "没有命令 pusch"),
        (["push", "--tto", "x"], "en", "there is no option --tto"),
        (["push"], "zh", "缺少 --to"),
        (["records", "show"], "en", "ID is missing"),
        (["records", "list", "--limit", "0"], "en", "--limit"),
        (["records", "list", "--from", "yesterday"], "zh", "2024-05-01"),
        (["keys", "add", "default", "--overlap", "soon"], "en", "such as 24h"),
        (["push", "--to", "ftp://x"], "en", "--to: the URL must look like"),
    ],
)
def test_a_usage_error_is_one_line_and_ends_in_2(afterchat, arguments, language, said):
    call = afterchat(*arguments, "--lang", language)
    assert call.code == 2
    assert said in call.err
    assert len(call.err.splitlines()) == 1
    assert call.out == ""


def test_a_noun_without_a_verb_shows_its_help_and_ends_in_2(afterchat):
    call = afterchat("records")
    assert (call.code, "rebuild" in call.err) == (2, True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CallerError("x"), 1),
        (PeerError("x"), 1),
        (OutageError("x"), 3),
        (SettingsError("x"), 4),
        (StoreLockedError("x"), 4),
    ],
)
def test_the_code_says_who_must_act(error, code):
    assert exit_code_of(error) == code


@pytest.mark.parametrize("pressed", [KeyboardInterrupt, click.Abort])
@pytest.mark.parametrize("arguments", [("endpoints", "list"), ("nothing-of-the-kind",)])
def test_ctrl_c_ends_a_command_quietly_with_130_while_it_is_loaded_and_while_it_runs(
    afterchat, monkeypatch, pressed, arguments
):
    def interrupted(*_):
        raise pressed

    monkeypatch.setattr("afterchat.cli.access.store_url", interrupted)
    if arguments[0] not in COMMANDS:
        monkeypatch.setattr("afterchat.cli.command.Group.get_command", interrupted)
    call = afterchat(*arguments)
    assert (130, "", "") == (call.code, call.out, call.err)


def test_an_error_is_one_line_whatever_it_holds():
    assert line_of(CallerError("a\n\x1b[31mb"), "zh") == "无法完成: a \\u{1b}[31mb"


def test_the_language_comes_from_the_environment(afterchat):
    assert afterchat("--help", LANG="zh_CN.UTF-8").out.startswith("用法：")
    assert afterchat("--help", AFTERCHAT_LANGUAGE="en", LANG="zh_CN.UTF-8").out.startswith("Usage: ")


def test_python_dash_m_is_the_command():
    done = subprocess.run([sys.executable, "-m", "afterchat", "nope"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
