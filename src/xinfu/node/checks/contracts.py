"""Checks the key that signs a participant's contracts, and how long its certificate is valid."""

from datetime import datetime, timedelta

from xinfu.node.checks.machine import SOON_DAYS
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, fine
from xinfu.services.identity import certificates
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import PeerParts


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
