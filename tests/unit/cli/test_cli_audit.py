"""What commands change, and what they take out unmasked, leaves a line in the audit that names no person."""

from __future__ import annotations

import pytest

from afterchat.access.audit import ACTIONS
from outbox_scenes import in_store, stock


@pytest.fixture
def lines(store_url):
    """What the audit holds, oldest first, as (who, what, object, tenant, detail)."""

    async def read(store):
        return [row.note for row in await store.people.notes(None, None, 100)]

    def all_lines():
        notes = in_store(store_url, read)
        return [(note.who, note.what, note.object, note.tenant, dict(note.detail)) for note in reversed(notes)]

    return all_lines


def test_every_change_of_an_endpoint_leaves_a_line(afterchat, store_url, lines):
    stock(store_url)
    endpoints = (
        ("add", "erp", "https://erp.example.com/push", "--tenant", "acme"),
        ("change", "erp", "--url", "https://erp.example.com/other"),
        ("pause", "erp"),
        ("resume", "erp"),
        ("add-key", "erp"),
        ("delete", "erp"),
    )
    for arguments in endpoints:
        assert 0 == afterchat("endpoints", *arguments, "--store", store_url).code, arguments

    kept = lines()
    assert ("cli", "endpoint.add", "erp", "acme", {}) == kept[0]
    assert ["change", "pause", "resume", "key", "delete"] == [what.split(".")[1] for _, what, *_ in kept[1:]]
    assert {("cli", "acme", "erp")} == {(who, tenant, detail["name"]) for who, _, _, tenant, detail in kept[1:]}
    assert "url" == kept[1][4]["changed"]
    assert {what for _, what, *_ in kept} <= set(ACTIONS)


def test_a_key_that_is_retired_leaves_a_line_with_its_id(afterchat, store_url, lines):
    stock(store_url)
    call = afterchat("endpoints", "retire-key", "crm", "key_acme", "--tenant", "acme", "--force", "--store", store_url)

    assert (0, "endpoint.key", "key_acme") == (call.code, lines()[0][1], lines()[0][4]["key"])


def test_what_is_sent_again_leaves_a_line_and_what_is_not_there_none(afterchat, store_url, lines):
    stock(store_url)
    unknown = afterchat("outbox", "redeliver", "999", "--store", store_url)
    known = afterchat("outbox", "redeliver", "4", "--store", store_url)

    assert unknown.code != 0
    assert 0 == known.code, known.err
    [(who, what, _, _, detail)] = lines()
    assert ("cli", "outbox.redeliver", {"entries": "4"}) == (who, what, detail)


def test_an_export_leaves_a_line_with_its_filters_and_without_their_values(afterchat, stocked, lines):
    call = afterchat("records", "export", "--format", "csv", "--where", "staffName=nobody", "--store", stocked)

    assert 0 == call.code, call.err
    [(who, what, form, tenant, detail)] = lines()
    assert ("cli", "export.unmasked", "csv", None) == (who, what, form, tenant)
    assert "staff_name=" == detail["filters"]
    assert "nobody" not in str(detail)


def test_a_release_and_an_erasure_leave_lines_that_name_what_but_not_whom(afterchat, stocked, lines):
    released = afterchat("quarantine", "release", 2, "--store", stocked)
    erased = afterchat("records", "erase", "--session", 2, "--yes", "--store", stocked)

    assert 0 == released.code, released.err
    assert 0 == erased.code, erased.err
    release, erasure = lines()
    assert ("cli", "quarantine.release", "2", "default") == release[:4]
    assert ("cli", "records.erase", 1) == (erasure[0], erasure[1], erasure[4]["sessions"])
