"""Every page in both languages and themes, wide and on a phone: it fits, complains of nothing, axe finds nothing.

Each page is loaded twice, in English and light, in Chinese and dark; what is seen there is judged by several tests.
The pages are drawn from the table of pages, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

import pytest

from afterchat.dashboard.routes import PAGE_ROUTES
from browser.browsing import PHONE, WIDE, open_tab

LOOKS = (("en", "light"), ("zh", "dark"))
MORE = ("/sessions/404", "/sessions?nonsense=1", "/sessions?q=nobody-said-this", "/staff?span=yesterday")
AXE = """async () => (await axe.run(document, {preload: false, resultTypes: ["violations"]})).violations.flatMap(
  (one) => one.nodes.map(
    (node) => `${one.id}: ${node.target.join(" ")} ${node.any[0]?.message ?? node.failureSummary}`))"""
ALSO_NARROW = ("/overview", "/sessions")
"""Where axe looks at the phone's header, too."""
HREFS = "all => all.map((one) => one.getAttribute('href'))"
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


class Seen(NamedTuple):
    """What one page was like."""

    target: str
    look: str
    status: int
    overflows: dict[int, int]
    complaints: list[str]
    violations: list[str]
    hrefs: list[str]


def lists():
    """Addresses of all pages that need no id, as PAGE_ROUTES has them."""
    return sorted(
        {route.path for route in PAGE_ROUTES if route.method == "GET" and route.page and "{" not in route.path}
    )


def things(hrefs):
    """One of these addresses for each page of a thing, as a reader finds them: linked from a list."""
    routes = [route.path for route in PAGE_ROUTES if route.method == "GET" and route.page and "{" in route.path]
    patterns = [re.compile(re.sub(r"\{\w+\}", "[^/?]+", path) + r"(\?|$)") for path in routes]
    known = {route.path for route in PAGE_ROUTES}
    linked = [href for href in hrefs if href.partition("?")[0] not in known]
    return [
        next((href for href in linked if pattern.match(href)), path)
        for pattern, path in zip(patterns, routes, strict=True)
    ]


@pytest.fixture(scope="module")
def seen(browser_loop, browser, live_dashboard, axe):
    """Every page in every look."""

    async def look_at(language, theme):
        tab = await open_tab(browser, live_dashboard, "admin", language=language, theme=theme)
        try:
            shown = [await look(tab, target, axe, f"{language} {theme}") for target in (*lists(), *MORE)]
            found = things([href for one in shown for href in one.hrefs])
            return [*shown, *[await look(tab, target, axe, f"{language} {theme}") for target in found]]
        finally:
            await tab.page.context.close()

    async def look_at_all():
        return await asyncio.gather(*(look_at(*each) for each in LOOKS))

    return [one for some in browser_loop.run_until_complete(look_at_all()) for one in some]


async def look(tab, target, axe, name):
    """That page, wide and narrow."""
    tab.complaints.clear()
    await tab.page.set_viewport_size({"width": WIDE, "height": 900})
    status = await tab.see(target)
    overflows = {WIDE: await tab.page.evaluate(OVERFLOW)}
    await tab.page.evaluate(axe)
    violations = await tab.page.evaluate(AXE)
    await tab.page.set_viewport_size({"width": PHONE, "height": 900})
    overflows[PHONE] = await tab.page.evaluate(OVERFLOW)
    if target in ALSO_NARROW:
        await tab.page.click(".bar .menu summary")
        violations += await tab.page.evaluate(AXE)
    return Seen(
        target,
        name,
        status,
        overflows,
        [*tab.complaints],
        violations,
        await tab.page.eval_on_selector_all("main a", HREFS),
    )


def test_every_page_answers(seen):
    expected = {"/sessions/404": 404, "/sessions?nonsense=1": 400}

    assert [] == [(one.target, one.status) for one in seen if expected.get(one.target, 200) != one.status]
    assert len(LOOKS) * 20 <= len(seen)


def test_no_page_scrolls_sideways_wide_or_on_a_phone(seen):
    assert [] == [(one.target, one.look, one.overflows) for one in seen if max(one.overflows.values()) > 0]


def test_no_page_breaks_the_content_security_policy_or_writes_an_error(seen):
    assert [] == [(one.target, one.look, one.complaints) for one in seen if one.complaints]


def test_axe_finds_nothing_on_any_page_in_either_theme(seen):
    assert [] == [(one.target, one.look, one.violations) for one in seen if one.violations]


async def test_axe_would_find_a_faint_text_and_a_field_without_a_name(open_window, axe):
    tab = await open_window("admin")
    await tab.see("/account")
    await tab.page.evaluate(
        """() => {
          const text = document.createElement("p"), field = document.createElement("input");
          text.textContent = "faint";
          text.style.color = "#aaa";
          document.querySelector("main").append(text, field);
        }"""
    )
    await tab.page.evaluate(axe)
    found = await tab.page.evaluate(AXE)

    assert {"color-contrast", "label"} == {one.partition(":")[0] for one in found}
