"""Checks the store of a node, its credentials, trusted issuers, sources, processes and evidence."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from xinfu.credentials import did_web_url
from xinfu.errors import XinfuError
from xinfu.evidence import Frontier, leaf_hash, open_checkpoint
from xinfu.node import errors
from xinfu.node.checks.machine import SOON_DAYS
from xinfu.node.checks.public_urls import clock
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import (
    ASSETS,
    HELD_CREDENTIALS,
    MANIFESTS,
    NEGOTIATIONS,
    TRANSFERS,
    Asset,
    ProcessKind,
)
from xinfu.ports.signer import Verifier
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.receipts import log_key
from xinfu.services.finding import Finding, Grade, finding_of, fine
from xinfu.services.parts import DataParts, PeerParts, RecordParts
from xinfu.services.processes.standing import R, list_open, standing_of
from xinfu.services.sources.places import is_served, open_secrets

LOOKED_AT: Final = 5000
"""So many sources are looked at in one examination."""

_NAMED: Final = 5
"""So many of a kind are named one by one."""

_BATCH: Final = 1000
_KEEP_EN: Final = "Keep the store as it is; `xinfu verify` finds the place with a checkpoint of a partner."
_KEEP_ZH: Final = "请保留存储现状；可用 `xinfu verify` 与对方持有的检查点定位。"


async def store(parts: RecordParts, context: Context) -> list[Finding]:
    """The store takes a step and keeps it."""
    try:
        async with parts.store.step(context.id) as step:
            expires = parts.clock.now() + timedelta(minutes=1)
            await step.nonces.claim("doctor", secrets.token_hex(16), expires=expires)
    except XinfuError as error:
        return [
            finding_of(
                "store.failing",
                error,
                help_en="Look at the disk or the database.",
                help_zh="请检查磁盘或数据库。",
            )
        ]
    return [fine("store.writable", "The store is migrated and takes steps.", "存储已迁移至当前版本且可写。")]


async def issuers(parts: PeerParts, trusted: tuple[str, ...], *, development: bool) -> list[Finding]:
    """Trusted issuers can be looked up; else nobody's membership can be checked."""
    found: list[Finding] = []
    for did in trusted:
        try:
            url = did_web_url(did, development=development)
            answer = await parts.outbound.request("GET", url, purpose=Purpose.DID, timeout_s=10)
        except XinfuError as error:
            found.append(_no_issuer(f"{error.en} [{error.code}]", f"{error.zh}[{error.code}]", did))
            continue
        if answer.status != 200:
            found.append(
                _no_issuer(
                    f"The DID document of the issuer {did} is not there: {answer.status}.",
                    f"签发方 {did} 的 DID 文档不存在：{answer.status}。",
                    did,
                )
            )
            continue
        found.append(
            fine(
                "issuer.reachable", f"The issuer {did} can be looked up.", f"可查询签发方 {did}。", about=did
            )
        )
        found += clock(answer, parts.clock.now(), did)
    return found


def _no_issuer(en: str, zh: str, did: str) -> Finding:
    return Finding(
        code="issuer.unreachable",
        grade=Grade.FAULT,
        en=en,
        zh=zh,
        help_en="Ask the issuer's operator, and see what [outbound] allows; until then no new member is recognised.",
        help_zh="请联系签发方运营者，并检查 [outbound] 允许的地址；在此之前无法识别新成员。",
        about=did,
    )


async def own_credentials(parts: RecordParts, context: Context, *, trusts: bool) -> list[Finding]:
    """Credentials about ourselves and how long they hold."""
    async with parts.store.view(context.id) as view:
        held = await view.of(HELD_CREDENTIALS).find(limit=1000)
    now = parts.clock.now()
    if not held:
        if not trusts:
            return []
        return [
            Finding(
                code="credential.none",
                grade=Grade.WARNING,
                en="This participant holds no credential: partners see it as no member.",
                zh="该参与方没有任何凭证：对方不会将其视为成员。",
                help_en="Ask the operator of the space for a membership credential.",
                help_zh="请向空间运营者申请成员凭证。",
                about=context.id,
            )
        ]
    found: list[Finding] = []
    for each in held:
        left = None if each.expires is None else each.expires - now
        if left is not None and left <= timedelta(days=SOON_DAYS):
            over = left <= timedelta(0)
            on = each.expires.date().isoformat() if each.expires else ""
            found.append(
                Finding(
                    code="credential.expired" if over else "credential.expires-soon",
                    grade=Grade.FAULT if over else Grade.WARNING,
                    en=f"{each.type} of {each.issuer} {'expired' if over else 'expires'} on {on}.",
                    zh=f"{each.issuer} 签发的 {each.type} {'已于' if over else '将于'} {on} 过期。",
                    help_en="Ask its issuer for a new one and put it in with `xinfu credential hold`.",
                    help_zh="请向签发方申请新凭证，并用 `xinfu credential hold` 放入。",
                    about=context.id,
                )
            )
        else:
            found.append(
                fine(
                    "credential.valid",
                    f"{each.type} of {each.issuer} holds.",
                    f"{each.issuer} 签发的 {each.type} 有效。",
                    about=context.id,
                )
            )
    return found


def source_places(context: Context) -> list[Finding]:
    """Return a finding with the places where a context's sources may be."""
    folders, hosts = ", ".join(context.folders), ", ".join(context.sources)
    return [
        fine(
            "source.folders",
            f"Publishes files from below: {folders or 'no folder'}. Private addresses of its sources: {hosts or 'none'}.",
            f"可从以下文件夹发布文件：{folders or '无'}。数据源可在的非公网地址：{hosts or '无'}。",
            about=context.id,
        )
    ]


async def sources(parts: DataParts, context: Context) -> list[Finding]:
    """The source of each asset is still there and unchanged."""
    looked, bad, after = 0, list[Finding](), None
    while looked < LOOKED_AT:
        async with parts.store.view(context.id) as view:
            page = await view.of(ASSETS).find(after=after, limit=100)
        if not page:
            break
        for asset in page:
            fault = await _source(parts, context, asset)
            bad += [fault] if fault is not None else []
        looked, after = looked + len(page), page[-1].id
    async with parts.store.view(context.id) as view:
        total = await view.of(ASSETS).count()
    said = f"{looked} of {total}" if looked < total else str(looked)
    if not bad:
        if not total:
            return []
        return [
            fine(
                "source.unchanged",
                f"Looked at {said} sources; each is there as it was published.",
                f"已检查 {said} 个数据源，均与发布时一致。",
                about=context.id,
            )
        ]
    more = [
        Finding(
            code="source.more",
            grade=Grade.FAULT,
            en=f"{len(bad) - _NAMED} further sources cannot be given, of {said} looked at.",
            zh=f"另有 {len(bad) - _NAMED} 个数据源无法提供（已检查 {said} 个）。",
            about=context.id,
        )
    ]
    return [*bad[:_NAMED], *(more if len(bad) > _NAMED else [])]


async def _source(parts: DataParts, context: Context, asset: Asset) -> Finding | None:
    """Return the fault of an asset's source, or None."""
    try:
        if not is_served(parts, asset.source):
            return None
        at_hand = await open_secrets(parts, context.id, asset.source)
        if asset.source.facts.is_live:
            await parts.live[asset.source.kind].check(asset.source, secrets=at_hand)
            return None
        files = await parts.planes[asset.source.kind].files(asset.source, secrets=at_hand)
    except XinfuError as error:
        return finding_of(
            "source.unreadable",
            error,
            about=asset.id,
            help_en="Put it back, or withdraw the asset.",
            help_zh="请恢复数据源，或撤下该数据资源。",
        )
    stamps = {file.path: file.stamp for file in files}
    async with parts.store.view(context.id) as view:
        kept: dict[str, str] = {}
        after: str | None = None
        while page := await view.of(MANIFESTS).find(
            MANIFESTS.asset.equals(asset.id), after=after, limit=1000
        ):
            kept |= {each.path: each.stamp for each in page}
            after = page[-1].id
    if stamps == kept:
        return None
    return Finding(
        code="source.changed",
        grade=Grade.FAULT,
        en=f"The source of {asset.id} has changed since it was published: its reads are refused.",
        zh=f"{asset.id} 的数据源自发布后已变化，读取将被拒绝。",
        help_en="Publish it again, or put the old content back.",
        help_zh="请重新发布，或恢复原有内容。",
        about=asset.id,
    )


async def processes(parts: RecordParts, context: Context) -> list[Finding]:
    """Negotiations and transfers that will hardly go on by themselves."""
    async with parts.store.view(context.id) as view:
        negotiations = await _stuck(parts, view, NEGOTIATIONS)
        transfers = await _stuck(parts, view, TRANSFERS)
    if not negotiations + transfers:
        return [fine("process.moving", "No process is stuck.", "没有停滞的过程。", about=context.id)]
    return [
        Finding(
            code="process.stuck",
            grade=Grade.WARNING,
            en=f"{negotiations} negotiations and {transfers} transfers are stuck.",
            zh=f"有 {negotiations} 个协商和 {transfers} 个传输停滞。",
            help_en="`xinfu negotiate list --stuck` and `xinfu transfers list --stuck` say why.",
            help_zh="可用 `xinfu negotiate list --stuck` 与 `xinfu transfers list --stuck` 查看原因。",
            about=context.id,
        )
    ]


async def _stuck(parts: RecordParts, view: Step, kind: ProcessKind[R, Any]) -> int:
    count = 0
    async for record in list_open(view, kind):
        rows = await view.outbox.of(record.id)
        count += standing_of(record, rows, now=parts.clock.now(), give_up_after=parts.give_up_after).stuck
    return count


async def evidence(parts: RecordParts, context: Context, verifiers: Mapping[str, Verifier]) -> list[Finding]:
    """Every entry up to the newest checkpoint hashes to its root, and our key has signed it."""
    async with parts.store.view(context.id) as view:
        note = await view.log.checkpoint()
        if note is None:
            return []
        try:
            key, _ = await log_key(view, note)
            verifier = verifiers[key.jwk()["kty"]]
            head = open_checkpoint(note, key, verifier.verify)
            frontier = Frontier()
            while frontier.size < head.size:
                count = min(_BATCH, head.size - frontier.size)
                entries = await view.log.entries(frontier.size, count)
                if len(entries) < count:
                    raise errors.EVIDENCE_GAP()
                frontier = frontier.extend(leaf_hash(each.canonical) for each in entries)
                await asyncio.sleep(0)
        except XinfuError as error:
            return [
                finding_of("evidence.broken", error, about=context.id, help_en=_KEEP_EN, help_zh=_KEEP_ZH)
            ]
    if frontier.root() != head.root:
        return [
            Finding(
                code="evidence.broken",
                grade=Grade.FAULT,
                en="The evidence log was altered: its entries do not hash to the signed root.",
                zh="存证日志被改动：条目哈希与已签名的根不符。",
                help_en=_KEEP_EN,
                help_zh=_KEEP_ZH,
                about=context.id,
            )
        ]
    return [
        fine(
            "evidence.whole",
            f"All {head.size} entries of the log hash to the signed root.",
            f"日志全部 {head.size} 条与已签名的根一致。",
            about=context.id,
        )
    ]
