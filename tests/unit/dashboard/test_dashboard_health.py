"""The health of the receiving end: everything that went wrong is on the page, good news is said, nothing is leaked."""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from html import unescape

from afterchat.contract.codec import encode
from afterchat.store.ports import Quarantining
from dashboard_house import NOW, dashboard_house, ended_record


def asked(body, **how):
    async def run():
        async with dashboard_house(**how) as house:
            return await body(house)

    return asyncio.run(run())


def refused(tenant="default", cause="old-secret"):
    body = b'{"id":1}'
    return Quarantining(tenant, NOW, "checksum", cause, "time=1", "E", NOW // 1000, False, sha256(body).digest(), body)


def test_good_news_is_said_and_a_new_install_is_told_how_to_connect():
    async def page(house):
        await house.log_in("viewer")
        return await house.get("/health")

    text = asked(page).text
    assert "No session has arrived yet" in text
    assert "afterchat push" in text
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
    assert "closeReason" in page.text
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
