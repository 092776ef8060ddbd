"""Checks what a partner would see: our public addresses, called from outside in (through `public_url` and any proxy)."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from xinfu import dsp
from xinfu.credentials import did_web_url, read_did_document
from xinfu.errors import XinfuError
from xinfu.node.checks.machine import certificate_until
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import AllowEntry, OutboundRules
from xinfu.ports.outbound import HttpAnswer, Outbound, Purpose
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, finding_of, fine
from xinfu.services.identity.keys import KeyCabinet

_TIMEOUT_S: Final = 10.0
_SKEW: Final = timedelta(seconds=30)
"""Tokens live a few minutes; a clock that is off by more than this will soon be off by too much."""


def outbound_to(urls: list[str], rules: OutboundRules) -> HttpOutbound:
    """Return a client that may call our own addresses, even private ones, besides public ones."""
    return HttpOutbound(
        OutboundRules(
            development=rules.development,
            allow=tuple(_entry(each) for each in dict.fromkeys(urls)),
            ca_file=rules.ca_file,
        )
    )


def _entry(url: str) -> AllowEntry:
    parts = urlsplit(url)
    host, plain = parts.hostname or "", parts.scheme == "http"
    literal = ":" in host or host.replace(".", "").isdigit()
    if literal:
        return AllowEntry(cidr=host, purposes=(Purpose.PEER,), http=plain)
    return AllowEntry(host=host, purposes=(Purpose.PEER,), http=plain)


async def version_document(outbound: Outbound, context: Context, now: datetime) -> list[Finding]:
    """Partners find our protocol at its address; the certificate and the clock they meet there."""
    url = f"{context.protocol_root}/.well-known/dspace-version"
    try:
        answer = await _ask(outbound, url)
    except XinfuError as error:
        return [_away("protocol.unreachable", context.protocol_root, context, error)]
    if answer.status != 200:
        return [_wrong("protocol.wrong-answer", context.protocol_root, context, answer.status)]
    try:
        shown = dsp.read(answer.body, dsp.VersionResponse)
    except XinfuError:
        return [_wrong("protocol.wrong-answer", context.protocol_root, context, answer.status)]
    if context.participant not in {entry.service_id for entry in shown.protocol_versions}:
        return [_wrong("protocol.someone-else", context.protocol_root, context, answer.status)]
    found = [
        fine(
            "protocol.reachable",
            f"Partners reach our protocol at {context.protocol_root}.",
            f"对方可通过 {context.protocol_root} 访问本方协议服务。",
            about=context.id,
        )
    ]
    if answer.certificate_until is not None:
        found.append(certificate_until(answer.certificate_until, now, urlsplit(url).hostname or ""))
    return [*found, *clock(answer, now, urlsplit(url).hostname or "")]


async def data_listener(outbound: Outbound, context: Context) -> list[Finding]:
    """Partners reach our data listener, and it asks them for a token."""
    try:
        answer = await _ask(outbound, f"{context.data_base}/transfers/doctor")
    except XinfuError as error:
        return [_away("data.unreachable", context.data_base, context, error)]
    if answer.status != 401:
        return [_wrong("data.wrong-answer", context.data_base, context, answer.status)]
    return [
        fine(
            "data.reachable",
            f"Partners reach our data at {context.data_base}.",
            f"对方可通过 {context.data_base} 获取本方数据。",
            about=context.id,
        )
    ]


async def did_document(
    outbound: Outbound, context: Context, keys: KeyCabinet, *, development: bool
) -> list[Finding]:
    """The DID document that partners find names exactly the keys that we sign with."""
    did = context.participant
    if not did.startswith("did:web:"):
        return []
    try:
        url = did_web_url(did, development=development)
        answer = await _ask(outbound, url)
    except XinfuError as error:
        return [_away("did.unreachable", did, context, error)]
    if answer.status != 200:
        return [_wrong("did.wrong-answer", did, context, answer.status)]
    try:
        shown = read_did_document(answer.body, did=did)
    except XinfuError as error:
        return [
            finding_of(
                "did.wrong-answer",
                error,
                about=did,
                help_en="Publish what this node gives at did.json.",
                help_zh="请发布本节点 did.json 的内容。",
            )
        ]
    ours = keys.document(context.id)
    if {each.id: each.jwk for each in shown.methods} != {each.id: each.jwk for each in ours.methods}:
        return [
            Finding(
                code="did.other-keys",
                grade=Grade.FAULT,
                en=f"The DID document of {did} does not name the keys that this node signs with.",
                zh=f"{did} 的 DID 文档与本节点的签名密钥不符。",
                help_en="Publish what this node gives at did.json; a cache or an old copy may stand before it.",
                help_zh="请发布本节点 did.json 的内容；可能有缓存或旧副本挡在前面。",
                about=did,
            )
        ]
    return [
        fine(
            "did.ours",
            f"The DID document of {did} names our keys.",
            f"{did} 的 DID 文档与本方密钥一致。",
            about=did,
        )
    ]


def clock(answer: HttpAnswer, now: datetime, about: str) -> list[Finding]:
    """Compare our clock with that of the answering server."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return []
    off = abs(theirs - now)
    if off > _SKEW:
        return [
            Finding(
                code="clock.differs",
                grade=Grade.WARNING,
                en=f"Our clock and that of {about} differ by {off.total_seconds():.0f} s.",
                zh=f"本机时钟与 {about} 相差 {off.total_seconds():.0f} 秒。",
                help_en="Let the machine keep its time (NTP): tokens live minutes only.",
                help_zh="请启用时间同步（NTP）：令牌有效期只有几分钟。",
                about=about,
            )
        ]
    return [
        fine("clock.agrees", f"Our clock agrees with {about}.", f"本机时钟与 {about} 一致。", about=about)
    ]


async def _ask(outbound: Outbound, url: str) -> HttpAnswer:
    return await outbound.request(
        "GET", url, purpose=Purpose.PEER, headers={"accept": "application/json"}, timeout_s=_TIMEOUT_S
    )


def _away(code: str, address: str, context: Context, error: XinfuError) -> Finding:
    return Finding(
        code=code,
        grade=Grade.FAULT,
        en=f"A partner does not reach {address}: {error.en} [{error.code}]",
        zh=f"对方无法访问 {address}：{error.zh}[{error.code}]",
        help_en=(
            "Check public_url, the proxy and its certificate, DNS and the firewall. "
            "Where a router lets nobody inside call its outer address, ask from another machine."
        ),
        help_zh="请检查 public_url、代理及其证书、DNS 与防火墙；若路由器不允许内网访问外部地址，请在其他机器上验证。",
        about=context.id,
    )


def _wrong(code: str, address: str, context: Context, status: int) -> Finding:
    return Finding(
        code=code,
        grade=Grade.FAULT,
        en=f"At {address} a partner does not find us: somebody answers {status} with something else.",
        zh=f"对方访问 {address} 时找不到本节点：收到状态 {status} 的其他内容。",
        help_en="Let public_url and the proxy lead to this node's listener, paths unchanged.",
        help_zh="请让 public_url 与代理指向本节点的监听器，且不改动路径。",
        about=context.id,
    )


def own_urls(context: Context, *, development: bool) -> list[str]:
    """The addresses at which partners look for a context."""
    urls = [context.protocol_root, context.data_base]
    if context.participant.startswith("did:web:"):
        urls.append(did_web_url(context.participant, development=development))
    return urls


__all__ = ["clock", "data_listener", "did_document", "outbound_to", "own_urls", "version_document"]
