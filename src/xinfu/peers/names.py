"""Resolves a name to addresses that may be called: one look-up per connection, with every address checked.

`CheckedResolver` is what the HTTP client asks whenever it opens a connection to a name. It holds every
address against the rules, refuses the name when one of them may not be called, and hands over exactly the
addresses that were checked; the client connects to those and looks nothing up itself. A name that changes
its address between two connections is therefore checked again, and never in between.

Follows: threat O2 (rebinding).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from xinfu.peers.addresses import IpAddress
from xinfu.peers.refusals import refused
from xinfu.peers.rules import OutboundRules, judge_ip
from xinfu.ports.outbound import Purpose

LookUp = Callable[[str], Awaitable[Sequence[str]]]
"""All IP addresses of a name, in the order to try them; raises OSError when there is none."""

_AT_ONCE: Final = 16
_LOOPBACK: Final = ("127.0.0.1", "::1")


class SystemLookUp:
    """Asks the system's resolver, in threads of its own so that slow names hold up nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look-up")

    async def __call__(self, name: str) -> Sequence[str]:
        if name == "localhost" or name.endswith(".localhost"):
            return _LOOPBACK  # RFC 6761, 6.3: never asked for, so that no DNS server can answer
        loop = asyncio.get_running_loop()
        infos = await loop.run_in_executor(self._threads, _getaddrinfo, name)
        return list(dict.fromkeys(infos))

    def close(self) -> None:
        """Let go of the threads; look-ups under way end on their own."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(name: str) -> list[str]:
    infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(info[4][0]) for info in infos]


class CheckedResolver(AbstractResolver):
    """The resolver of the connections for one purpose."""

    def __init__(self, rules: OutboundRules, purpose: Purpose, look_up: LookUp) -> None:
        self._rules = rules
        self._purpose = purpose
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`.

        Raises:
            RefusedError: `address.refused`: one of them may not be called.
            OSError: there are none.
            TimeoutError: the look-up took longer than `connect_s`.
        """
        async with asyncio.timeout(self._rules.connect_s):
            texts = await self._look_up(host)
        if not texts:
            raise OSError(f"no address for {host}")
        ips = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
        for ip in ips:
            refusal = judge_ip(self._rules, host, ip, self._purpose)
            if refusal is not None:
                raise refused(refusal, self._purpose)
        return [_result(host, ip, port) for ip in ips]

    async def close(self) -> None:
        """Do nothing: the caller owns the underlying resolver."""


def _result(host: str, ip: IpAddress, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(ip),
        port=port,
        family=socket.AF_INET if ip.version == 4 else socket.AF_INET6,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
