"""Tokens that hand in events: for one tenant, shown once, and never more than they are for."""

from __future__ import annotations

import pytest

from outbox_scenes import in_store


@pytest.fixture
def tokens(afterchat, store_url):
    return lambda *arguments: afterchat("tokens", *arguments, "--store", store_url)


def test_a_token_that_sends_is_for_one_tenant(tokens):
    english, chinese = (
        tokens("add", "--scope", "send", "--all-tenants", "--lang", language) for language in ("en", "zh")
    )

    assert (2, 2, "") == (english.code, chinese.code, english.out)
    assert "for one tenant" in english.err
    assert "只能属于一个租户" in chinese.err
    assert [] == tokens("list", "--json").rows


def test_what_a_token_may_is_listed_and_the_token_is_not(tokens):
    made = tokens("add", "--scope", "send", "--tenant", "default", "--json").document
    call = tokens("list", "--json")

    assert [(made["id"], "default", "send", "valid")] == [
        tuple(row[key] for key in ("id", "tenant", "scope", "state")) for row in call.rows
    ]
    assert made["token"] not in call.out + tokens("list").out


def test_a_token_reads_unless_it_is_said_to_send(tokens):
    assert "read" == tokens("add", "--tenant", "default", "--json").document["scope"]


def test_a_scope_that_nobody_knows_is_a_usage_error(tokens):
    assert 2 == tokens("add", "--tenant", "default", "--scope", "write").code


def test_making_and_revoking_stand_in_the_audit(tokens, store_url):
    made = tokens("add", "--tenant", "default", "--json").document
    tokens("revoke", made["id"])
    rows = in_store(store_url, lambda store: store.people.notes(None, None, 9))

    assert [("cli", "token.revoke", made["id"]), ("cli", "token.add", made["id"])] == [
        (row.note.who, row.note.what, row.note.object) for row in rows
    ]
