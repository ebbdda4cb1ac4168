"""Headless Chromium as somebody who reads the dashboard, and as a witness of everything that a page should not do.

A page's complaints are
    errors in its console, among them everything that the content security policy refused;
    scripts that raised; dialogs that opened; requests to any other host; a new window.
Nothing is waited for by the clock: a test waits for what it wants to see.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Playwright

from browser.dashboard_site import Site

__all__ = ["PHONE", "WIDE", "Tab", "axe_source", "launch", "open_tab"]

WIDE, PHONE = 1440, 390
PROGRAMS = ("chromium", "chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
PATIENCE_MS = 30_000
STATUS_OF_THE_PAGE = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""What the console says of a page that refuses; whether it should is the test's business."""
UNDRAWN = "figure[data-chart]:not([data-drawn])"


class Tab(NamedTuple):
    """One window of somebody, and what its pages did that they should not."""

    base: str
    page: Page
    complaints: list[str]

    async def see(self, target: str) -> int:
        """Go to that address and wait until its charts are drawn; the status."""
        answer = await self.page.goto(f"{self.base}{target}")
        assert answer is not None
        await self.page.wait_for_selector(UNDRAWN, state="detached")
        return answer.status

    async def mark(self) -> None:
        """Leave a sign that is gone as soon as the page is loaded anew."""
        await self.page.evaluate("window.marked = true")

    async def is_marked(self) -> bool:
        """Whether it is still the page that was marked."""
        return await self.page.evaluate("window.marked === true")

    @property
    def target(self) -> str:
        """Path and query of the page."""
        return self.page.url.removeprefix(self.base)


async def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium; where there is none the test is skipped, and fails in CI."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    refuse_or_skip("" if program else "Chromium is not installed")
    return await playwright.chromium.launch(executable_path=program, args=list(QUIET))


def axe_source() -> str:
    """The script of axe-core, which set-up fetched beside the tools of the bundles."""
    found = sorted(Path(sys.prefix).glob("assets/*/node_modules/axe-core/axe.min.js"))
    refuse_or_skip("" if found else "axe-core was not fetched by set-up")
    return found[-1].read_text("utf-8")


def refuse_or_skip(missing: str) -> None:
    """Skip, shown with its reason, where something is missing; in CI (`CI=true`) that is a failure."""
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"the dashboard must be looked at in CI: {missing}")
    if missing:
        pytest.skip(missing)


async def open_tab(
    browser: Browser,
    site: Site,
    user: str = "operator",
    *,
    language: str = "en",
    theme: str = "light",
    width: int = WIDE,
    has_scripts: bool = True,
) -> Tab:
    """A window of that user, in a browser context of its own; nobody is logged in as user ``."""
    base = site.server.url
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        locale=LANGUAGES[language],
        color_scheme=theme,
        java_script_enabled=has_scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    if user:
        await context.add_cookies([{"name": "afterchat", "value": site.cookies[user], "url": base}])
    page = await context.new_page()
    complaints: list[str] = []
    _witness(context, page, base, complaints)
    return Tab(base, page, complaints)


def _witness(context: BrowserContext, page: Page, base: str, complaints: list[str]) -> None:
    """Write down whatever a page does that it should not."""

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not STATUS_OF_THE_PAGE.match(message.text):
            complaints.append(f"{message.type}: {message.text}")

    async def refuse(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def meet(address: str) -> None:
        if urlsplit(address).scheme in {"http", "https", "ws", "wss"} and not address.startswith(f"{base}/"):
            complaints.append(f"request: {address}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"raised: {error}"))
    page.on("dialog", refuse)
    context.on("request", lambda request: meet(request.url))
    context.on("page", lambda other: complaints.append(f"window: {other.url}"))
