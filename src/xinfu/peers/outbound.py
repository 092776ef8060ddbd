"""The adapter of `ports/outbound.py` over HTTP/1.1: the only place of xinfu that opens outside connections.

A call goes: read the address strictly and hold it against the rules; look its name up once and check all
addresses (`names.CheckedResolver`); connect to a checked address, with the name in TLS; read head and body
under limits. Each purpose has connections of its own, so that what one purpose may reach is never lent to
another. Redirects are followed here, never by the client library, each as a new checked call.

Follows: design decisions D-08, D-10; threats O1 to O4.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from xinfu.errors import RefusedError
from xinfu.peers import errors
from xinfu.peers.addresses import Address, join_address
from xinfu.peers.bodies import IDLE_S, CertifiedResponse, StreamedBody, inflate
from xinfu.peers.lines import Lines
from xinfu.peers.names import CheckedResolver, LookUp, SystemLookUp
from xinfu.peers.refusals import redirect_refused, refused, translate_errors, unreachable, unusable
from xinfu.peers.rules import AddressRefusal, AllowEntry, Entries, OutboundRules, judge_url, read_entry
from xinfu.ports.observer import traceparent
from xinfu.ports.outbound import MIB, HttpAnswer, Purpose

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OURS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"}
)
_CROSS_ORIGIN: Final = frozenset({"accept", "accept-encoding", "accept-language", "range", "user-agent"})
_FOLLOWING: Final = frozenset({Purpose.DID, Purpose.STATUS, Purpose.DATA, Purpose.SOURCE})
_TRACED: Final = frozenset({Purpose.PEER, Purpose.DATA})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 3
_KEEP_ALIVE_S: Final = 15.0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request to an address that the rules allow."""

    method: str
    address: Address
    purpose: Purpose
    rules: OutboundRules
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes] | None
    silence_s: float


class HttpOutbound:
    """Calls addresses over HTTP (an `Outbound`). Made inside a running loop or before; used in one loop.

    Args:
        rules: what the operator allows.
        look_up: how names become addresses; None: the system's way.
        entries: of a context (by its id), the addresses that its sources may have; None: those of `rules`.
    """

    def __init__(
        self, rules: OutboundRules, *, look_up: LookUp | None = None, entries: Entries | None = None
    ) -> None:
        self._rules = rules
        self._entries = entries
        self._tls = tls_context(rules)
        self._look_up = look_up or SystemLookUp()
        self._sessions: dict[tuple[Purpose, tuple[AllowEntry, ...]], aiohttp.ClientSession] = {}
        self._lines = Lines(
            CheckedResolver(rules, Purpose.PEER, self._look_up),
            self._tls,
            per_peer=rules.per_peer,
            connect_s=rules.connect_s,
        )
        self._closed = False

    def check(self, url: str, *, purpose: Purpose, context: str | None = None) -> None:
        """Refuse an address before it is stored."""
        judged = judge_url(self._rules_of(context), url, purpose)
        if isinstance(judged, AddressRefusal):
            raise unusable(judged, purpose)

    def check_entry(self, entry: str) -> None:
        """Refuse what names no address."""
        read_entry(entry)

    async def request(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        as_is: bool = False,
        limit_bytes: int = MIB,
        timeout_s: float = 30.0,
    ) -> HttpAnswer:
        """Send one request and read its whole answer."""
        sent = {"Accept-Encoding": "gzip", **(headers or {})}
        if purpose is Purpose.PEER and not as_is:
            call = Call(
                method=checked_method(method),
                address=_judged(self._rules, url, purpose),
                purpose=purpose,
                rules=self._rules,
                headers=checked_headers({**_traced(purpose), **sent}),
                body=body,
                silence_s=self._rules.first_byte_s,
            )
            return await self._say(call, limit_bytes, timeout_s)
        async with self.stream(
            method,
            url,
            purpose=purpose,
            context=context,
            headers=sent,
            body=body,
            as_is=as_is,
            limit_bytes=limit_bytes,
            timeout_s=timeout_s,
        ) as streamed:
            pieces = [piece async for piece in streamed.chunks()]
            return HttpAnswer(
                status=streamed.status,
                headers=streamed.headers,
                body=b"".join(pieces),
                url=streamed.url,
                certificate_until=streamed.certificate_until,
            )

    async def _say(self, call: Call, limit_bytes: int, timeout_s: float) -> HttpAnswer:
        """Send a message to a participant; redirects are not followed."""
        origin, now = call.address.origin, asyncio.get_running_loop().time()
        if self._closed:
            raise unreachable(origin)
        heard = await self._lines.exchange(
            call.address,
            write_request(call),
            limit_bytes=limit_bytes,
            head_by=now + min(call.silence_s, timeout_s),
            whole_by=now + timeout_s,
        )
        if heard.status in _REDIRECTS and "location" in heard.headers:
            self._redirected(call, heard.status, heard.headers["location"])
        return HttpAnswer(
            status=heard.status,
            headers=heard.headers,
            body=inflate(heard.body, heard.headers.get("content-encoding", ""), origin, limit_bytes),
            url=call.address.url,
            certificate_until=heard.certificate_until,
        )

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        as_is: bool = False,
        limit_bytes: int | None = None,
        timeout_s: float | None = None,
        silence_s: float | None = None,
    ) -> AsyncIterator[StreamedBody]:
        """Send one request and hand over its answer while it comes."""
        deadline = None if timeout_s is None else asyncio.get_running_loop().time() + timeout_s
        rules = self._rules_of(context)
        call = Call(
            method=checked_method(method),
            address=_judged(rules, url, purpose),
            purpose=purpose,
            rules=rules,
            headers=checked_headers({**_traced(purpose), **(headers or {})}),
            body=body,
            silence_s=silence_s or self._rules.first_byte_s,
        )
        if as_is:
            response = await self._send(call, deadline)
        else:
            response, call = await self._follow(call, deadline)
        try:
            yield StreamedBody(
                response,
                call.address.origin,
                limit_bytes=limit_bytes,
                deadline=deadline,
                inflates=not as_is,
                idle_s=silence_s or IDLE_S,
            )
        finally:
            # A connection whose body was not read to its end cannot be used again.
            if response.content.at_eof():
                response.release()
            else:
                response.close()

    async def close(self) -> None:
        """Let go of all connections, for good."""
        self._closed = True
        self._lines.close()
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        if isinstance(self._look_up, SystemLookUp):
            self._look_up.close()

    def _rules_of(self, context: str | None) -> OutboundRules:
        """The node's rules, with the addresses that this context's sources may have."""
        if context is None or self._entries is None:
            return self._rules
        return self._rules.for_sources(self._entries(context))

    async def _follow(self, call: Call, deadline: float | None) -> tuple[aiohttp.ClientResponse, Call]:
        """Send `call`, and what its redirects lead to; the last answer with its call."""
        for redirects in range(_MAX_REDIRECTS + 1):
            response = await self._send(call, deadline)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                return response, call
            response.close()
            if redirects == _MAX_REDIRECTS:
                break
            call = self._redirected(call, response.status, location)
        raise redirect_refused(
            call.address.origin, f"that for more than {_MAX_REDIRECTS} times", f"已超过 {_MAX_REDIRECTS} 次"
        )

    async def _send(self, call: Call, deadline: float | None) -> aiohttp.ClientResponse:
        """Send one request and wait for the head of its answer."""
        url = URL(call.address.url, encoded=True)
        if url.raw_host != call.address.host:
            raise unreachable(call.address.origin)  # two readers of one address must see one host
        patience = Patience(call.silence_s, deadline)
        with translate_errors(call.address.origin):
            async with patience.limit:
                return await self._session(call).request(
                    call.method,
                    url,
                    headers=dict(call.headers),
                    data=patience.kept(call.body) if isinstance(call.body, AsyncIterator) else call.body,
                    allow_redirects=False,
                )

    def _redirected(self, call: Call, status: int, location: str) -> Call:
        """The call that a redirect asks for.

        Raises:
            PeerError: `peer.redirect-refused`: not for this purpose, not with this method, to plain http.
            RefusedError: `address.refused`: the rules do not let it pass.
        """
        origin = call.address.origin
        if call.purpose not in _FOLLOWING:
            raise redirect_refused(origin, "protocol messages follow none", "协议消息不跟随重定向")
        if isinstance(call.body, AsyncIterator):
            raise redirect_refused(origin, "a stream is sent but once", "流式请求体只能发送一次")
        if call.method not in ("GET", "HEAD") and status not in (303, 307, 308):
            raise redirect_refused(
                origin, f"a {call.method} does not follow {status}", "该方法不跟随此状态码"
            )
        try:
            address = _judged(call.rules, join_address(call.address, location), call.purpose)
        except RefusedError as error:
            en, zh = error.en.removesuffix("."), error.zh.removesuffix("。")
            raise redirect_refused(origin, f"to where we do not call: {en}", zh) from error
        if call.address.scheme == "https" and address.scheme != "https":
            raise redirect_refused(origin, "away from https", "离开了 https")
        return _moved(call, address, plain_get=status == 303 and call.method != "HEAD")

    def _session(self, call: Call) -> aiohttp.ClientSession:
        """The connections for calls of this purpose that may reach the same addresses."""
        if self._closed:
            raise aiohttp.ClientConnectionError("this client is closed")
        key = (call.purpose, call.rules.sources if call.purpose is Purpose.SOURCE else ())
        if key not in self._sessions:
            self._sessions[key] = self._open_session(call.purpose, call.rules)
        return self._sessions[key]

    def _open_session(self, purpose: Purpose, rules: OutboundRules) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(rules, purpose, self._look_up),
            use_dns_cache=False,
            ssl=self._tls,
            limit=0,
            limit_per_host=self._rules.per_peer,
            keepalive_timeout=_KEEP_ALIVE_S,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._rules.connect_s),
            headers={"User-Agent": "xinfu", "Accept-Encoding": "identity"},
            read_bufsize=256 * 1024,
            response_class=CertifiedResponse,
        )


class Patience:
    """How long the head of an answer is waited for: anew with each piece of a body that is still being sent."""

    def __init__(self, silence_s: float, deadline: float | None) -> None:
        self._silence_s = silence_s
        self._deadline = deadline
        self.limit = asyncio.timeout_at(self._until())

    async def kept(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same body; while it moves, patience lasts."""
        async for piece in body:
            if not self.limit.expired():
                with contextlib.suppress(RuntimeError):  # the head is there already
                    self.limit.reschedule(self._until())
            yield piece

    def _until(self) -> float:
        until = asyncio.get_running_loop().time() + self._silence_s
        return until if self._deadline is None else min(until, self._deadline)


def _traced(purpose: Purpose) -> dict[str, str]:
    """The trace that this call follows from, for those who may take part in it."""
    header = traceparent() if purpose in _TRACED else None
    return {} if header is None else {"traceparent": header}


def write_request(call: Call) -> bytes:
    """The request of a call as HTTP/1.1 says it; its address and headers were checked."""
    body = call.body if isinstance(call.body, bytes) else b""
    head = [f"{call.method} {call.address.target} HTTP/1.1", f"Host: {call.address.authority}"]
    head += [f"{name}: {value}" for name, value in {"User-Agent": "xinfu", **call.headers}.items()]
    if call.body is not None or call.method == "POST":
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def _judged(rules: OutboundRules, url: str, purpose: Purpose) -> Address:
    """An address that may be called.

    Raises:
        RefusedError: `address.refused`.
    """
    judged = judge_url(rules, url, purpose)
    if isinstance(judged, AddressRefusal):
        raise refused(judged, purpose)
    return judged


def _moved(call: Call, address: Address, *, plain_get: bool) -> Call:
    """`call` sent to `address`; credentials of any kind stay within their origin."""
    headers = call.headers
    if address.origin != call.address.origin:
        headers = {name: value for name, value in headers.items() if name.lower() in _CROSS_ORIGIN}
    if plain_get:
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return msgspec.structs.replace(call, method="GET", address=address, headers=headers, body=None)
    return msgspec.structs.replace(call, address=address, headers=headers)


def checked_method(method: str) -> str:
    """`method` as it is.

    Raises:
        InputError: `address.method`.
    """
    if method not in _METHODS:
        raise errors.ADDRESS_METHOD()
    return method


def checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """`headers` as they are: none can smuggle a line, and none is the client's own to set.

    Raises:
        InputError: `address.header`; names the header where its name is readable, never its value.
    """
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS or name.lower().startswith("proxy-"):
            raise errors.ADDRESS_HEADER()
        if not _HEADER_VALUE.fullmatch(value):
            raise errors.ADDRESS_HEADER_VALUE(name=name)
    return headers


def tls_context(rules: OutboundRules) -> ssl.SSLContext:
    """TLS 1.2 or better, the system's CAs and the operator's own.

    Raises:
        ConfigError: `config.ca-file`.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if rules.ca_file is not None:
        _trust(context, rules.ca_file)
    return context


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one: not PEM
        raise errors.CONFIG_CA_FILE(ca_file=ca_file) from error
