"""What somebody waits for who opens the overview for the first time: bytes over the wire, and until its charts stand.

Headless Chromium with an empty cache loads the overview of a store of `bench.history`, logged in before; nothing else
runs in the browser.
Usable is when every chart of the page is drawn, by the page's own clock from the beginning of the navigation.
"""

from __future__ import annotations

import asyncio
import shutil
from http.client import HTTPConnection
from typing import Any

from playwright.sync_api import sync_playwright

from bench.clicking import add_reader, log_in
from bench.history import DAY_MS, END_MS, fill_records
from bench.running import ContenderError, fresh_directory
from bench.scenarios.seeing import dashboard
from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = "How much does the first load of the overview transfer, and when can it be used?"
SESSIONS = 100_000
DAYS = 90
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_PATIENCE_MS = 30_000


def run(session: Session) -> list[Figure]:
    """Some first loads, each in a browser without a cache."""
    chromium = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if chromium is None:
        raise ContenderError("there is no Chromium here; install your distribution's package of that name")
    runs: list[Run | None] = []
    with fresh_directory(session.options.work, "first-load") as folder:
        url = f"sqlite:///{folder.resolve()}"
        asyncio.run(fill_records(url, SESSIONS, DAYS))
        add_reader(url)
        with dashboard(url, folder) as (_, connection), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(_QUIET))
            _load(browser, connection)  # the server's first page is not the reader's first load
            runs += [session.keep(_load(browser, connection)) for _ in range(session.options.repeats)]
            browser.close()
    return [
        line
        for key, label, unit in (
            ("transferred_kb", "transferred, compressed", "KB"),
            ("usable_ms", "until every chart stands", "ms"),
            ("page_kb", "of that the page itself", "KB"),
        )
        for line in figure(f"first-load.{key}", label, unit, runs, lambda one, key=key: one[key])
    ]


def _load(browser: Any, connection: HTTPConnection) -> Run:
    name, _, value = log_in(connection).partition("=")
    base = f"http://{connection.host}:{connection.port}"
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    try:
        context.add_cookies([{"name": name, "value": value, "url": base}])
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        taken: dict[str, float] = {}
        devtools.on(
            "Network.loadingFinished", lambda one: taken.__setitem__(one["requestId"], one["encodedDataLength"])
        )
        documents: set[str] = set()
        devtools.on(
            "Network.responseReceived",
            lambda one: documents.add(one["requestId"]) if one["type"] == "Document" else None,
        )
        page.goto(f"{base}/overview?end_time_from={END_MS - 30 * DAY_MS}&end_time_until={END_MS}", wait_until="commit")
        page.wait_for_selector("figure[data-chart]", timeout=_PATIENCE_MS)
        page.wait_for_selector("figure[data-chart]:not([data-drawn])", state="detached", timeout=_PATIENCE_MS)
        usable_ms = page.evaluate("performance.now()")
        page.wait_for_load_state("networkidle")
        return {
            "contender": "afterchat-dashboard",
            "sessions": SESSIONS,
            "transferred_kb": round(sum(taken.values()) / 1000, 1),
            "page_kb": round(sum(taken.get(one, 0) for one in documents) / 1000, 1),
            "requests": len(taken),
            "usable_ms": round(usable_ms),
        }
    finally:
        context.close()
