"""`afterchat outbox`: every delivery as it stands, and sent again; what a stranger wrote controls no terminal."""

from __future__ import annotations

import re

import pytest

from afterchat.cli.wrapping import cells
from afterchat.store.sending import EntryQuery
from outbox_scenes import NOW, RECORDS, body_of, in_store, stock

STATES = ["delivered", "dead", "waiting", "behind", "delivered"]
CHINESE = re.compile("[\u4e00-\u9fff]")
TOO_LARGE = 2**63


@pytest.fixture
def sending(store_url):
    stock(store_url)
    return store_url


@pytest.fixture
def outbox(afterchat, sending):
    """Call `afterchat outbox ...` on the store."""
    return lambda *arguments, **given: afterchat("outbox", *arguments, "--store", sending, **given)


def ids(call):
    return [int(row["id"]) for row in call.rows]


def states(url):
    async def read(store):
        return [entry.state.value for entry in reversed(await store.outbox.entries(EntryQuery(), 100))]

    return in_store(url, read)


def test_the_list_is_clean_json_newest_first(outbox):
    call = outbox("list", "--json")

    assert (0, "", [5, 4, 3, 2, 1]) == (call.code, call.err, ids(call))
    assert STATES[::-1] == [row["state"] for row in call.rows]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--tenant", "acme"), [4, 3, 2, 1]),
        (("--tenant", "default"), [5]),
        (("--tenant", "nobody"), []),
        (("--endpoint", "crm", "--tenant", "default"), [5]),
        (("--endpoint", "1"), [4, 3, 2, 1]),
        (("--session", 3), [4, 3]),
        (("--session", 3, "--tenant", "default"), []),
        (("--state", "dead"), [2]),
        (("--state", "behind"), [4]),
        (("--limit", 2), [5, 4]),
    ],
)
def test_a_listing_is_narrowed_by_what_is_asked(outbox, arguments, expected):
    assert expected == ids(outbox("list", "--json", *arguments))


def test_pages_follow_each_other_without_gap_or_overlap(outbox):
    seen, cursor = [], ()
    for _ in range(3):
        call = outbox("list", "--json", "--limit", 2, *cursor)
        seen += ids(call)
        found = re.search(r"--cursor (\S+)", call.err)
        cursor = ("--cursor", found[1]) if found else ()
    assert ([5, 4, 3, 2, 1], ()) == (seen, cursor)


def test_the_dead_are_a_listing_of_their_own(outbox):
    assert [2] == ids(outbox("dead", "--json"))
    assert [] == ids(outbox("dead", "--json", "--tenant", "default"))
    assert "没有符合条件的条目" in outbox("dead", "--tenant", "default", "--lang", "zh").err


def test_one_delivery_is_shown_with_every_attempt_and_its_body(outbox):
    document = outbox("show", 1, "--json").document

    assert [500, 200] == [attempt["status"] for attempt in document["attempts"]]
    assert ("crm", "acme", "1", RECORDS, body_of(1).decode()) == tuple(
        document[key] for key in ("endpoint", "tenant", "session", "event_type", "body")
    )
    assert len(body_of(1)) == document["body_bytes"]


def test_raw_is_the_bytes_that_are_sent_and_nothing_else(outbox):
    assert body_of(3, version=2) == outbox("show", 4, "--raw").raw


def test_what_an_endpoint_answered_controls_no_terminal(outbox):
    call = outbox("show", 2)

    assert (0, False) == (call.code, "\x1b" in call.out)
    assert "\x1b[31m不行\\xff" == outbox("show", 2, "--json").document["attempts"][0]["answer"]


def test_people_read_states_and_errors_in_their_language(outbox):
    english, chinese = outbox("show", 2), outbox("show", 2, "--lang", "zh")

    assert "refused by the endpoint" in english.out
    assert "被对方拒绝" in chinese.out
    assert "死信" in outbox("list", "--lang", "zh").out
    assert not CHINESE.search(english.out.replace("小林", "").replace("不行", ""))


def test_every_attempt_is_a_line_with_its_answer(outbox):
    """However little room there is; without an answer its reason stands in the same place."""
    lines = outbox("show", 1, COLUMNS="80").out.partition("\n\n")[2].splitlines()

    assert ["tried", "ms", "status", "reason", "answer"] == lines[0].split()
    assert [["34", "500", "the", "endpoint", "failed", "oops"], ["12", "200", "delivered", "{}"]] == [
        line.split()[2:] for line in lines[1:]
    ]


def test_a_delivery_that_was_never_tried_has_no_table_of_attempts(outbox):
    assert "\n\n" not in outbox("show", 3).out


@pytest.mark.parametrize("entry_id", [77, 2**63 - 2])
def test_an_entry_that_is_not_there_ends_in_1(outbox, entry_id):
    for command in ("show", "redeliver"):
        call, chinese = outbox(command, entry_id), outbox(command, entry_id, "--lang", "zh")
        assert (1, "", 1) == (call.code, call.out, chinese.code)
        assert "afterchat outbox list" in call.err
        assert f"没有编号为 {entry_id} 的条目" in chinese.err


@pytest.mark.parametrize("arguments", [("show", TOO_LARGE), ("redeliver", TOO_LARGE), ("list", "--session", TOO_LARGE)])
def test_a_number_that_no_store_can_hold_is_a_usage_error_and_no_ill_store(outbox, arguments):
    assert 2 == outbox(*arguments).code


@pytest.mark.parametrize("arguments", [("list", "--endpoint", "nobody"), ("dead", "--endpoint", "crm")])
def test_an_endpoint_that_cannot_be_told_ends_in_1(outbox, arguments):
    assert 1 == outbox(*arguments).code


def test_a_cursor_that_nobody_gave_ends_in_1(outbox):
    assert 1 == outbox("list", "--cursor", "bm9uc2Vuc2U").code


def test_counts_are_a_row_for_each_endpoint(outbox):
    acme, default = outbox("counts", "--json").rows

    assert {"endpoint": "crm", "tenant": "acme", "waiting": 1, "behind": 1, "leased": 0} | {
        "delivered": 1,
        "dead": 1,
        "cancelled": 0,
    } == acme
    assert ("default", 1) == (default["tenant"], default["delivered"])
    assert [default] == outbox("counts", "--json", "--tenant", "default").rows


@pytest.mark.parametrize("language", ["en", "zh"])
def test_counts_fit_a_terminal_whatever_the_endpoint_is_called(afterchat, outbox, sending, language):
    afterchat("endpoints", "change", "2", "--name", "n" * 63, "--store", sending)
    lines = outbox("counts", "--lang", language, COLUMNS="80").out.splitlines()

    assert 80 >= max(map(cells, lines))
    assert 3 == len(lines)


def test_entries_of_an_endpoint_that_is_gone_are_still_counted_and_shown(afterchat, outbox, sending):
    afterchat("endpoints", "delete", "2", "--store", sending)

    assert ["crm", "#2"] == [row["endpoint"] for row in outbox("counts", "--json").rows]
    assert ["crm"] == [row["endpoint"] for row in outbox("counts", "--json", "--tenant", "acme").rows]
    assert "#2" == outbox("show", 5, "--json").document["endpoint"]


def test_single_entries_are_sent_again(outbox, sending):
    assert {"count": 2, "by": "command"} == outbox("redeliver", 1, 2, 2, "--json").document
    assert ["waiting", "waiting", *STATES[2:]] == states(sending)


def test_entries_of_several_endpoints_are_one_command(outbox, sending):
    assert 2 == outbox("redeliver", 2, 5, "--json").document["count"]
    assert ["delivered", "waiting", "waiting", "behind", "waiting"] == states(sending)


def test_what_is_on_its_way_stays_as_it_is(outbox, sending):
    assert 0 == outbox("redeliver", 3, 4, "--json").document["count"]
    assert STATES == states(sending)


def test_one_number_that_is_not_there_sends_nothing_again(outbox, sending):
    assert 1 == outbox("redeliver", 2, 77).code
    assert STATES == states(sending)


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--all-dead",), 1),
        (("--since", NOW), 2),
        (("--since", NOW, "--all-dead"), 1),
        (("--since", NOW + 1), 0),
        (("--since", NOW - 1, "--until", NOW), 0),
        (("--never-attempted",), 1),
        (("--never-attempted", "--all-dead"), 2),
        (("--never-attempted", "--since", NOW), 0),
    ],
)
def test_in_bulk_exactly_what_was_asked_for_is_sent_again(outbox, arguments, count):
    call = outbox("redeliver", "--endpoint", "crm", "--tenant", "acme", *arguments, "--json")

    assert (0, count) == (call.code, call.document["count"])


def test_in_bulk_no_other_tenants_entry_is_touched(outbox, sending):
    outbox("redeliver", "--endpoint", "1", "--since", 0)

    assert "delivered" == states(sending)[4]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--endpoint", "crm"),
        ("--all-dead",),
        ("--since", NOW),
        ("1", "--endpoint", "crm", "--all-dead"),
        ("1", "--endpoint", "crm"),
        ("1", "--tenant", "acme"),
        ("1", "--until", "2020-01-01"),
        ("1", "--since", "2020-01-01"),
        ("1", "--never-attempted"),
        ("--endpoint", "crm", "--until", NOW),
        ("--endpoint", "crm", "--since", "soon"),
    ],
)
def test_a_wish_that_says_too_little_or_too_much_is_a_usage_error(outbox, sending, arguments):
    english, chinese = outbox("redeliver", *arguments), outbox("redeliver", *arguments, "--lang", "zh")

    assert (2, 2) == (english.code, chinese.code)
    assert chinese.err.startswith("用法：")
    assert STATES == states(sending)


def test_with_a_sender_at_work_it_is_an_order_that_the_sender_carries_out(outbox, sending, monkeypatch):
    """The file has one writer; the command waits for what the other end says."""
    from afterchat.cli import access
    from afterchat.errors import StoreLockedError
    from afterchat.server.redelivery import REDELIVER

    placed = []
    opened = access.opened

    def opened_but_for_the_sender(url, *writes):
        if "sender" in writes:
            raise StoreLockedError("a sender runs")
        return opened(url, *writes)

    async def carried_out(registry, clock, kind, argument, *, wait_seconds):
        placed.append((kind, argument))
        return type("Order", (), {"result": "41"})

    monkeypatch.setattr(access, "opened", opened_but_for_the_sender)
    monkeypatch.setattr(access, "order_carried_out", carried_out)

    assert {"count": 41, "by": "sender"} == outbox("redeliver", "--endpoint", "1", "--all-dead", "--json").document
    [(kind, argument)] = placed
    assert (REDELIVER, True) == (kind, '"endpoint_id":1' in argument)
