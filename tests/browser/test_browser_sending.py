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


async def test_the_endpoints_to_choose_among_follow_the_chosen_tenant_without_loading_the_page(open_window):
    tab = await open_window("admin")
    page = tab.page
    await tab.see("/deliveries")
    all_of_them = await page.locator("[name=endpoint] option").all_inner_texts()
    await tab.mark()
    await page.select_option("[name=tenant]", "acme")
    await page.click(".filters button")
    await page.wait_for_selector(".chips")
    tenants = set(await page.locator("table[data-rows] tbody td:nth-of-type(4)").all_inner_texts())

    assert (True, "/deliveries?tenant=acme", {"acme"}) == (await tab.is_marked(), tab.target, tenants)
    assert ["Any endpoint", "crm · acme"] == await page.locator("[name=endpoint] option").all_inner_texts()
    assert len(all_of_them) > 2
    assert [] == tab.complaints
