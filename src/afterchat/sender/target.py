"""Where a push may go, by name: a URL to the origin to connect to, or the fault in it. Pure.

    URL -> strict grammar -> NFKC and IDNA -> rules on the host -> Origin

Rules
- A host is brought into its normal form before anything is asked of it: `①②⑦.⓪.⓪.①` is 127.0.0.1 to a resolver.
- Numbers are no names: `127.1`, `0x7f.1` and `2130706433` never reach a resolver.
  A plain address passes only where the operator allowed the network that it is in.
- https, unless the operator allowed http; no user, no password, no backslash, no escapes in the host; listed ports.
- Names that no public name server may answer (`localhost`, `.internal`, names of one label) are for the allow-list.

Whether the addresses behind a name may be used is a question of its own (`addresses`), asked at every connection.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import NamedTuple
from urllib.parse import quote

import idna

from afterchat.sender.addresses import AddressRules, Allowed, Fault, IPAddress, IPNetwork, address_fault

__all__ = [
    "URL_CHARS_MAX",
    "Origin",
    "normal_host",
    "read_allowed",
    "read_origin",
    "read_url",
    "split_url",
    "syntax_fault",
]

URL_CHARS_MAX = 8192
"""With its query."""

_URL = re.compile(r"(https?://[^/?#\\]+)(/[^?#]*)?(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@%\\/?# ]+))(?::([0-9]{1,5}))?")
_NAME = re.compile(r"(?!.{254})[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IDEOGRAPHIC_STOPS = str.maketrans("。．｡", "...")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_PORT_OF = {"http": 80, "https": 443}
_PORT_MAX = 65535

_NAMES_KEPT_BACK = frozenset(
    (
        "alt",
        "arpa",
        "corp",
        "example",
        "home",
        "internal",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "onion",
        "private",
        "test",
    )
)
"""Last labels that are no public names."""


_ANY = AddressRules()
"""Where no rule is asked."""


class _Place(NamedTuple):
    """Scheme, host and port as written, the host in its normal form."""

    scheme: str
    host: str
    port: int
    is_number: bool


class Origin(NamedTuple):
    """What to connect to."""

    scheme: str
    host: str
    """Lower case, ASCII, without a dot at its end; an IPv6 address without brackets."""
    port: int
    is_address: bool
    """Whether the host is itself an address, which nobody resolves."""

    @property
    def authority(self) -> str:
        """As it stands in the Host field."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORT_OF[self.scheme] else f"{host}:{self.port}"


def read_url(url: str, rules: AddressRules) -> tuple[Origin, str] | Fault:
    """The origin and the request target of a URL; for who takes a URL from a person, and for the tests."""
    parts = split_url(url)
    if isinstance(parts, Fault):
        return parts
    origin = read_origin(parts[0], rules)
    return origin if isinstance(origin, Fault) else (origin, parts[1])


def syntax_fault(url: str) -> Fault | None:
    """Why nobody could send to this, whatever the rules; None when it is for the rules to say."""
    parts = split_url(url)
    read = parts if isinstance(parts, Fault) else _read_place(parts[0])
    if isinstance(read, Fault):
        return read
    if read.is_number and _plain_address(read.host) is None:
        return _no_plain_address(read.host)
    return _port_fault(read.port, _ANY, is_allowed=True)


def split_url(url: str) -> tuple[str, str] | Fault:
    """`https://host:port` as written, and the request target in ASCII."""
    if len(url) > URL_CHARS_MAX:
        return _bad(
            f"the URL is longer than {URL_CHARS_MAX} characters; shorten it", f"URL 超过 {URL_CHARS_MAX} 个字符，请缩短"
        )
    if _UNFIT.search(url):
        return _bad(
            "the URL holds a space, a backslash or a control character; remove it",
            "URL 含有空格、反斜杠或控制字符，请去掉",
        )
    found = _URL.fullmatch(url)
    if found is None:
        return _bad(
            "the URL does not begin with https:// and a host; write it in full",
            "URL 应以 https:// 加主机名开头，请填写完整",
        )
    target = (found[2] or "/") + (found[3] or "")
    return found[1], target if target.isascii() else quote(target, safe=_PRINTABLE)


def read_origin(text: str, rules: AddressRules) -> Origin | Fault:
    """The origin of `https://host:port`."""
    read = _read_place(text)
    if isinstance(read, Fault):
        return read
    scheme, host, port, is_number = read
    if scheme == "http" and not rules.is_http_allowed:
        return _bad("http is not encrypted; use https, or allow http", "http 未加密，请改用 https，或允许 http")
    if is_number:
        return _address_origin(scheme, host, port, rules)
    return _name_fault(host, port, rules) or Origin(scheme, host, port, is_address=False)


def _read_place(text: str) -> _Place | Fault:
    """`https://host:port` taken apart; no rule is asked."""
    scheme, _, authority = text.partition("://")
    scheme = scheme.lower()
    found = _AUTHORITY.fullmatch(unicodedata.normalize("NFKC", authority).translate(_IDEOGRAPHIC_STOPS))
    if found is None or scheme not in _PORT_OF:
        return _bad(
            "the host cannot be read; write https://name or https://name:port, without a user",
            "主机名无法识别，请写成 https://域名 或 https://域名:端口，不含用户名",
        )
    port = int(found[3]) if found[3] else _PORT_OF[scheme]
    if found[1]:
        return _Place(scheme, found[1], port, is_number=True)
    host = normal_host(found[2])
    if isinstance(host, Fault):
        return host
    return _Place(scheme, host, port, is_number=_NUMBER.fullmatch(host.rpartition(".")[2]) is not None)


def normal_host(text: str) -> str | Fault:
    """A name as a resolver takes it: lower case, ASCII, no dot at its end."""
    host = unicodedata.normalize("NFKC", text).translate(_IDEOGRAPHIC_STOPS).lower().removesuffix(".")
    if not host.isascii() or "xn--" in host:
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower().removesuffix(".")
        except UnicodeError:
            host = ""
    if _NAME.fullmatch(host) is None:
        return _bad("the host is no valid name; correct it", "主机名不合法，请更正")
    return host


def read_allowed(entries: Iterable[str]) -> Allowed | Fault:
    """An allow-list as an operator writes it: networks, addresses and names."""
    networks: list[IPNetwork] = []
    hosts: set[str] = set()
    for entry in (entry.strip() for entry in entries):
        try:
            networks.append(ip_network(entry))
            continue
        except ValueError:
            host = normal_host(entry)
        if isinstance(host, Fault) or _NUMBER.fullmatch(host.rpartition(".")[2]):
            return _bad(
                f"{entry!r} is no network, address or name; write 10.1.0.0/16, 127.0.0.1 or a name",
                f"{entry!r} 不是网段、地址或域名；请写成 10.1.0.0/16、127.0.0.1 或域名",
            )
        hosts.add(host)
    return Allowed(tuple(networks), frozenset(hosts))


def _name_fault(host: str, port: int, rules: AddressRules) -> Fault | None:
    """A name that is neither public nor allowed, or a port that is not."""
    is_allowed = host in rules.allowed.hosts
    if not is_allowed and ("." not in host or host.rpartition(".")[2] in _NAMES_KEPT_BACK):
        return Fault(
            "forbidden_address",
            f"{host} is no public name; use one, or add this one to the allowed private targets",
            f"{host} 不是公网域名；请使用公网域名，或将其加入允许的内网目标",
        )
    return _port_fault(port, rules, is_allowed=is_allowed)


def _address_origin(scheme: str, host: str, port: int, rules: AddressRules) -> Origin | Fault:
    """An address in its plain form, inside an allowed network; every other number is refused."""
    address = _plain_address(host)
    if address is None or not any(address in network for network in rules.allowed.networks):
        return _no_plain_address(host)
    fault = address_fault(str(address), host, rules) or _port_fault(port, rules, is_allowed=True)
    return fault or Origin(scheme, str(address), port, is_address=True)


def _plain_address(host: str) -> IPAddress | None:
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None


def _no_plain_address(host: str) -> Fault:
    return Fault(
        "forbidden_address",
        f"{host} is a number, not a name; use a name, or add the address to the allowed private targets",
        f"{host} 是数字而非域名；请使用域名，或将该地址加入允许的内网目标",
    )


def _port_fault(port: int, rules: AddressRules, *, is_allowed: bool) -> Fault | None:
    if not 1 <= port <= _PORT_MAX:
        return _bad(f"there is no port {port}; use 1 to {_PORT_MAX}", f"端口 {port} 不存在，请使用 1 至 {_PORT_MAX}")
    if is_allowed or port in rules.ports:
        return None
    listed = ", ".join(map(str, sorted(rules.ports)))
    return _bad(f"port {port} is not allowed; use one of {listed}", f"不允许端口 {port}，可用端口：{listed}")


def _bad(en: str, zh: str) -> Fault:
    return Fault("bad_url", en, zh)
