"""Logging in with a browser."""

from __future__ import annotations

from browser.dashboard_site import PASSWORD


async def test_who_logs_in_gets_where_they_wanted_to_go_and_a_wrong_password_gets_nobody_in(open_window):
    tab = await open_window("")
    page, wanted = tab.page, "/staff?span=30d"
    await tab.see(wanted)
    assert "/login?back=" in tab.target

    await page.fill("input[name=name]", "newcomer")
    await page.fill("input[name=password]", "not " + PASSWORD)
    await page.click("button.primary")
    await page.wait_for_selector("[role=alert]")
    assert ("newcomer", "") == (
        await page.input_value("input[name=name]"),
        await page.input_value("input[name=password]"),
    )
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button.primary")
    await page.wait_for_url("**/staff?**")

    assert wanted == tab.target
    assert "newcomer" in await page.inner_text(".side .whoami")
    assert [] == tab.complaints
