"""The page of definitions: every figure is there under its own address, in the words of its own table."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import pytest

from afterchat.dashboard.routes import PAGE_WORDS
from afterchat.figures.table import FIGURES, SUBJECTS
from dashboard_house import dashboard_house


def page(target, language="en", role="viewer"):
    async def asked():
        async with dashboard_house(language=language) as house:
            await house.log_in(role)
            return await house.get(target)

    return asyncio.run(asked())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_stands_under_its_own_address_with_its_own_words(language):
    text = unescape(page("/definitions", language).text)

    anchors = re.findall(r'<div id="([a-z0-9_]+)">\s*<dt>', text)
    assert list(FIGURES) == anchors
    for figure in FIGURES.values():
        assert figure.definition(language) in text
    assert all(f'id="subject-{name}"' in text for name in SUBJECTS)


def test_words_narrow_it_to_the_figures_that_speak_of_them():
    found = re.findall(r'<div id="([a-z0-9_]+)">', page("/definitions?q=first+p90").text)

    assert "first_reply_p90" in found
    assert "wait_p90" not in found


def test_what_nobody_defined_is_said_and_an_unknown_parameter_refused():
    assert "No such figure" in page("/definitions?q=%3Cscript%3Ealert(1)").text
    assert "<script>alert" not in page("/definitions?q=%3Cscript%3Ealert(1)").text
    assert 400 == page("/definitions?figure=x").status


def test_every_unit_and_every_kind_of_mask_has_its_words():
    speech = PAGE_WORDS.of("en")
    assert all(speech(f"definitions.unit.{figure.unit}") for figure in FIGURES.values())
    assert all(speech(f"definitions.mask.{kind}") for kind in ("address", "identity", "page", "words"))


def test_a_chinese_reader_finds_chinese_heads_over_every_table():
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', unescape(page("/definitions", "zh").text), re.DOTALL)
    texts = [re.sub(r"<[^>]+>", "", head).strip() for head in heads]
    assert 8 == len(texts)
    assert [] == [text for text in texts if not re.search("[\u4e00-\u9fff]", text)]
