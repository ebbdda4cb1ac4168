"""What pages say: in both languages, with the same places for values, nothing missing, nothing left over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from afterchat.dashboard.navigation import NAVIGATION, PAGES
from afterchat.dashboard.routes import WORD_TABLES
from afterchat.dashboard.words import SCRIPT_WORDS, SHELL_WORDS, Words
from tree import SOURCE

ROOM = SOURCE / "afterchat" / "dashboard"
CHOSEN = {
    *(f"nav.{one}" for one in (*PAGES, *(section.id for section in NAVIGATION))),
    *(f"theme.{one}" for one in ("auto", "light", "dark")),
    *(f"delta.{one}" for one in ("up", "down", "same")),
    *(f"pager.{one}" for one in ("first", "previous", "next")),
    *(f"table.{one}" for one in ("ascending", "descending")),
    *SCRIPT_WORDS,
}
"""Keys that are put together, not written out."""


ALL = {key: texts for table in WORD_TABLES for key, texts in table.items()}
FRAME = ("base.html", "macros.html", "login.html", "error.html")


def asked(paths: Iterable[Path]) -> set[str]:
    """Every key that a template or a module writes out."""
    return {key for path in paths for key in re.findall(r"""\bt\(["']([a-z_.]+)["'][,)]""", path.read_text("utf-8"))}


def test_every_word_that_the_frame_asks_for_exists() -> None:
    assert asked(ROOM / "templates" / name for name in FRAME) - SHELL_WORDS.keys() == set()


def test_no_word_is_left_over() -> None:
    assert SHELL_WORDS.keys() - CHOSEN - asked((*ROOM.rglob("*.html"), *ROOM.rglob("*.py"))) == set()


def test_scripts_ask_for_words_that_pages_bring() -> None:
    texts = [path.read_text("utf-8") for path in (ROOM / "assets").glob("*.js")]

    assert {key for text in texts for key in re.findall(r'\bword\("([a-z_.]+)"\)', text)} == set(SCRIPT_WORDS)


def test_every_word_that_any_page_asks_for_exists() -> None:
    assert asked((*ROOM.rglob("*.html"), *ROOM.rglob("*.py"))) - ALL.keys() == set()


def test_both_languages_say_everything_with_the_same_values() -> None:
    for key, texts in ALL.items():
        zh, en = (sorted(re.findall(r"\{(\w+)\}", text)) for text in texts)
        assert all(texts), key
        assert zh == en, key


def test_words_are_spoken_with_their_values() -> None:
    words = Words(SHELL_WORDS, {"sum": ("共 {n} 条", "{n} in all")})

    assert words.of("zh")("sum", n="1,234") == "共 1,234 条"
    assert words.of("en")("sum", n="1,234") == "1,234 in all"
    assert words.of("fr")("close") == "Close"


def test_a_word_is_said_by_one_table_only() -> None:
    with pytest.raises(ValueError, match="said twice: close"):
        Words(SHELL_WORDS, {"close": ("关", "Shut")})


def test_a_word_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words(SHELL_WORDS).of("en")("unheard of")
