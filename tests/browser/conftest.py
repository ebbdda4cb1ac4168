"""Fixtures of the tests that look at the dashboard with a browser: one server, one browser, a fresh context each.

Tests and the browser share one event loop, which runs while a test does; loops of other tests never meet it.
"""

from __future__ import annotations

import asyncio
import inspect

import pytest
from playwright.async_api import async_playwright

from browser.browsing import axe_source, launch, open_tab
from browser.dashboard_site import Site


@pytest.fixture(scope="package")
def browser_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="package")
def browser(browser_loop):
    """Headless Chromium."""
    playwright = browser_loop.run_until_complete(async_playwright().start())
    try:
        started = browser_loop.run_until_complete(launch(playwright))
        yield started
        browser_loop.run_until_complete(started.close())
    finally:
        browser_loop.run_until_complete(playwright.stop())


@pytest.fixture(scope="package")
def live_dashboard(browser, tmp_path_factory):
    """The site; asked for a browser first, so that nothing is started where there is none."""
    site = Site.start(tmp_path_factory.mktemp("dashboard"))
    yield site
    site.stop()


@pytest.fixture
def open_window(browser_loop, browser, live_dashboard):
    """What opens a Tab for somebody, in some look; all are closed when the test is over."""
    contexts = []

    async def open_one(*user: str, **how):
        tab = await open_tab(browser, live_dashboard, *user, **how)
        contexts.append(tab.page.context)
        return tab

    yield open_one
    for context in contexts:
        browser_loop.run_until_complete(context.close())


@pytest.fixture(scope="package")
def axe():
    return axe_source()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A test that is a coroutine runs on the browser's loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["browser_loop"].run_until_complete(pyfuncitem.obj(**arguments))
    return True
