"""Addresses: nothing that is not public passes, in whatever wrapping; the allow-list opens what it says and no more."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.sender.addresses import AddressRules, Allowed, address_fault
from afterchat.sender.transport import FAILURES
from targets import FORBIDDEN_ANSWERS, PUBLIC_ADDRESSES

RULES = AddressRules()
HOST = "receiver.example.com"

REGISTRIES = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/31 192.0.2.0/24 192.31.196.0/24
    192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 240.0.0.0/4 255.255.255.255/32 224.0.0.0/4
    ::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32
    2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28
    2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8
"""
"""IANA's special-purpose addresses as they were published, and multicast; kept apart from the program's own table."""

SPECIAL_RANGES = tuple(map(ip_network, REGISTRIES.split()))


@pytest.mark.parametrize("answer", FORBIDDEN_ANSWERS, ids=" ".join)
def test_no_answer_with_a_forbidden_address_passes(answer):
    assert any(address_fault(address, HOST, RULES) for address in answer)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_public_addresses_pass(address):
    assert address_fault(address, HOST, RULES) is None


@given(
    st.sampled_from(SPECIAL_RANGES).flatmap(
        lambda network: st.integers(int(network.network_address), int(network.broadcast_address)).map(
            IPv4Address if isinstance(network, IPv4Network) else IPv6Address
        )
    )
)
def test_no_address_inside_any_special_range_passes(address):
    assert address_fault(str(address), HOST, RULES) is not None


@pytest.mark.parametrize("network", SPECIAL_RANGES, ids=str)
def test_the_first_and_the_last_address_of_every_special_range_are_refused(network):
    for address in (network.network_address, network.broadcast_address):
        assert address_fault(str(address), HOST, RULES) is not None


@given(st.ip_addresses(v=4).filter(lambda one: int(one) > 1 and address_fault(str(one), HOST, RULES) is not None))
def test_no_wrapping_of_a_forbidden_address_passes_even_where_the_wrapping_is_allowed(address):
    inner = int(address)  # above 1: :: and ::1 are addresses of their own, and wrap nothing
    wrappings = (
        ("::/96", inner),
        ("::ffff:0:0/96", inner),
        ("64:ff9b::/96", inner),
        ("64:ff9b:1::/48", inner),
        ("2002::/16", inner << 80),
        ("2001::/32", inner << 64),
        ("2001::/32", inner ^ 0xFFFFFFFF),
        ("2606:4700::/32", 0x5EFE << 32 | inner),
        ("2606:4700::/32", 0x0200_5EFE << 32 | inner),
    )
    for text, number in wrappings:
        network = ip_network(text)
        wrapped = IPv6Address(int(network.network_address) | number)

        assert address_fault(str(wrapped), HOST, AddressRules(allowed=Allowed((network,)))) is not None


def test_an_allowed_gateway_leads_to_public_addresses():
    rules = AddressRules(allowed=Allowed((ip_network("64:ff9b::/96"),)))

    assert address_fault("64:ff9b::8.8.8.8", HOST, rules) is None


def test_an_allowed_network_opens_its_addresses_and_no_others():
    rules = AddressRules(allowed=Allowed((ip_network("10.1.0.0/16"), ip_network("::1"))))

    passed = [one for one in ("10.1.2.3", "10.2.0.1", "::1", "127.0.0.1") if not address_fault(one, HOST, rules)]

    assert passed == ["10.1.2.3", "::1"]


def test_an_allowed_host_opens_private_addresses_behind_its_own_name():
    rules = AddressRules(allowed=Allowed(hosts=frozenset({"intranet"})))
    private = ("10.0.0.1", "127.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd00::1", "::1")

    assert [one for one in private if address_fault(one, "intranet", rules)] == []
    assert [one for one in private if not address_fault(one, HOST, rules)] == []
    assert address_fault("169.254.1.1", "intranet", rules) is not None


def test_metadata_is_opened_by_nothing_but_its_own_address():
    wide = Allowed((ip_network("0.0.0.0/0"), ip_network("::/0")), frozenset({HOST}))
    metadata = ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "168.63.129.16")

    for address in metadata:
        exact = Allowed((ip_network(address),))

        assert address_fault(address, HOST, AddressRules(allowed=wide)) is not None
        assert address_fault(address, HOST, AddressRules(allowed=exact)) is None


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "fe80::1%1"])
def test_what_is_no_single_machine_is_opened_by_nothing(address):
    everything = Allowed((ip_network("0.0.0.0/0"), ip_network("::/0")), frozenset({HOST}))
    exact = Allowed((ip_network(ip_address(address.partition("%")[0])),))

    assert address_fault(address, HOST, AddressRules(allowed=everything)) is not None
    assert address_fault(address, HOST, AddressRules(allowed=exact)) is not None


def test_a_fault_names_the_address_what_it_is_and_the_remedy_in_both_languages():
    fault = address_fault("64:ff9b::7f00:1", HOST, AddressRules(allowed=Allowed((ip_network("64:ff9b::/96"),))))

    assert fault is not None
    assert fault.kind in FAILURES
    for text, words in (
        (fault.en, (HOST, "127.0.0.1", "loopback", "allowed private targets")),
        (fault.zh, (HOST, "127.0.0.1", "回环地址", "允许的内网目标")),
    ):
        assert [word for word in words if word not in text] == []
