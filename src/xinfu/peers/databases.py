"""Checks the addresses of the operator's databases against `[outbound] sources`, as for any other source.

A socket of this machine counts as loopback. Without TLS a database is spoken to in development, or where an entry says
`http = true` for it (plain text, whatever the protocol). The address that was checked is the one to connect to.

Follows: design decision D-08; threats O1, O2.
"""

from ipaddress import IPv4Address, ip_address
from typing import Final

from xinfu.peers.addresses import IpAddress
from xinfu.peers.names import CheckedResolver, LookUp, SystemLookUp
from xinfu.peers.refusals import refused
from xinfu.peers.rules import Entries, OutboundRules, judge_database
from xinfu.ports.outbound import Purpose

_LOOPBACK: Final = IPv4Address("127.0.0.1")


class DatabaseHosts:
    """Says where a host may be connected to.

    Args:
        rules: what the operator allows.
        look_up: how names become addresses; None: the system's way.
        entries: of a context (by its id), the addresses that its sources may have; None: those of `rules`.
    """

    def __init__(
        self, rules: OutboundRules, *, look_up: LookUp | None = None, entries: Entries | None = None
    ) -> None:
        self._rules = rules
        self._look_up = look_up or SystemLookUp()
        self._entries = entries

    async def __call__(self, context: str, host: str, encrypted: bool) -> str:
        """The IP address to connect to, or the folder of a socket as it is.

        Args:
            context: whose source it is.
            encrypted: TLS is demanded of it.

        Raises:
            RefusedError: `address.refused`. OSError, TimeoutError: the name leads nowhere.
        """
        rules = self._rules if self._entries is None else self._rules.for_sources(self._entries(context))
        if host.startswith("/"):
            _check(rules, "localhost", _LOOPBACK, encrypted=True)  # nobody listens in on a socket
            return host
        names = CheckedResolver(rules, Purpose.SOURCE, self._look_up)
        at = (await names.resolve(host))[0]["host"]
        _check(rules, host, ip_address(at), encrypted=encrypted)
        return at


def _check(rules: OutboundRules, host: str, ip: IpAddress, *, encrypted: bool) -> None:
    refusal = judge_database(rules, host, ip, encrypted=encrypted)
    if refusal is not None:
        raise refused(refusal, Purpose.SOURCE)
