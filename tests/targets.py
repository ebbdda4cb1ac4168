"""Where no push may go, and where it may: the tables that unit tests and the experiment on addresses share.

Rules
- A forbidden URL must be refused before any name is looked up.
- A forbidden answer of a name server must be refused before any connection is made.
- PORT stands for a port that the rules allow, so that a case fails for its own reason alone.
"""

from __future__ import annotations

__all__ = ["FORBIDDEN_ANSWERS", "FORBIDDEN_URLS", "PORT", "PUBLIC_ADDRESSES"]

PORT = "PORT"

FORBIDDEN_URLS = (
    # numbers, in every notation a resolver takes
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://2130706433.:PORT/",
    "http://017700000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.0.01:PORT/",
    "http://0x7f000001:PORT/",
    "http://0X7F000001:PORT/",
    "http://0x7f.1:PORT/",
    "http://0x7f.0x0.0x0.0x1:PORT/",
    "http://127.0x1:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0x0:PORT/",
    "http://0x:PORT/",
    "http://00:PORT/",
    "http://10.0.0.1:PORT/",
    "http://169.254.169.254:PORT/latest/meta-data/",
    "http://2852039166:PORT/",
    "http://192.168.0.1:PORT/",
    "http://100.100.100.200:PORT/",
    "http://8.8.8.8:PORT/",
    "http://134744072:PORT/",
    "http://300.1.1.1:PORT/",
    "http://1.2.3.4.5:PORT/",
    "http://name.1:PORT/",
    "http://name.0x7f:PORT/",
    # the same, in characters that become them
    "http://127。0。0。1:PORT/",
    "http://127．0．0．1:PORT/",
    "http://127｡0｡0｡1:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://①②⑦。⓪。⓪。①:PORT/",
    "http://１２７.0.0.1:PORT/",
    "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏:PORT/",
    "http://¹²⁷.0.0.1:PORT/",
    "http://２１３０７０６４３３:PORT/",
    "http://０ｘ７ｆ.1:PORT/",
    "http://١٢٧.0.0.1:PORT/",
    "http://127.0.0.1\u200b:PORT/",
    "http://127\u00ad.0.0.1:PORT/",
    "http://127.0.0.1%00:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    # addresses of the sixth version
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[fd00:ec2::254]:PORT/",
    "http://[2606:4700:4700::1111]:PORT/",
    "http://[v1.127.0.0.1]:PORT/",
    "http://[127.0.0.1]:PORT/",
    "http://[::1/",
    # names that are not public
    "http://localhost:PORT/",
    "http://localhost.:PORT/",
    "http://LOCALHOST:PORT/",
    "http://ＬＯＣＡＬＨＯＳＴ:PORT/",
    "http://ℓocalhost:PORT/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
    "http://local\u00adhost:PORT/",
    "http://local\u200bhost:PORT/",
    "http://foo.localhost:PORT/",
    "http://printer.local:PORT/",
    "http://metadata.google.internal:PORT/",
    "http://metadata:PORT/",
    "http://intranet:PORT/",
    "http://db.home.arpa:PORT/",
    "http://1.0.0.127.in-addr.arpa:PORT/",
    "http://service.corp:PORT/",
    # two readings of one URL
    "http://user@127.0.0.1:PORT/",
    "http://user:word@example.com:PORT/",
    "http://example.com@127.0.0.1:PORT/",
    "http://example.com:80@127.0.0.1:PORT/",
    "http://127.0.0.1\\@example.com:PORT/",
    "http://example.com\\@127.0.0.1:PORT/",
    "http://example.com＠127.0.0.1:PORT/",
    "http://example.com／@127.0.0.1:PORT/",
    "http://127.0.0.1／.example.com:PORT/",
    "http://127.0.0.1？.example.com:PORT/",
    "http://127.0.0.1＃.example.com:PORT/",
    "http://127.0.0.1℀.example.com:PORT/",
    "http://127.0.0.1:PORT\\.example.com/",
    "http://127.0.0.1\t.example.com:PORT/",
    "http://exam\nple.com:PORT/",
    " http://example.com:PORT/",
    "http://example.com:PORT/\r\nhost: 127.0.0.1",
    "http://example.com :PORT/",
    "http://exa mple.com:PORT/",
    "http:///127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "127.0.0.1:PORT",
    "",
    # other schemes, ports and lengths
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_x",
    "ftp://example.com:PORT/",
    "unix:///var/run/docker.sock",
    "httpx://example.com:PORT/",
    "http://example.com:22/",
    "http://example.com:6379/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:99999/",
    "http://example.com:-1/",
    "http://example.com:+80/",
    "http://example.com:８x/",
    "http://.example.com:PORT/",
    "http://example..com:PORT/",
    "http://-.example.com:PORT/",
    "http://" + "a" * 64 + ".com:PORT/",
    "http://" + "a." * 130 + "com:PORT/",
    "http://xn--a.com:PORT/",
    "http://example.com:PORT/" + "a" * 9000,
)
"""Refused by the URL alone, with http allowed."""

FORBIDDEN_ANSWERS = tuple(
    tuple(line.split())
    for line in """
    0.0.0.0
    0.1.2.3
    10.0.0.1
    10.255.255.255
    100.64.0.1
    100.100.100.200
    100.127.255.254
    127.0.0.1
    127.0.0.53
    127.255.255.254
    168.63.129.16
    169.254.0.23
    169.254.169.254
    169.254.170.2
    169.254.170.23
    172.16.0.1
    172.31.255.255
    192.0.0.1
    192.0.0.8
    192.0.0.170
    192.0.0.192
    192.0.2.1
    192.31.196.1
    192.52.193.1
    192.88.99.1
    192.168.0.1
    192.168.255.255
    192.175.48.1
    198.18.0.1
    198.19.255.255
    198.51.100.1
    203.0.113.1
    224.0.0.1
    239.255.255.250
    240.0.0.1
    255.255.255.255
    ::
    ::1
    ::2
    ::127.0.0.1
    ::8.8.8.8
    ::ffff:127.0.0.1
    ::ffff:10.0.0.1
    ::ffff:169.254.169.254
    ::ffff:8.8.8.8
    ::ffff:0:127.0.0.1
    64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe
    64:ff9b::8.8.8.8
    64:ff9b:1::7f00:1
    64:ff9b:1:7f00:0:100::
    100::1
    100:0:0:1::1
    200::1
    2001::1
    2001:0:7f00:1::
    2001:0:4136:e378:8000:63bf:80ff:fffe
    2001:1::1
    2001:2::1
    2001:3::1
    2001:4:112::1
    2001:10::1
    2001:20::1
    2001:30::1
    2001:db8::1
    2002:7f00:1::
    2002:a00:1::1
    2002:808:808::1
    2606:4700::5efe:7f00:1
    2606:4700::200:5efe:a00:1
    2620:4f:8000::1
    3fff::1
    4000::1
    5f00::1
    fc00::1
    fd00:ec2::254
    fd00:ec2::23
    fd20:ce::254
    fdff::1
    fe80::1
    fe80::1%1
    febf::1
    fec0::1
    ff02::1
    ff0e::1
    93.184.216.34 127.0.0.1
    127.0.0.1 93.184.216.34
    93.184.216.34 2606:4700:4700::1111 ::1
    93.184.216.34 169.254.169.254
    2606:4700:4700::1111 ::ffff:127.0.0.1
    93.184.216.34 1.1.1.1 8.8.8.8 10.0.0.1
    localhost
    127.1
    """.splitlines()
    if line.strip()
)
"""Answers of a name server, of which at least one address is not public."""

PUBLIC_ADDRESSES = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.254",
    "114.114.114.114",
    "2001:200::1",
    "2400:3200::1",
    "2606:4700:4700::1111",
    "2620:fe::fe",
    "2a00:1450:4001:81b::200e",
)
"""Beside forbidden ranges, and at home in the public internet."""
