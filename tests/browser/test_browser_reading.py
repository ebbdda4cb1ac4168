"""From a number to the sessions behind it: filters, charts, tables, files, and what arrives while one looks."""

from __future__ import annotations

import asyncio
import csv
import json
import re

from afterchat.clock import SystemClock
from afterchat.contract.codec import encode
from afterchat.contract.record import blank_record
from browser.made_up_sessions import STAFF

NUMBER = re.compile(r"[\d,]+")


def number_in(text):
    """The first number of a text as a person reads it."""
    return int(NUMBER.search(text)[0].replace(",", ""))


async def count_on(page):
    """How many sessions the list says that there are."""
    return number_in(await page.inner_text(".list-head"))


async def test_a_filter_changes_rows_and_address_without_loading_the_page_and_going_back_undoes_it(open_window):
    tab = await open_window()
    page, name = tab.page, STAFF[11]
    await tab.see("/sessions")
    everybody = await count_on(page)
    await tab.mark()

    await page.click(".filters summary")
    await page.fill("[name=staff_name_contains]", name)
    await page.press("[name=staff_name_contains]", "Enter")
    await page.wait_for_selector(".chips")
    addressed = "staff_name_contains=" in page.url
    rows = await page.locator("table[data-rows] tbody tr").all_inner_texts()
    filtered, is_same_page = await count_on(page), await tab.is_marked()
    await page.go_back()
    await page.wait_for_selector(".chips", state="detached")

    assert (True, True) == (addressed, is_same_page)
    assert 0 < filtered < everybody
    assert min(50, filtered) == sum(name in row for row in rows) == len(rows)
    assert everybody == await count_on(page)
    assert [] == tab.complaints


async def test_a_click_on_a_chart_leads_to_exactly_the_sessions_of_that_point(open_window):
    tab = await open_window()
    page = tab.page
    await tab.see("/overview?span=7d")
    figure = page.locator("#c-sessions")
    drawing = json.loads(await figure.locator("script").text_content())
    column = drawing["x"].index(
        max(drawing["x"], key=dict(zip(drawing["x"], drawing["series"][0]["values"], strict=True)).get)
    )
    cells = await figure.locator("tbody tr").nth(column).locator("td").all_text_contents()
    told = sum(map(number_in, cells))
    box = await figure.locator("[data-plot]").bounding_box()

    share = column / (len(drawing["x"]) - 1)
    await page.mouse.click(box["x"] + 45 + (box["width"] - 65) * share, box["y"] + box["height"] / 2)
    await page.wait_for_url("**/sessions?**")

    assert column == drawing["hrefs"].index(tab.target)
    assert 0 < told == await count_on(page)
    assert [] == tab.complaints


async def test_a_number_of_the_staff_table_is_the_count_of_the_list_behind_it(open_window):
    tab = await open_window()
    page = tab.page
    await tab.see("/staff")
    row = page.locator("tr", has=page.locator("th", has_text=STAFF[12]))
    link = row.locator("td a").first
    told = number_in(await link.inner_text())

    await link.click()
    await page.wait_for_url("**/sessions?**")

    assert 0 < told == await count_on(page)


async def test_a_file_holds_as_many_sessions_as_the_page_counts(open_window, tmp_path):
    tab = await open_window()
    page = tab.page
    await tab.see(f"/sessions?staff_name_contains={STAFF[13]}")
    counted = await count_on(page)
    async with page.expect_download() as coming:
        await page.click(".exports a:has-text('CSV')")
    download = await coming.value
    await download.save_as(tmp_path / "sessions.csv")
    with (tmp_path / "sessions.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)

    assert counted == len(rows)
    assert {STAFF[13]} == {row[head.index("staff_name")] for row in rows}
    assert download.suggested_filename.endswith(".csv")


async def test_a_session_that_arrives_appears_on_the_list_by_itself(open_window, live_dashboard):
    tab = await open_window()
    page = tab.page
    await tab.see("/sessions")
    await tab.mark()
    before = await count_on(page)
    record = blank_record(
        id=987654321, s_type="0", interaction=0, end_time=SystemClock().now_ms(), staff_name="新来的客服"
    )
    await asyncio.to_thread(live_dashboard.push, [encode(record)])
    await page.wait_for_selector("tbody tr:has-text('987654321')")

    assert (True, before + 1) == (await tab.is_marked(), await count_on(page))
    assert "新来的客服" in await page.locator("tbody tr").first.inner_text()
    assert [] == tab.complaints
