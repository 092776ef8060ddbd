"""Addresses are read in one spelling only, and every IP address has one kind."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from xinfu.peers.addresses import (
    NEVER,
    Kind,
    MalformedAddressError,
    join_address,
    kind_of,
    read_address,
)

UNUSUAL = {
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "padded": "https://127.000.000.001/",
    "hex": "https://0x7f000001/",
    "hex part": "https://0x7f.0.0.1/",
    "hex last": "https://127.0.0.0x1/",
    "short": "https://127.1/",
    "shortest": "https://127/",
    "zero": "https://0/",
    "too large": "https://127.0.0.256/",
    "five parts": "https://1.127.0.0.1/",
    "two dots": "https://localhost../",
    "empty label": "https://a..b/",
    "user": "https://good.example@127.0.0.1/",
    "user and password": "https://a:b@good.example/",
    "encoded user": "https://good.example%40127.0.0.1/",
    "encoded host": "https://%6cocalhost/",
    "encoded dot": "https://127%2e0.0.1/",
    "full width digits": "https://\uff11\uff12\uff17.0.0.1/",
    "circled letters": "https://ⓛocalhost/",
    "ideographic dot": "https://127。0。0。1/",
    "idn": "https://数据.example/",
    "backslash": "https://good.example\\@127.0.0.1/",
    "space": "https://good.example /",
    "tab": "https://good.example\t/",
    "line": "https://good.example/a\r\nHost: b",
    "nul": "https://good.example\x00.b/",
    "zone": "https://[fe80::1%25eth0]/",
    "bad v6": "https://[::1::]/",
    "v6 without brackets": "https://::1/",
    "v4 in brackets": "https://[127.0.0.1]/",
    "port zero": "https://good.example:0/",
    "port large": "https://good.example:65536/",
    "port empty": "https://good.example:/",
    "port word": "https://good.example:http/",
    "no host": "https:///path",
    "no slashes": "https:good.example",
    "one slash": "https:/good.example",
    "relative": "//good.example/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://good.example/",
    "data": "data:text/plain,x",
    "leading space": " https://good.example/",
    "fragment": "https://good.example/#part",
    "bare percent": "https://good.example/100%",
    "label too long": f"https://{'a' * 64}.example/",
    "hyphen first": "https://-a.example/",
    "empty": "",
    "too long": "https://good.example/" + "a" * 9000,
}


@pytest.mark.parametrize("url", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_an_unusual_spelling_is_no_address(url: str) -> None:
    with pytest.raises(MalformedAddressError):
        read_address(url)


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("https://good.example", "https://good.example", "/"),
        ("HTTPS://Good.Example:443/A?b=c", "https://good.example", "/A?b=c"),
        ("https://good.example:8443/a%2Fb", "https://good.example:8443", "/a%2Fb"),
        ("http://good.example:80/", "http://good.example", "/"),
        ("https://good.example.?x", "https://good.example", "/?x"),
        ("https://xn--fiqs8s.example/", "https://xn--fiqs8s.example", "/"),
        ("https://10.1.2.3:9/", "https://10.1.2.3:9", "/"),
        ("https://[2001:DB8:0::1]/", "https://[2001:db8::1]", "/"),
        ("https://[::ffff:127.0.0.1]/", "https://[::ffff:127.0.0.1]", "/"),
    ],
)
def test_an_ordinary_address_is_read_into_one_spelling(url: str, origin: str, target: str) -> None:
    address = read_address(url)
    # Python releases differ in how they write a v4-mapped address.
    assert address.origin in (origin, origin.replace("::ffff:127.0.0.1", "::ffff:7f00:1"))
    assert address.target == target


def test_a_trailing_dot_makes_no_other_host() -> None:
    assert read_address("https://localhost./").host == "localhost"


@given(st.text(alphabet="abcxn-0123456789.:@/[]%?#\\ \tfx", max_size=30))
def test_the_client_library_sees_the_host_that_was_read(text: str) -> None:
    try:
        address = read_address("https://" + text)
    except MalformedAddressError:
        return
    url = URL(address.url, encoded=True)
    assert url.raw_host == address.host
    assert url.port == address.port


KINDS = {
    "8.8.8.8": Kind.PUBLIC,
    "223.5.5.5": Kind.PUBLIC,
    "2606:4700::1111": Kind.PUBLIC,
    "127.0.0.1": Kind.LOOPBACK,
    "127.255.255.254": Kind.LOOPBACK,
    "::1": Kind.LOOPBACK,
    "10.0.0.1": Kind.PRIVATE,
    "172.16.0.1": Kind.PRIVATE,
    "172.31.255.255": Kind.PRIVATE,
    "172.32.0.1": Kind.PUBLIC,
    "192.168.1.1": Kind.PRIVATE,
    "fc00::1": Kind.PRIVATE,
    "fd12::1": Kind.PRIVATE,
    "fec0::1": Kind.PRIVATE,
    "100.64.0.1": Kind.SHARED,
    "100.127.255.255": Kind.SHARED,
    "100.100.100.200": Kind.METADATA,
    "169.254.169.254": Kind.METADATA,
    "168.63.129.16": Kind.METADATA,
    "fd00:ec2::254": Kind.METADATA,
    "169.254.0.1": Kind.LINK_LOCAL,
    "fe80::1": Kind.LINK_LOCAL,
    "febf::1": Kind.LINK_LOCAL,
    "224.0.0.1": Kind.MULTICAST,
    "239.255.255.255": Kind.MULTICAST,
    "255.255.255.255": Kind.MULTICAST,
    "ff02::1": Kind.MULTICAST,
    "0.0.0.0": Kind.UNSPECIFIED,
    "0.1.2.3": Kind.UNSPECIFIED,
    "::": Kind.UNSPECIFIED,
    "240.0.0.1": Kind.RESERVED,
    "192.0.2.1": Kind.RESERVED,
    "198.18.0.1": Kind.RESERVED,
    "2001:db8::1": Kind.RESERVED,
    "5f00::1": Kind.RESERVED,
    "::ffff:127.0.0.1": Kind.TRANSLATED,
    "::ffff:8.8.8.8": Kind.TRANSLATED,
    "::127.0.0.1": Kind.TRANSLATED,
    "64:ff9b::7f00:1": Kind.TRANSLATED,
    "64:ff9b:1::a00:1": Kind.TRANSLATED,
    "2002:7f00:1::": Kind.TRANSLATED,
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": Kind.TRANSLATED,
    "::ffff:169.254.169.254": Kind.METADATA,
    "64:ff9b::a9fe:a9fe": Kind.METADATA,
    "2002:a9fe:a9fe::": Kind.METADATA,
    "::ffff:0:a9fe:a9fe": Kind.METADATA,
    "::ffff:0.0.0.0": Kind.UNSPECIFIED,
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items(), ids=KINDS.keys())
def test_an_ip_address_has_the_kind_of_the_registries(text: str, kind: Kind) -> None:
    assert kind_of(ipaddress.ip_address(text)) is kind


@given(st.ip_addresses())
def test_what_the_standard_library_calls_not_global_is_never_public(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not ip.is_global and ip not in ipaddress.ip_network("192.88.99.0/24"):
        assert kind_of(ip) is not Kind.PUBLIC


@given(st.ip_addresses(v=4))
def test_an_address_that_nobody_may_call_stays_so_inside_ipv6(ip: ipaddress.IPv4Address) -> None:
    if kind_of(ip) in NEVER:
        for prefix in ("::ffff:0:0", "64:ff9b::", "64:ff9b:1::"):
            assert kind_of(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(ip))) in NEVER


@pytest.mark.parametrize(
    ("location", "result"),
    [
        ("/new?x=1", "https://good.example/new?x=1"),
        ("next", "https://good.example/a/next"),
        ("?page=2", "https://good.example/a/b?page=2"),
        ("//other.example/x", "https://other.example/x"),
        ("https://other.example/x#y", "https://other.example/x"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("/a#b", "https://good.example/a"),
    ],
)
def test_a_redirect_is_joined_to_where_it_came_from(location: str, result: str) -> None:
    assert join_address(read_address("https://good.example/a/b?c=d"), location) == result
