"""Parses addresses strictly and classifies IP addresses by kind.

`read_address` accepts one spelling of a host and refuses the many others that libraries understand
differently: user-info, decimal, octal, hexadecimal and short forms of IPv4, zone ids, percent-encoded and
non-ASCII hosts, backslashes, control characters. What it gives back is what will be connected to, so no
second parser can see another host than the one that was checked.

`kind_of` sorts an IP address by the registries of special-purpose addresses. An IPv6 address that carries
an IPv4 address inside is judged by both.

Follows: RFC 3986 (form), RFC 6890 and the IANA special-purpose registries (kinds); threat O1.
"""

import ipaddress
import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import urlsplit

import msgspec

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

MAX_URL: Final = 8192
_URL: Final = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?P<fragment>#.*)?")
_LEGAL: Final = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+")
_TARGET: Final = re.compile(r"(?:[^%\[\]]|%[0-9A-Fa-f]{2})*")
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]@]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class MalformedAddressError(ValueError):
    """Not an address that we would call, whatever the rules; the text says which part and why."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """An http(s) address in the one spelling that is connected to.

    Attributes:
        scheme: "https" or "http".
        host: lower case, without brackets and without a trailing dot.
        ip: the host as an IP address; None when it is a name.
        port: written or the scheme's own.
        target: path and query as they stand, starting with "/".
    """

    scheme: str
    host: str
    ip: IpAddress | None
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL and in the Host header."""
        host = f"[{self.host}]" if isinstance(self.ip, IPv6Address) else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be named in logs and errors, as paths can hold secrets."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.target


def read_address(url: str) -> Address:
    """Read `url`, refusing every spelling but the ordinary one.

    Raises:
        MalformedAddressError: it names the part that does not do.
    """
    if len(url) > MAX_URL:
        raise MalformedAddressError(f"it is longer than {MAX_URL} characters", f"长度超过 {MAX_URL} 个字符")
    if not _LEGAL.fullmatch(url):
        raise MalformedAddressError(
            "it holds a character that is not allowed in a URL (write other characters percent-encoded, "
            "host names in their xn-- form)",
            "含有 URL 不允许的字符（其他字符请用百分号编码，主机名请用 xn-- 形式）",
        )
    match = _URL.fullmatch(url)
    if match is None or match["scheme"].lower() not in _DEFAULT_PORTS:
        raise MalformedAddressError("its scheme is neither https nor http", "协议既不是 https 也不是 http")
    if match["fragment"] is not None:
        raise MalformedAddressError("it has a fragment (#)", "带有片段（#）")
    if not _TARGET.fullmatch(match["target"]):
        raise MalformedAddressError("its path or query is not percent-encoded", "路径或查询未按百分号编码")
    return _address(match["scheme"].lower(), match["authority"], match["target"])


def _address(scheme: str, authority: str, target: str) -> Address:
    if "@" in authority:
        raise MalformedAddressError("it has user-info before the host (@)", "主机前带有用户信息（@）")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise MalformedAddressError("its host or port cannot be read", "主机或端口无法识别")
    port = int(match["port"]) if match["port"] is not None else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise MalformedAddressError("its port is not between 1 and 65535", "端口不在 1 到 65535 之间")
    host, ip = read_host(match["host"])
    path = target if target.startswith("/") else f"/{target}"
    return Address(scheme=scheme, host=host, ip=ip, port=port, target=path)


def read_host(text: str) -> tuple[str, IpAddress | None]:
    """Read a host: a name in lower case, or an IP address in its ordinary form.

    One trailing dot is taken off a name, so `localhost.` is `localhost`.

    Raises:
        MalformedAddressError: no host name, or an IP address in another form.
    """
    if text.startswith("["):
        return _ip_host(text[1:-1], IPv6Address)
    host = text.lower().removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ip_host(host, IPv4Address)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise MalformedAddressError("its host is not a valid host name", "主机不是合法的主机名")
    return host, None


def _ip_host(text: str, form: type[IpAddress]) -> tuple[str, IpAddress]:
    """Decimal, octal, hexadecimal and short forms fail here: each of them is read differently somewhere."""
    try:
        ip = form(text)
    except ValueError as error:
        raise MalformedAddressError(
            "its host is an IP address in an unusual form", "主机是非常规写法的 IP 地址"
        ) from error
    return str(ip), ip


def join_address(base: Address, location: str) -> str:
    """Resolve the redirect target `location` against `base`; the fragment is dropped, as it is never sent."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", location):
        return location.partition("#")[0]
    if location.startswith("//"):
        return f"{base.scheme}:{location}".partition("#")[0]
    path, _, query = location.partition("#")[0].partition("?")
    if not path.startswith("/"):
        own = urlsplit(base.target).path
        path = own.rpartition("/")[0] + "/" + path if path else own
    return base.origin + path + (f"?{query}" if query else "")


class Kind(StrEnum):
    """The kind of an IP address."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    SHARED = "shared (CGNAT)"
    TRANSLATED = "translated (IPv4 inside IPv6)"
    RESERVED = "reserved"
    LINK_LOCAL = "link-local"
    METADATA = "cloud metadata"
    MULTICAST = "multicast"
    UNSPECIFIED = "unspecified"


NEVER: Final = frozenset({Kind.LINK_LOCAL, Kind.METADATA, Kind.MULTICAST, Kind.UNSPECIFIED})
"""Kinds that no entry of a list opens."""

_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    # First match counts: single addresses before the nets around them.
    ("169.254.169.254/32", Kind.METADATA),
    ("100.100.100.200/32", Kind.METADATA),
    ("168.63.129.16/32", Kind.METADATA),
    ("192.0.0.192/32", Kind.METADATA),
    ("0.0.0.0/8", Kind.UNSPECIFIED),
    ("10.0.0.0/8", Kind.PRIVATE),
    ("100.64.0.0/10", Kind.SHARED),
    ("127.0.0.0/8", Kind.LOOPBACK),
    ("169.254.0.0/16", Kind.LINK_LOCAL),
    ("172.16.0.0/12", Kind.PRIVATE),
    ("192.0.0.0/24", Kind.RESERVED),
    ("192.0.2.0/24", Kind.RESERVED),
    ("192.88.99.0/24", Kind.RESERVED),
    ("192.168.0.0/16", Kind.PRIVATE),
    ("198.18.0.0/15", Kind.RESERVED),
    ("198.51.100.0/24", Kind.RESERVED),
    ("203.0.113.0/24", Kind.RESERVED),
    ("224.0.0.0/4", Kind.MULTICAST),
    ("255.255.255.255/32", Kind.MULTICAST),
    ("240.0.0.0/4", Kind.RESERVED),
    ("fd00:ec2::254/128", Kind.METADATA),
    ("fd20:ce::254/128", Kind.METADATA),
    ("::/128", Kind.UNSPECIFIED),
    ("::1/128", Kind.LOOPBACK),
    ("::ffff:0:0/96", Kind.TRANSLATED),
    ("::ffff:0:0:0/96", Kind.TRANSLATED),
    ("::/96", Kind.TRANSLATED),
    ("64:ff9b::/96", Kind.TRANSLATED),
    ("64:ff9b:1::/48", Kind.TRANSLATED),
    ("2001::/32", Kind.TRANSLATED),
    ("2002::/16", Kind.TRANSLATED),
    ("2001::/23", Kind.RESERVED),
    ("2001:db8::/32", Kind.RESERVED),
    ("3fff::/20", Kind.RESERVED),
    ("fc00::/7", Kind.PRIVATE),
    ("fe80::/10", Kind.LINK_LOCAL),
    ("fec0::/10", Kind.PRIVATE),
    ("ff00::/8", Kind.MULTICAST),
)
_NETS: Final = tuple((ipaddress.ip_network(net), kind) for net, kind in _KINDS)
_GLOBAL_V6: Final = IPv6Network("2000::/3")


def kind_of(ip: IpAddress) -> Kind:
    """Classify `ip`; an IPv6 address outside global unicast is reserved.

    An address that carries an IPv4 address which nobody may call is of that kind itself.
    """
    inner = _inner(ip)
    if inner is not None and (kind := kind_of(inner)) in NEVER:
        return kind
    for net, kind in _NETS:
        if ip.version == net.version and ip in net:
            return kind
    return Kind.PUBLIC if isinstance(ip, IPv4Address) or ip in _GLOBAL_V6 else Kind.RESERVED


def addresses_in(ip: IpAddress) -> tuple[IpAddress, ...]:
    """`ip`, and the IPv4 address inside it where it carries one; every one of them has to be allowed."""
    inner = _inner(ip)
    return (ip,) if inner is None else (ip, inner)


def _inner(ip: IpAddress) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address is translated or tunnelled to."""
    if isinstance(ip, IPv4Address) or ip in (IPv6Address("::"), IPv6Address("::1")):
        return None
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip.sixtofour is not None:
        return ip.sixtofour
    low = ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48")
    if any(ip in IPv6Network(net) for net in low):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
