"""`afterchat endpoints add-key` and `retire-key`: a secret is changed without a gap, planned or in a hurry."""

from __future__ import annotations

from hashlib import sha256

import pytest

from outbox_scenes import SECRET, in_store, stock

HOUR_MS = 3_600_000


@pytest.fixture
def sending(store_url):
    stock(store_url)
    return store_url


@pytest.fixture
def endpoints(afterchat, sending):
    """Call `afterchat endpoints ...` on the store."""
    return lambda *arguments, **given: afterchat("endpoints", *arguments, "--store", sending, **given)


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(SECRET + b"\n")
    return file


def keys(url, tenant="default"):
    async def read(store):
        return (await store.endpoints.endpoints(tenant))[0].keys

    return in_store(url, read)


def test_a_new_key_is_shown_once_and_limits_the_older_one(endpoints, sending):
    made = endpoints("add-key", "2", "--after", "1h", "--overlap", "2h", "--json").document
    old, new = keys(sending)

    assert ("key_default", made["key"], made["secret"].encode()) == (old.id, new.id, new.secret)
    assert (new.not_before + 2 * HOUR_MS, None) == (old.not_after, new.not_after)
    assert made["secret"] not in endpoints("show", "2").out


def test_a_third_key_in_force_is_refused_and_changes_nothing(endpoints, sending):
    endpoints("add-key", "2", "--overlap", "1h")
    before = keys(sending)

    english, chinese = (endpoints("add-key", "2", "--overlap", "7d", "--lang", language) for language in ("en", "zh"))
    assert (4, 4) == (english.code, chinese.code)
    assert chinese.err.startswith("需要处理")
    assert before == keys(sending)


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (("--secret-file",), "this very secret", "已有相同的密钥"),
        (("--overlap", "8d"), "beyond 7d", "超过 7d"),
        (("--after", "31d"), "within 30d", "30d 内生效"),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_readers_language(
    endpoints, sending, secret_file, arguments, english, chinese
):
    given = (*arguments, secret_file) if arguments == ("--secret-file",) else arguments
    calls = [endpoints("add-key", "2", *given, "--lang", language) for language in ("en", "zh")]

    assert [4, 4] == [call.code for call in calls]
    assert [True, True] == [said in call.err for said, call in zip((english, chinese), calls, strict=True)]
    assert 1 == len(keys(sending))


def test_every_key_is_shown_with_its_limits_and_never_with_its_secret(endpoints, sending):
    made = endpoints("add-key", "2", "--json").document
    old, new = endpoints("show", "2", "--json").document["keys"]

    assert (["key_default", made["key"]], [sha256(SECRET).hexdigest()[:8], made["fingerprint"]]) == (
        [old["id"], new["id"]],
        [old["fingerprint"], new["fingerprint"]],
    )
    assert [key.not_after for key in keys(sending)] == [old["not_after"], new["not_after"]]
    for language in ("en", "zh"):
        out = endpoints("show", "2", "--lang", language, COLUMNS="80").out
        assert all(word in out for word in ("key_default", made["key"], made["fingerprint"]))
        assert not any(secret in out for secret in (SECRET.decode(), made["secret"]))


def test_a_leaked_secret_is_replaced_at_once_even_during_an_overlap(endpoints, sending):
    leaked = endpoints("add-key", "2", "--json").document["key"]
    assert 4 == endpoints("add-key", "2", "--overlap", "0s").code

    assert 0 == endpoints("retire-key", "2", leaked).code
    fresh = endpoints("add-key", "2", "--overlap", "0s", "--json").document["key"]
    assert {"key_default": "retired", leaked: "retired", fresh: "in force"} == {
        key["id"]: key["state"] for key in endpoints("show", "2", "--json").document["keys"]
    }


def test_a_key_ends_after_the_span_that_is_asked_for(endpoints, sending):
    endpoints("add-key", "2", "--overlap", "7d")
    new = keys(sending)[1]
    call = endpoints("retire-key", "2", "key_default", "--after", "1h", "--lang", "zh")
    old = keys(sending)[0]

    assert (0, True) == (call.code, "密钥 key_default 将于" in call.err)
    assert 0 <= old.not_after - new.not_before - HOUR_MS < 10 * 60_000
    assert new == keys(sending)[1]


def test_ending_a_key_never_lengthens_its_life(endpoints, sending):
    endpoints("add-key", "2", "--overlap", "1h")
    before = keys(sending)

    assert 0 == endpoints("retire-key", "2", "key_default", "--after", "7d").code
    assert before == keys(sending)


def test_a_key_that_has_not_begun_never_does(endpoints, sending):
    planned = endpoints("add-key", "2", "--after", "1h", "--json").document["key"]

    assert 0 == endpoints("retire-key", "2", planned).code
    assert "retired" == endpoints("show", "2", "--json").document["keys"][1]["state"]


@pytest.mark.parametrize("is_another_planned", [False, True])
def test_the_last_key_in_force_is_ended_by_force_only(endpoints, sending, is_another_planned):
    """One that has not begun signs nothing yet."""
    if is_another_planned:
        endpoints("add-key", "2", "--after", "1h")
    before = keys(sending)
    english, chinese = (endpoints("retire-key", "2", "key_default", "--lang", language) for language in ("en", "zh"))

    assert (4, 4, before) == (english.code, chinese.code, keys(sending))
    assert "nothing can be signed" in english.err
    assert "无法签名" in chinese.err
    assert 0 == endpoints("retire-key", "2", "key_default", "--force").code
    assert "retired" == endpoints("show", "2", "--json").document["keys"][0]["state"]


def test_a_key_that_the_endpoint_does_not_have_ends_in_1_and_says_where_to_look(endpoints, sending):
    english, chinese = (endpoints("retire-key", "2", "key_acme", "--lang", language) for language in ("en", "zh"))

    assert (1, 1) == (english.code, chinese.code)
    assert "afterchat endpoints show" in english.err
    assert "没有密钥 'key_acme'" in chinese.err
    assert None is keys(sending, "acme")[0].not_after
