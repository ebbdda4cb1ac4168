"""The pages of the sending end: what is on its way, in words; each tenant for itself; sending again by orders."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
from people_house import done_in, texts

from afterchat.dashboard.app import build_dashboard
from afterchat.dashboard.delivery_orders import Sending
from afterchat.dashboard.pages.deliveries_words import WORDS
from afterchat.errors import CallerError
from afterchat.sender.verdict import ERRORS
from afterchat.store.sending import EndpointHealth, EntryState, JournalBatch, NewPush, SessionMark
from afterchat.web.app import build_app
from dashboard_house import dashboard_house, ended_record
from outbox_scenes import NOW, RECORDS, body_of, fill

LATER = NOW + 60_000


class OrdersDouble:
    """Notes what it is asked for; answers with `count`, or raises it."""

    def __init__(self):
        self.asked = []
        self.count = 1

    async def redeliver(self, endpoint_id, entry_ids=()):
        self.asked.append(("redeliver", endpoint_id, entry_ids))
        if isinstance(self.count, Exception):
            raise self.count
        return self.count

    async def set_paused(self, endpoint_id, *, is_paused):
        self.asked.append(("set_paused", endpoint_id, is_paused))


@asynccontextmanager
async def sending_house(role="operator", tenant="acme", *, has_sender=True, language="en"):
    """A house over `outbox_scenes`, somebody in it, and a sender that is only noted down."""
    async with dashboard_house(language=language) as house:
        await fill(house.store)
        house.clock.ms = LATER
        house.orders = OrdersDouble()
        sending = Sending(lambda: has_sender, house.store.endpoints, house.store.outbox, house.orders)
        house.sources = house.sources._replace(sending=sending)
        house.app = build_dashboard(house.sources, build_app(house.reading, is_metrics_open=True))
        await house.log_in(role, tenant)
        yield house


def visit(body, *args, **how):
    """Run a visit in a new house."""

    async def run():
        async with sending_house(*args, **how) as house:
            await body(house)

    asyncio.run(run())


def entries_in(page):
    """Ids of the rows, in their order."""
    return [int(one) for one in re.findall(r'<tr id="e(\d+)"', page)]


async def noted_in(house):
    """What the audit says of the sending end, newest first."""
    return [(what, about) for what, about in await done_in(house) if what.startswith(("outbox.", "endpoint."))]


async def set_health(house, **health):
    known = {"failing_since": NOW, "failures_in_a_row": 7, "disabled_at": None, "open_until": None, **health}
    await house.store.outbox.settle([], [EndpointHealth(1, **known)], LATER)


@pytest.mark.parametrize(("tenant", "ids"), [("acme", [4, 3, 2, 1]), ("default", [5]), (None, [5, 4, 3, 2, 1])])
def test_a_reader_finds_the_deliveries_of_their_tenant_alone_newest_first(tenant, ids):
    async def body(house):
        page = (await house.get("/deliveries")).text
        told = texts(page)

        assert entries_in(page) == ids
        assert len(re.findall(r'<article class="panel endpoint"', page)) == (2 if tenant is None else 1)
        assert f"On the way {0 if tenant == 'default' else 2} " in told
        assert f"Dead letters {0 if tenant == 'default' else 1} " in told

    visit(body, "viewer", tenant)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("state=dead", [2]),
        ("state=&endpoint=&session=", [4, 3, 2, 1]),
        ("session=3", [4, 3]),
        ("session=3&state=behind", [4]),
        ("endpoint=1&session=-3", []),
        ("endpoint=2", []),
        (f"endpoint={2**63 - 1}", []),
    ],
)
def test_filters_narrow_the_list_and_never_widen_it_beyond_the_tenant(query, ids):
    async def body(house):
        assert entries_in((await house.get(f"/deliveries?{query}")).text) == ids

    visit(body)


@pytest.mark.parametrize(
    ("query", "ids", "offered", "chips"),
    [
        ("", [5, 4, 3, 2, 1], ["crm · acme", "crm · default"], []),
        ("tenant=acme", [4, 3, 2, 1], ["crm · acme"], ["Tenant acme"]),
        ("tenant=default", [5], ["crm · default"], ["Tenant default"]),
        ("tenant=default&state=delivered", [5], ["crm · default"], ["State Delivered", "Tenant default"]),
        ("tenant=acme&endpoint=2", [], ["crm · acme", "crm · default"], ["Tenant acme", "Endpoint crm · default"]),
        ("tenant=nobody", [], [], ["Tenant nobody"]),
    ],
)
def test_who_reads_all_tenants_chooses_one_and_is_offered_its_endpoints(query, ids, offered, chips):
    async def body(house):
        page = (await house.get(f"/deliveries?{query}")).text

        assert entries_in(page) == ids
        assert options_of(page, "tenant") == ["All tenants", "acme", "default"]
        assert sorted(options_of(page, "endpoint")) == ["Any endpoint", *offered]
        assert [texts(one).strip() for one in re.findall(r"<li>(<span class=.muted.*?)<a", page)] == chips
        assert 'hx-select-oob="#field-endpoint-whole"' in page
        assert page.count('id="field-endpoint-whole"') == 1

    visit(body, "viewer", None)


def test_the_chosen_tenant_holds_on_every_page_of_the_list():
    async def body(house):
        await deliver_many(house, 60)
        first = (await house.get("/deliveries?tenant=acme&state=")).text
        older = (await house.get(next_of(first))).text

        assert entries_in(older) == [*range(15, 5, -1), 4, 3, 2, 1]

    visit(body, "viewer", None)


def test_who_reads_one_tenant_has_no_choice_and_finds_no_other():
    async def body(house):
        own = (await house.get("/deliveries?tenant=acme")).text

        assert (entries_in(own), options_of(own, "tenant")) == ([4, 3, 2, 1], [])
        assert (await house.get("/deliveries?tenant=default")).status == 404
        assert (await house.get("/deliveries?tenant=acme&tenant=default")).status == 400

    visit(body)


def options_of(page, name):
    """What a select offers; nothing where there is none."""
    found = re.search(rf'<select[^>]* name="{name}".*?</select>', page)
    return re.findall(r"<option[^>]*>([^<]*)<", found[0]) if found else []


def next_of(page):
    """The address of what comes after this page; empty at the end."""
    found = re.search(r'href="([^"]+)" rel="next"', page)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize("query", ["state=lost", "endpoint=x", f"session={2**63}", "session=٣", "sesion=1", "cursor=x"])
def test_a_filter_that_cannot_be_read_is_refused(query):
    async def body(house):
        assert (await house.get(f"/deliveries?{query}")).status == 400
        assert (await house.get(f"/deliveries/part?{query}")).status == 400

    visit(body)


def test_the_list_is_read_to_its_end_and_keeps_its_filters():
    async def body(house):
        await deliver_many(house, 120)
        seen, target, pages = [], "/deliveries?session=8", 0
        while target:
            page = (await house.get(target)).text
            seen += entries_in(page)
            target = next_of(page)
            pages += 1

        assert pages == 3
        assert seen == sorted(range(6, 126), reverse=True)

    visit(body)


async def deliver_many(house, count):
    bodies = [body_of(8, version) for version in range(count)]
    pushes = [NewPush("acme", 8, RECORDS, one, sha256(one).digest(), NOW, (1,)) for one in bodies]
    mark = SessionMark("acme", 8, b"{}", None, NOW, NOW, pushes[-1].sha256, count)
    await house.store.journal.commit(JournalBatch([(mark, ())], pushes, NOW))


@pytest.mark.parametrize(
    ("health", "is_paused", "said"),
    [
        ({}, False, ("Failing", "Pause", "Failures in a row 7")),
        ({"open_until": LATER + 1}, False, ("Failing", "Pause", "Held until")),
        ({"disabled_at": NOW}, False, ("Given up", "Resume", "Nothing is sent until somebody resumes it.")),
        ({}, True, ("Paused", "Resume", "Entries are kept")),
    ],
)
def test_the_state_of_an_endpoint_is_said_in_words_with_what_can_be_done(health, is_paused, said):
    async def body(house):
        await set_health(house, **health)
        await house.store.endpoints.change_endpoint(1, {"is_paused": is_paused})
        panel = texts(re.search(r"<article.*?</article>", (await house.get("/deliveries")).text, re.DOTALL)[0])

        assert [word for word in said if word not in panel] == []
        assert ("Held until" in panel) is ("open_until" in health)

    visit(body)


def test_the_top_is_the_very_same_answer_while_nothing_happens_and_another_one_after():
    async def body(house):
        await set_health(house)
        first = await house.get("/deliveries/part")
        house.clock.ms += 5_000
        same = await house.get("/deliveries/part", if_none_match=first.header("etag"))
        await set_health(house, failures_in_a_row=8)
        other = await house.get("/deliveries/part", if_none_match=first.header("etag"))

        assert [first.status, same.status, other.status] == [200, 304, 200]

    visit(body)


def test_without_a_sending_end_the_page_says_why_and_how_to_start_one():
    async def body(house):
        page = await house.get("/deliveries")

        assert page.status == 200
        assert "<code>afterchat sender</code>" in page.text
        assert [(await house.get(f"/deliveries/{one}")).status for one in ("part", "1")] == [404, 404]

    visit(body, has_sender=False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_delivery_shows_every_attempt_with_its_error_in_words(language):
    async def body(house):
        page = (await house.get("/deliveries/2")).text
        rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)

        assert len(rows) == 2
        words = WORDS["deliveries.error.status_4xx"][0 if language == "zh" else 1]
        assert [(words in texts(row), "403" in texts(row), r"\x1b[31m不行\xff" in texts(row)) for row in rows] == [
            (True, True, True)
        ] * 2
        assert "\x1b" not in page

    visit(body, language=language)


def test_who_sees_masked_only_gets_no_answer_no_digest_no_path_of_an_address_and_no_button():
    async def body(house):
        pages = [(await house.get(path)).text for path in ("/deliveries", "/deliveries/part", "/deliveries/2")]
        digest = (await house.store.outbox.push(3)).sha256.hex()

        for page in pages:
            told = texts(page)
            assert [one for one in ("不行", digest, "Size of the body", "/push") if one in told] == []
            assert "/redeliver" not in page
            assert "/pause" not in page
        assert "https://crm.example.com/…" in texts(pages[0])

    visit(body, "viewer")


def test_a_session_is_linked_where_its_record_is_here():
    async def body(house):
        await house.take(ended_record(2), tenant="acme")
        page = (await house.get("/deliveries")).text

        assert re.findall(r'href="(/sessions/[^"]+)"', page) == ["/sessions/2?tenant=acme"]
        assert 'href="/sessions/2?tenant=acme"' in (await house.get("/deliveries/2")).text

    visit(body, "operator", None)


@pytest.mark.parametrize(
    ("count", "word"), [(3, "done.redelivered"), (0, "undone.redelivered_none"), (None, "undone.redelivery_waits")]
)
def test_sending_again_is_asked_of_the_sender_and_noted(count, word):
    done = word.partition(".")[2]

    async def body(house):
        house.orders.count = count
        one = await house.post("/deliveries/2/redeliver")
        all_dead = await house.post("/deliveries/redeliver", {"endpoint": "1"})
        told = texts((await house.get(one.location)).text)

        assert (one.status, one.location) == (303, f"/deliveries/2?done={done}")
        assert (all_dead.status, all_dead.location) == (303, f"/deliveries?done={done}")
        assert house.orders.asked == [("redeliver", 1, (2,)), ("redeliver", 1, ())]
        assert await noted_in(house) == [("outbox.redeliver", "1"), ("outbox.redeliver", "2")]
        assert WORDS[word][1] in told

    visit(body)


def test_what_is_still_open_is_not_asked_for():
    async def body(house):
        answer = await house.post("/deliveries/3/redeliver")

        assert answer.location == "/deliveries/3?done=redelivered_none"
        assert "/redeliver" not in (await house.get("/deliveries/3")).text
        assert (house.orders.asked, await noted_in(house)) == ([], [])

    visit(body)


def test_a_delivery_whose_endpoint_is_gone_is_shown_and_cannot_be_sent_again():
    async def body(house):
        await house.store.endpoints.delete_endpoint(1)
        page = (await house.get("/deliveries/2")).text

        assert WORDS["deliveries.gone"][1] in texts(page)
        assert "/redeliver" not in page
        assert (await house.post("/deliveries/2/redeliver")).status == 404
        assert entries_in((await house.get("/deliveries?endpoint=1")).text) == [4, 3, 2, 1]
        assert house.orders.asked == []

    visit(body)


@pytest.mark.parametrize("path", ["/deliveries/2/redeliver", "/deliveries/redeliver"])
def test_what_the_sender_refused_is_said_on_the_page_it_was_asked_from(path):
    async def body(house):
        house.orders.count = CallerError("the order cannot be <read>")
        answer = await house.post(path, {"endpoint": "1"})

        assert answer.status == 409
        assert "The sender could not do it: the order cannot be <read>" in texts(answer.text)

    visit(body)


@pytest.mark.parametrize(("deed", "is_paused"), [("pause", True), ("resume", False)])
def test_an_endpoint_is_held_and_let_go_and_noted(deed, is_paused):
    async def body(house):
        answer = await house.post(f"/endpoints/1/{deed}")

        assert (answer.status, answer.location) == (303, f"/deliveries?done=endpoint_{deed}d")
        assert house.orders.asked == [("set_paused", 1, is_paused)]
        assert await noted_in(house) == [(f"endpoint.{deed}", "1")]

    visit(body)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/deliveries/5/redeliver", {}),
        ("/deliveries/99/redeliver", {}),
        ("/deliveries/redeliver", {"endpoint": "2"}),
        ("/deliveries/redeliver", {}),
        ("/deliveries/redeliver", {"endpoint": "x"}),
        ("/endpoints/2/pause", {}),
        ("/endpoints/2/resume", {}),
        ("/endpoints/٣/pause", {}),
    ],
)
def test_what_is_not_there_or_another_tenants_is_missing_and_nothing_is_done(path, fields):
    async def body(house):
        assert (await house.post(path, fields)).status == 404
        assert (house.orders.asked, await noted_in(house)) == ([], [])

    visit(body)


@pytest.mark.parametrize("entry_id", ["5", "99", "0", "-1", "x", "9" * 19, "9" * 20, "02"])
def test_no_page_is_there_for_what_a_reader_may_not_see(entry_id):
    async def body(house):
        assert (await house.get(f"/deliveries/{entry_id}")).status == 404

    visit(body)


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_only_who_operates_changes_anything(role):
    async def body(house):
        paths = ("/deliveries/2/redeliver", "/deliveries/redeliver", "/endpoints/1/pause", "/endpoints/1/resume")

        assert [(await house.post(path, {"endpoint": "1"})).status for path in paths] == [403] * 4
        assert house.orders.asked == []

    visit(body, role)


def test_every_error_of_an_attempt_and_every_state_has_its_words():
    errors = {f"deliveries.error.{kind}" for kind in ERRORS}

    assert {key for key in WORDS if key.startswith("deliveries.error.")} == errors
    assert [state for state in EntryState if f"deliveries.state.{state.value}" not in WORDS] == []
