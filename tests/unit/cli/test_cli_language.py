"""Which language a person reads."""

from __future__ import annotations

import pytest

from afterchat.cli.language import Text, language_of_arguments, language_of_environment
from afterchat.cli.wrapping import cells, wrapped


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "C"}, "zh"),
        ({"AFTERCHAT_LANGUAGE": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"AFTERCHAT_LANGUAGE": "auto", "LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_the_first_variable_that_is_set_decides(environment, expected):
    assert language_of_environment(environment) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["push", "--lang", "zh"], "zh"),
        (["--lang=zh", "push", "--help"], "zh"),
        (["push", "--help", "--lang", "zh"], "zh"),
        (["push", "--lang", "xx"], "en"),
        (["push", "--lang"], "en"),
        (["push", "--", "--lang", "zh"], "en"),
        (["--lang", "zh", "push", "--lang", "en"], "en"),
    ],
)
def test_lang_decides_wherever_it_stands(arguments, expected):
    assert language_of_arguments(arguments, {}) == expected


def test_a_text_says_its_values_in_either_language():
    text = Text("{count} pushes", "{count} 条推送")
    assert (text.say("en", count=2), text.say("zh", count=2)) == ("2 pushes", "2 条推送")


def test_a_chinese_character_takes_two_cells():
    assert cells("会话a") == 5


def test_chinese_is_wrapped_without_blanks_and_never_begins_a_line_with_a_comma():
    lines = wrapped("签名并把记录推送到接收端，每次都重新签名。", 12)
    assert "".join(lines) == "签名并把记录推送到接收端，每次都重新签名。"
    assert all(cells(line) <= 14 and line[0] not in "，。" for line in lines)


def test_words_are_never_broken():
    assert wrapped("afterchat records rebuild", 10) == ["afterchat", "records", "rebuild"]
