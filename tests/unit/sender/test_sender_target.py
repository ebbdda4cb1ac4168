"""URLs: read in their normal form, refused with a remedy; numbers and private names never reach a resolver."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.sender.addresses import AddressRules, Allowed, Fault
from afterchat.sender.target import Origin, normal_host, read_allowed, read_url
from afterchat.sender.transport import FAILURES
from targets import FORBIDDEN_URLS, PORT

RULES = AddressRules()
OPEN = AddressRules(is_http_allowed=True)

ALLOWED_URLS = (
    ("https://example.com", "example.com", 443, "/"),
    ("HTTPS://EXAMPLE.COM/Push", "example.com", 443, "/Push"),
    ("https://example.com./push", "example.com", 443, "/push"),
    ("https://example.com:8443/push?a=1&b=2", "example.com", 8443, "/push?a=1&b=2"),
    ("https://example.com?a=1", "example.com", 443, "/?a=1"),
    ("https://example.com/a#part", "example.com", 443, "/a"),
    ("https://例え.テスト/", "xn--r8jz45g.xn--zckzah", 443, "/"),
    ("https://xn--fiqs8s.cn/", "xn--fiqs8s.cn", 443, "/"),
    ("https://中国。cn/", "xn--fiqs8s.cn", 443, "/"),
    ("https://ｅｘａｍｐｌｅ.com/", "example.com", 443, "/"),
    ("https://bücher.example.com/", "xn--bcher-kva.example.com", 443, "/"),
    ("https://example.com/推送?名=值", "example.com", 443, "/%E6%8E%A8%E9%80%81?%E5%90%8D=%E5%80%BC"),
    ("https://my_service.example.com/a%2Fb", "my_service.example.com", 443, "/a%2Fb"),
    ("https://127.0.0.1.nip.example.com/", "127.0.0.1.nip.example.com", 443, "/"),
    ("https://1and1.com/@user", "1and1.com", 443, "/@user"),
    ("https://example.com:443/a?b=c?d/e@f", "example.com", 443, "/a?b=c?d/e@f"),
)


@pytest.mark.parametrize("url", FORBIDDEN_URLS, ids=ascii)
def test_forbidden_urls_are_refused_by_themselves(url):
    fault = read_url(url.replace(PORT, "8080"), OPEN)

    assert isinstance(fault, Fault)
    assert fault.kind in FAILURES
    assert fault.en
    assert fault.zh


@pytest.mark.parametrize(("url", "host", "port", "target"), ALLOWED_URLS, ids=[one[0] for one in ALLOWED_URLS])
def test_good_urls_are_read_in_their_normal_form(url, host, port, target):
    assert read_url(url, RULES) == (Origin("https", host, port, is_address=False), target)


def test_http_needs_the_flag():
    refused = read_url("http://example.com/", RULES)

    assert isinstance(refused, Fault)
    assert refused.kind == "bad_url"
    assert read_url("http://example.com/", OPEN) == (Origin("http", "example.com", 80, is_address=False), "/")


def test_an_allowed_name_may_be_private_and_use_any_port():
    rules = AddressRules(allowed=Allowed(hosts=frozenset({"intranet"})))

    assert read_url("https://Intranet.:9000/", rules) == (Origin("https", "intranet", 9000, is_address=False), "/")
    assert isinstance(read_url("https://intranet2:9000/", rules), Fault)


@pytest.mark.parametrize(
    ("url", "host", "authority"),
    [
        ("http://127.0.0.1:9000/", "127.0.0.1", "127.0.0.1:9000"),
        ("http://[::1]:9000/", "::1", "[::1]:9000"),
        ("http://[0:0::1]/", "::1", "[::1]"),
        ("http://10.0.0.7/", "10.0.0.7", "10.0.0.7"),
    ],
)
def test_a_plain_address_passes_where_its_network_is_allowed(url, host, authority):
    allowed = read_allowed(["127.0.0.0/8", "::1", "10.0.0.7"])
    found = read_url(url, AddressRules(is_http_allowed=True, allowed=allowed))

    assert (found[0].host, found[0].is_address, found[0].authority) == (host, True, authority)


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "0", "127.0.0.1.1"])
def test_other_notations_of_an_allowed_address_stay_refused(host):
    allowed = read_allowed(["0.0.0.0/0"])

    assert isinstance(read_url(f"https://{host}/", AddressRules(allowed=allowed)), Fault)


def test_an_allow_list_is_read_as_operators_write_it():
    allowed = read_allowed(["10.1.0.0/16", " 127.0.0.1", "::1", "Intranet", "中国.cn"])

    assert allowed == Allowed(
        read_allowed(["10.1.0.0/16", "127.0.0.1/32", "::1/128"]).networks, frozenset({"intranet", "xn--fiqs8s.cn"})
    )


@pytest.mark.parametrize("entry", ["", "10.1.2.3/16", "127.1", "0x7f", "a b", "https://a.com", "*.a.com", "a.com:80"])
def test_an_allow_list_that_cannot_be_meant_is_a_fault(entry):
    fault = read_allowed(["10.0.0.0/8", entry])

    assert isinstance(fault, Fault)
    assert repr(entry) in fault.en


@given(st.text(max_size=30))
def test_a_host_in_normal_form_stays_as_it_is(text):
    host = normal_host(text)
    if not isinstance(host, Fault):
        assert normal_host(host) == host


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "https://a.com/", "https://a.com:"]))
def test_any_text_gives_an_origin_or_a_fault(text, beginning):
    found = read_url(beginning + text, OPEN)
    if not isinstance(found, Fault):
        origin, target = found
        assert origin.host.isascii()
        assert target.isascii()
        assert target.isprintable()
        assert " " not in target
