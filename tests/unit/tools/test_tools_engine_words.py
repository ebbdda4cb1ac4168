"""The words of the engine's page: every event, origin, attribute and timer has its own, and nothing else has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from typing import get_args

import pytest

from afterchat.engine.events import EVENTS
from afterchat.engine.origins import Origin
from afterchat.engine.timers import TIMERS
from tree import ROOT

HAN = re.compile("[一-鿿]")


@pytest.fixture(name="words")
def _words(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import engine_words

    return engine_words


def test_every_event_has_its_meaning_in_the_order_of_the_table_of_events(words):
    assert list(EVENTS) == list(words.EVENT_MEANINGS_ZH)


def test_every_origin_has_its_meaning(words):
    assert list(get_args(Origin)) == list(words.ORIGIN_MEANINGS_ZH)


def test_every_timer_has_words_for_its_start(words):
    assert [timer.name for timer in TIMERS] == list(words.TIMER_STARTS)


def test_meanings_are_different_sentences_in_their_language(words):
    phrases = words.ATTRIBUTE_WORDS.values()
    chinese = [
        *words.EVENT_MEANINGS_ZH.values(),
        *words.ORIGIN_MEANINGS_ZH.values(),
        *words.ATTRIBUTE_MEANINGS_ZH.values(),
        *(phrase.zh for phrase in phrases),
    ]

    assert [] == [text for text in chinese if not (HAN.search(text) and text.endswith("。"))]
    assert [] == [phrase.en for phrase in phrases if HAN.search(phrase.en) or not phrase.en.endswith(".")]
    assert sorted(set(chinese)) == sorted(chinese)
