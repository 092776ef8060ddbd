"""Where a database of the node's own operator may be connected to: `[outbound] sources`, as for any other source.

A socket of this machine counts as loopback. Without TLS a database is spoken to in development, or where an entry says
`http = true` for it (plain text, whatever the protocol). The address that was checked is the one to connect to.

Follows: design decision D-08; threats O1, O2.
"""

from ipaddress import IPv4Address, ip_address
from typing import Final

from xinfu.peers.addresses import IpAddress
from xinfu.peers.names import CheckedResolver, LookUp, SystemLookUp
from xinfu.peers.refusals import refused
from xinfu.peers.rules import OutboundRules, judge_database
from xinfu.ports.outbound import Purpose

_LOOPBACK: Final = IPv4Address("127.0.0.1")


class DatabaseHosts:
    """Says where a host may be connected to.

    Args:
        rules: what the operator allows.
        look_up: how names become addresses; None: the system's way.
    """

    def __init__(self, rules: OutboundRules, *, look_up: LookUp | None = None) -> None:
        self._rules = rules
        self._names = CheckedResolver(rules, Purpose.SOURCE, look_up or SystemLookUp())

    async def __call__(self, host: str, encrypted: bool) -> str:
        """The IP address to connect to, or the folder of a socket as it is.

        Args:
            encrypted: TLS is demanded of it.

        Raises:
            RefusedError: `address.refused`. OSError, TimeoutError: the name leads nowhere.
        """
        if host.startswith("/"):
            self._check("localhost", _LOOPBACK, encrypted=True)  # nobody listens in on a socket
            return host
        at = (await self._names.resolve(host))[0]["host"]
        self._check(host, ip_address(at), encrypted=encrypted)
        return at

    def _check(self, host: str, ip: IpAddress, *, encrypted: bool) -> None:
        refusal = judge_database(self._rules, host, ip, encrypted=encrypted)
        if refusal is not None:
            raise refused(refusal, Purpose.SOURCE)
