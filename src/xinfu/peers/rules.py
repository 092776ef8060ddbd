"""Which addresses our node may call, for which purpose; decided without touching the network.

Public addresses may be called. Loopback, private, shared, translated and reserved ones are refused unless
an entry of the operator's list names them for this purpose. Link-local, metadata, multicast and unspecified
ones are refused whatever a list says. Sources of the node's own operator have a list of their own, so that
opening one never opens the other.

Follows: design decisions D-08 (two lists) and D-10 (development); threat O1.
"""

import ipaddress
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from xinfu.peers import errors
from xinfu.peers.addresses import (
    NEVER,
    Address,
    IpAddress,
    IpNetwork,
    Kind,
    MalformedAddressError,
    addresses_in,
    kind_of,
    read_address,
    read_host,
)
from xinfu.ports.outbound import Purpose

_LOCAL_NAMES: Final = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_METADATA_NAMES: Final = ("metadata.google.internal", "metadata.tencentyun.com", "instance-data")


class AllowEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of `[outbound] allow` or `[outbound] sources`: a host or a net.

    Attributes:
        host: a host name; covers whatever it resolves to, and nothing below it.
        cidr: a net (`10.1.0.0/16`) or a single IP address.
        purposes: for what; empty: for every purpose of its list.
        http: whether plain http may be spoken as well; a net counts for addresses written as IP only.
    """

    host: str | None = None
    cidr: str | None = None
    purposes: tuple[Purpose, ...] = ()
    http: bool = False

    def __post_init__(self) -> None:
        self.what()

    def what(self) -> IpNetwork | str:
        """The net, or the host name in lower case.

        Raises:
            ConfigError: `config.outbound-entry`: neither, both, or not readable.
        """
        if self.cidr is not None and self.host is None:
            return _read_net(self.cidr)
        if self.host is not None and self.cidr is None:
            return _read_name(self.host)
        raise errors.CONFIG_OUTBOUND_ENTRY(
            what="an entry", en="it has to hold either host or cidr", zh="必须且只能写 host 或 cidr 之一"
        )


class OutboundRules(msgspec.Struct, frozen=True, kw_only=True, dict=True, forbid_unknown_fields=True):
    """The operator's rules for calls that leave the node: `[outbound]` of the config.

    Attributes:
        development: allows http and loopback (D-10).
        allow: addresses named by others that may be called although they are not public.
        sources: the same for sources that the node's operator set himself (`Purpose.SOURCE`).
        ca_file: PEM file of a private CA, trusted beside the system's.
        per_peer: calls at the same moment to one host and port, for each purpose.
        connect_s: seconds for a look-up, and for a connection.
        first_byte_s: seconds from asking until the head of the answer is there, connection included.
    """

    development: bool = False
    allow: tuple[AllowEntry, ...] = ()
    sources: tuple[AllowEntry, ...] = ()
    ca_file: Path | None = None
    per_peer: int = 32
    connect_s: float = 3.0
    first_byte_s: float = 10.0

    def __post_init__(self) -> None:
        if any(Purpose.SOURCE in entry.purposes for entry in self.allow):
            raise errors.CONFIG_OUTBOUND_PURPOSE(where="allow", instead="sources")
        if any(set(entry.purposes) - {Purpose.SOURCE} for entry in self.sources):
            raise errors.CONFIG_OUTBOUND_PURPOSE(where="sources", instead="allow")

    @cached_property
    def lists(self) -> "dict[Purpose, tuple[ReadEntry, ...]]":
        """The entries that apply to each purpose."""
        return {purpose: tuple(self._entries(purpose)) for purpose in Purpose}

    def for_sources(self, entries: tuple[str, ...]) -> "OutboundRules":
        """These rules for a context whose sources may have other addresses than the node's own.

        Raises:
            ConfigError: `config.outbound-entry`.
        """
        return _for_sources(self, entries)

    def _entries(self, purpose: Purpose) -> "Iterable[ReadEntry]":
        for entry in self.sources if purpose is Purpose.SOURCE else self.allow:
            if not entry.purposes or purpose in entry.purposes:
                yield ReadEntry(what=entry.what(), http=entry.http)


Entries = Callable[[str], tuple[str, ...]]
"""From the id of a context to the addresses that its sources may have, each as `read_entry` reads it."""


def read_entry(text: str) -> AllowEntry:
    """A host (`db.intranet`) or a net (`10.1.0.0/16`); with `http://` before it, plain http may be spoken as well.

    Raises:
        ConfigError: `config.outbound-entry`.
    """
    what = text.removeprefix("http://")
    try:
        ipaddress.ip_network(what)
    except ValueError:
        if "/" in what:
            raise errors.CONFIG_OUTBOUND_ENTRY(
                what=repr(text),
                en="it is not a network (the host bits have to be zero)",
                zh="不是网段（主机位须为零）",
            ) from None
        return AllowEntry(host=what, http=what != text)
    return AllowEntry(cidr=what, http=what != text)


def entry_text(entry: AllowEntry) -> str:
    """An entry as `read_entry` reads it."""
    return ("http://" if entry.http else "") + str(entry.what())


@lru_cache(maxsize=1024)
def _for_sources(rules: OutboundRules, entries: tuple[str, ...]) -> OutboundRules:
    return msgspec.structs.replace(rules, sources=tuple(map(read_entry, entries)))


class ReadEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that has been read: a net, or a host name in lower case."""

    what: IpNetwork | str
    http: bool

    def names(self, host: str, ip: IpAddress | None) -> bool:
        """Whether this entry speaks about `host`, or about `ip`."""
        if isinstance(self.what, str):
            return self.what == host
        return ip is not None and ip.version == self.what.version and ip in self.what


class AddressRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why an address is not called.

    Attributes:
        where: host or origin; "" when the address cannot be read.
        entry: the line of the config that would open it; "" when none can.
    """

    en: str
    zh: str
    where: str = ""
    entry: str = ""


def _read_net(cidr: str) -> IpNetwork:
    try:
        return ipaddress.ip_network(cidr)
    except ValueError as error:
        raise errors.CONFIG_OUTBOUND_ENTRY(
            what=repr(cidr),
            en="it is not a network (the host bits have to be zero)",
            zh="不是网段（主机位须为零）",
        ) from error


def _read_name(host: str) -> str:
    try:
        name, ip = read_host(host)
    except MalformedAddressError as error:
        raise errors.CONFIG_OUTBOUND_ENTRY(what=repr(host), en=error.en, zh=error.zh) from error
    if ip is not None:
        raise errors.CONFIG_OUTBOUND_ENTRY(
            what=repr(host), en="an IP address is written as cidr", zh="IP 地址请写作 cidr"
        )
    return name


def judge_url(rules: OutboundRules, url: str, purpose: Purpose) -> Address | AddressRefusal:
    """Read `url` and hold its scheme and its literal host against the rules. Resolves nothing."""
    try:
        address = read_address(url)
    except MalformedAddressError as error:
        return AddressRefusal(en=error.en, zh=error.zh)
    if address.ip is not None:
        refusal = judge_ip(rules, address.host, address.ip, purpose)
    else:
        refusal = _judge_name(rules, address.host, purpose)
    refusal = refusal or _judge_scheme(rules, address, purpose)
    return address if refusal is None else msgspec.structs.replace(refusal, where=address.origin)


def _judge_scheme(rules: OutboundRules, address: Address, purpose: Purpose) -> AddressRefusal | None:
    if address.scheme == "https" or speaks_plainly(rules, address.host, address.ip, purpose):
        return None
    return AddressRefusal(
        en="plain http is not spoken outside development",
        zh="非开发模式不使用明文 http",
        entry=_entry(address.host, purpose, is_net=address.ip is not None, http=True),
    )


def speaks_plainly(rules: OutboundRules, host: str, ip: IpAddress | None, purpose: Purpose) -> bool:
    """Whether a host may be spoken to without TLS."""
    named = (entry.http and entry.names(host, ip) for entry in rules.lists[purpose])
    return rules.development or any(named)


def judge_database(
    rules: OutboundRules, host: str, ip: IpAddress, *, encrypted: bool
) -> AddressRefusal | None:
    """Hold one address of a database's `host` against the rules for sources; None: it may be connected to."""
    refusal = judge_ip(rules, host, ip, Purpose.SOURCE)
    if refusal is not None or encrypted or speaks_plainly(rules, host, ip, Purpose.SOURCE):
        return refusal
    return AddressRefusal(
        en="outside development a database is spoken to over TLS only (?sslmode=verify-full)",
        zh="非开发模式只通过 TLS 连接数据库（?sslmode=verify-full）",
        where=host,
        entry=_entry(host, Purpose.SOURCE, is_net=host == str(ip), http=True),
    )


def _judge_name(rules: OutboundRules, host: str, purpose: Purpose) -> AddressRefusal | None:
    """Names whose meaning is fixed are refused before any look-up; others wait for their addresses."""
    if host in _METADATA_NAMES:
        return AddressRefusal(en="it names a cloud metadata service", zh="指向云平台元数据服务")
    if host not in _LOCAL_NAMES and not host.endswith(".localhost"):
        return None
    if rules.development or any(entry.names(host, None) for entry in rules.lists[purpose]):
        return None
    return AddressRefusal(
        en="it names this machine itself (loopback)",
        zh="指向本机（回环）",
        entry=_entry(host, purpose, is_net=False),
    )


def judge_ip(rules: OutboundRules, host: str, ip: IpAddress, purpose: Purpose) -> AddressRefusal | None:
    """Hold one address of `host` against the rules; None: it may be connected to."""
    for part in addresses_in(ip):
        kind = kind_of(part)
        if kind in NEVER:
            return AddressRefusal(en=f"{part} is a {kind} address", zh=f"{part} 属于 {kind} 地址", where=host)
        if kind is Kind.PUBLIC or (kind is Kind.LOOPBACK and rules.development and part is ip):
            continue
        if not any(entry.names(host, part) for entry in rules.lists[purpose]):
            return AddressRefusal(
                en=f"{part} is a {kind} address",
                zh=f"{part} 属于 {kind} 地址",
                where=host,
                entry=_entry(str(part), purpose, is_net=True),
            )
    return None


def _entry(what: str, purpose: Purpose, *, is_net: bool, http: bool = False) -> str:
    where = "sources" if purpose is Purpose.SOURCE else "allow"
    key = "cidr" if is_net else "host"
    plain = ", http = true" if http else ""
    return f'[outbound] {where} = [{{ {key} = "{what}", purposes = ["{purpose}"]{plain} }}]'
