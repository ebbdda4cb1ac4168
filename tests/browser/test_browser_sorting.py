"""Heads of tables sort them, with and without scripts; an unknown address is a page like any other."""

from __future__ import annotations

import pytest

from browser.browsing import PHONE, WIDE
from browser.test_browser_every_page import AXE

HEAD = '[id="staff.first_reply_p90"]'
VALUES = """heading => {
  const head = heading.closest("th"), place = [...head.parentNode.children].indexOf(head);
  return [...head.closest("table").tBodies[0].rows].map(row => row.cells[place].innerText);
}"""
FOCUSED = "document.activeElement.id"


@pytest.mark.parametrize(("width", "has_scripts"), [(WIDE, True), (PHONE, False)], ids=["wide", "phone, no scripts"])
async def test_a_head_sorts_its_table_and_keeps_the_focus_and_the_place(open_window, width, has_scripts):
    tab = await open_window(width=width, has_scripts=has_scripts)
    page = tab.page
    await page.goto(f"{tab.base}/staff?span=all")
    shown = []
    for word in ("descending", "ascending"):
        await page.locator(HEAD).press("Enter")
        await page.wait_for_selector(f'th[aria-sort="{word}"] {HEAD}')
        shown.append(await page.eval_on_selector(HEAD, VALUES))
        box = await page.locator(HEAD).bounding_box()

        assert "staff.first_reply_p90" == await page.evaluate(FOCUSED)
        assert 0 <= box["x"] <= width - box["width"]

    assert "order=staff.first_reply_p90" in page.url
    assert len(shown[0]) > 2
    assert shown[0] != shown[1]
    assert sorted(shown[0]) == sorted(shown[1])
    assert [] == tab.complaints


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_an_unknown_address_is_a_page_like_any_other(open_window, axe, theme):
    tab = await open_window(theme=theme, language="zh")

    status = await tab.see("/nothing")
    await tab.page.evaluate(axe)

    assert (404, "没有这个页面") == (status, await tab.page.inner_text("h1"))
    assert [] == await tab.page.evaluate(AXE)
    await tab.page.click(".state a.button")
    await tab.page.wait_for_url("**/overview")
