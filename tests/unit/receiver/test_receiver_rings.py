"""Which secrets are in force at which moment."""

from __future__ import annotations

from afterchat.contract.push import DEFAULT_TENANT
from afterchat.receiver.rings import Ring, rings_in_force, with_environment_secret
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


def test_a_ring_pairs_each_key_id_with_its_secret_and_its_webhook_key():
    encoded = Key("encoded", b"whsec_a2V5", 0, None)
    tenant = Tenant("t", "hmac_only", (NEW, encoded, OLD))

    assert {
        b"t": Ring(
            tenant="t",
            signature_mode="hmac_only",
            key_ids=("new", "encoded"),
            secrets=(NEW.secret, b"whsec_a2V5"),
            webhook_keys=(NEW.secret, b"key"),
            retired_secrets=(OLD.secret,),
        )
    } == rings_in_force([tenant], 5000)


def test_a_key_that_is_not_yet_in_force_is_told_apart_for_the_diagnosis():
    assert (NEW.secret,) == rings_in_force([TENANT], 0)[b"t"].retired_secrets


def test_the_default_tenant_is_made_when_nobody_registered_it_and_takes_both_schemes():
    made = Tenant("default", "both", (Key("environment", b"secret", 0, None),))

    assert (TENANT, made) == with_environment_secret([TENANT], "secret")


def test_a_registered_default_tenant_keeps_its_mode_and_keys_behind_that_of_the_environment():
    registered = Tenant("default", "hmac_only", (OLD,))
    with_secret = registered._replace(keys=(Key("environment", b"secret", 0, None), OLD))

    assert (with_secret, TENANT) == with_environment_secret([registered, TENANT], "secret")
    assert (registered, TENANT) == with_environment_secret([registered, TENANT], "")


def test_a_tenant_is_found_by_the_bytes_of_its_name():
    assert [("客户".encode(), "客户")] == [
        (name, ring.tenant) for name, ring in rings_in_force([Tenant("客户", "both", ())], 0).items()
    ]
