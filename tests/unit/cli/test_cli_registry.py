"""Tenants, keys and tokens from the command line."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.cli.strength import weakness
from afterchat.store.open import open_store

SECRET = "3f2a9c7e51d84b60a1c9e7f203b586d4"
OTHER = "b586d43f2a9c7e51d84b60a1c9e7f203"
DAY_MS = 86_400_000


def stored(url, what):
    async def read():
        store = await open_store(url, frozenset())
        try:
            return await getattr(store.registry, what)()
        finally:
            await store.close()

    return asyncio.run(read())


@pytest.fixture
def tenant(afterchat, store_url):
    assert afterchat("tenants", "add", "acme", "--store", store_url).code == 0
    return "acme"


def add_key(afterchat, url, secret, *arguments):
    return afterchat("keys", "add", "acme", "--store", url, *arguments, stdin=secret)


def test_a_tenant_is_added_changed_and_listed(afterchat, store_url, tenant):
    assert afterchat("tenants", "set", tenant, "--signature-mode", "hmac_only", "--store", store_url).code == 0
    rows = afterchat("tenants", "list", "--store", store_url, "--json").rows
    assert {"name": "acme", "signature_mode": "hmac_only", "keys_in_force": 0, "keys": 0, "path": "/push/acme"} in rows


def test_a_tenant_is_not_added_twice(afterchat, store_url, tenant):
    assert afterchat("tenants", "add", tenant, "--store", store_url).code == 1


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "a b", "中", "a" * 64, "-a"])
def test_a_name_that_cannot_stand_in_a_path_is_refused(afterchat, store_url, name):
    assert afterchat("tenants", "add", "--store", store_url, "--", name).code == 2


def test_an_unknown_tenant_ends_in_1(afterchat, store_url, tenant):
    assert afterchat("tenants", "set", "other", "--signature-mode", "both", "--store", store_url).code == 1
    assert afterchat("keys", "add", "other", "--generate", "--store", store_url).code == 1
    assert afterchat("tokens", "add", "--tenant", "other", "--store", store_url).code == 1


def test_a_generated_secret_is_shown_once_and_never_again(afterchat, store_url, tenant):
    made = afterchat("keys", "add", tenant, "--generate", "--store", store_url, "--json").document
    assert len(bytes.fromhex(made["secret"])) == 32
    listed = afterchat("keys", "list", "--store", store_url)
    assert made["secret"] not in listed.out + listed.err
    assert made["fingerprint"] in listed.out
    (acme,) = [one for one in stored(store_url, "tenants") if one.name == tenant]
    assert acme.keys[0].secret == made["secret"].encode()


def test_a_given_secret_is_never_shown(afterchat, store_url, tenant):
    call = add_key(afterchat, store_url, SECRET + "\n")
    assert (call.code, SECRET in call.out + call.err) == (0, False)


def test_the_default_tenant_needs_no_adding(afterchat, store_url):
    assert afterchat("keys", "add", "default", "--store", store_url, stdin=SECRET).code == 0


@pytest.mark.parametrize(("overlap", "expected_ms"), [(None, DAY_MS), ("2h", DAY_MS // 12), ("7d", 7 * DAY_MS)])
def test_a_new_key_retires_the_older_one_after_the_overlap(afterchat, store_url, tenant, overlap, expected_ms):
    add_key(afterchat, store_url, SECRET, "--id", "old")
    add_key(afterchat, store_url, OTHER, "--id", "new", *(["--overlap", overlap] if overlap else []))
    rows = {row["id"]: row for row in afterchat("keys", "list", "--store", store_url, "--json").rows}
    assert rows["old"]["not_after"] - rows["new"]["not_before"] == expected_ms
    assert rows["new"]["not_after"] is None


def test_a_long_overlap_needs_force(afterchat, store_url, tenant):
    add_key(afterchat, store_url, SECRET)
    assert add_key(afterchat, store_url, OTHER, "--overlap", "8d").code == 4
    assert add_key(afterchat, store_url, OTHER, "--overlap", "8d", "--force").code == 0


def test_a_third_key_in_force_is_refused_and_changes_nothing(afterchat, store_url, tenant):
    add_key(afterchat, store_url, SECRET)
    add_key(afterchat, store_url, OTHER)
    before = stored(store_url, "tenants")
    assert afterchat("keys", "add", tenant, "--generate", "--store", store_url).code == 4
    assert stored(store_url, "tenants") == before


def test_the_same_secret_or_the_same_name_twice_is_refused(afterchat, store_url, tenant):
    add_key(afterchat, store_url, SECRET, "--id", "one")
    assert add_key(afterchat, store_url, SECRET).code == 4
    assert add_key(afterchat, store_url, OTHER, "--id", "one").code == 4


@pytest.mark.parametrize("secret", ["short", "a" * 40, "abcd" * 10, "passwordpassword1", " " + SECRET])
def test_a_weak_secret_is_refused_unless_insisted(afterchat, store_url, tenant, secret):
    assert add_key(afterchat, store_url, secret).code == 4
    assert add_key(afterchat, store_url, secret, "--allow-weak").code == 0


def test_no_secret_at_all_is_refused(afterchat, store_url, tenant):
    assert add_key(afterchat, store_url, "").code == 4


def test_the_last_key_is_retired_by_force_only(afterchat, store_url, tenant):
    add_key(afterchat, store_url, SECRET, "--id", "only")
    assert afterchat("keys", "retire", tenant, "only", "--store", store_url).code == 4
    assert afterchat("keys", "retire", tenant, "only", "--force", "--store", store_url).code == 0
    (row,) = afterchat("keys", "list", "--tenant", tenant, "--store", store_url, "--json").rows
    assert row["state"] == "retired"


def test_retiring_never_gives_a_key_more_time(afterchat, store_url, tenant):
    add_key(afterchat, store_url, SECRET, "--id", "old")
    add_key(afterchat, store_url, OTHER, "--id", "new")
    assert afterchat("keys", "retire", tenant, "old", "--store", store_url).code == 0
    assert afterchat("keys", "retire", tenant, "old", "--after", "7d", "--store", store_url).code == 0
    rows = {row["id"]: row for row in afterchat("keys", "list", "--store", store_url, "--json").rows}
    assert rows["old"]["state"] == "retired"


def test_an_unknown_key_ends_in_1(afterchat, store_url, tenant):
    assert afterchat("keys", "retire", tenant, "none", "--store", store_url).code == 1


def test_a_secret_is_no_argument(afterchat, store_url, tenant):
    assert afterchat("keys", "add", tenant, SECRET, "--store", store_url).code == 2


def test_the_key_of_the_environment_is_listed_with_the_others(afterchat, store_url, tenant):
    rows = afterchat("keys", "list", "--store", store_url, "--json", AFTERCHAT_SECRET=SECRET).rows
    assert [(row["tenant"], row["id"]) for row in rows] == [("default", "environment")]


def test_only_the_hash_of_a_token_is_kept(afterchat, store_url, tenant):
    made = afterchat("tokens", "add", "--tenant", tenant, "--expires", "1d", "--store", store_url, "--json").document
    ((token, digest),) = stored(store_url, "tokens")
    assert (made["token"][:4], len(made["token"])) == ("act_", 47)
    assert digest == sha256(made["token"].encode()).digest()
    assert (token.id, token.tenant, token.expires_at) == (made["id"], tenant, made["expires_at"])
    assert made["token"] not in afterchat("tokens", "list", "--store", store_url).out


def test_a_token_for_everything_must_be_asked_for(afterchat, store_url, tenant):
    assert afterchat("tokens", "add", "--store", store_url).code == 2
    assert afterchat("tokens", "add", "--tenant", tenant, "--all-tenants", "--store", store_url).code == 2
    assert afterchat("tokens", "add", "--all-tenants", "--store", store_url).code == 0


@pytest.mark.parametrize(
    ("scope", "whose"), [("operate", "--all-tenants"), ("operate", "default"), ("send", "default")]
)
def test_the_scope_is_kept_with_the_token(afterchat, store_url, scope, whose):
    named = (whose,) if whose.startswith("--") else ("--tenant", whose)

    assert (
        scope == afterchat("tokens", "add", "--scope", scope, *named, "--store", store_url, "--json").document["scope"]
    )
    assert [scope] == [token.scope for token, _ in stored(store_url, "tokens")]


@pytest.mark.parametrize("scope", ["send", "write"])
def test_a_token_of_all_tenants_cannot_send_and_a_scope_that_is_none_is_refused(afterchat, store_url, scope):
    assert 2 == afterchat("tokens", "add", "--scope", scope, "--all-tenants", "--store", store_url).code


@pytest.mark.parametrize(
    ("language", "everything", "soon"), [("en", "all tenants", "second"), ("zh", "全部租户", "秒")]
)
def test_who_makes_a_token_is_told_what_it_reads_and_that_it_works_at_once(
    afterchat, store_url, tenant, language, everything, soon
):
    call = afterchat("tokens", "add", "--all-tenants", "--store", store_url, "--lang", language)
    assert everything in call.out
    assert soon in call.err
    assert add_key(afterchat, store_url, SECRET, "--lang", language).err.count(soon) == 1


def test_scripts_are_told_nothing_beside_the_data(afterchat, store_url, tenant):
    made = afterchat("tokens", "add", "--all-tenants", "--store", store_url, "--json")
    assert (made.document["tenant"], made.err) == (None, "")
    assert add_key(afterchat, store_url, SECRET, "--json").err == ""


def test_a_key_that_was_always_in_force_has_no_beginning(afterchat, store_url, tenant):
    assert "1970" not in afterchat("keys", "list", "--store", store_url, AFTERCHAT_SECRET=SECRET).out


def test_a_revoked_token_is_gone(afterchat, store_url, tenant):
    made = afterchat("tokens", "add", "--all-tenants", "--store", store_url, "--json").document
    assert afterchat("tokens", "revoke", made["id"], "--store", store_url).code == 0
    assert stored(store_url, "tokens") == ()
    assert afterchat("tokens", "revoke", made["id"], "--store", store_url).code == 1


@given(st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_random_secrets_are_hardly_ever_weak_for_length(secret):
    why = weakness(secret.encode(), 16)
    assert why is None or "different" in why.en or "repeats" in why.en
