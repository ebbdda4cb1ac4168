"""What an operator does about pushes that an endpoint did not take; the sender is played by the test."""

from __future__ import annotations

import asyncio

import msgspec

from afterchat.clock import SystemClock
from afterchat.server.redelivery import Wish, redeliver_wish
from outbox_scenes import in_store

LOOKS_MAX = 300


async def carry_out_one_order(store):
    """As a running sender would: the next order that comes is carried out and settled."""
    for _ in range(LOOKS_MAX):
        for order in await store.registry.orders("waiting"):
            wish = msgspec.json.decode(order.argument, type=Wish)
            count = await redeliver_wish(wish, store.endpoints, store.outbox, SystemClock().now_ms())
            await store.registry.settle_order(order.id, "done", str(count))
            return order.kind
        await asyncio.sleep(0.1)
    raise AssertionError("no order came")


async def test_a_dead_letter_goes_on_its_way_again_by_two_clicks(open_window, live_dashboard):
    tab = await open_window("sender")
    page, url = tab.page, f"sqlite:///{live_dashboard.server.store}"
    await tab.see("/deliveries?state=dead")
    await page.click("table a[href^='/deliveries/']")
    await page.wait_for_url("**/deliveries/2")
    before = await page.inner_text("main .facts")
    await page.click("#again-open")
    sender = asyncio.create_task(asyncio.to_thread(in_store, url, carry_out_one_order, "sender", "registry"))
    await page.click("#again-do")
    told = await page.inner_text("#toasts .toast.good")
    after = await page.inner_text("main .facts")
    await page.click(".actions a.button")
    await page.wait_for_url("**/deliveries")

    assert ("redeliver", True) == (await sender, "On its way again." in told)
    assert (True, False) == ("Dead letter" in before, "Dead letter" in after)
    assert "Dead letter" not in await page.inner_text("table")
    assert [] == tab.complaints
