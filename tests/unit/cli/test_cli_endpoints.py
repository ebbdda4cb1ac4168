"""`afterchat endpoints`: made, changed, held and forgotten from the command line; secrets are shown once or never."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from afterchat.store.sending import EndpointHealth
from outbox_scenes import HEADER_VALUE, NOW, SECRET, in_store, stock

URL = "https://crm.example.com/push"
OTHER = b"0ddba11c0ffee0badc0de9f15ca1ab1e"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def sending(store_url):
    stock(store_url)
    return store_url


@pytest.fixture
def endpoints(afterchat, store_url):
    """Call `afterchat endpoints ...` on the store."""
    return lambda *arguments, **given: afterchat("endpoints", *arguments, "--store", store_url, **given)


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(SECRET + b"\n")
    return file


def stored(url, name="crm", tenant="default"):
    async def read(store):
        return next(one for one in await store.endpoints.endpoints(tenant) if one.name == name)

    return in_store(url, read)


def test_an_endpoint_is_made_with_a_secret_of_its_own_that_is_shown_once(endpoints, store_url):
    made = endpoints("add", "crm", URL, "--json").document

    assert len(bytes.fromhex(made["secret"])) == 32
    assert made["secret"].encode() == stored(store_url).keys[0].secret
    for command in (("list",), ("show", "crm"), ("list", "--json"), ("show", "crm", "--json")):
        call = endpoints(*command)
        assert (0, False) == (call.code, made["secret"] in call.out + call.err), command


def test_a_secret_that_both_sides_know_already_is_never_shown(endpoints, store_url, secret_file):
    call = endpoints("add", "crm", URL, "--secret-file", secret_file)

    assert (0, False) == (call.code, SECRET.decode() in call.out + call.err)
    assert SECRET == stored(store_url).keys[0].secret


@pytest.mark.parametrize("secret", [b"xy-7!", b"a" * 40, b"passwordpassword1"])
def test_a_weak_secret_makes_no_endpoint(endpoints, store_url, tmp_path, secret):
    file = tmp_path / "weak"
    file.write_bytes(secret)

    english, chinese = (endpoints("add", "crm", URL, "--secret-file", file, "--lang", lang) for lang in ("en", "zh"))
    assert (4, 4) == (english.code, chinese.code)
    assert secret.decode() not in english.err
    assert "the secret is weak" in english.err
    assert "密钥过弱" in chinese.err


def test_an_endpoint_is_never_there_without_a_key(endpoints, store_url, monkeypatch):
    """A sender that looks between two commits would fail to sign."""
    monkeypatch.setattr("afterchat.store.sql.endpoints.SqlEndpoints.put_endpoint_key", None)

    assert 0 == endpoints("add", "crm", URL).code
    assert 1 == len(stored(store_url).keys)


def test_what_is_not_given_has_its_default(endpoints, store_url):
    endpoints("add", "crm", URL)
    made = stored(store_url)

    assert (("DATA_ONLINE_SESSION_END",), "both", "empty_or_braces") == (
        made.event_types,
        made.signature_mode,
        made.success,
    )
    assert (0, 8, (), False) == (made.rate_per_second_max, made.concurrency_max, made.headers, made.is_paused)
    assert made.schedule_seconds[:3] == (5, 30, 120)


def test_everything_can_be_chosen_when_it_is_made(endpoints, store_url, tmp_path):
    headers = tmp_path / "headers"
    headers.write_text(f"Authorization: {HEADER_VALUE}\n\n", "utf-8")
    chosen = endpoints(
        *("add", "crm", URL, "--event-type", "SESSION_START", "--event-type", "DATA_ONLINE_SESSION_END"),
        *("--signature-mode", "hmac_only", "--success", "any_2xx", "--schedule", "5s, 2m,1h", "--rate", 7),
        *("--concurrency", 3, "--header", "X-Team: crm", "--header-file", headers, "--paused"),
    )
    made = stored(store_url)

    assert 0 == chosen.code
    assert ("SESSION_START", "DATA_ONLINE_SESSION_END") == made.event_types
    assert ("hmac_only", "any_2xx", (5, 120, 3600)) == (made.signature_mode, made.success, made.schedule_seconds)
    assert (7, 3, True) == (made.rate_per_second_max, made.concurrency_max, made.is_paused)
    assert (("X-Team", "crm"), ("Authorization", HEADER_VALUE)) == made.headers


def test_values_of_headers_are_shown_nowhere(endpoints, sending):
    for command in (("list",), ("show", "2"), ("list", "--json"), ("show", "2", "--json")):
        call = endpoints(*command)
        assert HEADER_VALUE not in call.out + call.err, command
    assert ["Authorization"] == endpoints("show", "2", "--json").document["header_names"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("Upper", URL), 2, "a-z"),
        (("7", URL), 2, "number"),
        (("crm", URL, "--event-type", "SESSION_PAUSED"), 2, "SESSION_PAUSED is never sent"),
        (("crm", URL, "--schedule", "5s,soon"), 2, "24h"),
        (("crm", URL, "--schedule", ",".join(["1s"] * 51)), 2, "50"),
        (("crm", URL, "--concurrency", 0), 2, "--concurrency"),
        (("crm", URL, "--header", "no colon"), 2, "Name: value"),
        (("crm", URL, "--header", "Bad Name: x"), 2, "Bad Name"),
        (("crm", "http://crm.example.com/"), 1, "allow_http_endpoints"),
        (("crm", "https://10.1.2.3/push"), 1, "allowed_targets"),
        (("crm", "https://crm.example.com:22/"), 1, "target_ports"),
        (("crm", "nonsense"), 1, "https://"),
        (("crm", "nonsense", "--unchecked"), 1, "https://"),
        (("crm", "ftp://crm.example.com/", "--unchecked"), 1, "https://"),
        (("crm", "", "--unchecked"), 1, "https://"),
        (("crm", "https://user:word@crm.example.com/", "--unchecked"), 1, "without a user"),
        (("crm", "https://crm.example.com:99999/", "--unchecked"), 1, "no port 99999"),
        (("crm", "http://2130706433/", "--unchecked"), 1, "a number"),
        (("crm", URL + "?checksum=0"), 1, "signed afresh"),
        (("crm", URL + "?a=1&time=5", "--unchecked"), 1, "signed afresh"),
        (("crm", URL + "?event%54ype=X"), 1, "signed afresh"),
        (("crm", URL, "--tenant", "nobody"), 1, "nobody"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy_and_makes_nothing(endpoints, store_url, arguments, code, said):
    endpoints("add", "other", URL)
    call = endpoints("add", *arguments)

    assert (code, "") == (call.code, call.out)
    assert said in call.err
    assert ["other"] == [row["name"] for row in endpoints("list", "--json").rows]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("crm", "nonsense", "--unchecked"), "无法完成: URL 应以 https://"),
        (("crm", URL + "?checksum=0"), "每次推送都会重新签名"),
        (("crm", URL, "--tenant", "nobody"), "没有租户 'nobody'"),
        (("other", URL), "无法完成: "),
    ],
)
def test_what_cannot_be_is_refused_in_chinese_too(endpoints, arguments, said):
    """What the store says stays English behind Chinese words for who must act."""
    endpoints("add", "other", URL)
    call = endpoints("add", *arguments, "--lang", "zh")

    assert (1, True) == (call.code, said in call.err)


def test_the_value_of_a_header_that_cannot_be_sent_is_not_shown(endpoints):
    call = endpoints("add", "crm", URL, "--header", "Bad Name: the-secret-value")

    assert (2, False) == (call.code, "the-secret-value" in call.err)


def test_a_url_that_only_the_sender_may_judge_is_taken_unchecked(endpoints, store_url):
    assert 0 == endpoints("add", "crm", "http://10.1.2.3/push", "--unchecked").code
    assert "http://10.1.2.3/push" == stored(store_url).url
    assert 0 == endpoints("change", "crm", "--url", "http://queue.internal:9000/?a=time", "--unchecked").code
    assert "http://queue.internal:9000/?a=time" == stored(store_url).url


def test_what_the_settings_open_may_be_written(endpoints, store_url):
    allowed = {"AFTERCHAT_ALLOWED_TARGETS": "10.1.0.0/16", "AFTERCHAT_ALLOW_HTTP_ENDPOINTS": "yes"}

    assert 0 == endpoints("add", "crm", "http://10.1.2.3:80/push", **allowed).code
    assert 1 == endpoints("add", "erp", "http://10.2.2.3:80/push", **allowed).code


def test_a_change_changes_what_is_given_and_nothing_else(endpoints, sending):
    before = stored(sending)
    call = endpoints("change", "crm", "--tenant", "default", "--rate", 5, "--name", "erp")

    assert 0 == call.code
    assert before._replace(rate_per_second_max=5, name="erp") == stored(sending, "erp")


def test_headers_are_replaced_as_a_whole_or_taken_away(endpoints, sending):
    endpoints("change", "2", "--header", "X-Team: crm")
    assert (("X-Team", "crm"),) == stored(sending).headers
    endpoints("change", "2", "--no-headers")
    assert () == stored(sending).headers


def test_a_change_of_the_url_is_judged_as_a_new_one_is(endpoints, sending):
    assert 1 == endpoints("change", "2", "--url", "https://127.0.0.1/").code
    assert URL == stored(sending).url


def test_a_name_of_two_tenants_needs_the_tenant(endpoints, sending):
    call = endpoints("show", "crm")

    assert (1, True) == (call.code, "acme, default" in call.err)
    assert "acme" == endpoints("show", "crm", "--tenant", "acme", "--json").document["tenant"]


def test_an_endpoint_of_another_tenant_is_not_there(endpoints, sending):
    assert 1 == endpoints("show", "2", "--tenant", "acme").code
    assert 1 == endpoints("pause", "2", "--tenant", "acme").code
    assert not stored(sending).is_paused


@pytest.mark.parametrize("command", ["show", "pause", "resume", "delete", "change", "add-key", "retire-key", "test"])
def test_an_unknown_endpoint_ends_in_1_and_says_where_to_look(endpoints, sending, command):
    arguments = (command, "nobody", *(["key_acme"] if command == "retire-key" else []))
    english, chinese = endpoints(*arguments), endpoints(*arguments, "--lang", "zh")

    assert (1, "", 1) == (english.code, english.out, chinese.code)
    assert "afterchat endpoints list" in english.err
    assert chinese.err.startswith("无法完成: 没有推送地址 'nobody'")


def test_the_list_is_clean_json_with_how_each_does(endpoints, sending):
    acme, default = endpoints("list", "--json").rows

    assert ("1", "acme", "crm", 2, 1, 1) == (
        *(acme[key] for key in ("id", "tenant", "name")),
        *(acme[key] for key in ("open", "delivered", "dead")),
    )
    assert (0, 1, 0) == (default["open"], default["delivered"], default["dead"])
    assert ["acme"] == [row["tenant"] for row in endpoints("list", "--tenant", "acme", "--json").rows]


def test_a_detail_says_each_thing_once(endpoints, sending):
    document = endpoints("show", "1", "--json").document

    assert {"failing_since", "failures_in_a_row", "open_until", "disabled_at"} <= set(document)
    assert "health" not in document
    assert [
        {"id": "key_acme", "state": "in force", "not_before": 0, "not_after": None}
        | {"secret_bytes": len(SECRET), "fingerprint": sha256(SECRET).hexdigest()[:8]}
    ] == document["keys"]


@pytest.mark.parametrize("command", [("list",), ("show", "1")])
def test_people_read_it_in_their_language(endpoints, sending, command):
    english, chinese = endpoints(*command), endpoints(*command, "--lang", "zh")

    assert (0, 0) == (english.code, chinese.code)
    assert not CHINESE.search(english.out)
    assert "投递中" in chinese.out


def test_before_a_sender_ever_ran_there_is_nothing_to_count(endpoints, store_url):
    endpoints("add", "crm", URL)
    [row] = endpoints("list", "--json").rows

    assert ("sending", 0, 0, 0) == (row["state"], row["open"], row["delivered"], row["dead"])


def test_without_an_endpoint_people_are_told_that_nothing_is_sent(afterchat, sending, endpoints):
    for number in ("1", "2"):
        endpoints("delete", number, "--force")

    assert ("", "没有推送地址：不会向任何地方推送。\n") == (
        (call := endpoints("list", "--lang", "zh")).out,
        call.err,
    )


def test_a_paused_endpoint_says_so_until_it_is_resumed(endpoints, sending):
    endpoints("pause", "1")
    assert "paused" == endpoints("show", "1", "--json").document["state"]
    resumed_before = stored(sending, tenant="acme").resumed_at

    endpoints("resume", "1")
    assert "sending" == endpoints("show", "1", "--json").document["state"]
    assert stored(sending, tenant="acme").resumed_at > resumed_before


def test_what_the_relay_gave_up_is_resumed_by_resume_and_not_by_pause(endpoints, sending):
    async def give_up(store):
        await store.outbox.settle([], [EndpointHealth(1, NOW, 9, NOW, None)], NOW)

    in_store(sending, give_up, "sender")
    assert "disabled" == endpoints("show", "1", "--json").document["state"]
    endpoints("pause", "1")
    assert "paused" == endpoints("show", "1", "--json").document["state"]
    endpoints("resume", "1")
    assert "failing" == endpoints("show", "1", "--json").document["state"]


def test_two_changes_at_one_time_undo_nothing_of_each_other(endpoints, sending, monkeypatch):
    """Another person changes it after this command looked it up."""
    from afterchat.store.sql.endpoints import SqlEndpoints

    looked_up = SqlEndpoints.endpoints

    async def changed_meanwhile(self, tenant):
        found = await looked_up(self, tenant)
        if self._writer is not None:
            await self.change_endpoint(2, {"concurrency_max": 77})
        return found

    monkeypatch.setattr(SqlEndpoints, "endpoints", changed_meanwhile)
    for arguments in (("change", "2", "--rate", 5), ("pause", "2"), ("resume", "2")):
        in_store(sending, lambda store: store.endpoints.change_endpoint(2, {"concurrency_max": 1}), "registry")
        assert 0 == endpoints(*arguments).code
    monkeypatch.undo()
    assert (77, 5, False) == (
        stored(sending).concurrency_max,
        stored(sending).rate_per_second_max,
        stored(sending).is_paused,
    )


@pytest.fixture
def troubled(sending):
    """The first one is held, the second given up; another moment for a hold may be given."""

    def fail(open_until=2**53):
        async def settle(store):
            held, lost = EndpointHealth(1, NOW, 9, None, open_until), EndpointHealth(2, NOW, 99, NOW, None)
            await store.outbox.settle([], [held, lost], NOW)

        in_store(sending, settle, "sender")

    fail()
    return fail


@pytest.mark.parametrize(
    ("language", "held", "lost"),
    [
        ("en", "9 in a row, held until", "given up at"),
        ("zh", "连续 9 次，暂停投递至", "停用，自"),
    ],
)
def test_the_list_says_since_when_one_fails_and_until_when_it_is_held(endpoints, troubled, language, held, lost):
    out = endpoints("list", "--lang", language, COLUMNS="80").out

    assert all(said in out for said in (held, lost))
    troubled(open_until=NOW)
    ended = endpoints("list", "--lang", language).out
    assert held.partition(", " if language == "en" else "，")[0] in ended
    assert held not in ended


def test_json_says_how_an_endpoint_does_in_numbers_alone(endpoints, troubled):
    held, lost = endpoints("list", "--json").rows

    assert (NOW, 9, 2**53, None) == tuple(
        held[key] for key in ("failing_since", "failures_in_a_row", "open_until", "disabled_at")
    )
    assert (NOW, {"trouble"} & {*held}) == (lost["disabled_at"], set())


def test_an_endpoint_with_something_to_deliver_is_deleted_by_force_only(endpoints, sending):
    english, chinese = endpoints("delete", "1"), endpoints("delete", "1", "--lang", "zh")
    assert (1, 1) == (english.code, chinese.code)
    assert "2 entries" in english.err
    assert "2 个条目" in chinese.err

    assert 0 == endpoints("delete", "1", "--force").code
    assert ["2"] == [row["id"] for row in endpoints("list", "--json").rows]
