"""Samples of network addresses: one of every kind that the named addresses distinguish.

Networks lie within each other or apart, so the kind of any other follows from where it leaves the path from a named
one up to all addresses; the same holds for names and the domains above them.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from xinfu.odrl.values.addresses import Address, part_of_address, read_address, same_address

MAX_NAMED: Final = 8
"""Addresses on one axis."""

_APART: Final = ("192.0.2.1", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32", "unnamed.invalid", "invalid")

Network = IPv4Network | IPv6Network


def hosts(named: Iterable[Address]) -> tuple[Address, ...] | None:
    """The named addresses, and samples around, inside and next to them; None if there are too many."""
    known = tuple(dict.fromkeys(named))
    if len(known) > MAX_NAMED:
        return None
    found: dict[object, Address] = {}
    for each in (*known, *_near(known)):
        told_apart = tuple(
            (same_address(each, one), part_of_address(each, one), part_of_address(one, each)) for one in known
        )
        kind = (each.network.version if each.network else 0, *told_apart)
        found.setdefault((each in known and each, kind), each)
    return tuple(found.values())


def _near(known: Iterable[Address]) -> Iterator[Address]:
    yield from filter(None, map(read_address, _APART))
    for each in known:
        if each.network is not None:
            yield from (Address(network=network) for network in _around(each.network))
        else:
            yield from (Address(name=name) for name in _domains(each.name))


def _around(network: Network) -> Iterator[Network]:
    """Networks inside it, and next to every step on the way up from it."""
    yield from _in(network)
    while network.prefixlen:
        above = network.supernet()
        for half in above.subnets():
            if half != network:
                yield half
                yield from _in(half)
        yield above
        network = above


def _in(network: Network) -> Iterator[Network]:
    """A smaller network inside, and a host."""
    if network.prefixlen < network.max_prefixlen:
        for length in (network.prefixlen + 1, network.max_prefixlen):
            yield ip_network((network.network_address, length))


def _domains(name: str) -> Iterator[str]:
    """Names below it, and next to every step on the way up from it."""
    labels = name.split(".")
    for i in range(len(labels)):
        domain = ".".join(labels[i:])
        yield domain
        yield f"unnamed.{domain}"
