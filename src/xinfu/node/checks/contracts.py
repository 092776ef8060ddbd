"""Checks the key that signs a participant's contracts, its certificate, and that agreements are as they were signed."""

from datetime import datetime, timedelta
from typing import Final

from xinfu.node.checks.machine import SOON_DAYS
from xinfu.ports.log import EntrySearch
from xinfu.ports.records import AGREEMENTS, AgreementRecord, AgreementState
from xinfu.ports.store import Step
from xinfu.services.agreements.contract_draft import find_record
from xinfu.services.agreements.contract_in_force import difference
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, fine
from xinfu.services.identity import certificates
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import PeerParts, RecordParts

_NAMED: Final = 5


def contract_key(parts: PeerParts, keys: KeyCabinet, context: Context) -> list[Finding]:
    """The contract key is there, and its certificate is not about to expire."""
    key = keys.contract_record(context.id)
    if key is None:
        return [
            Finding(
                code="contract-key.absent",
                grade=Grade.WARNING,
                en="This participant cannot sign contracts: its algorithm is not available here.",
                zh="该参与方无法签署合约：本机不支持所配置的签名算法。",
                help_en="Install OpenSSL 3 for SM2, or choose another [keys] contract_algorithm.",
                help_zh="SM2 需要 OpenSSL 3；也可更换 [keys] contract_algorithm。",
                about=context.id,
            )
        ]
    if not key.certificates:
        return [
            fine(
                "contract-key.bare",
                f"Contracts are signed by a bare {key.algorithm} key: not certified signatures.",
                f"合约由未经认证的 {key.algorithm} 密钥签署。",
                about=context.id,
            )
        ]
    kept = certificates.load(parts, keys, context)
    return [_until(kept.certificate.not_after, parts.clock.now(), context.id)]


def _until(until: datetime, now: datetime, about: str) -> Finding:
    on = until.date().isoformat()
    if until - now > timedelta(days=SOON_DAYS):
        return fine(
            "contract-key.certified",
            f"The certificate of the contract key holds until {on}.",
            f"合约密钥的证书有效期至 {on}。",
            about=about,
        )
    over = until <= now
    return Finding(
        code="contract-key.expired" if over else "contract-key.expires-soon",
        grade=Grade.FAULT if over else Grade.WARNING,
        en=f"The certificate of the contract key {'expired' if over else 'expires'} on {on}.",
        zh=f"合约密钥的证书{'已于' if over else '将于'} {on} 过期。",
        help_en="Ask for a new one: xinfu keys certificate request.",
        help_zh="请申请新证书：xinfu keys certificate request。",
        about=about,
    )


async def signed_agreements(parts: RecordParts, context: Context) -> list[Finding]:
    """Return a finding for active agreements that differ from their filed contracts, or whose contract is gone."""
    found: list[str] = []
    after: str | None = None
    active = AGREEMENTS.state.equals(AgreementState.ACTIVE)
    async with parts.store.view(context.id) as view:
        while page := await view.of(AGREEMENTS).find(active, after=after, limit=1000):
            after = page[-1].id
            found += [each.id for each in page if await _is_contradicted(view, parts, each)]
    if not found:
        return []
    named = ", ".join(found[:_NAMED]) + (" …" if len(found) > _NAMED else "")
    return [
        Finding(
            code="agreement.contradicted",
            grade=Grade.FAULT,
            en=f"Agreements differ from the contracts that were signed and filed, and their uses are refused: {named}.",
            zh=f"以下协议与已签署备案的合约不一致，相应的使用一律拒绝：{named}。",
            help_en="Find out who changed the store: xinfu evidence find --kind contract.contradicted. Restore it from a backup.",
            help_zh="请查明存储为何被改动：xinfu evidence find --kind contract.contradicted，并从备份恢复。",
            about=context.id,
        )
    ]


async def _is_contradicted(view: Step, parts: RecordParts, agreement: AgreementRecord) -> bool:
    """Whether an agreement differs from its filed contract, or the contract that the log states is missing."""
    record = await find_record(view, agreement.wire_id)
    if record is not None or agreement.contract:
        return bool(difference(parts, agreement, record))
    filed = EntrySearch(terms={"agreement": agreement.wire_id, "kind": "contract.filed"}, limit=1)
    return bool(await view.log.search(filed))
