"""E11: texts of visitors and strangers that would run if any page believed them; every page is shown to them.

A payload that ran would have set `window.__pwned`, opened a dialog or a window, or asked another host; one that was
only stopped by the content security policy would have left an error in the console: then we would have emitted it.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from playwright.async_api import Error

from afterchat.dashboard.routes import PAGE_ROUTES
from browser.browsing import open_tab
from browser.payloads import PAYLOADS, SESSION_IDS

HARM = """() => {
  const found = window.__pwned ? ["a payload ran"] : [];
  const place = (address) => address.split(/[?#]/)[0];
  const base = place(document.baseURI) === place(location.href) ? [] : [`base: ${document.baseURI}`];
  const links = "[href], [src], [action], [formaction], [data-live], [hx-get]";
  const bad = [...document.querySelectorAll(links)].flatMap((one) =>
    ["href", "src", "action", "formaction", "data-live", "hx-get"].flatMap((name) => {
      const text = one.getAttribute(name);
      if (text === null) return [];
      const isOurs = /^[/?#](?![/\\\\])/.test(text);
      const isLink = name === "href" && /^https?:/.test(text) && one.rel?.includes("noopener");
      return isOurs || isLink ? [] : [`${name}: ${text}`];
    }));
  const inline = [...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some((each) => /^on|^hx-on|^srcdoc$/.test(each.name)) ||
    (one.matches("script") && one.type !== "application/json" && !one.src)).map((one) => one.outerHTML.slice(0, 200));
  return [...found, ...base, ...bad, ...inline];
}"""
FIELDS = ("q", "staff_name_contains", "from_group_contains", "category_contains", "span", "sort", "cursor", "tenant")
WINDOWS = 3


def targets():
    """Every page without an id, sessions with every payload, and every payload somewhere in the address."""
    lists = [route.path for route in PAGE_ROUTES if route.method == "GET" and route.page and "{" not in route.path]
    sessions = [f"/sessions/{session_id}" for session_id in SESSION_IDS[::2]]
    asked = [f"/sessions?{FIELDS[number % len(FIELDS)]}={quote(text)}" for number, text in enumerate(PAYLOADS)]
    unknown = [f"/staff?{quote(text)}={quote(text)}" for text in PAYLOADS[::8]]
    others = [f"/login?back={quote(text)}" for text in PAYLOADS[1::8]]
    others += [f"/sessions/{quote(text, safe='')}" for text in PAYLOADS[2::10]]
    others += [f"/sessions/{SESSION_IDS[0]}?back={quote(text)}" for text in PAYLOADS[31:36]]
    return [*lists, *sessions, *asked, *unknown, *others]


async def harm_on(tab, target):
    """What the page did, or could do, that it should not."""
    tab.complaints.clear()
    await tab.see(target)
    harm = [*await tab.page.evaluate(HARM), *tab.complaints]
    return [(target, one) for one in harm]


async def test_no_text_of_a_stranger_runs_leads_away_or_is_emitted_as_code(browser, live_dashboard):
    waiting = targets()

    async def crawl():
        tab = await open_tab(browser, live_dashboard, "victim")
        try:
            found = []
            while waiting:
                found += await harm_on(tab, waiting.pop())
            return found
        finally:
            await tab.page.context.close()

    assert len(PAYLOADS) * 2 < len(waiting)
    assert [[]] * WINDOWS == await asyncio.gather(*(crawl() for _ in range(WINDOWS)))


async def test_the_texts_reach_the_pages_as_they_are(open_window):
    tab = await open_window("victim")
    await tab.see("/sessions")
    listed = await tab.page.inner_text("main")
    await tab.see(f"/sessions/{SESSION_IDS[0]}")
    shown = await tab.page.inner_text("main")

    assert [] == [text for text in PAYLOADS[:20] if text not in listed]
    assert [] == [text for text in PAYLOADS[:20] if text not in shown]


async def test_a_page_that_believed_them_would_be_found_out(open_window):
    """Each text put into a page without rules: as text, as a title, as an address, as an attribute."""
    tab = await open_window("")
    believing = []
    await tab.page.route(
        f"{tab.base}/believing",
        lambda route: route.fulfill(content_type="text/html", body=f"<!doctype html>{believing[-1]}"),
    )
    await tab.page.route("https://evil.example/**", lambda route: route.abort("aborted"))
    missed = []
    for text in PAYLOADS:
        tab.complaints.clear()
        believing.append(f"<title>{text}</title><p>{text}</p><a href=\"{text}\">x</a><b title='{text}'>x</b>")
        try:
            await tab.page.goto(f"{tab.base}/believing")
            harm = await tab.page.evaluate(HARM)
        except Error as led_away:
            harm = [str(led_away)]
        missed += [] if harm or tab.complaints else [text]

    assert [] == missed
