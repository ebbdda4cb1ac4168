"""Which secrets are in force at which moment."""

from __future__ import annotations

from afterchat.receiver.rings import DEFAULT_TENANT, rings_in_force, with_environment_secret
from afterchat.store.ports import Key, Tenant

OLD = Key("old", b"old-secret-of-sixteen", 0, 2000)
NEW = Key("new", b"new-secret-of-sixteen", 1000, None)
TENANT = Tenant("t", "both", (OLD, NEW))


def ids_at(now_ms):
    return rings_in_force([TENANT], now_ms)[b"t"].key_ids


def test_during_a_rotation_first_the_old_then_both_then_the_new_key_is_in_force():
    assert [("old",), ("old",), ("old", "new"), ("old", "new"), ("new",), ("new",)] == [
        ids_at(0),
        ids_at(999),
        ids_at(1000),
        ids_at(1999),
        ids_at(2000),
        ids_at(10**15),
    ]


def test_what_is_not_in_force_is_kept_for_the_diagnosis():
    assert (b"old-secret-of-sixteen",) == rings_in_force([TENANT], 3000)[b"t"].retired_secrets


def test_the_secret_of_the_environment_joins_the_default_tenants_keys():
    rings = rings_in_force(with_environment_secret([TENANT], "from-the-environment"), 0)

    assert (b"from-the-environment",) == rings[DEFAULT_TENANT.encode()].secrets
    assert ("old",) == rings[b"t"].key_ids


def test_without_any_secret_the_default_tenant_exists_and_refuses():
    assert () == rings_in_force(with_environment_secret([], ""), 0)[DEFAULT_TENANT.encode()].secrets
