"""Language, theme, keys, and pages for who has no scripts."""

from __future__ import annotations

import pytest

from browser.made_up_sessions import STAFF

FOCUSED = "document.activeElement.closest('tr') && document.activeElement.closest('tr').rowIndex"
INK = "getComputedStyle(document.body).backgroundColor"


async def test_language_and_theme_stay_as_they_were_chosen(open_window):
    tab = await open_window(language="en", theme="light")
    page = tab.page
    await tab.see("/satisfaction")
    light = await page.evaluate(INK)
    await page.click(".side button[value=zh]")
    await page.wait_for_selector("html[lang=zh-CN]")
    await page.click(".side button[value=dark]")
    await page.wait_for_selector("html[data-theme=dark]")
    await page.reload()

    assert "/satisfaction" == tab.target
    assert ("zh-CN", "dark") == (
        await page.get_attribute("html", "lang"),
        await page.get_attribute("html", "data-theme"),
    )
    assert "满意度" in await page.inner_text("h1")
    assert light != await page.evaluate(INK)
    assert [] == tab.complaints


async def test_keys_search_walk_open_and_go_and_are_silent_while_somebody_writes(open_window):
    tab = await open_window()
    page = tab.page
    await tab.see("/overview")
    await page.keyboard.press("?")
    await page.wait_for_selector("dialog#shortcuts[open]")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("dialog#shortcuts", state="hidden")
    await page.keyboard.type("gs")
    await page.wait_for_url("**/sessions")
    await page.keyboard.press("/")
    await page.keyboard.type("gj?")
    written = await page.input_value("[data-search]")
    await page.evaluate("document.activeElement.blur()")
    places = []
    for key in "jjk":
        await page.keyboard.press(key)
        places.append(await page.evaluate(FOCUSED))
    session_id = await page.inner_text("tbody tr:first-child code")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/sessions/{session_id}*")

    assert "gj?" == written
    assert [1, 2, 1] == places
    assert [] == tab.complaints


async def test_without_scripts_filters_work_and_every_chart_is_a_table(open_window):
    tab = await open_window(has_scripts=False)
    page = tab.page
    await page.goto(f"{tab.base}/sessions")
    await page.click(".filters summary")
    await page.fill("[name=staff_name_contains]", STAFF[14])
    await page.press("[name=staff_name_contains]", "Enter")
    await page.wait_for_selector(".chips")
    rows = await page.locator("table[data-rows] tbody tr").all_inner_texts()
    assert rows
    assert len(rows) == sum(STAFF[14] in row for row in rows)

    await page.goto(f"{tab.base}/overview")
    charts = page.locator("figure[data-chart]")
    for number in range(await charts.count()):
        chart = charts.nth(number)
        await chart.locator("summary").click()
        assert await chart.locator("tbody tr").first.is_visible()
        assert not await chart.locator(".loading").is_visible()


@pytest.mark.parametrize("width", [1440, 390])
async def test_with_tab_alone_the_focus_is_always_seen(open_window, width):
    tab = await open_window(width=width)
    await tab.see("/sessions")
    unseen = []
    for _ in range(25):
        await tab.page.keyboard.press("Tab")
        found = await tab.page.evaluate(
            """() => {
              const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
              const isPart = one.type === "datetime-local" && !one.matches(":focus-visible");  // its own button
              const isSeen = isPart || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1);
              return isSeen && box.width > 0 && box.height > 0 ? null : one.outerHTML.slice(0, 120);
            }"""
        )
        unseen += [found] if found else []

    assert [] == unseen
