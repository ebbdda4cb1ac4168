"""The health of the receiving end: everything that went wrong is on the page, good news is said, nothing is leaked."""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from html import unescape

from afterchat.contract.causes import Cause
from afterchat.contract.codec import encode
from afterchat.server.orders import release_orders
from afterchat.store.ports import Arrival, Quarantining
from dashboard_house import NOW, dashboard_house, ended_record


def asked(body, **how):
    async def run():
        async with dashboard_house(**how) as house:
            return await body(house)

    return asyncio.run(run())


def refused(tenant="default", reason="checksum", cause=Cause.OLD_SECRET, *, is_authentic=False):
    body, signed_at = b'{"id":1}', NOW // 1000
    digest = sha256(body).digest()
    return Quarantining(tenant, NOW, reason, cause.wire, "time=1", "E", signed_at, is_authentic, digest, body)


def late(tenant="default"):
    return refused(tenant, "window", Cause.OUTSIDE_WINDOW, is_authentic=True)


def cards(page):
    """Name of a card -> what it says."""
    found = re.findall(r'class="card-name"><span>(.*?)</span>.*?class="card-value">(.*?)</div>', page.text, re.DOTALL)
    return {unescape(name): re.sub(r"<[^>]+>", "", text).strip() for name, text in found}


def test_good_news_is_said_and_a_new_install_is_told_how_to_connect():
    async def page(house):
        await house.log_in("viewer")
        return await house.get("/health")

    text = asked(page).text
    assert "No session has arrived yet" in text
    assert "afterchat push examples/record.json --to http://127.0.0.1:8000/push --secret-file secret" in text
    for news in ("Nothing was refused", "Every push could be read", "No record contradicts itself"):
        assert news in text


def test_what_was_refused_drifted_and_contradicts_itself_is_there_with_its_count():
    async def page(house):
        await house.store.quarantine.put_all([refused()])
        wrong = ended_record(1, client_first_message_time=NOW, staff_first_reply_time=NOW + 5_000, first_reply_cost=1)
        await house.take(wrong, ended_record(2, close_reason=4711))
        await house.log_in("viewer")
        return await house.get("/health"), await house.get("/health/contradictions"), await house.get("/health/drift")

    page, contradictions, drift = asked(page)
    assert "wrong signature" in page.text
    assert Cause.OLD_SECRET.en in unescape(page.text)
    assert "closeReason" in page.text
    assert ("1", "0", "1") == tuple(cards(page)[name] for name in ("Refused pushes", "Unreadable pushes", "Drift"))
    assert "0" != cards(page)["Contradictions"]
    assert "4711" in drift.text
    assert "firstReplyCost" in unescape(contradictions.text)


def test_lists_go_on_page_by_page_and_hold_each_push_once():
    async def walk(house):
        await house.take(*(ended_record(number) for number in range(1, 121)))
        await house.log_in("operator")
        found, target = [], "/health/inbox"
        while target:
            text = unescape((await house.get(target)).text)
            found += re.findall(r'href="/health/inbox/([0-9]+)/body"', text)
            following = re.search(r'href="([^"]+)" rel="next"', text)
            target = following[1] if following else ""
        return found

    assert [str(number) for number in range(120, 0, -1)] == asked(walk)


def test_a_raw_body_is_byte_for_byte_and_for_its_own_tenant_alone():
    async def bodies(house):
        record = ended_record(1, remarks="secret words")
        await house.take(record, tenant="alpha")
        await house.log_in("operator", tenant="alpha")
        mine = await house.get("/health/inbox/1/body")
        await house.log_in("operator", tenant="beta")
        theirs = await house.get("/health/inbox/1/body")
        await house.log_in("analyst", tenant="alpha")
        masked, page = await house.get("/health/inbox/1/body"), await house.get("/health/inbox")
        wrong = await house.get("/health/inbox/9999999999999999999999/body")
        return encode(record), mine, theirs, masked, page, wrong

    body, mine, theirs, masked, page, wrong = asked(bodies)
    assert (200, body) == (mine.status, mine.body)
    assert "attachment" in mine.header("content-disposition")
    assert (404, 403) == (theirs.status, masked.status)
    assert '/body"' not in page.text
    assert wrong.status in {403, 404}


def test_a_sample_of_an_unknown_field_is_hidden_from_whoever_sees_masked_only():
    async def pages(house):
        await house.take(ended_record(1))
        body = encode(ended_record(2)).replace(b'{"', b'{"phone":"13800138000","', 1)
        await house.take_body(body)
        await house.log_in("viewer")
        masked = await house.get("/health/drift")
        await house.log_in("operator")
        return masked, await house.get("/health/drift")

    masked, whole = asked(pages)
    assert "phone" in masked.text
    assert "13800138000" not in masked.text
    assert "13800138000" in whole.text


def test_who_reads_one_tenant_is_told_of_its_own_rows_and_where_to_push():
    async def page(house):
        await house.store.quarantine.put_all([refused("beta"), *[refused("alpha")] * 7])
        await house.take_body(b"{", b"[", tenant="beta")
        await house.log_in("viewer", tenant="alpha")
        return await house.get("/health")

    shown = asked(page)
    assert ("5+", "0") == (cards(shown)["Refused pushes"], cards(shown)["Unreadable pushes"])
    assert "http://127.0.0.1:8000/push/alpha" in shown.text
    assert "beta" not in shown.text


def test_pushes_that_wait_are_counted_for_whoever_reads_all_tenants_alone():
    def waiting(body):
        return Arrival("beta", "", NOW // 1000, NOW - 60_000, "k", "checksum", sha256(body).digest(), body)

    async def pages(house):
        await house.take(ended_record(1), tenant="alpha")
        await house.store.inbox.append_all([waiting(encode(ended_record(number))) for number in (2, 3, 4)])
        await house.log_in("viewer")
        everything = await house.get("/health")
        await house.log_in("viewer", tenant="alpha")
        return everything, await house.get("/health")

    everything, own = asked(pages)
    assert "3 pushes wait" in everything.text
    assert "1 min" == cards(everything)["Records behind"]
    assert "pushes wait" not in own.text


def test_a_reason_that_has_no_words_is_shown_as_it_is():
    async def page(house):
        await house.store.quarantine.put_all([refused(reason="moonlight")])
        await house.log_in("viewer")
        return await house.get("/health/quarantine")

    answer = asked(page)
    assert (200, True) == (answer.status, "moonlight" in answer.text)


def test_a_late_push_is_released_by_order_once_noted_and_then_in_the_inbox():
    async def release(house):
        await house.store.quarantine.put_all([late("alpha")])
        await house.log_in("operator", tenant="alpha")
        before = await house.get("/health/quarantine/1")
        first = await house.post("/health/quarantine/1/release")
        await house.post("/health/quarantine/1/release")
        waits, orders = await house.get(first.location), await house.store.registry.orders("waiting")
        notes = [row.note.what for row in await house.store.people.notes(None, None, 10)]
        await release_orders(house.store.registry, house.store.quarantine, house.clock).carry_out(orders[0])
        done, inbox = await house.get("/health/quarantine/1"), await house.store.inbox.latest("alpha", None, 5)
        return before.text, waits.text, orders, notes, done.text, inbox

    before, waits, orders, notes, done, inbox = asked(release)
    assert 'action="/health/quarantine/1/release"' in before
    assert "waits for the receiving server" in waits
    assert 'action="/health/quarantine/1/release"' not in waits
    assert [("release", "1")] == [(order.kind, order.argument) for order in orders]
    assert 1 == notes.count("quarantine.release")
    assert "It was released." in done
    assert [b'{"id":1}'] == [row.body for row in inbox]


def test_nobody_releases_what_is_not_authentic_not_theirs_or_not_there():
    async def tries(house):
        await house.store.quarantine.put_all([refused("alpha"), late("beta")])
        await house.log_in("operator", tenant="alpha")
        answers = [await house.post(f"/health/quarantine/{text}/release") for text in ("1", "2", "3", "x", "9" * 30)]
        pages = [await house.get(f"/health/quarantine/{text}") for text in ("2", "0")]
        await house.log_in("viewer", tenant="beta")
        seen = await house.get("/health/quarantine/2")
        return [one.status for one in answers + pages], await house.store.registry.orders(None), seen.text

    statuses, orders, seen = asked(tries)
    assert [409, 404, 404, 404, 404, 404, 404] == statuses
    assert [] == orders
    assert "/release" not in seen
    assert "time=1" not in seen


def test_an_order_that_failed_says_why_and_can_be_placed_again():
    async def page(house):
        await house.store.quarantine.put_all([late()])
        await house.log_in("operator")
        await house.post("/health/quarantine/1/release")
        [order] = await house.store.registry.orders("waiting")
        await house.store.registry.settle_order(order.id, "failed", "the moon was full")
        return await house.get("/health/quarantine/1")

    text = asked(page).text
    assert "It was not released: the moon was full" in text
    assert 'action="/health/quarantine/1/release"' in text


def test_a_list_that_shows_its_newest_rows_alone_says_so_and_takes_no_cursor():
    async def pages(house):
        await house.take_body(*(b"{" * count for count in range(1, 52)))
        await house.log_in("viewer")
        return await house.get("/health/unreadable"), await house.get("/health/unreadable?cursor=x")

    shown, wrong = asked(pages)
    assert "The newest 50 alone are listed" in shown.text
    assert 400 == wrong.status
