"""Where a push may go, by address: every address that a name resolves to is held against this table. Pure.

Rules
- What is not in a range of the table must still be global unicast by Python's own knowledge, or it is refused.
- An address may carry another (mapped, compatible, 6to4, Teredo, NAT64, ISATAP); both must pass.
- The allow-list is the operator's: a network opens the addresses in it, a host opens private addresses behind its name.
  Cloud metadata is opened only by its very address; unspecified, multicast and broadcast by nothing.
- One forbidden address forbids the name: which of several is used is not in our hands.

Python's `is_global` alone is no guard: 3.11 calls NAT64 of 127.0.0.1 global, and 6to4 of it, and 224.0.0.1.

What does not belong here: URLs and names (`target`), asking a name server (`resolving`).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

__all__ = ["PORTS_DEFAULT", "AddressRules", "Allowed", "Fault", "IPAddress", "IPNetwork", "address_fault"]

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

PORTS_DEFAULT = frozenset({80, 443, 8080, 8443})


class Fault(NamedTuple):
    """Why nothing may be sent there, and what to do about it."""

    kind: str
    """`bad_url` or `forbidden_address`, keys of `transport.FAILURES`."""
    en: str
    zh: str


class Allowed(NamedTuple):
    """Private targets that the operator means."""

    networks: tuple[IPNetwork, ...] = ()
    hosts: frozenset[str] = frozenset()
    """In their normal form (`target.normal_host`)."""


class AddressRules(NamedTuple):
    """What the operator lets this program send to."""

    is_http_allowed: bool = False
    """Whether pushes may go out unencrypted."""
    ports: frozenset[int] = PORTS_DEFAULT
    """Of public targets; an allowed private target may use any port."""
    allowed: Allowed = Allowed()


class _Range(NamedTuple):
    """A range that is not the public internet."""

    network: IPNetwork
    opened_by: str
    """`host`: by an allowed host or network; `network`; `itself`: only by that very address; `nothing`."""
    en: str
    zh: str


_LOOPBACK = ("loopback", "回环地址")
_PRIVATE = ("private", "内网地址")
_METADATA = ("cloud metadata", "云平台元数据地址")
_MULTICAST = ("multicast", "组播地址")
_UNSPECIFIED = ("unspecified", "未指定地址")
_LINK_LOCAL = ("link-local", "链路本地地址")
_DOCUMENTATION = ("for documentation", "文档示例地址")
_TRANSITION = ("for address translation", "地址转换专用")
_RESERVED = ("reserved", "保留地址")

_RANGES = tuple(
    _Range(ip_network(text), opened_by, *words)
    for text, opened_by, words in (
        ("100.100.100.200/32", "itself", _METADATA),
        ("168.63.129.16/32", "itself", _METADATA),
        ("169.254.0.23/32", "itself", _METADATA),
        ("169.254.169.254/32", "itself", _METADATA),
        ("169.254.170.2/32", "itself", _METADATA),
        ("169.254.170.23/32", "itself", _METADATA),
        ("192.0.0.192/32", "itself", _METADATA),
        ("fd00:ec2::/64", "itself", _METADATA),
        ("fd20:ce::254/128", "itself", _METADATA),
        ("0.0.0.0/8", "nothing", _UNSPECIFIED),
        ("10.0.0.0/8", "host", _PRIVATE),
        ("100.64.0.0/10", "host", _PRIVATE),
        ("127.0.0.0/8", "host", _LOOPBACK),
        ("169.254.0.0/16", "network", _LINK_LOCAL),
        ("172.16.0.0/12", "host", _PRIVATE),
        ("192.0.0.0/24", "network", _RESERVED),
        ("192.0.2.0/24", "network", _DOCUMENTATION),
        ("192.31.196.0/24", "network", _RESERVED),
        ("192.52.193.0/24", "network", _RESERVED),
        ("192.88.99.0/24", "network", _TRANSITION),
        ("192.168.0.0/16", "host", _PRIVATE),
        ("192.175.48.0/24", "network", _RESERVED),
        ("198.18.0.0/15", "network", ("for benchmarks", "基准测试专用")),
        ("198.51.100.0/24", "network", _DOCUMENTATION),
        ("203.0.113.0/24", "network", _DOCUMENTATION),
        ("224.0.0.0/4", "nothing", _MULTICAST),
        ("255.255.255.255/32", "nothing", ("broadcast", "广播地址")),
        ("240.0.0.0/4", "network", _RESERVED),
        ("::/128", "nothing", _UNSPECIFIED),
        ("::1/128", "host", _LOOPBACK),
        ("::/96", "network", _TRANSITION),
        ("::ffff:0:0/96", "network", _TRANSITION),
        ("64:ff9b::/96", "network", _TRANSITION),
        ("64:ff9b:1::/48", "network", _TRANSITION),
        ("100::/63", "network", ("a black hole", "黑洞地址")),
        ("2001::/23", "network", _RESERVED),
        ("2001:db8::/32", "network", _DOCUMENTATION),
        ("2002::/16", "network", _TRANSITION),
        ("2620:4f:8000::/48", "network", _RESERVED),
        ("3fff::/20", "network", _DOCUMENTATION),
        ("5f00::/16", "network", _RESERVED),
        ("fc00::/7", "host", _PRIVATE),
        ("fe80::/10", "network", _LINK_LOCAL),
        ("fec0::/10", "network", _PRIVATE),
        ("ff00::/8", "nothing", _MULTICAST),
    )
)
"""IANA's special-purpose registries, the metadata services of clouds, and multicast; the narrow before the wide."""

_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC = ("not of the public internet", "非公网地址")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)


def address_fault(address: str, host: str, rules: AddressRules) -> Fault | None:
    """Why nothing may be sent to this address of this host; None when it may."""
    try:
        outer = ip_address(address)
    except ValueError:
        return _fault(host, address, _NOT_PUBLIC, is_openable=False)
    if isinstance(outer, IPv6Address) and outer.scope_id:
        return _fault(host, address, _LINK_LOCAL, is_openable=False)
    for one in (outer, *_carried(outer)):
        range_ = _range_of(one)
        if range_ is not None and not _is_open(one, range_, host, rules.allowed):
            shown = address if one is outer else f"{address} ({one})"
            return _fault(host, shown, (range_.en, range_.zh), is_openable=range_.opened_by != "nothing")
    return None


def _range_of(address: IPAddress) -> _Range | None:
    """The range that keeps this address from being public."""
    for range_ in _RANGES:
        if address in range_.network:
            return range_
    is_public = address.is_global and not address.is_multicast and not address.is_reserved
    if not is_public or (isinstance(address, IPv6Address) and address not in _UNICAST):
        return _Range(ip_network(address), "network", *_NOT_PUBLIC)
    return None


def _is_open(address: IPAddress, range_: _Range, host: str, allowed: Allowed) -> bool:
    """Whether the operator opened this address of that range."""
    if range_.opened_by == "nothing":
        return False
    if range_.opened_by == "itself":
        return ip_network(address) in allowed.networks
    if any(address in network for network in allowed.networks):
        return True
    return range_.opened_by == "host" and host in allowed.hosts


def _carried(address: IPAddress) -> Iterator[IPAddress]:
    """The IPv4 addresses inside an IPv6 address: where a gateway on the way may lead it."""
    if not isinstance(address, IPv6Address):
        return
    number = int(address)
    low = IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address in _COMPATIBLE and number > 1:
        yield low
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or address in _NAT64_LOCAL:
        yield low
    if (number >> 32 & 0xFFFFFFFF) in _ISATAP:
        yield low


def _fault(host: str, shown: str, words: tuple[str, str], *, is_openable: bool) -> Fault:
    if is_openable:
        remedy = (
            "use a public address, or add this one to the allowed private targets",
            "请使用公网地址，或将其加入允许的内网目标",
        )
    else:
        remedy = ("use a public address", "请使用公网地址")
    where = shown if shown == host else f"{host} -> {shown}"
    return Fault("forbidden_address", f"{where} is {words[0]}; {remedy[0]}", f"{where} 是{words[1]}；{remedy[1]}")
