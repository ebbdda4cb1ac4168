"""Pictures of every page of the dashboard, over a demonstration that ends by itself: `make screenshots`.

    python tools/screenshots.py             every page in both languages and themes, wide and narrow: build/screenshots/
    python tools/screenshots.py --readme    only the pictures of the README, docs/pictures/

They are for people to look through before a release; what must hold of a page is a test (`tests/browser`).
The pages are those of the table of pages; a page of one thing is the first one that a list links to.
Needs Chromium on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from afterchat.dashboard.navigation import LOGIN
from afterchat.dashboard.routes import PAGE_ROUTES

ROOT = Path(__file__).resolve().parent.parent
ALL, README = ROOT / "build" / "screenshots", ROOT / "docs" / "pictures"
LANGUAGES, THEMES, WIDTHS = ("en", "zh"), ("light", "dark"), (1440, 390)
HEIGHT = 900
README_SIZE = (1280, 800)
OVERVIEW = "/overview?span=yesterday"
SESSIONS = "/sessions?span=7d&interaction=0&sort=-in_queue_time"
"""The session of the README is the last one here that was answered, queued and rated."""
TELLING_ROWS = """rows => rows.filter((row) => row.lastElementChild.querySelector(".badge")
  && ![...row.cells].slice(5, 7).some((cell) => cell.textContent.trim() === "–"))
  .map((row) => row.querySelector("a").getAttribute("href"))"""
HREFS = "links => links.map((link) => link.getAttribute('href'))"
UNDRAWN = "figure[data-chart]:not([data-drawn])"

DEMO_SESSIONS = 600
DEMO_SECONDS_MAX = 300
LOOK_SECONDS = 0.1
ZONE = "Asia/Shanghai"
"""The made-up contact centre keeps the hours of China."""


class Demo(NamedTuple):
    """A running demonstration."""

    url: str
    name: str
    password: str


@contextlib.contextmanager
def demonstration() -> Iterator[Demo]:
    """`afterchat demo` over a store of its own, once everything past has arrived; ended and forgotten afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="afterchat-screenshots-") as folder,
        (Path(folder) / "said").open("w") as out,
    ):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "afterchat", "demo", "--port", "0", "--sessions", str(DEMO_SESSIONS)),
                *("--store", f"sqlite:///{folder}/store"),
            ],
            stdout=out,
            stderr=out,
            env={**os.environ, "AFTERCHAT_LANGUAGE": "en", "AFTERCHAT_DASHBOARD_ZONE": ZONE},
        )
        try:
            said = said_at_last(process, Path(out.name))
            url = re.search(r"Dashboard: (\S+)/", said)
            login = re.search(r"Log in as (\S+) with the password (\S+);", said)
            if url is None or login is None:
                sys.exit(f"the demonstration did not say how to log in:\n{said}")
            yield Demo(url[1], login[1], login[2])
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def said_at_last(process: subprocess.Popen[bytes], out: Path) -> str:
    """What the demonstration has said when it has said everything."""
    for _ in range(round(DEMO_SECONDS_MAX / LOOK_SECONDS)):
        said = out.read_text("utf-8")
        if "Ctrl-C" in said:
            return said
        if process.poll() is not None:
            sys.exit(f"the demonstration ended by itself:\n{said}")
        time.sleep(LOOK_SECONDS)
    sys.exit(f"the demonstration is not ready within {DEMO_SECONDS_MAX} s:\n{out.read_text('utf-8')}")


def logged_in(browser: Browser, demo: Demo) -> list[dict[str, str]]:
    """The cookies of whoever logged in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.url}{LOGIN}")
    page.fill("input[name=name]", demo.name)
    page.fill("input[name=password]", demo.password)
    page.click("button.primary")
    page.wait_for_url("**/overview*")
    cookies = [{"name": one["name"], "value": one["value"], "url": demo.url} for one in context.cookies()]
    context.close()
    return cookies


def opened(browser: Browser, cookies: list[dict[str, str]], language: str, theme: str, size: tuple[int, int]) -> Page:
    """A window in that language and theme, and of that size."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale={"en": "en-US", "zh": "zh-CN"}[language],
        color_scheme=theme,
        reduced_motion="reduce",
    )
    context.add_cookies(cookies)
    return context.new_page()


def taken(page: Page, address: str, target: Path, *, is_whole: bool) -> None:
    """The picture of that page, once its charts are drawn; the whole of it, or what fits the window."""
    page.goto(address)
    page.wait_for_selector(UNDRAWN, state="detached")
    page.screenshot(path=target, full_page=is_whole)


def all_targets(page: Page, url: str) -> dict[str, str]:
    """Name of a picture -> path of its page."""
    routes = [route for route in PAGE_ROUTES if route.method == "GET" and route.page]
    targets = {route.name: route.path for route in routes if "{" not in route.path}
    known = {route.path for route in PAGE_ROUTES}
    hrefs = []
    for path in targets.values():
        page.goto(f"{url}{path}")
        hrefs += [href for href in page.eval_on_selector_all("main a", HREFS) if href.partition("?")[0] not in known]
    for route in routes:
        if "{" in route.path:
            pattern = re.compile(re.sub(r"\{\w+\}", "[^/?]+", route.path) + r"(\?|$)")
            found = next(filter(pattern.match, hrefs), None)
            if found is not None:
                targets[route.name] = found
    return targets


def take_all(browser: Browser, demo: Demo) -> int:
    """Every page in every look; how many pictures that are."""
    cookies = logged_in(browser, demo)
    shutil.rmtree(ALL, ignore_errors=True)
    ALL.mkdir(parents=True)
    targets = all_targets(opened(browser, cookies, "en", "light", (WIDTHS[0], HEIGHT)), demo.url)
    looks = [*product(LANGUAGES, THEMES, WIDTHS)]
    for language, theme, width in looks:
        named = f"{language}-{theme}-{width}.png"
        page = opened(browser, [], language, theme, (width, HEIGHT))
        taken(page, f"{demo.url}{LOGIN}", ALL / f"login-{named}", is_whole=True)
        page.context.add_cookies(cookies)
        for name, path in targets.items():
            taken(page, f"{demo.url}{path}", ALL / f"{name}-{named}", is_whole=True)
        page.context.close()
    return len(looks) * (len(targets) + 1)


def take_readme(browser: Browser, demo: Demo) -> int:
    """The pictures of the README, the same pages in both languages."""
    cookies = logged_in(browser, demo)
    README.mkdir(parents=True, exist_ok=True)
    page = opened(browser, cookies, "en", "light", README_SIZE)
    page.goto(f"{demo.url}{SESSIONS}")
    telling = page.eval_on_selector_all("tbody tr", TELLING_ROWS)
    targets = {"overview": OVERVIEW, "session": telling[-1]}
    for language in LANGUAGES:
        page = opened(browser, cookies, language, "light", README_SIZE)
        for name, path in targets.items():
            taken(page, f"{demo.url}{path}", README / f"{name}.{language}.png", is_whole=False)
        page.context.close()
    return len(LANGUAGES) * len(targets)


def main() -> None:
    """Take what the arguments ask for."""
    parser = argparse.ArgumentParser(description="Pictures of the dashboard's pages.")
    parser.add_argument("--readme", action="store_true", help="only those of the README, into docs/pictures")
    is_readme = parser.parse_args().readme
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.exit("Chromium is not installed: install the package `chromium` and try again")
    with demonstration() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        count = take_readme(browser, demo) if is_readme else take_all(browser, demo)
        browser.close()
    print(f"{count} pictures in {(README if is_readme else ALL).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
