"""Network addresses: a host by name, or an IP address or network in CIDR notation.

A name is compared letter by letter and has to be plain ASCII, so that no letter of another script passes for one;
what only looks like a number (`010.1`, `0x7f.1`) is neither name nor address. Between a name and a number nothing
is known: nobody resolves names here. Follows: RFC 1123, RFC 4632, RFC 4291.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

import msgspec

from xinfu.verdict import Verdict

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?=.*[a-z]){_LABEL}", re.ASCII)
_LIKE_A_NUMBER: Final = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.ASCII)


class Address(msgspec.Struct, frozen=True):
    """A host or everything below a domain by `name`, or the hosts of a `network`; one of the two is there."""

    name: str = ""
    network: IPv4Network | IPv6Network | None = None

    def __str__(self) -> str:
        return self.name or str(self.network)


def read_address(text: str) -> Address | None:
    """The address that a text names; None if it is not an address."""
    said = text.strip().lower()
    if len(said) > 253 or not said.isascii():
        return None
    network = _network(said)
    if network is not None:
        return Address(network=network)
    is_name = _NAME.fullmatch(said) is not None and _LIKE_A_NUMBER.fullmatch(said) is None
    return Address(name=said) if is_name else None


def _network(said: str) -> IPv4Network | IPv6Network | None:
    try:
        found = ip_network(said)
    except ValueError:
        return None
    mapped = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) else None
    return IPv4Network(mapped) if mapped is not None and found.prefixlen == 128 else found


def same_address(one: Address, other: Address) -> Verdict:
    """Whether both are the same; UNKNOWN between a name and a number, and where networks overlap."""
    if one == other:
        return Verdict.YES
    if one.network is None or other.network is None:
        return Verdict.NO if one.network is other.network else Verdict.UNKNOWN
    if one.network.num_addresses == 1 or other.network.num_addresses == 1:
        return Verdict.NO
    return Verdict.UNKNOWN if _overlap(one.network, other.network) else Verdict.NO


def part_of_address(inner: Address, outer: Address) -> Verdict:
    """Whether `inner` lies in `outer`, itself included; UNKNOWN where that is not certain."""
    if inner.network is None or outer.network is None:
        if inner.network is not outer.network:
            return Verdict.UNKNOWN
        is_below = inner.name == outer.name or inner.name.endswith(f".{outer.name}")
        return Verdict.YES if is_below else Verdict.NO
    if not _overlap(inner.network, outer.network):
        return Verdict.NO
    return Verdict.YES if inner.network.prefixlen >= outer.network.prefixlen else Verdict.UNKNOWN


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)
