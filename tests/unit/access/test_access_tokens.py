"""Managing API tokens: shown once, kept as a hash, each change with its line, and never those of another tenant."""

from __future__ import annotations

from hashlib import sha256

import pytest

from afterchat.access.audit import Actor
from afterchat.access.errors import AccountError
from afterchat.access.tokens import Tokens
from afterchat.errors import NotFoundError

_DAY_MS = 86_400_000


@pytest.fixture
def tokens_of(house):
    """The tokens as somebody of that tenant manages them."""
    return lambda tenant: Tokens(house.store.registry, house.store.people, house.clock, Actor("usr_1", tenant))


def test_a_token_is_given_once_and_kept_as_a_hash(house, tokens_of):
    made = house.call(tokens_of(None).add("acme", "read", _DAY_MS))

    assert house.call(house.store.registry.tokens()) == ((made.token, sha256(made.text.encode()).digest()),)
    assert (made.text[:4], len(made.text)) == ("act_", 47)
    assert made.token.expires_at == house.clock.now_ms() + _DAY_MS
    assert made.text not in repr(made)


def test_making_and_revoking_leave_lines_that_name_the_token_by_its_id(house, tokens_of):
    token = house.call(tokens_of("acme").add("acme", "operate", None)).token
    house.call(tokens_of("acme").revoke(token.id))

    notes = [row.note for row in house.call(house.store.people.notes("acme", None, 9))]
    assert [(note.what, note.who, note.object) for note in notes] == [
        ("token.revoke", "usr_1", token.id),
        ("token.add", "usr_1", token.id),
    ]
    assert house.call(tokens_of(None).tokens()) == ()


@pytest.mark.parametrize("tenant", ["other", None])
def test_tokens_of_others_are_not_there(house, tokens_of, tenant):
    theirs = house.call(tokens_of(None).add(tenant, "read", None)).token

    with pytest.raises(NotFoundError, match=theirs.id):
        house.call(tokens_of("acme").revoke(theirs.id))
    assert house.call(tokens_of("acme").tokens()) == ()
    assert house.call(tokens_of(None).tokens()) == (theirs,)


@pytest.mark.parametrize(
    ("whose", "tenant", "scope"),
    [("acme", "other", "read"), ("acme", None, "read"), (None, None, "send"), (None, "acme", "write")],
)
def test_a_token_that_cannot_be_is_refused_in_both_languages(house, tokens_of, whose, tenant, scope):
    with pytest.raises(AccountError) as refused:
        house.call(tokens_of(whose).add(tenant, scope, None))

    assert refused.value.zh
    assert refused.value.en
    assert house.call(house.store.registry.tokens()) == ()
    assert house.call(house.store.people.notes(None, None, 9)) == []
