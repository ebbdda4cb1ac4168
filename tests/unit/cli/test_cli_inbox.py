"""The inbox and the quarantine from the command line."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

import pytest

from afterchat.cli import quarantine as quarantine_command
from afterchat.cli.wrapping import cells
from afterchat.store.open import open_store


def test_the_inbox_lists_newest_first_and_pages(afterchat, stocked):
    first = afterchat("inbox", "list", "--store", stocked, "--limit", 3, "--json")
    assert [row["id"] for row in first.rows] == ["5", "4", "3"]
    second = afterchat("inbox", "list", "--store", stocked, "--cursor", first.err.split()[-1], "--json")
    assert [row["id"] for row in second.rows] == ["2", "1"]


def test_raw_prints_exactly_the_bytes_that_arrived(afterchat, stocked):
    assert afterchat("inbox", "show", 5, "--store", stocked, "--raw").raw == b"\xffnot json"


def test_bytes_that_are_no_text_are_shown_as_base64_beside(afterchat, stocked):
    document = afterchat("inbox", "show", 5, "--store", stocked, "--json").document
    assert (document["body"], document["body_base64"]) == ("\\xffnot json", "/25vdCBqc29u")


def test_a_push_that_is_not_there_ends_in_1(afterchat, stocked):
    assert afterchat("inbox", "show", 99, "--store", stocked).code == 1


def test_a_cursor_of_another_listing_is_refused(afterchat, stocked):
    cursor = afterchat("inbox", "list", "--store", stocked, "--limit", 1).err.split()[-1]
    assert afterchat("quarantine", "list", "--store", stocked, "--cursor", cursor).code == 1


def test_the_quarantine_says_the_likely_cause_in_the_readers_language(afterchat, stocked):
    assert "GBK" in afterchat("quarantine", "list", "--store", stocked).out
    assert "请对实际发送的字节签名" in afterchat("quarantine", "show", 1, "--store", stocked, "--lang", "zh").out


def test_the_quarantine_says_what_was_refused_not_that_it_was_authentic(afterchat, stocked):
    assert "time outside the window" in afterchat("quarantine", "list", "--store", stocked).out
    assert "超出时间窗口" in afterchat("quarantine", "list", "--store", stocked, "--lang", "zh").out


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "listing", [("quarantine", "list"), ("records", "list"), ("doctor",)], ids=lambda words: words[0]
)
def test_a_list_fits_eighty_columns(afterchat, stocked, listing, language):
    call = afterchat(*listing, "--store", stocked, "--lang", language, COLUMNS="80")
    assert [line for line in call.out.splitlines() if cells(line) > 80] == []


def test_a_narrow_list_of_refusals_still_has_the_whole_cause(afterchat, stocked):
    call = afterchat("quarantine", "list", "--store", stocked, COLUMNS="80")
    assert "sign the bytes that are sent." in " ".join(call.out.split())


def test_a_release_without_a_server_is_done_at_once(afterchat, stocked):
    call = afterchat("quarantine", "release", 2, "--store", stocked, "--json")
    assert (call.code, call.document) == (0, {"id": "2", "outcome": "new", "by": "command"})
    assert b'"id":9,' in afterchat("inbox", "show", 6, "--store", stocked, "--raw").raw


@pytest.mark.parametrize("push_id", [1, 99])
def test_what_is_not_authentic_or_not_there_is_not_released(afterchat, stocked, push_id):
    assert afterchat("quarantine", "release", push_id, "--store", stocked).code == 1


class Owner:
    """Stands for a running server: owns the inbox and may carry out orders."""

    def __init__(self, url: str, state: str | None, result: str) -> None:
        self._arguments = (url, state, result)
        self._owns, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(*self._arguments)))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._owns.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self, url: str, state: str | None, result: str) -> None:
        store = await open_store(url, frozenset({"inbox", "records", "registry"}))
        self._owns.set()
        while not self._stop.is_set():
            await asyncio.sleep(0.01)
            for order in await store.registry.orders("waiting") if state else ():
                await store.registry.settle_order(order.id, state, result)
        await store.close()


def test_a_release_beside_a_server_is_an_order(afterchat, stocked):
    with Owner(stocked, "done", "duplicate"):
        call = afterchat("quarantine", "release", 2, "--store", stocked, "--json")
    assert (call.code, call.document) == (0, {"id": "2", "outcome": "duplicate", "by": "server"})


def test_an_order_that_failed_says_what_the_server_said(afterchat, stocked):
    with Owner(stocked, "failed", "its signature never verified"):
        call = afterchat("quarantine", "release", 1, "--store", stocked)
    assert (call.code, "its signature never verified" in call.err) == (1, True)


def test_an_order_nobody_takes_ends_in_3(afterchat, stocked, monkeypatch):
    monkeypatch.setattr(quarantine_command, "ORDER_SECONDS_MAX", 0.05)
    with Owner(stocked, None, ""):
        call = afterchat("quarantine", "release", 2, "--store", stocked)
    assert (call.code, "order 1" in call.err) == (3, True)


def test_a_rebuild_beside_a_server_is_an_order(afterchat, stocked):
    with Owner(stocked, "done", "rebuilt"):
        call = afterchat("records", "rebuild", "--store", stocked, "--json")
    assert (call.code, call.document["by"]) == (0, "server")


def test_a_reader_is_never_held_up_by_the_owner(afterchat, stocked):
    with Owner(stocked, None, ""):
        assert len(afterchat("records", "list", "--store", stocked, "--json").rows) == 3
