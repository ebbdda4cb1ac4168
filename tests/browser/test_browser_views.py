"""Filters that somebody keeps under a name: saved, opened by somebody else, deleted; with scripts and without."""

from __future__ import annotations

import pytest

from browser.made_up_sessions import STAFF

MENU = ".views > summary"


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
async def test_filters_are_saved_shared_opened_by_a_colleague_and_deleted(open_window, has_scripts):
    tab, colleague = [await open_window(user, has_scripts=has_scripts) for user in ("operator", "newcomer")]
    page, other = tab.page, colleague.page
    await tab.page.goto(f"{tab.base}/sessions?span=yesterday")
    await page.click(".filters summary")
    await page.fill("[name=staff_name_contains]", STAFF[11])
    await page.press("[name=staff_name_contains]", "Enter")
    await page.wait_for_selector(".chips")

    await page.click(MENU)
    await page.fill(".views [name=name]", "Yesterday of one")
    await page.check(".views [name=shared]")
    await page.click(".view-form button")
    await page.wait_for_selector(".views.named")
    asked = tab.target.partition("&done=")[0]

    await other.goto(f"{colleague.base}/queue")
    await other.click(MENU)
    entry = other.locator(".view-group li", has_text="Yesterday of one")
    told, buttons = await entry.inner_text(), await entry.locator("button").count()
    await entry.locator("a").click()
    await other.wait_for_selector(".views.named")

    assert asked == colleague.target
    assert "span=yesterday" in asked
    assert ("by operator" in told, 0) == (True, buttons)
    assert "Yesterday of one" in await other.inner_text(MENU)

    await page.click(MENU)
    entry = page.locator(".view-group li", has_text="Yesterday of one")
    await entry.locator("summary").press("Enter")
    await entry.locator("button").press("Enter")
    await page.wait_for_selector(".views:not(.named)")
    await other.reload()
    await other.click(MENU)

    assert f"{asked}&done=view_removed" == tab.target
    assert 0 == await other.locator(".view-group li").count()
    assert [] == tab.complaints + colleague.complaints
