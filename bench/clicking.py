"""Ten people who click through the dashboard: each asks for a page, reads it for about a second, and asks for the next.

They are threads of one process, log in once, and keep a connection each; how long every page took is kept.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from afterchat.access.accounts import Accounts
from afterchat.access.passwords import Passwords
from afterchat.clock import SystemClock
from afterchat.store.open import open_store

__all__ = ["add_reader", "clicking", "log_in"]

PAGES = (
    "/overview?span=7d",
    "/sessions",
    "/staff?span=30d",
    "/sessions?span=all&counted=first_reply_p90&sort=-first_reply_cost",
    "/satisfaction?span=30d",
    "/queue?span=today",
)
_READER, _PASSWORD = "bench", "correct horse battery"
_READING_SECONDS = (0.5, 1.5)
_PATIENCE_SECONDS = 60.0


def add_reader(url: str) -> None:
    """A user for `log_in` in the store at `url`."""

    async def add() -> None:
        passwords = Passwords()
        store = await open_store(url, frozenset({"registry"}))
        try:
            await Accounts(store.people, SystemClock(), passwords).add(_READER, "admin", None, _PASSWORD)
        finally:
            await store.close()
            passwords.close()

    asyncio.run(add())


def log_in(connection: HTTPConnection) -> str:
    """The cookie of somebody who is logged in; raises ValueError when the login is refused."""
    form = f"name={_READER}&password={quote(_PASSWORD)}"
    origin = f"http://{connection.host}:{connection.port}"
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": origin}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise ValueError(f"the login was answered {answer.status}")
    return str(answer.getheader("set-cookie")).partition(";")[0]


@contextmanager
def clicking(host: str, port: int, people: int) -> Iterator[list[float]]:
    """So many people click while this lasts; the list grows by the milliseconds of each page."""
    taken: list[float] = []
    stop = threading.Event()
    cookie = log_in(HTTPConnection(host, port, timeout=_PATIENCE_SECONDS))
    threads = [
        threading.Thread(
            target=_click, args=(HTTPConnection(host, port, timeout=_PATIENCE_SECONDS), cookie, number, stop, taken)
        )
        for number in range(people)
    ]
    for thread in threads:
        thread.start()
    try:
        yield taken
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _click(connection: HTTPConnection, cookie: str, number: int, stop: threading.Event, taken: list[float]) -> None:
    chance = random.Random(number)
    place = number
    while not stop.wait(chance.uniform(*_READING_SECONDS)):
        began = time.perf_counter()
        connection.request("GET", PAGES[place % len(PAGES)], headers={"cookie": cookie, "accept-encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise ValueError(f"{PAGES[place % len(PAGES)]}: {answer.status}")
        taken.append((time.perf_counter() - began) * 1000)
        place += 1


def database_url(directory: Path) -> str:
    """The store of a contender's directory."""
    return f"sqlite:///{directory.resolve()}"
